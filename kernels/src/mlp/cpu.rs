//! Block by block: gate, expand, activate, project, add.

use std::cell::RefCell;

use multiversion::multiversion;

use super::Mlp;
use crate::dense::Product;
use crate::op;

thread_local! {
    /// The gated input and the wide middle of one block, kept from call to call.
    static SCRATCH: RefCell<(Vec<f32>, Vec<f32>)> =
        const { RefCell::new((Vec::new(), Vec::new())) };
}

/// The input, its gate (N, C), and the pixels that share one row of the gate.
pub(super) struct Input<'a> {
    pub(super) x: &'a [f32],
    pub(super) gate: Option<&'a [f32]>,
    pub(super) image_px: usize,
}

pub(super) fn run(
    mlp: &Mlp,
    (expand, project): (&Product, &Product),
    input: &Input<'_>,
    out: &mut [f32],
) {
    let (c, hidden, n) = (expand.k(), expand.n(), project.n());
    op::for_row_blocks(out, n, op::BLOCK_ROWS, |first, out| {
        let rows = out.len() / n;
        SCRATCH.with_borrow_mut(|(gated, middle)| {
            let mut x = &input.x[first * c..][..rows * c];
            if let Some(gate) = input.gate {
                op::at_least(gated, op::BLOCK_ROWS * c);
                for (i, (row, gated)) in
                    x.chunks_exact(c).zip(gated.chunks_exact_mut(c)).enumerate()
                {
                    let image = (first + i) / input.image_px;
                    multiply(row, &gate[image * c..][..c], gated);
                }
                x = &gated[..rows * c];
            }
            op::at_least(middle, op::BLOCK_ROWS * hidden);
            let middle = &mut middle[..rows * hidden];
            expand.multiply(x, middle);
            mlp.activation.apply(middle);
            project.multiply(middle, out);
            if mlp.shortcut {
                add(x, out);
            }
        });
    });
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn multiply(x: &[f32], factors: &[f32], out: &mut [f32]) {
    for ((out, x), factor) in out.iter_mut().zip(x).zip(factors) {
        *out = x * factor;
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn add(x: &[f32], out: &mut [f32]) {
    for (out, x) in out.iter_mut().zip(x) {
        *out += x;
    }
}
