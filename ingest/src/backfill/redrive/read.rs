//! Reads a topic to where its partitions end when the reading begins.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Message as _, OwnedMessage};
use rdkafka::topic_partition_list::Offset;

use crate::kafka::client::{ANSWER_MAX, Broker};
use crate::kafka::error::QueueError;
use crate::kafka::topics::Span;

/// The group that is named to the broker. Nothing is committed for it.
const GROUP: &str = "ivendor-redrive";

/// One look for messages.
const LOOK: Duration = Duration::from_millis(200);

/// The messages of a topic, partition by partition in their order.
pub(super) struct Reader {
    consumer: BaseConsumer,
    broker: Broker,
    topic: String,
    /// One past the last message of each partition that is not read yet.
    ends: BTreeMap<i32, i64>,
    heard: Instant,
}

impl Reader {
    /// Reads each partition over its span.
    pub(super) fn new(
        broker: &Broker,
        topic: &str,
        spans: impl Iterator<Item = (i32, Span)>,
    ) -> Result<Self, QueueError> {
        let failed = || broker.failed(format!("read {topic}"));
        let mut config = broker.consumer(GROUP);
        // Offsets may be missing at the end too.
        config.set("enable.partition.eof", "true");
        let consumer: BaseConsumer = config.create().map_err(failed())?;
        let (mut wanted, mut ends) = (TopicPartitionList::new(), BTreeMap::new());
        for (partition, span) in spans.filter(|(_, span)| span.start < span.end) {
            let start = Offset::Offset(span.start);
            wanted.add_partition_offset(topic, partition, start).map_err(failed())?;
            ends.insert(partition, span.end);
        }
        consumer.assign(&wanted).map_err(failed())?;
        let (broker, topic) = (broker.clone(), topic.to_owned());
        Ok(Self { consumer, broker, topic, ends, heard: Instant::now() })
    }

    /// The next message; `None` after the last one.
    pub(super) fn next_message(&mut self) -> Result<Option<OwnedMessage>, QueueError> {
        while !self.ends.is_empty() {
            let error = match self.consumer.poll(LOOK) {
                Some(Ok(message)) => {
                    self.heard = Instant::now();
                    let (partition, offset) = (message.partition(), message.offset());
                    let Some(end) = self.ends.get(&partition).copied() else { continue };
                    if offset + 1 >= end {
                        self.ends.remove(&partition);
                    }
                    if offset < end {
                        return Ok(Some(message.detach()));
                    }
                    continue;
                }
                Some(Err(KafkaError::PartitionEOF(partition))) => {
                    self.ends.remove(&partition);
                    continue;
                }
                Some(Err(error)) => error,
                None => KafkaError::MessageConsumption(RDKafkaErrorCode::OperationTimedOut),
            };
            let error = self.broker.failed(format!("read {}", self.topic))(error);
            // The client library tries again by itself.
            if !error.is_transient() || self.heard.elapsed() > ANSWER_MAX {
                return Err(error);
            }
        }
        Ok(None)
    }
}
