//! One thread a value of the result.

use candle_core::cuda_backend::cudarc::driver::PushKernelArg;
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::{NAME, Pool, Pooling};
use crate::device::{self, Module};

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/pool.fatbin")) };

pub(super) fn pool(
    op: &Pool,
    storage: &CudaStorage,
    layout: &Layout,
) -> Result<(CudaStorage, Shape)> {
    let ([n, h, w, c], (oh, ow)) = op.sizes(layout)?;
    let device = &storage.device;
    let x = device::values::<f16>(NAME, storage, layout)?;
    let largest = i32::from(op.pooling == Pooling::Max);
    let ints = device::ints(NAME, [h, w, c, oh, ow, op.window.0, op.window.1])?;
    let len = n * oh * ow * c;
    let count = len as i64;
    let mut y = device::empty::<f16>(device, len)?;
    let function = MODULE.function(device, "pool_windows")?;
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(&x).arg(&mut y).arg(&count);
    for int in &ints {
        launch.arg(int);
    }
    launch.arg(&largest);
    // SAFETY: the arguments are those of the kernel; y holds `count` values, and the windows lie
    // inside the pictures of x, since oh · down ≤ h and ow · across ≤ w.
    device::launched(unsafe { launch.launch(device::each(len)) })?;
    Ok(device::result(y, device, (n, oh, ow, c)))
}
