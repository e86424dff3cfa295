//! One row of the large picture at a time.

use multiversion::multiversion;

/// One input of a concatenation.
pub(super) struct Part<'a> {
    pub(super) x: &'a [f32],
    pub(super) channels: usize,
    pub(super) factor: usize,
}

/// `out = large + small`, where each pixel of `small` serves two of the row.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
pub(super) fn add_row(large: &[f32], small: &[f32], channels: usize, out: &mut [f32]) {
    let pairs = out.chunks_exact_mut(2 * channels).zip(large.chunks_exact(2 * channels));
    for ((out, large), small) in pairs.zip(small.chunks_exact(channels)) {
        for (out, large) in out.chunks_exact_mut(channels).zip(large.chunks_exact(channels)) {
            for ((out, large), small) in out.iter_mut().zip(large).zip(small) {
                *out = large + small;
            }
        }
    }
}

/// Row `row` (counted over all pictures) of the joined picture, `width` pixels wide.
pub(super) fn concat_row(parts: &[Part<'_>], row: usize, width: usize, out: &mut [f32]) {
    let channels = out.len() / width;
    let mut at = 0;
    for part in parts {
        let from = row / part.factor * (width / part.factor) * part.channels;
        for (i, out) in out.chunks_exact_mut(channels).enumerate() {
            let pixel = from + i / part.factor * part.channels;
            out[at..at + part.channels].copy_from_slice(&part.x[pixel..pixel + part.channels]);
        }
        at += part.channels;
    }
}
