//! One thread a pixel of the result.

use candle_core::cuda_backend::cudarc::driver::PushKernelArg;
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::{NAME, Resize};
use crate::device::{self, Module};

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/resize.fatbin")) };

pub(super) fn forward(
    op: &Resize,
    storage: &CudaStorage,
    layout: &Layout,
) -> Result<(CudaStorage, Shape)> {
    let (h, w) = op.sizes(layout)?;
    let page = device::values::<u8>(NAME, storage, layout)?;
    let device = &storage.device;
    let pixels = op.height * op.width;
    let count = pixels as i64;
    let ints = device::ints(NAME, [h, w, op.height, op.width])?;
    let mut y = device::empty::<f16>(device, pixels * 3)?;
    let function = MODULE.function(device, "resize_page")?;
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(&page).arg(&mut y).arg(&count);
    for int in &ints {
        launch.arg(int);
    }
    // SAFETY: the arguments are those of the kernel; the page holds h · w pixels, which the samples
    // stay within, and y `count` pixels.
    device::launched(unsafe { launch.launch(device::each(pixels)) })?;
    Ok(device::result(y, device, (1, op.height, op.width, 3)))
}
