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
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor};

use crate::activation::Activation;
use crate::linear::Linear;
use crate::op;
use crate::placed::Placed;
use crate::timing;
pub(crate) use cpu::Packed;
#[cfg(feature = "cuda")]
pub(crate) use cuda::{Ending, product, written};
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

    /// `x · W + b + shortcut`, of a layer without an activation.
    ///
    /// # Errors
    /// As [`Dense::forward`], where the shortcut has not the shape of the result, or where the
    /// layer has an activation.
    pub fn forward_onto(&self, x: &Tensor, shortcut: &Tensor) -> Result<Tensor> {
        x.apply_op2_no_bwd(shortcut, self)
    }

    /// The sizes of the output, where the shortcut has the same.
    fn joined(&self, layout: &Layout, shortcut: &Layout, kn: (usize, usize)) -> Result<Vec<usize>> {
        let (dims, _) = output(layout, kn)?;
        let problem = match (self.activation, shortcut.dims() == dims) {
            (Activation::Linear, true) => return Ok(dims),
            (Activation::Linear, false) => {
                format!("a shortcut of {:?} cannot join {dims:?}", shortcut.dims())
            }
            (activation, _) => format!("a shortcut cannot follow {activation:?}"),
        };
        op::shape_error(NAME, problem)
    }

    /// The product with its bias and activation, to which `add` adds to the rows from one on.
    fn rows(&self, x: &[f32], add: impl Fn(usize, &mut [f32]) + Sync) -> Result<Vec<f32>> {
        let product = self.product.cpu(NAME)?;
        let (k, n) = (product.k(), product.n());
        let rows = x.len() / k;
        Ok(timing::measure(NAME, rows * k * n, || {
            op::filled(rows * n, |out| {
                op::for_row_blocks(out, n, op::BLOCK_ROWS, |first, out| {
                    let rows = out.len() / n;
                    product.multiply(&x[first * k..(first + rows) * k], out);
                    self.activation.apply(out);
                    add(first * n, out);
                });
            })
        }))
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
        let (dims, _) = output(layout, (product.k(), product.n()))?;
        Ok((CpuStorage::F32(self.rows(x, |_, _| {})?), dims.into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, x: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        cuda::forward(self, x, layout)
    }
}

impl CustomOp2 for Dense {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        storage: &CpuStorage,
        layout: &Layout,
        shortcut: &CpuStorage,
        shortcut_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let x = op::values(NAME, storage, layout)?;
        let product = self.product.cpu(NAME)?;
        let dims = self.joined(layout, shortcut_layout, (product.k(), product.n()))?;
        let shortcut = op::values(NAME, shortcut, shortcut_layout)?;
        let out = self.rows(x, |from, out| {
            out.iter_mut().zip(&shortcut[from..]).for_each(|(out, added)| *out += added);
        })?;
        Ok((CpuStorage::F32(out), dims.into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &CudaStorage,
        layout: &Layout,
        shortcut: &CudaStorage,
        shortcut_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        cuda::forward_onto(self, (x, layout), (shortcut, shortcut_layout))
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
    fn a_shortcut_is_added_to_each_row_and_fits_or_is_an_error() {
        let (weight, bias, x) = (tensor(&[9, 5]), tensor(&[5]), tensor(&[3000, 9]));
        let shortcut = tensor(&[3000, 5]);
        let dense = Dense::new(Linear::new(&weight, &bias), Activation::Linear).unwrap();
        let joined = dense.forward_onto(&x, &shortcut).unwrap();
        let apart = (dense.forward(&x).unwrap() + &shortcut).unwrap();
        assert_eq!(largest_difference(&joined, &apart), 0.0);
        let error = dense.forward_onto(&x, &tensor(&[3000, 4])).unwrap_err().to_string();
        assert!(error.contains("[3000, 4]") && error.contains("[3000, 5]"), "{error}");
        let dense = Dense::new(Linear::new(&weight, &bias), Activation::Swish).unwrap();
        let error = dense.forward_onto(&x, &shortcut).unwrap_err().to_string();
        assert!(error.contains("Swish"), "{error}");
    }

    #[test]
    fn a_wrong_shape_is_an_error_that_names_both() {
        let (weight, bias) = (tensor(&[8, 4]), tensor(&[4]));
        let dense = Dense::new(Linear::new(&weight, &bias), Activation::Linear).unwrap();
        let error = dense.forward(&tensor(&[2, 9])).unwrap_err().to_string();
        assert!(error.contains('8') && error.contains('9'), "{error}");
    }
}
