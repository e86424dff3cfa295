//! The result of `api`: its JSON and its tables.

use std::collections::BTreeMap;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::turn::Sample;
use crate::latency::Percentiles;
use crate::metadata::Metadata;
use crate::table::Table;

/// The name and version of the result's schema.
pub const API_SCHEMA: &str = "ivendor.bench.api/1";

/// Cores that were in use, on average.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Processors {
    /// By this program, which asks.
    pub client: f64,
    /// By the server.
    pub server: f64,
    /// By the servers of the databases.
    pub databases: f64,
}

/// One kind of request in a pass.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Requests {
    /// How long those took that were answered as they should be.
    pub took: Percentiles,
    /// How many of these there were a second; 0 where nobody counted.
    pub per_s: f64,
    /// Those that were not, by what was said instead.
    pub problems: BTreeMap<String, u64>,
}

/// So many connections on which the same was done for a while.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Pass {
    /// What was done.
    pub work: String,
    /// Connections, each with one request at a time.
    pub connections: u32,
    /// Turns a second at which they worked; as fast as they could where there is none.
    pub rate_per_s: Option<f64>,
    /// The requests, by their kind.
    pub requests: BTreeMap<String, Requests>,
    /// Cores in use.
    pub cores: Processors,
    /// Bytes that the server held at the end.
    pub memory_bytes: u64,
    /// The most that it ever held.
    pub memory_bytes_most: u64,
    /// Connections to all databases together, at the end.
    pub database_connections: i64,
}

/// How the review queue answers.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ApiResult {
    /// Always [`API_SCHEMA`].
    pub schema: String,
    /// Where it comes from.
    pub metadata: Metadata,
    /// Cases in all shards.
    pub cases: u32,
    /// Shards.
    pub shards: u16,
    /// Connections of the server to each database, at most.
    pub database_connections_max: u32,
    /// Seconds that filling the shards took.
    pub fill_s: f64,
    /// The passes.
    pub passes: Vec<Pass>,
}

impl Pass {
    /// Of what was asked; where `counted` says from when to when, what was answered in between is
    /// told by the second.
    pub(super) fn of(
        work: &str,
        (connections, rate_per_s): (u32, Option<f64>),
        (samples, counted): (&[Sample], Option<(Instant, Instant)>),
    ) -> Self {
        let mut by_kind: BTreeMap<&str, Vec<&Sample>> = BTreeMap::new();
        for sample in samples {
            by_kind.entry(sample.what).or_default().push(sample);
        }
        let requests = by_kind.into_iter().map(|(what, samples)| {
            let mut requests = Requests::default();
            let mut ms = Vec::new();
            let mut in_time = 0_u32;
            for sample in samples {
                match &sample.problem {
                    Some(problem) => *requests.problems.entry(problem.clone()).or_default() += 1,
                    None => {
                        ms.push(sample.took.as_secs_f64() * 1e3);
                        let done = sample.began + sample.took;
                        in_time += u32::from(counted.is_some_and(|(_, end)| done <= end));
                    }
                }
            }
            requests.took = Percentiles::of(&ms);
            let window_s = counted.map(|(from, to)| to.duration_since(from).as_secs_f64());
            requests.per_s = window_s.map_or(0.0, |window_s| f64::from(in_time) / window_s);
            (what.to_owned(), requests)
        });
        let (work, requests) = (work.to_owned(), requests.collect());
        Self { work, connections, rate_per_s, requests, ..Self::default() }
    }

    fn is_alone(&self) -> bool {
        self.connections == 1
    }
}

impl ApiResult {
    /// Requests that were not answered as they should be.
    #[must_use]
    pub fn problems(&self) -> u64 {
        let requests = self.passes.iter().flat_map(|pass| pass.requests.values());
        requests.flat_map(|requests| requests.problems.values()).sum()
    }

    /// The tables for a person.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let Self { cases, shards, database_connections_max: most, .. } = self;
        let title = format!("{cases} cases on {shards} shards, one request at a time");
        let mut alone = Table::new(title, &["", "p50", "p95", "p99", "errors"]);
        let title = format!("Many at once, at most {most} connections to each database");
        let header = ["", "connections", "turns asked", "p50", "p95", "p99", "a second", "errors"];
        let mut crowd = Table::new(title, &header);
        let title =
            "What it took: cores in use, their milliseconds for a turn, the server's memory";
        let header = [
            "",
            "connections",
            "client",
            "server",
            "databases",
            "server, ms",
            "databases, ms",
            "MB",
            "connections to databases",
        ];
        let mut costs = Table::new(title, &header);
        for pass in &self.passes {
            for (what, requests) in &pass.requests {
                let took = requests.took;
                let ms = [took.p50_ms, took.p95_ms, took.p99_ms].map(|ms| format!("{ms:.1} ms"));
                let errors = requests.problems.values().sum::<u64>().to_string();
                let name = std::iter::once(what.clone());
                if pass.is_alone() {
                    alone.row(name.chain(ms).chain([errors]));
                } else {
                    let shape = [pass.connections.to_string(), rate(pass)];
                    let ends = [format!("{:.0}", requests.per_s), errors];
                    crowd.row(name.chain(shape).chain(ms).chain(ends));
                }
            }
            let Processors { client, server, databases } = pass.cores;
            costs.row([
                format!("{}, {}", pass.work, rate(pass)),
                pass.connections.to_string(),
                format!("{client:.2}"),
                format!("{server:.2}"),
                format!("{databases:.2}"),
                a_turn(server, pass),
                a_turn(databases, pass),
                format!("{:.0}", pass.memory_bytes as f64 / 1e6),
                pass.database_connections.to_string(),
            ]);
        }
        vec![alone, crowd, costs]
    }
}

/// Milliseconds of cores in use for each turn; nothing where turns were not counted.
fn a_turn(cores: f64, pass: &Pass) -> String {
    let turns = pass.requests.values().map(|requests| requests.per_s).fold(0.0, f64::max);
    if turns > 0.0 { format!("{:.2}", cores / turns * 1e3) } else { String::new() }
}

fn rate(pass: &Pass) -> String {
    pass.rate_per_s.map_or_else(|| "flat out".to_owned(), |rate| format!("{rate:.0}/s"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_pass_counts_what_was_answered_in_time_and_what_was_not() {
        let began = Instant::now();
        let sample = |what, ms, problem: Option<&str>| Sample {
            what,
            began,
            took: Duration::from_millis(ms),
            problem: problem.map(str::to_owned),
        };
        let samples = [
            sample("get", 100, None),
            sample("get", 300, None),
            sample("get", 2500, None),
            sample("get", 9, Some("503 Service Unavailable")),
            sample("list", 9, Some("no answer")),
        ];
        let window = Some((began, began + Duration::from_secs(2)));
        let pass = Pass::of("get", (7, Some(5.0)), (&samples, window));
        let get = &pass.requests["get"];
        assert_eq!((get.took.count, get.took.p50_ms, get.per_s), (3, 300.0, 1.0));
        assert_eq!(get.problems["503 Service Unavailable"], 1);
        let result = ApiResult { passes: vec![pass], ..ApiResult::default() };
        assert_eq!(result.problems(), 2);
        let text = result.tables()[1].text();
        let line = text.lines().find(|line| line.contains("get")).unwrap();
        assert!(line.contains("5/s") && line.contains("300.0 ms"), "{line}");
    }
}
