//! The layout of real documents: `receipts/` (images, `lines/N.csv` with eight coordinates and the
//! text, `fields/N.json`), `forms/` and `reports/` (documents, `annotations/N.json` with words),
//! and what [`labelled`] and [`passports`] say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Found, Sample, labelled, passports, text};
use crate::error::BenchError;

/// For a person whose folder is not understood.
pub(super) const LAYOUT: &str = "expected receipts/{images,lines,fields}, \
    forms/{images,annotations}, reports/{pdfs,annotations}, passports/truth.json, tax_forms/ and \
    invoices/ with NAME.labels.json, or requests.jsonl and truth.jsonl as ivendor-bench generate \
    writes them";

const NAMES: [&str; 6] = ["receipts", "forms", "passports", "tax_forms", "invoices", "reports"];
/// Has to be named, since it takes longer than all the others.
const NAMED_ONLY: &str = "reports";

pub(super) fn load(folder: &Path, subsets: &[String]) -> Result<Found, BenchError> {
    if let Some(unknown) = subsets.iter().find(|name| !NAMES.contains(&name.as_str())) {
        let problem = format!("it has no part {unknown:?}; known are {}", NAMES.join(", "));
        return Err(BenchError::data(folder, problem));
    }
    let mut found = Found::default();
    let mut untrue = Vec::new();
    for name in NAMES {
        let wanted =
            if subsets.is_empty() { name != NAMED_ONLY } else { subsets.iter().any(|s| s == name) };
        if !wanted {
            continue;
        }
        let part = folder.join(name);
        if !part.is_dir() {
            found.left_out.push(format!("{name} (no such folder)"));
            continue;
        }
        let (samples, without_truth) = match name {
            "passports" => (passports::load(&part)?, 0),
            "tax_forms" => (labelled::load(&part, labelled::TAX_FORM)?, 0),
            "invoices" => (labelled::load(&part, labelled::INVOICE)?, 0),
            _ => subset(&part, name)?,
        };
        let named = |sample| Sample { subset: name.to_owned(), ..sample };
        found.samples.extend(samples.into_iter().map(named));
        if without_truth > 0 {
            untrue.push(format!("{name}: {without_truth} without truth"));
        }
    }
    found.left_out.extend(untrue);
    Ok(found)
}

/// The documents of one subset, and how many have no truth.
fn subset(part: &Path, name: &str) -> Result<(Vec<Sample>, usize), BenchError> {
    let documents = match name {
        "reports" => files(&part.join("pdfs"), &["pdf"])?,
        _ => files(&part.join("images"), &["jpg", "png"])?,
    };
    let mut samples = Vec::new();
    let mut without_truth = 0;
    for path in documents {
        let id = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let sample = match name {
            "receipts" => receipt(part, id, path)?,
            _ => annotated(part, id, path)?,
        };
        match sample {
            Some(sample) => samples.push(sample),
            None => without_truth += 1,
        }
    }
    Ok((samples, without_truth))
}

pub(super) fn files(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, BenchError> {
    let entries = fs::read_dir(folder).map_err(|e| BenchError::read(folder, e))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|e| BenchError::read(folder, e))?.path();
        let ending = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        if endings.contains(&ending.as_str()) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn receipt(part: &Path, id: String, path: PathBuf) -> Result<Option<Sample>, BenchError> {
    let lines = part.join(format!("lines/{id}.csv"));
    if !lines.is_file() {
        return Ok(None);
    }
    let truth_lines = text(&lines)?.split(['\r', '\n']).filter_map(line_text).collect();
    let mut truth_files = vec![lines];
    let fields = part.join(format!("fields/{id}.json"));
    let mut claims = None;
    if fields.is_file() {
        let mut known: BTreeMap<String, String> = serde_json::from_str(&text(&fields)?)
            .map_err(|e| BenchError::data(&fields, e.to_string()))?;
        known.retain(|_, value| !value.trim().is_empty());
        claims = Some(known);
        truth_files.push(fields);
    }
    let document_type = "receipt".to_owned();
    Ok(Some(Sample {
        id,
        subset: String::new(),
        path,
        document_type,
        truth_lines,
        whole_text: true,
        claims,
        zone: None,
        submitted_at: None,
        truth_files,
    }))
}

/// The text after eight coordinates; commas are part of it.
fn line_text(line: &str) -> Option<String> {
    line.splitn(9, ',').nth(8).map(str::to_owned)
}

#[derive(Deserialize)]
struct Annotation {
    form: Vec<Entity>,
}

#[derive(Deserialize)]
struct Entity {
    text: String,
    #[serde(default)]
    words: Vec<Word>,
}

#[derive(Deserialize)]
struct Word {
    text: String,
}

fn annotated(part: &Path, id: String, path: PathBuf) -> Result<Option<Sample>, BenchError> {
    let annotation = part.join(format!("annotations/{id}.json"));
    if !annotation.is_file() {
        return Ok(None);
    }
    let parsed: Annotation = serde_json::from_str(&text(&annotation)?)
        .map_err(|e| BenchError::data(&annotation, e.to_string()))?;
    let entity_text = |entity: Entity| {
        if entity.words.is_empty() {
            return entity.text;
        }
        let words: Vec<String> = entity.words.into_iter().map(|word| word.text).collect();
        words.join(" ")
    };
    Ok(Some(Sample {
        id,
        subset: String::new(),
        path,
        document_type: "other".to_owned(),
        truth_lines: parsed.form.into_iter().map(entity_text).collect(),
        whole_text: true,
        claims: None,
        zone: None,
        submitted_at: None,
        truth_files: vec![annotation],
    }))
}
