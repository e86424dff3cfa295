//! Nearest-neighbour enlargement by whole factors, together with what follows it: an addition in
//! the top-down path of a feature pyramid, a concatenation at its end.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Storage, Tensor};

use crate::op;
use crate::timing;

const NAME: &str = "upsample";

struct Add;

/// `large + enlarge₂(small)`: (N, 2H, 2W, C) and (N, H, W, C).
///
/// # Errors
/// Where the shapes do not fit, or a tensor is not contiguous f32 (f16 on a GPU).
pub fn upsample_add(large: &Tensor, small: &Tensor) -> Result<Tensor> {
    large.apply_op2_no_bwd(small, &Add)
}

/// The sizes of the large picture, where the small one is half of it.
fn halved(large: &Layout, small: &Layout) -> Result<(usize, usize, usize, usize)> {
    let (n, h, w, c) = op::sizes4(NAME, large)?;
    if small.dims() != [n, h / 2, w / 2, c] || h % 2 + w % 2 != 0 {
        let dims = (small.dims(), large.dims());
        return op::shape_error(NAME, format!("{:?} is not half of {:?}", dims.0, dims.1));
    }
    Ok((n, h, w, c))
}

/// The channels of a picture that is smaller than (n, h, w) by a factor.
fn channels(layout: &Layout, factor: usize, whole: (usize, usize, usize)) -> Result<usize> {
    let (n, h, w, channels) = op::sizes4(NAME, layout)?;
    if (n, h * factor, w * factor) != whole {
        return op::shape_error(NAME, format!("{:?} x {factor}", layout.dims()));
    }
    Ok(channels)
}

impl CustomOp2 for Add {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        large: &CpuStorage,
        large_layout: &Layout,
        small: &CpuStorage,
        small_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (_, _, w, c) = halved(large_layout, small_layout)?;
        let large = op::values(NAME, large, large_layout)?;
        let small = op::values(NAME, small, small_layout)?;
        let out = timing::measure(NAME, 0, || {
            op::filled(large.len(), |out| {
                op::for_row_blocks(out, c, w, |first, out| {
                    let from = first / w / 2 * (w / 2) * c;
                    cpu::add_row(&large[first * c..], &small[from..], c, out);
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
        small: &CudaStorage,
        small_layout: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        cuda::add((large, large_layout), (small, small_layout))
    }
}

struct Concat<'a> {
    smaller: &'a [(Tensor, usize)],
}

/// The channels of each `(tensor, factor)` of `smaller`, enlarged by its factor, then those of
/// `last` (N, H, W, C).
///
/// # Errors
/// Where the shapes do not fit, or a tensor is not contiguous f32 (f16 on a GPU).
pub fn upsample_concat(smaller: &[(Tensor, usize)], last: &Tensor) -> Result<Tensor> {
    last.apply_op1_no_bwd(&Concat { smaller })
}

impl CustomOp1 for Concat<'_> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, last: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (n, h, w, c) = op::sizes4(NAME, layout)?;
        let guards: Vec<_> =
            self.smaller.iter().map(|(tensor, _)| tensor.storage_and_layout()).collect();
        let mut parts = Vec::with_capacity(guards.len() + 1);
        for ((storage, layout), (_, factor)) in guards.iter().zip(self.smaller) {
            let channels = channels(layout, *factor, (n, h, w))?;
            let Storage::Cpu(storage) = &**storage else {
                return op::shape_error(NAME, "tensors on different devices".into());
            };
            let x = op::values(NAME, storage, layout)?;
            parts.push(cpu::Part { x, channels, factor: *factor });
        }
        let x = op::values(NAME, last, layout)?;
        parts.push(cpu::Part { x, channels: c, factor: 1 });
        let channels: usize = parts.iter().map(|part| part.channels).sum();
        let out = timing::measure(NAME, 0, || {
            op::filled(n * h * w * channels, |out| {
                op::for_row_blocks(out, channels, w, |first, out| {
                    cpu::concat_row(&parts, first / w, w, out);
                });
            })
        });
        Ok((CpuStorage::F32(out), (n, h, w, channels).into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, last: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        cuda::concat(self.smaller, last, layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn enlarging_agrees_with_candle() {
        let (small, large) = (random(&[2, 3, 5, 4]), random(&[2, 6, 10, 4]));
        let sum = upsample_add(&large, &small).unwrap();
        let expected = (&large + enlarge(&small, 2)).unwrap();
        assert_eq!(
            sum.flatten_all().unwrap().to_vec1::<f32>().unwrap(),
            expected.flatten_all().unwrap().to_vec1::<f32>().unwrap()
        );

        let tiny = random(&[2, 1, 2, 3]);
        let last = random(&[2, 4, 8, 1]);
        let middle = random(&[2, 2, 4, 2]);
        let joined = upsample_concat(&[(tiny.clone(), 4), (middle.clone(), 2)], &last).unwrap();
        let expected = Tensor::cat(&[enlarge(&tiny, 4), enlarge(&middle, 2), last], 3).unwrap();
        assert_eq!(
            joined.flatten_all().unwrap().to_vec1::<f32>().unwrap(),
            expected.flatten_all().unwrap().to_vec1::<f32>().unwrap()
        );
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        assert!(upsample_add(&random(&[1, 6, 9, 4]), &random(&[1, 3, 5, 4])).is_err());
        assert!(upsample_concat(&[(random(&[1, 2, 2, 1]), 3)], &random(&[1, 4, 4, 1])).is_err());
    }
}
