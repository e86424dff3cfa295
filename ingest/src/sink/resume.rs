//! Takes up an earlier run: what it wrote must be what the same requests give, in their order.

use std::fs::File;
use std::io::{BufReader, Take};
use std::iter::Peekable;
use std::path::Path;

use ivendor_core::ids::{DocumentId, TenantId, VendorId};
use ivendor_core::reason::Reason;
use ivendor_core::verdict::{Decision, Provenance};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::OutputFiles;
use super::append::AppendFile;
use crate::error::RunError;
use crate::source::lines::next_line;
use crate::source::{Asked, Entry, Rejected};

/// Bytes of the longest line that is taken for a verdict.
const LINE_BYTES_MAX: usize = 256 << 20;

/// What is read again of a verdict; its text is passed over.
#[derive(Debug, Clone, Deserialize)]
pub struct KeptVerdict {
    tenant_id: TenantId,
    vendor_id: VendorId,
    document_id: DocumentId,
    document_type: String,
    /// What was decided.
    pub decision: Decision,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What made the verdict.
    pub provenance: Provenance,
}

/// What an earlier run has left to this one.
#[derive(Debug, Default)]
pub struct Kept {
    /// How many lines were rejected before.
    pub rejected: u64,
    /// The provenance of the last verdict, to be compared with that of the next.
    pub provenance: Option<Provenance>,
}

/// Moves `source` past everything that the earlier run has answered; `each` is told of every
/// verdict that is kept. Nothing is written.
///
/// # Errors
/// [`RunError::Usage`] where the files hold something else than answers to these requests.
pub fn take_up<S>(
    source: &mut Peekable<S>,
    files: &OutputFiles,
    mut each: impl FnMut(&KeptVerdict),
) -> Result<Kept, RunError>
where
    S: Iterator<Item = Result<Entry, RunError>>,
{
    let mut verdicts = Lines::of(&files.verdicts)?;
    let mut rejected = Lines::of(&files.rejected)?;
    let mut next_verdict: Option<KeptVerdict> = verdicts.next()?;
    let mut next_rejected: Option<Rejected> = rejected.next()?;
    let mut kept = Kept::default();
    loop {
        match source.peek() {
            Some(Ok(Entry::Asked(asked))) => {
                let Some(verdict) = next_verdict else { break };
                verdicts.check(is_answer(&verdict, asked), || {
                    format!("the verdict on {}, but {} comes here", name(&verdict), asks(asked))
                })?;
                each(&verdict);
                kept.provenance = Some(verdict.provenance);
                next_verdict = verdicts.next()?;
            }
            Some(Ok(Entry::Rejected(wanted))) => {
                let Some(line) = next_rejected else { break };
                rejected.check(is_same(&line, wanted), || {
                    format!("another line than the rejected one in {}", wanted.input)
                })?;
                kept.rejected += 1;
                next_rejected = rejected.next()?;
            }
            Some(Err(_)) | None => break,
        }
        source.next();
    }
    let left_over = || "not what comes next in these requests".to_owned();
    verdicts.check(next_verdict.is_none(), left_over)?;
    rejected.check(next_rejected.is_none(), left_over)?;
    Ok(kept)
}

fn is_answer(verdict: &KeptVerdict, asked: &Asked) -> bool {
    let request = &asked.request;
    verdict.tenant_id == request.tenant_id
        && verdict.vendor_id == request.vendor_id
        && verdict.document_id == request.document_id
        && verdict.document_type == request.document_type
}

/// The input may have been written in another way (`./a` for `a`), so its name does not count.
fn is_same(kept: &Rejected, wanted: &Rejected) -> bool {
    kept.line == wanted.line && kept.raw_bytes == wanted.raw_bytes && kept.raw == wanted.raw
}

fn name(verdict: &KeptVerdict) -> String {
    format!("{}/{}", verdict.tenant_id, verdict.document_id)
}

fn asks(asked: &Asked) -> String {
    format!("{}/{}", asked.request.tenant_id, asked.request.document_id)
}

/// The whole lines of one file, counted.
struct Lines<'a> {
    path: &'a Path,
    reader: Option<BufReader<Take<File>>>,
    line: u64,
}

impl<'a> Lines<'a> {
    fn of(file: &'a AppendFile) -> Result<Self, RunError> {
        let path = file.path();
        let reader = file.reader().map_err(|source| RunError::input(path, source))?;
        Ok(Self { path, reader, line: 0 })
    }

    fn next<T: DeserializeOwned>(&mut self) -> Result<Option<T>, RunError> {
        let Some(reader) = &mut self.reader else { return Ok(None) };
        let line = next_line(reader, LINE_BYTES_MAX);
        let Some(line) = line.map_err(|source| RunError::input(self.path, source))? else {
            return Ok(None);
        };
        self.line += 1;
        match serde_json::from_slice(&line.head) {
            Ok(value) => Ok(Some(value)),
            Err(error) => Err(self.refuse(&format!("no line of an output: {error}"))),
        }
    }

    fn check(&self, good: bool, what: impl FnOnce() -> String) -> Result<(), RunError> {
        if good { Ok(()) } else { Err(self.refuse(&what())) }
    }

    fn refuse(&self, what: &str) -> RunError {
        RunError::Usage(format!(
            "{} was not written for these requests: line {} is {what}; choose another --output, \
             or --force to replace it",
            self.path.display(),
            self.line
        ))
    }
}
