//! Gate, product with bias and activation, product with bias and shortcut: the wide middle stands
//! in the device's memory between the two products.

use candle_core::cuda_backend::cudarc::driver::PushKernelArg;
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::{Mlp, NAME};
use crate::activation::Activation;
use crate::dense::{Ending, product};
use crate::device::{self, Module};

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/mlp.fatbin")) };

pub(super) fn forward(
    op: &Mlp,
    (x, layout): (&CudaStorage, &Layout),
    gate: Option<(&CudaStorage, &Layout)>,
) -> Result<(CudaStorage, Shape)> {
    let (n, h, w, _) = op.sizes(layout)?;
    let (expand, project) = (op.expand.cuda(NAME)?, op.project.cuda(NAME)?);
    let gated = match gate {
        Some(gate) => Some(gated(op, (x, layout), gate)?),
        None => None,
    };
    let whole = Layout::contiguous(layout.shape());
    let (x, layout) = gated.as_ref().map_or((x, layout), |gated| (gated, &whole));
    let middle = product(expand, (x, layout), Ending::Activation(op.activation))?;
    let middle_layout = Layout::contiguous((n * h * w, expand.n()));
    let ending = match op.shortcut {
        true => Ending::Shortcut(x, layout),
        false => Ending::Activation(Activation::Linear),
    };
    let y = product(project, (&middle, &middle_layout), ending)?;
    Ok((y, (n, h, w, project.n()).into()))
}

/// The picture times its gate.
fn gated(
    op: &Mlp,
    (x, layout): (&CudaStorage, &Layout),
    (gate, gate_layout): (&CudaStorage, &Layout),
) -> Result<CudaStorage> {
    let (n, h, w, c) = op.sizes(layout)?;
    let device = &x.device;
    let pairs = device::pairs(c, &[layout, gate_layout]);
    let (name, width) = if pairs { ("mlp_gate_pairs", 2) } else { ("mlp_gate", 1) };
    let x = device::values::<f16>(NAME, x, layout)?;
    let gate = device::values::<f32>(NAME, gate, gate_layout)?;
    let len = n * h * w * c;
    let [channels] = device::ints(NAME, [c / width])?;
    let (count, picture) = ((len / width) as i64, (h * w) as i64);
    let mut y = device::empty::<f16>(device, len)?;
    let function = MODULE.function(device, name)?;
    let stream = device.cuda_stream();
    let mut launch = stream.launch_builder(&function);
    launch.arg(&x).arg(&gate).arg(&mut y).arg(&count).arg(&picture).arg(&channels);
    // SAFETY: the arguments are those of the kernels; x and y hold `count` elements, the gate one
    // row of channels for each picture, and where pairs are read, each starts at one.
    device::launched(unsafe { launch.launch(device::each(len / width)) })?;
    Ok(device::result(y, device, (n, h, w, c)).0)
}
