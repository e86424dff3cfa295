//! `act(x · W + b)`: a 1×1 convolution or a linear layer, with the bias and the activation done
//! while the result is still in the cache.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;
mod int8;
#[cfg(feature = "cuda")]
mod lt;
mod product;
mod quantise;
mod rows;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use crate::activation::Activation;
use crate::linear::Linear;
use crate::op;
use crate::placed::Placed;
use crate::timing;
pub(crate) use cpu::Packed;
#[cfg(feature = "cuda")]
pub(crate) use cuda::{Ending, product};
pub(crate) use int8::Quantised;
#[cfg(feature = "cuda")]
pub(crate) use lt::Lt;
pub(crate) use product::Product;
pub(crate) use quantise::quantise_picture;
pub(crate) use rows::Rows;

const NAME: &str = "dense";

/// A linear layer with packed weights.
#[derive(Debug, Clone)]
pub struct Dense {
    product: Placed<Product>,
    activation: Activation,
}

impl Dense {
    /// Packs the weights.
    ///
    /// # Errors
    /// Where the shapes do not fit.
    pub fn new(layer: Linear<'_>, activation: Activation) -> Result<Self> {
        let pack = |layer: Linear<'_>| Product::new(NAME, layer);
        Ok(Self { product: Placed::new(NAME, layer, pack)?, activation })
    }

    /// `(…, K) → (…, N)`
    ///
    /// # Errors
    /// Where the last size of `x` is not K, or `x` is not contiguous f32 (f16 on a GPU).
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        x.apply_op1_no_bwd(self)
    }
}

/// The sizes of the output and how many rows of K values the input has.
fn output(layout: &Layout, (k, n): (usize, usize)) -> Result<(Vec<usize>, usize)> {
    let mut dims = layout.dims().to_vec();
    match dims.last_mut() {
        Some(last) if *last == k => *last = n,
        _ => return op::shape_error(NAME, format!("wants (…, {k}), got {:?}", layout.dims())),
    }
    let rows = dims[..dims.len() - 1].iter().product();
    Ok((dims, rows))
}

impl CustomOp1 for Dense {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = op::values(NAME, storage, layout)?;
        let product = self.product.cpu(NAME)?;
        let (k, n) = (product.k(), product.n());
        let (dims, rows) = output(layout, (k, n))?;
        let out = timing::measure(NAME, rows * k * n, || {
            op::filled(rows * n, |out| {
                op::for_row_blocks(out, n, op::BLOCK_ROWS, |first, out| {
                    let rows = out.len() / n;
                    product.multiply(&x[first * k..(first + rows) * k], out);
                    self.activation.apply(out);
                });
            })
        });
        Ok((CpuStorage::F32(out), dims.into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, x: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        cuda::forward(self, x, layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linear::Precision;
    use candle_core::Device;

    fn tensor(dims: &[usize]) -> Tensor {
        Tensor::randn(0f32, 1.0, dims, &Device::Cpu).unwrap()
    }

    fn largest_difference(a: &Tensor, b: &Tensor) -> f32 {
        let difference = (a - b).unwrap().abs().unwrap().flatten_all().unwrap();
        difference.max(0).unwrap().to_scalar().unwrap()
    }

    #[test]
    fn dense_agrees_with_candle_on_every_edge_of_its_tiles() {
        for (m, k, n) in
            [(1, 1, 1), (5, 7, 3), (6, 16, 16), (97, 48, 24), (200, 96, 33), (7, 9, 40)]
        {
            let (x, w, b) = (tensor(&[m, k]), tensor(&[k, n]), tensor(&[n]));
            let dense = Dense::new(Linear::new(&w, &b), Activation::Relu).unwrap();
            let ours = dense.forward(&x).unwrap();
            let theirs = x.matmul(&w).unwrap().broadcast_add(&b).unwrap().relu().unwrap();
            assert!(largest_difference(&ours, &theirs) < 1e-4, "{m} {k} {n}");
        }
    }

    #[test]
    fn a_row_is_the_same_alone_and_in_a_batch() {
        let (weight, bias, x) = (tensor(&[96, 50]), tensor(&[50]), tensor(&[5000, 96]));
        for precision in [Precision::F32, Precision::Int8] {
            let layer = Linear { precision, ..Linear::new(&weight, &bias) };
            let dense = Dense::new(layer, Activation::Gelu).unwrap();
            let whole = dense.forward(&x).unwrap().to_vec2::<f32>().unwrap();
            for row in [0, 1, 95, 96, 2047, 4999] {
                let alone = dense.forward(&x.narrow(0, row, 1).unwrap()).unwrap();
                let alone = alone.to_vec2::<f32>().unwrap();
                assert_eq!(alone[0], whole[row], "{precision:?} row {row}");
            }
        }
    }

    #[test]
    fn a_wrong_shape_is_an_error_that_names_both() {
        let (weight, bias) = (tensor(&[8, 4]), tensor(&[4]));
        let dense = Dense::new(Linear::new(&weight, &bias), Activation::Linear).unwrap();
        let error = dense.forward(&tensor(&[2, 9])).unwrap_err().to_string();
        assert!(error.contains('8') && error.contains('9'), "{error}");
    }
}
