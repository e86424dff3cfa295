//! Fills batches: fetches the bytes of one document after the other until a batch is full.

use std::time::{Duration, Instant};

use crossbeam::channel::{Receiver, RecvTimeoutError, Sender};
use ivendor_verify::job::Job;

use crate::error::RunError;
use crate::source::{Asked, Entry, Rejected};
use ivendor_fetch::Fetcher;

/// Documents of a batch while the engine has not said yet how many it wants.
const SIZE_UNKNOWN: usize = 4;

/// Lines of any kind in one batch, so that a file of rejected lines moves on too.
const SLOTS_MAX: usize = 256;

/// When a batch is full.
#[derive(Debug)]
pub(super) struct BatchBounds {
    /// Gives once how many documents keep the engine busy.
    pub(super) size: Receiver<usize>,
    /// Bytes of the documents.
    pub(super) bytes_max: u64,
    /// How long the first document of a batch waits for others.
    pub(super) age_max: Duration,
}

/// What one place of a batch holds.
#[derive(Debug)]
pub(super) enum Slot {
    /// The next job.
    Job,
    /// No request.
    Rejected(Box<Rejected>),
}

/// Documents for the engine, and between them what was rejected, in the order of the source.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) jobs: Vec<Job>,
    pub(super) slots: Vec<Slot>,
    bytes: u64,
}

impl Batch {
    fn push(&mut self, entry: Entry, fetcher: &Fetcher) {
        match entry {
            Entry::Rejected(rejected) => self.slots.push(Slot::Rejected(rejected)),
            Entry::Asked(asked) => {
                let job = fetch(*asked, fetcher);
                self.bytes += job.content.as_ref().map_or(0, |bytes| bytes.len() as u64);
                self.jobs.push(job);
                self.slots.push(Slot::Job);
            }
        }
    }

    /// The bytes of each job once more where they are needed after the engine has had them.
    pub(super) fn bytes_for(&self, needed: bool) -> Vec<Option<Vec<u8>>> {
        let copy = |job: &Job| if needed { job.content.as_ref().ok().cloned() } else { None };
        self.jobs.iter().map(copy).collect()
    }
}

fn fetch(asked: Asked, fetcher: &Fetcher) -> Job {
    let start = Instant::now();
    let content = fetcher.fetch(&asked.place, &asked.request.uri);
    let fetch_ms = start.elapsed().as_secs_f64() * 1e3;
    Job { request: asked.request, content, sha256: None, fetch_ms }
}

/// Batches of 1, 2, 4, … documents, so that the first verdict comes soon. Ends with the
/// entries, with an error of theirs, or when nobody takes the batches any more.
pub(super) fn fill(
    entries: &Receiver<Result<Entry, RunError>>,
    fetcher: &Fetcher,
    bounds: &BatchBounds,
    batches: &Sender<Result<Batch, RunError>>,
) {
    let (mut size, mut size_max) = (1, SIZE_UNKNOWN);
    while let Ok(first) = entries.recv() {
        size_max = bounds.size.try_recv().unwrap_or(size_max);
        let size_now = size.min(size_max);
        let (batch, error) = one(first, entries, fetcher, &Full { size: size_now, bounds });
        if !batch.slots.is_empty() && batches.send(Ok(batch)).is_err() {
            return;
        }
        if let Some(error) = error {
            // Where nobody takes it, nobody needs it.
            let _ = batches.send(Err(error));
            return;
        }
        size = size_now.saturating_mul(2);
    }
}

struct Full<'a> {
    size: usize,
    bounds: &'a BatchBounds,
}

impl Full<'_> {
    fn is(&self, batch: &Batch) -> bool {
        batch.jobs.len() >= self.size
            || batch.slots.len() >= SLOTS_MAX
            || batch.bytes >= self.bounds.bytes_max
    }
}

