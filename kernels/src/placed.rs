//! Weights on the device where they are used. An operation is built once, where its weights lie;
//! input on another device is an error.

use candle_core::{DType, Device, Result, Tensor};
use half::slice::HalfFloatSliceExt;

use crate::linear::Linear;
use crate::op;

/// The type of activations on a device: f32 on the CPU, which is the reference, and f16 elsewhere.
#[must_use]
pub fn activation_dtype(device: &Device) -> DType {
    match device.is_cpu() {
        true => DType::F32,
        false => DType::F16,
    }
}

/// `x` in the type of activations of its device.
///
/// # Errors
/// Where the device fails.
pub fn as_activations(x: &Tensor) -> Result<Tensor> {
    x.to_dtype(activation_dtype(x.device()))
}

/// All values of `x`, row by row, on the host. Those of f16 become f32 there, which is exact: half
/// as many bytes go over the bus.
///
/// # Errors
/// Where the type is neither, or the device fails.
pub fn to_host(x: &Tensor) -> Result<Vec<f32>> {
    let x = x.flatten_all()?;
    match x.dtype() {
        DType::F16 => Ok(x.to_vec1::<half::f16>()?.to_f32_vec()),
        _ => x.to_vec1(),
    }
}

/// The weights of an operation: packed for the CPU, or copied to a GPU.
#[derive(Debug, Clone)]
pub(crate) enum Placed<T> {
    Cpu(T),
    #[cfg(feature = "cuda")]
    Cuda(std::sync::Arc<crate::device::Matrix>),
}

impl<T> Placed<T> {
    /// Packs a layer by `pack` where its weight lies on the CPU, and copies it otherwise.
    pub(crate) fn new(
        op: &'static str,
        layer: Linear<'_>,
        pack: impl FnOnce(Linear<'_>) -> Result<T>,
    ) -> Result<Self> {
        match layer.weight.device() {
            Device::Cpu => Ok(Self::Cpu(pack(layer)?)),
            #[cfg(feature = "cuda")]
            Device::Cuda(device) => {
                let matrix = crate::device::Matrix::new(op, device, layer)?;
                Ok(Self::Cuda(std::sync::Arc::new(matrix)))
            }
            other => op::shape_error(op, format!("no kernels for {:?}", other.location())),
        }
    }

    /// What was packed for the CPU.
    #[cfg_attr(not(feature = "cuda"), allow(unused_variables))]
    pub(crate) fn cpu(&self, op: &'static str) -> Result<&T> {
        match self {
            Self::Cpu(packed) => Ok(packed),
            #[cfg(feature = "cuda")]
            Self::Cuda(_) => {
                op::shape_error(op, "the weights are on a GPU and the input is not".into())
            }
        }
    }

    /// What was copied to a GPU.
    #[cfg(feature = "cuda")]
    pub(crate) fn cuda(&self, op: &'static str) -> Result<&crate::device::Matrix> {
        match self {
            Self::Cpu(_) => {
                op::shape_error(op, "the input is on a GPU and the weights are not".into())
            }
            Self::Cuda(matrix) => Ok(matrix),
        }
    }
}
