//! What every operation shares: contiguous input, fresh output, blocks of rows in parallel.

use candle_core::{CpuStorage, Error, Layout, Result, Storage, Tensor};
use rayon::prelude::*;

/// Below this many rows a call stays on its thread: lines of text run side by side already.
const PARALLEL_ROWS_MIN: usize = 2048;

/// Rows that are worked on together, so that they stay in the cache between two steps.
pub(crate) const BLOCK_ROWS: usize = 96;

/// The f32 values behind a contiguous tensor.
pub(crate) fn values<'a>(
    op: &'static str,
    storage: &'a CpuStorage,
    layout: &Layout,
) -> Result<&'a [f32]> {
    let CpuStorage::F32(data) = storage else {
        return Err(Error::Msg(format!("{op}: the CPU twin computes in f32")).bt());
    };
    match layout.contiguous_offsets() {
        Some((from, to)) => Ok(&data[from..to]),
        None => Err(Error::Msg(format!("{op}: the input must be contiguous")).bt()),
    }
}

/// The same of a tensor that an operation holds beside its input: it must lie on the CPU, too.
pub(crate) fn held<'a>(op: &'static str, storage: &'a Storage) -> Result<&'a CpuStorage> {
    match storage {
        Storage::Cpu(storage) => Ok(storage),
        _ => shape_error(op, "tensors on different devices".into()),
    }
}

/// The four sizes of a channels-last tensor.
pub(crate) fn sizes4(op: &'static str, layout: &Layout) -> Result<(usize, usize, usize, usize)> {
    match layout.dims() {
        &[n, h, w, c] => Ok((n, h, w, c)),
        dims => Err(Error::Msg(format!("{op}: wants (N, H, W, C), got {dims:?}")).bt()),
    }
}

/// An error about a shape.
pub(crate) fn shape_error<T>(op: &'static str, problem: String) -> Result<T> {
    Err(Error::Msg(format!("{op}: {problem}")).bt())
}

/// The values of a weight tensor of the given shape.
pub(crate) fn weight(op: &'static str, tensor: &Tensor, dims: &[usize]) -> Result<Vec<f32>> {
    if tensor.dims() != dims {
        return shape_error(op, format!("a weight has {:?}, wanted {dims:?}", tensor.dims()));
    }
    tensor.flatten_all()?.to_vec1()
}

/// A vector of `len` values that `fill` writes; the memory is not cleared first, since that would
/// cost as much as many of the operations themselves.
pub(crate) fn filled(len: usize, fill: impl FnOnce(&mut [f32])) -> Vec<f32> {
    let mut data: Vec<f32> = Vec::with_capacity(len);
    let spare = &mut data.spare_capacity_mut()[..len];
    // SAFETY: the memory is allocated for `len` values, any bit pattern is an f32, and each
    // operation of this crate writes every element of its output before reading any.
    let out = unsafe { std::slice::from_raw_parts_mut(spare.as_mut_ptr().cast::<f32>(), len) };
    fill(out);
    // SAFETY: `fill` has written all `len` values.
    unsafe { data.set_len(len) };
    data
}

/// Makes a scratch buffer long enough; what it holds is not defined, and it never shrinks, so
/// that layers of different widths do not clear it again and again.
pub(crate) fn at_least(scratch: &mut Vec<f32>, len: usize) {
    if scratch.len() < len {
        scratch.resize(len, 0.0);
    }
}

/// Calls `work(first_row, rows_of_output)` for blocks of rows of `width` values, in parallel where
/// there is enough to do.
pub(crate) fn for_row_blocks(
    out: &mut [f32],
    width: usize,
    block: usize,
    work: impl Fn(usize, &mut [f32]) + Sync,
) {
    let rows = out.len() / width.max(1);
    if rows >= PARALLEL_ROWS_MIN {
        out.par_chunks_mut(block * width).enumerate().for_each(|(i, rows)| work(i * block, rows));
    } else {
        out.chunks_mut(block * width).enumerate().for_each(|(i, rows)| work(i * block, rows));
    }
}

/// Numbers in [-1, 1) that look random, for tests.
#[cfg(test)]
pub(crate) fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 23) as f32 - 1.0
    })
    .take(count)
    .collect()
}
