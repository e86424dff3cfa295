//! The thread that polls: messages in, offsets out.
//!
//! It polls whatever else happens, so that the broker never takes it for dead. When too much is in
//! hand it pauses its partitions and goes on polling. Before partitions go to another worker, it
//! waits for what is in hand of them, but not for ever, and commits.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::topic_partition_list::TopicPartitionListElem as Element;
use rdkafka::{Offset, Statistics, TopicPartitionList};

use super::client::Broker;
use super::error::QueueError;
use super::ledger::Ledger;
use super::letter::{Incoming, take};
use super::pulse::Pulse;
use ivendor_settings::KafkaSettings;

/// How long one poll waits for a message.
const POLL: Duration = Duration::from_millis(50);
/// How often the client library tells how much the partitions hold.
const STATISTICS_MS: &str = "2000";
/// Messages that are handed on together at most.
const CHUNK: usize = 512;
/// How long the broker may take for a call at the end.
const LAST_CALL: Duration = Duration::from_secs(5);
/// For leaving the group at the end.
const LEAVING: Duration = Duration::from_secs(5);

/// What the consumer keeps to.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Messages that may be in hand without having ended. Past it no more are taken.
    pub messages_max: usize,
    /// Bytes of those messages.
    pub bytes_max: u64,
    /// For what is in hand when partitions go to another worker.
    pub drain_max: Duration,
    /// For what is in hand at the end.
    pub grace_max: Duration,
}

/// Why the consumer stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was told to.
    Asked,
    /// The broker says that another one has come under the same name. After a broker was killed it
    /// says so of the only one, too: whoever comes back then is let in.
    Fenced,
}

struct Context {
    ledger: Arc<Ledger>,
    pulse: Arc<Pulse>,
    drain_max: Duration,
}

impl ClientContext for Context {
    fn error(&self, error: KafkaError, reason: &str) {
        let code = error.rdkafka_error_code();
        if code == Some(rdkafka::types::RDKafkaErrorCode::AllBrokersDown) {
            self.pulse.broker_away.store(true, Ordering::Relaxed);
        }
        tracing::warn!(%error, reason, "the broker");
    }

    fn stats(&self, statistics: Statistics) {
        let partitions = statistics.topics.into_values().flat_map(|topic| topic.partitions);
        for (partition, told) in partitions {
            // Where the broker keeps no offset for the group, it begins with what is there.
            let begin = [told.committed_offset, told.lo_offset].into_iter().find(|at| *at >= 0);
            if let (Some(begin), 0..) = (begin, told.hi_offset) {
                self.ledger.ends(partition, begin, told.hi_offset);
            }
        }
    }
}

impl ConsumerContext for Context {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(list) => self.ledger.assign(&partitions(list)),
            Rebalance::Revoke(list) => self.give_up(consumer, &partitions(list)),
            Rebalance::Error(error) => tracing::warn!(%error, "partitions are not given out"),
        }
    }

    fn commit_callback(&self, result: KafkaResult<()>, offsets: &TopicPartitionList) {
        match result {
            Ok(()) => self.ledger.committed(&offsets_of(offsets)),
            // They stay due, and are committed the next time.
            Err(error) => tracing::warn!(%error, "offsets could not be committed"),
        }
    }
}

impl Context {
    fn give_up(&self, consumer: &BaseConsumer<Self>, partitions: &[i32]) {
        let done = self.ledger.wait_settled(Some(partitions), self.drain_max);
        tracing::info!(?partitions, done, "partitions go to another worker");
        let topics = consumer.subscription().map(|list| topics(&list)).unwrap_or_default();
        let due = self.ledger.due(Some(partitions));
        if let (Some(topic), false) = (topics.first(), due.is_empty()) {
            let committed =
                list_of(topic, &due).and_then(|list| consumer.commit(&list, CommitMode::Sync));
            if let Err(error) = committed {
                // Whoever has them now reads a few messages again, and the store knows them.
                tracing::warn!(%error, "the last offsets could not be committed");
            }
        }
        self.ledger.revoke(partitions);
    }
}

