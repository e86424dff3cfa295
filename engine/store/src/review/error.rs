//! Why a case stays as it is.

use ivendor_core::audit::AuditError;
use ivendor_core::limits::ReviewLimits;
use ivendor_core::review::answer::AnswerError;
use ivendor_core::review::case::Refusal;
use thiserror::Error;

use crate::error::StoreError;

/// An error of the review queue.
#[derive(Debug, Error)]
pub enum ReviewError {
    /// There is no such case of this tenant.
    #[error("there is no such case")]
    NotFound,
    /// The case does not allow it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The answer cannot be.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// Somebody changed the case since it was read.
    #[error("the case has version {found}, not {expected}; read it again")]
    Version {
        /// What the caller had read.
        expected: u32,
        /// What it is.
        found: u32,
    },
    /// The key was sent before, with another request.
    #[error("this idempotency key was used for another request; use a new one")]
    KeyReused,
    /// The first request with this key is not answered yet.
    #[error("the first request with this idempotency key is on its way; ask again in a second")]
    InProgress,
    /// A note or a comment that cannot be.
    #[error("a note or a comment has at most {max} bytes and no zero character; a comment is not \
        empty", max = ReviewLimits::NOTE_LEN_MAX)]
    Note,
    /// A text of the request is past its limits.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// A database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ReviewError {
    /// Whether the same call may succeed later without a change.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_transient())
    }
}
