//! What keeps the engine from opening. Once it is open, trouble stays inside one verdict.

use thiserror::Error;

/// An engine that cannot be opened.
#[derive(Debug, Error)]
pub enum EngineError {
    /// The device that was asked for is not there.
    #[error("the device {device} cannot be used: {problem}; use --device cpu or --device auto")]
    Device {
        /// As asked, e.g. `cuda:0`.
        device: String,
        /// What is wrong.
        problem: String,
    },
    /// The weights are missing or not those of the manifest.
    #[error(transparent)]
    Weights(#[from] ivendor_models::weights::WeightsError),
    /// The second reader was asked for and is not there.
    #[error(transparent)]
    Second(#[from] crate::second::SecondAbsent),
    /// The policy is none.
    #[error(transparent)]
    Policy(#[from] ivendor_core::policy::PolicyError),
    /// The device computes, but not what it should.
    #[error("the device {device} gave a wrong answer to a known input: {problem}")]
    Canary {
        /// The device.
        device: String,
        /// How the answer differs.
        problem: String,
    },
}

impl EngineError {
    /// Whether the same call may succeed later without a change: it never does.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        false
    }
}
