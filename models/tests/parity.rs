//! Each network against ONNX Runtime on the same input: the original graph is the reference.
//!
//! `scripts/peers` installs ONNX Runtime and the original files; `IVENDOR_PEERS` names the place.

// The helpers of tests may fail as their tests may.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::Command;

use candle_core::{Device, Tensor};
use ivendor_models::weights::{self, Precision};
use ivendor_models::{detector, orientation, recogniser};
use support::{Lines, drawn_lines, largest_difference, picture, scanned_lines, texts};

mod support;

const DETECTOR_DIFFERENCE_MAX: f32 = 1e-4;
const RECOGNISER_DIFFERENCE_MAX: f32 = 2e-2;
const ORIENTATION_DIFFERENCE_MAX: f32 = 1e-4;

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

/// The output of the original network on `x` (N, H, W, 3), or what `mode` asks of it.
fn reference(model: &str, x: &Tensor, mode: &[&str]) -> Vec<f32> {
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
        .args(mode)
        .status()
        .unwrap();
    assert!(status.success(), "ONNX Runtime failed on {model}");
    let bytes = std::fs::read(&target).unwrap();
    bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect()
}

#[test]
fn the_detector_gives_the_map_of_onnx_runtime() {
    let network = detector::Detector::load(&support::load("detector", &Device::Cpu)).unwrap();
    for (n, h, w) in [(1, 64, 96), (2, 160, 128), (1, 320, 352)] {
        let x = picture(n, h, w);
        let ours = network.forward(&x).unwrap().flatten_all().unwrap().to_vec1().unwrap();
        let theirs = reference("PP-OCRv6_det_small.onnx", &x, &[]);
        let difference = largest_difference(&ours, &theirs);
        println!("detector {n}x{h}x{w}: largest difference {difference:e}");
        assert!(difference < DETECTOR_DIFFERENCE_MAX, "{difference}");
    }
}

#[test]
fn the_recogniser_gives_the_logits_of_onnx_runtime() {
    let network = recogniser::Recogniser::load(&support::load("recogniser", &Device::Cpu)).unwrap();
    for (n, w) in [(1, 320), (3, 96), (2, 488)] {
        let x = picture(n, recogniser::LINE_HEIGHT, w);
        let ours = network.log_probabilities(&network.features(&x).unwrap()).unwrap();
        let ours = ours.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        // The original ends in a soft-max; its logarithm is the logits up to a constant a step.
        let theirs = reference("PP-OCRv6_rec_small.onnx", &x, &[]);
        let theirs: Vec<f32> = theirs.iter().map(|p| p.ln()).collect();
        let difference = largest_difference(&ours, &theirs);
        println!("recogniser {n}x48x{w}: largest difference {difference:e}");
        assert!(difference < RECOGNISER_DIFFERENCE_MAX, "{difference}");
    }
}

#[test]
fn the_orientation_gives_the_probabilities_of_onnx_runtime() {
    let network =
        orientation::Orientation::load(&support::load("orientation", &Device::Cpu)).unwrap();
    let x = picture(3, orientation::INPUT.0, orientation::INPUT.1);
    let ours = network.forward(&x).unwrap().flatten_all().unwrap().to_vec1().unwrap();
    let theirs = reference("ch_ppocr_mobile_v2.0_cls_mobile.onnx", &x, &[]);
    let difference = largest_difference(&ours, &theirs);
    println!("orientation: largest difference {difference:e}");
    assert!(difference < ORIENTATION_DIFFERENCE_MAX, "{difference}");
}

/// Lines that are compared, and the width to which each is brought.
const LINES: Lines = Lines { count: 50, width: 640 };
/// Lines of the fifty that may read otherwise in eight bits.
const INT8_OTHER_MAX: usize = 10;

fn lines_read_as_in_onnx_runtime(name: &str, values: Vec<f32>) {
    let shape = (LINES.count, recogniser::LINE_HEIGHT, LINES.width, 3);
    let x = Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
    let mut weights = support::load("recogniser", &Device::Cpu);
    for (precision, other_max) in [(Precision::F32, 0), (Precision::Int8, INT8_OTHER_MAX)] {
        weights.precision = precision;
        let network = recogniser::Recogniser::load(&weights).unwrap();
        let ours = network
            .best(&network.features(&x).unwrap())
            .unwrap()
            .flatten_all()
            .unwrap()
            .to_vec1::<f32>()
            .unwrap();
        let ours: Vec<f32> = ours.as_chunks::<2>().0.iter().map(|[class, _]| *class).collect();
        let ours = texts(&ours, LINES, network.characters());
        let theirs = reference("PP-OCRv6_rec_small.onnx", &x, &["best"]);
        let theirs = texts(&theirs, LINES, network.characters());
        assert!(
            theirs.iter().filter(|text| text.len() > 5).count() > LINES.count / 2,
            "{theirs:?}"
        );
        let other: Vec<_> = ours.iter().zip(&theirs).filter(|(a, b)| a != b).collect();
        println!(
            "{name}, {}: {} of {} lines read otherwise",
            precision.name(),
            other.len(),
            LINES.count
        );
        assert!(other.len() <= other_max, "{other:?}");
    }
}

#[test]
fn fifty_drawn_lines_read_as_in_onnx_runtime() {
    lines_read_as_in_onnx_runtime("drawn lines", drawn_lines(LINES));
}

#[test]
fn fifty_scanned_lines_read_as_in_onnx_runtime() {
    match scanned_lines(LINES) {
        Some(values) => lines_read_as_in_onnx_runtime("scanned lines", values),
        None => println!("left out: there is no folder of real documents beside the project"),
    }
}
