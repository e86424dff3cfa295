//! Gathers windows into rows and multiplies them block by block.

use std::cell::RefCell;

use super::Conv;
use crate::dense::{Packed, Product, Quantised, Rows, quantise_picture};
use crate::op;

thread_local! {
    /// One block of gathered windows, kept from call to call.
    static WINDOWS: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
    /// The same in eight bits.
    static ROWS: RefCell<Rows> = const { RefCell::new(Rows::new()) };
}

/// The input and the sizes of the output.
pub(super) struct Input<'a, T> {
    pub(super) x: &'a [T],
    pub(super) h: usize,
    pub(super) w: usize,
    pub(super) c: usize,
    pub(super) oh: usize,
    pub(super) ow: usize,
}

pub(super) fn run(conv: &Conv, product: &Product, input: &Input<'_, f32>, out: &mut [f32]) {
    match product {
        Product::F32(packed) => run_f32(conv, packed, input, out),
        Product::Int8(quantised) => run_int8(conv, quantised, input, out),
    }
}

fn run_f32(conv: &Conv, packed: &Packed, input: &Input<'_, f32>, out: &mut [f32]) {
    let (k, n) = (packed.k(), packed.n());
    op::for_row_blocks(out, n, op::BLOCK_ROWS, |first, out| {
        let rows = out.len() / n;
        WINDOWS.with_borrow_mut(|windows| {
            op::at_least(windows, op::BLOCK_ROWS * k);
            let windows = &mut windows[..rows * k];
            for (i, window) in windows.chunks_exact_mut(k).enumerate() {
                gather(conv, input, (first + i, 0.0), window);
            }
            packed.multiply(windows, out);
        });
        conv.activation.apply(out);
    });
}

/// Each pixel stands in many windows, so a picture is quantised once, by its own range: a row's
/// own would be finer, but has to be found again for each window.
fn run_int8(conv: &Conv, product: &Quantised, input: &Input<'_, f32>, out: &mut [f32]) {
    let &Input { x, h, w, c, oh, ow } = input;
    let (k, n, picture) = (product.k(), product.n(), h * w * c);
    let mut bytes = vec![0_u8; x.len()];
    let pictures = x.chunks_exact(picture.max(1)).zip(bytes.chunks_exact_mut(picture.max(1)));
    let scales: Vec<(f32, i32)> = pictures.map(|(x, out)| quantise_picture(x, out)).collect();
    let input = Input { x: &bytes, h, w, c, oh, ow };
    op::for_row_blocks(out, n, op::BLOCK_ROWS, |first, out| {
        ROWS.with_borrow_mut(|rows| {
            rows.gather(k, out.len() / n, |i, window| {
                let (scale, zero) = scales[(first + i) / (oh * ow)];
                gather(conv, &input, (first + i, zero as u8), window);
                (scale, zero)
            });
            product.multiply_rows(rows, out);
        });
        conv.activation.apply(out);
    });
}

/// Copies the window of an output pixel, with zeros where it leaves the picture.
fn gather<T: Copy>(conv: &Conv, input: &Input<'_, T>, (pixel, zero): (usize, T), window: &mut [T]) {
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
            part.fill(zero);
            continue;
        }
        let start = ((image * h + y as usize) * w) as isize + left + from as isize;
        let start = start as usize * c;
        part[..from * c].fill(zero);
        part[from * c..to * c].copy_from_slice(&x[start..start + (to - from) * c]);
        part[to * c..].fill(zero);
    }
}
