//! What is asked: requests from JSONL files, a stream, folders and single files, one after the
//! other, never more than one in memory.

mod folder;
mod identifier;
pub mod inputs;
pub(crate) mod jsonl;
pub mod lines;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ivendor_core::ids::{TenantId, VendorId};
use ivendor_core::request::{Priority, REQUEST_SCHEMA, VerificationRequest};
use serde::{Deserialize, Serialize};

use crate::error::RunError;
use ivendor_fetch::{Place, Root};

pub use identifier::document_id;

/// The name and version of a rejected line's schema.
pub const REJECTED_SCHEMA: &str = "ivendor.backfill.rejected/1";

/// One thing that a source gives.
#[derive(Debug)]
pub enum Entry {
    /// A document to verify.
    Asked(Box<Asked>),
    /// Something that is no request.
    Rejected(Box<Rejected>),
}

/// A request and where its bytes are.
#[derive(Debug)]
pub struct Asked {
    /// What is asked.
    pub request: VerificationRequest,
    /// Where the bytes are.
    pub place: Place,
}

/// What was no request: a line of `OUTPUT.rejected.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rejected {
    /// Always [`REJECTED_SCHEMA`].
    pub schema: String,
    /// The request file, `-` for standard input, or what could not be read in a folder.
    pub input: String,
    /// The line in the input, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u64>,
    /// The stable code, e.g. `request.json`.
    pub code: String,
    /// What is wrong, for a person.
    pub error: String,
    /// The line, up to [`RAW_BYTES_MAX`] bytes of it; bytes that are no UTF-8 are replaced.
    pub raw: String,
    /// Bytes of the whole line.
    pub raw_bytes: u64,
}

/// Bytes of a rejected line that are kept.
pub const RAW_BYTES_MAX: usize = 64 << 10;

/// One argument of the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Standard input, a request a line.
    Stream,
    /// A file with a request a line.
    Requests(PathBuf),
    /// A folder of documents; `prefix` goes before their names in identifiers.
    Folder {
        /// Where.
        path: PathBuf,
        /// Told apart from the other arguments by this.
        prefix: PathBuf,
    },
    /// One document, and its name in identifiers.
    File {
        /// Where.
        path: PathBuf,
        /// Told apart from the other arguments by this.
        name: PathBuf,
    },
}

/// What the requests for files and folders say besides the document.
#[derive(Debug, Clone)]
pub struct Template {
    /// Whose documents they are.
    pub tenant: TenantId,
    /// Who handed them in.
    pub vendor: VendorId,
    /// The name of a profile.
    pub document_type: String,
    /// The same claims for each document.
    pub claims: BTreeMap<String, String>,
}

impl Template {
    /// The request for the document with this `name` relative to its argument.
    #[must_use]
    pub fn request(&self, name: &Path) -> VerificationRequest {
        VerificationRequest {
            schema: REQUEST_SCHEMA.to_owned(),
            tenant_id: self.tenant.clone(),
            vendor_id: self.vendor.clone(),
            document_id: document_id(name),
            document_type: self.document_type.clone(),
            uri: name.to_string_lossy().into_owned(),
            sha256: None,
            claims: self.claims.clone(),
            submitted_at: None,
            priority: Priority::Backfill,
        }
    }
}

/// All inputs as one sequence of entries.
#[derive(Debug)]
pub struct Source {
    inputs: VecDeque<Input>,
    current: Option<Current>,
    template: Template,
    /// Paths without links that are never documents: what this run writes.
    left_out: Vec<PathBuf>,
}

#[derive(Debug)]
enum Current {
    Jsonl(jsonl::Requests),
    Folder(folder::Documents),
}

impl Source {
    /// The entries of `inputs` in their order.
    #[must_use]
    pub fn new(inputs: Vec<Input>, template: Template, left_out: Vec<PathBuf>) -> Self {
        Self { inputs: inputs.into(), current: None, template, left_out }
    }

    /// Opens the next argument; a single file is an entry at once.
    fn advance(&mut self, input: Input) -> Result<Option<Entry>, RunError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source: io::Error| RunError::Input { path, source }
        };
        match input {
            Input::Stream => {
                let here = Root::open(Path::new(".")).map_err(failed(Path::new(".")))?;
                self.current = Some(Current::Jsonl(jsonl::Requests::stream(Arc::new(here))));
            }
            Input::Requests(path) => {
                let requests = jsonl::Requests::open(&path).map_err(failed(&path))?;
                self.current = Some(Current::Jsonl(requests));
            }
            Input::Folder { path, prefix } => {
                let root = Root::open(&path).map_err(failed(&path))?;
                let documents = folder::Documents::new(root, prefix, &self.left_out);
                self.current = Some(Current::Folder(documents));
            }
            Input::File { path, name } => return file(&path, &name, &self.template).map(Some),
        }
        Ok(None)
    }
}

/// A file that is named by itself may be a link: the user pointed at it.
fn file(path: &Path, name: &Path, template: &Template) -> Result<Entry, RunError> {
    let failed = |source| RunError::input(path, source);
    let request = template.request(name);
    let canonical = std::fs::canonicalize(path).map_err(failed)?;
    let (Some(folder), Some(file)) = (canonical.parent(), canonical.file_name()) else {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    };
    let root = Arc::new(Root::open(folder).map_err(failed)?);
    let place = Place::Beneath { root, path: file.into() };
    Ok(Entry::Asked(Box::new(Asked { request, place })))
}

impl Iterator for Source {
    type Item = Result<Entry, RunError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let entry = match &mut self.current {
                Some(Current::Jsonl(requests)) => requests.next_entry(),
                Some(Current::Folder(documents)) => Ok(documents.next_entry(&self.template)),
                None => Ok(None),
            };
            match entry {
                Ok(Some(entry)) => return Some(Ok(entry)),
                Ok(None) => self.current = None,
                Err(error) => {
                    self.inputs.clear();
                    self.current = None;
                    return Some(Err(error));
                }
            }
            let input = self.inputs.pop_front()?;
            match self.advance(input) {
                Ok(Some(entry)) => return Some(Ok(entry)),
                Ok(None) => {}
                Err(error) => return Some(Err(error)),
            }
        }
    }
}

/// How many entries the inputs hold, counted without reading a document; `None` where the
/// inputs do not say (a stream) or cannot be read.
#[must_use]
pub fn count(inputs: &[Input], left_out: &[PathBuf]) -> Option<u64> {
    inputs
        .iter()
        .map(|input| match input {
            Input::Stream => None,
            Input::Requests(path) => jsonl::count(path).ok(),
            Input::Folder { path, .. } => {
                let path = path.canonicalize().ok()?;
                Some(folder::Walk::new(&path, left_out).count() as u64)
            }
            Input::File { .. } => Some(1),
        })
        .sum()
}

#[cfg(test)]
mod tests;
