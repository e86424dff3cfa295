//! The matrix product on the CPU: weights packed once into panels, tiles held in registers.
//!
//! A tile is R rows of the input times one panel of two registers' width; the panel is read
//! once a step and each input value is broadcast, so that two loads feed 2·R multiply-adds. R is
//! 6 with 16 registers (AVX2) and 12 with 32 (AVX-512).

#[cfg(target_arch = "x86_64")]
use crate::simd::{Avx2Lanes, Avx512Lanes};
use crate::simd::{Isa, Lanes, PortableLanes};

/// Weights (K, N) in panels of two registers' width, the last one of one register where that is
/// enough, each panel K rows long and padded with zeros.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    k: usize,
    n: usize,
    isa: Isa,
    panels: Vec<f32>,
    bias: Vec<f32>,
}

/// One tile's operands.
struct Tile {
    k: usize,
    x: *const f32,
    panel: *const f32,
    bias: *const f32,
    out: *mut f32,
    /// Values from one row of the output to the next.
    stride: usize,
    /// Columns of the panel that exist.
    columns: usize,
}

impl Packed {
    /// Packs `weight` (K, N), row-major; a missing bias is zero.
    pub(crate) fn new(weight: &[f32], k: usize, bias: Option<&[f32]>) -> Self {
        Self::with_isa(Isa::get(), weight, k, bias)
    }

    fn with_isa(isa: Isa, weight: &[f32], k: usize, bias: Option<&[f32]>) -> Self {
        let n = weight.len() / k;
        let lanes = isa.lanes();
        let padded = n.div_ceil(lanes) * lanes;
        let mut panels = Vec::with_capacity(padded * k);
        let mut from = 0;
        while from < n {
            let width = if n - from > lanes { 2 * lanes } else { lanes };
            for row in weight.chunks_exact(n) {
                panels.extend((from..from + width).map(|j| row.get(j).copied().unwrap_or(0.0)));
            }
            from += width;
        }
        // A panel of two registers may reach a register past `padded`.
        let mut padded_bias = vec![0.0; padded + lanes];
        if let Some(bias) = bias {
            padded_bias[..n].copy_from_slice(bias);
        }
        Self { k, n, isa, panels, bias: padded_bias }
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
        let n = self.n;
        self.multiply_columns(x, 0..n, out);
    }

    /// The columns of a panel's width, for callers that want the result in pieces.
    pub(crate) fn panel_width(&self) -> usize {
        2 * self.isa.lanes()
    }

