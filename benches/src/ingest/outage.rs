//! `outage`: a shard is killed under a steady stream and comes back after a while. How long do the
//! others' documents take meanwhile, how much memory does the worker hold, and how soon has it
//! caught up?

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::{Args, value_parser};
use ivendor_core::sharding::ShardId;
use ivendor_ingest::kafka::partitioner::{PartitionBy, key};
use ivendor_ingest::kafka::producer::{BulkProducer, Outgoing};
use ivendor_store::store::Store as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::message::Message as _;
use serde::{Deserialize, Serialize};

use super::site::{Site, failed};
use super::{IngestArgs, worker};
use crate::error::BenchError;
use crate::latency::Percentiles;
use crate::metadata::{Metadata, write_json};
use crate::processes::memory;
use crate::samples::DataReference;
use crate::table::Table;
use crate::{Ending, print};

/// The name and version of the result's schema.
pub const OUTAGE_SCHEMA: &str = "ivendor.bench.outage/1";

/// The shard that is killed.
const AWAY: ShardId = ShardId(0);
/// How long the last events may take after the stream has ended.
const PATIENCE: Duration = Duration::from_secs(300);
/// Between two looks at the memory.
const LOOK: Duration = Duration::from_millis(250);

/// Arguments of `outage`.
#[derive(Debug, Clone, Args)]
pub struct OutageArgs {
    /// Requests a second
    #[arg(long, default_value_t = 200, value_parser = value_parser!(u32).range(1..=10_000))]
    pub rate_per_s: u32,
    /// Seconds that the shard is away
    #[arg(long, default_value_t = 60, value_parser = value_parser!(u32).range(1..=3600))]
    pub away_s: u32,
    /// Seconds before and after
    #[arg(long, default_value_t = 20, value_parser = value_parser!(u32).range(5..=3600))]
    pub calm_s: u32,
    /// Write the result here
    #[arg(long, value_name = "FILE")]
    pub json: PathBuf,
}

/// What an outage of one shard does to the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OutageResult {
    /// Always [`OUTAGE_SCHEMA`].
    pub schema: String,
    /// Where it comes from.
    pub metadata: Metadata,
    /// Requests a second.
    pub rate_per_s: u32,
    /// Seconds that the shard was away.
    pub away_s: u32,
    /// From the request to the event, documents of the other shard that were sent before.
    pub before: Percentiles,
    /// The same, sent while the shard was away.
    pub meanwhile: Percentiles,
    /// Seconds from the shard's return until the last event of a document that was sent before it.
    pub caught_up_s: f64,
    /// Bytes that this process held when the shard was killed: worker, sender and listener.
    pub memory_before: u64,
    /// The most that it held from then on.
    pub memory_most: u64,
    /// Documents in all; each had its event.
    pub documents: usize,
}

/// When each request was sent and its event came, in the order of the requests.
struct Stream {
    sent: Vec<Instant>,
    came: Vec<Instant>,
}

/// When the shard was killed and was back, and the memory then.
struct Outage {
    killed: Instant,
    back: Instant,
    memory_before: u64,
    memory_most: u64,
}

/// Measures, writes the JSON, prints the table.
///
/// # Errors
/// [`BenchError`] where the services cannot be started or fail, or the output cannot be written.
pub fn run(args: &OutageArgs) -> Result<Ending, BenchError> {
    let OutageArgs { rate_per_s, away_s, calm_s, .. } = *args;
    let mut site = Site::start(&IngestArgs {
        messages: rate_per_s * (away_s + 2 * calm_s),
        partitions: 16,
        shards: 2,
        rounds: 1,
        json: args.json.clone(),
    })?;
    site.next_round()?;
    let (stream, outage) = measure(&site, args)?;
    let result = OutageResult::of(&site, args, (&stream, &outage))?;
    write_json(&args.json, &result)?;
    print(&[result.table()], &[])?;
    Ok(Ending::Done)
}

fn measure(site: &Site, args: &OutageArgs) -> Result<(Stream, Outage), BenchError> {
    let stop = AtomicBool::new(false);
    let broken = |_| failed("measure", "a thread broke down");
    std::thread::scope(|scope| {
        let running = scope.spawn(|| worker::run(site, &stop));
        let listening = scope.spawn(|| listen(site));
        let sending = scope.spawn(|| send(site, args.rate_per_s));
        let outage = strike(site, args, || listening.is_finished() || running.is_finished());
        let sent = sending.join().map_err(broken).flatten();
        let came = listening.join().map_err(broken).flatten();
        stop.store(true, Ordering::Relaxed);
        running.join().map_err(broken).flatten()?;
        Ok((Stream { sent: sent?, came: came? }, outage?))
    })
}

/// Sends the requests at a steady pace.
fn send(site: &Site, rate_per_s: u32) -> Result<Vec<Instant>, BenchError> {
    let mut producer = BulkProducer::new(&site.broker()?, &site.kafka.topic)
        .map_err(|error| failed("make a producer", error))?;
    let began = Instant::now();
    let mut sent = Vec::with_capacity(site.args.messages as usize);
    for number in 0..site.args.messages {
        let request = site.request(number)?;
        let json = serde_json::to_vec(&request).map_err(|e| failed("write a request", e))?;
        let due = began + Duration::from_secs_f64(f64::from(number) / f64::from(rate_per_s));
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        sent.push(Instant::now());
        let key = key(&request);
        let message = Outgoing {
            key: Some(key.as_bytes()),
            payload: Some(&json),
            partition: PartitionBy::Document.partition(&request, site.args.partitions),
            headers: None,
            mark: number.into(),
        };
        producer.send(message).map_err(|error| failed("send", error))?;
    }
    producer.finish().map_err(|error| failed("send", error))?;
    Ok(sent)
}

