//! `report`: one Markdown page of tables and charts out of the results' JSON files.

pub(crate) mod curves;
mod svg;

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::Ending;
use crate::accuracy::{ACCURACY_SCHEMA, AccuracyResult};
use crate::api::{API_SCHEMA, ApiResult};
use crate::error::BenchError;
use crate::ingest::{INGEST_SCHEMA, IngestResult};
use crate::latency::{LATENCY_SCHEMA, LatencyResult};
use crate::metadata::Metadata;
use crate::table::Table;
use crate::throughput::{STAGES, THROUGHPUT_SCHEMA, ThroughputResult};
use svg::{Bar, bars};

/// Arguments of `report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// Results of accuracy, throughput, latency, ingest and api
    #[arg(required = true, value_name = "FILE")]
    pub results: Vec<PathBuf>,
    /// Write the page here
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
}

/// A result of any kind.
#[derive(Debug)]
enum AnyResult {
    Accuracy(Box<AccuracyResult>),
    Throughput(Box<ThroughputResult>),
    Latency(Box<LatencyResult>),
    Ingest(Box<IngestResult>),
    Api(Box<ApiResult>),
}

/// Writes the page.
///
/// # Errors
/// [`BenchError`] where a file is no result or the page cannot be written.
pub fn run(args: &ReportArgs) -> Result<Ending, BenchError> {
    let page = page(&args.results)?;
    fs::write(&args.out, page).map_err(|e| BenchError::write(&args.out, e))?;
    Ok(Ending::Done)
}

/// The page of these results, in the order in which they are given.
///
/// # Errors
/// [`BenchError`] where a file cannot be read or is no result.
pub fn page(files: &[PathBuf]) -> Result<String, BenchError> {
    let mut page = String::from("# Measurements\n");
    for file in files {
        let section = match load(file)? {
            AnyResult::Accuracy(result) => accuracy(&result),
            AnyResult::Throughput(result) => throughput(&result),
            AnyResult::Latency(result) => latency(&result),
            AnyResult::Ingest(result) => {
                section("From the queue to the shards", &[], &[result.table()], &result.metadata)
            }
            AnyResult::Api(result) => {
                section("The review queue under load", &[], &result.tables(), &result.metadata)
            }
        };
        page.push('\n');
        page.push_str(&section);
    }
    Ok(page)
}

#[derive(Deserialize)]
struct AnySchema {
    schema: String,
}

fn load(path: &Path) -> Result<AnyResult, BenchError> {
    let text = fs::read_to_string(path).map_err(|e| BenchError::read(path, e))?;
    let AnySchema { schema } = parse(path, &text)?;
    match schema.as_str() {
        ACCURACY_SCHEMA => Ok(AnyResult::Accuracy(parse(path, &text)?)),
        THROUGHPUT_SCHEMA => Ok(AnyResult::Throughput(parse(path, &text)?)),
        LATENCY_SCHEMA => Ok(AnyResult::Latency(parse(path, &text)?)),
        INGEST_SCHEMA => Ok(AnyResult::Ingest(parse(path, &text)?)),
        API_SCHEMA => Ok(AnyResult::Api(parse(path, &text)?)),
        other => {
            let problem = format!("its schema is {other:?}");
            Err(BenchError::Result { path: path.to_owned(), problem })
        }
    }
}

fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, BenchError> {
    serde_json::from_str(text)
        .map_err(|e| BenchError::Result { path: path.to_owned(), problem: e.to_string() })
}

/// How many of the documents that were read worst are shown.
const WORST_SHOWN: usize = 10;

fn accuracy(result: &AccuracyResult) -> String {
    let mut charted = Vec::new();
    for subset in &result.subsets {
        let readers = [("ours", Some(subset.ours)), ("peer", subset.peer)];
        for (reader, reading) in readers {
            let Some(reading) = reading else { continue };
            let f1 = reading.micro_scores.f1;
            charted.push(Bar {
                name: format!("{}, {reader}", subset.subset),
                value: f1,
                label: format!("{f1:.4}"),
                ours: reader == "ours",
            });
        }
    }
    let mut tables = result.tables();
    let worst = result.worst_table(WORST_SHOWN);
    if !worst.is_empty() {
        tables.push(worst);
    }
    section("Accuracy", &[bars("F1 of the words read", &charted)], &tables, &result.metadata)
}

fn throughput(result: &ThroughputResult) -> String {
    let sides = std::iter::once((&result.ours, true)).chain(result.peer.iter().map(|p| (p, false)));
    let speeds: Vec<Bar> = sides
        .map(|(side, ours)| Bar {
            name: side.name.clone(),
            value: side.documents_per_s.median,
            label: format!("{:.3} documents/s", side.documents_per_s.median),
            ours,
        })
        .collect();
    let stages: Vec<Bar> = STAGES
        .iter()
        .map(|&stage| {
            let value = result.stages.get(stage).copied().unwrap_or(0.0);
            let label = format!("{:.1} %", value * 100.0);
            Bar { name: stage.to_owned(), value, label, ours: true }
        })
        .collect();
    let charts = [bars("Documents a second", &speeds), bars("Where our time goes", &stages)];
    section("Throughput", &charts, &result.tables(), &result.metadata)
}

fn latency(result: &LatencyResult) -> String {
    let documents = result.documents;
    let charted: Vec<Bar> =
        [("p50", documents.p50_ms), ("p95", documents.p95_ms), ("p99", documents.p99_ms)]
            .map(|(name, ms)| Bar {
                name: name.to_owned(),
                value: ms,
                label: format!("{ms:.0} ms"),
                ours: true,
            })
            .into();
    let charts = [bars("Milliseconds a document", &charted)];
    section("Latency", &charts, &result.tables(), &result.metadata)
}

fn section(title: &str, charts: &[String], tables: &[Table], metadata: &Metadata) -> String {
    let mut text = format!("## {title}\n");
    for chart in charts {
        text.push('\n');
        text.push_str(chart);
    }
    let mut origin = Table::new(format!("{title}: where these figures come from"), &["what", ""]);
    metadata.rows().into_iter().for_each(|(name, value)| origin.row([name, value]));
    for table in tables.iter().chain([&origin]) {
        text.push('\n');
        text.push_str(&table.markdown());
    }
    text
}
