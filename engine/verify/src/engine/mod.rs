//! Opens the models on a device and takes batches of jobs to verdicts.
//!
//! A batch goes through three stages, a group of documents at a time: `groups` decodes group
//! N + 1 on all cores while the device reads group N on its own thread, and what comes back of
//! group N − 1 is checked and decided (`reads`, `crate::conclude`). Without a device the CPU
//! reads, and the stages follow each other: each of them takes all cores then.

mod groups;
mod open;
mod reads;

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use ivendor_core::limits::DecodeLimits;
use ivendor_core::policy::Policy;
use ivendor_core::verdict::{Provenance, Verdict};
use ivendor_models::timing;
use rayon::prelude::*;

use crate::checks::duplicates::{Handed, Numbers, Seen};
use crate::conclude::{Bench, conclude};
use crate::device::pool::Pool;
use crate::device::{DeviceChoice, DeviceRules, PrecisionChoice, Watch};
use crate::job::Job;
use crate::prepare::Prepared;
use crate::reading::reader::Reader;
use crate::scoring::alphabet::Alphabet;
use crate::second::{Second, SecondChoice};
use groups::{Groups, Size};
use reads::{By, OnWay, Read};

/// Documents that a caller should hand over at a time where the CPU reads.
const BATCH_DOCUMENTS: usize = 16;
/// The same for each device: while one batch ends and the next begins, it has nothing to do.
const BATCH_DOCUMENTS_DEVICE: usize = 512;
/// Groups of a batch that are on their way to each device: one that it reads, one that waits.
const GROUPS_AHEAD: usize = 2;

/// Streams of a GPU: while the host works for one, the other computes.
pub const DEVICE_STREAMS: usize = 2;

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
    /// The times of a device's life.
    pub device_rules: DeviceRules,
    /// Columns of lines that go to a device at a time; `None` measures it when the device is
    /// opened.
    pub device_budget_px: Option<usize>,
    /// Streams of each GPU; `None` is [`DEVICE_STREAMS`].
    pub device_streams: Option<usize>,
}

/// The models, ready to verify.
#[derive(Debug)]
pub struct Engine {
    /// The networks on the CPU: they read where no device does, and score claims.
    reader: Reader,
    /// The devices other than the CPU.
    pool: Pool,
    /// The characters of the reader's recogniser.
    alphabet: Alphabet,
    second: Second,
    limits: DecodeLimits,
    policy: Policy,
    origins: Origins,
    /// The documents so far, where they are remembered.
    seen: Option<Mutex<Seen>>,
}

/// Where verdicts can come from.
#[derive(Debug)]
struct Origins {
    /// The CPU; where there are devices, in their place.
    cpu: Provenance,
    /// By device.
    devices: Vec<Provenance>,
}

impl Origins {
    /// What was asked for.
    fn first(&self) -> &Provenance {
        self.devices.first().unwrap_or(&self.cpu)
    }
}

impl Engine {
    /// Where the verdicts of this engine come from as long as its first device serves.
    #[must_use]
    pub fn provenance(&self) -> &Provenance {
        self.origins.first()
    }

    /// Tells how the devices do, from any thread.
    #[must_use]
    pub fn watch(&self) -> Watch {
        self.pool.watch().clone()
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
        match self.pool.len() {
            0 => BATCH_DOCUMENTS,
            devices => BATCH_DOCUMENTS_DEVICE * devices,
        }
    }

    /// Verifies a batch: one verdict a job, in the order of the jobs. The verdicts carry the text
    /// of their pages; who does not want it drops it. A document's verdict is the same in any
    /// batch, but for the times.
    #[must_use]
    pub fn verify(&self, jobs: Vec<Job>) -> Vec<Verdict> {
        let mut verdicts = Vec::with_capacity(jobs.len());
        let size = match self.pool.len() {
            0 => Size::CPU,
            devices => Size::of_devices(devices, jobs.len()),
        };
        let mut groups = Groups::new(jobs, size, &self.limits, self.seen.is_some());
        let mut on_way: VecDeque<OnWay> = VecDeque::new();
        loop {
            let group = groups.next();
            let ahead = match group {
                Some(_) => GROUPS_AHEAD * self.pool.len(),
                None => 0,
            };
            let done = group.is_none();
            on_way.extend(group.map(|group| OnWay::send(group, &self.pool)));
            while on_way.len() > ahead {
                let Some(first) = on_way.pop_front() else { break };
                verdicts.extend(self.finish(first));
            }
            if done {
                return verdicts;
            }
        }
    }

    /// Looks for each document of a group among those before it.
    fn remember(&self, group: &mut [Prepared], reads: &[Read]) {
        let Some(seen) = &self.seen else { return };
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (prepared, read) in group.iter_mut().zip(reads) {
            let Some(sha256) = prepared.sha256 else { continue };
            let first = read.pages.iter().flat_map(|pages| pages.first());
            let lines = first.flat_map(|page| page.lines.iter().map(|line| line.text.as_str()));
            let check = seen.check(&Handed {
                tenant: &prepared.request.tenant_id,
                vendor: &prepared.request.vendor_id,
                document: &prepared.request.document_id,
                sha256,
                pages: &prepared.looks,
                numbers: &Numbers::of(lines),
            });
            prepared.checks.extend(check);
        }
    }

    /// Waits until a group is read, and decides each of its documents.
    fn finish(&self, on_way: OnWay) -> Vec<Verdict> {
        let (mut group, reads) = on_way.come_back(&self.pool, &self.reader);
        self.remember(&mut group, &reads);
        let bench = Bench {
            reader: &self.reader,
            alphabet: &self.alphabet,
            second: &self.second,
            policy: &self.policy,
        };
        let decide = |(prepared, read): (Prepared, Read)| {
            let origin = match read.by {
                By::Device(station) => &self.origins.devices[station],
                By::Cpu => &self.origins.cpu,
                By::Nobody => self.origins.first(),
            };
            conclude(prepared, read.pages, &bench, origin)
        };
        group.into_par_iter().zip(reads).map(decide).collect()
    }
}

#[cfg(test)]
mod tests;
