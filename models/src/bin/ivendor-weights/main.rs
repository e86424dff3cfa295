//! Converts the published weights, once: ONNX constants to safetensors under the names and in the
//! layout of the networks here. `scripts/models` fetches the package and calls this program.

mod layers;
mod onnx;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use candle_core::Device;
use clap::{Parser, Subcommand};
use ivendor_models::weights::{self, Manifest, ModelFile, Weights, hex};
use ivendor_models::{detector, orientation, recogniser};
use prost::Message as _;
use safetensors::tensor::{Dtype, TensorView};
use sha2::{Digest as _, Sha256};

/// Converts and checks the weights of the networks.
#[derive(Parser)]
#[command(name = "ivendor-weights", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Converts the originals of an unpacked wheel.
    Convert {
        /// The folder into which the wheel was unpacked.
        #[arg(long)]
        wheel_dir: PathBuf,
        /// The folder for the converted files.
        #[arg(long)]
        out: PathBuf,
    },
    /// Says whether the weights are there and are those of the manifest.
    Check {
        /// The folder; by default IVENDOR_MODELS or the user's cache folder.
        #[arg(long)]
        dir: Option<PathBuf>,
    },
}

fn main() -> Result<()> {
    let manifest = Manifest::built_in()?;
    match Arguments::parse().command {
        Command::Convert { wheel_dir, out } => {
            fs::create_dir_all(&out).with_context(|| format!("cannot make {}", out.display()))?;
            for model in &manifest.model {
                convert(model, &wheel_dir, &out)?;
            }
            Ok(())
        }
        Command::Check { dir } => {
            let folder = weights::folder(dir.as_deref())?;
            for model in &manifest.model {
                Weights::load(&folder, model, &Device::Cpu)?;
            }
            eprintln!("the weights in {} are those of the manifest", folder.display());
            Ok(())
        }
    }
}

fn convert(model: &ModelFile, wheel: &Path, out: &Path) -> Result<()> {
    let source = wheel.join(&model.source);
    let bytes = fs::read(&source).with_context(|| format!("cannot read {}", source.display()))?;
    let digest = hex(&Sha256::digest(&bytes));
    ensure!(
        digest == model.source_sha256,
        "{} has the digest {digest}, the manifest wants {}",
        source.display(),
        model.source_sha256
    );
    let onnx = onnx::Model::decode(&bytes[..])
        .with_context(|| format!("{} is no ONNX file", source.display()))?;
    let graph = onnx.graph.context("the file has no graph")?;
    let names = match model.name.as_str() {
        "detector" => detector::names(),
        "recogniser" => recogniser::names(),
        "orientation" => orientation::names(),
        other => bail!("the manifest names an unknown network {other}"),
    };
    let layers = layers::layers(&graph)?;
    ensure!(
        layers.len() == names.len(),
        "{} has {} layers, the network {}",
        source.display(),
        layers.len(),
        names.len()
    );
    let mut notes = HashMap::new();
    if let Some(entry) = onnx.metadata.iter().find(|entry| entry.key == "character") {
        notes.insert("characters".to_owned(), entry.value.clone());
    }
    let file = serialise(&names, &layers, notes)?;
    let digest = hex(&Sha256::digest(&file));
    ensure!(
        digest == model.sha256,
        "the converted {} has the digest {digest}, the manifest wants {}: the converter or the \
         manifest has changed",
        model.file,
        model.sha256
    );
    // A new file under the old name, so that a program that has mapped the old one is not hurt.
    let (part, path) = (out.join(format!("{}.part", model.file)), out.join(&model.file));
    fs::write(&part, &file).with_context(|| format!("cannot write {}", part.display()))?;
    fs::rename(&part, &path).with_context(|| format!("cannot write {}", path.display()))?;
    eprintln!("{}: {} layers, {} bytes", path.display(), layers.len(), file.len());
    Ok(())
}

fn serialise(
    names: &[String],
    layers: &[layers::Layer],
    notes: HashMap<String, String>,
) -> Result<Vec<u8>> {
    let bytes = |values: &[f32]| -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    };
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    for (name, layer) in names.iter().zip(layers) {
        let weight = &layer.weight;
        tensors.push((format!("{name}.weight"), weight.dims.clone(), bytes(&weight.data)));
        if let Some(bias) = &layer.bias {
            tensors.push((format!("{name}.bias"), vec![bias.len()], bytes(bias)));
        }
    }
    let views: Vec<(&str, TensorView<'_>)> = tensors
        .iter()
        .map(|(name, dims, data)| {
            Ok((name.as_str(), TensorView::new(Dtype::F32, dims.clone(), data)?))
        })
        .collect::<Result<_>>()?;
    Ok(safetensors::serialize(views, Some(notes))?)
}
