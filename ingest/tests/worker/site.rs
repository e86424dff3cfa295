//! A whole deployment for one test: a broker, databases, documents, and workers as processes.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use ivendor_core::sharding::ShardId;
use ivendor_core::trace::TraceParent;
use ivendor_ingest::kafka::client::Broker;
use ivendor_ingest::kafka::headers::{self, TRACEPARENT};
use ivendor_ingest::kafka::topics::Topics;
use ivendor_ingest::worker::fake::wants_a_person;
use ivendor_store::cluster::Cluster;
use ivendor_store::store::Store as _;
use ivendor_store::testing::databases::Databases;
use ivendor_store::testing::stack::Stack;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::{Message as _, OwnedHeaders};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::running::{PATIENCE, until};

const QUEUE: &str = "verification.queue";
pub(crate) const DEAD: &str = "verification.dead_letter";
pub(crate) const EVENTS: &str = "events.all";
/// Partitions of the queue.
const PARTITIONS: i32 = 16;

/// Broker, databases and documents.
pub(crate) struct Site {
    pub(crate) stack: Stack,
    cluster: OnceCell<Cluster>,
    pub(crate) runtime: Runtime,
    pub(crate) databases: Databases,
    folder: tempfile::TempDir,
}

/// A document of the stream: its tenant and its identifier.
pub(crate) fn document(number: usize) -> (String, String) {
    (format!("tenant-{}", number % 7), format!("d{number}"))
}

impl Site {
    pub(crate) fn new(shards: u16) -> Self {
        let stack = Stack::with_broker(shards).unwrap();
        let runtime = Runtime::new().unwrap();
        let (databases, _) = runtime.block_on(Databases::ready(&stack)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let site = Self { stack, cluster: OnceCell::new(), runtime, databases, folder };
        site.make_topics();
        site
    }

    /// With databases that nobody has migrated.
    pub(crate) fn bare(shards: u16) -> Self {
        let stack = Stack::with_broker(shards).unwrap();
        let runtime = Runtime::new().unwrap();
        let databases = runtime.block_on(Databases::empty(&stack)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let site = Self { stack, cluster: OnceCell::new(), runtime, databases, folder };
        site.make_topics();
        site
    }

    /// The databases, once they are migrated.
    pub(crate) fn cluster(&self) -> &Cluster {
        let open = || self.runtime.block_on(Cluster::open(&self.databases.settings)).unwrap();
        self.cluster.get_or_init(open)
    }

    pub(crate) fn broker(&self) -> &str {
        self.stack.broker().unwrap()
    }

    fn make_topics(&self) {
        let settings = ivendor_settings::KafkaSettings {
            brokers: Some(self.broker().to_owned()),
            ..Default::default()
        };
        let topics = Topics::new(&Broker::new(&settings).unwrap()).unwrap();
        self.runtime.block_on(topics.make_missing(&settings)).unwrap();
    }

    fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.broker());
        config
    }

    /// Writes a document's file and gives its request.
    pub(crate) fn request(&self, tenant: &str, id: &str) -> Value {
        let path = self.folder.path().join(id);
        fs::write(&path, id).unwrap();
        json!({
            "schema": "ivendor.verification.request/1", "tenant_id": tenant, "vendor_id": "v",
            "document_id": id, "document_type": "receipt",
            "uri": format!("file://{}", path.display()),
        })
    }

    /// Sends messages, as (key, value), each to the partition of its place in the list.
    pub(crate) fn send(&self, messages: &[(String, Vec<u8>)]) {
        self.send_in(messages, |_| None);
    }

    /// The same, each in the trace that its place in the list has.
    pub(crate) fn send_in(
        &self,
        messages: &[(String, Vec<u8>)],
        trace: impl Fn(usize) -> Option<TraceParent>,
    ) {
        let producer: BaseProducer = self
            .config()
            .set("enable.idempotence", "true")
            .set("message.max.bytes", "2000000")
            .create()
            .unwrap();
        for (at, (key, value)) in messages.iter().enumerate() {
            let partition = i32::try_from(at).unwrap() % PARTITIONS;
            let mut record = BaseRecord::to(QUEUE).key(key).payload(value).partition(partition);
            if let Some(trace) = trace(at) {
                let header = headers::with(OwnedHeaders::new(), TRACEPARENT, trace.as_str());
                record = record.headers(header);
            }
            producer.send(record).unwrap();
            producer.poll(Duration::ZERO);
        }
        producer.flush(PATIENCE).unwrap();
    }

    /// Sends the requests of these documents of the stream.
    pub(crate) fn send_documents(&self, numbers: std::ops::Range<usize>) {
        let message = |number: usize| {
            let (tenant, id) = document(number);
            (format!("{tenant}/{id}"), self.request(&tenant, &id).to_string().into_bytes())
        };
        self.send(&numbers.map(message).collect::<Vec<_>>());
    }

