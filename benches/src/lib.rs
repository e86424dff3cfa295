//! The benchmark harness: what is read, what is decided, how fast, with how much memory, and
//! beside whom. It measures the engine through its public door, as a user's program would, and
//! knows nothing of what happens behind it.
//!
//! Every result is one JSON file that says where it comes from; tables for people go to standard
//! output, everything else that is said to standard error.

pub mod accuracy;
pub mod calibration;
pub mod error;
pub mod falsify;
pub mod fields;
pub mod fit;
pub mod forgeries;
pub mod generate;
pub mod gpu_model;
pub mod ingest;
pub mod jsonl;
pub mod latency;
pub mod metadata;
pub mod ours;
pub mod peer;
pub mod progress;
pub mod report;
pub mod run_ours;
pub mod samples;
pub mod script;
pub mod side;
pub mod stats;
pub mod table;
pub mod throughput;
pub mod types;
pub mod words;
pub mod zones;

use std::io::{self, Write};

use error::BenchError;
use table::Table;

/// How a measurement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Everything was done.
    Done,
    /// Everything was done, but some documents could not be processed.
    SomeFailed,
}

impl Ending {
    /// By the number of documents that could not be processed.
    #[must_use]
    pub fn of(failed: usize) -> Self {
        if failed == 0 { Self::Done } else { Self::SomeFailed }
    }
}

/// Prints tables to standard output and what was left out to standard error.
fn print(tables: &[Table], left_out: &[String]) -> Result<(), BenchError> {
    let text: Vec<String> = tables.iter().map(Table::text).collect();
    let mut said = String::new();
    for what in left_out {
        said.push_str(&format!("left out: {what}\n"));
    }
    let _ = io::stderr().write_all(said.as_bytes());
    match io::stdout().write_all(text.join("\n").as_bytes()) {
        // Who reads no further wants no more: `… | head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written.map_err(|e| BenchError::write("standard output".as_ref(), e)),
    }
}

/// Computes with `threads` threads from now on.
fn use_threads(threads: usize) -> Result<(), BenchError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build_global()
        .map_err(|e| BenchError::Usage(e.to_string()))
}
