//! What the tests of the networks share: weights, pictures, and lines of drawn and real documents.

// Each test binary takes what it needs.
#![allow(dead_code)]

use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use image::RgbImage;
use image::imageops::{self, FilterType};
use ivendor_models::recogniser;
use ivendor_models::synthetic::{self, Config, Kind, Wear};
use ivendor_models::weights::{self, Manifest, Weights};

/// The weights of a network on a device.
pub(crate) fn load(name: &str, device: &Device) -> Weights {
    let manifest = Manifest::built_in().unwrap();
    let model = manifest.model.iter().find(|m| m.name == name).unwrap();
    let folder = weights::folder(None).unwrap();
    Weights::load(&folder, model, device).unwrap()
}

/// A picture with strokes, blobs and gradients: every layer sees edges and flat parts.
pub(crate) fn picture(n: usize, h: usize, w: usize) -> Tensor {
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

/// The largest difference of two results of one size.
pub(crate) fn largest_difference(ours: &[f32], theirs: &[f32]) -> f32 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

/// How many lines are taken, as many from each page, and the width to which each is brought.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines {
    pub(crate) count: usize,
    pub(crate) width: usize,
}

/// Pages that the lines come from.
const PAGES: usize = 10;

/// A line's picture: a page and the box around the line (left, top, right, bottom).
type LineBox = ([f32; 4], String);

/// The lines in boxes of a page as the recogniser wants them, those first that are longest.
fn cut(page: &RgbImage, mut boxes: Vec<LineBox>, lines: Lines) -> Vec<f32> {
    boxes.retain(|(_, text)| text.len() > 5);
    boxes.sort_by_key(|(_, text)| std::cmp::Reverse(text.len()));
    let height = recogniser::LINE_HEIGHT as u32;
    let mut values = Vec::new();
    for ([left, top, right, bottom], _) in boxes.into_iter().take(lines.count / PAGES) {
        let (x, y) = (left.max(0.0) as u32, top.max(0.0) as u32);
        let (w, h) = ((right - left).max(1.0) as u32, (bottom - top).max(1.0) as u32);
        let line = imageops::crop_imm(page, x, y, w, h).to_image();
        let width = (w * height).div_ceil(h).min(lines.width as u32);
        let line = imageops::resize(&line, width, height, FilterType::Triangle);
        for y in 0..height {
            for x in 0..lines.width as u32 {
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

/// Lines of synthetic receipts and invoices.
pub(crate) fn drawn_lines(lines: Lines) -> Vec<f32> {
    let mut values = Vec::new();
    for seed in 0..PAGES as u64 {
        let kind = if seed % 2 == 0 { Kind::Receipt } else { Kind::Invoice };
        let config = Config { seed, kind, wear: Wear::LIGHT, pages_max: 1 };
        let document = synthetic::document(&config).unwrap();
        let boxes =
            document.truth.lines.iter().map(|line| {
                (around(line.polygon.iter().map(|[x, y]| (*x, *y))), line.text.clone())
            });
        values.extend(cut(&document.pages[0], boxes.collect(), lines));
    }
    values
}

/// Lines of scanned receipts, where the folder of real documents is at hand.
pub(crate) fn scanned_lines(lines: Lines) -> Option<Vec<f32>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/receipts");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder.join("lines")).ok()?.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let mut values = Vec::new();
    for file in files.iter().take(PAGES) {
        let stem = file.file_stem().unwrap().to_string_lossy();
        let page = image::open(folder.join(format!("images/{stem}.jpg"))).unwrap().to_rgb8();
        let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        let boxes = text.lines().filter_map(|line| {
            let fields: Vec<&str> = line.splitn(9, ',').collect();
            let corners: Vec<f32> = fields[..8].iter().map(|f| f.parse().unwrap()).collect();
            let corners = corners.as_chunks::<2>().0.iter().map(|[x, y]| (*x, *y));
            Some((around(corners), (*fields.get(8)?).to_owned()))
        });
        values.extend(cut(&page, boxes.collect(), lines));
    }
    Some(values)
}

/// The text of each line from the likeliest class of each step.
pub(crate) fn texts(classes: &[f32], lines: Lines, characters: &[String]) -> Vec<String> {
    let steps = lines.width / recogniser::STEP_PX;
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
