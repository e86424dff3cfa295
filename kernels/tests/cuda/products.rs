//! Matrix products, what follows them, and what is made of them.

use candle_core::{Device, Tensor};
use ivendor_kernels::activation::Activation;
use ivendor_kernels::attention::attention;
use ivendor_kernels::conv::Window;
use ivendor_kernels::ctc::CtcHead;
use ivendor_kernels::dense::Dense;
use ivendor_kernels::linear::Linear;
use ivendor_kernels::mlp::Mlp;

use crate::*;

/// The slope of hard-swish at 3, where it is the steepest of all activations.
const STEEPEST: f32 = 1.5;

#[test]
fn dense_agrees_for_every_activation_and_every_edge() {
    let device = gpu();
    for (m, k, n) in [(1, 1, 1), (5, 7, 3), (6, 16, 16), (97, 48, 24), (200, 96, 33), (7, 9, 40)] {
        for activation in ACTIVATIONS {
            let (x, w, b) = (values(&[m, k]), values(&[k, n]), values(&[n]));
            let build = |device: &Device, activation| {
                let (w, b) = (weights(&w, device), weights(&b, device));
                Dense::new(Linear::new(&w, &b), activation).unwrap()
            };
            let on_cpu = |activation| build(&Device::Cpu, activation).forward(&x).unwrap();
            let (cpu, on_gpu) = (on_cpu(activation), build(&device, activation));
            // What is rounded first is as large as the sums, and is then as steep as an activation.
            let bound = ROUNDED_TWICE * STEEPEST * largest(&on_cpu(Activation::Linear));
            let x = activations(&x, &device);
            let name = format!("dense {m}x{k}x{n} {activation:?}");
            compare(&name, bound, &cpu, &on_gpu.forward(&x).unwrap());
            // From its last row on: where that begins, memory is aligned to no more than a half.
            let last = on_gpu.forward(&x.narrow(0, m - 1, 1).unwrap()).unwrap();
            compare(&name, bound, &cpu.narrow(0, m - 1, 1).unwrap(), &last);
            if activation == Activation::Linear {
                let shortcut = values(&[m, n]);
                let joined = on_gpu.forward_onto(&x, &activations(&shortcut, &device)).unwrap();
                let name = format!("{name} with a shortcut");
                compare(&name, bound, &(cpu + shortcut).unwrap(), &joined);
            }
        }
    }
}

#[test]
fn the_channel_mixer_agrees_with_and_without_gate_and_shortcut() {
    let device = gpu();
    for (name, (h, w), (c, hidden, n), shortcut, gated) in [
        ("plain", (5, 7), (8, 16, 12), false, false),
        ("shortcut", (5, 7), (24, 48, 24), true, false),
        ("gate and shortcut", (5, 7), (24, 48, 24), true, true),
        ("odd channels", (5, 7), (7, 11, 7), true, true),
        // So wide in the middle that 5,618 rows are more than a block.
        ("several blocks of rows", (53, 53), (8, 1024, 8), true, false),
    ] {
        let (x, gate) = (values(&[2, h, w, c]), values(&[2, c]));
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
fn the_head_finds_the_class_and_probability_of_its_twin() {
    let device = gpu();
    for (steps, k, classes) in
        [(1, 8, 5), (7, 9, 37), (13, 24, 700), (5, 300, 130), (40, 120, 2500)]
    {
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
