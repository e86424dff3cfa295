//! The second stage: documents whose verdict is in the store already go no further.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ivendor_core::batcher::Arrival;
use ivendor_core::result_key::ResultKey;
use ivendor_core::sharding::ShardId;
use ivendor_store::result::Known;
use ivendor_store::store::Store as _;
use tokio::sync::mpsc::UnboundedReceiver;

use super::desk::Desk;
use super::meters::{self, Queue};
use super::shared::Shared;
use super::task::Ready;

/// Documents that are asked about together.
const TOGETHER: usize = 500;
/// How long a shard may take to answer. What it does not say is computed, and stored once.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Asks one shard about its documents, for ever.
pub(crate) async fn ask(
    shard: ShardId,
    mut receiver: UnboundedReceiver<Ready>,
    shared: Arc<Shared>,
    desk: Arc<Desk<Ready>>,
) {
    let mut together = Vec::with_capacity(TOGETHER);
    let is_open = shared.doors.of(shard);
    while receiver.recv_many(&mut together, TOGETHER).await > 0 {
        let known = if is_open.load(Ordering::Relaxed) {
            let keys: Vec<ResultKey> = together.iter().map(|ready| ready.key.clone()).collect();
            let asked = shared.cluster.shards.known(&keys);
            tokio::time::timeout(ANSWER_MAX, asked).await.unwrap_or_default()
        } else {
            // Whoever writes to it will say when it is back.
            Vec::new()
        };
        let mut known = known.into_iter();
        let mut ended = Vec::new();
        let mut go_on = Vec::with_capacity(together.len());
        for ready in together.drain(..) {
            match known.next() {
                Some(Known::Stored) => {
                    ready.letter.receipt.journey.note("ivendor.duplicate", || true);
                    ended.push(ready.letter.receipt);
                }
                Some(Known::New | Known::Unclear(_)) | None => {
                    let priority = ready.job.request.priority;
                    let arrival = Arrival { priority, load: ready.load, at: Instant::now() };
                    go_on.push((ready, arrival));
                }
            }
        }
        meters::duplicates(ended.len());
        shared.ledger.settle(ended);
        desk.bring(go_on);
        meters::waiting(Queue::Device, desk.len());
    }
}