/// One batch that begins with `first`, and the error that ended it, if one did.
fn one(
    first: Result<Entry, RunError>,
    entries: &Receiver<Result<Entry, RunError>>,
    fetcher: &Fetcher,
    full: &Full<'_>,
) -> (Batch, Option<RunError>) {
    let mut batch = Batch::default();
    let deadline = Instant::now() + full.bounds.age_max;
    let mut entry = first;
    loop {
        match entry {
            Ok(entry) => batch.push(entry, fetcher),
            Err(error) => return (batch, Some(error)),
        }
        if full.is(&batch) {
            return (batch, None);
        }
        entry = match entries.recv_deadline(deadline) {
            Ok(entry) => entry,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return (batch, None);
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::path::Path;
    use std::sync::Arc;

    use crossbeam::channel::{bounded, unbounded};
    use ivendor_core::request::{REQUEST_SCHEMA, VerificationRequest};
    use serde_json::json;

    use super::*;
    use crate::source::REJECTED_SCHEMA;
    use ivendor_fetch::{Place, Root};

    fn asked(root: &Arc<Root>, uri: &str) -> Entry {
        let json = json!({
            "schema": REQUEST_SCHEMA, "tenant_id": "t", "vendor_id": "v", "document_id": "d",
            "document_type": "receipt", "uri": uri
        });
        let request = VerificationRequest::parse(json.to_string().as_bytes()).unwrap();
        Entry::Asked(Box::new(Asked { request, place: Place::Uri { base: Arc::clone(root) } }))
    }

    fn rejected() -> Entry {
        Entry::Rejected(Box::new(Rejected {
            schema: REJECTED_SCHEMA.to_owned(),
            input: "r".to_owned(),
            line: Some(1),
            code: "c".to_owned(),
            error: "e".to_owned(),
            raw: String::new(),
            raw_bytes: 0,
        }))
    }

    /// The batches of `given`, as (jobs, slots), and whether an error came at the end.
    fn fill_all(
        given: Vec<Result<Entry, RunError>>,
        size: usize,
        bytes_max: u64,
    ) -> (Vec<(usize, usize)>, bool) {
        let (entries_in, entries) = unbounded();
        given.into_iter().for_each(|entry| entries_in.send(entry).unwrap());
        drop(entries_in);
        let (size_in, size_out) = bounded(1);
        size_in.send(size).unwrap();
        let (batches_in, batches) = unbounded();
        let age_max = Duration::from_secs(60);
        let bounds = BatchBounds { size: size_out, bytes_max, age_max };
        fill(&entries, &Fetcher::new(Vec::new(), 1 << 20), &bounds, &batches_in);
        drop(batches_in);
        let (good, bad): (Vec<_>, Vec<_>) = batches.into_iter().partition(Result::is_ok);
        let sizes = good.into_iter().map(|b| b.map(|b| (b.jobs.len(), b.slots.len())).unwrap());
        (sizes.collect(), !bad.is_empty())
    }

    fn folder() -> (tempfile::TempDir, Arc<Root>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ten"), [0; 10]).unwrap();
        let root = Arc::new(Root::open(folder.path()).unwrap());
        (folder, root)
    }

    #[test]
    fn batches_grow_from_one_to_what_the_engine_wants() {
        let (_folder, root) = folder();
        let given = (0..20).map(|_| Ok(asked(&root, "ten"))).collect();
        let (sizes, _) = fill_all(given, 6, 1 << 20);
        assert_eq!(sizes, [(1, 1), (2, 2), (4, 4), (6, 6), (6, 6), (1, 1)]);
    }

    #[test]
    fn a_batch_is_full_by_bytes_and_by_lines_of_any_kind() {
        let (_folder, root) = folder();
        let given = (0..7).map(|_| Ok(asked(&root, "ten"))).collect();
        let (sizes, _) = fill_all(given, 100, 15);
        assert_eq!(sizes, [(1, 1), (2, 2), (2, 2), (2, 2)]);
        let given = (0..SLOTS_MAX + 3).map(|_| Ok(rejected())).collect();
        assert_eq!(fill_all(given, 100, 15).0, [(0, SLOTS_MAX), (0, 3)]);
    }

    #[test]
    fn an_error_of_the_source_comes_after_what_was_read_before_it() {
        let (_folder, root) = folder();
        let lost = RunError::input(Path::new("r"), io::ErrorKind::NotFound.into());
        let mut given: Vec<_> = (0..2).map(|_| Ok(asked(&root, "missing"))).collect();
        given.push(Err(lost));
        assert_eq!(fill_all(given, 100, 15), (vec![(1, 1), (1, 1)], true));
    }

    #[test]
    fn a_job_carries_the_bytes_or_the_reason_why_there_are_none() {
        let (_folder, root) = folder();
        let fetcher = Fetcher::new(Vec::new(), 1 << 20);
        let mut batch = Batch::default();
        batch.push(asked(&root, "ten"), &fetcher);
        batch.push(rejected(), &fetcher);
        batch.push(asked(&root, "missing"), &fetcher);
        assert_eq!(batch.jobs[0].content, Ok(vec![0; 10]));
        assert!(batch.jobs[1].content.is_err());
        assert!(matches!(batch.slots[..], [Slot::Job, Slot::Rejected(_), Slot::Job]));
        assert_eq!(batch.bytes_for(true), [Some(vec![0; 10]), None]);
        assert_eq!(batch.bytes_for(false), [None, None]);
    }
}
