//! Each operation on a CUDA device against its CPU twin: the same weights, the same input rounded
//! to f16, the largest error beside its bound. `scripts/cuda-check` runs this on the emulated
//! device; with a driver of NVIDIA's on the library path it runs on a GPU.

// The helpers of tests may fail as their tests may, and print what they measure.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use candle_core::{DType, Device, Tensor};
use ivendor_kernels::activation::Activation;
use ivendor_kernels::attention::attention;
use ivendor_kernels::conv::{Conv, Part, Window};
use ivendor_kernels::crop::{Quad, crop, upload};
use ivendor_kernels::ctc::CtcHead;
use ivendor_kernels::deconv::{DoubleDeconv, Layer};
use ivendor_kernels::dense::Dense;
use ivendor_kernels::depthwise::Depthwise;
use ivendor_kernels::gate::Gate;
use ivendor_kernels::linear::Linear;
use ivendor_kernels::mlp::Mlp;
use ivendor_kernels::pool::{self, Pooling};
use ivendor_kernels::resize::resize;
use ivendor_kernels::scale::scale;
use ivendor_kernels::strip;
use ivendor_kernels::upsample::upsample_add;

const ACTIVATIONS: [Activation; 7] = [
    Activation::Linear,
    Activation::Relu,
    Activation::Gelu,
    Activation::Swish,
    Activation::HardSwish,
    Activation::Sigmoid,
    Activation::HardSigmoid { slope: 0.2 },
];

/// The device, with a stream of its own: tests run side by side.
fn gpu() -> Device {
    Device::new_cuda_with_stream(0).unwrap()
}

/// Values in [-1, 1) that are whole in f16, so that both devices see the same.
fn values(dims: &[usize]) -> Tensor {
    let random = Tensor::rand(-1f32, 1.0, dims, &Device::Cpu).unwrap();
    random.to_dtype(DType::F16).unwrap().to_dtype(DType::F32).unwrap()
}

/// The same values on a device, as weights.
fn weights(x: &Tensor, device: &Device) -> Tensor {
    x.to_device(device).unwrap()
}

/// The same values on a device, as activations.
fn activations(x: &Tensor, device: &Device) -> Tensor {
    x.to_device(device).unwrap().to_dtype(DType::F16).unwrap()
}

/// The values of a result in f32 on the CPU.
fn host(x: &Tensor) -> Vec<f32> {
    let x = x.to_dtype(DType::F32).unwrap().flatten_all().unwrap();
    x.to_device(&Device::Cpu).unwrap().to_vec1().unwrap()
}

/// The largest error, which must be at most `bound` times the largest value or 1.
fn compare(name: &str, bound: f32, cpu: &Tensor, gpu: &Tensor) {
    assert_eq!(cpu.dims(), gpu.dims(), "{name}");
    let (cpu, gpu) = (host(cpu), host(gpu));
    assert!(gpu.iter().all(|value| value.is_finite()), "{name}: a result is no number");
    let largest = cpu.iter().map(|value| value.abs()).fold(1.0, f32::max);
    let error = cpu.iter().zip(&gpu).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    println!("parity {name}: largest error {error:.2e} of values up to {largest:.2}");
    assert!(error <= bound * largest, "{name}: {error} of {largest}");
}

/// One rounding to f16, half a unit in the last of eleven places.
const ROUNDED: f32 = 4.9e-4;
/// Two: of the product by cuBLAS, and of what is made of it; or one, and GELU by tanh.
const ROUNDED_TWICE: f32 = 9.8e-4;

#[test]
fn dense_agrees_for_every_activation_and_every_edge() {
    let device = gpu();
    for (m, k, n) in [(1, 1, 1), (5, 7, 3), (6, 16, 16), (97, 48, 24), (200, 96, 33), (7, 9, 40)] {
        for activation in ACTIVATIONS {
            let (x, w, b) = (values(&[m, k]), values(&[k, n]), values(&[n]));
            let build = |device: &Device| {
                let (w, b) = (weights(&w, device), weights(&b, device));
                Dense::new(Linear::new(&w, &b), activation).unwrap()
            };
            let (cpu, on_gpu) = (build(&Device::Cpu).forward(&x).unwrap(), build(&device));
            let x = activations(&x, &device);
            let name = format!("dense {m}x{k}x{n} {activation:?}");
            compare(&name, ROUNDED_TWICE, &cpu, &on_gpu.forward(&x).unwrap());
            // From its last row on: where that begins, memory is aligned to no more than a half.
            let last = on_gpu.forward(&x.narrow(0, m - 1, 1).unwrap()).unwrap();
            compare(&name, ROUNDED_TWICE, &cpu.narrow(0, m - 1, 1).unwrap(), &last);
            if activation == Activation::Linear {
                let shortcut = values(&[m, n]);
                let joined = on_gpu.forward_onto(&x, &activations(&shortcut, &device)).unwrap();
                let name = format!("{name} with a shortcut");
                compare(&name, ROUNDED_TWICE, &(cpu + shortcut).unwrap(), &joined);
            }
        }
    }
}

