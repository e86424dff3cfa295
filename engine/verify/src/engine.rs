//! Opens the models on a device and takes batches of jobs to verdicts.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use image::RgbImage;
use ivendor_core::limits::DecodeLimits;
use ivendor_core::policy::Policy;
use ivendor_core::verdict::{Provenance, Verdict};
use ivendor_models::{policy, timing, weights};
use rayon::prelude::*;

use crate::canary;
use crate::checks::duplicates::{Handed, Seen};
use crate::conclude::{Bench, conclude};
use crate::contain::contain;
use crate::device::{DeviceChoice, OpenDevice, PrecisionChoice};
use crate::error::EngineError;
use crate::job::Job;
use crate::prepare::{Prepared, prepare};
use crate::reading::reader::{PageRead, Reader};
use crate::scoring::alphabet::Alphabet;
use crate::second::{Second, SecondChoice};

/// Documents that are read together: their lines fill the micro-batches.
const GROUP_DOCUMENTS: usize = 8;
/// Pixels of the pages of a group, past which it is read: this bounds the memory.
const GROUP_PX: u64 = 24_000_000;
/// Documents that are decoded at a time at most, however many threads there are: each may hold as
/// many pixels as its limits allow.
const WAVE_DOCUMENTS_MAX: usize = 8;
/// Documents that a caller should hand over at a time.
const BATCH_DOCUMENTS: usize = 16;

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
    /// How the large products are computed.
    pub precision: PrecisionChoice,
    /// Whether a second reader is asked about lines in doubt.
    pub second_reader: SecondChoice,
    /// Whether documents are remembered, so that one that comes again under another identifier is
    /// told. A verdict then depends on what came before it.
    pub duplicates: bool,
}

/// The models, ready to verify.
#[derive(Debug)]
pub struct Engine {
    reader: Reader,
    /// The characters of the reader's recogniser.
    alphabet: Alphabet,
    second: Second,
    limits: DecodeLimits,
    policy: Policy,
    provenance: Provenance,
    /// The documents so far, where they are remembered.
    seen: Option<Mutex<Seen>>,
}

impl Engine {
    /// Opens the device, loads and checks the weights, and asks the device a known question.
    ///
    /// # Errors
    /// [`EngineError`] where the weights, the device or the policy cannot be used.
    pub fn open(config: EngineConfig) -> Result<Self, EngineError> {
        let policy = match config.policy {
            Some(policy) => policy,
            None => Policy::parse(policy::STANDARD)?,
        };
        let OpenDevice { device, name } = config.device.open()?;
        let folder = weights::folder(config.models_dir.as_deref())?;
        let precision = config.precision.resolve();
        // Both read files and unpack weights: one start-up for the two.
        let (reader, second) = rayon::join(
            || Reader::load(&folder, &device, precision),
            || config.second_reader.open(),
        );
        let (reader, second) = (reader?, second?);
        canary::sing(&reader)
            .map_err(|problem| EngineError::Canary { device: name.clone(), problem })?;
        let provenance = Provenance {
            engine: env!("CARGO_PKG_VERSION").to_owned(),
            models: reader.digests(),
            policy: policy.reference(),
            device: name,
            dtype: precision.name().to_owned(),
            fallback: false,
        };
        let seen = config.duplicates.then(Mutex::default);
        let alphabet = Alphabet::new(reader.characters());
        Ok(Self { reader, alphabet, second, limits: config.limits, policy, provenance, seen })
    }

    /// Where every verdict of this engine comes from.
    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    /// Where the time of every engine of this process went, an operation a line; `None` unless the
    /// environment says `IVENDOR_TIMING=1`.
    #[must_use]
    pub fn timing_table() -> Option<String> {
        timing::enabled().then(timing::table)
    }

    /// How many documents make a batch that keeps the device busy.
    #[must_use]
    pub fn batch_documents(&self) -> usize {
        BATCH_DOCUMENTS
    }

