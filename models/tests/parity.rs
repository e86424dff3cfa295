//! Each network against ONNX Runtime on the same input: the original graph is the reference.
//!
//! `scripts/peers` installs ONNX Runtime and the original files; `IVENDOR_PEERS` names the place.

// The helpers of tests may fail as their tests may.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::{Path, PathBuf};
use std::process::Command;

use candle_core::{Device, Tensor};
use image::RgbImage;
use image::imageops::{self, FilterType};
use ivendor_models::synthetic::{self, Config, Kind, Wear};
use ivendor_models::weights::{self, Manifest, Precision, Weights};
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
        let theirs = reference("PP-OCRv6_det_small.onnx", &x, &[]);
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
    let network = orientation::Orientation::load(&load("orientation")).unwrap();
    let x = picture(3, orientation::INPUT.0, orientation::INPUT.1);
    let ours = network.forward(&x).unwrap().flatten_all().unwrap().to_vec1().unwrap();
    let theirs = reference("ch_ppocr_mobile_v2.0_cls_mobile.onnx", &x, &[]);
    let difference = largest_difference(&ours, &theirs);
    println!("orientation: largest difference {difference:e}");
    assert!(difference < ORIENTATION_DIFFERENCE_MAX, "{difference}");
}

/// A line's picture: a page and the box around the line (left, top, right, bottom).
type LineBox = ([f32; 4], String);

/// Lines that are compared, and the width to which each is brought.
const LINES: usize = 50;
const LINE_WIDTH: usize = 640;
/// Lines of the fifty that may read otherwise in eight bits.
const INT8_OTHER_MAX: usize = 10;

/// The lines in boxes of a page as the recogniser wants them, those first that are longest.
fn cut(page: &RgbImage, mut boxes: Vec<LineBox>, count: usize) -> Vec<f32> {
    boxes.retain(|(_, text)| text.len() > 5);
    boxes.sort_by_key(|(_, text)| std::cmp::Reverse(text.len()));
    let height = recogniser::LINE_HEIGHT as u32;
    let mut values = Vec::new();
    for ([left, top, right, bottom], _) in boxes.into_iter().take(count) {
        let (x, y) = (left.max(0.0) as u32, top.max(0.0) as u32);
        let (w, h) = ((right - left).max(1.0) as u32, (bottom - top).max(1.0) as u32);
        let line = imageops::crop_imm(page, x, y, w, h).to_image();
        let width = (w * height).div_ceil(h).min(LINE_WIDTH as u32);
        let line = imageops::resize(&line, width, height, FilterType::Triangle);
        for y in 0..height {
            for x in 0..LINE_WIDTH as u32 {
                let pixel = line.get_pixel_checked(x, y).map_or([127.5; 3], |p| p.0.map(f32::from));
                values.extend(pixel.map(|v| v / 127.5 - 1.0));
            }
        }
    }
    values
}

fn around(corners: impl Iterator<Item = (f32, f32)>) -> [f32; 4] {
    corners.fold([f32::MAX, f32::MAX, 0.0, 0.0], |[l, t, r, b], (x, y)| {
        [l.min(x), t.min(y), r.max(x), b.max(y)]
    })
}

fn drawn_lines() -> Vec<f32> {
    let mut values = Vec::new();
    for seed in 0..10 {
        let kind = if seed % 2 == 0 { Kind::Receipt } else { Kind::Invoice };
        let config = Config { seed, kind, wear: Wear::LIGHT, pages_max: 1 };
        let document = synthetic::document(&config).unwrap();
        let boxes =
            document.truth.lines.iter().map(|line| {
                (around(line.polygon.iter().map(|[x, y]| (*x, *y))), line.text.clone())
            });
        values.extend(cut(&document.pages[0], boxes.collect(), LINES / 10));
    }
    values
}

/// Lines of scanned receipts, where the folder of real documents is at hand.
fn scanned_lines() -> Option<Vec<f32>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/receipts");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder.join("lines")).ok()?.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut values = Vec::new();
    for file in files.iter().take(10) {
        let stem = file.file_stem().unwrap().to_string_lossy();
        let page = image::open(folder.join(format!("images/{stem}.jpg"))).unwrap().to_rgb8();
        let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        let boxes = text.lines().filter_map(|line| {
            let fields: Vec<&str> = line.splitn(9, ',').collect();
            let corners: Vec<f32> = fields[..8].iter().map(|f| f.parse().unwrap()).collect();
            let corners = corners.as_chunks::<2>().0.iter().map(|[x, y]| (*x, *y));
            Some((around(corners), (*fields.get(8)?).to_owned()))
        });
        values.extend(cut(&page, boxes.collect(), LINES / 10));
    }
    Some(values)
}

/// The text of each line from the likeliest class of each step.
fn texts(classes: &[f32], characters: &[String]) -> Vec<String> {
    let steps = LINE_WIDTH / recogniser::STEP_PX;
    let text = |line: &[f32]| {
        let mut last = recogniser::BLANK;
        let mut text = String::new();
        for class in line.iter().map(|class| *class as usize) {
            if class != last && class != recogniser::BLANK {
                text.push_str(&characters[class]);
            }
            last = class;
        }
        text
    };
    classes.chunks_exact(steps).map(text).collect()
}

fn lines_read_as_in_onnx_runtime(name: &str, values: Vec<f32>) {
    let shape = (LINES, recogniser::LINE_HEIGHT, LINE_WIDTH, 3);
    let x = Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
    let mut weights = load("recogniser");
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
        let ours = texts(&ours, network.characters());
        let theirs = reference("PP-OCRv6_rec_small.onnx", &x, &["best"]);
        let theirs = texts(&theirs, network.characters());
        assert!(theirs.iter().filter(|text| text.len() > 5).count() > LINES / 2, "{theirs:?}");
        let other: Vec<_> = ours.iter().zip(&theirs).filter(|(a, b)| a != b).collect();
        println!("{name}, {}: {} of {LINES} lines read otherwise", precision.name(), other.len());
        assert!(other.len() <= other_max, "{other:?}");
    }
}

#[test]
fn fifty_drawn_lines_read_as_in_onnx_runtime() {
    lines_read_as_in_onnx_runtime("drawn lines", drawn_lines());
}

#[test]
fn fifty_scanned_lines_read_as_in_onnx_runtime() {
    match scanned_lines() {
        Some(values) => lines_read_as_in_onnx_runtime("scanned lines", values),
        None => println!("left out: there is no folder of real documents beside the project"),
    }
}
