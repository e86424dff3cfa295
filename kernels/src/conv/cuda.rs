//! One launch: gather, multiply, bias and activation.

use candle_core::cuda_backend::cudarc::driver::{DeviceRepr, PushKernelArg};
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::{Conv, NAME, Output};
use crate::device::{self, ActivationCode, Module};

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/conv.fatbin")) };

/// Output pixels and channels of a block, and its threads, as in `conv.cu`.
const PIXELS: usize = 64;
const COLUMNS: usize = 32;
const THREADS: u32 = 128;

/// `Sizes` of `conv.cu`: h, w, c, oh, ow, columns, kw, k, down, across, above, left.
#[repr(C)]
#[derive(Clone, Copy)]
struct Sizes {
    ints: [i32; 12],
    pixels: i64,
}

// SAFETY: plain values in the order of the struct in conv.cu; twelve of four bytes leave no gap
// before the one of eight.
unsafe impl DeviceRepr for Sizes {}

pub(super) fn forward(
    op: &Conv,
    storage: &CudaStorage,
    layout: &Layout,
) -> Result<(CudaStorage, Shape)> {
    let matrix = op.product.cuda(NAME)?;
    let x = device::values::<f16>(NAME, storage, layout)?;
    let Output { dims: (n, oh, ow), input: (h, w, c) } = op.output(layout)?;
    let (device, columns, window) = (&storage.device, matrix.n(), op.window);
    let pixels = n * oh * ow;
    let sizes = Sizes {
        ints: device::ints(
            NAME,
            [
                h,
                w,
                c,
                oh,
                ow,
                columns,
                window.kernel.1,
                matrix.k(),
                window.stride.0,
                window.stride.1,
                window.before.0,
                window.before.1,
            ],
        )?,
        pixels: pixels as i64,
    };
    let mut y = device::empty::<f16>(device, pixels * columns)?;
    let function = MODULE.function(device, "conv_tiles")?;
    let blocks = (pixels.div_ceil(PIXELS).max(1), columns.div_ceil(COLUMNS), 1);
    let activation = ActivationCode::from(op.activation);
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(&x).arg(matrix.weight()?).arg(matrix.bias()).arg(&mut y);
    launch.arg(&sizes).arg(&activation);
    // SAFETY: the arguments are those of the kernel; x holds n·h·w·c values, the weight k·columns,
    // the bias `columns` and y `pixels`·columns, which are the sizes that the kernel stays within.
    device::launched(unsafe { launch.launch(device::grid(blocks, (THREADS, 1, 1), 0)) })?;
    Ok(device::result(y, device, (n, oh, ow, columns)))
}
