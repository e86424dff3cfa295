//! A desk with a broker: topics of its own, requests, and what the topics hold.

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ivendor_ingest::kafka::client::Broker;
use ivendor_ingest::kafka::topics::Topics;
use ivendor_settings::KafkaSettings;
use ivendor_store::testing::stack::Stack;
use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Message as _, OwnedMessage};
use rdkafka::topic_partition_list::Offset;
use serde_json::{Value, json};

use crate::common::{Desk, Run, backfill};

/// The services that the tests share: a broker, a reference database and two shards.
pub(crate) fn shared() -> &'static Stack {
    static SHARED: OnceLock<Stack> = OnceLock::new();
    SHARED.get_or_init(|| Stack::with_broker(2).unwrap())
}

/// A folder, a queue and a dead-letter topic that no other test uses.
pub(crate) struct Table {
    pub(crate) desk: Desk,
    pub(crate) settings: KafkaSettings,
}

impl Table {
    /// The topics are not there yet.
    pub(crate) fn new(partitions: u32) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let settings = KafkaSettings {
            brokers: shared().broker().map(str::to_owned),
            topic: format!("queue-{number}"),
            dead_letter_topic: format!("dead-{number}"),
            events_topic: format!("events-{number}"),
            group: format!("group-{number}"),
            partitions,
            ..KafkaSettings::default()
        };
        Self { desk: Desk::new(), settings }
    }

    /// The same with its topics.
    pub(crate) fn laid(partitions: u32) -> Self {
        let table = Self::new(partitions);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(table.topics().make_missing(&table.settings)).unwrap();
        table
    }

    pub(crate) fn broker(&self) -> Broker {
        Broker::new(&self.settings).unwrap()
    }

    pub(crate) fn topics(&self) -> Topics {
        Topics::new(&self.broker()).unwrap()
    }

    /// The program at this table, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let settings = &self.settings;
        let mut command = backfill();
        command
            .current_dir(self.desk.at("."))
            .args(arguments)
            .env("KAFKA_BROKERS", settings.brokers.as_deref().unwrap())
            .env("KAFKA_TOPIC", &settings.topic)
            .env("IVENDOR_KAFKA_DEAD_LETTER_TOPIC", &settings.dead_letter_topic)
            .env("IVENDOR_KAFKA_EVENTS_TOPIC", &settings.events_topic)
            .env("IVENDOR_KAFKA_GROUP", &settings.group)
            .env("IVENDOR_KAFKA_PARTITIONS", settings.partitions.to_string())
            .env("IVENDOR_KAFKA_PARTITION_BY", &settings.partition_by);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(self.command(arguments).output().unwrap())
    }

    /// How many messages the queue holds.
    pub(crate) fn queued(&self) -> u64 {
        let spans = self.topics().spans(&self.settings.topic).unwrap();
        spans.iter().map(|span| span.end as u64).sum()
    }

    /// Everything in a topic, partition by partition in their order.
    pub(crate) fn all(&self, topic: &str) -> Vec<Vec<OwnedMessage>> {
        let spans = self.topics().spans(topic).unwrap();
        let consumer: BaseConsumer = self.broker().consumer("test").create().unwrap();
        let mut wanted = TopicPartitionList::new();
        for partition in 0..spans.len() {
            wanted.add_partition_offset(topic, partition as i32, Offset::Beginning).unwrap();
        }
        consumer.assign(&wanted).unwrap();
        let mut found: Vec<Vec<OwnedMessage>> = spans.iter().map(|_| Vec::new()).collect();
        let held = |found: &[Vec<OwnedMessage>]| {
            let next = |messages: &Vec<OwnedMessage>| messages.last().map_or(0, |m| m.offset() + 1);
            spans.iter().zip(found).all(|(span, messages)| next(messages) >= span.end)
        };
        while !held(&found) {
            let message = consumer.poll(Duration::from_secs(30)).unwrap().unwrap();
            found[message.partition() as usize].push(message.detach());
        }
        found
    }

    /// The documents in the queue, in the order of partitions and offsets.
    pub(crate) fn documents(&self) -> Vec<String> {
        let all = self.all(&self.settings.topic);
        let document =
            |message: &OwnedMessage| value(message)["document_id"].as_str().unwrap().to_owned();
        all.iter().flatten().map(document).collect()
    }
}

pub(crate) fn value(message: &OwnedMessage) -> Value {
    serde_json::from_slice(message.payload().unwrap()).unwrap()
}

/// A request for a document in a bucket.
pub(crate) fn request(tenant: &str, document: &str) -> String {
    json!({
        "schema": "ivendor.verification.request/1", "tenant_id": tenant, "vendor_id": "v",
        "document_id": document, "document_type": "invoice",
        "uri": format!("s3://bucket/tenants/{tenant}/2026/01/{document}.pdf"),
        "claims": {"total": "9.00", "date": "2026-01-02"}
    })
    .to_string()
}

/// `count` requests, a line each.
pub(crate) fn requests(count: usize) -> String {
    (0..count).map(|n| request("t", &format!("d{n}")) + "\n").collect()
}
