//! `passports/`: pictures of identity documents and `truth.json`, a list of their machine-readable
//! zones. A picture that the list does not name is not taken.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use serde::Deserialize;

use super::{Sample, TrueZone, text};
use crate::error::BenchError;

/// The file with the zones.
const TRUTH: &str = "truth.json";
/// Rows of a zone, by the standard (ICAO Doc 9303).
const ROWS: std::ops::RangeInclusive<usize> = 2..=3;

#[derive(Deserialize)]
struct Record {
    /// The picture's name.
    file: String,
    /// The rows.
    mrz: Vec<String>,
    /// For each check digit whether it is right.
    checks: BTreeMap<String, bool>,
}

/// The documents that the list names.
pub(super) fn load(part: &Path) -> Result<Vec<Sample>, BenchError> {
    let truth = part.join(TRUTH);
    if !truth.is_file() {
        return Err(BenchError::data(part, format!("it has no {TRUTH} with the zones")));
    }
    let records: Vec<Record> = serde_json::from_str(&text(&truth)?)
        .map_err(|e| BenchError::data(&truth, e.to_string()))?;
    records.into_iter().map(|record| sample(part, &truth, record)).collect()
}

fn sample(part: &Path, truth: &Path, record: Record) -> Result<Sample, BenchError> {
    let Record { file, mrz, checks } = record;
    let name = Path::new(&file);
    let inside = name.components().all(|part| matches!(part, Component::Normal(_)));
    let path = part.join(name);
    if file.is_empty() || !inside || !path.is_file() {
        return Err(BenchError::data(truth, format!("it names {file:?}, which is not there")));
    }
    let wide = |row: &String| !row.is_empty() && row.len() == mrz[0].len();
    if !ROWS.contains(&mrz.len()) || !mrz.iter().all(wide) {
        let problem = format!("the zone of {file} is not two or three rows of one length");
        return Err(BenchError::data(truth, problem));
    }
    Ok(Sample {
        // With its ending: the same document is there as PNG and as JPEG.
        id: file,
        subset: String::new(),
        path,
        document_type: "id_document".to_owned(),
        truth_lines: mrz.clone(),
        whole_text: false,
        claims: None,
        zone: Some(TrueZone { rows: mrz, digits_hold: checks.values().all(|&right| right) }),
        submitted_at: None,
        truth_files: vec![truth.to_owned()],
    })
}
