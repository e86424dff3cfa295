//! One launch for both layers. The middle is not rounded to f16.

use candle_core::cuda_backend::cudarc::driver::{DeviceRepr, PushKernelArg};
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::{DoubleDeconv, NAME};
use crate::device::{self, ActivationCode, Module};
use crate::op;

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/deconv.fatbin")) };

/// Pixels of a block at a time, its threads, and the most channels, as in `deconv.cu`.
const PIXELS: usize = 64;
const THREADS: u32 = 128;
const DEPTH: usize = 32;
const MIDDLE: usize = 24;

/// The most blocks: each copies the weights, so that those of many pictures stride over what is
/// left.
const BLOCKS_MAX: usize = 1024;

/// `Sizes` of `deconv.cu`: the channels of the input and the middle, and the width of the input.
#[repr(C)]
#[derive(Clone, Copy)]
struct Sizes {
    ints: [i32; 3],
    pad: i32,
    pixels: i64,
}

// SAFETY: plain values in the order of the struct in deconv.cu, where three of four bytes leave a
// gap of four before the one of eight.
unsafe impl DeviceRepr for Sizes {}

/// `Layers` of `deconv.cu`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Layers {
    between: ActivationCode,
    last: ActivationCode,
}

// SAFETY: two plain structs in the order of that in deconv.cu, without padding.
unsafe impl DeviceRepr for Layers {}

pub(super) fn forward(
    op: &DoubleDeconv,
    storage: &CudaStorage,
    layout: &Layout,
) -> Result<(CudaStorage, Shape)> {
    let (n, h, w) = op.sizes(layout)?;
    let x = device::values::<f16>(NAME, storage, layout)?;
    let [k, middle] = op.channels;
    if k > DEPTH || middle > MIDDLE {
        let problem = format!("a device holds {DEPTH} and {MIDDLE} channels, not {k} and {middle}");
        return op::shape_error(NAME, problem);
    }
    let [(first, between), (second, last)] = &op.layers;
    let (first, second) = (first.cuda(NAME)?, second.cuda(NAME)?);
    let (device, pixels) = (&storage.device, n * h * w);
    let sizes = Sizes { ints: device::ints(NAME, [k, middle, w])?, pad: 0, pixels: pixels as i64 };
    let layers = Layers { between: (*between).into(), last: (*last).into() };
    let mut y = device::empty::<f16>(device, 16 * pixels)?;
    let function = MODULE.function(device, "deconv_twice")?;
    let blocks = pixels.div_ceil(PIXELS).clamp(1, BLOCKS_MAX);
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(&x).arg(first.weight()?).arg(first.bias());
    launch.arg(second.weight()?).arg(second.bias()).arg(&mut y);
    launch.arg(&sizes).arg(&layers);
    // SAFETY: the arguments are those of the kernel; x holds k values a pixel and y sixteen, at an
    // address for pairs, since memory of a device is; the weights are (k, 4 · middle) and
    // (middle, 4), with as many biases as they have columns, and fit the kernel's shared memory.
    device::launched(unsafe { launch.launch(device::grid((blocks, 1, 1), (THREADS, 1, 1), 0)) })?;
    Ok(device::result(y, device, (n, 4 * h, 4 * w, 1)))
}
