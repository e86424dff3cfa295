//! The settings of what runs as a service: the broker, the batches and the worker itself.

use std::net::SocketAddr;
use std::path::PathBuf;

use ivendor_store::reference::TenantKey;
use ivendor_store::result::DUE_WITHIN_S;
use ivendor_store::settings::Secret;
use serde::{Deserialize, Serialize};

/// How the broker is reached and what the topics are called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KafkaSettings {
    /// `host:port` of the first brokers to ask, separated by commas; also `KAFKA_BROKERS`.
    pub brokers: Option<String>,
    /// The topic of the requests; also `KAFKA_TOPIC`.
    pub topic: String,
    /// The topic of the messages that are no valid request, or that failed for good.
    pub dead_letter_topic: String,
    /// The topic of the events.
    pub events_topic: String,
    /// The consumer group of the workers.
    pub group: String,
    /// The name of this worker in its group. One that comes back under the same name within
    /// `session_s_max` takes its partitions up again and the others do not move.
    pub instance: Option<String>,
    /// Which requests share a partition: `document`, `type` or `tenant`.
    pub partition_by: String,
    /// Partitions of a topic that this program makes.
    pub partitions: u32,
    /// Replicas of a topic that this program makes.
    pub replicas: u32,
    /// Seconds without a sign of life after which the broker gives the partitions to others.
    pub session_s_max: f64,
    /// Seconds between two commits of offsets.
    pub commit_s: f64,
    /// `plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`.
    pub security: String,
    /// `PLAIN`, `SCRAM-SHA-256` or `SCRAM-SHA-512`.
    pub sasl_mechanism: Option<String>,
    /// The user of the broker.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<Secret>,
    /// The file that the password stands in, where it is not given.
    pub password_file: Option<PathBuf>,
    /// The certificates of the authorities (PEM) in place of the system's.
    pub tls_authorities: Option<PathBuf>,
}

impl Default for KafkaSettings {
    fn default() -> Self {
        Self {
            brokers: None,
            topic: "verification.queue".to_owned(),
            dead_letter_topic: "verification.dead_letter".to_owned(),
            events_topic: "events.all".to_owned(),
            group: "ivendor-worker".to_owned(),
            instance: None,
            partition_by: "document".to_owned(),
            partitions: 16,
            replicas: 1,
            session_s_max: 45.0,
            commit_s: 1.0,
            security: "plaintext".to_owned(),
            sasl_mechanism: None,
            user: None,
            password: None,
            password_file: None,
            tls_authorities: None,
        }
    }
}

/// When a batch goes to the device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BatchSettings {
    /// Documents of a batch; the engine may want fewer at a time.
    pub documents_max: usize,
    /// Bytes of its documents.
    pub bytes_max: u64,
    /// Pixels of its documents, as far as they are known before decoding.
    pub px_max: u64,
    /// Seconds that its oldest document waits.
    pub age_s_max: f64,
    /// Seconds that it waits for one more document.
    pub quiet_s_max: f64,
}

impl Default for BatchSettings {
    fn default() -> Self {
        Self {
            documents_max: 1000,
            bytes_max: 256 << 20,
            px_max: 8_000_000_000,
            age_s_max: 30.0,
            quiet_s_max: 0.25,
        }
    }
}

