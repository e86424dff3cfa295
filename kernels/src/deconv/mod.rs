//! Two transposed convolutions with 2×2 windows at stride 2, one after the other, the second to a
//! single channel: the head of a network that draws a map. Each pixel becomes four, and each of
//! those four again, by matrices of their own; what stands between the two stays in the cache, or
//! on the chip.

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

/// One transposed convolution.
#[derive(Debug, Clone, Copy)]
pub struct Layer<'a> {
    /// (C, 2 · 2 · C'), ordered by row, column and channel of the four pixels.
    pub weight: &'a Tensor,
    /// (C')
    pub bias: &'a Tensor,
    /// What follows it.
    pub activation: Activation,
}

impl Layer<'_> {
    /// Packs the weights, with the bias once for each of the four pixels.
    fn placed(&self) -> Result<Placed<Packed>> {
        let (_, n) = self.weight.dims2()?;
        let channels = self.bias.dims1()?;
        if n != 4 * channels {
            return op::shape_error(NAME, format!("{n} columns for 4 x {channels} channels"));
        }
        let bias = Tensor::cat(&[self.bias; 4], 0)?;
        let pack = |layer: Linear<'_>| {
            let (k, weight, bias) = layer.values(NAME)?;
            Ok(Packed::new(&weight, k, bias.as_deref()))
        };
        Placed::new(NAME, Linear::new(self.weight, &bias), pack)
    }
}

/// Both layers with packed weights.
#[derive(Debug, Clone)]
pub struct DoubleDeconv {
    layers: [(Placed<Packed>, Activation); 2],
    /// Channels of the input, and between the layers.
    channels: [usize; 2],
}

impl DoubleDeconv {
    /// Packs the layers.
    ///
    /// # Errors
    /// Where the shapes do not fit each other, or the second layer has more than one channel.
    pub fn new(first: Layer<'_>, second: Layer<'_>) -> Result<Self> {
        let (k, _) = first.weight.dims2()?;
        let (middle, _) = second.weight.dims2()?;
        let (given, last) = (first.bias.dims1()?, second.bias.dims1()?);
        if given != middle || last != 1 {
            let wanted = format!("{given} channels into {middle}, {last} at the end");
            return op::shape_error(NAME, wanted);
        }
        let layers = [(first.placed()?, first.activation), (second.placed()?, second.activation)];
        Ok(Self { layers, channels: [k, middle] })
    }

    /// `(N, H, W, C) → (N, 4H, 4W, 1)`
    ///
    /// # Errors
    /// Where the channels do not fit, or `x` is not contiguous f32 (f16 on a GPU).
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.apply_op1_no_bwd(self)
    }

    /// The sizes of the input, where its channels fit.
    fn sizes(&self, layout: &Layout) -> Result<(usize, usize, usize)> {
        let (n, h, w, c) = op::sizes4(NAME, layout)?;
        if c != self.channels[0] {
            return op::shape_error(NAME, format!("wants {} channels, got {c}", self.channels[0]));
        }
        Ok((n, h, w))
    }
}

impl CustomOp1 for DoubleDeconv {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = op::values(NAME, storage, layout)?;
        let (n, h, w) = self.sizes(layout)?;
        let [(first, between), (second, last)] = &self.layers;
        let layers = [(first.cpu(NAME)?, *between), (second.cpu(NAME)?, *last)];
        let [k, middle] = self.channels;
        let pixels = n * h * w;
        let out = timing::measure(NAME, pixels * (k * 4 * middle + 4 * middle * 4), || {
            op::filled(16 * pixels, |out| cpu::run(layers, x, w, out))
        });
        Ok((CpuStorage::F32(out), (n, 4 * h, 4 * w, 1).into()))
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

    fn random(dims: &[usize]) -> Tensor {
        Tensor::randn(0f32, 1.0, dims, &Device::Cpu).unwrap()
    }

    /// candle's own, on a weight (C, C', 2, 2).
    fn theirs(x: &Tensor, weight: &Tensor, bias: &Tensor) -> Tensor {
        let x = x.permute((0, 3, 1, 2)).unwrap().contiguous().unwrap();
        let y = x.conv_transpose2d(weight, 0, 0, 2, 1).unwrap();
        y.permute((0, 2, 3, 1)).unwrap().broadcast_add(bias).unwrap()
    }

    fn ordered(weight: &Tensor) -> Tensor {
        let weight = weight.permute((0, 2, 3, 1)).unwrap().contiguous().unwrap();
        let k = weight.dim(0).unwrap();
        weight.reshape((k, weight.elem_count() / k)).unwrap()
    }

