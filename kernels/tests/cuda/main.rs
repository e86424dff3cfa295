//! Each operation on a CUDA device against its CPU twin: the same weights, the same input rounded
//! to f16, the largest error beside its bound. `scripts/cuda-check` runs this on the emulated
//! device; with a driver of NVIDIA's on the library path it runs on a GPU.

// The helpers of tests may fail as their tests may, and print what they measure.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod pages;
mod pictures;
mod products;

use std::cell::Cell;

use candle_core::{DType, Device, Tensor};
use ivendor_kernels::activation::Activation;
use ivendor_kernels::conv::{Conv, Window};
use ivendor_kernels::linear::Linear;
use ivendor_kernels::stream;

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
    stream::open(0).unwrap()
}

/// Values in [-1, 1) that look random, others at each call and the same in each run, and are whole
/// in f16, so that both devices see the same.
fn values(dims: &[usize]) -> Tensor {
    thread_local! { static STATE: Cell<u32> = const { Cell::new(1) }; }
    let next = || {
        let state = STATE.get().wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        STATE.set(state);
        // Its sign and ten bits, which a half holds.
        (state >> 21) as f32 / 1024.0 - 1.0
    };
    let values: Vec<f32> = std::iter::repeat_with(next).take(dims.iter().product()).collect();
    Tensor::from_vec(values, dims, &Device::Cpu).unwrap()
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

/// The largest of the values, or 1.
fn largest(x: &Tensor) -> f32 {
    host(x).into_iter().map(f32::abs).fold(1.0, f32::max)
}

/// The largest error, which must be at most `bound` times the largest value or 1.
fn compare(name: &str, bound: f32, cpu: &Tensor, gpu: &Tensor) {
    assert_eq!(cpu.dims(), gpu.dims(), "{name}");
    let largest = largest(cpu);
    let (cpu, gpu) = (host(cpu), host(gpu));
    assert!(gpu.iter().all(|value| value.is_finite()), "{name}: a result is no number");
    let error = cpu.iter().zip(&gpu).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    println!("parity {name}: largest error {error:.2e} of values up to {largest:.2}");
    assert!(error <= bound * largest, "{name}: {error} of {largest}");
}

/// One rounding to f16, half a unit in the last of eleven places.
const ROUNDED: f32 = 4.9e-4;
/// Two: of the product by cuBLAS, and of what is made of it; or one, and GELU by tanh.
const ROUNDED_TWICE: f32 = 9.8e-4;

/// A convolution of maps with so many channels together.
fn conv_of(channels: usize, window: Window) -> impl Fn(&Device) -> Conv {
    let (weight, bias) = (values(&[9 * channels, 24]), values(&[24]));
    move |device: &Device| {
        let (weight, bias) = (weights(&weight, device), weights(&bias, device));
        Conv::new(Linear::new(&weight, &bias), window, Activation::Relu).unwrap()
    }
}
