//! The product by cuBLAS, then one launch that spreads it with bias and activation.

use candle_core::cuda_backend::cudarc::driver::PushKernelArg;
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::{Deconv, NAME};
use crate::device::{self, ActivationCode, Module};

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/deconv.fatbin")) };

pub(super) fn forward(
    op: &Deconv,
    storage: &CudaStorage,
    layout: &Layout,
) -> Result<(CudaStorage, Shape)> {
    let (n, h, w) = op.sizes(layout)?;
    device::values::<f16>(NAME, storage, layout)?;
    let matrix = op.packed.cuda(NAME)?;
    let device = &storage.device;
    let products = matrix.multiply(storage, layout, n * h * w)?;
    let len = n * h * w * 4 * op.channels;
    let count = len as i64;
    let ints = device::ints(NAME, [h, w, op.channels])?;
    let mut y = device::empty::<f16>(device, len)?;
    let function = MODULE.function(device, "deconv_spread")?;
    let activation = ActivationCode::from(op.activation);
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(products.as_cuda_slice::<f16>()?).arg(matrix.bias()).arg(&mut y).arg(&count);
    for int in &ints {
        launch.arg(int);
    }
    launch.arg(&activation);
    // SAFETY: the arguments are those of the kernel; the products and y hold `count` values, and
    // the bias four times the channels.
    device::launched(unsafe { launch.launch(device::each(len)) })?;
    Ok(device::result(y, device, (n, 2 * h, 2 * w, op.channels)))
}
