//! One launch: the kernel of the window where the channels come in pairs, else the general one.

use candle_core::cuda_backend::cudarc::driver::{DeviceRepr, PushKernelArg};
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::{Depthwise, NAME};
use crate::conv::Window;
use crate::device::{self, ActivationCode, Module};

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/depthwise.fatbin")) };

/// Neighbouring pixels of a thread in the kernels of one window, as in `depthwise.cu`.
const STRIP: usize = 4;

/// `Sizes` of `depthwise.cu`: h, w, c, oh, ow, kh, kw, down, across, above, left, strips.
#[repr(C)]
#[derive(Clone, Copy)]
struct Sizes {
    ints: [i32; 12],
    count: i64,
}

// SAFETY: plain values in the order of the struct in depthwise.cu; twelve of four bytes leave no
// gap before the one of eight.
unsafe impl DeviceRepr for Sizes {}

/// The kernel that is compiled for a window.
fn kernel(window: &Window) -> Option<&'static str> {
    match (window.kernel, window.stride) {
        ((3, 3), (1, 1)) => Some("depthwise_3x3"),
        ((3, 3), (2, 1)) => Some("depthwise_3x3_down2"),
        ((3, 3), (2, 2)) => Some("depthwise_3x3_half"),
        ((1, 7), (1, 1)) => Some("depthwise_1x7"),
        ((5, 5), (1, 1)) => Some("depthwise_5x5"),
        ((5, 5), (2, 1)) => Some("depthwise_5x5_down2"),
        ((7, 7), (1, 1)) => Some("depthwise_7x7"),
        _ => None,
    }
}

pub(super) fn forward(
    op: &Depthwise,
    storage: &CudaStorage,
    layout: &Layout,
) -> Result<(CudaStorage, Shape)> {
    let matrix = op.weights.cuda(NAME)?;
    let x = device::values::<f16>(NAME, storage, layout)?;
    let (n, h, w, c) = op.sizes(layout, matrix.n())?;
    let (oh, ow) = op.window.output((h, w));
    let device = &storage.device;
    let (name, channels, strips) = match kernel(&op.window) {
        Some(name) if device::pairs(c, &[layout]) => (name, c / 2, ow.div_ceil(STRIP)),
        _ => ("depthwise_any", c, ow),
    };
    let Window { kernel, stride, before, .. } = op.window;
    let sizes =
        [h, w, channels, oh, ow, kernel.0, kernel.1, stride.0, stride.1, before.0, before.1];
    let mut ints = [0; 12];
    ints[..11].copy_from_slice(&device::ints(NAME, sizes)?);
    [ints[11]] = device::ints(NAME, [strips])?;
    let threads = n * oh * strips * channels;
    let sizes = Sizes { ints, count: threads as i64 };
    let mut y = device::empty::<f16>(device, n * oh * ow * c)?;
    let function = MODULE.function(device, name)?;
    let activation = ActivationCode::from(op.activation);
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(&x).arg(matrix.weight()?).arg(matrix.bias()).arg(&mut y);
    launch.arg(&sizes).arg(&activation);
    // SAFETY: the arguments are those of the kernels; x, y, the weight and the bias have the sizes
    // that are handed over, and where pairs are read, each starts at one.
    device::launched(unsafe { launch.launch(device::each(threads)) })?;
    Ok(device::result(y, device, (n, oh, ow, c)))
}