/// Polls until it is told to stop.
pub struct Consumer {
    inner: BaseConsumer<Context>,
    broker: Broker,
    topic: String,
    commit_every: Duration,
    rules: Rules,
    ledger: Arc<Ledger>,
    pulse: Arc<Pulse>,
    paused: bool,
    committed_at: Instant,
}

impl Consumer {
    /// A member of the group. Nothing is read before [`Consumer::run`].
    ///
    /// # Errors
    /// [`QueueError`] where the settings cannot be.
    pub fn new(
        settings: &KafkaSettings,
        rules: Rules,
        ledger: Arc<Ledger>,
        pulse: Arc<Pulse>,
    ) -> Result<Self, QueueError> {
        let context = Context {
            ledger: Arc::clone(&ledger),
            pulse: Arc::clone(&pulse),
            drain_max: rules.drain_max,
        };
        let session_ms = (settings.session_s_max * 1000.0).round();
        let broker = Broker::new(settings)?;
        let mut config = broker.consumer(&settings.group);
        config
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", format!("{session_ms}"))
            .set("heartbeat.interval.ms", format!("{}", (session_ms / 10.0).clamp(100.0, 3000.0)))
            .set("max.poll.interval.ms", format!("{}", session_ms.max(300_000.0)))
            .set("statistics.interval.ms", STATISTICS_MS)
            .set("queued.max.messages.kbytes", "65536")
            .set("fetch.wait.max.ms", "100");
        if let Some(instance) = &settings.instance {
            config.set("group.instance.id", instance);
        }
        let inner: BaseConsumer<Context> =
            config.create_with_context(context).map_err(broker.failed("join the workers"))?;
        Ok(Self {
            inner,
            broker,
            topic: settings.topic.clone(),
            commit_every: Duration::from_secs_f64(settings.commit_s),
            rules,
            ledger,
            pulse,
            paused: false,
            committed_at: Instant::now(),
        })
    }

    /// Polls and hands on until `stop` says so or `hand_on` says that nobody takes any more; then
    /// waits for what is in hand, commits and leaves the group. One that was fenced gives it up.
    ///
    /// # Errors
    /// [`QueueError::Broker`] where the broker refuses for good.
    pub fn run(
        mut self,
        stop: &AtomicBool,
        hand_on: &mut impl FnMut(Vec<Incoming>) -> bool,
    ) -> Result<Ended, QueueError> {
        let broker = self.broker.clone();
        let failed = |error| broker.failed("take requests")(error);
        self.inner.subscribe(&[&self.topic]).map_err(failed)?;
        let mut chunk = Vec::with_capacity(CHUNK);
        let ended = loop {
            if stop.load(Ordering::Relaxed) {
                break Ok(Ended::Asked);
            }
            let wait = if chunk.is_empty() { POLL } else { Duration::ZERO };
            match self.inner.poll(wait) {
                Some(Ok(message)) => {
                    self.pulse.broker_away.store(false, Ordering::Relaxed);
                    chunk.extend(take(&self.ledger, &message));
                    if chunk.len() < CHUNK {
                        continue;
                    }
                }
                Some(Err(error)) if is_fenced(&error, &self.inner) => break Ok(Ended::Fenced),
                Some(Err(error)) if is_fatal(&error) => break Err(failed(error)),
                Some(Err(error)) => tracing::warn!(%error, "a message could not be read"),
                None => {}
            }
            if !chunk.is_empty() && !hand_on(std::mem::take(&mut chunk)) {
                break Ok(Ended::Asked);
            }
            self.keep_house();
        };
        match ended {
            Ok(Ended::Fenced) => self.ledger.revoke_all(),
            _ => self.end(),
        }
        leave(self.inner);
        ended
    }

