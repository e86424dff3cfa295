//! The matrix product in eight bits: weights are signed with a scale for each column, a row of
//! the input is unsigned with a scale and a zero of its own, found as it comes (dynamic
//! quantisation, as in Jacob et al. 2018). Sums are exact whole numbers, so every instruction
//! set gives the same.
//!
//! `x ≈ s·(q − z)` and `w ≈ t·p` give `x·W ≈ s·t·(Σ q·p − z·Σ p)`; the sums of the columns of p
//! are known beforehand.

use std::cell::RefCell;

use super::rows::{GROUP, Rows};
use crate::dot::{DotLanes, End, PortableDot};
#[cfg(target_arch = "x86_64")]
use crate::dot::{VnniLanes, has_vnni};

/// The rows of a tile and its registers across: 24 sums, with 32 registers in all.
const TILE: (usize, usize) = (12, 2);

thread_local! {
    static SCRATCH: RefCell<Rows> = const { RefCell::new(Rows::new()) };
}

/// Weights (K, N) in panels of [`TILE`]`.1` registers' width, groups of four rows interleaved.
#[derive(Debug, Clone)]
pub(crate) struct Quantised {
    k: usize,
    n: usize,
    panels: Vec<i8>,
    columns: Columns,
}

/// What the end of a product needs of each column, padded to whole panels.
#[derive(Debug, Clone)]
struct Columns {
    scale: Vec<f32>,
    sum: Vec<i32>,
    bias: Vec<f32>,
}

/// One tile's operands.
struct Tile<'a> {
    /// Groups in a row.
    groups: usize,
    x: *const u8,
    panel: *const i8,
    /// Scale and zero of the tile's rows.
    scales: &'a [(f32, i32)],
    columns: &'a Columns,
    /// The tile's first column, and how many exist.
    from: usize,
    count: usize,
    out: *mut f32,
    /// Values from one row of the output to the next.
    stride: usize,
}

impl Quantised {
    /// Quantises and packs `weight` (K, N), row-major; a missing bias is zero.
    pub(crate) fn new(weight: &[f32], k: usize, bias: Option<&[f32]>) -> Self {
        let n = weight.len() / k;
        let width = TILE.1 * PortableDot::COUNT;
        let padded = n.next_multiple_of(width);
        let mut columns =
            Columns { scale: vec![0.0; padded], sum: vec![0; padded], bias: vec![0.0; padded] };
        if let Some(bias) = bias {
            columns.bias[..n].copy_from_slice(bias);
        }
        let mut largest = vec![0.0_f32; n];
        for row in weight.chunks_exact(n) {
            largest.iter_mut().zip(row).for_each(|(m, w)| *m = m.max(w.abs()));
        }
        let value = |row: usize, column: usize| match row < k && column < n {
            true if largest[column] > 0.0 => {
                (weight[row * n + column] / largest[column] * 127.0).round() as i8
            }
            _ => 0,
        };
        let mut panels = Vec::with_capacity(padded * k.next_multiple_of(GROUP));
        for from in (0..padded).step_by(width) {
            for row in (0..k).step_by(GROUP) {
                for column in from..from + width {
                    let group: [i8; GROUP] = std::array::from_fn(|i| value(row + i, column));
                    columns.sum[column] += group.iter().map(|p| i32::from(*p)).sum::<i32>();
                    panels.extend(group);
                }
            }
        }
        columns.scale.iter_mut().zip(&largest).for_each(|(scale, m)| *scale = m / 127.0);
        Self { k, n, panels, columns }
    }

    /// Values in a row of the input.
    pub(crate) fn k(&self) -> usize {
        self.k
    }

    /// Values in a row of the output.
    pub(crate) fn n(&self) -> usize {
        self.n
    }

    /// `out = x · W + b` for whole rows.
    pub(crate) fn multiply(&self, x: &[f32], out: &mut [f32]) {
        assert!(x.len().is_multiple_of(self.k));
        SCRATCH.with_borrow_mut(|rows| {
            rows.quantise(x, self.k);
            self.multiply_rows(rows, out);
        });
    }

