//! A dense convolution with a small window: the windows of a block of pixels are gathered into
//! rows, and the rows go through the matrix product.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;
mod join;
mod source;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use crate::activation::Activation;
use crate::dense::Product;
use crate::linear::Linear;
use crate::op;
use crate::placed::Placed;
use crate::timing;
pub use source::Part;

const NAME: &str = "conv";

/// The window of a convolution: sizes and strides as (down, across).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Pixels of the window.
    pub kernel: (usize, usize),
    /// Pixels from one window to the next.
    pub stride: (usize, usize),
    /// Zeros before the first pixel.
    pub before: (usize, usize),
    /// Zeros behind the last pixel.
    pub after: (usize, usize),
}

impl Window {
    /// An odd window with as many zeros on each side as keep the size at stride 1.
    #[must_use]
    pub const fn centred(kernel: (usize, usize), stride: (usize, usize)) -> Self {
        let pad = (kernel.0 / 2, kernel.1 / 2);
        Self { kernel, stride, before: pad, after: pad }
    }

    /// A 2×2 window at stride 1 with the zeros behind ("same upper").
    #[must_use]
    pub const fn two_by_two() -> Self {
        Self { kernel: (2, 2), stride: (1, 1), before: (0, 0), after: (1, 1) }
    }

    /// The size of the output for an input of (height, width).
    #[must_use]
    pub fn output(&self, (h, w): (usize, usize)) -> (usize, usize) {
        let size = |len: usize, kernel: usize, stride: usize, pad: usize| {
            (len + pad).checked_sub(kernel).map_or(0, |room| room / stride + 1)
        };
        (
            size(h, self.kernel.0, self.stride.0, self.before.0 + self.after.0),
            size(w, self.kernel.1, self.stride.1, self.before.1 + self.after.1),
        )
    }
}

/// A convolution with packed weights.
#[derive(Debug, Clone)]
pub struct Conv {
    product: Placed<Product>,
    channels: usize,
    window: Window,
    activation: Activation,
}

impl Conv {
    /// Packs a layer whose weight is (kernel height · kernel width · C, C').
    ///
    /// # Errors
    /// Where the shapes do not fit the window.
    pub fn new(layer: Linear<'_>, window: Window, activation: Activation) -> Result<Self> {
        let (k, _) = layer.dims()?;
        let taps = window.kernel.0 * window.kernel.1;
        if taps == 0 || k % taps != 0 {
            return op::shape_error(NAME, format!("{k} weights do not fill {taps} taps"));
        }
        let product = Placed::new(NAME, layer, |layer| Product::new(NAME, layer))?;
        Ok(Self { product, channels: k / taps, window, activation })
    }

    /// `(N, H, W, C) → (N, H', W', C')`
    ///
    /// # Errors
    /// Where the channels do not fit, or `x` is not contiguous f32 (f16 on a GPU).
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.apply_op1_no_bwd(self)
    }

    /// The sizes of the input and the output, where the channels fit.
    fn output(&self, (n, h, w, c): (usize, usize, usize, usize)) -> Result<Output> {
        if c != self.channels {
            return op::shape_error(NAME, format!("wants {} channels, got {c}", self.channels));
        }
        let (oh, ow) = self.window.output((h, w));
        Ok(Output { dims: (n, oh, ow), input: (h, w, c) })
    }

    /// The convolution of a picture with these values.
    fn on_cpu(&self, x: &[f32], output: Output) -> Result<(CpuStorage, Shape)> {
        let product = self.product.cpu(NAME)?;
        let Output { dims: (n, oh, ow), input: (h, w, c) } = output;
        let input = cpu::Input { x, h, w, c, oh, ow };
        let width = product.n();
        let rows = n * oh * ow;
        let out = timing::measure(NAME, rows * product.k() * width, || {
            op::filled(rows * width, |out| cpu::run(self, product, &input, out))
        });
        Ok((CpuStorage::F32(out), (n, oh, ow, width).into()))
    }
}

/// The sizes of one call.
struct Output {
    /// Pictures, and the height and width of each result.
    dims: (usize, usize, usize),
    /// Height, width and channels of the input.
    input: (usize, usize, usize),
}

