//! The last stage: verdicts to their shard, and only then the receipts home.
//!
//! Each shard has a writer of its own. What cannot be stored for a passing cause stays with its
//! writer and is tried again; nothing of another shard waits for it.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use ivendor_core::limits::StoreLimits;
use ivendor_core::sharding::ShardId;
use ivendor_store::result::{NewResult, Outcome};
use ivendor_store::store::Store as _;
use tokio::sync::Notify;
use tokio::sync::mpsc::UnboundedReceiver;

use super::meters::{self, Stage};
use super::shared::{PerShard, Shared, backoff};
use super::task::Judged;
use super::traces;
use super::wishes::Wishes;

/// The longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// What all writers share.
pub(crate) struct Writing {
    pub(crate) shared: Arc<Shared>,
    pub(crate) wishes: Wishes,
    /// All writers: a tenant whose shard has changed goes to another one.
    pub(crate) all: Weak<PerShard<Judged>>,
    /// Tells the relay that there are events.
    pub(crate) stored: Arc<Notify>,
}

/// Writes to one shard, for ever.
pub(crate) async fn write(
    shard: ShardId,
    mut receiver: UnboundedReceiver<Judged>,
    writing: Arc<Writing>,
) {
    let mut pending: Vec<Judged> = Vec::new();
    let mut failures = 0;
    loop {
        if pending.is_empty() && receiver.recv_many(&mut pending, StoreLimits::ROWS_MAX).await == 0
        {
            return;
        }
        while pending.len() < StoreLimits::ROWS_MAX
            && let Ok(judged) = receiver.try_recv()
        {
            pending.push(judged);
        }
        meters::waiting_for_shard(shard, pending.len() + receiver.len());
        let start = Instant::now();
        pending = writing.once(shard, std::mem::take(&mut pending)).await;
        meters::stage(Stage::Write, start.elapsed());
        meters::waiting_for_shard(shard, pending.len() + receiver.len());
        if pending.is_empty() {
            failures = 0;
        } else {
            meters::retried(Stage::Write, pending.len());
            tokio::time::sleep(backoff(failures, WAIT_MAX)).await;
            failures += 1;
        }
    }
}

impl Writing {
    /// Writes once, and gives back what must be tried again.
    async fn once(&self, shard: ShardId, batch: Vec<Judged>) -> Vec<Judged> {
        let current = |judged: &Judged| self.shared.ledger.is_current(&judged.letter.receipt);
        let (batch, gone): (Vec<_>, Vec<_>) = batch.into_iter().partition(current);
        meters::fenced(gone.len());
        let mut letters = Vec::with_capacity(batch.len());
        let mut results: Vec<NewResult> = Vec::with_capacity(batch.len());
        for Judged { letter, mut result, tries } in batch {
            self.wishes.lay_over(&self.shared.cluster.reference, &mut result).await;
            letters.push((letter, tries));
            results.push(result);
        }
        let together = traces::together("store batch", letters.iter().map(|(letter, _)| letter));
        let outcomes = self.shared.cluster.shards.write(&results).await;
        drop(together);
        let mut ended = Vec::new();
        let (mut later, mut fenced) = (Vec::new(), Vec::new());
        let mut away = false;
        for (((letter, tries), result), outcome) in letters.into_iter().zip(results).zip(outcomes) {
            match outcome {
                Outcome::Stored => {
                    meters::stored(&result.verdict);
                    ended.push(letter.receipt);
                }
                Outcome::AlreadyThere => {
                    meters::duplicates(1);
                    letter.receipt.journey.note("ivendor.duplicate", || true);
                    ended.push(letter.receipt);
                }
                Outcome::Fenced => fenced.push(Judged { letter, result, tries: tries + 1 }),
                Outcome::Failed(error) if error.is_transient() => {
                    away = true;
                    if self.shared.patience.is_over(&letter, tries) {
                        self.shared.bury(letter, "store.unavailable", error.to_string());
                    } else {
                        letter.receipt.journey.event("retried", || error.to_string());
                        later.push(Judged { letter, result, tries: tries + 1 });
                    }
                }
                Outcome::Failed(error) => {
                    self.shared.bury(letter, "store.refused", error.to_string());
                }
            }
        }
        self.shared.doors.heard(shard, !away);
        self.stored.notify_waiters();
        self.shared.ledger.settle(ended);
        later.extend(self.move_on(shard, fenced).await);
        later
    }

    /// Reads the map again and sends what belongs to another shard now there; what still belongs
    /// here is tried again.
    async fn move_on(&self, shard: ShardId, fenced: Vec<Judged>) -> Vec<Judged> {
        if fenced.is_empty() {
            return fenced;
        }
        tracing::info!(%shard, documents = fenced.len(), "the map of the shards has changed");
        if let Err(error) = self.shared.cluster.refresh().await {
            tracing::warn!(%error, "the map of the shards cannot be read");
            return fenced;
        }
        let route = |judged: &Judged| {
            self.shared.cluster.shards.route(&judged.result.request.tenant_id).shard
        };
        let (here, elsewhere): (Vec<_>, Vec<_>) =
            fenced.into_iter().partition(|judged| route(judged) == shard);
        if let Some(all) = self.all.upgrade() {
            for judged in elsewhere {
                all.send(route(&judged), judged);
            }
        }
        here
    }
}
