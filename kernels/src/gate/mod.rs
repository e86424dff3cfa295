//! The gate of a squeeze-and-excitation block: the mean of each channel over the picture goes
//! through two small linear layers to one factor a channel.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use crate::activation::Activation;
use crate::dense::Packed;
use crate::linear::Linear;
use crate::op;
use crate::placed::Placed;
use crate::timing;

const NAME: &str = "gate";

/// A gate: reduce (C → C/r, ReLU), then expand (C/r → C, hard sigmoid).
#[derive(Debug, Clone)]
pub struct Gate {
    reduce: Placed<Packed>,
    expand: Placed<Packed>,
    channels: usize,
    slope: f32,
    #[cfg(feature = "cuda")]
    arrived: cuda::Arrived,
}

impl Gate {
    /// Packs both layers; `slope` is that of the hard sigmoid.
    ///
    /// # Errors
    /// Where the shapes do not fit each other.
    pub fn new(reduce: Linear<'_>, expand: Linear<'_>, slope: f32) -> Result<Self> {
        let ((c, r), (r2, c2)) = (reduce.dims()?, expand.dims()?);
        if (c, r) != (c2, r2) {
            return op::shape_error(NAME, format!("({c}, {r}) and ({r2}, {c2}) do not fit"));
        }
        let pack = |layer: Linear<'_>| -> Result<Packed> {
            let (k, weight, bias) = layer.values(NAME)?;
            Ok(Packed::new(&weight, k, bias.as_deref()))
        };
        Ok(Self {
            reduce: Placed::new(NAME, reduce, pack)?,
            expand: Placed::new(NAME, expand, pack)?,
            channels: c,
            slope,
            #[cfg(feature = "cuda")]
            arrived: cuda::Arrived::default(),
        })
    }

    /// `(N, H, W, C) → (N, C)`: the factor of each channel, 0–1, in f32 on every device.
    ///
    /// # Errors
    /// Where the channels do not fit, or `x` is not contiguous f32 (f16 on a GPU).
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.apply_op1_no_bwd(self)
    }

    /// The sizes of the input, where its channels fit.
    fn sizes(&self, layout: &Layout) -> Result<(usize, usize, usize, usize)> {
        let (n, h, w, c) = op::sizes4(NAME, layout)?;
        if c != self.channels || h * w == 0 {
            return op::shape_error(NAME, format!("wants {} channels, got {c}", self.channels));
        }
        Ok((n, h, w, c))
    }
}

impl CustomOp1 for Gate {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = op::values(NAME, storage, layout)?;
        let (n, h, w, c) = self.sizes(layout)?;
        let (reduce, expand) = (self.reduce.cpu(NAME)?, self.expand.cpu(NAME)?);
        let out = timing::measure(NAME, 0, || {
            op::filled(n * c, |out| {
                for (picture, factors) in x.chunks_exact(h * w * c).zip(out.chunks_exact_mut(c)) {
                    cpu::mean(picture, factors);
                    let mut reduced = vec![0.0; reduce.n()];
                    reduce.multiply(factors, &mut reduced);
                    Activation::Relu.apply(&mut reduced);
                    expand.multiply(&reduced, factors);
                    Activation::HardSigmoid { slope: self.slope }.apply(factors);
                }
            })
        });
        Ok((CpuStorage::F32(out), (n, c).into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, x: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        cuda::forward(self, x, layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn the_gate_agrees_with_its_steps_in_candle() {
        for (h, w, c, r) in [(3, 5, 8, 2), (60, 50, 24, 6)] {
            let random = |dims: &[usize]| Tensor::randn(0f32, 1.0, dims, &Device::Cpu).unwrap();
            let (x, w1, b1) = (random(&[2, h, w, c]), random(&[c, r]), random(&[r]));
            let (w2, b2) = (random(&[r, c]), random(&[c]));
            let ours = Gate::new(Linear::new(&w1, &b1), Linear::new(&w2, &b2), 0.2)
                .unwrap()
                .forward(&x)
                .unwrap();
            let mean = x.mean((1, 2)).unwrap();
            let hidden = mean.matmul(&w1).unwrap().broadcast_add(&b1).unwrap().relu().unwrap();
            let theirs = hidden.matmul(&w2).unwrap().broadcast_add(&b2).unwrap();
            let theirs = theirs.affine(0.2, 0.5).unwrap().clamp(0.0, 1.0).unwrap();
            let difference = (ours - theirs).unwrap().abs().unwrap().flatten_all().unwrap();
            assert!(difference.max(0).unwrap().to_scalar::<f32>().unwrap() < 1e-5);
        }
    }
}
