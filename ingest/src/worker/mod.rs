//! The worker: from the queue through the engine to the shards, for ever.
//!
//! A document goes one way: the consumer's thread receives and decodes it, `fetching` gets its
//! bytes, `knowing` asks whether its verdict is there already, the `desk` puts it into a batch,
//! `computing` takes the batch to the engine, `writing` stores the verdict. What comes back is the
//! receipt alone: it settles when the verdict, or the dead letter, is safe.

mod burying;
mod check;
pub mod cli;
mod computing;
mod desk;
#[cfg(any(test, feature = "testing"))]
pub mod fake;
pub mod fetching;
mod health;
mod journal;
mod knowing;
mod meters;
pub mod migrate;
mod relay;
mod shared;
mod task;
mod traces;
pub mod verifier;
mod wishes;
mod writing;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, Instant};

use ivendor_core::batcher::BatchBounds;
use ivendor_store::cluster::Cluster;
use ivendor_store::store::Store as _;
use tokio::runtime::Runtime;
use tokio::sync::Notify;

use crate::error::RunError;
use crate::kafka::client::Broker;
use crate::kafka::consumer::{Consumer, Ended, Rules};
use crate::kafka::dead_letter::DeadLetters;
use crate::kafka::ledger::Ledger;
use crate::kafka::letter::Incoming;
use crate::kafka::pulse::Pulse;
use crate::kafka::topics::Topics;
use desk::Desk;
use fetching::{Fetch, Fetching, KeyParts};
use health::Health;
use ivendor_settings::{Settings, WorkerSettings};
use journal::Journal;
use relay::Relay;
use shared::{Patience, PerShard, Shared};
use task::{Judged, Ready, Task};
use verifier::Verifier;
use writing::Writing;

pub use check::check;

/// How often the metrics of the shards are brought up to date.
const WATCH: Duration = Duration::from_secs(5);
/// For the events that were written last, at the end.
const LAST_EVENTS: Duration = Duration::from_secs(5);
/// Between two looks at them.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// How often within this time a worker may be fenced before it gives up.
const FENCES_MAX: usize = 5;
const FENCES_WITHIN: Duration = Duration::from_secs(600);

/// A worker with everything that it needs.
pub struct Worker<F> {
    /// The configuration.
    pub settings: Settings,
    /// What computes.
    pub verifier: Box<dyn Verifier>,
    /// Where the bytes come from.
    pub fetch: F,
}

/// The stages, as they are joined.
struct Pipeline<F> {
    shared: Arc<Shared>,
    fetching: Arc<Fetching<F>>,
    desk: Arc<Desk<Ready>>,
    writers: Arc<PerShard<Judged>>,
    relay: Arc<Relay>,
}

impl<F: Fetch> Worker<F> {
    /// Works until `stop` says so: then it finishes what is in hand as far as the time allows, and
    /// gives the rest back.
    ///
    /// # Errors
    /// [`RunError`] where the configuration cannot be, or the broker or the reference database is
    /// away at the start.
    pub fn run(self, stop: &AtomicBool) -> Result<(), RunError> {
        let failed = |error| RunError::Internal(format!("cannot start threads: {error}"));
        let runtime = Runtime::new().map_err(failed)?;
        let Self { settings, mut verifier, fetch } = self;
        let ledger = Arc::new(Ledger::default());
        let pulse = Arc::new(Pulse::default());
        let provenance = verifier.provenance().clone();
        let keys = KeyParts::of(&provenance);
        let documents = settings.batch.documents_max.min(verifier.batch_documents()).max(1);
        let pipeline = runtime.block_on(Pipeline::start(
            (&settings, documents),
            (fetch, keys),
            Arc::clone(&ledger),
        ))?;
        if let Some(address) = settings.worker.listen {
            let metrics = meters::install().map_err(|e| RunError::Internal(e.to_string()))?;
            let health = Health {
                shared: Arc::clone(&pipeline.shared),
                pulse: Arc::clone(&pulse),
                metrics,
                device: provenance.device,
                watch: verifier.watch(),
                ready_when_degraded: settings.worker.ready_when_degraded,
            };
            runtime.block_on(health::serve(address, health))?;
        }
        let Pipeline { shared, fetching, desk, writers, relay } = pipeline;
        let computing = {
            let (desk, shared, writers) = (Arc::clone(&desk), Arc::clone(&shared), writers);
            let mut journal = open_journal(&settings, keys);
            thread::Builder::new().name("engine".to_owned()).spawn(move || {
                computing::compute((&mut *verifier, &mut journal), &desk, &shared, &writers);
            })
        };
        let computing = computing.map_err(failed)?;
        let ended = consume((&settings, stop), (&ledger, &pulse), &mut |messages| {
            receive(messages, &fetching, &shared);
            !computing.is_finished()
        });
        desk.close();
        let engine = computing.join();
        runtime.block_on(last_events(&relay));
        runtime.shutdown_timeout(Duration::from_secs(1));
        match engine {
            Ok(()) => ended,
            Err(_) => Err(RunError::Internal("the engine's thread ended".to_owned())),
        }
    }
}

/// The journal of this process. A worker works without one, but then a document that ends it ends
/// it again.
fn open_journal(settings: &Settings, keys: KeyParts) -> Journal {
    let folder = match &settings.worker.journal_dir {
        Some(folder) => folder.clone(),
        None => std::env::temp_dir().join("ivendor-worker"),
    };
    Journal::open(&folder, &keys.text()).unwrap_or_else(|error| {
        let folder = folder.display();
        tracing::warn!(%error, %folder, "no journal: set worker.journal_dir to a folder");
        Journal::default()
    })
}