/// How the worker runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WorkerSettings {
    /// Where `/livez`, `/readyz` and `/metrics` are served; none without it.
    pub listen: Option<SocketAddr>,
    /// Messages that may be in hand without having ended. Past it no more are taken.
    pub in_flight_max: usize,
    /// Bytes of those messages.
    pub in_flight_bytes_max: u64,
    /// Documents that are fetched at a time.
    pub fetches_max: usize,
    /// Bytes of fetched documents that wait for the device.
    pub fetched_bytes_max: u64,
    /// Seconds that a document may fail for a passing cause before it becomes a dead letter.
    pub retry_age_s_max: f64,
    /// Tries that a document may fail for a passing cause before it becomes a dead letter.
    pub retry_tries_max: u32,
    /// Seconds to finish what is in hand when partitions go to another worker.
    pub drain_s_max: f64,
    /// Seconds to finish what is in hand when the worker is asked to end.
    pub grace_s_max: f64,
    /// The folder where the worker writes down what is at the engine, so that a document that ends
    /// the process is found when it starts again; `ivendor-worker` in the system's folder for
    /// temporary files without it. It must outlive the process.
    pub journal_dir: Option<PathBuf>,
    /// Share of the accepted documents, 0–1, that a person looks at all the same, where a tenant
    /// has not set its own as `sampled_share`.
    pub sampled_share: f64,
    /// Seconds within which a case should be decided, from when it opens, where a tenant has not
    /// set its own as `due_within_s`.
    pub due_within_s: u32,
    /// Whether the worker is ready while a device does not serve and the CPU computes in its
    /// place. `/readyz` says in any case that it is degraded.
    pub ready_when_degraded: bool,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            listen: None,
            in_flight_max: 20_000,
            in_flight_bytes_max: 256 << 20,
            fetches_max: 16,
            fetched_bytes_max: 512 << 20,
            retry_age_s_max: 3600.0,
            retry_tries_max: 1000,
            drain_s_max: 10.0,
            grace_s_max: 30.0,
            journal_dir: None,
            sampled_share: 0.0,
            due_within_s: DUE_WITHIN_S,
            ready_when_degraded: true,
        }
    }
}

/// The first value that cannot be, as its key and what is wrong.
pub(super) fn problem(settings: &super::Settings) -> Option<(&'static str, String)> {
    let super::Settings { kafka, batch, worker, .. } = settings;
    let seconds = [
        ("kafka.session_s_max", kafka.session_s_max, 1.0),
        ("kafka.commit_s", kafka.commit_s, 0.01),
        ("batch.age_s_max", batch.age_s_max, 0.0),
        ("batch.quiet_s_max", batch.quiet_s_max, 0.0),
        ("worker.retry_age_s_max", worker.retry_age_s_max, 0.0),
        ("worker.drain_s_max", worker.drain_s_max, 0.0),
        ("worker.grace_s_max", worker.grace_s_max, 0.0),
    ];
    if let Some((key, _, min)) = seconds.iter().find(|(_, s, min)| !(*min..=86_400.0).contains(s)) {
        return Some((key, format!("must lie between {min} and 86400 seconds")));
    }
    let at_least_one = [
        ("kafka.partitions", u64::from(kafka.partitions)),
        ("kafka.replicas", u64::from(kafka.replicas)),
        ("batch.documents_max", batch.documents_max as u64),
        ("batch.bytes_max", batch.bytes_max),
        ("batch.px_max", batch.px_max),
        ("worker.in_flight_max", worker.in_flight_max as u64),
        ("worker.in_flight_bytes_max", worker.in_flight_bytes_max),
        ("worker.fetches_max", worker.fetches_max as u64),
        ("worker.fetched_bytes_max", worker.fetched_bytes_max),
    ];
    if let Some((key, _)) = at_least_one.iter().find(|(_, number)| *number == 0) {
        return Some((key, "must be at least 1".to_owned()));
    }
    let words: [(&str, Option<&str>, &[&str]); 3] = [
        ("kafka.partition_by", Some(&kafka.partition_by), &["document", "type", "tenant"]),
        (
            "kafka.security",
            Some(&kafka.security),
            &["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"],
        ),
        (
            "kafka.sasl_mechanism",
            kafka.sasl_mechanism.as_deref(),
            &["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"],
        ),
    ];
    for (key, value, known) in words {
        if value.is_some_and(|value| !known.contains(&value)) {
            return Some((key, format!("must be one of {}", known.join(", "))));
        }
    }
    let as_tenants = [
        ("worker.sampled_share", TenantKey::SampledShare, worker.sampled_share),
        ("worker.due_within_s", TenantKey::DueWithinS, worker.due_within_s.into()),
    ];
    as_tenants.into_iter().find_map(|(name, key, value)| Some((name, key.problem(value)?)))
}
