//! Why a document has no pages.

use ivendor_core::reason::Reason;
use thiserror::Error;

/// A document that gives no pages; the text says what was found and what would be allowed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PageError {
    /// Past a limit on bytes, pages, pixels or time.
    #[error("too large: {0}")]
    TooLarge(String),
    /// Opens only with a password.
    #[error("encrypted: {0}")]
    Encrypted(String),
    /// Of no type, or of a kind of a type, that is read.
    #[error("unsupported: {0}")]
    Unsupported(String),
    /// Of a known type, but broken.
    #[error("damaged: {0}")]
    Damaged(String),
    /// Nothing is known of the document: other documents held every thread past their time.
    #[error("not decoded: {0}")]
    Busy(String),
}

impl PageError {
    /// The code for the verdict.
    #[must_use]
    pub fn reason(&self) -> Reason {
        match self {
            Self::TooLarge(_) => Reason::CONTENT_TOO_LARGE,
            Self::Encrypted(_) => Reason::CONTENT_ENCRYPTED,
            Self::Unsupported(_) => Reason::CONTENT_UNSUPPORTED,
            Self::Damaged(_) => Reason::CONTENT_DAMAGED,
            Self::Busy(_) => Reason::ENGINE_FAILED,
        }
    }

    /// Whether the same bytes may well be decoded later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Busy(_))
    }
}
