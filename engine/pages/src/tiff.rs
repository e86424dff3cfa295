//! TIFF: every full image of the file is a page.

use std::io::Cursor;

use image::metadata::Orientation;
use tiff::decoder::{Decoder, DecodingResult, Limits};
use tiff::tags::{CompressionMethod, Tag};
use tiff::{TiffError, TiffFormatError};

use crate::budget::{Budget, check_pages};
use crate::container::{check_jpeg_end, jpeg_size};
use crate::density;
use crate::document::Page;
use crate::error::PageError;
use crate::rgb::upright;

mod samples;

/// Bits of the tag NewSubfileType: a smaller copy of another image, a mask of one.
const NO_PAGE: u32 = 1 | 4;
/// Bytes of one tag's value: the offsets of very many strips.
const TAG_BYTES_MAX: usize = 4 << 20;

type Reader<'a> = Decoder<Cursor<&'a [u8]>>;

/// The pages of a TIFF file.
pub(crate) fn decode(bytes: &[u8], budget: &mut Budget) -> Result<Vec<Page>, PageError> {
    // First every header, so that the last page is judged before the first takes memory.
    let numbers = measure(&mut open(bytes, budget)?, budget)?;
    if numbers.iter().all(Option::is_none) {
        return Err(PageError::Damaged("the TIFF file holds no page".to_owned()));
    }
    let mut reader = open(bytes, budget)?;
    let mut pages = Vec::new();
    for (index, number) in numbers.iter().enumerate() {
        if index > 0 {
            reader.next_image().map_err(refuse)?;
        }
        if let Some(number) = number {
            budget.time()?;
            pages.push(page(&mut reader, *number, bytes, budget)?);
        }
    }
    Ok(pages)
}

fn open<'a>(bytes: &'a [u8], budget: &Budget) -> Result<Reader<'a>, PageError> {
    let page_bytes_max = usize::try_from(budget.page_bytes_max()).unwrap_or(usize::MAX);
    let mut limits = Limits::default();
    limits.decoding_buffer_size = page_bytes_max;
    limits.intermediate_buffer_size = page_bytes_max;
    limits.ifd_value_size = TAG_BYTES_MAX;
    Ok(Decoder::new(Cursor::new(bytes)).map_err(refuse)?.with_limits(limits))
}

/// Each image's number as a page, or `None` where it is none.
fn measure(reader: &mut Reader, budget: &mut Budget) -> Result<Vec<Option<u32>>, PageError> {
    let mut numbers = Vec::new();
    loop {
        budget.time()?;
        let subfile = reader.find_tag_unsigned::<u32>(Tag::NewSubfileType).map_err(refuse)?;
        if subfile.unwrap_or(0) & NO_PAGE == 0 {
            let (width, height) = reader.dimensions().map_err(refuse)?;
            numbers.push(Some(budget.page(width, height)?));
        } else {
            numbers.push(None);
            let images = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
            // Copies and masks come one of each to a page.
            check_pages(images / 3, budget.limits())?;
        }
        if !reader.more_images() {
            return Ok(numbers);
        }
        reader.next_image().map_err(refuse)?;
    }
}

fn page(
    reader: &mut Reader,
    number: u32,
    bytes: &[u8],
    budget: &Budget,
) -> Result<Page, PageError> {
    check_parts(reader, bytes, budget)?;
    let colour = reader.colortype().map_err(refuse)?;
    let mut values = DecodingResult::U8(Vec::new());
    let layout = reader.read_image_to_buffer(&mut values).map_err(refuse)?;
    let (width, height) = reader.dimensions().map_err(refuse)?;
    let planes = layout.planes;
    let pixels = samples::to_rgb(values, &samples::Shape { width, height, planes, colour })?;
    let pixels = upright(pixels, orientation(reader));
    Ok(Page { number, pixels, dpi: dpi(reader), text_layer: None })
}

/// Refuses a page whose compressed strips or tiles are not all there, which some decoders forgive.
/// One that is a JPEG file also states a size of its own, for which its decoder would allocate.
fn check_parts(reader: &mut Reader, bytes: &[u8], budget: &Budget) -> Result<(), PageError> {
    let method = reader.find_tag_unsigned::<u16>(Tag::Compression).map_err(refuse)?;
    let is = |other: CompressionMethod| method == Some(other.to_u16());
    if method.is_none() || is(CompressionMethod::None) {
        return Ok(());
    }
    let kinds =
        [(Tag::StripOffsets, Tag::StripByteCounts), (Tag::TileOffsets, Tag::TileByteCounts)];
    for (offsets, counts) in kinds {
        let offsets = reader.find_tag_unsigned_vec::<u64>(offsets).map_err(refuse)?;
        let counts = reader.find_tag_unsigned_vec::<u64>(counts).map_err(refuse)?;
        for (offset, count) in offsets.into_iter().flatten().zip(counts.into_iter().flatten()) {
            let part = part(bytes, offset, count).ok_or_else(|| {
                let length = bytes.len();
                PageError::Damaged(format!(
                    "TIFF: a strip of {count} bytes at {offset} lies outside of {length} bytes"
                ))
            })?;
            if is(CompressionMethod::ModernJPEG) {
                check_jpeg_part(part, budget)?;
            }
        }
    }
    Ok(())
}

fn part(bytes: &[u8], offset: u64, count: u64) -> Option<&[u8]> {
    let (start, end) = (usize::try_from(offset), usize::try_from(offset.checked_add(count)?));
    bytes.get(start.ok()?..end.ok()?)
}

fn check_jpeg_part(part: &[u8], budget: &Budget) -> Result<(), PageError> {
    let max = budget.limits().page_px_max;
    if let Some((width, height)) = jpeg_size(part)
        && u64::from(width) * u64::from(height) > max
    {
        return Err(PageError::TooLarge(format!(
            "a JPEG strip has {width}x{height} pixels; a page may have {max} in all"
        )));
    }
    check_jpeg_end(part)
}

fn orientation(reader: &mut Reader) -> Orientation {
    reader
        .find_tag_unsigned::<u8>(Tag::Orientation)
        .ok()
        .flatten()
        .and_then(Orientation::from_exif)
        .unwrap_or(Orientation::NoTransforms)
}

fn dpi(reader: &mut Reader) -> Option<f32> {
    let unit = reader.find_tag_unsigned::<u16>(Tag::ResolutionUnit).ok().flatten();
    let value = reader.find_tag(Tag::XResolution).ok().flatten()?.into_f64().ok()?;
    density::tiff(value, unit)
}

fn refuse(error: TiffError) -> PageError {
    match error {
        TiffError::UnsupportedError(error) => PageError::Unsupported(format!("TIFF: {error}")),
        TiffError::LimitsExceeded => {
            PageError::TooLarge("TIFF: a page or a tag needs more memory than it may".to_owned())
        }
        TiffError::FormatError(TiffFormatError::CycleInOffsets) => {
            PageError::Damaged("TIFF: the chain of images runs in a circle".to_owned())
        }
        error => PageError::Damaged(format!("TIFF: {error}")),
    }
}
