//! Gate, then block by block a product with bias and activation and one with bias and shortcut: the
//! wide middle of a block of rows is still in the device's cache when the second product reads it,
//! and that of the next block takes its place there.

use candle_core::cuda_backend::cudarc::driver::PushKernelArg;
use candle_core::{CudaStorage, Layout, Result, Shape};
use half::f16;

use super::{Mlp, NAME};
use crate::activation::Activation;
use crate::dense::{Ending, product, written};
use crate::device::{self, Module};

const MODULE: Module =
    Module { name: NAME, image: include_bytes!(concat!(env!("OUT_DIR"), "/mlp.fatbin")) };

/// Bytes that a block of rows touches, at most: a quarter of A100's second-level cache of 40 MB,
/// the smallest of the chips that this is built for. Two streams share it, and each of its halves
/// may keep a copy.
const BLOCK_BYTES: usize = 10 << 20;
/// A block starts at a multiple of as many rows, so that it is aligned for whatever computes it.
const ROWS_STEP: usize = 64;

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
    if let Some(y) = in_blocks(op, x, layout)? {
        return Ok((y, (n, h, w, project.n()).into()));
    }
    let middle = product(expand, (x, layout), Ending::Activation(op.activation))?;
    let middle_layout = Layout::contiguous((n * h * w, expand.n()));
    let ending = match op.shortcut {
        true => Ending::Shortcut(x, layout),
        false => Ending::Activation(Activation::Linear),
    };
    let y = product(project, (&middle, &middle_layout), ending)?;
    Ok((y, (n, h, w, project.n()).into()))
}

/// Both products by cuBLASLt, block by block; `None` where it knows no way.
fn in_blocks(op: &Mlp, x: &CudaStorage, layout: &Layout) -> Result<Option<CudaStorage>> {
    let (expand, project) = (op.expand.cuda(NAME)?, op.project.cuda(NAME)?);
    let (c, hidden, n) = (expand.k(), expand.n(), project.n());
    let device = &x.device;
    let x = device::values::<f16>(NAME, x, layout)?;
    let rows = x.len() / c;
    let block = block_rows(rows, (c + hidden + n) * size_of::<f16>());
    let mut middle = device::empty::<f16>(device, block * hidden)?;
    let mut y = device::empty::<f16>(device, rows * n)?;
    for first in (0..rows).step_by(block) {
        let behind = (first + block).min(rows);
        let x = x.slice(first * c..behind * c);
        let wide = (behind - first) * hidden;
        let mut to = middle.slice_mut(..wide);
        if !written(expand, &x, (op.activation, None), &mut to)? {
            return Ok(None);
        }
        let after = (Activation::Linear, op.shortcut.then_some(&x));
        let mut to = y.slice_mut(first * n..behind * n);
        if !written(project, &middle.slice(..wide), after, &mut to)? {
            return Ok(None);
        }
    }
    Ok(Some(CudaStorage::wrap_cuda_slice(y, device.clone())))
}

/// Rows of a block, of which each touches so many bytes: blocks are about as large as each other.
fn block_rows(rows: usize, bytes: usize) -> usize {
    let blocks = (rows * bytes).div_ceil(BLOCK_BYTES).max(1);
    rows.div_ceil(blocks).next_multiple_of(ROWS_STEP)
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
