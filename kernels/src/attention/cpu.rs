//! One head of one line at a time. Keys and values are turned first, so that the inner loops run
//! over neighbouring steps.

use std::cell::RefCell;

use multiversion::multiversion;

use crate::activation::exp;
use crate::op;

thread_local! {
    /// The keys and values of a head, and the weights of a step, kept from call to call.
    static SCRATCH: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// `x` (T, 3, heads, D) to `out` (T, heads, D).
pub(super) fn line(x: &[f32], (heads, wide): (usize, usize), out: &mut [f32]) {
    let channels = heads * wide;
    let steps = out.len() / channels;
    SCRATCH.with_borrow_mut(|scratch| {
        let of_head = wide * steps;
        op::at_least(scratch, 2 * of_head + steps);
        let (keys, rest) = scratch.split_at_mut(of_head);
        let (values, rest) = rest.split_at_mut(of_head);
        for head in 0..heads {
            let at = |part: usize| part * channels + head * wide;
            turn(&x[at(1)..], 3 * channels, steps, keys);
            turn(&x[at(2)..], 3 * channels, steps, values);
            for step in 0..steps {
                let query = &x[step * 3 * channels + at(0)..][..wide];
                let out = &mut out[step * channels + head * wide..][..wide];
                attend(query, (keys, values), &mut rest[..steps], out);
            }
        }
    });
}

/// The rows (steps, D), `stride` apart, to `out` (D, steps).
fn turn(rows: &[f32], stride: usize, steps: usize, out: &mut [f32]) {
    for (d, out) in out.chunks_exact_mut(steps).enumerate() {
        for (out, row) in out.iter_mut().zip(rows.chunks(stride)) {
            *out = row[d];
        }
    }
}

/// One step: the means of the values (D, steps), weighed by how the keys (D, steps) fit the query.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn attend(query: &[f32], (keys, values): (&[f32], &[f32]), weights: &mut [f32], out: &mut [f32]) {
    let steps = weights.len();
    let scale = 1.0 / (query.len() as f32).sqrt();
    weights.fill(0.0);
    for (query, keys) in query.iter().zip(keys.chunks_exact(steps)) {
        let query = query * scale;
        weights.iter_mut().zip(keys).for_each(|(score, key)| *score += query * key);
    }
    let most = weights.iter().fold(f32::NEG_INFINITY, |most, score| most.max(*score));
    weights.iter_mut().for_each(|score| *score = exp(*score - most));
    let whole = sum(weights.iter().copied());
    for (out, values) in out.iter_mut().zip(values.chunks_exact(steps)) {
        *out = sum(weights.iter().zip(values).map(|(weight, value)| weight * value)) / whole;
    }
}

/// A sum in sixteen parts, which the compiler keeps in registers; it cannot reorder one sum.
#[inline(always)]
fn sum(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let mut parts = [0.0_f32; 16];
    for (i, value) in values.enumerate() {
        parts[i % 16] += value;
    }
    parts.iter().sum()
}