    /// `out = x · W + b` for rows of K values that are in eight bits already.
    pub(crate) fn multiply_rows(&self, rows: &Rows, out: &mut [f32]) {
        let count = rows.scales.len();
        assert!(out.len() == count * self.n);
        assert!(rows.values.len() >= count * self.k.next_multiple_of(GROUP));
        #[cfg(target_arch = "x86_64")]
        if has_vnni() {
            // SAFETY: the instruction set was found on this CPU; the lengths are checked.
            return unsafe { self.run_vnni(rows, out) };
        }
        // SAFETY: no instruction set is needed; the lengths are checked.
        unsafe { self.run::<PortableDot>(rows, out) }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f,avx512vnni")]
    unsafe fn run_vnni(&self, rows: &Rows, out: &mut [f32]) {
        // SAFETY: as the caller.
        unsafe { self.run::<VnniLanes>(rows, out) }
    }

    /// The loops over panels and tiles, compiled into each of the callers above.
    ///
    /// # Safety
    /// The instruction set of `L` is enabled, and `out` has as many rows as `rows`.
    #[inline(always)]
    unsafe fn run<L: DotLanes>(&self, rows: &Rows, out: &mut [f32]) {
        let groups = self.k.div_ceil(GROUP);
        let width = TILE.1 * L::COUNT;
        for from in (0..self.n).step_by(width) {
            let panel = &self.panels[from * groups * GROUP..][..width * groups * GROUP];
            let mut row = 0;
            for scales in rows.scales.chunks(TILE.0) {
                let tile = Tile {
                    groups,
                    x: rows.values[row * groups * GROUP..].as_ptr(),
                    panel: panel.as_ptr(),
                    scales,
                    columns: &self.columns,
                    from,
                    count: width.min(self.n - from),
                    out: out[row * self.n + from..].as_mut_ptr(),
                    stride: self.n,
                };
                // SAFETY: the rows of `scales` follow these pointers in x and in out, and the
                // panel and the columns are padded to `width`.
                unsafe { tiles::<L>(&tile) };
                row += scales.len();
            }
        }
    }
}

/// Calls the tile of the right height.
///
/// # Safety
/// As [`tile`], for 1 to 12 rows.
#[inline(always)]
unsafe fn tiles<L: DotLanes>(operands: &Tile<'_>) {
    // SAFETY: as the caller.
    unsafe {
        match operands.scales.len() {
            1 => tile::<L, 1>(operands),
            2 => tile::<L, 2>(operands),
            3 => tile::<L, 3>(operands),
            4 => tile::<L, 4>(operands),
            5 => tile::<L, 5>(operands),
            6 => tile::<L, 6>(operands),
            7 => tile::<L, 7>(operands),
            8 => tile::<L, 8>(operands),
            9 => tile::<L, 9>(operands),
            10 => tile::<L, 10>(operands),
            11 => tile::<L, 11>(operands),
            _ => tile::<L, 12>(operands),
        }
    }
}

/// R rows times [`TILE`]`.1` registers of columns.
///
/// # Safety
/// The instruction set of `L` is enabled; `x` has R rows of `groups` groups, `panel` as many
/// groups of every column, the columns are padded, and `out` has R rows of `count` values,
/// `stride` apart.
#[inline(always)]
unsafe fn tile<L: DotLanes, const R: usize>(operands: &Tile<'_>) {
    const V: usize = TILE.1;
    let &Tile { groups, x, panel, scales, columns, from, count, out, stride } = operands;
    // SAFETY: every pointer stays inside what the caller vouches for.
    unsafe {
        let rows: [*const u8; R] = std::array::from_fn(|r| x.add(r * groups * GROUP));
        let mut sums = [[L::zero(); V]; R];
        for group in 0..groups {
            let at = panel.add(group * V * L::COUNT * GROUP);
            let weights: [L::Sums; V] =
                std::array::from_fn(|v| L::load(at.add(v * L::COUNT * GROUP)));
            for (row, sums) in rows.iter().zip(&mut sums) {
                let values = L::splat(row.add(group * GROUP).cast());
                for (sum, weights) in sums.iter_mut().zip(weights) {
                    *sum = L::dot(*sum, values, weights);
                }
            }
        }
        let mut row = [0.0_f32; V * 16];
        for (r, (sums, &(scale, zero))) in sums.iter().zip(scales).enumerate() {
            let to = if count == V * L::COUNT { out.add(r * stride) } else { row.as_mut_ptr() };
            for (v, sum) in sums.iter().enumerate() {
                let column = from + v * L::COUNT;
                let end = End {
                    zero,
                    scale,
                    sums: columns.sum.as_ptr().add(column),
                    scales: columns.scale.as_ptr().add(column),
                    bias: columns.bias.as_ptr().add(column),
                };
                L::finish(*sum, &end, to.add(v * L::COUNT));
            }
            if count < V * L::COUNT {
                std::ptr::copy_nonoverlapping(row.as_ptr(), out.add(r * stride), count);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::op::numbers;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_product_in_eight_bits_is_near_the_plain_one(
            (m, k, n) in (1_usize..30, 1_usize..70, 1_usize..70), seed in any::<u32>(),
        ) {
            let (x, w, b) = (numbers(m * k, seed), numbers(k * n, !seed), numbers(n, seed ^ 77));
            let mut out = vec![f32::NAN; m * n];
            Quantised::new(&w, k, Some(&b)).multiply(&x, &mut out);
            for i in 0..m {
                for j in 0..n {
                    let plain = b[j] + (0..k).map(|p| x[i * k + p] * w[p * n + j]).sum::<f32>();
                    // Each factor is off by at most half a step: 2/254/2 and 1/127/2.
                    let bound = k as f32 * (0.004 + 0.004 + 1e-4) + 1e-5;
                    prop_assert!((out[i * n + j] - plain).abs() < bound, "{i} {j}");
                }
            }
        }

        #[test]
        fn every_instruction_set_gives_the_same_bits(
            (m, k, n) in (1_usize..30, 1_usize..70, 1_usize..70), seed in any::<u32>(),
        ) {
            let (x, w) = (numbers(m * k, seed), numbers(k * n, !seed));
            let product = Quantised::new(&w, k, None);
            let (mut fast, mut portable) = (vec![f32::NAN; m * n], vec![f32::NAN; m * n]);
            product.multiply(&x, &mut fast);
            let mut rows = Rows::new();
            rows.quantise(&x, k);
            // SAFETY: no instruction set is needed; the lengths fit.
            unsafe { product.run::<PortableDot>(&rows, &mut portable) };
            prop_assert_eq!(fast, portable);
        }
    }
}