    /// Verifies a batch: one verdict a job, in the order of the jobs. The verdicts carry the text
    /// of their pages; who does not want it drops it. A document's verdict is the same in any
    /// batch, but for the times.
    #[must_use]
    pub fn verify(&self, jobs: Vec<Job>) -> Vec<Verdict> {
        let mut verdicts = Vec::with_capacity(jobs.len());
        let mut jobs = jobs.into_iter();
        let mut group: Vec<Prepared> = Vec::new();
        let wave_documents = rayon::current_num_threads().min(WAVE_DOCUMENTS_MAX);
        loop {
            let wave: Vec<Job> = jobs.by_ref().take(wave_documents).collect();
            let done = wave.is_empty();
            let looks = self.seen.is_some();
            group.par_extend(wave.into_par_iter().map(|job| prepare(job, &self.limits, looks)));
            let px: u64 = group.iter().map(Prepared::px).sum();
            if done || group.len() >= GROUP_DOCUMENTS || px >= GROUP_PX {
                verdicts.extend(self.finish(std::mem::take(&mut group)));
            }
            if done {
                return verdicts;
            }
        }
    }

    /// Looks for each document of a group among those before it.
    fn remember(&self, group: &mut [Prepared]) {
        let Some(seen) = &self.seen else { return };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        for prepared in group {
            let Some(sha256) = prepared.sha256 else { continue };
            let check = seen.check(&Handed {
                tenant: &prepared.request.tenant_id,
                vendor: &prepared.request.vendor_id,
                document: &prepared.request.document_id,
                sha256,
                pages: &prepared.looks,
            });
            prepared.checks.extend(check);
        }
    }

    /// Reads a group and decides each of its documents.
    fn finish(&self, mut group: Vec<Prepared>) -> Vec<Verdict> {
        self.remember(&mut group);
        let reads = self.read_group(&group);
        let bench = Bench {
            reader: &self.reader,
            alphabet: &self.alphabet,
            second: &self.second,
            policy: &self.policy,
            provenance: &self.provenance,
        };
        group
            .into_par_iter()
            .zip(reads)
            .map(|(prepared, reads)| conclude(prepared, reads, &bench))
            .collect()
    }

    /// The pages of each document of a group; the same bytes are read once.
    fn read_group(&self, group: &[Prepared]) -> Vec<Result<Vec<PageRead>, String>> {
        let twin = |at: usize| {
            let of = |document: &Prepared| document.sha256.zip(Some(document.pages.len()));
            group[..at].iter().position(|other| of(other).is_some() && of(other) == of(&group[at]))
        };
        let pages: Vec<Vec<&RgbImage>> = (0..group.len())
            .map(|at| if twin(at).is_some() { &[] } else { group[at].pages.as_slice() })
            .map(|pages| pages.iter().map(|page| &page.pixels).collect())
            .collect();
        let mut reads: Vec<Result<Vec<PageRead>, String>> = match self.read(&pages.concat()) {
            Ok(reads) => {
                let mut reads = reads.into_iter();
                pages.iter().map(|pages| Ok(reads.by_ref().take(pages.len()).collect())).collect()
            }
            // One document must not take the others with it: each is tried alone.
            Err(problem) => {
                tracing::warn!(problem, documents = group.len(), "a group could not be read");
                pages.iter().map(|pages| self.read(pages)).collect()
            }
        };
        for at in 0..group.len() {
            if let Some(first) = twin(at) {
                let read = reads[first].as_ref().map_err(String::clone);
                reads[at] = read.map(|pages| pages.iter().map(PageRead::again).collect());
            }
        }
        reads
    }

    /// Reads pages; a panic in an operation is an error like any other.
    fn read(&self, pages: &[&RgbImage]) -> Result<Vec<PageRead>, String> {
        if pages.is_empty() {
            return Ok(Vec::new());
        }
        contain("the networks", || self.reader.read(pages))?.map_err(|error| error.to_string())
    }
}
