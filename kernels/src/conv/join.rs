//! What a convolution reads where that stands in several maps, written as one on the CPU: its
//! windows overlap, and in eight bits a picture has one range.

use multiversion::multiversion;

/// One map of several, with sides that are smaller by a factor.
pub(super) struct Map<'a> {
    pub(super) x: &'a [f32],
    /// What each channel of each picture is multiplied by.
    pub(super) factors: Vec<f32>,
    pub(super) channels: usize,
    pub(super) smaller: usize,
}

/// Row `row` (counted over all pictures) of the joined picture, of which each is `h` rows high and
/// `w` pixels wide.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
pub(super) fn parts_row(maps: &[Map], row: usize, (h, w): (usize, usize), out: &mut [f32]) {
    let (image, all) = (row / h, out.len() / w);
    let mut at = 0;
    for map in maps {
        let c = map.channels;
        let factors = &map.factors[image * c..][..c];
        let from = row / map.smaller * (w / map.smaller) * c;
        for (column, out) in out.chunks_exact_mut(all).enumerate() {
            let x = &map.x[from + column / map.smaller * c..][..c];
            for ((out, x), factor) in out[at..at + c].iter_mut().zip(x).zip(factors) {
                *out = x * factor;
            }
        }
        at += c;
    }
}

/// One row of the overlapping maximum, joined with a row of `beside`; the last pixel has no right
/// neighbour, and the last row of a picture is given as its own `lower` one.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
pub(super) fn pooled_row(
    (upper, lower): (&[f32], &[f32]),
    beside: &[f32],
    width: usize,
    out: &mut [f32],
) {
    let (ca, cb) = (upper.len() / width, beside.len() / width);
    for (x, out) in out.chunks_exact_mut(ca + cb).enumerate() {
        let right = (x + 1).min(width - 1) * ca;
        let (here, there) = (&upper[x * ca..][..ca], &upper[right..][..ca]);
        let (below, beyond) = (&lower[x * ca..][..ca], &lower[right..][..ca]);
        let (pooled, copied) = out.split_at_mut(ca);
        for i in 0..ca {
            pooled[i] = here[i].max(there[i]).max(below[i].max(beyond[i]));
        }
        copied.copy_from_slice(&beside[x * cb..][..cb]);
    }
}
