//! Each network on a CUDA device in f16 against the same network on the CPU in f32.
//! `scripts/cuda-check` runs this on the emulated device; with a driver of NVIDIA's on the library
//! path it runs on a GPU.

// The helpers of tests may fail as their tests may, and print what they measure.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use candle_core::{D, Device, Tensor};
use ivendor_models::placed::to_host;
use ivendor_models::{detector, orientation, recogniser, stream};
use support::{
    Lines, drawn_lines, drawn_page, largest_difference, load, picture, scanned_lines, texts,
};

mod support;

/// Of probabilities.
const DETECTOR_ERROR_MAX: f32 = 2e-2;
const ORIENTATION_ERROR_MAX: f32 = 1e-2;
/// Of the natural logarithms of the probabilities that a class had, where it had one in 10,000.
const RECOGNISER_ERROR_MAX: f32 = 0.25;
/// Classes below this are never read.
const LIKELY: f32 = 1e-4;
/// The detector's probability above which a pixel belongs to a line.
const PIXEL_MIN: f32 = 0.3;
/// Of 10,000 pixels, those that may lie on the other side of it.
const PIXELS_OTHER_MAX: usize = 5;
/// Lines that may differ in how many spaces stand side by side: between two dots of a row of
/// them, a space and nothing are near equally likely.
const SPACED_OTHERWISE_MAX: usize = 1;
/// Lines that are compared, few enough for an emulator.
const LINES: Lines = Lines { count: 10, width: 400 };

fn gpu() -> Device {
    stream::open(0).unwrap()
}

fn host(x: &Tensor) -> Vec<f32> {
    to_host(x).unwrap()
}

#[test]
fn the_detector_gives_the_map_of_the_cpu_for_pages_together_too() {
    let build = |device: &Device| detector::Detector::load(&load("detector", device)).unwrap();
    let device = gpu();
    let page = drawn_page(352, 256);
    let pages = [page.clone(), page.flip(&[2]).unwrap()];
    let on_cpu = build(&Device::Cpu);
    let cpu: Vec<f32> =
        pages.iter().flat_map(|page| host(&on_cpu.forward(page).unwrap())).collect();
    let together = Tensor::cat(&pages, 0).unwrap();
    assert_eq!(host(&on_cpu.forward(&together).unwrap()), cpu, "on the CPU");
    let gpu = build(&device).forward(&together.to_device(&device).unwrap()).unwrap();
    assert_eq!(gpu.dims(), [2, 352, 256, 1]);
    let gpu = host(&gpu);
    let error = largest_difference(&cpu, &gpu);
    let inside = |map: &[f32]| map.iter().map(|p| *p > PIXEL_MIN).collect::<Vec<_>>();
    let (ours, theirs) = (inside(&cpu), inside(&gpu));
    let other = ours.iter().zip(&theirs).filter(|(a, b)| a != b).count();
    let text = ours.iter().filter(|inside| **inside).count();
    println!("parity detector: largest error {error:.2e} of probabilities");
    println!("parity detector: {other} pixels of {} on the other side, {text} of text", ours.len());
    assert!(text > ours.len() / 50, "the page shows no text: {text}");
    assert!(other * 10_000 <= PIXELS_OTHER_MAX * ours.len(), "{other}");
    assert!(error < DETECTOR_ERROR_MAX, "{error}");
}

#[test]
fn the_orientation_gives_the_probabilities_of_the_cpu() {
    let weights = |device: &Device| load("orientation", device);
    let build = |device: &Device| orientation::Orientation::load(&weights(device)).unwrap();
    let (device, x) = (gpu(), picture(3, orientation::INPUT.0, orientation::INPUT.1));
    let cpu = build(&Device::Cpu).forward(&x).unwrap();
    let gpu = build(&device).forward(&x.to_device(&device).unwrap()).unwrap();
    let error = largest_difference(&host(&cpu), &host(&gpu));
    println!("parity orientation: largest error {error:.2e} of probabilities");
    assert!(error < ORIENTATION_ERROR_MAX, "{error}");
}

/// A text with single spaces.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads the same lines on both devices: they must read the same words, and each likely class must
/// have near the same probability.
fn lines_read_as_on_the_cpu(name: &str, values: Vec<f32>) {
    let shape = (LINES.count, recogniser::LINE_HEIGHT, LINES.width, 3);
    let x = Tensor::from_vec(values, shape, &Device::Cpu).unwrap();
    let device = gpu();
    let build =
        |device: &Device| recogniser::Recogniser::load(&load("recogniser", device)).unwrap();
    let (cpu, gpu) = (build(&Device::Cpu), build(&device));
    let seen = cpu.features(&x).unwrap();
    let on_gpu = gpu.features(&x.to_device(&device).unwrap()).unwrap();
    let (best, found) = (cpu.best(&seen).unwrap(), gpu.best(&on_gpu).unwrap());
    let read = |best: &Tensor| {
        let classes = host(&best.narrow(D::Minus1, 0, 1).unwrap());
        texts(&classes, LINES, cpu.characters())
    };
    let (ours, theirs) = (read(&best), read(&found));
    let other: Vec<_> = ours.iter().zip(&theirs).filter(|(a, b)| a != b).collect();
    assert!(ours.iter().filter(|text| text.len() > 5).count() > LINES.count / 2, "{ours:?}");

    let line = |features: &Tensor| features.narrow(0, 0, 1).unwrap();
    let table = host(&cpu.log_probabilities(&line(&seen)).unwrap());
    let scored = host(&gpu.log_probabilities(&line(&on_gpu)).unwrap());
    let likely = table.iter().zip(&scored).filter(|(cpu, _)| cpu.exp() > LIKELY);
    let error = likely.map(|(cpu, gpu)| (cpu - gpu).abs()).fold(0.0, f32::max);
    let count = LINES.count;
    println!("parity recogniser, {name}: {} of {count} lines read otherwise", other.len());
    println!("parity recogniser, {name}: log-probabilities of likely classes within {error:.3}");
    assert!(other.len() <= SPACED_OTHERWISE_MAX, "{other:?}");
    assert!(other.iter().all(|(a, b)| words(a) == words(b)), "{other:?}");
    assert!(error < RECOGNISER_ERROR_MAX, "{error}");
}

#[test]
fn drawn_lines_read_as_on_the_cpu() {
    lines_read_as_on_the_cpu("drawn lines", drawn_lines(LINES));
}

#[test]
fn scanned_lines_read_as_on_the_cpu() {
    match scanned_lines(LINES) {
        Some(values) => lines_read_as_on_the_cpu("scanned lines", values),
        None => println!("left out: there is no folder of real documents beside the project"),
    }
}
