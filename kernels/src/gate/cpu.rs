//! The mean of each channel. Pieces of fixed size are summed apart and then together, so that
//! the result is the same however many threads there are, and rounding stays small.

use multiversion::multiversion;
use rayon::prelude::*;

/// Pixels that are summed in one go.
const PIECE_PX: usize = 4096;

/// The mean over the pixels of one picture (pixels, C), into C values.
pub(super) fn mean(picture: &[f32], out: &mut [f32]) {
    let c = out.len();
    let pieces: Vec<Vec<f32>> = picture
        .par_chunks(PIECE_PX * c)
        .map(|piece| {
            let mut sum = vec![0.0; c];
            add_rows(piece, &mut sum);
            sum
        })
        .collect();
    out.fill(0.0);
    for piece in pieces {
        out.iter_mut().zip(piece).for_each(|(sum, value)| *sum += value);
    }
    let pixels = (picture.len() / c) as f32;
    out.iter_mut().for_each(|sum| *sum /= pixels);
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn add_rows(rows: &[f32], sum: &mut [f32]) {
    for row in rows.chunks_exact(sum.len()) {
        for (sum, value) in sum.iter_mut().zip(row) {
            *sum += value;
        }
    }
}
