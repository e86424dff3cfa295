//! Some dozens of steps against a few hundred classes at a time: the logits of such a piece stay
//! in the cache, where their maximum and the sum of their exponentials are taken. The weights, by
//! far the largest of the network, are read from memory once for all steps of a pass.

use multiversion::multiversion;

use crate::activation::exp;
use crate::dense::Packed;

/// Steps that share one pass over the weights.
const STEPS: usize = 96;

/// Classes of a piece, a multiple of every panel's width.
const CLASSES: usize = 256;

/// What is known of one step so far.
#[derive(Clone, Copy)]
struct Best {
    class: usize,
    logit: f32,
    /// Σ exp(logit of a class − best logit) over the classes seen.
    sum: f32,
}

/// The likeliest class and its probability for each row of `x`.
pub(super) fn best(packed: &Packed, x: &[f32], out: &mut [f32]) {
    let (k, n) = (packed.k(), packed.n());
    let mut logits = vec![0.0; STEPS * CLASSES];
    for (x, out) in x.chunks(STEPS * k).zip(out.chunks_mut(STEPS * 2)) {
        let steps = x.len() / k;
        let mut found = [Best { class: 0, logit: f32::NEG_INFINITY, sum: 0.0 }; STEPS];
        let mut from = 0;
        while from < n {
            let to = (from + CLASSES).min(n);
            let logits = &mut logits[..steps * (to - from)];
            packed.multiply_columns(x, from..to, logits);
            for (piece, best) in logits.chunks_exact(to - from).zip(&mut found) {
                update(piece, from, best);
            }
            from = to;
        }
        for (best, out) in found.iter().zip(out.chunks_exact_mut(2)) {
            out[0] = best.class as f32;
            out[1] = 1.0 / best.sum;
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn update(piece: &[f32], from: usize, best: &mut Best) {
    let mut largest = [f32::NEG_INFINITY; 16];
    let (whole, rest) = piece.as_chunks::<16>();
    for values in whole {
        for (largest, value) in largest.iter_mut().zip(values) {
            *largest = largest.max(*value);
        }
    }
    let largest = largest.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max);
    if largest > best.logit {
        best.sum *= exp(best.logit - largest);
        best.logit = largest;
        best.class = from + piece.iter().position(|v| *v == largest).unwrap_or(0);
    }
    let mut sums = [0.0_f32; 16];
    for values in whole {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += exp(*value - best.logit);
        }
    }
    best.sum += sums.iter().sum::<f32>();
    best.sum += rest.iter().map(|value| exp(*value - best.logit)).sum::<f32>();
}
