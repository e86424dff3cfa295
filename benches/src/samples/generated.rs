//! The layout that `ivendor-bench generate` writes: `requests.jsonl`, `documents/`, and
//! `truth.jsonl` with the lines of each document and what may rightly be claimed of it.
//! A subset is a document type. Forged documents are left out: their true claims are those of the
//! untouched twin, and do not all stand on them.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use ivendor_core::request::VerificationRequest;
use ivendor_models::synthetic::Forgery;
use serde::Deserialize;

use super::{Found, Sample, text};
use crate::error::BenchError;
use crate::jsonl;

/// The file by which the layout is known.
pub(super) const REQUESTS: &str = "requests.jsonl";
const TRUTH: &str = "truth.jsonl";

#[derive(Deserialize)]
struct Truth {
    document_id: String,
    lines: Vec<TruthLine>,
    #[serde(default)]
    claims: Option<BTreeMap<String, String>>,
    #[serde(default)]
    forgery: Option<Forgery>,
}

#[derive(Deserialize)]
struct TruthLine {
    text: String,
}

pub(super) fn load(folder: &Path, subsets: &[String]) -> Result<Found, BenchError> {
    let mut truths = truths(folder)?;
    let requests = folder.join(REQUESTS);
    let mut found = Found::default();
    let mut without_truth: BTreeMap<String, usize> = BTreeMap::new();
    let mut forged: BTreeMap<String, usize> = BTreeMap::new();
    for (number, line) in jsonl::lines(&text(&requests)?) {
        let request = VerificationRequest::parse(line.as_bytes())
            .map_err(|e| BenchError::data(&requests, format!("line {number}: {e}")))?;
        let subset = request.document_type;
        if !subsets.is_empty() && !subsets.contains(&subset) {
            continue;
        }
        let id = String::from(request.document_id);
        let Some(truth) = truths.remove(&id) else {
            *without_truth.entry(subset).or_default() += 1;
            continue;
        };
        if truth.forgery.is_some() {
            *forged.entry(subset).or_default() += 1;
            continue;
        }
        found.samples.push(Sample {
            id,
            document_type: subset.clone(),
            subset,
            path: folder.join(request.uri),
            truth_lines: truth.lines.into_iter().map(|line| line.text).collect(),
            whole_text: true,
            claims: truth.claims,
            zone: None,
            submitted_at: request.submitted_at,
            truth_files: vec![requests.clone(), folder.join(TRUTH)],
        });
    }
    for subset in subsets {
        let known = |sample: &Sample| sample.subset == *subset;
        let named = without_truth.contains_key(subset) || forged.contains_key(subset);
        if !found.samples.iter().any(known) && !named {
            found.left_out.push(format!("{subset} (no such documents)"));
        }
    }
    let said = without_truth.into_iter().map(|(subset, n)| format!("{subset}: {n} without truth"));
    found.left_out.extend(said);
    found.left_out.extend(forged.into_iter().map(|(subset, n)| format!("{subset}: {n} forged")));
    Ok(found)
}

fn truths(folder: &Path) -> Result<HashMap<String, Truth>, BenchError> {
    let path = folder.join(TRUTH);
    if !path.is_file() {
        return Ok(HashMap::new());
    }
    let truths: Vec<Truth> = jsonl::read(&path)?;
    Ok(truths.into_iter().map(|truth| (truth.document_id.clone(), truth)).collect())
}
