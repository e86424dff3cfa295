//! Finds, checks and maps the weights.
//!
//! `models/manifest.toml` names each file with the digest that it must have; a file is mapped into
//! memory, its digest compared, and its tensors copied to the device by name. Nothing is fetched
//! here: `scripts/models` does that.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use ivendor_kernels::linear::Linear;
pub use ivendor_kernels::linear::Precision;
use memmap2::Mmap;
use safetensors::SafeTensors;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// The environment variable that names the folder of the weights.
pub const MODELS_VARIABLE: &str = "IVENDOR_MODELS";

/// The manifest as it is built into the programs.
pub const MANIFEST: &str = include_str!("../manifest.toml");

/// Weights that cannot be used.
#[derive(Debug, Error)]
pub enum WeightsError {
    /// A file is not there.
    #[error("the weights {path} are missing; run scripts/models, or set {MODELS_VARIABLE}")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A file cannot be read.
    #[error("the weights {path} cannot be read: {source}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file is not the one of the manifest.
    #[error("the weights {path} have the digest {found}, not {wanted}; run scripts/models again")]
    Digest {
        /// Which file.
        path: PathBuf,
        /// The digest in the manifest.
        wanted: String,
        /// That of the file.
        found: String,
    },
    /// A tensor is missing or has another shape: the file is of another network.
    #[error("the weights of the {model} do not fit its network: {problem}")]
    Shape {
        /// Which network.
        model: String,
        /// What does not fit.
        problem: String,
    },
    /// The manifest itself is broken.
    #[error("the manifest of the models cannot be read: {0}")]
    Manifest(#[from] toml::de::Error),
    /// No folder is given, and the user has no cache folder.
    #[error("no folder for the weights: set {MODELS_VARIABLE} or HOME")]
    NoFolder,
}

/// `models/manifest.toml`: where the weights come from and what they must be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The package that carries the originals.
    pub package: Package,
    /// The networks.
    pub model: Vec<ModelFile>,
}

/// A package of a public registry.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The digest of its wheel.
    pub sha256: String,
    /// The licence of the weights.
    pub licence: String,
}

/// One network's files.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFile {
    /// The name in a verdict's provenance.
    pub name: String,
    /// The original inside the package.
    pub source: String,
    /// Its digest.
    pub source_sha256: String,
    /// The converted file.
    pub file: String,
    /// Its digest.
    pub sha256: String,
}

impl Manifest {
    /// The manifest that is built in.
    ///
    /// # Errors
    /// Where it is broken.
    pub fn built_in() -> Result<Self, WeightsError> {
        Ok(toml::from_str(MANIFEST)?)
    }
}

/// The folder of the weights: `given`, else `IVENDOR_MODELS`, else the user's cache folder.
///
/// # Errors
/// Where none of them is known.
pub fn folder(given: Option<&Path>) -> Result<PathBuf, WeightsError> {
    if let Some(folder) = given {
        return Ok(folder.to_owned());
    }
    let variable = |name| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    variable(MODELS_VARIABLE)
        .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("ivendor/models")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/ivendor/models")))
        .ok_or(WeightsError::NoFolder)
}

/// The tensors of one network.
#[derive(Debug)]
pub struct Weights {
    model: String,
    tensors: BTreeMap<String, Tensor>,
    notes: BTreeMap<String, String>,
    /// The digest of the file, as in the manifest.
    pub sha256: String,
    /// How the large products of a network with these weights are computed.
    pub precision: Precision,
}

impl Weights {
    /// Maps the file of `model` in `folder`, checks its digest, and copies its tensors to `device`.
    ///
    /// # Errors
    /// [`WeightsError`] says what is wrong with the file and what to do.
    pub fn load(folder: &Path, model: &ModelFile, device: &Device) -> Result<Self, WeightsError> {
        let path = folder.join(&model.file);
        let map = map(&path)?;
        let found = hex(&Sha256::digest(&map));
        if found != model.sha256 {
            return Err(WeightsError::Digest { path, wanted: model.sha256.clone(), found });
        }
        let broken = |problem: String| WeightsError::Shape { model: model.name.clone(), problem };
        let file = SafeTensors::deserialize(&map).map_err(|e| broken(e.to_string()))?;
        let (_, header) = SafeTensors::read_metadata(&map).map_err(|e| broken(e.to_string()))?;
        let mut tensors = BTreeMap::new();
        for (name, view) in file.tensors() {
            let tensor = Tensor::from_raw_buffer(view.data(), DType::F32, view.shape(), device)
                .map_err(|e| broken(format!("{name}: {e}")))?;
            tensors.insert(name, tensor);
        }
        let notes = header.metadata().clone().unwrap_or_default().into_iter().collect();
        Ok(Self {
            model: model.name.clone(),
            tensors,
            notes,
            sha256: found,
            precision: Precision::F32,
        })
    }

    /// The tensor `name`.
    ///
    /// # Errors
    /// Where there is none.
    pub fn tensor(&self, name: &str) -> candle_core::Result<&Tensor> {
        self.tensors.get(name).ok_or_else(|| {
            candle_core::Error::Msg(format!("{}: no tensor {name:?}", self.model)).bt()
        })
    }

    /// The weight and the bias of the layer `name`.
    ///
    /// # Errors
    /// Where one of them is missing.
    pub fn layer(&self, name: &str) -> candle_core::Result<(&Tensor, &Tensor)> {
        Ok((self.tensor(&format!("{name}.weight"))?, self.tensor(&format!("{name}.bias"))?))
    }

    /// The layer `name` for an operation with large products: its weight, its bias where the file
    /// has one, and the precision.
    ///
    /// # Errors
    /// Where the weight is missing.
    pub fn linear(&self, name: &str) -> candle_core::Result<Linear<'_>> {
        Ok(Linear {
            weight: self.tensor(&format!("{name}.weight"))?,
            bias: self.tensors.get(&format!("{name}.bias")),
            precision: self.precision,
        })
    }

    /// A text beside the tensors, such as the characters of a recogniser.
    #[must_use]
    pub fn note(&self, name: &str) -> Option<&str> {
        self.notes.get(name).map(String::as_str)
    }

    /// The error of a network that does not fit these weights.
    #[must_use]
    pub fn misfit(&self, error: &candle_core::Error) -> WeightsError {
        WeightsError::Shape { model: self.model.clone(), problem: error.to_string() }
    }
}

fn map(path: &Path) -> Result<Mmap, WeightsError> {
    let unreadable = |source| WeightsError::Unreadable { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(WeightsError::Missing { path: path.to_owned() });
        }
        Err(source) => return Err(unreadable(source)),
    };
    // SAFETY: the file is only read, and scripts/models puts a new one in place by renaming, never
    // by writing into the old one.
    #[allow(unsafe_code)]
    unsafe { Mmap::map(&file) }.map_err(unreadable)
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_and_wrong_weights_say_what_to_do() {
        let manifest = Manifest::built_in().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let load = || Weights::load(folder.path(), &manifest.model[0], &Device::Cpu);
        let missing = load().unwrap_err().to_string();
        assert!(missing.contains("scripts/models") && missing.contains("IVENDOR_MODELS"));
        std::fs::write(folder.path().join(&manifest.model[0].file), b"something else").unwrap();
        let wrong = load().unwrap_err();
        assert!(matches!(wrong, WeightsError::Digest { .. }), "{wrong}");
    }

    #[test]
    fn the_folder_that_is_given_comes_first() {
        assert_eq!(folder(Some(Path::new("a/b"))).unwrap(), Path::new("a/b"));
    }
}
