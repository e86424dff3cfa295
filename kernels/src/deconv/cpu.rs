//! Block by block: two products, then the sixteen pixels of each go to their four rows.

use std::cell::RefCell;

use rayon::prelude::*;

use crate::activation::Activation;
use crate::dense::Packed;
use crate::op;

thread_local! {
    /// What the layers make of one block of pixels, kept from call to call.
    static PRODUCTS: RefCell<[Vec<f32>; 2]> = const { RefCell::new([Vec::new(), Vec::new()]) };
}

/// `width` is that of the input in pixels.
pub(super) fn run(
    [(first, between), (second, last)]: [(&Packed, Activation); 2],
    x: &[f32],
    width: usize,
    out: &mut [f32],
) {
    let (k, n) = (first.k(), first.n());
    // One row of the input makes four of the output, each four times as wide.
    let rows = x.par_chunks((width * k).max(1));
    out.par_chunks_mut((16 * width).max(1)).zip(rows).for_each(|(out, row)| {
        PRODUCTS.with_borrow_mut(|[middle, made]| {
            op::at_least(middle, op::BLOCK_ROWS * n);
            op::at_least(made, op::BLOCK_ROWS * 16);
            for (block, x) in row.chunks(op::BLOCK_ROWS * k).enumerate() {
                let pixels = x.len() / k;
                let (middle, made) = (&mut middle[..pixels * n], &mut made[..pixels * 16]);
                first.multiply(x, middle);
                between.apply(middle);
                // The four pixels that one has become stand one after the other.
                second.multiply(middle, made);
                last.apply(made);
                spread(made, (block * op::BLOCK_ROWS, width), out);
            }
        });
    });
}

/// Puts the sixteen values of each pixel from `first` on into the four rows of a picture that was
/// `width` pixels wide. They are ordered by the row and column of the first layer's pixel, then of
/// the second's.
fn spread(made: &[f32], (first, width): (usize, usize), out: &mut [f32]) {
    for (i, sixteen) in made.chunks_exact(16).enumerate() {
        for (pair, two) in sixteen.chunks_exact(2).enumerate() {
            let (part, below) = (pair / 2, pair % 2);
            let row = part / 2 * 2 + below;
            let to = row * 4 * width + (first + i) * 4 + part % 2 * 2;
            out[to..to + 2].copy_from_slice(two);
        }
    }
}