/// Consumes until it is told to stop. One that was fenced comes back; one that is fenced again and
/// again has a rival under its name.
fn consume(
    (settings, stop): (&Settings, &AtomicBool),
    (ledger, pulse): (&Arc<Ledger>, &Arc<Pulse>),
    hand_on: &mut impl FnMut(Vec<Incoming>) -> bool,
) -> Result<(), RunError> {
    let Settings { kafka, worker, .. } = settings;
    let rules = Rules {
        messages_max: worker.in_flight_max,
        bytes_max: worker.in_flight_bytes_max,
        drain_max: Duration::from_secs_f64(worker.drain_s_max),
        grace_max: Duration::from_secs_f64(worker.grace_s_max),
    };
    let mut fenced_at: Vec<Instant> = Vec::new();
    loop {
        let consumer = Consumer::new(kafka, rules, Arc::clone(ledger), Arc::clone(pulse))?;
        match consumer.run(stop, hand_on)? {
            Ended::Asked => return Ok(()),
            Ended::Fenced => tracing::warn!("another one came under this worker's name"),
        }
        fenced_at.retain(|at| at.elapsed() < FENCES_WITHIN);
        fenced_at.push(Instant::now());
        if fenced_at.len() > FENCES_MAX {
            let name = kafka.instance.as_deref().unwrap_or_default();
            let words = format!("another worker has the name kafka.instance {name:?}, too");
            return Err(RunError::Usage(words));
        }
    }
}

/// Hands decoded messages on.
fn receive<F: Fetch>(messages: Vec<Incoming>, fetching: &Fetching<F>, shared: &Shared) {
    meters::received(messages.len());
    for message in messages {
        match message {
            Incoming::Asked(mut letter, request) => {
                let journey = &mut letter.receipt.journey;
                journey.note("ivendor.tenant_id", || request.tenant_id.to_string());
                journey.note("ivendor.document_id", || request.document_id.to_string());
                journey.enter("fetch");
                fetching.push(Task { letter, request, tries: 0 });
            }
            Incoming::Rejected(letter, code, error) => shared.bury(letter, code, error),
        }
    }
}

/// Sends the events that the last verdicts left, as far as that goes quickly.
async fn last_events(relay: &Relay) {
    let of = |shard| async move {
        while relay.shared.cluster.shards.lag(shard).await.is_ok_and(|lag| lag.events > 0) {
            // Whoever has them in hand now, here or elsewhere, is done soon.
            if !matches!(relay.once(shard).await, Ok(sent) if sent > 0) {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
    };
    let all = futures_util::future::join_all(relay.shared.cluster.shards.ids().into_iter().map(of));
    // What is left is sent by whoever works on.
    let _ = tokio::time::timeout(LAST_EVENTS, all).await;
}

impl<F: Fetch> Pipeline<F> {
    async fn start(
        (settings, documents_max): (&Settings, usize),
        (fetch, keys): (F, KeyParts),
        ledger: Arc<Ledger>,
    ) -> Result<Self, RunError> {
        let Settings { kafka, worker, batch, store, .. } = settings;
        let broker = Broker::new(kafka)?;
        Topics::new(&broker)?.make_missing(kafka).await?;
        let cluster = Cluster::open(store).await.map_err(RunError::from)?;
        let patience = Patience {
            age_max: Duration::from_secs_f64(worker.retry_age_s_max),
            tries_max: worker.retry_tries_max,
        };
        let (shared, failed) = Shared::new(ledger, cluster, patience);
        let dead_letters = DeadLetters::new(&broker, &kafka.dead_letter_topic)?;
        tokio::spawn(burying::bury(failed, Arc::clone(&shared), kafka.topic.clone(), dead_letters));
        let desk = Arc::new(Desk::new(BatchBounds {
            documents_max,
            bytes_max: batch.bytes_max,
            px_max: batch.px_max,
            age_max: Duration::from_secs_f64(batch.age_s_max),
            quiet_max: Duration::from_secs_f64(batch.quiet_s_max),
        }));
        let known = {
            let (shared, desk) = (Arc::clone(&shared), Arc::clone(&desk));
            let handle = tokio::runtime::Handle::current();
            PerShard::new(move |shard, receiver| {
                let (shared, desk) = (Arc::clone(&shared), Arc::clone(&desk));
                handle.spawn(knowing::ask(shard, receiver, shared, desk));
            })
        };
        let fetching = Fetching::new(
            (fetch, keys),
            Arc::clone(&shared),
            Arc::new(known),
            worker.fetched_bytes_max,
        );
        fetching.start(worker.fetches_max);
        let stored = Arc::new(Notify::new());
        let relay = Arc::new(Relay {
            shared: Arc::clone(&shared),
            producer: relay::producer(&broker)?,
            topic: kafka.events_topic.clone(),
            stored: Arc::clone(&stored),
        });
        for shard in shared.cluster.shards.ids() {
            tokio::spawn(Arc::clone(&relay).run(shard));
        }
        tokio::spawn(relay::watch(Arc::clone(&shared), WATCH));
        let writers = writers(&shared, worker, &stored);
        Ok(Self { shared, fetching, desk, writers, relay })
    }
}

fn writers(
    shared: &Arc<Shared>,
    worker: &WorkerSettings,
    stored: &Arc<Notify>,
) -> Arc<PerShard<Judged>> {
    Arc::new_cyclic(|all| {
        let writing = Arc::new(Writing {
            shared: Arc::clone(shared),
            wishes: wishes::Wishes::new(worker),
            all: all.clone(),
            stored: Arc::clone(stored),
        });
        let handle = tokio::runtime::Handle::current();
        PerShard::new(move |shard, receiver| {
            handle.spawn(writing::write(shard, receiver, Arc::clone(&writing)));
        })
    })
}
