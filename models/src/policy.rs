//! The policies that are built in, as the text of their files: the domain reads them.

/// Fitted on scanned receipts and on drawn documents of every type.
pub const STANDARD: &str = include_str!("../policies/standard.toml");
