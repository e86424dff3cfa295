//! What goes into the store, and what it says of it.

use std::sync::Arc;
use std::time::Duration;

use ivendor_core::ids::{DocumentId, IdError, Sha256, TenantId};
use ivendor_core::request::VerificationRequest;
use ivendor_core::trace::TraceParent;
use ivendor_core::verdict::Verdict;

use crate::error::{Place, StoreError};

/// Seconds that a case may take where nobody has set another time.
pub const DUE_WITHIN_S: u32 = 24 * 3600;
/// The same.
pub const DUE_WITHIN: Duration = Duration::from_secs(DUE_WITHIN_S as u64);

/// A verdict that is to be stored, with the request that it answers.
#[derive(Debug, Clone, PartialEq)]
pub struct NewResult {
    /// What was asked: whoever reviews the document sees it, and where the bytes are.
    pub request: VerificationRequest,
    /// The answer.
    pub verdict: Verdict,
    /// Whether a person looks at it although it was accepted. The caller draws.
    pub sampled: bool,
    /// Within which time a person should have decided its case, from when it opens.
    pub due_within: Duration,
    /// The trace that it belongs to: its event names it.
    pub traceparent: Option<TraceParent>,
}

/// What became of one result.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It is stored, with its case and its event.
    Stored,
    /// It was stored before; nothing was changed.
    AlreadyThere,
    /// Its shard does not own its tenant any more: read the map again and write it once more.
    Fenced,
    /// It is not stored. Where the error is transient, write it once more later.
    Failed(Arc<StoreError>),
}

impl Outcome {
    /// Whether the result is in the store, by this call or an earlier one.
    #[must_use]
    pub fn is_stored(&self) -> bool {
        matches!(self, Self::Stored | Self::AlreadyThere)
    }
}

/// Whether a result is there.
#[derive(Debug, Clone)]
pub enum Known {
    /// It is: there is nothing to compute.
    Stored,
    /// It is not.
    New,
    /// Its shard cannot be asked now.
    Unclear(Arc<StoreError>),
}

/// A document of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DocumentRef {
    /// Whose.
    pub tenant: TenantId,
    /// Which.
    pub document: DocumentId,
}

/// A verdict as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredResult {
    /// The digest of its key.
    pub key: Sha256,
    /// Whether it is the document's current one.
    pub is_current: bool,
    /// What was asked.
    pub request: VerificationRequest,
    /// The answer.
    pub verdict: Verdict,
}

/// What a person is asked to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewCase {
    /// Which: always the same for a document and its bytes.
    pub case_id: String,
    /// Of which bytes; `None` where none could be read.
    pub sha256: Option<Sha256>,
    /// The digest of the key of the verdict that it is about.
    pub key: Sha256,
    /// `open` until somebody takes it, `superseded` where a later verdict made it needless.
    pub state: String,
    /// The confidence of that verdict, 0–1.
    pub confidence: f32,
    /// Why a person is asked.
    pub reasons: Vec<String>,
}

/// The identifier of the case of a document and its bytes: the first half of a digest over both,
/// in hexadecimal digits. Identifiers hold no line break, so that no two cases have one text.
#[must_use]
pub fn case_id(document: &DocumentRef, sha256: Option<Sha256>) -> String {
    let DocumentRef { tenant, document } = document;
    let bytes = sha256.map_or_else(|| "-".to_owned(), String::from);
    let text = format!("ivendor.case/1\n{tenant}\n{document}\n{bytes}\n");
    let mut digest = Sha256::of(text.as_bytes()).to_string();
    digest.truncate(32);
    digest
}

impl DocumentRef {
    /// A document that a row names.
    pub(crate) fn read(place: Place, tenant: String, document: String) -> Result<Self, StoreError> {
        let wrong = |error: IdError| StoreError::Row { place, problem: error.to_string() };
        Ok(Self {
            tenant: tenant.try_into().map_err(wrong)?,
            document: document.try_into().map_err(wrong)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_keeps_its_identifier_for_ever() {
        let of =
            DocumentRef { tenant: "acme".parse().unwrap(), document: "r-2041".parse().unwrap() };
        let cases = [
            ("no bytes", None, "ce9ce4fb503db9c3bbe5036e4cc6c998"),
            ("bytes", Some(Sha256::of(b"bytes")), "cd71d125117976df05ce9f86a0d7c2ad"),
        ];
        for (name, sha256, expected) in cases {
            assert_eq!(case_id(&of, sha256), expected, "{name}");
        }
    }
}
