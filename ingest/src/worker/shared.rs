//! What the stages of the worker share: the ledger, the store, the bounds, and the way to the dead
//! letters.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ivendor_core::sharding::ShardId;
use ivendor_store::cluster::Cluster;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::meters;
use crate::kafka::ledger::Ledger;
use crate::kafka::letter::Letter;

/// How long and how often what fails for a passing cause is tried again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub(crate) age_max: Duration,
    pub(crate) tries_max: u32,
}

impl Patience {
    /// Whether there is none left.
    pub(crate) fn is_over(&self, letter: &Letter, tries: u32) -> bool {
        letter.received.elapsed() >= self.age_max || tries >= self.tries_max
    }
}

/// The wait before the next try: doubled each time up to `max`, with full jitter.
pub(crate) fn backoff(tries: u32, max: Duration) -> Duration {
    let doubled = Duration::from_millis(100).saturating_mul(1 << tries.min(16));
    doubled.min(max).mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// A message that failed for good.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) letter: Letter,
    /// The stable code of the cause.
    pub(crate) code: &'static str,
    /// What happened, for a person.
    pub(crate) error: String,
}

/// What the stages share.
pub(crate) struct Shared {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) cluster: Cluster,
    pub(crate) patience: Patience,
    pub(crate) doors: Doors,
    dead: UnboundedSender<Failed>,
}

impl Shared {
    pub(crate) fn new(
        ledger: Arc<Ledger>,
        cluster: Cluster,
        patience: Patience,
    ) -> (Arc<Self>, UnboundedReceiver<Failed>) {
        let (dead, failed) = unbounded_channel();
        let doors = Doors::default();
        (Arc::new(Self { ledger, cluster, patience, doors, dead }), failed)
    }

    /// Gives a message up for dead. Its receipt is settled when the broker has it.
    pub(crate) fn bury(&self, mut letter: Letter, code: &'static str, error: String) {
        letter.receipt.journey.enter("dead_letter");
        letter.receipt.journey.fail(code);
        // Nobody listens only when the worker ends; then the message stays in the queue.
        let _ = self.dead.send(Failed { letter, code, error });
    }
}

/// Which shards answered when they were last asked.
#[derive(Debug, Default)]
pub(crate) struct Doors {
    shards: Mutex<BTreeMap<ShardId, Arc<AtomicBool>>>,
}

impl Doors {
    /// The door of a shard, open until something else is heard.
    pub(crate) fn of(&self, shard: ShardId) -> Arc<AtomicBool> {
        let mut shards = self.shards.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(shards.entry(shard).or_insert_with(|| Arc::new(AtomicBool::new(true))))
    }

    /// A shard has answered, or has not.
    pub(crate) fn heard(&self, shard: ShardId, up: bool) {
        if self.of(shard).swap(up, Ordering::Relaxed) != up {
            match up {
                true => tracing::info!(%shard, "the shard is back"),
                false => tracing::warn!(%shard, "the shard is away; its documents wait"),
            }
        }
        meters::shard_up(shard, up);
    }
}

/// The work of one shard: gets what is sent to it.
type Work<T> = Box<dyn Fn(ShardId, UnboundedReceiver<T>) + Send + Sync>;

/// A queue for each shard, so that one that is away holds nothing of the others up. How much may
/// wait in all of them is bounded by what is in hand.
pub(crate) struct PerShard<T> {
    senders: Mutex<BTreeMap<ShardId, UnboundedSender<T>>>,
    work: Work<T>,
}

impl<T> PerShard<T> {
    /// `work` is called once for each shard, when the first item for it comes.
    pub(crate) fn new(
        work: impl Fn(ShardId, UnboundedReceiver<T>) + Send + Sync + 'static,
    ) -> Self {
        Self { senders: Mutex::default(), work: Box::new(work) }
    }

    pub(crate) fn send(&self, shard: ShardId, item: T) {
        let mut senders = self.senders.lock().unwrap_or_else(PoisonError::into_inner);
        let sender = senders.entry(shard).or_insert_with(|| {
            let (sender, receiver) = unbounded_channel();
            (self.work)(shard, receiver);
            sender
        });
        // Nobody listens only when the worker ends.
        let _ = sender.send(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_up_to_the_longest() {
        let max = Duration::from_secs(5);
        for tries in [0, 1, 5, 20, 4_000_000] {
            let wait = backoff(tries, max);
            assert!(wait >= Duration::from_millis(50) && wait <= max, "{tries}: {wait:?}");
        }
        assert!(backoff(20, max) >= max / 2);
    }

    #[tokio::test]
    async fn each_shard_gets_its_own_work() {
        let (done, mut results) = unbounded_channel();
        let queues = PerShard::new(move |shard, mut receiver: UnboundedReceiver<u8>| {
            let done = done.clone();
            tokio::spawn(async move {
                while let Some(item) = receiver.recv().await {
                    done.send((shard, item)).unwrap();
                }
            });
        });
        for (shard, item) in [(0, 1), (1, 2), (0, 3)] {
            queues.send(ShardId(shard), item);
        }
        let mut got = Vec::new();
        while got.len() < 3 {
            got.push(results.recv().await.unwrap());
        }
        got.sort_unstable();
        assert_eq!(got, [(ShardId(0), 1), (ShardId(0), 3), (ShardId(1), 2)]);
    }
}
