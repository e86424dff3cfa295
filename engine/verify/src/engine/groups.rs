//! The first stage of a batch: decodes its documents and parts them into groups, in their order.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::vec::IntoIter;

use ivendor_core::limits::DecodeLimits;

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
    at_once: usize,
}

impl Size {
    /// For the CPU.
    pub(super) const CPU: Self = Self { documents: 8, px: 24_000_000, at_once: 8 };
    /// For a device that has room for more.
    pub(super) const DEVICE: Self =
        Self { documents: GROUP_DOCUMENTS_MAX, px: 384_000_000, at_once: 16 };
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
    ///
    /// Documents take very different times: whoever is done with one takes the next, so nobody
    /// waits for the slowest but at the end of a group. It is done on threads of their own, as they
    /// only wait for those of the decoders: the shared ones stay free for what a device waits for.
    pub(super) fn next(&mut self) -> Option<Vec<Prepared>> {
        let Size { documents, px: px_max, at_once } = self.size;
        let (limits, looks) = (self.limits, self.looks);
        let workers = rayon::current_num_threads().min(at_once).min(self.jobs.len());
        let px = AtomicU64::new(0);
        let jobs = Mutex::new(self.jobs.by_ref().take(documents).enumerate());
        let take = || match px.load(Ordering::Relaxed) < px_max {
            true => jobs.lock().unwrap_or_else(PoisonError::into_inner).next(),
            false => None,
        };
        let work = || {
            let mut done = Vec::new();
            while let Some((place, job)) = take() {
                let prepared = prepare(job, limits, looks);
                px.fetch_add(prepared.px(), Ordering::Relaxed);
                done.push((place, prepared));
            }
            done
        };
        let mut group = on_threads(workers, work);
        group.sort_unstable_by_key(|(place, _)| *place);
        let group: Vec<Prepared> = group.into_iter().map(|(_, prepared)| prepared).collect();
        (!group.is_empty()).then_some(group)
    }
}

/// What `work` gives on so many threads, this one included; where no more can be had, on fewer.
fn on_threads<T: Send>(count: usize, work: impl Fn() -> Vec<T> + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let start = |_| {
            let thread = thread::Builder::new().name("prepare".to_owned());
            thread.spawn_scoped(scope, &work).ok()
        };
        let others: Vec<_> = (1..count).map_while(start).collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{ImageFormat, RgbImage};
    use ivendor_core::request::VerificationRequest;

    use super::*;

    /// Documents of 10,000 pixels, named by their numbers.
    fn jobs(count: usize) -> Vec<Job> {
        let mut bytes = Cursor::new(Vec::new());
        RgbImage::new(100, 100).write_to(&mut bytes, ImageFormat::Png).unwrap();
        let job = |number: usize| {
            let line = format!(
                r#"{{"schema":"ivendor.verification.request/1","tenant_id":"t","vendor_id":"v",
                "document_id":"{number}","document_type":"receipt","uri":"d.png","claims":{{}}}}"#
            );
            let request: VerificationRequest = serde_json::from_str(&line).unwrap();
            Job { request, content: Ok(bytes.get_ref().clone()), sha256: None, fetch_ms: 0.0 }
        };
        (0..count).map(job).collect()
    }

    fn sizes(count: usize, size: Size) -> Vec<usize> {
        let limits = DecodeLimits::default();
        let mut groups = Groups::new(jobs(count), size, &limits, false);
        let groups: Vec<Vec<Prepared>> = std::iter::from_fn(|| groups.next()).collect();
        let names = groups.iter().flatten().map(|one| one.request.document_id.to_string());
        assert!(names.eq((0..count).map(|number| number.to_string())), "{size:?}");
        groups.iter().map(Vec::len).collect()
    }

    #[test]
    fn groups_keep_the_order_and_are_full_by_documents_or_pixels() {
        let by_documents = Size { documents: 3, px: u64::MAX, at_once: 2 };
        assert_eq!(sizes(7, by_documents), [3, 3, 1]);
        let by_px = Size { documents: 100, px: 10_001, at_once: 1 };
        assert_eq!(sizes(5, by_px), [2, 2, 1]);
        // Those that are being decoded when it is full still belong to it.
        let at_once = Size { documents: 100, px: 1, at_once: 4 };
        assert!(sizes(40, at_once).iter().all(|documents| (1..=4).contains(documents)));
        assert!(sizes(0, Size::CPU).is_empty());
    }
}