    /// What is to be done now and then: the commits, and the pause.
    fn keep_house(&mut self) {
        let now = Instant::now();
        self.pulse.beat();
        if now.duration_since(self.committed_at) >= self.commit_every {
            self.committed_at = now;
            self.commit(CommitMode::Async);
        }
        let in_hand = self.ledger.in_hand();
        let Rules { messages_max, bytes_max, .. } = self.rules;
        let full = in_hand.messages >= messages_max || in_hand.bytes >= bytes_max;
        let low = in_hand.messages <= messages_max / 2 && in_hand.bytes <= bytes_max / 2;
        let changed = if full {
            // Each time anew: partitions may have come since, and those are not paused.
            self.inner.assignment().and_then(|list| self.inner.pause(&list))
        } else if self.paused && low {
            self.inner.assignment().and_then(|list| self.inner.resume(&list))
        } else {
            return;
        };
        match changed {
            Ok(()) => self.paused = full,
            Err(error) => tracing::warn!(%error, "partitions could not be paused or resumed"),
        }
        self.pulse.paused.store(self.paused, Ordering::Relaxed);
    }

    fn commit(&self, mode: CommitMode) {
        let due = self.ledger.due(None);
        if due.is_empty() {
            return;
        }
        let committed = list_of(&self.topic, &due).and_then(|list| self.inner.commit(&list, mode));
        match (committed, mode) {
            (Ok(()), CommitMode::Sync) => self.ledger.committed(&due),
            (Ok(()), CommitMode::Async) => {}
            (Err(error), _) => tracing::warn!(%error, "offsets could not be committed"),
        }
    }

    fn end(&self) {
        let all = self.ledger.wait_settled(None, self.rules.grace_max);
        let given_back = self.ledger.in_hand().messages;
        tracing::info!(all, given_back, "the worker ends");
        let last = Instant::now();
        while !self.ledger.due(None).is_empty() && last.elapsed() < LAST_CALL {
            self.commit(CommitMode::Sync);
        }
        // Leaving the group revokes the partitions, and there is nothing to wait for any more.
        self.ledger.close();
    }
}

/// Leaves the group, if that goes in time. The client library closes a consumer only once the
/// group is at rest, which among members that come and go it may never be; whoever waits for it
/// then hangs. Nothing is lost with one that is left behind: what had ended is committed, and the
/// session of a member that is silent runs out.
fn leave(consumer: BaseConsumer<Context>) {
    let (left, waiting) = mpsc::channel();
    let leaving = thread::Builder::new().name("leaving".to_owned()).spawn(move || {
        drop(consumer);
        let _ = left.send(());
    });
    if leaving.is_err() || waiting.recv_timeout(LEAVING).is_err() {
        tracing::warn!("the group is not at rest: its session of this worker must run out");
    }
}

/// Whether the broker takes another one for this consumer, said at once or as the cause of a fatal
/// error.
fn is_fenced(error: &KafkaError, consumer: &BaseConsumer<Context>) -> bool {
    use rdkafka::types::RDKafkaErrorCode as Code;
    match error.rdkafka_error_code() {
        Some(Code::FencedInstanceId) => true,
        Some(Code::Fatal) => {
            let cause = consumer.client().fatal_error();
            cause.is_some_and(|(code, _)| code == Code::FencedInstanceId)
        }
        _ => false,
    }
}

fn is_fatal(error: &KafkaError) -> bool {
    use rdkafka::types::RDKafkaErrorCode as Code;
    let fatal = [Code::Fatal, Code::GroupAuthorizationFailed, Code::TopicAuthorizationFailed];
    error.rdkafka_error_code().is_some_and(|code| fatal.contains(&code))
}

fn partitions(list: &TopicPartitionList) -> Vec<i32> {
    list.elements().iter().map(Element::partition).collect()
}

fn topics(list: &TopicPartitionList) -> Vec<String> {
    list.elements().iter().map(|element| element.topic().to_owned()).collect()
}

fn offsets_of(list: &TopicPartitionList) -> Vec<(i32, i64)> {
    let of = |element: &Element<'_>| {
        let Offset::Offset(offset) = element.offset() else { return None };
        element.error().is_ok().then_some((element.partition(), offset))
    };
    list.elements().iter().filter_map(of).collect()
}

fn list_of(topic: &str, offsets: &[(i32, i64)]) -> KafkaResult<TopicPartitionList> {
    let mut list = TopicPartitionList::new();
    for (partition, offset) in offsets {
        list.add_partition_offset(topic, *partition, Offset::Offset(*offset))?;
    }
    Ok(list)
}
