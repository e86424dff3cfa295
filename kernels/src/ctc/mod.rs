//! The last layer of a CTC recogniser: for each step the likeliest class and its probability,
//! without ever writing the logits of all classes.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use crate::dense::Packed;
use crate::linear::Linear;
use crate::op;
use crate::placed::Placed;
use crate::timing;

const NAME: &str = "ctc";

/// A linear layer with soft-max and arg-max in one pass.
#[derive(Debug, Clone)]
pub struct CtcHead {
    packed: Placed<Packed>,
}

impl CtcHead {
    /// Packs `weight` (K, classes) and `bias` (classes).
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn new(weight: &Tensor, bias: &Tensor) -> Result<Self> {
        let pack = |layer: Linear<'_>| {
            let (k, weight, bias) = layer.values(NAME)?;
            Ok(Packed::new(&weight, k, bias.as_deref()))
        };
        Ok(Self { packed: Placed::new(NAME, Linear::new(weight, bias), pack)? })
    }

    /// `(N, T, K) → (N, T, 2)`: the likeliest class (a whole number) and its probability, in f32
    /// on every device.
    ///
    /// # Errors
    /// Where the last size of `x` is not K, or `x` is not contiguous f32 (f16 on a GPU).
    pub fn best(&self, x: &Tensor) -> Result<Tensor> {
        x.apply_op1_no_bwd(self)
    }

    /// `(N, T, K) → (N, T, classes)`: the logits, for those who need them all, in f32 on every
    /// device.
    ///
    /// # Errors
    /// As [`CtcHead::best`].
    pub fn logits(&self, x: &Tensor) -> Result<Tensor> {
        x.apply_op1_no_bwd(&Logits(&self.packed))
    }
}

/// The sizes of the input but for the last, which must be `k`.
fn steps(layout: &Layout, k: usize) -> Result<Vec<usize>> {
    let dims = layout.dims();
    match dims.split_last() {
        Some((last, rest)) if *last == k => Ok(rest.to_vec()),
        _ => op::shape_error(NAME, format!("wants (…, {k}), got {dims:?}")),
    }
}

impl CustomOp1 for CtcHead {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let packed = self.packed.cpu(NAME)?;
        let mut dims = steps(layout, packed.k())?;
        let x = op::values(NAME, storage, layout)?;
        let steps = x.len() / packed.k();
        let out = timing::measure(NAME, x.len() * packed.n(), || {
            op::filled(steps * 2, |out| cpu::best(packed, x, out))
        });
        dims.push(2);
        Ok((CpuStorage::F32(out), dims.into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, x: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        cuda::best(self.packed.cuda(NAME)?, x, layout)
    }
}

struct Logits<'a>(&'a Placed<Packed>);

impl CustomOp1 for Logits<'_> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let packed = self.0.cpu(NAME)?;
        let mut dims = steps(layout, packed.k())?;
        let x = op::values(NAME, storage, layout)?;
        let steps = x.len() / packed.k();
        let out = timing::measure(NAME, x.len() * packed.n(), || {
            op::filled(steps * packed.n(), |out| packed.multiply(x, out))
        });
        dims.push(packed.n());
        Ok((CpuStorage::F32(out), dims.into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, x: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        cuda::logits(self.0.cuda(NAME)?, x, layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{D, Device};

    #[test]
    fn the_best_class_and_its_probability_are_those_of_the_soft_max() {
        for (steps, k, classes) in [(1, 8, 5), (13, 24, 700), (40, 120, 1811)] {
            let random = |dims: &[usize]| Tensor::randn(0f32, 1.0, dims, &Device::Cpu).unwrap();
            let (x, w, b) = (random(&[2, steps, k]), random(&[k, classes]), random(&[classes]));
            let head = CtcHead::new(&w, &b).unwrap();
            let best = head.best(&x).unwrap().reshape((2 * steps, 2)).unwrap();
            let best = best.to_vec2::<f32>().unwrap();
            let logits = x.reshape((2 * steps, k)).unwrap().matmul(&w).unwrap();
            let logits = logits.broadcast_add(&b).unwrap();
            let largest = logits.max_keepdim(D::Minus1).unwrap();
            let sums = logits.broadcast_sub(&largest).unwrap().exp().unwrap().sum(1).unwrap();
            let sums = sums.to_vec1::<f32>().unwrap();
            let classes = logits.argmax(D::Minus1).unwrap().to_vec1::<u32>().unwrap();
            for ((best, class), sum) in best.iter().zip(classes).zip(sums) {
                assert_eq!(best[0], class as f32);
                assert!((best[1] - 1.0 / sum).abs() < 1e-5, "{} {}", best[1], 1.0 / sum);
            }
            let ours = head.logits(&x).unwrap().reshape(logits.dims()).unwrap();
            let difference = (ours - logits).unwrap().abs().unwrap().flatten_all().unwrap();
            assert!(difference.max(0).unwrap().to_scalar::<f32>().unwrap() < 1e-3);
        }
    }
}
