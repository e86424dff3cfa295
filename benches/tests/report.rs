//! The results' JSON and the report, against files that are kept: whoever reads them elsewhere
//! relies on their shape. `IVENDOR_RECORD=1` writes the report's file anew.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::PathBuf;

use ivendor_bench::accuracy::AccuracyResult;
use ivendor_bench::latency::LatencyResult;
use ivendor_bench::report::page;
use ivendor_bench::throughput::ThroughputResult;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Every field of the file is known, and no field is written that the file lacks.
fn keeps_its_shape<T: Serialize + DeserializeOwned>(name: &str) {
    let kept: Value = serde_json::from_str(&fs::read_to_string(golden(name)).unwrap()).unwrap();
    let read: T = serde_json::from_value(kept.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), kept, "{name}");
}

#[test]
fn the_results_keep_their_shape() {
    keeps_its_shape::<AccuracyResult>("accuracy.json");
    keeps_its_shape::<ThroughputResult>("throughput.json");
    keeps_its_shape::<LatencyResult>("latency.json");
}

#[test]
fn the_report_is_the_recorded_one() {
    let results = ["accuracy.json", "throughput.json", "latency.json"].map(golden);
    let made = page(&results).unwrap();
    let kept = golden("report.md");
    if std::env::var_os("IVENDOR_RECORD").is_some() {
        fs::write(&kept, &made).unwrap();
    }
    assert_eq!(made, fs::read_to_string(&kept).unwrap(), "IVENDOR_RECORD=1 writes it anew");
}