    /// A worker with the fake engine, not started yet.
    pub(crate) fn worker(&self, instance: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ivendor-fake-worker"));
        self.environment(&mut command, instance);
        command.env("FAKE_TAKES_US", "500").env("RUST_BACKTRACE", "0");
        command
    }

    /// Tells a worker where everything is, and nothing else but the place of the weights.
    pub(crate) fn environment(&self, command: &mut Command, instance: &str) {
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let is_ours = text.starts_with("IVENDOR_") || text.starts_with("KAFKA_");
            if is_ours && text != "IVENDOR_MODELS" {
                command.env_remove(&name);
            }
        }
        let settings = &self.databases.settings;
        let reference = settings.reference.as_ref().unwrap().to_string();
        command
            .env("KAFKA_BROKERS", self.broker())
            .env("IVENDOR_KAFKA_INSTANCE", instance)
            .env("IVENDOR_KAFKA_SESSION_S_MAX", "6")
            .env("IVENDOR_KAFKA_COMMIT_S", "0.1")
            .env("IVENDOR_STORE_REFERENCE", reference)
            .env("IVENDOR_STORE_PASSWORD_FILE", settings.password_file.as_ref().unwrap())
            .env("IVENDOR_STORE_RETRY_DEADLINE_S", "2")
            .env("IVENDOR_FETCH_ROOTS", self.folder.path())
            .env("IVENDOR_WORKER_JOURNAL_DIR", self.folder.path().join("journal"))
            .env("IVENDOR_BATCH_DOCUMENTS_MAX", "20")
            .env("IVENDOR_BATCH_QUIET_S_MAX", "0.02")
            .env("IVENDOR_WORKER_DRAIN_S_MAX", "2")
            .env("IVENDOR_LOG", std::env::var("WORKER_LOG").unwrap_or("error".to_owned()))
            .stdin(Stdio::null());
    }

    /// The first column of a query, from every shard.
    pub(crate) fn ask(&self, query: &'static str) -> Vec<(String, String, i64, i64)> {
        let mut rows = Vec::new();
        for shard in self.cluster().shards.ids() {
            let pool = self.cluster().shards.pool(shard).unwrap();
            let asked = || self.runtime.block_on(sqlx::query_as(query).fetch_all(&pool));
            let found: Vec<_> = until("an answer of the shard", || match asked() {
                Ok(found) => Some(found),
                Err(error) if is_of_a_killed_server(&error) => None,
                Err(error) => panic!("{query}: {error}"),
            });
            rows.extend(found);
        }
        rows
    }

    /// Sets something of a tenant's.
    pub(crate) fn wish(&self, tenant: &str, key: &str, value: f64) {
        let (tenant, value) = (tenant.parse().unwrap(), value.into());
        let set = self.cluster().reference.set(&tenant, key, &value);
        self.runtime.block_on(set).unwrap();
    }

    /// Verdicts in the shards that answer now.
    pub(crate) fn stored(&self) -> usize {
        let count = |shard: ShardId| {
            let pool = self.cluster().shards.pool(shard).ok()?;
            let asked = sqlx::query_scalar("select count(*) from verification").fetch_one(&pool);
            let count: Result<i64, _> = self.runtime.block_on(asked);
            usize::try_from(count.ok()?).ok()
        };
        self.cluster().shards.ids().into_iter().filter_map(count).sum()
    }

    /// Whether documents are at a worker's engine, as its journal says.
    pub(crate) fn has_begun(&self) -> bool {
        let journal = fs::read(self.folder.path().join("journal").join("engine-0.journal"));
        let page = journal.ok().and_then(|text| serde_json::from_slice::<Value>(&text).ok());
        page.is_some_and(|page| page["at_engine"].as_array().is_some_and(|all| !all.is_empty()))
    }

    /// By partition: the committed offset and the end.
    pub(crate) fn offsets(&self) -> Vec<(i64, i64)> {
        let consumer: BaseConsumer =
            self.config().set("group.id", "ivendor-worker").create().unwrap();
        let mut wanted = TopicPartitionList::new();
        wanted.add_partition_range(QUEUE, 0, PARTITIONS - 1);
        let wait = Duration::from_secs(10);
        // Just after a broker came back it may not know yet who keeps the offsets.
        let committed = until("the committed offsets", || {
            consumer.committed_offsets(wanted.clone(), wait).ok()
        });
        let of = |element: &rdkafka::topic_partition_list::TopicPartitionListElem<'_>| {
            let committed = match element.offset() {
                Offset::Offset(offset) => offset,
                _ => 0,
            };
            let partition = element.partition();
            let end = until("the ends", || consumer.fetch_watermarks(QUEUE, partition, wait).ok());
            (committed, end.1)
        };
        committed.elements().iter().map(of).collect()
    }

    /// Waits until every message has ended and its offset is committed.
    pub(crate) fn wait_committed(&self) {
        until("all offsets to be committed", || {
            self.offsets().iter().all(|(committed, end)| committed == end).then_some(())
        });
    }

    /// All messages of a topic: their headers and values.
    pub(crate) fn read(&self, topic: &str) -> Vec<(BTreeMap<String, String>, Vec<u8>)> {
        use rdkafka::message::Headers as _;
        let consumer: BaseConsumer = self.config().set("group.id", "reader").create().unwrap();
        let wait = Duration::from_secs(10);
        let metadata = consumer.fetch_metadata(Some(topic), wait).unwrap();
        let mut messages = Vec::new();
        for partition in metadata.topics()[0].partitions() {
            let (low, high) = consumer.fetch_watermarks(topic, partition.id(), wait).unwrap();
            if low == high {
                continue;
            }
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(topic, partition.id(), Offset::Offset(low)).unwrap();
            consumer.assign(&list).unwrap();
            loop {
                let message = until("a message", || consumer.poll(wait)).unwrap();
                let mut headers = BTreeMap::new();
                for header in message.headers().into_iter().flat_map(|headers| headers.iter()) {
                    let value = String::from_utf8_lossy(header.value.unwrap()).into_owned();
                    headers.insert(header.key.to_owned(), value);
                }
                messages.push((headers, message.payload().unwrap_or_default().to_vec()));
                if message.offset() + 1 >= high {
                    break;
                }
            }
        }
        messages
    }

    /// The dead letters.
    pub(crate) fn dead(&self) -> Vec<(BTreeMap<String, String>, Vec<u8>)> {
        self.read(DEAD)
    }

    /// What must be true when these documents have gone through, whatever happened on the way.
    pub(crate) fn check(&self, documents: &BTreeSet<(String, String)>) {
        let rows = self.ask(
            "select tenant_id, document_id, count(*), count(*) filter (where is_current)
             from verification group by 1, 2",
        );
        let found: BTreeSet<_> = rows.iter().map(|row| (row.0.clone(), row.1.clone())).collect();
        assert_eq!(&found, documents, "each document has a verdict, and no other has one");
        for (tenant, document, verdicts, current) in &rows {
            assert_eq!((*verdicts, *current), (1, 1), "verdicts of {tenant}/{document}");
        }
        let cases = self.ask(
            "select tenant_id, document_id, count(*), count(*) filter (where state = 'open')
             from review_case group by 1, 2",
        );
        let cased: BTreeSet<_> = cases.iter().map(|row| (row.0.clone(), row.1.clone())).collect();
        let wanted = |(_, id): &&(String, String)| {
            wants_a_person(id)
                || ["gone-", "crash-", "abort-"].iter().any(|poison| id.starts_with(poison))
        };
        let wanted: BTreeSet<_> = documents.iter().filter(wanted).cloned().collect();
        assert_eq!(cased, wanted, "each review has a case");
        for (tenant, document, cases, open) in &cases {
            assert_eq!((*cases, *open), (1, 1), "cases of {tenant}/{document}");
        }
        self.check_events(documents);
    }

    fn check_events(&self, documents: &BTreeSet<(String, String)>) {
        // The last events may still be on their way.
        until("the outboxes to be empty", || {
            let empty = |shard| {
                let lag = self.runtime.block_on(self.cluster().shards.lag(shard));
                lag.is_ok_and(|lag| lag.events == 0)
            };
            self.cluster().shards.ids().into_iter().all(empty).then_some(())
        });
        let mut ids = BTreeSet::new();
        let mut subjects = BTreeSet::new();
        for (_, payload) in self.read(EVENTS) {
            let event: Value = serde_json::from_slice(&payload).unwrap();
            ids.insert(event["id"].as_str().unwrap().to_owned());
            subjects.insert(event["subject"].as_str().unwrap().to_owned());
        }
        let wanted: BTreeSet<String> =
            documents.iter().map(|(tenant, id)| format!("{tenant}/{id}")).collect();
        assert_eq!(subjects, wanted, "each document has its event");
        assert_eq!(ids.len(), documents.len(), "an event that is sent again keeps its identifier");
    }
}

/// Whether a query failed because its connection is one to a server that was killed: those that
/// did not rest long since are not tried before they are given out.
fn is_of_a_killed_server(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| code == "57P01"),
        _ => false,
    }
}
