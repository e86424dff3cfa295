//! A matrix product in the precision that its layer asks for.

use candle_core::Result;

use super::cpu::Packed;
use super::int8::Quantised;
use crate::linear::{Linear, Precision};

/// Packed weights of either precision.
#[derive(Debug, Clone)]
pub(crate) enum Product {
    F32(Packed),
    Int8(Quantised),
}

impl Product {
    /// Packs the weights of a layer for the operation `op`.
    pub(crate) fn new(op: &'static str, layer: Linear<'_>) -> Result<Self> {
        let (k, weight, bias) = layer.values(op)?;
        Ok(match layer.precision {
            Precision::F32 => Self::F32(Packed::new(&weight, k, bias.as_deref())),
            Precision::Int8 => Self::Int8(Quantised::new(&weight, k, bias.as_deref())),
        })
    }

    /// Values in a row of the input.
    pub(crate) fn k(&self) -> usize {
        match self {
            Self::F32(packed) => packed.k(),
            Self::Int8(quantised) => quantised.k(),
        }
    }

    /// Values in a row of the output.
    pub(crate) fn n(&self) -> usize {
        match self {
            Self::F32(packed) => packed.n(),
            Self::Int8(quantised) => quantised.n(),
        }
    }

    /// `out = x · W + b` for whole rows.
    pub(crate) fn multiply(&self, x: &[f32], out: &mut [f32]) {
        match self {
            Self::F32(packed) => packed.multiply(x, out),
            Self::Int8(quantised) => quantised.multiply(x, out),
        }
    }
}
