//! The top-down path of a feature pyramid: a gated picture, and onto it the next coarser one,
//! enlarged to nearest neighbours.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp3, Layout, Result, Shape, Tensor};

use crate::op;
use crate::timing;

const NAME: &str = "upsample";

struct Add;

/// `large · (gate + 1) + enlarge₂(small)`: (N, 2H, 2W, C), (N, C) and (N, H, W, C). The gate is f32
/// on every device.
///
/// # Errors
/// Where the shapes do not fit, or a tensor is not contiguous f32 (on a GPU the pictures are f16).
pub fn upsample_add(large: &Tensor, gate: &Tensor, small: &Tensor) -> Result<Tensor> {
    large.apply_op3_no_bwd(gate, small, &Add)
}

/// The sizes of the large picture, where the small one is half of it and the gate its own.
fn sizes(large: &Layout, gate: &Layout, small: &Layout) -> Result<(usize, usize, usize, usize)> {
    let (n, h, w, c) = op::sizes4(NAME, large)?;
    if small.dims() != [n, h / 2, w / 2, c] || h % 2 + w % 2 != 0 {
        let dims = (small.dims(), large.dims());
        return op::shape_error(NAME, format!("{:?} is not half of {:?}", dims.0, dims.1));
    }
    if gate.dims() != [n, c] {
        return op::shape_error(NAME, format!("{:?} is no gate for {c}", gate.dims()));
    }
    Ok((n, h, w, c))
}

impl CustomOp3 for Add {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        large: &CpuStorage,
        large_layout: &Layout,
        gate: &CpuStorage,
        gate_layout: &Layout,
        small: &CpuStorage,
        small_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, h, w, c) = sizes(large_layout, gate_layout, small_layout)?;
        let large = op::values(NAME, large, large_layout)?;
        let gate = op::values(NAME, gate, gate_layout)?;
        let small = op::values(NAME, small, small_layout)?;
        let factors: Vec<f32> = gate.iter().map(|gate| gate + 1.0).collect();
        let out = timing::measure(NAME, 0, || {
            op::filled(large.len(), |out| {
                op::for_row_blocks(out, c, w, |first, out| {
                    let row = first / w;
                    let factors = &factors[row / h * c..][..c];
                    let small = &small[row / 2 * (w / 2) * c..];
                    cpu::add_row(&large[first * c..], factors, small, out);
                });
            })
        });
        Ok((CpuStorage::F32(out), large_layout.shape().clone()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(
        &self,
        large: &CudaStorage,
        large_layout: &Layout,
        gate: &CudaStorage,
        gate_layout: &Layout,
        small: &CudaStorage,
        small_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        cuda::add((large, large_layout), (gate, gate_layout), (small, small_layout))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scale::scale;
    use candle_core::Device;

    fn random(dims: &[usize]) -> Tensor {
        Tensor::randn(0f32, 1.0, dims, &Device::Cpu).unwrap()
    }

    fn enlarge(x: &Tensor, factor: usize) -> Tensor {
        let (_, h, w, _) = x.dims4().unwrap();
        let x = x.permute((0, 3, 1, 2)).unwrap();
        let x = x.upsample_nearest2d(h * factor, w * factor).unwrap();
        x.permute((0, 2, 3, 1)).unwrap().contiguous().unwrap()
    }

    #[test]
    fn it_gives_what_the_gate_and_candles_enlarging_give_to_the_bit() {
        for (h, w) in [(3, 5), (40, 33)] {
            let (small, large) = (random(&[2, h, w, 4]), random(&[2, 2 * h, 2 * w, 4]));
            let gate = random(&[2, 4]);
            let sum = upsample_add(&large, &gate, &small).unwrap();
            let expected = (scale(&large, &gate, 1.0).unwrap() + enlarge(&small, 2)).unwrap();
            assert_eq!(
                sum.flatten_all().unwrap().to_vec1::<f32>().unwrap(),
                expected.flatten_all().unwrap().to_vec1::<f32>().unwrap()
            );
        }
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        let gate = random(&[1, 4]);
        let told = |result: Result<Tensor>, words: &[&str]| {
            let error = result.unwrap_err().to_string();
            assert!(words.iter().all(|word| error.contains(word)), "{error}");
        };
        let (large, small) = (random(&[1, 6, 9, 4]), random(&[1, 3, 5, 4]));
        told(upsample_add(&large, &gate, &small), &["[1, 3, 5, 4]", "[1, 6, 9, 4]"]);
        let large = random(&[1, 6, 10, 4]);
        told(upsample_add(&large, &random(&[1, 3]), &small), &["[1, 3]", "4"]);
    }
}
