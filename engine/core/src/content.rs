//! The bytes of a document that could not be had.

use crate::reason::Reason;

/// Bytes that could not be had, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct ContentError {
    /// The code for the verdict, e.g. `content.unreachable`.
    pub reason: Reason,
    /// What happened, for a person.
    pub detail: String,
}