/// Waits for the event of each document.
fn listen(site: &Site) -> Result<Vec<Instant>, BenchError> {
    let lost = |error| failed("listen to the events", error);
    let mut config = site.broker()?.consumer("listener");
    let consumer: BaseConsumer =
        config.set("auto.offset.reset", "earliest").create().map_err(lost)?;
    consumer.subscribe(&[&site.kafka.events_topic]).map_err(lost)?;
    let mut came: Vec<Option<Instant>> = vec![None; site.args.messages as usize];
    let mut missing: BTreeSet<usize> = (0..came.len()).collect();
    let mut heard = Instant::now();
    while !missing.is_empty() {
        if heard.elapsed() > PATIENCE {
            return Err(failed("listen", format!("{} documents have no event", missing.len())));
        }
        let Some(message) = consumer.poll(LOOK) else { continue };
        let message = message.map_err(lost)?;
        let key = std::str::from_utf8(message.key().unwrap_or_default()).unwrap_or_default();
        let number = key.rsplit_once("/d-").and_then(|(_, number)| number.parse().ok());
        if let Some(number) = number.filter(|number| missing.remove(number)) {
            heard = Instant::now();
            came[number] = Some(heard);
        }
    }
    Ok(came.into_iter().flatten().collect())
}

/// Kills the shard after a while, starts it again after another one, and watches the memory until
/// `is_over` says so.
fn strike(
    site: &Site,
    args: &OutageArgs,
    is_over: impl Fn() -> bool,
) -> Result<Outage, BenchError> {
    std::thread::sleep(Duration::from_secs(args.calm_s.into()));
    let status = site.stack.status().map_err(|error| failed("look at the services", error))?;
    let name = format!("shard-{AWAY}");
    let process = status.iter().find(|service| service.name == name).and_then(|s| s.process);
    let process = process.ok_or_else(|| failed("find the shard", "it does not run"))?;
    let memory_before = resident_bytes();
    kill(Pid::from_raw(process.cast_signed()), Signal::SIGKILL)
        .map_err(|error| failed("kill the shard", error))?;
    let killed = Instant::now();
    let mut outage = Outage { killed, back: killed, memory_before, memory_most: memory_before };
    while !is_over() {
        if outage.back == killed && killed.elapsed() >= Duration::from_secs(args.away_s.into()) {
            site.stack.restart().map_err(|error| failed("start the shard again", error))?;
            outage.back = Instant::now();
        }
        outage.memory_most = outage.memory_most.max(resident_bytes());
        std::thread::sleep(LOOK);
    }
    Ok(outage)
}

/// The memory that this process holds now, in bytes; 0 where the system does not tell.
fn resident_bytes() -> u64 {
    memory(std::process::id()).map_or(0, |(now, _)| now)
}

impl OutageResult {
    fn of(
        site: &Site,
        args: &OutageArgs,
        (stream, outage): (&Stream, &Outage),
    ) -> Result<Self, BenchError> {
        let (_, cluster) = site.databases()?;
        let (mut before, mut meanwhile, mut caught_up) = (Vec::new(), Vec::new(), Duration::ZERO);
        for (number, (sent, came)) in (0..).zip(stream.sent.iter().zip(&stream.came)) {
            let ms = came.saturating_duration_since(*sent).as_secs_f64() * 1e3;
            let tenant = site.request(number)?.tenant_id;
            let is_away = cluster.shards.route(&tenant).shard == AWAY;
            match (is_away, *sent < outage.killed, *sent < outage.back) {
                (false, true, _) => before.push(ms),
                (false, false, true) => meanwhile.push(ms),
                (true, _, true) => {
                    caught_up = caught_up.max(came.saturating_duration_since(outage.back));
                }
                _ => {}
            }
        }
        // While the worker joins its group nobody is served.
        let warm = before.split_off(before.len() / 2);
        Ok(Self {
            schema: OUTAGE_SCHEMA.to_owned(),
            metadata: Metadata::now(DataReference::default(), Vec::new(), 0),
            rate_per_s: args.rate_per_s,
            away_s: args.away_s,
            before: Percentiles::of(&warm),
            meanwhile: Percentiles::of(&meanwhile),
            caught_up_s: caught_up.as_secs_f64(),
            memory_before: outage.memory_before,
            memory_most: outage.memory_most,
            documents: stream.came.len(),
        })
    }

    /// The table for a person.
    #[must_use]
    pub fn table(&self) -> Table {
        let title = format!(
            "One of two shards away for {} s at {} requests/s; {} documents, caught up {:.1} s \
             after its return; memory {:.0} MB before, at most {:.0} MB",
            self.away_s,
            self.rate_per_s,
            self.documents,
            self.caught_up_s,
            self.memory_before as f64 / 1e6,
            self.memory_most as f64 / 1e6,
        );
        let header = ["the other shard's documents", "count", "p50", "p95", "p99", "max"];
        let mut table = Table::new(title, &header);
        for (name, all) in [("before", self.before), ("meanwhile", self.meanwhile)] {
            let cells =
                [all.p50_ms, all.p95_ms, all.p99_ms, all.max_ms].map(|ms| format!("{ms:.0} ms"));
            table.row([name.to_owned(), all.count.to_string()].into_iter().chain(cells));
        }
        table
    }
}
