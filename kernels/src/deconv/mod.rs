//! A transposed convolution with a 2×2 window at stride 2: each pixel becomes four, each by a
//! matrix of its own, so that it is one matrix product and a shuffle.

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

const NAME: &str = "deconv";

/// A 2×2 transposed convolution with packed weights.
#[derive(Debug, Clone)]
pub struct Deconv {
    packed: Placed<Packed>,
    /// Channels of the input.
    k: usize,
    /// Of the output.
    channels: usize,
    activation: Activation,
}

impl Deconv {
    /// Packs `weight` (C, 2 · 2 · C'), ordered by row, column and channel of the four pixels, and
    /// `bias` (C').
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn new(weight: &Tensor, bias: &Tensor, activation: Activation) -> Result<Self> {
        let (k, n) = weight.dims2()?;
        let channels = bias.dims1()?;
        if n != 4 * channels {
            return op::shape_error(NAME, format!("{n} columns for 4 x {channels} channels"));
        }
        let bias = Tensor::cat(&[bias; 4], 0)?;
        let pack = |layer: Linear<'_>| {
            let (k, weight, bias) = layer.values(NAME)?;
            Ok(Packed::new(&weight, k, bias.as_deref()))
        };
        let packed = Placed::new(NAME, Linear::new(weight, &bias), pack)?;
        Ok(Self { packed, k, channels, activation })
    }

    /// `(N, H, W, C) → (N, 2H, 2W, C')`
    ///
    /// # Errors
    /// Where the channels do not fit, or `x` is not contiguous f32 (f16 on a GPU).
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.apply_op1_no_bwd(self)
    }

    /// The sizes of the input, where its channels fit.
    fn sizes(&self, layout: &Layout) -> Result<(usize, usize, usize)> {
        let (n, h, w, c) = op::sizes4(NAME, layout)?;
        if c != self.k {
            return op::shape_error(NAME, format!("wants {} channels, got {c}", self.k));
        }
        Ok((n, h, w))
    }
}

impl CustomOp1 for Deconv {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = op::values(NAME, storage, layout)?;
        let (n, h, w) = self.sizes(layout)?;
        let packed = self.packed.cpu(NAME)?;
        let size = n * h * w * 4 * self.channels;
        let out = timing::measure(NAME, x.len() * packed.n(), || {
            op::filled(size, |out| cpu::run((self, packed), x, w, out))
        });
        Ok((CpuStorage::F32(out), (n, 2 * h, 2 * w, self.channels).into()))
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
    fn deconv_agrees_with_candle() {
        for (name, (h, w), c, n) in
            [("wide", (3, 4), 5, 7), ("one channel", (3, 200), 24, 1), ("many", (50, 60), 4, 3)]
        {
            let random = |dims: &[usize]| Tensor::randn(0f32, 1.0, dims, &Device::Cpu).unwrap();
            let (x, weight, bias) = (random(&[2, h, w, c]), random(&[c, n, 2, 2]), random(&[n]));
            let ours = weight.permute((0, 2, 3, 1)).unwrap().contiguous().unwrap();
            let ours = ours.reshape((c, 4 * n)).unwrap();
            let ours = Deconv::new(&ours, &bias, Activation::Linear).unwrap().forward(&x).unwrap();
            let theirs = x.permute((0, 3, 1, 2)).unwrap().contiguous().unwrap();
            let theirs = theirs.conv_transpose2d(&weight, 0, 0, 2, 1).unwrap();
            let theirs = theirs.permute((0, 2, 3, 1)).unwrap().broadcast_add(&bias).unwrap();
            let difference = (ours - theirs).unwrap().abs().unwrap().flatten_all().unwrap();
            assert!(difference.max(0).unwrap().to_scalar::<f32>().unwrap() < 1e-4, "{name}");
        }
    }
}
