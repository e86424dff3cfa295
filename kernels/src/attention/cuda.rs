//! One launch: a block for each head of each line.

use candle_core::cuda_backend::cudarc::driver::PushKernelArg;
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::{Attention, NAME};
use crate::device::{self, Module};
use crate::op;

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/attention.fatbin")) };

/// Values of a head at most, as in `attention.cu`.
const WIDE: usize = 16;
/// Steps of a line at most: its keys and values fill the shared memory that every device gives.
const STEPS_MAX: usize = (48 << 10) / (2 * WIDE * size_of::<f16>());
/// Threads of a block: lines hardly ever have more steps than twice that.
const THREADS: u32 = 64;

pub(super) fn forward(
    op: &Attention,
    storage: &CudaStorage,
    layout: &Layout,
) -> Result<(CudaStorage, Shape)> {
    let sizes = op.sizes(layout)?;
    let x = device::values::<f16>(NAME, storage, layout)?;
    let (lines, steps, channels) = sizes.output();
    if sizes.wide > WIDE || steps > STEPS_MAX {
        let problem =
            format!("{steps} steps of heads of {} are more than a device holds", sizes.wide);
        return op::shape_error(NAME, problem);
    }
    let device = &storage.device;
    let ints = device::ints(NAME, [steps, sizes.heads, sizes.wide])?;
    let mut y = device::empty::<f16>(device, lines * steps * channels)?;
    let function = MODULE.function(device, "attention")?;
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(&x).arg(&mut y);
    for int in &ints {
        launch.arg(int);
    }
    let shared = 2 * steps * WIDE * size_of::<f16>();
    let blocks = device::grid((sizes.heads, lines, 1), (THREADS, 1, 1), shared);
    // SAFETY: the arguments are those of the kernel; x holds three times the values of y, which are
    // `lines` · `steps` · heads · wide, and shared memory has room for all keys and values.
    device::launched(unsafe { launch.launch(blocks) })?;
    Ok(device::result(y, device, sizes.output()))
}
