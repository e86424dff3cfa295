//! The best class in two launches, over ranges of the classes and over their results; the logits
//! in one.

use candle_core::cuda_backend::cudarc::driver::{DeviceRepr, PushKernelArg};
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::{NAME, steps};
use crate::device::{self, Matrix, Module};

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/ctc.fatbin")) };

/// Steps and classes of a tile, and the threads of a block, as in `ctc.cu`.
const STEPS: usize = 64;
const CLASSES: usize = 64;
const THREADS: (u32, u32, u32) = (256, 1, 1);
/// Classes of a block: a multiple of a tile, so few that some steps already fill a device.
const RANGE: usize = 16 * CLASSES;

/// `Best` of `ctc.cu`: the largest logit, the sum of the exponentials and the class.
#[repr(C)]
#[derive(Clone, Copy)]
struct Best {
    logit: f32,
    sum: f32,
    class: i32,
}

// SAFETY: plain values in the order of the struct in ctc.cu, without padding.
unsafe impl DeviceRepr for Best {}

pub(super) fn best(
    matrix: &Matrix,
    storage: &CudaStorage,
    layout: &Layout,
) -> Result<(CudaStorage, Shape)> {
    let mut dims = steps(layout, matrix.k())?;
    let x = device::values::<f16>(NAME, storage, layout)?;
    let (device, steps) = (&storage.device, dims.iter().product::<usize>());
    let ranges = matrix.n().div_ceil(RANGE);
    let [steps_int, classes, k, range, ranges_int] =
        device::ints(NAME, [steps, matrix.n(), matrix.k(), RANGE, ranges])?;
    let mut found = device::empty::<Best>(device, ranges * steps)?;
    let stream = device.cuda_stream();
    let function = MODULE.function(device, "ctc_ranges")?;
    let mut launch = stream.launch_builder(&function);
    launch.arg(&x).arg(matrix.weight()?).arg(matrix.bias()).arg(&mut found);
    launch.arg(&steps_int).arg(&classes).arg(&k).arg(&range);
    let blocks = device::grid((steps.div_ceil(STEPS), ranges, 1), THREADS, 0);
    // SAFETY: the arguments are those of the kernel; x holds steps · k values, the weight
    // k · classes, the bias `classes`, and `found` one element for each range and step.
    device::launched(unsafe { launch.launch(blocks) })?;

    let mut y = device::empty::<f32>(device, steps * 2)?;
    let function = MODULE.function(device, "ctc_join")?;
    let mut launch = stream.launch_builder(&function);
    launch.arg(&found).arg(&mut y).arg(&steps_int).arg(&ranges_int);
    // SAFETY: the arguments are those of the kernel; `found` was written above, and y holds two
    // values a step.
    device::launched(unsafe { launch.launch(device::each(steps)) })?;
    dims.push(2);
    Ok(device::result(y, device, dims))
}

pub(super) fn logits(
    matrix: &Matrix,
    storage: &CudaStorage,
    layout: &Layout,
) -> Result<(CudaStorage, Shape)> {
    let mut dims = steps(layout, matrix.k())?;
    let x = device::values::<f16>(NAME, storage, layout)?;
    let (device, steps) = (&storage.device, dims.iter().product::<usize>());
    let [steps_int, classes, k] = device::ints(NAME, [steps, matrix.n(), matrix.k()])?;
    let mut y = device::empty::<f32>(device, steps * matrix.n())?;
    let function = MODULE.function(device, "ctc_logits")?;
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(&x).arg(matrix.weight()?).arg(matrix.bias()).arg(&mut y);
    launch.arg(&steps_int).arg(&classes).arg(&k);
    let tiles = (steps.div_ceil(STEPS), matrix.n().div_ceil(CLASSES), 1);
    // SAFETY: the arguments are those of the kernel; x holds steps · k values, the weight
    // k · classes, the bias `classes` and y steps · classes.
    device::launched(unsafe { launch.launch(device::grid(tiles, THREADS, 0)) })?;
    dims.push(matrix.n());
    Ok(device::result(y, device, dims))
}
