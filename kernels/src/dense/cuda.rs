//! The product by cuBLAS, then one pass over its result that adds the bias, applies the activation
//! and adds a shortcut. The result of the product is rounded to f16 before the bias is added.

use candle_core::cuda_backend::cudarc::driver::PushKernelArg;
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::{Dense, NAME, output};
use crate::activation::Activation;
use crate::device::{self, ActivationCode, Matrix, Module};

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/dense.fatbin")) };

pub(super) fn forward(
    op: &Dense,
    x: &CudaStorage,
    layout: &Layout,
) -> Result<(CudaStorage, Shape)> {
    let matrix = op.product.cuda(NAME)?;
    let (dims, rows) = output(layout, (matrix.k(), matrix.n()))?;
    device::values::<f16>(NAME, x, layout)?;
    let mut y = matrix.multiply(x, layout, rows)?;
    finish(&mut y, &Finish { matrix, shortcut: None, activation: op.activation })?;
    Ok((y, dims.into()))
}

/// What follows a product.
pub(crate) struct Finish<'a> {
    /// The layer, whose bias is added.
    pub(crate) matrix: &'a Matrix,
    /// What is added last, as many values as the product has.
    pub(crate) shortcut: Option<(&'a CudaStorage, &'a Layout)>,
    /// Between the two.
    pub(crate) activation: Activation,
}

/// Completes the product `y` (…, N) in place.
pub(crate) fn finish(y: &mut CudaStorage, finish: &Finish<'_>) -> Result<()> {
    let device = y.device.clone();
    let y = y.as_cuda_slice_mut::<f16>()?;
    let n = finish.matrix.n();
    let layouts: Vec<&Layout> = finish.shortcut.iter().map(|(_, layout)| *layout).collect();
    let pairs = device::pairs(n, &layouts);
    let width = if pairs { 2 } else { 1 };
    let name = match (finish.shortcut.is_some(), pairs) {
        (false, false) => "dense_finish",
        (true, false) => "dense_finish_add",
        (false, true) => "dense_finish_pairs",
        (true, true) => "dense_finish_add_pairs",
    };
    let shortcut = match finish.shortcut {
        Some((x, layout)) => Some(device::values::<f16>(NAME, x, layout)?),
        None => None,
    };
    let function = MODULE.function(&device, name)?;
    let [columns] = device::ints(NAME, [n / width])?;
    let count = (y.len() / width) as i64;
    let config = device::each(y.len() / width);
    let activation = ActivationCode::from(finish.activation);
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(y).arg(finish.matrix.bias());
    if let Some(shortcut) = &shortcut {
        launch.arg(shortcut);
    }
    launch.arg(&count).arg(&columns).arg(&activation);
    // SAFETY: the arguments are those of the kernel of this name; y and the shortcut hold `count`
    // elements and the bias `columns`, and memory of a device is aligned for pairs.
    device::launched(unsafe { launch.launch(config) })
}
