//! Loads the weights.

use thiserror::Error;

/// Weights that cannot be used.
#[derive(Debug, Error)]
pub enum WeightsError {
    /// They are not there.
    #[error("the weights are missing; run scripts/models")]
    Missing,
}
