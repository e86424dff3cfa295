//! Topics: those that are missing are made, and the others are looked at.

use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode as Code};

use super::client::{ANSWER_MAX, Broker, EVENT_BYTES_MAX, MESSAGE_BYTES_MAX};
use super::error::QueueError;
use ivendor_settings::KafkaSettings;

/// How long to wait before a topic that was just made is looked at again.
const AGAIN: Duration = Duration::from_millis(50);

/// What one partition holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first offset that is kept.
    pub start: i64,
    /// One past the last.
    pub end: i64,
}

/// Asks about topics and makes them. All but [`Topics::make_missing`] block until the broker
/// answers, ten seconds at most for each answer.
pub struct Topics {
    client: AdminClient<DefaultClientContext>,
    broker: Broker,
}

impl std::fmt::Debug for Topics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Topics").field("brokers", &self.broker.brokers()).finish_non_exhaustive()
    }
}

impl Topics {
    /// Nothing is connected to yet.
    ///
    /// # Errors
    /// [`QueueError`] where the client cannot be made.
    pub fn new(broker: &Broker) -> Result<Self, QueueError> {
        let client = broker.client().create().map_err(broker.failed("make a client"))?;
        Ok(Self { client, broker: broker.clone() })
    }

    /// The number of partitions of a topic; `None` where it is not there.
    ///
    /// # Errors
    /// [`QueueError::Broker`] where the broker does not answer.
    pub fn partitions(&self, topic: &str) -> Result<Option<u32>, QueueError> {
        let failed = || self.broker.failed(format!("look for the topic {topic}"));
        let found = self.client.inner().fetch_metadata(Some(topic), ANSWER_MAX);
        let found = found.map_err(failed())?;
        let Some(found) = found.topics().iter().find(|found| found.name() == topic) else {
            return Ok(None);
        };
        match found.error().map(Code::from) {
            None => Ok(u32::try_from(found.partitions().len()).ok().filter(|count| *count > 0)),
            Some(Code::UnknownTopic | Code::UnknownTopicOrPartition) => Ok(None),
            Some(code) => Err(failed()(KafkaError::MetadataFetch(code))),
        }
    }

    /// As [`Topics::partitions`], for a topic that must be there.
    ///
    /// # Errors
    /// [`QueueError::NoTopic`] where it is not, else as there.
    pub fn partitions_of(&self, topic: &str) -> Result<u32, QueueError> {
        self.partitions(topic)?.ok_or_else(|| QueueError::NoTopic {
            topic: topic.to_owned(),
            brokers: self.broker.brokers().to_owned(),
        })
    }

    /// What each partition of a topic holds, in their order.
    ///
    /// # Errors
    /// As [`Topics::partitions_of`].
    pub fn spans(&self, topic: &str) -> Result<Vec<Span>, QueueError> {
        let span = |partition: u32| {
            let number = i32::try_from(partition).unwrap_or(i32::MAX);
            let found = self.client.inner().fetch_watermarks(topic, number, ANSWER_MAX);
            let doing = format!("look at partition {partition} of {topic}");
            found.map(|(start, end)| Span { start, end }).map_err(self.broker.failed(doing))
        };
        (0..self.partitions_of(topic)?).map(span).collect()
    }

    /// Makes those of the three topics that are missing and says which; what is there stays as it
    /// is. Returns once the brokers know them. Call it where waiting for a broker holds up nobody.
    ///
    /// # Errors
    /// [`QueueError::Broker`] where the broker is away or does not let this user make topics.
    pub async fn make_missing(&self, settings: &KafkaSettings) -> Result<Vec<String>, QueueError> {
        let bytes_max = MESSAGE_BYTES_MAX.to_string();
        let event_bytes_max = EVENT_BYTES_MAX.to_string();
        let mut made = Vec::new();
        for topic in [&settings.topic, &settings.dead_letter_topic, &settings.events_topic] {
            let mut new = NewTopic::new(topic, count(settings.partitions), replicas(settings));
            if topic == &settings.dead_letter_topic {
                // What just fitted the queue must fit here with its headers.
                new = new.set("max.message.bytes", &bytes_max);
            } else if topic == &settings.events_topic {
                new = new.set("max.message.bytes", &event_bytes_max);
            }
            if self.make(&new).await? {
                made.push(topic.clone());
            }
        }
        Ok(made)
    }

    /// Makes a topic of one partition that keeps the last message of each key, unless it is there.
    /// `true` where it was made.
    ///
    /// # Errors
    /// As [`Topics::make_missing`].
    pub async fn make_compacted(
        &self,
        settings: &KafkaSettings,
        topic: &str,
    ) -> Result<bool, QueueError> {
        let new = NewTopic::new(topic, 1, replicas(settings)).set("cleanup.policy", "compact");
        self.make(&new).await
    }

    /// Makes a topic unless it is there, and waits until the broker that is asked knows it. `false`
    /// where it was there.
    async fn make(&self, new: &NewTopic<'_>) -> Result<bool, QueueError> {
        if self.partitions(new.name)?.is_some() {
            return Ok(false);
        }
        let failed = || self.broker.failed(format!("make the topic {}", new.name));
        let options = AdminOptions::new()
            .request_timeout(Some(ANSWER_MAX))
            .operation_timeout(Some(ANSWER_MAX));
        let results = self.client.create_topics([new], &options).await.map_err(failed())?;
        let is_new = match results.into_iter().next() {
            None | Some(Ok(_)) => true,
            // Somebody else was faster.
            Some(Err((_, Code::TopicAlreadyExists))) => false,
            Some(Err((_, code))) => return Err(failed()(KafkaError::AdminOp(code))),
        };
        let deadline = Instant::now() + ANSWER_MAX;
        // The broker that made a topic tells the others by and by.
        while self.partitions(new.name)?.is_none() && Instant::now() < deadline {
            tokio::time::sleep(AGAIN).await;
        }
        Ok(is_new)
    }
}

fn count(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn replicas(settings: &KafkaSettings) -> TopicReplication<'_> {
    TopicReplication::Fixed(count(settings.replicas))
}
