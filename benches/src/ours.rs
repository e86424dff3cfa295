//! The engine of this project, as the measurements use it: documents in, verdicts out.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use ivendor_core::content::ContentError;
use ivendor_core::ids::{DocumentId, ID_LEN_MAX, TenantId, VendorId};
use ivendor_core::reason::Reason;
use ivendor_core::request::{Priority, REQUEST_SCHEMA, VerificationRequest};
use ivendor_core::verdict::{Provenance, Verdict};
use ivendor_verify::device::{DeviceChoice, DeviceRules, PrecisionChoice};
use ivendor_verify::engine::{Engine, EngineConfig};
use ivendor_verify::job::Job;
use ivendor_verify::second::SecondChoice;
use jiff::Timestamp;

use crate::error::BenchError;

/// A device that is slow, such as the emulated one, is measured all the same.
const READ_MAX: Duration = Duration::from_secs(3600);

/// Where and with what the engine computes.
#[derive(Debug, Clone, Default, Args)]
pub struct EngineArgs {
    /// Where to compute: auto, cpu or cuda:N
    #[arg(long, default_value = "auto", value_name = "DEVICE")]
    pub device: DeviceChoice,
    /// How the large products are computed: auto, f32 or int8
    #[arg(long, default_value = "auto", value_name = "PRECISION")]
    pub precision: PrecisionChoice,
    /// Ask Tesseract about lines in doubt: auto, on or off
    #[arg(long, default_value = "auto", value_name = "CHOICE")]
    pub second_reader: SecondChoice,
    /// The folder of the weights; else `IVENDOR_MODELS`, else the user's cache
    #[arg(long, value_name = "DIR")]
    pub models: Option<PathBuf>,
}

/// A document to verify.
#[derive(Debug, Clone)]
pub struct Task<'a> {
    /// Any name.
    pub id: &'a str,
    /// The document.
    pub path: &'a Path,
    /// The name of a verification profile.
    pub document_type: &'a str,
    /// What is claimed of it.
    pub claims: BTreeMap<String, String>,
    /// When it was handed in; `None` is now.
    pub submitted_at: Option<Timestamp>,
}

/// The engine, open.
#[derive(Debug)]
pub struct Ours {
    engine: Engine,
    /// What computes: models, policy, device.
    pub provenance: Provenance,
}

impl Ours {
    /// Opens the engine.
    ///
    /// # Errors
    /// Where the weights or the device cannot be used.
    pub fn open(args: &EngineArgs) -> Result<Self, BenchError> {
        Self::open_with(args, false)
    }

    /// Opens the engine so that it remembers documents and tells those that come again.
    ///
    /// # Errors
    /// As [`Ours::open`].
    pub fn remembering(args: &EngineArgs) -> Result<Self, BenchError> {
        Self::open_with(args, true)
    }

    fn open_with(args: &EngineArgs, duplicates: bool) -> Result<Self, BenchError> {
        let config = EngineConfig {
            duplicates,
            models_dir: args.models.clone(),
            device: args.device,
            precision: args.precision,
            second_reader: args.second_reader,
            device_rules: DeviceRules { read_max: READ_MAX, ..DeviceRules::default() },
            ..EngineConfig::default()
        };
        let engine = Engine::open(config)?;
        // A verdict on nothing tells what made it, without reading anything.
        let content = Err(ContentError {
            reason: Reason::CONTENT_UNREACHABLE,
            detail: "asked for its provenance only".to_owned(),
        });
        let request = request(Task {
            id: "none",
            path: Path::new(""),
            document_type: "other",
            claims: BTreeMap::new(),
            submitted_at: None,
        });
        let verdicts = engine.verify(vec![Job { request, content, sha256: None, fetch_ms: 0.0 }]);
        let Some(verdict) = verdicts.into_iter().next() else {
            return Err(BenchError::side("the engine", "gave no verdict"));
        };
        Ok(Self { engine, provenance: verdict.provenance })
    }

    /// How many documents to hand over at a time.
    #[must_use]
    pub fn batch_documents(&self) -> usize {
        self.engine.batch_documents().max(1)
    }

    /// Verifies what was fetched already: one verdict a job, in their order.
    #[must_use]
    pub fn decide(&self, jobs: Vec<Job>) -> Vec<Verdict> {
        self.engine.verify(jobs)
    }

    /// Reads the files and verifies them: one verdict a task, in their order.
    #[must_use]
    pub fn verify(&self, tasks: Vec<Task<'_>>) -> Vec<Verdict> {
        self.engine.verify(tasks.into_iter().map(job).collect())
    }
}

fn job(task: Task<'_>) -> Job {
    let start = std::time::Instant::now();
    let content = fs::read(task.path).map_err(|error| ContentError {
        reason: Reason::CONTENT_UNREACHABLE,
        detail: error.to_string(),
    });
    let fetch_ms = start.elapsed().as_secs_f64() * 1e3;
    Job { request: request(task), content, sha256: None, fetch_ms }
}

fn request(task: Task<'_>) -> VerificationRequest {
    let Task { id, document_type, claims, submitted_at, .. } = task;
    VerificationRequest {
        schema: REQUEST_SCHEMA.to_owned(),
        tenant_id: constant::<TenantId>("bench"),
        vendor_id: constant::<VendorId>("bench"),
        document_id: document_id(id),
        document_type: document_type.to_owned(),
        uri: format!("{id}.document"),
        sha256: None,
        claims,
        submitted_at,
        priority: Priority::Backfill,
    }
}

/// An identifier that is known to be one.
fn constant<T: TryFrom<String>>(text: &str) -> T {
    T::try_from(text.to_owned()).unwrap_or_else(|_| unreachable!("{text} is an identifier"))
}

/// The nearest identifier to any name.
fn document_id(name: &str) -> DocumentId {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '-');
    let mut id: String =
        name.chars().map(|c| if allowed(c) { c } else { '_' }).take(ID_LEN_MAX).collect();
    if id.is_empty() {
        id.push('_');
    }
    constant(&id)
}

/// The text of a verdict's pages, line by line.
#[must_use]
pub fn lines(verdict: &Verdict) -> Vec<String> {
    let pages = verdict.pages.iter().flatten();
    pages.flat_map(|page| page.lines.iter().map(|line| line.text.clone())).collect()
}

/// Whether the document could not be processed at all, and why.
#[must_use]
pub fn failure(verdict: &Verdict) -> Option<&str> {
    let failed = |code: &&str| code.starts_with("content.") || *code == "engine.failed";
    verdict.reasons.iter().map(Reason::as_str).find(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_of_a_file_becomes_an_identifier() {
        let cases = [("000", "000"), ("", "_"), ("a b/ü", "a_b__"), ("x.y-z:1_", "x.y-z:1_")];
        for (name, expected) in cases {
            assert_eq!(document_id(name).as_str(), expected);
        }
        assert_eq!(document_id(&"a".repeat(500)).as_str().len(), ID_LEN_MAX);
    }
}
