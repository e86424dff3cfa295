//! JPEG: grey, RGB, CMYK and YCCK, baseline and progressive.

use image::RgbImage;
use image::metadata::Orientation;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::budget::Budget;
use crate::container::check_jpeg_end;
use crate::density;
use crate::document::Page;
use crate::error::PageError;
use crate::rgb::upright;

/// Scans of a progressive file: each costs a pass over the picture, and encoders use about ten.
const SCANS_MAX: usize = 64;

/// The one page of a JPEG file.
///
/// The decoder is used directly because the `image` crate asks it to forgive broken data, which
/// turns a cut-off file into half a page.
pub(crate) fn decode(bytes: &[u8], budget: &mut Budget) -> Result<Page, PageError> {
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        // The budget judges the size, and says which it is.
        .set_max_width(usize::MAX)
        .set_max_height(usize::MAX)
        .jpeg_set_max_scans(SCANS_MAX)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| refuse(&error))?;
    let (width, height) = decoder
        .dimensions()
        .and_then(|(w, h)| Some((u32::try_from(w).ok()?, u32::try_from(h).ok()?)))
        .ok_or_else(|| PageError::Damaged("the JPEG file states no size".to_owned()))?;
    let number = budget.page(width, height)?;
    check_jpeg_end(bytes)?;
    let orientation = decoder
        .exif()
        .and_then(|exif| Orientation::from_exif_chunk(exif))
        .unwrap_or(Orientation::NoTransforms);
    let samples = decoder.decode().map_err(|error| refuse(&error))?;
    let pixels = RgbImage::from_raw(width, height, samples)
        .ok_or_else(|| PageError::Damaged("the JPEG file holds too few pixels".to_owned()))?;
    let pixels = upright(pixels, orientation);
    Ok(Page { number, pixels, dpi: density::jpeg(bytes), text_layer: None })
}

fn refuse(error: &DecodeErrors) -> PageError {
    match error {
        DecodeErrors::Unsupported(_) => PageError::Unsupported(format!("JPEG: {error}")),
        _ => PageError::Damaged(format!("JPEG: {error}")),
    }
}
