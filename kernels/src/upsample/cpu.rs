//! One row of the large picture at a time.

use multiversion::multiversion;

/// `out = large · factors + small`, with a factor for each channel, where each pixel of `small`
/// serves two of the row.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
pub(super) fn add_row(large: &[f32], factors: &[f32], small: &[f32], out: &mut [f32]) {
    let channels = factors.len();
    let pairs = out.chunks_exact_mut(2 * channels).zip(large.chunks_exact(2 * channels));
    for ((out, large), small) in pairs.zip(small.chunks_exact(channels)) {
        for (out, large) in out.chunks_exact_mut(channels).zip(large.chunks_exact(channels)) {
            for (((out, large), factor), small) in out.iter_mut().zip(large).zip(factors).zip(small)
            {
                *out = large * factor + small;
            }
        }
    }
}
