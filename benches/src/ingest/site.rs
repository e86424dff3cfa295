//! What a round works on: services, a topic, databases, and the messages.

use std::time::{Duration, Instant};

use ivendor_core::request::{REQUEST_SCHEMA, VerificationRequest};
use ivendor_ingest::kafka::client::Broker;
use ivendor_ingest::kafka::topics::Topics;
use ivendor_settings::KafkaSettings;
use ivendor_store::cluster::Cluster;
use ivendor_store::testing::databases::Databases;
use ivendor_store::testing::stack::Stack;
use serde_json::json;
use tokio::runtime::Runtime;

use super::{IngestArgs, Pass};
use crate::error::BenchError;
use crate::processes::own_cpu;

/// Tenants of the messages, in turns.
const TENANTS: u32 = 1000;

/// The services, and what the present round has on them.
pub(super) struct Site {
    pub(super) args: IngestArgs,
    pub(super) runtime: Runtime,
    pub(super) kafka: KafkaSettings,
    databases: Option<(Databases, Cluster)>,
    pub(super) stack: Stack,
    round: u32,
}

impl Site {
    pub(super) fn start(args: &IngestArgs) -> Result<Self, BenchError> {
        let stack = Stack::with_broker(args.shards).map_err(|e| failed("start services", e))?;
        let runtime = Runtime::new().map_err(|e| failed("start threads", e))?;
        let kafka = KafkaSettings::default();
        Ok(Self { args: args.clone(), runtime, kafka, databases: None, stack, round: 0 })
    }

    /// A topic and databases that hold nothing yet.
    pub(super) fn next_round(&mut self) -> Result<(), BenchError> {
        self.round += 1;
        let round = self.round;
        self.kafka = KafkaSettings {
            brokers: self.stack.broker().map(str::to_owned),
            topic: format!("queue-{round}"),
            events_topic: format!("events-{round}"),
            group: format!("worker-{round}"),
            partitions: self.args.partitions,
            commit_s: 0.1,
            ..KafkaSettings::default()
        };
        let topics = self.broker().and_then(|broker| {
            Topics::new(&broker).map_err(|error| failed("reach the broker", error))
        })?;
        let made = self.runtime.block_on(topics.make_missing(&self.kafka));
        made.map_err(|error| failed("make topics", error))?;
        let ready = self.runtime.block_on(Databases::ready(&self.stack));
        self.databases = Some(ready.map_err(|error| failed("make databases", error))?);
        Ok(())
    }

    pub(super) fn broker(&self) -> Result<Broker, BenchError> {
        Broker::new(&self.kafka).map_err(|error| failed("reach the broker", error))
    }

    pub(super) fn databases(&self) -> Result<&(Databases, Cluster), BenchError> {
        self.databases.as_ref().ok_or_else(|| BenchError::Usage("no round has begun".to_owned()))
    }

    /// The request with this number.
    pub(super) fn request(&self, number: u32) -> Result<VerificationRequest, BenchError> {
        let json = json!({
            "schema": REQUEST_SCHEMA, "tenant_id": format!("tenant-{}", number % TENANTS),
            "vendor_id": format!("vendor-{}", number % 7919), "document_id": format!("d-{number}"),
            "document_type": "receipt", "uri": format!("s3://vendors/documents/{number}.jpg"),
            "claims": {"company": "Corner Shop", "date": "2026-03-09", "total": "9.00"}
        });
        VerificationRequest::parse(json.to_string().as_bytes())
            .map_err(|error| failed("make a request", error))
    }
}

/// What a measurement needs and does not get.
pub(super) fn failed(doing: &str, error: impl std::fmt::Display) -> BenchError {
    BenchError::Side { name: "ingest".to_owned(), problem: format!("could not {doing}: {error}") }
}

/// A clock for the time that passes and the processor time that this process takes.
pub(super) struct Clock {
    pub(super) began: Instant,
    cpu: Duration,
}

impl Clock {
    pub(super) fn start() -> Self {
        Self { began: Instant::now(), cpu: own_cpu() }
    }

    pub(super) fn stop(&self, messages: u32) -> Pass {
        Pass::of(messages, self.began.elapsed(), own_cpu().saturating_sub(self.cpu))
    }
}
