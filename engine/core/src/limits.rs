//! Every bound in one place: what a document may cost before it is refused.

use serde::{Deserialize, Serialize};

/// What decoding one document may cost. Past any of these the document is refused with
/// `content.too_large`; nothing is read in part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DecodeLimits {
    /// Bytes of the encoded document.
    pub bytes_max: u64,
    /// Pages of a PDF or a TIFF.
    pub pages_max: u32,
    /// Pixels of one side of a page.
    pub side_px_max: u32,
    /// Pixels of one side below which a page cannot show anything.
    pub side_px_min: u32,
    /// Pixels of one page.
    pub page_px_max: u64,
    /// Pixels of all pages together.
    pub total_px_max: u64,
    /// Seconds that decoding all pages may take.
    pub decode_s_max: f64,
    /// Resolution at which vector pages are rendered, in dots per inch.
    pub render_dpi: f32,
}

impl Default for DecodeLimits {
    fn default() -> Self {
        Self {
            bytes_max: 32 << 20,
            pages_max: 20,
            side_px_max: 20_000,
            side_px_min: 8,
            page_px_max: 40_000_000,
            total_px_max: 160_000_000,
            decode_s_max: 20.0,
            render_dpi: 150.0,
        }
    }
}

/// What one request may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestLimits;

impl RequestLimits {
    /// Bytes of one encoded request: a line of a JSONL file or the value of a message.
    pub const BYTES_MAX: usize = 256 << 10;
    /// Claims of one request.
    pub const CLAIMS_MAX: usize = 64;
    /// Characters of a claim's key.
    pub const CLAIM_KEY_LEN_MAX: usize = 64;
    /// Bytes of a claim's value.
    pub const CLAIM_VALUE_LEN_MAX: usize = 4096;
    /// Bytes of the address of a document.
    pub const URI_LEN_MAX: usize = 4096;
}

/// What one entry of the audit log may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditLimits;

impl AuditLimits {
    /// Bytes of the actor, the action or the resource.
    pub const FIELD_LEN_MAX: usize = 512;
    /// Bytes of the detail, as JSON.
    pub const DETAIL_LEN_MAX: usize = 64 << 10;
}

/// What one call to the store may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreLimits;

impl StoreLimits {
    /// Verdicts of one transaction; a larger batch is written in several.
    pub const ROWS_MAX: usize = 1000;
    /// Bytes of JSON of one transaction; a larger batch is written in several.
    pub const BATCH_BYTES_MAX: usize = 32 << 20;
    /// Bytes of one verdict as JSON. Past it the verdict is refused.
    pub const VERDICT_BYTES_MAX: usize = 16 << 20;
    /// Events that one call takes from the outbox.
    pub const EVENTS_MAX: usize = 10_000;
}

/// What a person may say of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReviewLimits;

impl ReviewLimits {
    /// Reasons of one decision.
    pub const REASONS_MAX: usize = 16;
    /// Bytes of one reason code.
    pub const REASON_LEN_MAX: usize = 128;
    /// Bytes of a note or a comment.
    pub const NOTE_LEN_MAX: usize = 4096;
    /// Cases of one page of a list.
    pub const PAGE_MAX: usize = 200;
}
