//! PNG, WebP and BMP, through the `image` crate.

use std::io::Cursor;

use image::codecs::bmp::BmpDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError};

use crate::budget::Budget;
use crate::container::{check_png_end, check_webp_end};
use crate::density;
use crate::document::Page;
use crate::error::PageError;
use crate::rgb::{on_white, upright};

/// The one page of a PNG file; of an animation the still image.
pub(crate) fn decode_png(bytes: &[u8], budget: &mut Budget) -> Result<Page, PageError> {
    let mut limits = budget.image_limits();
    // The budget judges the size, and says which it is.
    (limits.max_image_width, limits.max_image_height) = (None, None);
    let decoder = PngDecoder::with_limits(Cursor::new(bytes), limits).map_err(refuse)?;
    let page = decode(decoder, budget)?;
    check_png_end(bytes)?;
    Ok(Page { dpi: density::png(bytes), ..page })
}

/// The one page of a WebP file; of an animation the first frame.
pub(crate) fn decode_webp(bytes: &[u8], budget: &mut Budget) -> Result<Page, PageError> {
    check_webp_end(bytes)?;
    decode(WebPDecoder::new(Cursor::new(bytes)).map_err(refuse)?, budget)
}

/// The one page of a Windows bitmap.
pub(crate) fn decode_bmp(bytes: &[u8], budget: &mut Budget) -> Result<Page, PageError> {
    let page = decode(BmpDecoder::new(Cursor::new(bytes)).map_err(refuse)?, budget)?;
    Ok(Page { dpi: density::bmp(bytes), ..page })
}

fn decode(mut decoder: impl ImageDecoder, budget: &mut Budget) -> Result<Page, PageError> {
    let (width, height) = decoder.dimensions();
    let number = budget.page(width, height)?;
    decoder.set_limits(budget.image_limits()).map_err(refuse)?;
    // A broken EXIF block says nothing of the pixels.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(refuse)?;
    let pixels = upright(on_white(image), orientation);
    Ok(Page { number, pixels, dpi: None, text_layer: None })
}

fn refuse(error: ImageError) -> PageError {
    match error {
        ImageError::Limits(error) => PageError::TooLarge(error.to_string()),
        ImageError::Unsupported(error) => PageError::Unsupported(error.to_string()),
        error => PageError::Damaged(error.to_string()),
    }
}
