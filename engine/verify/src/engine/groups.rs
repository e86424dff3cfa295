//! The first stage of a batch: decodes its documents and parts them into groups, in their order.

use std::vec::IntoIter;

use ivendor_core::limits::DecodeLimits;
use rayon::prelude::*;

use crate::device::station::GROUP_DOCUMENTS_MAX;
use crate::job::Job;
use crate::prepare::{Prepared, prepare};

/// When a group is full.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    /// Documents that are read together: their lines fill the micro-batches.
    documents: usize,
    /// Pixels of the pages of a group, past which it is read: this bounds the memory.
    px: u64,
    /// Documents that are decoded at a time at most, however many threads there are: each may hold
    /// as many pixels as its limits allow.
    wave: usize,
}

impl Size {
    /// For the CPU.
    pub(super) const CPU: Self = Self { documents: 8, px: 24_000_000, wave: 8 };
    /// For devices, which have room for more: each of them gets its share of a small batch.
    pub(super) fn of_devices(devices: usize, batch_documents: usize) -> Self {
        let share = batch_documents.div_ceil(devices);
        let documents = share.min(GROUP_DOCUMENTS_MAX);
        Self { documents, px: 384_000_000, wave: 16 }
    }
}

/// The groups of a batch, each decoded when it is asked for.
pub(super) struct Groups<'a> {
    jobs: IntoIter<Job>,
    size: Size,
    limits: &'a DecodeLimits,
    /// Whether the fingerprints of pages are wanted.
    looks: bool,
}

impl<'a> Groups<'a> {
    pub(super) fn new(jobs: Vec<Job>, size: Size, limits: &'a DecodeLimits, looks: bool) -> Self {
        Self { jobs: jobs.into_iter(), size, limits, looks }
    }

    /// The next group; `None` where no documents are left.
    pub(super) fn next(&mut self) -> Option<Vec<Prepared>> {
        let wave_documents = rayon::current_num_threads().min(self.size.wave);
        let mut group: Vec<Prepared> = Vec::new();
        let mut px = 0;
        while group.len() < self.size.documents && px < self.size.px {
            let left = self.size.documents - group.len();
            let wave: Vec<Job> = self.jobs.by_ref().take(wave_documents.min(left)).collect();
            if wave.is_empty() {
                break;
            }
            let (limits, looks) = (self.limits, self.looks);
            group.par_extend(wave.into_par_iter().map(|job| prepare(job, limits, looks)));
            px = group.iter().map(Prepared::px).sum();
        }
        (!group.is_empty()).then_some(group)
    }
}
