//! What must hold for any bytes, as the tests and the fuzz targets check it.

use std::sync::OnceLock;

use ivendor_core::limits::DecodeLimits;

use crate::document::{Document, MediaType};
use crate::error::PageError;
use crate::{decode, decode_as};

/// Limits for checking many documents: small pages, and little time for each.
#[must_use]
pub fn limits() -> &'static DecodeLimits {
    static LIMITS: OnceLock<DecodeLimits> = OnceLock::new();
    LIMITS.get_or_init(|| DecodeLimits {
        side_px_max: 4_000,
        page_px_max: 4_000_000,
        total_px_max: 16_000_000,
        decode_s_max: 10.0,
        render_dpi: 72.0,
        ..DecodeLimits::default()
    })
}

/// Decodes under [`limits`] and checks the outcome.
///
/// # Panics
/// Where a promise is broken.
pub fn check_decode(bytes: &[u8]) {
    check(&decode(bytes, limits()), limits());
}

/// As [`check_decode`], for bytes taken as this type whatever they begin with.
///
/// # Panics
/// Where a promise is broken.
pub fn check_as(media_type: MediaType, bytes: &[u8]) {
    check(&decode_as(media_type, bytes.to_vec(), limits()), limits());
}

/// As [`check_decode`], with the first byte choosing a type of one picture.
///
/// # Panics
/// Where a promise is broken.
pub fn check_image(bytes: &[u8]) {
    let types = [MediaType::Jpeg, MediaType::Png, MediaType::WebP, MediaType::Bmp];
    let Some((choice, bytes)) = bytes.split_first() else { return };
    check_as(types[usize::from(*choice) % types.len()], bytes);
}

/// Checks that pages keep the limits and that a refusal says why.
///
/// # Panics
/// Where a promise is broken.
pub fn check(outcome: &Result<Document, PageError>, limits: &DecodeLimits) {
    let document = match outcome {
        Ok(document) => document,
        Err(error) => {
            assert!(error.reason().as_str().starts_with("content."), "{error}");
            assert!(!error.is_transient(), "{error}");
            assert!(error.to_string().len() > 10, "{error} says too little");
            return;
        }
    };
    let pages = &document.pages;
    assert!(!pages.is_empty(), "a document without a page");
    assert!(pages.len() <= limits.pages_max as usize, "{} pages", pages.len());
    let mut total = 0;
    for (page, number) in pages.iter().zip(1..) {
        assert_eq!(page.number, number);
        let (width, height) = page.pixels.dimensions();
        assert!(width.max(height) <= limits.side_px_max, "{width}x{height}");
        assert!(width.min(height) >= limits.side_px_min, "{width}x{height}");
        let px = u64::from(width) * u64::from(height);
        assert!(px <= limits.page_px_max, "{width}x{height}");
        total += px;
        assert!(page.dpi.is_none_or(|dpi| dpi.is_finite() && dpi > 0.0), "{:?} dpi", page.dpi);
        let letters = page.text_layer.as_ref().map_or(0, String::len);
        assert!(letters <= 1 << 20, "{letters} bytes of text");
    }
    assert!(total <= limits.total_px_max, "{total} pixels");
}
