//! `x · (g + keep)`: a picture times one factor a channel; with `keep` = 1 the picture itself is
//! added, which is the gate with a shortcut of the feature pyramid.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};

use crate::op;
use crate::timing;

const NAME: &str = "scale";

struct Scale {
    keep: f32,
}

/// `x` (N, H, W, C) times `gate` (N, C) plus `keep`.
///
/// # Errors
/// Where the shapes do not fit, or a tensor is not contiguous f32 (on a GPU `x` is f16).
pub fn scale(x: &Tensor, gate: &Tensor, keep: f32) -> Result<Tensor> {
    x.apply_op2_no_bwd(gate, &Scale { keep })
}

/// The sizes of the picture, where the gate fits.
fn sizes(x: &Layout, gate: &Layout) -> Result<(usize, usize, usize, usize)> {
    let (n, h, w, c) = op::sizes4(NAME, x)?;
    if gate.dims() != [n, c] {
        return op::shape_error(NAME, format!("{:?} is no gate for {c}", gate.dims()));
    }
    Ok((n, h, w, c))
}

impl CustomOp2 for Scale {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        gate: &CpuStorage,
        gate_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, h, w, c) = sizes(x_layout, gate_layout)?;
        let x = op::values(NAME, x, x_layout)?;
        let gate = op::values(NAME, gate, gate_layout)?;
        let factors: Vec<f32> = gate.iter().map(|g| g + self.keep).collect();
        let out = timing::measure(NAME, 0, || {
            op::filled(x.len(), |out| {
                op::for_row_blocks(out, c, op::BLOCK_ROWS, |first, out| {
                    for (i, out) in out.chunks_exact_mut(c).enumerate() {
                        let image = (first + i) / (h * w);
                        let row = &x[(first + i) * c..][..c];
                        cpu::multiply(row, &factors[image * c..][..c], out);
                    }
                });
            })
        });
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        x: &CudaStorage,
        x_layout: &Layout,
        gate: &CudaStorage,
        gate_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        cuda::forward(self.keep, (x, x_layout), (gate, gate_layout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn each_picture_is_scaled_by_its_own_factors() {
        let x = Tensor::ones((2, 50, 50, 3), candle_core::DType::F32, &Device::Cpu).unwrap();
        let gate = Tensor::new(&[[0f32, 1.0, 2.0], [3.0, 4.0, 5.0]], &Device::Cpu).unwrap();
        let y = scale(&x, &gate, 1.0).unwrap();
        let pixel = |n: usize| y.get(n).unwrap().get(49).unwrap().get(49).unwrap();
        assert_eq!(pixel(0).to_vec1::<f32>().unwrap(), [1.0, 2.0, 3.0]);
        assert_eq!(pixel(1).to_vec1::<f32>().unwrap(), [4.0, 5.0, 6.0]);
        assert!(scale(&x, &gate.narrow(0, 0, 1).unwrap(), 0.0).is_err());
    }
}
