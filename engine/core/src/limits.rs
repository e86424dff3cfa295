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