#[test]
fn conv_agrees_for_every_window_of_the_networks() {
    let cases = [
        ("3x3", Window::centred((3, 3), (1, 1)), (7, 9), 5, 24),
        ("3x3 stride 2 of the stem", Window::centred((3, 3), (2, 2)), (18, 23), 3, 17),
        ("2x2 same upper", Window::two_by_two(), (5, 6), 4, 12),
        ("deep", Window::centred((3, 3), (1, 1)), (9, 11), 48, 40),
    ];
    let device = gpu();
    for (name, window, (h, w), c, n) in cases {
        let (x, bias) = (values(&[2, h, w, c]), values(&[n]));
        let weight = values(&[window.kernel.0 * window.kernel.1 * c, n]);
        let build = |device: &Device| {
            let (weight, bias) = (weights(&weight, device), weights(&bias, device));
            Conv::new(Linear::new(&weight, &bias), window, Activation::Relu).unwrap()
        };
        let cpu = build(&Device::Cpu).forward(&x).unwrap();
        let on_gpu = build(&device);
        let gpu = on_gpu.forward(&activations(&x, &device)).unwrap();
        compare(&format!("conv {name}"), ROUNDED, &cpu, &gpu);
        let alone = on_gpu.forward(&activations(&x.narrow(0, 1, 1).unwrap(), &device)).unwrap();
        assert_eq!(host(&alone), host(&gpu.narrow(0, 1, 1).unwrap()), "{name}: alone");
    }
}

/// A convolution of maps with so many channels together.
fn conv_of(channels: usize, window: Window) -> impl Fn(&Device) -> Conv {
    let (weight, bias) = (values(&[9 * channels, 24]), values(&[24]));
    move |device: &Device| {
        let (weight, bias) = (weights(&weight, device), weights(&bias, device));
        Conv::new(Linear::new(&weight, &bias), window, Activation::Relu).unwrap()
    }
}

#[test]
fn conv_of_the_parts_of_a_pyramid_agrees() {
    let device = gpu();
    let cases = [
        ("of the detector", 2, (2, 3), vec![(24, 8), (24, 4), (24, 2), (24, 1)]),
        ("two parts", 3, (1, 5), vec![(8, 2), (40, 1)]),
        ("one part", 2, (5, 7), vec![(16, 1)]),
    ];
    for (name, n, (h, w), sizes) in cases {
        let largest = sizes[0].1;
        let maps: Vec<(Tensor, Tensor, usize)> = sizes
            .iter()
            .map(|&(c, factor)| {
                let (h, w) = (h * largest / factor, w * largest / factor);
                (values(&[n, h, w, c]), values(&[n, c]), factor)
            })
            .collect();
        let build = conv_of(sizes.iter().map(|(c, _)| c).sum(), Window::centred((3, 3), (1, 1)));
        let run = |conv: &Conv, maps: &[(Tensor, Tensor, usize)]| {
            let parts = maps.iter().map(|(x, gate, factor)| Part { x, gate, factor: *factor });
            conv.forward_parts(&parts.collect::<Vec<_>>()).unwrap()
        };
        let cpu = run(&build(&Device::Cpu), &maps);
        let on_gpu = build(&device);
        let maps: Vec<_> = maps
            .iter()
            .map(|(x, gate, f)| (activations(x, &device), weights(gate, &device), *f))
            .collect();
        let gpu = run(&on_gpu, &maps);
        // Each gated value is rounded too; their errors do not add up to one of the largest sum.
        compare(&format!("conv of parts, {name}"), ROUNDED_TWICE, &cpu, &gpu);
        let one = |x: &Tensor| x.narrow(0, 1, 1).unwrap();
        let second: Vec<_> = maps.iter().map(|(x, gate, f)| (one(x), one(gate), *f)).collect();
        assert_eq!(host(&run(&on_gpu, &second)), host(&one(&gpu)), "{name}: alone");
    }
}

