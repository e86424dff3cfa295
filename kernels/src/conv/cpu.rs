//! Gathers windows into rows and multiplies them block by block.

use std::cell::RefCell;

use super::Conv;
use crate::op;

thread_local! {
    /// One block of gathered windows, kept from call to call.
    static ROWS: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// The input and the sizes of the output.
pub(super) struct Input<'a> {
    pub(super) x: &'a [f32],
    pub(super) h: usize,
    pub(super) w: usize,
    pub(super) c: usize,
    pub(super) oh: usize,
    pub(super) ow: usize,
}

pub(super) fn run(conv: &Conv, input: &Input<'_>, out: &mut [f32]) {
    let (k, n) = (conv.product.k(), conv.product.n());
    op::for_row_blocks(out, n, op::BLOCK_ROWS, |first, out| {
        let rows = out.len() / n;
        ROWS.with_borrow_mut(|windows| {
            op::at_least(windows, op::BLOCK_ROWS * k);
            let windows = &mut windows[..rows * k];
            for (i, window) in windows.chunks_exact_mut(k).enumerate() {
                gather(conv, input, first + i, window);
            }
            conv.product.multiply(windows, out);
        });
        conv.activation.apply(out);
    });
}

/// Copies the window of output pixel `pixel`, with zeros where it leaves the picture.
fn gather(conv: &Conv, input: &Input<'_>, pixel: usize, window: &mut [f32]) {
    let &Input { x, h, w, c, oh, ow } = input;
    let (image, y, xo) = (pixel / (oh * ow), pixel / ow % oh, pixel % ow);
    let (kh, kw) = conv.window.kernel;
    let top = (y * conv.window.stride.0) as isize - conv.window.before.0 as isize;
    let left = (xo * conv.window.stride.1) as isize - conv.window.before.1 as isize;
    // The taps of one row of the window that lie inside the picture are neighbours in memory.
    let from = (-left).max(0) as usize;
    let to = ((w as isize - left).max(0) as usize).min(kw);
    for (row, part) in window.chunks_exact_mut(kw * c).enumerate().take(kh) {
        let y = top + row as isize;
        if y < 0 || y >= h as isize || from >= to {
            part.fill(0.0);
            continue;
        }
        let start = ((image * h + y as usize) * w) as isize + left + from as isize;
        let start = start as usize * c;
        part[..from * c].fill(0.0);
        part[from * c..to * c].copy_from_slice(&x[start..start + (to - from) * c]);
        part[to * c..].fill(0.0);
    }
}
