//! A page as a network wants it: from bytes to [-1, 1], scaled bilinearly to another size.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp1, DType, Layout, Result, Shape, Tensor};

use crate::op;
use crate::timing;

const NAME: &str = "resize";

struct Resize {
    width: usize,
    height: usize,
}

/// `(H, W, 3)` bytes to `(1, height, width, 3)` in [-1, 1], in the type of activations of the
/// device: each value between the two nearest pixels each way, edges repeated.
///
/// # Errors
/// Where `page` is no contiguous tensor of bytes of that shape, or a size is zero.
pub fn resize(page: &Tensor, (width, height): (usize, usize)) -> Result<Tensor> {
    page.apply_op1_no_bwd(&Resize { width, height })
}

/// The height and width of a page of three channels.
pub(crate) fn page_sizes(op: &'static str, layout: &Layout) -> Result<(usize, usize)> {
    match layout.dims() {
        &[h, w, 3] if h * w > 0 => Ok((h, w)),
        dims => op::shape_error(op, format!("wants a page (H, W, 3), got {dims:?}")),
    }
}

/// The bytes of a page on the CPU.
pub(crate) fn page_bytes<'a>(
    op: &'static str,
    storage: &'a CpuStorage,
    layout: &Layout,
) -> Result<&'a [u8]> {
    match (storage, layout.contiguous_offsets()) {
        (CpuStorage::U8(bytes), Some((from, to))) => Ok(&bytes[from..to]),
        (_, None) => op::shape_error(op, "the page must be contiguous".into()),
        (other, _) => {
            let dtype: DType = candle_core::backend::BackendStorage::dtype(other);
            op::shape_error(op, format!("a page has bytes, not {dtype:?}"))
        }
    }
}

impl Resize {
    /// The height and width of the page, where there is something to write.
    fn sizes(&self, layout: &Layout) -> Result<(usize, usize)> {
        if self.width * self.height == 0 {
            return op::shape_error(NAME, "the new size is empty".into());
        }
        page_sizes(NAME, layout)
    }
}

impl CustomOp1 for Resize {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let from = self.sizes(layout)?;
        let page = page_bytes(NAME, storage, layout)?;
        let out = timing::measure(NAME, 0, || cpu::resize(page, from, (self.height, self.width)));
        Ok((CpuStorage::F32(out), (1, self.height, self.width, 3).into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, page: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        cuda::forward(self, page, layout)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn values_span_minus_one_to_one_and_keep_their_place() {
        let bytes: Vec<u8> =
            (0..64 * 64).flat_map(|i| [if i % 64 < 32 { 0 } else { 255 }; 3]).collect();
        let page = Tensor::from_vec(bytes, (64, 64, 3), &Device::Cpu).unwrap();
        let values = resize(&page, (32, 16)).unwrap();
        assert_eq!(values.dims(), [1, 16, 32, 3]);
        let values = values.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        assert_eq!((values[0], values[31 * 3]), (-1.0, 1.0));
    }

    #[test]
    fn what_is_no_page_is_refused() {
        let ones = |dims: &[usize], dtype| Tensor::ones(dims, dtype, &Device::Cpu).unwrap();
        let told = |page: &Tensor, to| resize(page, to).unwrap_err().to_string();
        assert!(told(&ones(&[4, 4], DType::U8), (8, 8)).contains("(H, W, 3)"));
        assert!(told(&ones(&[4, 4, 3], DType::F32), (8, 8)).contains("F32"));
        assert!(told(&ones(&[4, 4, 3], DType::U8), (0, 8)).contains("empty"));
    }
}
