//! Block by block: one product, then the four pixels go to their two rows.

use std::cell::RefCell;

use rayon::prelude::*;

use super::Deconv;
use crate::dense::Packed;
use crate::op;

thread_local! {
    /// The products of one block of pixels, kept from call to call.
    static PRODUCTS: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// `width` is that of the input in pixels.
pub(super) fn run((deconv, packed): (&Deconv, &Packed), x: &[f32], width: usize, out: &mut [f32]) {
    let (k, n, c) = (packed.k(), packed.n(), deconv.channels);
    // One row of the input makes two of the output.
    let two_rows = width * n;
    out.par_chunks_mut(two_rows).zip(x.par_chunks(width * k)).for_each(|(out, row)| {
        let (upper, lower) = out.split_at_mut(two_rows / 2);
        PRODUCTS.with_borrow_mut(|products| {
            products.resize(op::BLOCK_ROWS * n, 0.0);
            for (block, x) in row.chunks(op::BLOCK_ROWS * k).enumerate() {
                let pixels = x.len() / k;
                let products = &mut products[..pixels * n];
                packed.multiply(x, products);
                deconv.activation.apply(products);
                let from = block * op::BLOCK_ROWS * 2 * c;
                for (i, four) in products.chunks_exact(n).enumerate() {
                    let at = from + i * 2 * c;
                    upper[at..at + 2 * c].copy_from_slice(&four[..2 * c]);
                    lower[at..at + 2 * c].copy_from_slice(&four[2 * c..]);
                }
            }
        });
    });
}
