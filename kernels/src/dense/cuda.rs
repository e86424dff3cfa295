//! The product with its bias and activation, or with a shortcut, by cuBLASLt. Where it knows no
//! way, as for most activations, by cuBLAS, and then in one pass over its result, which is rounded
//! to f16 before the bias is added.

use candle_core::cuda_backend::cudarc::driver::{CudaView, CudaViewMut, PushKernelArg};
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::lt::{Operands, epilogue};
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
    let (dims, _) = output(layout, (matrix.k(), matrix.n()))?;
    Ok((product(matrix, (x, layout), Ending::Activation(op.activation))?, dims.into()))
}

pub(super) fn forward_onto(
    op: &Dense,
    (x, layout): (&CudaStorage, &Layout),
    (shortcut, shortcut_layout): (&CudaStorage, &Layout),
) -> Result<(CudaStorage, Shape)> {
    let matrix = op.product.cuda(NAME)?;
    let dims = op.joined(layout, shortcut_layout, (matrix.k(), matrix.n()))?;
    let ending = Ending::Shortcut(shortcut, shortcut_layout);
    Ok((product(matrix, (x, layout), ending)?, dims.into()))
}

/// What follows the bias of a product.
#[derive(Clone, Copy)]
pub(crate) enum Ending<'a> {
    Activation(Activation),
    /// As many values as the product has are added.
    Shortcut(&'a CudaStorage, &'a Layout),
}

impl<'a> Ending<'a> {
    /// The activation, and what is added.
    fn parts(self) -> (Activation, Option<(&'a CudaStorage, &'a Layout)>) {
        match self {
            Self::Activation(activation) => (activation, None),
            Self::Shortcut(x, layout) => (Activation::Linear, Some((x, layout))),
        }
    }
}

/// `x · W + bias` and what follows it: (…, K) → as many rows of N.
pub(crate) fn product(
    matrix: &Matrix,
    (x, layout): (&CudaStorage, &Layout),
    ending: Ending<'_>,
) -> Result<CudaStorage> {
    let values = device::values::<f16>(NAME, x, layout)?;
    let rows = layout.shape().elem_count() / matrix.k();
    let (activation, shortcut) = ending.parts();
    let shortcut =
        shortcut.map(|(x, layout)| device::values::<f16>(NAME, x, layout)).transpose()?;
    if epilogue(activation).is_some() {
        let mut y = device::empty::<f16>(&x.device, rows * matrix.n())?;
        let after = (activation, shortcut.as_ref());
        if written(matrix, &values, after, &mut y.as_view_mut())? {
            return Ok(CudaStorage::wrap_cuda_slice(y, x.device.clone()));
        }
    }
    let mut y = matrix.multiply(x, layout, rows)?;
    finish(&mut y, matrix, ending)?;
    Ok(y)
}

/// Writes `act(x · W + bias)`, or `x · W + bias` and a shortcut, to `y` by cuBLASLt: `x` holds rows
/// of K values and nothing else, `y` and the shortcut as many of N. False where the library knows
/// no way; nothing is written then.
pub(crate) fn written(
    matrix: &Matrix,
    x: &CudaView<'_, f16>,
    (activation, shortcut): (Activation, Option<&CudaView<'_, f16>>),
    y: &mut CudaViewMut<'_, f16>,
) -> Result<bool> {
    let Some(epilogue) = epilogue(activation) else { return Ok(false) };
    let (weight, bias) = (matrix.weight()?, matrix.bias_half());
    let sizes = (x.len() / matrix.k(), matrix.k(), matrix.n());
    matrix.lt()?.product(&Operands { weight, bias, x, shortcut, sizes }, epilogue, y)
}

/// Completes the product `y` (…, N) in place.
fn finish(y: &mut CudaStorage, matrix: &Matrix, ending: Ending<'_>) -> Result<()> {
    let device = y.device.clone();
    let y = y.as_cuda_slice_mut::<f16>()?;
    let n = matrix.n();
    let (activation, shortcut) = ending.parts();
    let layouts: Vec<&Layout> = shortcut.iter().map(|(_, layout)| *layout).collect();
    let pairs = device::pairs(n, &layouts);
    let width = if pairs { 2 } else { 1 };
    let name = match (shortcut.is_some(), pairs) {
        (false, false) => "dense_finish",
        (true, false) => "dense_finish_add",
        (false, true) => "dense_finish_pairs",
        (true, true) => "dense_finish_add_pairs",
    };
    let shortcut =
        shortcut.map(|(x, layout)| device::values::<f16>(NAME, x, layout)).transpose()?;
    let function = MODULE.function(&device, name)?;
    let [columns] = device::ints(NAME, [n / width])?;
    let count = (y.len() / width) as i64;
    let config = device::each(y.len() / width);
    let activation = ActivationCode::from(activation);
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(y).arg(matrix.bias());
    if let Some(shortcut) = &shortcut {
        launch.arg(shortcut);
    }
    launch.arg(&count).arg(&columns).arg(&activation);
    // SAFETY: the arguments are those of the kernel of this name; y and the shortcut hold `count`
    // elements and the bias `columns`, and memory of a device is aligned for pairs.
    device::launched(unsafe { launch.launch(config) })
}
