//! `ingest`: messages a second from the queue through the worker to the shards, with an engine that
//! computes nothing, beside a loop that only receives and a `copy` that only stores.
//!
//! A private stack is started for it. Every side handles the same messages in the same order of
//! rounds; the broker, the databases and the program share the machine.

pub mod outage;
pub mod overhead;
mod plain;
mod site;
mod worker;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, value_parser};
use serde::{Deserialize, Serialize};

use crate::error::BenchError;
use crate::metadata::{Metadata, write_json};
use crate::progress::Progress;
use crate::samples::DataReference;
use crate::stats::Spread;
use crate::table::Table;
use crate::{Ending, print};
use site::Site;

/// The name and version of the result's schema.
pub const INGEST_SCHEMA: &str = "ivendor.bench.ingest/1";

/// Arguments of `ingest`.
#[derive(Debug, Clone, Args)]
pub struct IngestArgs {
    /// Messages of a round
    #[arg(long, default_value_t = 100_000, value_parser = value_parser!(u32).range(1..=10_000_000))]
    pub messages: u32,
    /// Partitions of the queue
    #[arg(long, default_value_t = 16, value_parser = value_parser!(u32).range(1..=1000))]
    pub partitions: u32,
    /// Shards that the verdicts go to
    #[arg(long, default_value_t = 4, value_parser = value_parser!(u16).range(1..=16))]
    pub shards: u16,
    /// Rounds, each with topics and databases of its own
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u32).range(1..=100))]
    pub rounds: u32,
    /// Write the result here
    #[arg(long, value_name = "FILE")]
    pub json: PathBuf,
}

/// What one side did in one round.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Pass {
    /// Messages, or rows, a second.
    pub per_s: f64,
    /// Microseconds of processor time that this process took a message; services are not in it.
    pub cpu_us: f64,
}

impl Pass {
    fn of(messages: u32, took: Duration, cpu: Duration) -> Self {
        let messages = f64::from(messages);
        Self {
            per_s: messages / took.as_secs_f64().max(1e-9),
            cpu_us: cpu.as_secs_f64() * 1e6 / messages,
        }
    }
}

/// One round: every side once.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Round {
    /// Sending the messages to the queue, with acknowledgements.
    pub send: Pass,
    /// A loop that polls and drops.
    pub receive: Pass,
    /// A `copy` of the same rows into tables without indexes.
    pub copy: Pass,
    /// The worker: poll, decode, batch, store, commit.
    pub worker: Pass,
}

/// One side of a round.
type Side = fn(&Round) -> Pass;

/// How fast messages become stored verdicts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IngestResult {
    /// Always [`INGEST_SCHEMA`].
    pub schema: String,
    /// Where it comes from.
    pub metadata: Metadata,
    /// Messages of a round.
    pub messages: u32,
    /// Partitions of the queue.
    pub partitions: u32,
    /// Shards.
    pub shards: u16,
    /// The rounds.
    pub rounds: Vec<Round>,
}

/// Measures, writes the JSON, prints the table.
///
/// # Errors
/// [`BenchError`] where the services cannot be started or fail, or the output cannot be written.
pub fn run(args: &IngestArgs) -> Result<Ending, BenchError> {
    let mut site = Site::start(args)?;
    let progress = Progress::new("ingest", args.rounds as usize * 4);
    let mut rounds = Vec::new();
    for _ in 0..args.rounds {
        site.next_round()?;
        let send = plain::send(&site)?;
        progress.add(1);
        let receive = plain::receive(&site)?;
        progress.add(1);
        let copy = plain::copy(&site)?;
        progress.add(1);
        let worker = worker::pass(&site)?;
        progress.add(1);
        rounds.push(Round { send, receive, copy, worker });
    }
    drop(progress);
    let result = IngestResult {
        schema: INGEST_SCHEMA.to_owned(),
        metadata: Metadata::now(DataReference::default(), Vec::new(), 0),
        messages: args.messages,
        partitions: args.partitions,
        shards: args.shards,
        rounds,
    };
    write_json(&args.json, &result)?;
    print(&[result.table()], &[])?;
    Ok(Ending::Done)
}

impl IngestResult {
    /// The table for a person.
    #[must_use]
    pub fn table(&self) -> Table {
        let Self { messages, partitions, shards, rounds, .. } = self;
        let title = format!(
            "{} rounds of {messages} messages, {partitions} partitions, {shards} shards",
            rounds.len()
        );
        let header = ["", "a second", "min", "max", "µs a message", "of the worker's"];
        let mut table = Table::new(title, &header);
        let sides: [(&str, Side); 4] = [
            ("send", |round| round.send),
            ("receive and drop", |round| round.receive),
            ("copy", |round| round.copy),
            ("the worker", |round| round.worker),
        ];
        for (name, side) in sides {
            let spread = |value: fn(Pass) -> f64| {
                Spread::of(&rounds.iter().map(|round| value(side(round))).collect::<Vec<_>>())
            };
            let rate = spread(|pass| pass.per_s);
            let cpu = spread(|pass| pass.cpu_us);
            // Within a round, so that what disturbs the machine disturbs both.
            let ratio = |round: &Round| side(round).per_s / round.worker.per_s.max(1e-9);
            let ratio = Spread::of(&rounds.iter().map(ratio).collect::<Vec<_>>());
            table.row([
                name.to_owned(),
                format!("{:.0}", rate.median),
                format!("{:.0}", rate.min),
                format!("{:.0}", rate.max),
                format!("{:.1}", cpu.median),
                format!("{:.2}", ratio.median),
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pass_is_told_by_the_message() {
        let pass = Pass::of(1000, Duration::from_secs(2), Duration::from_millis(10));
        assert_eq!(pass, Pass { per_s: 500.0, cpu_us: 10.0 });
    }

    #[test]
    fn ratios_are_taken_within_a_round() {
        let pass = |per_s| Pass { per_s, cpu_us: 1.0 };
        let round = |factor: f64| Round {
            send: pass(40.0 * factor),
            receive: pass(20.0 * factor),
            copy: pass(30.0 * factor),
            worker: pass(10.0 * factor),
        };
        let result = IngestResult {
            schema: INGEST_SCHEMA.to_owned(),
            metadata: Metadata::default(),
            messages: 1,
            partitions: 1,
            shards: 1,
            rounds: vec![round(1.0), round(7.0), round(2.0)],
        };
        let text = result.table().text();
        let line = text.lines().find(|line| line.contains("receive")).unwrap();
        let cells: Vec<&str> = line.split_whitespace().rev().take(5).collect();
        assert_eq!(cells, ["2.00", "1.0", "140", "20", "40"]);
    }
}
