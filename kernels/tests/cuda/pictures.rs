//! Convolutions, gates and pooling.

use candle_core::{Device, Tensor};
use ivendor_kernels::activation::Activation;
use ivendor_kernels::conv::{Conv, Part, Window};
use ivendor_kernels::deconv::{DoubleDeconv, Layer};
use ivendor_kernels::depthwise::Depthwise;
use ivendor_kernels::gate::Gate;
use ivendor_kernels::linear::Linear;
use ivendor_kernels::pool::{self, Pooling};
use ivendor_kernels::scale::scale;
use ivendor_kernels::upsample::upsample_add;

use crate::*;

#[test]
fn conv_agrees_for_every_window_of_the_networks() {
    let cases = [
        ("3x3", Window::centred((3, 3), (1, 1)), (7, 9), 5, 24),
        ("3x3 stride 2 of the stem", Window::centred((3, 3), (2, 2)), (18, 23), 3, 17),
        ("2x2 same upper", Window::two_by_two(), (5, 6), 4, 12),
        ("2x2 to more channels", Window::two_by_two(), (13, 11), 12, 24),
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
