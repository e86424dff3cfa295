//! Sends many messages, and knows at any time up to which of them all are acknowledged.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ivendor_core::watermark::Watermark;
use rdkafka::ClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _, ProducerContext, PurgeConfig};

use super::client::Broker;
use super::error::QueueError;

/// Messages after which the reports that have come in are looked at.
const POLL_EVERY: u32 = 256;

/// How long one look for reports takes where there is nothing else to do.
const LOOK: Duration = Duration::from_millis(20);

/// One message.
#[derive(Debug)]
pub struct Outgoing<'a> {
    /// The key; a message may have none.
    pub key: Option<&'a [u8]>,
    /// The bytes; a message may have none.
    pub payload: Option<&'a [u8]>,
    /// The partition, from 0.
    pub partition: u32,
    /// What stands beside the bytes.
    pub headers: Option<OwnedHeaders>,
    /// Where the message stands in what is sent: each is greater than the one before.
    pub mark: u64,
}

/// A producer for many messages: what is sent is in order in its partition, once as long as this
/// process lives, and acknowledged by every replica in step.
pub struct BulkProducer {
    producer: BaseProducer<Reports>,
    topic: String,
    broker: Broker,
    unpolled: u32,
}

impl std::fmt::Debug for BulkProducer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BulkProducer").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl BulkProducer {
    /// Sends to `topic`. Nothing is connected to yet.
    ///
    /// # Errors
    /// [`QueueError`] where the client cannot be made.
    pub fn new(broker: &Broker, topic: &str) -> Result<Self, QueueError> {
        let mut config = broker.producer();
        // Larger batches for the price of a moment that nobody waits for.
        config.set("linger.ms", "20").set("batch.size", "262144");
        let made = config.create_with_context(Reports::default());
        let producer = made.map_err(broker.failed("make a producer"))?;
        Ok(Self { producer, topic: topic.to_owned(), broker: broker.clone(), unpolled: 0 })
    }

    /// Takes a message over to be sent. Waits while too many are on their way.
    ///
    /// # Errors
    /// [`QueueError::Broker`] for this message, or the first one before it that was not
    /// acknowledged; nothing more is sent then.
    pub fn send(&mut self, message: Outgoing<'_>) -> Result<(), QueueError> {
        let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len) as u64;
        let bytes = length(message.key) + length(message.payload);
        let mark = mark(message.mark);
        self.state().watermark.receive(mark, bytes);
        let mut record = BaseRecord::with_opaque_to(&self.topic, mark as usize);
        record.partition = i32::try_from(message.partition).ok();
        record.key = message.key;
        record.payload = message.payload;
        record.headers = message.headers;
        loop {
            record = match self.producer.send::<[u8], [u8]>(record) {
                Ok(()) => break,
                Err((error, record)) if is_full(&error) => {
                    self.reports(LOOK)?;
                    record
                }
                Err((error, _)) => return Err(self.failed(error)),
            };
        }
        self.unpolled += 1;
        if self.unpolled >= POLL_EVERY {
            self.unpolled = 0;
            self.reports(Duration::ZERO)?;
        }
        Ok(())
    }

    /// Says that at `at` stands something that is not to be sent. Where something was sent with
    /// this mark, nothing changes.
    pub fn pass(&mut self, at: u64) {
        let mut state = self.state();
        if state.watermark.receive(mark(at), 0) {
            state.watermark.settle(mark(at));
        }
    }

    /// The last mark up to which everything is acknowledged or passed; `None` before the first.
    #[must_use]
    pub fn acknowledged(&self) -> Option<u64> {
        let passed = self.state().watermark.committable()?;
        u64::try_from(passed - 1).ok()
    }

    /// Waits until everything is acknowledged.
    ///
    /// # Errors
    /// [`QueueError::Broker`] for the first message that was not.
    pub fn finish(&mut self) -> Result<(), QueueError> {
        while self.producer.in_flight_count() > 0 {
            self.reports(LOOK)?;
        }
        self.reports(Duration::ZERO)
    }

    /// Takes in what has been reported, for as long as `patience`.
    fn reports(&self, patience: Duration) -> Result<(), QueueError> {
        self.producer.poll(patience);
        let failed = self.state().failed.take();
        failed.map_or(Ok(()), |error| Err(self.failed(error)))
    }

    fn failed(&self, error: KafkaError) -> QueueError {
        self.producer.purge(PurgeConfig::default().queue().inflight());
        self.broker.failed(format!("send to {}", self.topic))(error)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.producer.context().state()
    }
}

/// Marks are lengths of files and counts, far below the bound.
fn mark(mark: u64) -> i64 {
    i64::try_from(mark).unwrap_or(i64::MAX - 1)
}

fn is_full(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::QueueFull)
}

/// What the reports have said so far.
#[derive(Debug, Default)]
struct Reports {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    watermark: Watermark,
    failed: Option<KafkaError>,
}

impl Reports {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Reports {}

impl ProducerContext for Reports {
    /// The mark of the message.
    type DeliveryOpaque = usize;

    fn delivery(&self, result: &DeliveryResult<'_>, mark: usize) {
        let mut state = self.state();
        match result {
            Ok(_) => {
                state.watermark.settle(mark as i64);
            }
            Err((error, _)) => {
                state.failed.get_or_insert_with(|| error.clone());
            }
        }
    }
}
