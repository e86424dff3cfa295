//! Pooling of windows that stand side by side.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

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
}
