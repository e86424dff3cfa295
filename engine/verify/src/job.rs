//! One document on its way through the engine.

use ivendor_core::content::ContentError;
use ivendor_core::ids::Sha256;
use ivendor_core::request::VerificationRequest;

/// A request with the bytes of its document, or the reason why there are none.
#[derive(Debug, Clone)]
pub struct Job {
    /// What was asked.
    pub request: VerificationRequest,
    /// The encoded document.
    pub content: Result<Vec<u8>, ContentError>,
    /// The digest of the content, where the caller took it while the bytes came in.
    pub sha256: Option<Sha256>,
    /// Milliseconds that fetching took.
    pub fetch_ms: f64,
}