#[test]
fn conv_of_a_maximum_beside_a_branch_agrees() {
    let device = gpu();
    for (n, h, w, a, b) in [(2, 9, 13, 24, 24), (3, 6, 8, 16, 8), (2, 1, 1, 8, 16)] {
        let (pooled, beside) = (values(&[n, h, w, a]), values(&[n, h, w, b]));
        let build = conv_of(a + b, Window::centred((3, 3), (2, 2)));
        let cpu = build(&Device::Cpu).forward_pooled(&pooled, &beside).unwrap();
        let on_gpu = build(&device);
        let (pooled, beside) = (activations(&pooled, &device), activations(&beside, &device));
        let gpu = on_gpu.forward_pooled(&pooled, &beside).unwrap();
        compare(&format!("conv of a maximum {h}x{w}x{a}+{b}"), ROUNDED, &cpu, &gpu);
        let one = |x: &Tensor| x.narrow(0, 1, 1).unwrap();
        let alone = on_gpu.forward_pooled(&one(&pooled), &one(&beside)).unwrap();
        assert_eq!(host(&alone), host(&one(&gpu)), "{h}x{w}: alone");
    }
}

#[test]
fn depthwise_agrees_for_every_window_of_the_networks() {
    let cases = [
        ("3x3", (3, 3), (1, 1), (6, 7), 48),
        ("3x3 stride 2", (3, 3), (2, 2), (6, 9), 96),
        ("3x3 stride 2,1", (3, 3), (2, 1), (12, 8), 20),
        ("7x7", (7, 7), (1, 1), (9, 13), 8),
        ("1x7", (1, 7), (1, 1), (1, 40), 120),
        ("5x5", (5, 5), (1, 1), (6, 9), 16),
        ("5x5 stride 2,1", (5, 5), (2, 1), (6, 9), 16),
        ("odd channels", (3, 3), (1, 1), (6, 9), 33),
        ("a window without a kernel of its own", (3, 5), (1, 2), (6, 9), 8),
    ];
    let device = gpu();
    for (name, kernel, stride, (h, w), c) in cases {
        let window = Window::centred(kernel, stride);
        let (x, weight, bias) =
            (values(&[2, h, w, c]), values(&[kernel.0 * kernel.1, c]), values(&[c]));
        let build = |device: &Device| {
            let (weight, bias) = (weights(&weight, device), weights(&bias, device));
            Depthwise::new(&weight, &bias, window, Activation::HardSwish).unwrap()
        };
        let cpu = build(&Device::Cpu).forward(&x).unwrap();
        let on_gpu = build(&device);
        let gpu = on_gpu.forward(&activations(&x, &device)).unwrap();
        compare(&format!("depthwise {name}"), ROUNDED, &cpu, &gpu);
        let alone = on_gpu.forward(&activations(&x.narrow(0, 1, 1).unwrap(), &device)).unwrap();
        assert_eq!(host(&alone), host(&gpu.narrow(0, 1, 1).unwrap()), "{name}: alone");
    }
}

#[test]
fn both_transposed_convolutions_agree() {
    let device = gpu();
    for (name, (h, w), c, m) in
        [("narrow", (3, 5), 5, 7), ("of the head", (3, 51), 24, 24), ("deep", (7, 9), 32, 1)]
    {
        let x = values(&[3, h, w, c]);
        let (w1, b1, w2, b2) = (values(&[c, 4 * m]), values(&[m]), values(&[m, 4]), values(&[1]));
        let build = |device: &Device| {
            let on = |x: &Tensor| weights(x, device);
            let (w1, b1, w2, b2) = (on(&w1), on(&b1), on(&w2), on(&b2));
            let first = Layer { weight: &w1, bias: &b1, activation: Activation::Relu };
            let second = Layer { weight: &w2, bias: &b2, activation: Activation::Sigmoid };
            DoubleDeconv::new(first, second).unwrap()
        };
        let cpu = build(&Device::Cpu).forward(&x).unwrap();
        let on_gpu = build(&device);
        let x = activations(&x, &device);
        let gpu = on_gpu.forward(&x).unwrap();
        compare(&format!("deconv {name}"), ROUNDED, &cpu, &gpu);
        let alone = on_gpu.forward(&x.narrow(0, 1, 1).unwrap()).unwrap();
        assert_eq!(host(&alone), host(&gpu.narrow(0, 1, 1).unwrap()), "{name}: alone");
    }
}

