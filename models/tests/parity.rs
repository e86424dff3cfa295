//! Each network against ONNX Runtime on the same input: the original graph is the reference.
//!
//! `scripts/peers` installs ONNX Runtime and the original files; `IVENDOR_PEERS` names the place.

use std::path::{Path, PathBuf};
use std::process::Command;

use candle_core::{Device, Tensor};
use ivendor_models::weights::{self, Manifest, Weights};
use ivendor_models::{detector, orientation, recogniser};

const DETECTOR_DIFFERENCE_MAX: f32 = 1e-4;
const RECOGNISER_DIFFERENCE_MAX: f32 = 2e-2;
const ORIENTATION_DIFFERENCE_MAX: f32 = 1e-4;

fn load(name: &str) -> Weights {
    let manifest = Manifest::built_in().unwrap();
    let model = manifest.model.iter().find(|m| m.name == name).unwrap();
    let folder = weights::folder(None).unwrap();
    Weights::load(&folder, model, &Device::Cpu).unwrap()
}

fn peers() -> PathBuf {
    let given = std::env::var_os("IVENDOR_PEERS").map(PathBuf::from);
    let folder =
        given.unwrap_or_else(|| weights::folder(None).unwrap().parent().unwrap().join("peers"));
    assert!(
        folder.join("bin/python").exists(),
        "no peers in {}; run scripts/peers",
        folder.display()
    );
    folder
}

/// The output of the original network on `x` (N, H, W, 3).
fn reference(model: &str, x: &Tensor) -> Vec<f32> {
    let (n, h, w, _) = x.dims4().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (source, target) = (folder.path().join("in"), folder.path().join("out"));
    let values = x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    std::fs::write(&source, values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>())
        .unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/onnx_reference.py");
    let status = Command::new(peers().join("bin/python"))
        .args([script.as_os_str(), model.as_ref(), source.as_os_str(), target.as_os_str()])
        .args([n, h, w].map(|size| size.to_string()))
        .status()
        .unwrap();
    assert!(status.success(), "ONNX Runtime failed on {model}");
    let bytes = std::fs::read(&target).unwrap();
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

/// A picture with strokes, blobs and gradients: every layer sees edges and flat parts.
fn picture(n: usize, h: usize, w: usize) -> Tensor {
    let mut values = Vec::with_capacity(n * h * w * 3);
    for (image, y, x) in
        (0..n).flat_map(|i| (0..h).flat_map(move |y| (0..w).map(move |x| (i, y, x))))
    {
        let (fx, fy) = (x as f32, y as f32);
        let stroke = ((fx * 0.7 + image as f32).sin() * (fy * 0.45).cos()) > 0.3;
        let shade = 0.6 + 0.4 * (fx / w as f32) - if stroke { 1.2 } else { 0.0 };
        values.extend([shade, shade * 0.95, (shade * 0.9 + fy / h as f32 * 0.1).min(1.0)]);
    }
    Tensor::from_vec(values, (n, h, w, 3), &Device::Cpu).unwrap()
}

fn largest_difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn the_detector_gives_the_map_of_onnx_runtime() {
    let network = detector::Detector::load(&load("detector")).unwrap();
    for (n, h, w) in [(1, 64, 96), (2, 160, 128), (1, 320, 352)] {
        let x = picture(n, h, w);
        let ours = network.forward(&x).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let theirs = reference("PP-OCRv6_det_small.onnx", &x);
        let difference = largest_difference(&ours, &theirs);
        println!("detector {n}x{h}x{w}: largest difference {difference:e}");
        assert!(difference < DETECTOR_DIFFERENCE_MAX, "{difference}");
    }
}

#[test]
fn the_recogniser_gives_the_logits_of_onnx_runtime() {
    let network = recogniser::Recogniser::load(&load("recogniser")).unwrap();
    for (n, w) in [(1, 320), (3, 96), (2, 488)] {
        let x = picture(n, recogniser::LINE_HEIGHT, w);
        let ours = network.log_probabilities(&x).unwrap();
        let ours = ours.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        // The original ends in a soft-max; its logarithm is the logits up to a constant a step.
        let theirs = reference("PP-OCRv6_rec_small.onnx", &x);
        let theirs: Vec<f32> = theirs.iter().map(|p| p.ln()).collect();
        let difference = largest_difference(&ours, &theirs);
        println!("recogniser {n}x48x{w}: largest difference {difference:e}");
        assert!(difference < RECOGNISER_DIFFERENCE_MAX, "{difference}");
    }
}

#[test]
fn the_orientation_gives_the_probabilities_of_onnx_runtime() {
    let network = orientation::Orientation::load(&load("orientation")).unwrap();
    let x = picture(3, orientation::INPUT.0, orientation::INPUT.1);
    let ours = network.forward(&x).unwrap().flatten_all().unwrap().to_vec1().unwrap();
    let theirs = reference("ch_ppocr_mobile_v2.0_cls_mobile.onnx", &x);
    let difference = largest_difference(&ours, &theirs);
    println!("orientation: largest difference {difference:e}");
    assert!(difference < ORIENTATION_DIFFERENCE_MAX, "{difference}");
}
