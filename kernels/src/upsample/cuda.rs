//! One launch over all values, in pairs where the number of channels is even.

use candle_core::cuda_backend::cudarc::driver::PushKernelArg;
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::{NAME, sizes};
use crate::device::{self, Module};

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/upsample.fatbin")) };

pub(super) fn add(
    (large, large_layout): (&CudaStorage, &Layout),
    (gate, gate_layout): (&CudaStorage, &Layout),
    (small, small_layout): (&CudaStorage, &Layout),
) -> Result<(CudaStorage, Shape)> {
    let (n, h, w, c) = sizes(large_layout, gate_layout, small_layout)?;
    let device = &large.device;
    let pairs = device::pairs(c, &[large_layout, gate_layout, small_layout]);
    let (name, width) = if pairs { ("upsample_add_pairs", 2) } else { ("upsample_add", 1) };
    let large = device::values::<f16>(NAME, large, large_layout)?;
    let gate = device::values::<f32>(NAME, gate, gate_layout)?;
    let small = device::values::<f16>(NAME, small, small_layout)?;
    let len = n * h * w * c;
    let count = (len / width) as i64;
    let ints = device::ints(NAME, [h, w, c / width])?;
    let mut y = device::empty::<f16>(device, len)?;
    let function = MODULE.function(device, name)?;
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(&large).arg(&gate).arg(&small).arg(&mut y).arg(&count);
    for int in &ints {
        launch.arg(int);
    }
    // SAFETY: the arguments are those of the kernels; the large picture and y hold `count`
    // elements, the gate one row of channels for each picture, the small picture is half as high
    // and wide, and pairs start at one.
    device::launched(unsafe { launch.launch(device::each(len / width)) })?;
    Ok(device::result(y, device, (n, h, w, c)))
}
