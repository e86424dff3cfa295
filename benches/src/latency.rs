//! `latency`: how long one document takes: from nothing running to the first answer, and one at a
//! time once everything is warm.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde::{Deserialize, Serialize};

use crate::error::BenchError;
use crate::metadata::{Metadata, write_json};
use crate::ours::EngineArgs;
use crate::progress::Progress;
use crate::run_ours::{self, RunOursArgs};
use crate::samples::{Choice, DataSet};
use crate::side::Side;
use crate::stats::{Spread, quantile};
use crate::table::Table;
use crate::{Ending, print};

/// The name and version of the result's schema.
pub const LATENCY_SCHEMA: &str = "ivendor.bench.latency/1";

/// Arguments of `latency`.
#[derive(Debug, Clone, Args)]
pub struct LatencyArgs {
    /// Which documents
    #[command(flatten)]
    pub choice: Choice,
    /// Write the result here
    #[arg(long, value_name = "FILE")]
    pub json: PathBuf,
    /// How often to start cold
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,
    /// Threads to compute with
    #[arg(long, default_value_t = 2)]
    pub threads: usize,
    /// Where and with what to compute
    #[command(flatten)]
    pub engine: EngineArgs,
}

/// How long one document takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LatencyResult {
    /// Always [`LATENCY_SCHEMA`].
    pub schema: String,
    /// Where it comes from.
    pub metadata: Metadata,
    /// Seconds from starting the process to the verdict on the first document, each round.
    pub cold_rounds_s: Vec<f64>,
    /// Their spread.
    pub cold_s: Spread,
    /// Of which until the models were loaded.
    pub cold_start_s: Spread,
    /// One document at a time.
    pub documents: Percentiles,
    /// Documents that could not be read.
    pub failed: usize,
}

/// Milliseconds a document.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Percentiles {
    /// How many documents.
    pub count: usize,
    /// The mean.
    pub mean_ms: f64,
    /// Half of the documents take at most this.
    pub p50_ms: f64,
    /// 95 % of them.
    pub p95_ms: f64,
    /// 99 % of them.
    pub p99_ms: f64,
    /// All of them.
    pub max_ms: f64,
}

impl Percentiles {
    /// Of `ms`.
    #[must_use]
    pub fn of(ms: &[f64]) -> Self {
        Self {
            count: ms.len(),
            mean_ms: ms.iter().sum::<f64>() / ms.len().max(1) as f64,
            p50_ms: quantile(ms, 0.5),
            p95_ms: quantile(ms, 0.95),
            p99_ms: quantile(ms, 0.99),
            max_ms: quantile(ms, 1.0),
        }
    }
}

/// Measures, writes the JSON, prints the tables.
///
/// # Errors
/// [`BenchError`] where the data set, the engine or the output cannot be used.
pub fn run(args: &LatencyArgs) -> Result<Ending, BenchError> {
    let data = DataSet::load(&args.choice)?;
    let ours = RunOursArgs { threads: args.threads, engine: args.engine.clone() };
    let paths: Vec<&Path> = data.samples.iter().map(|sample| sample.path.as_path()).collect();
    // Once for nothing, so that the files of the program and of the weights are in memory.
    cold(&ours, paths[0])?;
    let mut cold_rounds_s = Vec::new();
    let mut starts_s = Vec::new();
    for _ in 0..args.rounds {
        let (whole_s, start_s) = cold(&ours, paths[0])?;
        cold_rounds_s.push(whole_s);
        starts_s.push(start_s);
    }
    let mut side = Side::start("ivendor", &mut run_ours::command(&ours)?)?;
    side.read(&paths[..1])?;
    let progress = Progress::new("latency", paths.len());
    let mut ms = Vec::with_capacity(paths.len());
    let mut failed = 0;
    for path in &paths {
        let group = side.read(&[path])?;
        ms.push(group.wall.as_secs_f64() * 1e3);
        failed += group.documents.iter().filter(|document| document.error.is_some()).count();
        progress.add(1);
    }
    drop(progress);
    let metadata =
        Metadata::now(data.reference, data.left_out, args.threads).with_ours(&side.ready);
    side.finish()?;
    let result = LatencyResult {
        schema: LATENCY_SCHEMA.to_owned(),
        metadata,
        cold_s: Spread::of(&cold_rounds_s),
        cold_start_s: Spread::of(&starts_s),
        cold_rounds_s,
        documents: Percentiles::of(&ms),
        failed,
    };
    write_json(&args.json, &result)?;
    print(&result.tables(), &result.metadata.left_out)?;
    Ok(Ending::of(failed))
}

/// Seconds of a new process until its first verdict, and of that until its models were loaded.
fn cold(ours: &RunOursArgs, path: &Path) -> Result<(f64, f64), BenchError> {
    let begin = Instant::now();
    let mut side = Side::start("ivendor", &mut run_ours::command(ours)?)?;
    side.read(&[path])?;
    let whole_s = begin.elapsed().as_secs_f64();
    let start_s = side.start.as_secs_f64();
    side.finish()?;
    Ok((whole_s, start_s))
}

impl LatencyResult {
    /// The tables for a person.
    #[must_use]
    pub fn tables(&self) -> Vec<Table> {
        let title = format!("Cold start to the first verdict, {} rounds", self.cold_rounds_s.len());
        let mut cold = Table::new(title, &["", "median", "min", "max"]);
        for (name, spread) in [("first verdict", self.cold_s), ("models loaded", self.cold_start_s)]
        {
            let cells = [spread.median, spread.min, spread.max].map(|s| format!("{s:.3} s"));
            cold.row(std::iter::once(name.to_owned()).chain(cells));
        }
        let Percentiles { count, mean_ms, p50_ms, p95_ms, p99_ms, max_ms } = self.documents;
        let title = format!("One document at a time, {count} documents");
        let mut each = Table::new(title, &["", "mean", "p50", "p95", "p99", "max"]);
        let cells = [mean_ms, p50_ms, p95_ms, p99_ms, max_ms].map(|ms| format!("{ms:.0} ms"));
        each.row(std::iter::once("latency".to_owned()).chain(cells));
        vec![cold, each]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_worked_out_by_hand() {
        let ms: Vec<f64> = (1..=101).map(f64::from).collect();
        let found = Percentiles::of(&ms);
        let expected = Percentiles {
            count: 101,
            mean_ms: 51.0,
            p50_ms: 51.0,
            p95_ms: 96.0,
            p99_ms: 100.0,
            max_ms: 101.0,
        };
        assert_eq!(found, expected);
        assert_eq!(Percentiles::of(&[]).count, 0);
    }
}