#[test]
fn gates_and_what_they_multiply_agree() {
    let device = gpu();
    for (h, w, c, r) in [(3, 5, 8, 2), (40, 50, 24, 6), (2, 3, 33, 5)] {
        let (x, w1, b1) = (values(&[2, h, w, c]), values(&[c, r]), values(&[r]));
        let (w2, b2) = (values(&[r, c]), values(&[c]));
        let build = |device: &Device| {
            let on = |x: &Tensor| weights(x, device);
            let (w1, b1, w2, b2) = (on(&w1), on(&b1), on(&w2), on(&b2));
            Gate::new(Linear::new(&w1, &b1), Linear::new(&w2, &b2), 0.2).unwrap()
        };
        let cpu = build(&Device::Cpu).forward(&x).unwrap();
        let on_gpu = build(&device);
        let gpu = on_gpu.forward(&activations(&x, &device)).unwrap();
        // No rounding to f16: only the order of additions differs.
        compare(&format!("gate {h}x{w}x{c}"), 1e-5, &cpu, &gpu);
        let alone = on_gpu.forward(&activations(&x.narrow(0, 1, 1).unwrap(), &device)).unwrap();
        assert_eq!(host(&alone), host(&gpu.narrow(0, 1, 1).unwrap()), "{c}: alone");

        let scaled = scale(&activations(&x, &device), &gpu, 1.0).unwrap();
        compare(&format!("scale {h}x{w}x{c}"), ROUNDED, &scale(&x, &cpu, 1.0).unwrap(), &scaled);
    }
}

#[test]
fn the_channel_mixer_agrees_with_and_without_gate_and_shortcut() {
    let device = gpu();
    for (name, (c, hidden, n), shortcut, gated) in [
        ("plain", (8, 16, 12), false, false),
        ("shortcut", (24, 48, 24), true, false),
        ("gate and shortcut", (24, 48, 24), true, true),
        ("odd channels", (7, 11, 7), true, true),
    ] {
        let (x, gate) = (values(&[2, 5, 7, c]), values(&[2, c]));
        let (w1, b1) = (values(&[c, hidden]), values(&[hidden]));
        let (w2, b2) = (values(&[hidden, n]), values(&[n]));
        let build = |device: &Device| {
            let on = |x: &Tensor| weights(x, device);
            let (w1, b1, w2, b2) = (on(&w1), on(&b1), on(&w2), on(&b2));
            let (expand, project) = (Linear::new(&w1, &b1), Linear::new(&w2, &b2));
            Mlp::new(expand, project, Activation::Gelu, shortcut).unwrap()
        };
        let cpu = build(&Device::Cpu).forward(&x, gated.then_some(&gate)).unwrap();
        let on_gpu = gated.then(|| weights(&gate, &device));
        let gpu = build(&device).forward(&activations(&x, &device), on_gpu.as_ref()).unwrap();
        // The gated input and the wide middle are rounded too.
        compare(&format!("mlp {name}"), 2.0 * ROUNDED_TWICE, &cpu, &gpu);
    }
}

#[test]
fn pooling_agrees() {
    let device = gpu();
    let x = values(&[2, 6, 9, 20]);
    for (pooling, window) in
        [(Pooling::Mean, (3, 2)), (Pooling::Max, (2, 2)), (Pooling::Max, (1, 1))]
    {
        let cpu = pool::pool(&x, pooling, window).unwrap();
        let gpu = pool::pool(&activations(&x, &device), pooling, window).unwrap();
        let bound = if pooling == Pooling::Mean { ROUNDED } else { 0.0 };
        compare(&format!("pool {pooling:?} {window:?}"), bound, &cpu, &gpu);
    }
}

