//! Bytes of a document to page bitmaps and text layers, under limits.
//!
//! The flow goes one way: [`sniff`] tells the type by content, never by name; the decoder of that
//! type reads the sizes of all pages from the headers and puts them to the `budget` before it
//! allocates a pixel; each page then becomes an upright RGB bitmap. The whole of it runs on a
//! guarded thread (`guard`) with a large stack, so that a deadline holds whatever a decoder does,
//! and a panic in one is an error of that document. What cannot be decoded leaves with a reason
//! code; nothing is returned in part.
//!
//! A PDF's text layer is kept beside the pixels and never instead of them: it is what the file
//! says, not what a reader sees. This room knows nothing of claims, networks or where bytes come
//! from, and it reads and writes no file.

use std::sync::Arc;

use ivendor_core::limits::DecodeLimits;

pub use document::{Document, MediaType, Page};
pub use error::PageError;

use budget::Budget;

pub mod sniff;
#[cfg(feature = "specimens")]
pub mod specimens;

mod budget;
mod container;
mod density;
mod document;

mod error;
mod guard;
mod image;
mod jpeg;
mod pdf;
mod rgb;
mod tiff;

/// Decodes a document into its pages.
///
/// It returns within `limits.decode_s_max` seconds, or twice that where earlier documents still
/// hold all threads past their time.
///
/// # Errors
/// [`PageError`] says why there are no pages: past a limit, encrypted, of no type that is read,
/// or damaged.
pub fn decode(bytes: &[u8], limits: &DecodeLimits) -> Result<Document, PageError> {
    budget::check_bytes(bytes, limits)?;
    decode_as(sniff::media_type(bytes)?, bytes.to_vec(), limits)
}

/// As [`decode`], of bytes that nobody needs afterwards: it makes no copy of them.
///
/// # Errors
/// Those of [`decode`].
pub fn decode_owned(bytes: Vec<u8>, limits: &DecodeLimits) -> Result<Document, PageError> {
    budget::check_bytes(&bytes, limits)?;
    decode_as(sniff::media_type(&bytes)?, bytes, limits)
}

/// Decodes `bytes` as `media_type`, whatever they look like. The thread that does it may outlive
/// this call, so the bytes are its own.
fn decode_as(
    media_type: MediaType,
    bytes: Vec<u8>,
    limits: &DecodeLimits,
) -> Result<Document, PageError> {
    let bytes = Arc::new(bytes);
    let limits = limits.clone();
    guard::run(limits.decode_s_max, move |deadline| {
        let mut budget = Budget::new(limits, deadline);
        let pages = match media_type {
            MediaType::Jpeg => vec![jpeg::decode(&bytes, &mut budget)?],
            MediaType::Png => vec![image::decode_png(&bytes, &mut budget)?],
            MediaType::WebP => vec![image::decode_webp(&bytes, &mut budget)?],
            MediaType::Bmp => vec![image::decode_bmp(&bytes, &mut budget)?],
            MediaType::Tiff => tiff::decode(&bytes, &mut budget)?,
            MediaType::Pdf => pdf::decode(&bytes, &mut budget)?,
        };
        Ok(Document { media_type, pages })
    })
}
