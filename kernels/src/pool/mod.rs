//! Pooling: windows side by side, and the overlapping 2×2 maximum of the backbone's stem, which
//! is joined with the stem's other branch at once.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};

use crate::op;
use crate::timing;

const NAME: &str = "pool";

/// How the values of a window become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pooling {
    /// Their mean.
    Mean,
    /// The largest.
    Max,
}

struct Pool {
    pooling: Pooling,
    window: (usize, usize),
}

/// Pools windows of (down, across) pixels that stand side by side; what is left at the end of a
/// row or column falls away. `(N, H, W, C) → (N, H / down, W / across, C)`
///
/// # Errors
/// Where the window is empty, or `x` is not contiguous f32 (f16 on a GPU).
pub fn pool(x: &Tensor, pooling: Pooling, window: (usize, usize)) -> Result<Tensor> {
    x.apply_op1_no_bwd(&Pool { pooling, window })
}

impl Pool {
    /// The sizes of the input and the height and width of the result.
    fn sizes(&self, layout: &Layout) -> Result<([usize; 4], (usize, usize))> {
        let (n, h, w, c) = op::sizes4(NAME, layout)?;
        let (down, across) = self.window;
        if down * across == 0 {
            return op::shape_error(NAME, "the window is empty".into());
        }
        Ok(([n, h, w, c], (h / down, w / across)))
    }
}

impl CustomOp1 for Pool {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let ([n, h, w, c], (oh, ow)) = self.sizes(layout)?;
        let (down, across) = self.window;
        let x = op::values(NAME, storage, layout)?;
        let out = timing::measure(NAME, 0, || {
            op::filled(n * oh * ow * c, |out| {
                for (pixel, out) in out.chunks_exact_mut(c).enumerate() {
                    let (image, y, column) = (pixel / (oh * ow), pixel / ow % oh, pixel % ow);
                    let top = (image * h + y * down) * w + column * across;
                    let taps = (0..down).flat_map(|dy| (0..across).map(move |dx| dy * w + dx));
                    cpu::pool(taps.map(|tap| &x[(top + tap) * c..][..c]), self.pooling, out);
                }
            })
        });
        Ok((CpuStorage::F32(out), (n, oh, ow, c).into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, x: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        cuda::pool(self, x, layout)
    }
}

struct MaxConcat;

/// The maximum of each pixel of `a` with its right, lower and lower right neighbours, then the
/// channels of `b`: `(N, H, W, A)` and `(N, H, W, B)` give `(N, H, W, A + B)`.
///
/// # Errors
/// Where the shapes do not fit, or a tensor is not contiguous f32 (f16 on a GPU).
pub fn max_concat(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    a.apply_op2_no_bwd(b, &MaxConcat)
}

/// The pictures, height and width that two tensors share, and the channels of each.
fn joined(a: &Layout, b: &Layout) -> Result<([usize; 3], (usize, usize))> {
    let (n, h, w, ca) = op::sizes4(NAME, a)?;
    let (bn, bh, bw, cb) = op::sizes4(NAME, b)?;
    if (n, h, w) != (bn, bh, bw) {
        let dims = (a.dims(), b.dims());
        return op::shape_error(NAME, format!("{:?} cannot join {:?}", dims.0, dims.1));
    }
    Ok(([n, h, w], (ca, cb)))
}

impl CustomOp2 for MaxConcat {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let ([n, h, w], (ca, cb)) = joined(a_layout, b_layout)?;
        let (a, b) = (op::values(NAME, a, a_layout)?, op::values(NAME, b, b_layout)?);
        let out = timing::measure(NAME, 0, || {
            op::filled(n * h * w * (ca + cb), |out| {
                op::for_row_blocks(out, ca + cb, w, |first, out| {
                    let last_row = first / w % h + 1 == h;
                    let (upper, rest) = a[first * ca..].split_at(w * ca);
                    let lower = if last_row { upper } else { &rest[..w * ca] };
                    cpu::max_concat_row((upper, lower), &b[first * cb..][..w * cb], w, out);
                });
            })
        });
        Ok((CpuStorage::F32(out), (n, h, w, ca + cb).into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        a: &CudaStorage,
        a_layout: &Layout,
        b: &CudaStorage,
        b_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        cuda::max_concat((a, a_layout), (b, b_layout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    fn picture(values: &[f32], h: usize, w: usize) -> Tensor {
        Tensor::from_slice(values, (1, h, w, values.len() / h / w), &Device::Cpu).unwrap()
    }

    fn flat(x: &Tensor) -> Vec<f32> {
        x.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn windows_side_by_side_are_pooled_and_the_rest_falls_away() {
        let x = picture(&[1.0, 2.0, 3.0, 4.0, 5.0, 9.0], 2, 3);
        assert_eq!(flat(&pool(&x, Pooling::Mean, (2, 2)).unwrap()), [3.0]);
        assert_eq!(flat(&pool(&x, Pooling::Max, (2, 2)).unwrap()), [5.0]);
        assert_eq!(flat(&pool(&x, Pooling::Max, (1, 1)).unwrap()), flat(&x));
        assert!(pool(&x, Pooling::Max, (0, 2)).is_err());
    }

    #[test]
    fn the_overlapping_maximum_sees_only_pixels_of_the_picture() {
        let a = picture(&[-1.0, -2.0, -3.0, -4.0], 2, 2);
        let b = picture(&[7.0, 8.0, 9.0, 10.0], 2, 2);
        let joined = flat(&max_concat(&a, &b).unwrap());
        assert_eq!(joined, [-1.0, 7.0, -2.0, 8.0, -3.0, 9.0, -4.0, 10.0]);
        let a = picture(&[1.0, 2.0, 3.0, 4.0], 2, 2);
        let joined = flat(&max_concat(&a, &b).unwrap());
        assert_eq!(joined, [4.0, 7.0, 4.0, 8.0, 4.0, 9.0, 4.0, 10.0]);
        assert!(max_concat(&a, &picture(&[0.0; 6], 2, 3)).is_err());
    }
}
