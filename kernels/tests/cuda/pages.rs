//! What works on the bytes of pages.

use candle_core::{Device, Tensor};
use ivendor_kernels::crop::{Quad, crop, upload};
use ivendor_kernels::resize::resize;
use ivendor_kernels::strip;

use crate::*;

/// A page whose bytes look random.
fn page(width: usize, height: usize, device: &Device) -> Tensor {
    let bytes: Vec<u8> = (0..width * height * 3).map(|i| (i * i / 7 + i * 31) as u8).collect();
    upload(&bytes, (width, height), device).unwrap()
}

#[test]
fn pages_are_scaled_and_their_lines_cut_out_as_on_the_cpu() {
    let device = gpu();
    for (name, from, to) in [("smaller", (61, 47), (32, 32)), ("larger", (21, 30), (64, 96))] {
        let scaled = |device: &Device| resize(&page(from.0, from.1, device), to).unwrap();
        let (cpu, gpu) = (scaled(&Device::Cpu), scaled(&device));
        compare(&format!("resize {name}"), ROUNDED, &cpu, &gpu);
    }
    let upright = [[4.0, 3.0], [50.0, 5.0], [49.0, 16.0], [3.0, 14.0]];
    let whole = [[0.0, 0.0], [60.0, 0.0], [60.0, 46.0], [0.0, 46.0]];
    let off = [[-9.0, -9.0], [30.0, -5.0], [30.0, 40.0], [-9.0, 40.0]];
    let lines = [
        Quad { page: 0, corners: upright, sides: (46.0, 11.0), text: 40 },
        Quad { page: 1, corners: off, sides: (39.0, 45.0), text: 17 },
        Quad { page: 0, corners: whole, sides: (60.0, 46.0), text: 48 },
        Quad { page: 1, corners: [[5.0; 2]; 4], sides: (0.0, 0.0), text: 1 },
    ];
    let cut = |device: &Device| {
        let pages = [page(61, 47, device), page(21, 30, device)];
        crop(&pages, &lines, (16, 48)).unwrap()
    };
    compare("crop", 2.0 * ROUNDED, &cut(&Device::Cpu), &cut(&device));
}

/// The lines of a page of this size: upright, slanting, far beyond the edges, outside, nowhere. In
/// pages shrunken by two the samples of the last lie where a rounding more or less decides.
fn outlines(page: usize, (width, height): (usize, usize)) -> Vec<strip::Line> {
    let (w, h) = (width as f32, height as f32);
    let whole = [[0.0, 0.0], [w, 0.0], [w, h], [0.0, h]];
    let slanting =
        [[w * 0.2, h * 0.3], [w * 0.8, h * 0.4], [w * 0.78, h * 0.6], [w * 0.18, h * 0.5]];
    let far = [[-50.0, -50.0], [500.0, -50.0], [500.0, 500.0], [-50.0, 500.0]];
    let text = [[3.0, 5.0], [103.0, 5.0], [103.0, 49.0], [3.0, 49.0]];
    let cases = [
        (whole, (w, h)),
        (slanting, (w * 0.6, h * 0.2)),
        (far, (550.0, 550.0)),
        (whole.map(|[x, y]| [x + 2.0 * w, y]), (w, h)),
        ([[f32::NAN, 1e30], [1e30, -1e30], [0.0, 0.0], [1.0, 1.0]], (f32::INFINITY, 0.0)),
        (text, (100.0, 44.0)),
        (text.map(|[x, y]| [x * 0.7 + 8.0, y * 0.5 + 6.0]), (70.0, 22.0)),
    ];
    cases.into_iter().map(|(corners, sides)| strip::Line { page, corners, sides }).collect()
}

/// A page whose bytes look random but for its middle, which is saturated.
fn glared((width, height): (usize, usize), device: &Device) -> Tensor {
    let level = |i: usize| match i % width * 3 / width {
        1 => 255,
        _ => (i * i / 7 + i * 31) as u8,
    };
    let bytes: Vec<u8> = (0..width * height).flat_map(|i| [level(i); 3]).collect();
    upload(&bytes, (width, height), device).unwrap()
}

#[test]
fn counts_along_lines_are_those_of_the_cpu() {
    let device = gpu();
    let sizes = [(1, 1), (61, 47), (4, 90), (120, 53), (2, 3), (300, 5)];
    let lines: Vec<strip::Line> =
        (0..sizes.len()).rev().flat_map(|page| outlines(page, sizes[page])).collect();
    let counted = |device: &Device, shrink: usize, lines: &[strip::Line]| {
        let pixels = sizes.map(|size| glared(size, device));
        let pages = pixels.each_ref().map(|pixels| strip::Page { pixels, shrink });
        strip::count(&pages, lines).unwrap()
    };
    for shrink in [1, 2, 100] {
        let (cpu, gpu) = (counted(&Device::Cpu, shrink, &lines), counted(&device, shrink, &lines));
        assert_eq!(cpu, gpu, "shrunken by {shrink}");
    }
    let none = counted(&device, 3, &[]);
    assert_eq!(none, counted(&Device::Cpu, 3, &[]));
    let cpu = counted(&Device::Cpu, 1, &lines);
    assert!(cpu.lines.iter().any(|counts| counts.saturated[counts.line.clone()].contains(&true)));
}
