//! What the engine says of a document: `ivendor.verification.verdict/1`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::check::Check;
use crate::geometry::Polygon;
use crate::ids::{DocumentId, Sha256, TenantId, VendorId};
use crate::reason::Reason;

/// The name and version of the verdict's schema.
pub const VERDICT_SCHEMA: &str = "ivendor.verification.verdict/1";

/// What is to be done with the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Every claim holds, surely enough.
    Accept,
    /// A person must look.
    Review,
    /// Surely enough, something is wrong, and the policy lets the machine say so.
    Reject,
}

/// A line of text as it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Line {
    /// Where, in pixels of the page as rendered.
    pub polygon: Polygon,
    /// What was read.
    pub text: String,
    /// The mean probability of its characters, 0–1.
    pub confidence: f32,
}

/// A page as it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PageText {
    /// The page, from 1.
    pub page: u32,
    /// Pixels across, as rendered.
    pub width: u32,
    /// Pixels down, as rendered.
    pub height: u32,
    /// Dots per inch, where the document says or the renderer chose.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dpi: Option<f32>,
    /// Lines in reading order.
    pub lines: Vec<Line>,
}

/// What made the verdict: enough to make it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Provenance {
    /// The engine's version.
    pub engine: String,
    /// Model name → digest of its weights.
    pub models: BTreeMap<String, Sha256>,
    /// The policy in force.
    pub policy: PolicyRef,
    /// The device that computed, e.g. `cpu` or `cuda:0 NVIDIA H100`.
    pub device: String,
    /// The type of number that it computed with.
    pub dtype: String,
    /// Whether another device was asked for than the one that computed.
    pub fallback: bool,
}

/// The name and digest of a policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyRef {
    /// Its name.
    pub name: String,
    /// The digest of its file.
    pub digest: Sha256,
}

/// Milliseconds spent on a document, by stage. A stage that many documents share (a
/// micro-batch) counts for each of them by its share of the pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TimingsMs {
    /// Fetching the bytes.
    pub fetch: f64,
    /// Bytes to pixels.
    pub decode: f64,
    /// Finding the lines.
    pub detect: f64,
    /// Reading the lines.
    pub recognise: f64,
    /// The checks.
    pub check: f64,
    /// All of these together.
    pub total: f64,
}

/// The engine's answer to one request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verdict {
    /// Always [`VERDICT_SCHEMA`].
    pub schema: String,
    /// As asked.
    pub tenant_id: TenantId,
    /// As asked.
    pub vendor_id: VendorId,
    /// As asked.
    pub document_id: DocumentId,
    /// As asked.
    pub document_type: String,
    /// The digest of the bytes that were read; absent where none could be.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<Sha256>,
    /// What is to be done.
    pub decision: Decision,
    /// The probability that every claim is true and nothing is wrong, 0–1; what it is worth
    /// stands in the policy that provenance names.
    pub confidence: f32,
    /// Why, worst first; empty only on an accept.
    pub reasons: Vec<Reason>,
    /// Every check, in the order in which they ran.
    pub checks: Vec<Check>,
    /// The text of the pages, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub pages: Option<Vec<PageText>>,
    /// What made this verdict.
    pub provenance: Provenance,
    /// Where the time went.
    pub timings_ms: TimingsMs,
    /// When.
    pub verified_at: Timestamp,
}