    #[test]
    fn both_layers_agree_with_candle_and_a_picture_is_the_same_alone() {
        for (name, (h, w), c, m) in [
            ("small", (3, 4), 5, 7),
            ("longer than a block", (3, 200), 24, 24),
            ("one", (1, 1), 1, 1),
        ] {
            let x = random(&[2, h, w, c]);
            let (w1, b1) = (random(&[c, m, 2, 2]), random(&[m]));
            let (w2, b2) = (random(&[m, 1, 2, 2]), random(&[1]));
            let middle = theirs(&x, &w1, &b1).relu().unwrap();
            let expected = theirs(&middle, &w2, &b2);
            let (w1, w2) = (ordered(&w1), ordered(&w2));
            let op = DoubleDeconv::new(
                Layer { weight: &w1, bias: &b1, activation: Activation::Relu },
                Layer { weight: &w2, bias: &b2, activation: Activation::Linear },
            )
            .unwrap();
            let ours = op.forward(&x).unwrap();
            let flat = |x: &Tensor| x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            assert_eq!(ours.dims(), [2, 4 * h, 4 * w, 1]);
            // Sums of up to 24 sums of up to 24 products, whose order may differ.
            let near = |(a, b): (&f32, &f32)| (a - b).abs() < 1e-3;
            assert!(flat(&ours).iter().zip(&flat(&expected)).all(near), "{name}");
            let alone = op.forward(&x.narrow(0, 1, 1).unwrap()).unwrap();
            assert_eq!(flat(&alone), flat(&ours.narrow(0, 1, 1).unwrap()), "{name}");
        }
    }

    #[test]
    fn it_gives_what_the_layers_give_one_after_the_other_to_the_bit() {
        let (h, w, c, m) = (2, 150, 24, 24);
        let flat = |x: &Tensor| x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let tensors = [random(&[c, 4 * m]), random(&[m]), random(&[m, 4]), random(&[1])];
        let [w1, b1, w2, b2] = &tensors;
        let x = random(&[1, h, w, c]);
        let op = DoubleDeconv::new(
            Layer { weight: w1, bias: b1, activation: Activation::Relu },
            Layer { weight: w2, bias: b2, activation: Activation::Sigmoid },
        )
        .unwrap();
        let pack = |weight: &Tensor, bias: &Tensor| {
            Packed::new(&flat(weight), weight.dim(0).unwrap(), Some(&flat(bias).repeat(4)))
        };
        let enlarged = |x: &[f32], (h, w): (usize, usize), packed: &Packed| {
            let n = packed.n() / 4;
            let mut out = vec![0.0; 4 * h * w * n];
            for (pixel, x) in x.chunks_exact(packed.k()).enumerate() {
                let mut four = vec![0.0; 4 * n];
                packed.multiply(x, &mut four);
                for (part, values) in four.chunks_exact(n).enumerate() {
                    let (y, x) = (pixel / w * 2 + part / 2, pixel % w * 2 + part % 2);
                    out[(y * 2 * w + x) * n..][..n].copy_from_slice(values);
                }
            }
            out
        };
        let mut middle = enlarged(&flat(&x), (h, w), &pack(w1, b1));
        Activation::Relu.apply(&mut middle);
        let mut expected = enlarged(&middle, (2 * h, 2 * w), &pack(w2, b2));
        Activation::Sigmoid.apply(&mut expected);
        assert_eq!(flat(&op.forward(&x).unwrap()), expected);
    }

    #[test]
    fn layers_that_do_not_fit_are_an_error_that_names_their_channels() {
        let build = |first: (usize, usize), second: (usize, usize)| {
            let (w1, b1) = (random(&[first.0, 4 * first.1]), random(&[first.1]));
            let (w2, b2) = (random(&[second.0, 4 * second.1]), random(&[second.1]));
            let activation = Activation::Linear;
            DoubleDeconv::new(
                Layer { weight: &w1, bias: &b1, activation },
                Layer { weight: &w2, bias: &b2, activation },
            )
        };
        let error = build((3, 5), (6, 1)).unwrap_err().to_string();
        assert!(error.contains('5') && error.contains('6'), "{error}");
        assert!(build((3, 5), (5, 2)).is_err());
        let error = build((3, 5), (5, 1)).unwrap().forward(&random(&[1, 2, 2, 4])).unwrap_err();
        assert!(error.to_string().contains("3 channels, got 4"), "{error}");
    }
}