    /// `out = (x · W + b)[.., columns]`; `columns` starts at a multiple of
    /// [`Packed::panel_width`], and ends at one or at N.
    pub(crate) fn multiply_columns(
        &self,
        x: &[f32],
        columns: std::ops::Range<usize>,
        out: &mut [f32],
    ) {
        let rows = x.len() / self.k;
        let width = columns.len();
        assert!(columns.end <= self.n && columns.start.is_multiple_of(self.panel_width()));
        assert!(columns.end == self.n || columns.end.is_multiple_of(self.panel_width()));
        assert!(x.len() == rows * self.k && out.len() == rows * width);
        match self.isa {
            // SAFETY: the instruction set was found on this CPU; the lengths are checked above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => unsafe { self.run_avx512(x, columns, out) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => unsafe { self.run_avx2(x, columns, out) },
            // SAFETY: no instruction set is needed; the lengths are checked above.
            Isa::Portable => unsafe { self.run::<PortableLanes, 4>(x, columns, out) },
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f")]
    unsafe fn run_avx512(&self, x: &[f32], columns: std::ops::Range<usize>, out: &mut [f32]) {
        // SAFETY: as the caller.
        unsafe { self.run::<Avx512Lanes, 12>(x, columns, out) }
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2,fma")]
    unsafe fn run_avx2(&self, x: &[f32], columns: std::ops::Range<usize>, out: &mut [f32]) {
        // SAFETY: as the caller.
        unsafe { self.run::<Avx2Lanes, 6>(x, columns, out) }
    }

    /// The loops over panels and tiles, compiled into each of the functions above.
    ///
    /// # Safety
    /// The instruction set of `L` is enabled; `x` and `out` have whole rows; `columns` as in
    /// [`Packed::multiply_columns`].
    #[inline(always)]
    unsafe fn run<L: Lanes, const R: usize>(
        &self,
        x: &[f32],
        columns: std::ops::Range<usize>,
        out: &mut [f32],
    ) {
        let rows = x.len() / self.k;
        let stride = columns.len();
        let mut from = columns.start;
        while from < columns.end {
            let width = if self.n - from > L::COUNT { 2 * L::COUNT } else { L::COUNT };
            let mut row = 0;
            while row < rows {
                let tile = Tile {
                    k: self.k,
                    x: x[row * self.k..].as_ptr(),
                    panel: self.panels[from * self.k..].as_ptr(),
                    bias: self.bias[from..].as_ptr(),
                    out: out[row * stride + (from - columns.start)..].as_mut_ptr(),
                    stride,
                    columns: width.min(columns.end - from),
                };
                let left = (rows - row).min(R);
                // SAFETY: `left` rows of x and out follow these pointers, and the panel and
                // the bias are padded to `width`.
                unsafe {
                    if width == L::COUNT {
                        tiles::<L, 1>(left, &tile);
                    } else {
                        tiles::<L, 2>(left, &tile);
                    }
                }
                row += left;
            }
            from += width;
        }
    }
}

/// Calls the tile of the right height.
///
/// # Safety
/// As [`tile`], for `rows` in 1..=12.
#[inline(always)]
unsafe fn tiles<L: Lanes, const V: usize>(rows: usize, operands: &Tile) {
    // SAFETY: as the caller.
    unsafe {
        match rows {
            1 => tile::<L, 1, V>(operands),
            2 => tile::<L, 2, V>(operands),
            3 => tile::<L, 3, V>(operands),
            4 => tile::<L, 4, V>(operands),
            5 => tile::<L, 5, V>(operands),
            6 => tile::<L, 6, V>(operands),
            7 => tile::<L, 7, V>(operands),
            8 => tile::<L, 8, V>(operands),
            9 => tile::<L, 9, V>(operands),
            10 => tile::<L, 10, V>(operands),
            11 => tile::<L, 11, V>(operands),
            _ => tile::<L, 12, V>(operands),
        }
    }
}

/// R rows times V registers of columns.
///
/// # Safety
/// The instruction set of `L` is enabled, `x` has R rows of `k` values, `panel` k rows of V
/// registers, `bias` V registers and `out` R rows of `columns` values, `stride` apart.
#[inline(always)]
unsafe fn tile<L: Lanes, const R: usize, const V: usize>(operands: &Tile) {
    let &Tile { k, x, panel, bias, out, stride, columns } = operands;
    // SAFETY: every pointer stays inside what the caller vouches for.
    unsafe {
        let start: [L::Vector; V] = std::array::from_fn(|v| L::load(bias.add(v * L::COUNT)));
        let mut sum = [start; R];
        for p in 0..k {
            let w: [L::Vector; V] =
                std::array::from_fn(|v| L::load(panel.add((p * V + v) * L::COUNT)));
            for (r, sum) in sum.iter_mut().enumerate() {
                let value = L::splat(*x.add(r * k + p));
                for (sum, w) in sum.iter_mut().zip(w) {
                    *sum = L::fma(value, w, *sum);
                }
            }
        }
        if columns == V * L::COUNT {
            for (r, sum) in sum.iter().enumerate() {
                for (v, sum) in sum.iter().enumerate() {
                    L::store(out.add(r * stride + v * L::COUNT), *sum);
                }
            }
            return;
        }
        let mut row = [0.0_f32; 32];
        for (r, sum) in sum.iter().enumerate() {
            for (v, sum) in sum.iter().enumerate() {
                L::store(row.as_mut_ptr().add(v * L::COUNT), *sum);
            }
            std::ptr::copy_nonoverlapping(row.as_ptr(), out.add(r * stride), columns);
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
        fn every_instruction_set_gives_the_plain_product(
            (m, k, n) in (1_usize..20, 1_usize..40, 1_usize..70), seed in any::<u32>(),
        ) {
            let (x, w, b) = (numbers(m * k, seed), numbers(k * n, !seed), numbers(n, seed ^ 77));
            let mut isas = vec![Isa::Portable];
            if Isa::get() != Isa::Portable {
                isas.push(Isa::get());
            }
            for isa in isas {
                let packed = Packed::with_isa(isa, &w, k, Some(&b));
                let mut out = vec![f32::NAN; m * n];
                packed.multiply(&x, &mut out);
                for i in 0..m {
                    for j in 0..n {
                        let products = (0..k).map(|p| x[i * k + p] * w[p * n + j]);
                        let plain = b[j] + products.sum::<f32>();
                        prop_assert!((out[i * n + j] - plain).abs() < 1e-4, "{isa:?} {i} {j}");
                    }
                }
            }
        }
    }
}
