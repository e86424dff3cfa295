//! The weights of a linear step as they come from a file, and the precision of its products.

use candle_core::{Result, Tensor};

#[cfg(target_arch = "x86_64")]
use crate::dot::has_vnni;
use crate::op;

/// How the products of a linear step are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Precision {
    /// In single precision: the reference.
    #[default]
    F32,
    /// Weights in eight bits with a scale for each output, activations in eight bits with a scale
    /// and an offset for each row, sums in 32 bits. A row's scale is its own, so that a row gives
    /// the same in any batch, and nothing has to be calibrated.
    Int8,
}

impl Precision {
    /// What this CPU computes fastest: eight bits where it has instructions for them.
    #[must_use]
    pub fn fastest() -> Self {
        #[cfg(target_arch = "x86_64")]
        if has_vnni() {
            return Self::Int8;
        }
        Self::F32
    }

    /// The name in a verdict's provenance.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::F32 => "f32",
            Self::Int8 => "int8",
        }
    }
}

/// A linear layer's tensors.
#[derive(Debug, Clone, Copy)]
pub struct Linear<'a> {
    /// (K, N)
    pub weight: &'a Tensor,
    /// (N); a missing bias is zero.
    pub bias: Option<&'a Tensor>,
    /// Of the products.
    pub precision: Precision,
}

impl<'a> Linear<'a> {
    /// A layer in single precision.
    #[must_use]
    pub fn new(weight: &'a Tensor, bias: &'a Tensor) -> Self {
        Self { weight, bias: Some(bias), precision: Precision::F32 }
    }

    /// The same layer in single precision: for steps that are small or that decide.
    #[must_use]
    pub fn exact(self) -> Self {
        Self { precision: Precision::F32, ..self }
    }

    /// The layer without its bias.
    #[must_use]
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    /// K, the weight's values row by row, and those of the bias; errors are told of `op`.
    pub(crate) fn values(&self, op: &'static str) -> Result<(usize, Vec<f32>, Option<Vec<f32>>)> {
        let (k, n) = self.dims()?;
        let bias = self.bias.map(|bias| op::weight(op, bias, &[n])).transpose()?;
        Ok((k, op::weight(op, self.weight, &[k, n])?, bias))
    }

    /// (K, N)
    ///
    /// # Errors
    /// Where the weight has other than two sizes.
    pub fn dims(&self) -> Result<(usize, usize)> {
        self.weight.dims2()
    }
}
