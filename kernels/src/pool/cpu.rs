//! One pixel or one row at a time.

use multiversion::multiversion;

use super::Pooling;

/// Pools the pixels `taps` into `out`.
pub(super) fn pool<'a>(taps: impl Iterator<Item = &'a [f32]>, pooling: Pooling, out: &mut [f32]) {
    let mut count = 0_usize;
    for tap in taps {
        count += 1;
        if count == 1 {
            out.copy_from_slice(tap);
            continue;
        }
        for (out, value) in out.iter_mut().zip(tap) {
            *out = match pooling {
                Pooling::Mean => *out + value,
                Pooling::Max => out.max(*value),
            };
        }
    }
    if pooling == Pooling::Mean {
        out.iter_mut().for_each(|out| *out /= count as f32);
    }
}

/// One row of the overlapping maximum, joined with a row of `b`; the last pixel has no right
/// neighbour, and the last row of a picture is given as its own `lower` one.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
pub(super) fn max_concat_row(
    (upper, lower): (&[f32], &[f32]),
    b: &[f32],
    width: usize,
    out: &mut [f32],
) {
    let (ca, cb) = (upper.len() / width, b.len() / width);
    for (x, out) in out.chunks_exact_mut(ca + cb).enumerate() {
        let right = (x + 1).min(width - 1) * ca;
        let (here, there) = (&upper[x * ca..][..ca], &upper[right..][..ca]);
        let (below, beyond) = (&lower[x * ca..][..ca], &lower[right..][..ca]);
        let (pooled, copied) = out.split_at_mut(ca);
        for i in 0..ca {
            pooled[i] = here[i].max(there[i]).max(below[i].max(beyond[i]));
        }
        copied.copy_from_slice(&b[x * cb..][..cb]);
    }
}
