//! Self-attention over the steps of a line (Vaswani et al. 2017), for short lines and narrow heads:
//! the scores of a step never leave the core that computes them.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use crate::op;
use crate::timing;

const NAME: &str = "attention";

/// `(N, T, 3 · heads · D) → (N, T, heads · D)`: of each step its queries, keys and values, one head
/// after the other in each of the three; to the values' means, weighed by
/// `softmax(query · key / √D)` over the steps of the same line.
///
/// # Errors
/// Where the last size is not three times a multiple of `heads`, or `x` is not contiguous f32 (f16
/// on a GPU, which takes heads of at most 16 values and lines of at most 768 steps).
pub fn attention(x: &Tensor, heads: usize) -> Result<Tensor> {
    x.apply_op1_no_bwd(&Attention { heads })
}

struct Attention {
    heads: usize,
}

/// The sizes of an input.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    lines: usize,
    steps: usize,
    heads: usize,
    /// Values of a head.
    wide: usize,
}

impl Attention {
    fn sizes(&self, layout: &Layout) -> Result<Sizes> {
        let (heads, dims) = (self.heads, layout.dims());
        match *dims {
            [lines, steps, all] if heads > 0 && all > 0 && all % (3 * heads) == 0 => {
                Ok(Sizes { lines, steps, heads, wide: all / (3 * heads) })
            }
            _ => op::shape_error(NAME, format!("wants (N, T, 3 x {heads} heads), got {dims:?}")),
        }
    }
}

impl Sizes {
    fn output(self) -> (usize, usize, usize) {
        (self.lines, self.steps, self.heads * self.wide)
    }

    /// Multiplications, those of the scores and those of the means.
    fn products(self) -> usize {
        2 * self.lines * self.heads * self.steps * self.steps * self.wide
    }
}

impl CustomOp1 for Attention {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let sizes = self.sizes(layout)?;
        let x = op::values(NAME, storage, layout)?;
        let (lines, steps, channels) = sizes.output();
        let out = timing::measure(NAME, sizes.products(), || {
            op::filled(lines * steps * channels, |out| {
                let of_line = (steps * channels).max(1);
                let lines = out.par_chunks_mut(of_line).zip(x.par_chunks(3 * of_line));
                lines.for_each(|(out, x)| cpu::line(x, (sizes.heads, sizes.wide), out));
            })
        });
        Ok((CpuStorage::F32(out), sizes.output().into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, x: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        cuda::forward(self, x, layout)
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{D, Device};

    use super::*;

    fn drawn(dims: &[usize]) -> Tensor {
        Tensor::randn(0f32, 1.0, dims, &Device::Cpu).unwrap()
    }

    /// By its definition, with candle's own operations.
    fn defined(x: &Tensor, heads: usize) -> Tensor {
        let (n, t, all) = x.dims3().unwrap();
        let wide = all / (3 * heads);
        let x = x.reshape((n, t, 3, heads, wide)).unwrap();
        let x = x.permute((2, 0, 3, 1, 4)).unwrap().contiguous().unwrap();
        let [q, k, v] = [0, 1, 2].map(|part| x.get(part).unwrap());
        let scores = (q.matmul(&k.t().unwrap()).unwrap() / (wide as f64).sqrt()).unwrap();
        let scores = scores.broadcast_sub(&scores.max_keepdim(D::Minus1).unwrap()).unwrap();
        let weights = scores.exp().unwrap();
        let sums = weights.sum_keepdim(D::Minus1).unwrap();
        let means = weights.broadcast_div(&sums).unwrap().matmul(&v).unwrap();
        means.transpose(1, 2).unwrap().contiguous().unwrap().reshape((n, t, all / 3)).unwrap()
    }

    #[test]
    fn attention_is_what_it_is_defined_to_be() {
        for (lines, steps, heads, wide) in
            [(1, 1, 1, 1), (2, 7, 3, 5), (3, 40, 8, 15), (1, 401, 2, 16)]
        {
            let x = drawn(&[lines, steps, 3 * heads * wide]);
            let difference = (attention(&x, heads).unwrap() - defined(&x, heads)).unwrap();
            let difference = difference.abs().unwrap().flatten_all().unwrap().max(0).unwrap();
            let difference: f32 = difference.to_scalar().unwrap();
            assert!(difference < 2e-6, "{lines} x {steps}, {heads} x {wide}: {difference}");
        }
    }

    #[test]
    fn a_line_is_the_same_alone_and_large_scores_do_no_harm() {
        let x = (drawn(&[3, 20, 90]) * 30.0).unwrap();
        let all = attention(&x, 2).unwrap();
        let alone = attention(&x.narrow(0, 1, 1).unwrap(), 2).unwrap();
        let values = |x: &Tensor| x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!(values(&alone), values(&all.narrow(0, 1, 1).unwrap()));
        assert!(values(&all).iter().all(|value| value.is_finite()));
    }

    #[test]
    fn what_is_no_line_of_heads_is_an_error() {
        for (dims, heads) in [(vec![2, 3, 10], 2), (vec![2, 6], 2), (vec![2, 3, 6], 0)] {
            let error = attention(&drawn(&dims), heads).unwrap_err().to_string();
            assert!(error.contains(&format!("{dims:?}")), "{error}");
        }
    }
}
