//! Carries the events of each shard's outbox to the broker: at least once, and those of a document
//! in order.
//!
//! One worker at a time takes from a shard. An event leaves the outbox when the broker has it; when
//! the worker dies in between, the next one sends it again under the same identifier.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ivendor_core::sharding::ShardId;
use ivendor_store::error::StoreError;
use ivendor_store::outbox::Event;
use ivendor_store::result::DocumentRef;
use ivendor_store::store::Store as _;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::sync::Notify;

use super::meters;
use super::shared::{Shared, backoff};
use crate::kafka::client::{Broker, EVENT_BYTES_MAX};
use crate::kafka::error::QueueError;
use crate::kafka::headers::{self, TRACEPARENT};

/// Events that are taken together.
const TOGETHER: usize = 2000;
/// How often an outbox is looked into when nothing says that there is something.
const LOOK: Duration = Duration::from_millis(500);
/// The longest wait after a failure.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// The way of the events.
pub(crate) struct Relay {
    pub(crate) shared: Arc<Shared>,
    pub(crate) producer: FutureProducer,
    pub(crate) topic: String,
    /// Told when something was stored.
    pub(crate) stored: Arc<Notify>,
}

/// A producer for events, which hold whole verdicts.
pub(crate) fn producer(broker: &Broker) -> Result<FutureProducer, QueueError> {
    let mut config = broker.producer();
    // A producer that sends each message once ends for good at some errors of the broker. One call
    // at a time keeps the order as well, and an event that comes twice has the same identifier.
    config
        .set("enable.idempotence", "false")
        .set("max.in.flight.requests.per.connection", "1")
        .set("message.max.bytes", EVENT_BYTES_MAX.to_string())
        .set("linger.ms", "5");
    config.create().map_err(broker.failed("make a producer"))
}

impl Relay {
    /// Carries the events of one shard, for ever.
    pub(crate) async fn run(self: Arc<Self>, shard: ShardId) {
        let mut failures = 0;
        loop {
            match self.once(shard).await {
                Ok(sent) => {
                    failures = 0;
                    if sent < TOGETHER {
                        let _ = tokio::time::timeout(LOOK, self.stored.notified()).await;
                    }
                }
                Err(error) => {
                    tracing::debug!(%shard, %error, "events wait");
                    tokio::time::sleep(backoff(failures, WAIT_MAX)).await;
                    failures += 1;
                }
            }
        }
    }

    /// Sends what is in the outbox of a shard now, and says how many events the broker has.
    pub(crate) async fn once(&self, shard: ShardId) -> Result<usize, StoreError> {
        let Some(taken) = self.shared.cluster.shards.take(shard, TOGETHER).await? else {
            return Ok(0);
        };
        if taken.events().is_empty() {
            return Ok(0);
        }
        let done = self.send(taken.events()).await;
        let sent = done.len();
        taken.done(&done).await?;
        meters::sent(sent);
        Ok(sent)
    }

    /// The numbers of the events that the broker has. Of a document, none after one that failed.
    async fn send(&self, events: &[Event]) -> Vec<i64> {
        let keys: Vec<String> = events
            .iter()
            .map(|event| format!("{}/{}", event.of.tenant, event.of.document))
            .collect();
        let sending = events.iter().zip(&keys).map(|(event, key)| {
            let kind = Header { key: "content-type", value: Some("application/cloudevents+json") };
            let headers = OwnedHeaders::new().insert(kind);
            let headers = match &event.traceparent {
                Some(trace) => headers::with(headers, TRACEPARENT, trace.as_str()),
                None => headers,
            };
            let record =
                FutureRecord::to(&self.topic).key(key).payload(&event.json).headers(headers);
            // The queue of the producer keeps the order; what it has no room for now waits.
            self.producer.send(record, Duration::from_secs(10))
        });
        let acknowledged = futures_util::future::join_all(sending).await;
        let mut failed: BTreeSet<&DocumentRef> = BTreeSet::new();
        let mut done = Vec::with_capacity(events.len());
        for (event, answer) in events.iter().zip(acknowledged) {
            match answer {
                Ok(_) if !failed.contains(&event.of) => done.push(event.number),
                Ok(_) => {}
                Err((error, _)) => {
                    if failed.is_empty() {
                        tracing::warn!(%error, "events could not be sent; they are kept");
                    }
                    failed.insert(&event.of);
                }
            }
        }
        done
    }
}

/// Keeps the metrics of the shards up to date, for ever.
pub(crate) async fn watch(shared: Arc<Shared>, every: Duration) {
    loop {
        for shard in shared.cluster.shards.ids() {
            if let Ok(pool) = shared.cluster.shards.pool(shard) {
                let idle = u32::try_from(pool.num_idle()).unwrap_or(u32::MAX);
                meters::pool(shard, pool.size().saturating_sub(idle), idle);
            }
            if shared.doors.of(shard).load(Ordering::Relaxed)
                && let Ok(lag) = shared.cluster.shards.lag(shard).await
            {
                meters::outbox(shard, lag.events, lag.age_s);
            }
        }
        tokio::time::sleep(every).await;
    }
}