impl CustomOp1 for Conv {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = op::values(NAME, storage, layout)?;
        self.on_cpu(x, self.output(op::sizes4(NAME, layout)?)?)
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, x: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        cuda::picture(self, (x, layout), self.output(op::sizes4(NAME, layout)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::Precision;
    use candle_core::{Device, Tensor};

    /// candle's own convolution as the reference, with the layouts turned around.
    fn reference(x: &Tensor, weight: &Tensor, window: Window) -> Tensor {
        let x = x.permute((0, 3, 1, 2)).unwrap();
        let x = x.pad_with_zeros(2, window.before.0, window.after.0).unwrap();
        let x = x.pad_with_zeros(3, window.before.1, window.after.1).unwrap();
        let (kh, kw) = window.kernel;
        let c = x.dim(1).unwrap();
        let n = weight.dim(1).unwrap();
        let weight = weight.reshape((kh, kw, c, n)).unwrap().permute((3, 2, 0, 1)).unwrap();
        let y = x.contiguous().unwrap().conv2d(&weight.contiguous().unwrap(), 0, 1, 1, 1).unwrap();
        let y = y.permute((0, 2, 3, 1)).unwrap().contiguous().unwrap();
        let rows: Vec<u32> = (0..y.dim(1).unwrap() as u32).step_by(window.stride.0).collect();
        let columns: Vec<u32> = (0..y.dim(2).unwrap() as u32).step_by(window.stride.1).collect();
        let pick = |v: Vec<u32>| Tensor::new(v, &Device::Cpu).unwrap();
        let y = y.index_select(&pick(rows), 1).unwrap();
        y.index_select(&pick(columns), 2).unwrap()
    }

    #[test]
    fn conv_agrees_with_candle_for_every_window_of_the_networks() {
        let cases = [
            ("3x3", Window::centred((3, 3), (1, 1)), (7, 9), 5, 24),
            ("3x3 stride 2", Window::centred((3, 3), (2, 2)), (8, 11), 3, 17),
            ("2x2 same upper", Window::two_by_two(), (5, 6), 4, 12),
            ("parallel", Window::centred((3, 3), (1, 1)), (64, 70), 3, 8),
        ];
        for (name, window, (h, w), c, n) in cases {
            let random = |dims: &[usize]| Tensor::randn(0f32, 1.0, dims, &Device::Cpu).unwrap();
            let x = random(&[2, h, w, c]);
            let weight = random(&[window.kernel.0 * window.kernel.1 * c, n]);
            let bias = random(&[n]);
            let conv = Conv::new(Linear::new(&weight, &bias), window, Activation::Relu).unwrap();
            let ours = conv.forward(&x).unwrap();
            let theirs = reference(&x, &weight, window).broadcast_add(&bias).unwrap();
            let difference = (ours - theirs.relu().unwrap()).unwrap().abs().unwrap();
            let largest: f32 =
                difference.flatten_all().unwrap().max(0).unwrap().to_scalar().unwrap();
            assert!(largest < 1e-4, "{name}: {largest}");
        }
    }

    #[test]
    fn in_eight_bits_a_picture_is_near_and_the_same_alone_and_in_a_batch() {
        let random = |dims: &[usize]| Tensor::rand(-1f32, 1.0, dims, &Device::Cpu).unwrap();
        let window = Window::centred((3, 3), (2, 2));
        let (weight, bias) = (random(&[9 * 12, 20]), random(&[20]));
        let exact = Linear::new(&weight, &bias);
        let int8 = Linear { precision: Precision::Int8, ..exact };
        let exact = Conv::new(exact, window, Activation::Linear).unwrap();
        let int8 = Conv::new(int8, window, Activation::Linear).unwrap();
        let x = random(&[3, 50, 61, 12]);
        let values = |conv: &Conv, x: &Tensor| {
            conv.forward(x).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap()
        };
        let (near, whole) = (values(&exact, &x), values(&int8, &x));
        // Of 108 products each factor is off by at most half a step: 2/254/2 and 1/127/2.
        assert!(near.iter().zip(&whole).all(|(a, b)| (a - b).abs() < 108.0 * 0.0081));
        for (i, part) in whole.chunks_exact(whole.len() / 3).enumerate() {
            assert_eq!(values(&int8, &x.narrow(0, i, 1).unwrap()), part, "picture {i}");
        }
    }
}
