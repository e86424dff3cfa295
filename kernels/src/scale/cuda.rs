//! One launch over all values, in pairs where the number of channels is even.

use candle_core::cuda_backend::cudarc::driver::PushKernelArg;
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::{NAME, sizes};
use crate::device::{self, Module};

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/scale.fatbin")) };

pub(super) fn forward(
    keep: f32,
    (x, x_layout): (&CudaStorage, &Layout),
    (gate, gate_layout): (&CudaStorage, &Layout),
) -> Result<(CudaStorage, Shape)> {
    let (n, h, w, c) = sizes(x_layout, gate_layout)?;
    let device = &x.device;
    let pairs = device::pairs(c, &[x_layout, gate_layout]);
    let x = device::values::<f16>(NAME, x, x_layout)?;
    let gate = device::values::<f32>(NAME, gate, gate_layout)?;
    let (name, width) = if pairs { ("scale_pairs", 2) } else { ("scale_channels", 1) };
    let len = n * h * w * c;
    let [channels] = device::ints(NAME, [c / width])?;
    let (count, picture) = ((len / width) as i64, (h * w) as i64);
    let mut y = device::empty::<f16>(device, len)?;
    let function = MODULE.function(device, name)?;
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(&x).arg(&gate).arg(&mut y);
    launch.arg(&count).arg(&picture).arg(&channels).arg(&keep);
    // SAFETY: the arguments are those of the kernels; x and y hold `count` elements, the gate one
    // row of channels for each picture, and where pairs are read, each starts at one.
    device::launched(unsafe { launch.launch(device::each(len / width)) })?;
    Ok(device::result(y, device, (n, h, w, c)))
}
