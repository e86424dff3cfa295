//! The first stage: the bytes of each document, many at a time, the urgent ones first.

use std::collections::VecDeque;
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use ivendor_core::batcher::Load;
use ivendor_core::ids::Sha256;
use ivendor_core::request::{Priority, VerificationRequest};
use ivendor_core::result_key::{ResultKey, models_digest};
use ivendor_core::verdict::Provenance;
use ivendor_store::store::Store as _;
use ivendor_verify::job::Job;
use tokio::sync::{Notify, Semaphore};

use super::meters::{self, Queue, Stage};
use super::shared::{PerShard, Shared, backoff};
use super::task::{Ready, Task};
use ivendor_fetch::{Content, Documents, FetchError};

/// The longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_secs(30);
/// The bytes that one permit of the room stands for.
const ROOM_UNIT: u64 = 1024;

/// Where the bytes come from.
pub trait Fetch: Send + Sync + 'static {
    /// The bytes of a request's document.
    fn get(
        &self,
        request: &VerificationRequest,
    ) -> impl Future<Output = Result<Content, FetchError>> + Send;
}

impl Fetch for Documents {
    async fn get(&self, request: &VerificationRequest) -> Result<Content, FetchError> {
        Self::get(self, &request.uri).await
    }
}

/// What every verdict of this worker is stored under, besides the document.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyParts {
    models: Sha256,
    policy: Sha256,
}

impl KeyParts {
    pub(crate) fn of(provenance: &Provenance) -> Self {
        Self { models: models_digest(&provenance.models), policy: provenance.policy.digest }
    }

    /// As words of one line.
    pub(crate) fn text(self) -> String {
        format!("{} {}", self.models, self.policy)
    }

    fn key(self, request: &VerificationRequest, sha256: Option<Sha256>) -> ResultKey {
        ResultKey {
            tenant: request.tenant_id.clone(),
            document: request.document_id.clone(),
            sha256,
            models: self.models,
            policy: self.policy,
        }
    }
}

/// Requests that wait to be fetched.
#[derive(Debug, Default)]
struct Waiting {
    lanes: Mutex<[VecDeque<Task>; 3]>,
    came: Notify,
}

impl Waiting {
    fn push(&self, task: Task) {
        let lane = match task.request.priority {
            Priority::Interactive => 0,
            Priority::Normal => 1,
            Priority::Backfill => 2,
        };
        self.lock()[lane].push_back(task);
        self.came.notify_one();
    }

    async fn next(&self) -> Task {
        loop {
            if let Some(task) = self.lock().iter_mut().find_map(VecDeque::pop_front) {
                return task;
            }
            self.came.notified().await;
        }
    }

    fn len(&self) -> usize {
        self.lock().iter().map(VecDeque::len).sum()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, [VecDeque<Task>; 3]> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The stage.
pub(crate) struct Fetching<F> {
    fetch: F,
    shared: Arc<Shared>,
    keys: KeyParts,
    next: Arc<PerShard<Ready>>,
    waiting: Waiting,
    /// The room for fetched bytes, in units.
    room: Arc<Semaphore>,
    room_units: u64,
}

impl<F: Fetch> Fetching<F> {
    /// `room_bytes` bounds the bytes that wait for the device.
    pub(crate) fn new(
        (fetch, keys): (F, KeyParts),
        shared: Arc<Shared>,
        next: Arc<PerShard<Ready>>,
        room_bytes: u64,
    ) -> Arc<Self> {
        let room_units = (room_bytes / ROOM_UNIT).clamp(1, Semaphore::MAX_PERMITS as u64 / 2);
        let room = Arc::new(Semaphore::new(usize::try_from(room_units).unwrap_or(usize::MAX)));
        let waiting = Waiting::default();
        Arc::new(Self { fetch, shared, keys, next, waiting, room, room_units })
    }

    /// Takes a request in.
    pub(crate) fn push(&self, task: Task) {
        self.waiting.push(task);
    }

    /// Fetches for ever, so many documents at a time.
    pub(crate) fn start(self: &Arc<Self>, at_a_time: usize) {
        for _ in 0..at_a_time {
            let stage = Arc::clone(self);
            tokio::spawn(async move {
                loop {
                    let task = stage.waiting.next().await;
                    meters::waiting(Queue::Fetch, stage.waiting.len());
                    stage.one(task).await;
                }
            });
        }
    }

    async fn one(self: &Arc<Self>, mut task: Task) {
        if !self.shared.ledger.is_current(&task.letter.receipt) {
            meters::fenced(1);
            return;
        }
        let start = Instant::now();
        let fetched = self.fetch.get(&task.request).await;
        let took = start.elapsed();
        meters::stage(Stage::Fetch, took);
        let (content, sha256) = match fetched {
            Ok(Content { bytes, sha256 }) => (Ok(bytes), Some(sha256)),
            Err(FetchError::Content(error)) => (Err(error), None),
            Err(error) if self.shared.patience.is_over(&task.letter, task.tries) => {
                self.shared.bury(task.letter, "fetch.unavailable", error.to_string());
                return;
            }
            Err(error) => {
                tracing::debug!(%error, uri = task.request.uri, "fetching again later");
                meters::retried(Stage::Fetch, 1);
                task.letter.receipt.journey.event("retried", || error.to_string());
                let wait = backoff(task.tries, WAIT_MAX);
                task.tries += 1;
                let stage = Arc::clone(self);
                tokio::spawn(async move {
                    tokio::time::sleep(wait).await;
                    stage.push(task);
                });
                return;
            }
        };
        let load = load_of(content.as_deref().unwrap_or_default());
        let units = (load.bytes / ROOM_UNIT + 1).min(self.room_units);
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        let room = Arc::clone(&self.room).acquire_many_owned(units).await.ok().map(Arc::new);
        let request = *task.request;
        let key = self.keys.key(&request, sha256);
        let shard = self.shared.cluster.shards.route(&request.tenant_id).shard;
        let job = Job { request, content, sha256, fetch_ms: took.as_secs_f64() * 1e3 };
        task.letter.receipt.journey.enter("batch");
        self.next.send(shard, Ready { letter: task.letter, job, key, load, room });
    }
}

/// What a document takes of a batch. The pixels of a picture stand in its header; those of other
/// documents are not known before they are decoded.
fn load_of(bytes: &[u8]) -> Load {
    let reader = image::ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let size = reader.ok().and_then(|reader| reader.into_dimensions().ok());
    let px = size.map_or(0, |(width, height)| u64::from(width) * u64::from(height));
    Load { bytes: bytes.len() as u64, px }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pixels_of_a_picture_are_known_before_it_is_decoded() {
        let mut png = Vec::new();
        let picture = image::RgbImage::new(30, 20);
        picture.write_to(&mut Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
        assert_eq!(load_of(&png), Load { bytes: png.len() as u64, px: 600 });
        assert_eq!(load_of(b"no picture"), Load { bytes: 10, px: 0 });
        assert_eq!(load_of(b""), Load::default());
    }
}