#[test]
fn enlarging_agrees_with_a_gate_before_it() {
    let device = gpu();
    for c in [4, 5] {
        let (small, large) = (values(&[3, 3, 5, c]), values(&[3, 6, 10, c]));
        let gate = values(&[3, c]);
        let cpu = upsample_add(&large, &gate, &small).unwrap();
        let (large, gate, small) =
            (activations(&large, &device), weights(&gate, &device), activations(&small, &device));
        let gpu = upsample_add(&large, &gate, &small).unwrap();
        compare(&format!("upsample add {c}"), ROUNDED, &cpu, &gpu);
        let one = |x: &Tensor| x.narrow(0, 1, 1).unwrap();
        let alone = upsample_add(&one(&large), &one(&gate), &one(&small)).unwrap();
        assert_eq!(host(&alone), host(&one(&gpu)), "{c}: alone");
    }
}

#[test]
fn the_head_finds_the_class_and_probability_of_its_twin() {
    let device = gpu();
    for (steps, k, classes) in [(1, 8, 5), (13, 24, 700), (40, 120, 2500)] {
        let (x, w, b) = (values(&[2, steps, k]), values(&[k, classes]), values(&[classes]));
        let build =
            |device: &Device| CtcHead::new(&weights(&w, device), &weights(&b, device)).unwrap();
        let (cpu, gpu) = (build(&Device::Cpu), build(&device));
        let on_gpu = activations(&x, &device);
        let (best, found) = (cpu.best(&x).unwrap(), gpu.best(&on_gpu).unwrap());
        let name = format!("{steps}x{k}x{classes}");
        let classes = |best: &Tensor| host(&best.narrow(2, 0, 1).unwrap());
        assert_eq!(classes(&best), classes(&found), "{name}");
        let probability = |best: &Tensor| best.narrow(2, 1, 1).unwrap();
        compare(&format!("ctc {name}"), 1e-5, &probability(&best), &probability(&found));
        let logits = (cpu.logits(&x).unwrap(), gpu.logits(&on_gpu).unwrap());
        compare(&format!("ctc logits {name}"), 1e-5, &logits.0, &logits.1);
        let alone = gpu.best(&on_gpu.narrow(0, 1, 1).unwrap()).unwrap();
        assert_eq!(host(&alone), host(&found.narrow(0, 1, 1).unwrap()), "{name}: alone");
    }
}

#[test]
fn attention_agrees_for_short_and_long_lines_and_narrow_heads() {
    let device = gpu();
    for (steps, heads, wide) in [(1, 1, 1), (9, 3, 5), (70, 8, 15), (130, 2, 16)] {
        let x = (values(&[2, steps, 3 * heads * wide]) * 4.0).unwrap();
        let cpu = attention(&x, heads).unwrap();
        let on_gpu = activations(&x, &device);
        let gpu = attention(&on_gpu, heads).unwrap();
        let name = format!("attention {steps} steps, {heads} x {wide}");
        compare(&name, 2.0 * ROUNDED, &cpu, &gpu);
        let alone = attention(&on_gpu.narrow(0, 1, 1).unwrap(), heads).unwrap();
        assert_eq!(host(&alone), host(&gpu.narrow(0, 1, 1).unwrap()), "{name}: alone");
    }
    let long = activations(&values(&[1, 769, 3]), &device);
    let error = attention(&long, 1).unwrap_err().to_string();
    assert!(error.contains("769"), "{error}");
}

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

#[test]
fn what_a_device_cannot_compute_is_an_error_that_says_why() {
    let device = gpu();
    let (w, b) = (weights(&values(&[8, 4]), &device), weights(&values(&[4]), &device));
    let dense = Dense::new(Linear::new(&w, &b), Activation::Linear).unwrap();
    let told = |x: &Tensor, words: &[&str]| {
        let error = dense.forward(x).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    };
    told(&activations(&values(&[2, 9]), &device), &["8", "9"]);
    told(&weights(&values(&[2, 8]), &device), &["f16", "F32"]);
    told(&activations(&values(&[8, 8]), &device).t().unwrap(), &["contiguous"]);
    told(&values(&[2, 8]), &["weights are on a GPU"]);
    let conv = conv_of(12, Window::centred((3, 3), (1, 1)))(&device);
    let (five, seven) = (values(&[1, 2, 2, 5]), values(&[1, 2, 2, 7]));
    let five = conv.forward_pooled(&activations(&five, &device), &activations(&seven, &device));
    assert!(five.unwrap_err().to_string().contains("in eights, not [1, 2, 2, 5]"));
}
