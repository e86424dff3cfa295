//! A convolution of each channel with a window of its own, plus bias and activation. candle runs
//! one convolution a channel here, which costs more than the rest of a network together.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use crate::activation::Activation;
use crate::conv::Window;
use crate::linear::Linear;
use crate::op;
use crate::placed::Placed;
use crate::timing;

const NAME: &str = "depthwise";

/// A depthwise convolution.
#[derive(Debug, Clone)]
pub struct Depthwise {
    weights: Placed<Taps>,
    window: Window,
    activation: Activation,
}

/// The weights on the CPU.
#[derive(Debug, Clone)]
struct Taps {
    /// (taps, C)
    weight: Vec<f32>,
    bias: Vec<f32>,
    window: Window,
}

impl Depthwise {
    /// Takes `weight` (kernel height · kernel width, C) and `bias` (C).
    ///
    /// # Errors
    /// Where the shapes do not fit the window.
    pub fn new(
        weight: &Tensor,
        bias: &Tensor,
        window: Window,
        activation: Activation,
    ) -> Result<Self> {
        let c = bias.dims1()?;
        let taps = window.kernel.0 * window.kernel.1;
        if weight.dims() != [taps, c] {
            let dims = weight.dims();
            return op::shape_error(NAME, format!("a weight has {dims:?}, wanted [{taps}, {c}]"));
        }
        let pack = |layer: Linear<'_>| {
            let (_, weight, bias) = layer.values(NAME)?;
            Ok(Taps { weight, bias: bias.unwrap_or_default(), window })
        };
        Ok(Self {
            weights: Placed::new(NAME, Linear::new(weight, bias), pack)?,
            window,
            activation,
        })
    }

    /// `(N, H, W, C) → (N, H', W', C)`
    ///
    /// # Errors
    /// Where the channels do not fit, or `x` is not contiguous f32 (f16 on a GPU).
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.apply_op1_no_bwd(self)
    }

    /// The sizes of the input, where it has as many channels as the weights.
    fn sizes(&self, layout: &Layout, channels: usize) -> Result<(usize, usize, usize, usize)> {
        let sizes = op::sizes4(NAME, layout)?;
        if sizes.3 != channels {
            return op::shape_error(NAME, format!("wants {channels} channels, got {}", sizes.3));
        }
        Ok(sizes)
    }
}

impl CustomOp1 for Depthwise {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = op::values(NAME, storage, layout)?;
        let taps = self.weights.cpu(NAME)?;
        let (n, h, w, c) = self.sizes(layout, taps.bias.len())?;
        let (oh, ow) = self.window.output((h, w));
        let input = cpu::Input { x, h, w, oh, ow };
        let rows = n * oh * ow;
        let out = timing::measure(NAME, rows * taps.weight.len(), || {
            op::filled(rows * c, |out| cpu::run(taps, self.activation, &input, out))
        });
        Ok((CpuStorage::F32(out), (n, oh, ow, c).into()))
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

    /// The definition, one channel and one tap at a time.
    fn reference(x: &Tensor, op: &Depthwise) -> Vec<f32> {
        let (n, h, w, c) = x.dims4().unwrap();
        let taps = op.weights.cpu(NAME).unwrap();
        let x = x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let (oh, ow) = op.window.output((h, w));
        let mut out = Vec::new();
        for (image, y, column) in
            (0..n).flat_map(|i| (0..oh).flat_map(move |y| (0..ow).map(move |x| (i, y, x))))
        {
            for channel in 0..c {
                let mut sum = taps.bias[channel];
                for (ky, kx) in (0..op.window.kernel.0)
                    .flat_map(|ky| (0..op.window.kernel.1).map(move |kx| (ky, kx)))
                {
                    let iy = (y * op.window.stride.0 + ky).checked_sub(op.window.before.0);
                    let ix = (column * op.window.stride.1 + kx).checked_sub(op.window.before.1);
                    if let (Some(iy), Some(ix)) = (iy, ix)
                        && iy < h
                        && ix < w
                    {
                        sum += x[((image * h + iy) * w + ix) * c + channel]
                            * taps.weight[(ky * op.window.kernel.1 + kx) * c + channel];
                    }
                }
                out.push(sum.max(0.0));
            }
        }
        out
    }

    #[test]
    fn depthwise_agrees_with_its_definition_for_every_window_of_the_networks() {
        let cases = [
            ("3x3", (3, 3), (1, 1), (6, 7), 48),
            ("3x3 stride 2", (3, 3), (2, 2), (6, 9), 96),
            ("3x3 stride 2,1", (3, 3), (2, 1), (12, 8), 20),
            ("7x7", (7, 7), (1, 1), (5, 6), 8),
            ("1x7", (1, 7), (1, 1), (1, 40), 120),
            ("5x5 stride 2,1", (5, 5), (2, 1), (6, 9), 33),
            ("parallel", (3, 3), (1, 1), (60, 70), 5),
            ("strips", (3, 3), (1, 1), (7, 23), 48),
            ("strips of 7x7", (7, 7), (1, 1), (9, 30), 24),
        ];
        for (name, kernel, stride, (h, w), c) in cases {
            let random = |dims: &[usize]| Tensor::randn(0f32, 1.0, dims, &Device::Cpu).unwrap();
            let window = Window::centred(kernel, stride);
            let weight = random(&[kernel.0 * kernel.1, c]);
            let op = Depthwise::new(&weight, &random(&[c]), window, Activation::Relu).unwrap();
            let x = random(&[2, h, w, c]);
            let ours = op.forward(&x).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
            let theirs = reference(&x, &op);
            assert_eq!(ours.len(), theirs.len(), "{name}");
            let largest = ours.iter().zip(&theirs).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(largest < 1e-4, "{name}: {largest}");
        }
    }

    #[test]
    fn a_picture_gives_the_same_bits_alone_and_in_a_batch() {
        let random = |dims: &[usize]| Tensor::randn(0f32, 1.0, dims, &Device::Cpu).unwrap();
        for (kernel, c) in [((3, 3), 48), ((7, 7), 24), ((1, 7), 120)] {
            let window = Window::centred(kernel, (1, 1));
            let weight = random(&[kernel.0 * kernel.1, c]);
            let op = Depthwise::new(&weight, &random(&[c]), window, Activation::Linear).unwrap();
            let x = random(&[9, 13, 29, c]);
            let values = |x: &Tensor| op.forward(x).unwrap().flatten_all().unwrap();
            let whole = values(&x).to_vec1::<f32>().unwrap();
            for (i, part) in whole.chunks_exact(13 * 29 * c).enumerate() {
                let alone = values(&x.narrow(0, i, 1).unwrap()).to_vec1::<f32>().unwrap();
                assert_eq!(alone, part, "{kernel:?} picture {i}");
            }
        }
    }
}
