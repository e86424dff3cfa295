//! The samples of the images that are met most: 8 bits, channels together, in strips of LZW.

use tiff::ColorType;
use tiff::decoder::ChunkType;
use tiff::tags::{CompressionMethod, PhotometricInterpretation, PlanarConfiguration, Predictor};
use tiff::tags::{SampleFormat, Tag};

use crate::budget::Budget;

use super::lzw::Lzw;
use super::{Reader, part};

/// How the strips of such an image are read.
struct Layout {
    /// Bytes of a pixel.
    channels: usize,
    /// Bytes of a row.
    row: usize,
    /// Bytes of a strip, but for the last.
    strip: usize,
    /// Bytes of the image.
    image: usize,
    /// Each sample is stored as the difference to that of the pixel before it.
    is_difference: bool,
}

/// The samples of such an image; `None` for any other, and where a strip is damaged: that is for
/// the library to read, and to say.
pub(super) fn read(reader: &mut Reader, bytes: &[u8], budget: &Budget) -> Option<Vec<u8>> {
    let layout = layout(reader)?;
    let offsets = reader.find_tag_unsigned_vec::<u64>(Tag::StripOffsets).ok()??;
    let counts = reader.find_tag_unsigned_vec::<u64>(Tag::StripByteCounts).ok()??;
    if counts.len() != offsets.len() || offsets.len() != layout.image.div_ceil(layout.strip) {
        return None;
    }
    let mut decoder = Lzw::new(layout.strip.min(layout.image))?;
    let mut samples = Vec::with_capacity(layout.image);
    for (offset, count) in offsets.into_iter().zip(counts) {
        if count > budget.page_bytes_max() {
            return None;
        }
        let start = samples.len();
        let strip = layout.strip.min(layout.image - start);
        samples.extend_from_slice(decoder.strip(part(bytes, offset, count)?, strip)?);
        if layout.is_difference {
            for row in samples[start..].chunks_mut(layout.row) {
                match layout.channels {
                    1 => add_up::<1>(row),
                    3 => add_up::<3>(row),
                    _ => add_up::<4>(row),
                }
            }
        }
    }
    Some(samples)
}

fn layout(reader: &mut Reader) -> Option<Layout> {
    let channels: u16 = match reader.colortype().ok()? {
        ColorType::Gray(8) => 1,
        ColorType::RGB(8) => 3,
        ColorType::RGBA(8) | ColorType::CMYK(8) => 4,
        _ => return None,
    };
    let mut tag = |tag, default: u16| match reader.find_tag_unsigned::<u16>(tag) {
        Ok(value) => Some(value.unwrap_or(default)),
        Err(_) => None,
    };
    let predictor = tag(Tag::Predictor, Predictor::None.to_u16())?;
    let is_plain = tag(Tag::Compression, 0)? == CompressionMethod::LZW.to_u16()
        && tag(Tag::SamplesPerPixel, 1)? == channels
        && tag(Tag::PlanarConfiguration, 1)? == PlanarConfiguration::Chunky.to_u16()
        && tag(Tag::PhotometricInterpretation, 0)?
            != PhotometricInterpretation::WhiteIsZero.to_u16()
        && [Predictor::None, Predictor::Horizontal].iter().any(|of| of.to_u16() == predictor);
    let formats = reader.find_tag_unsigned_vec::<u16>(Tag::SampleFormat).ok()?;
    let is_number = |format: &u16| *format == SampleFormat::Uint.to_u16();
    if !is_plain
        || !formats.iter().flatten().all(is_number)
        || reader.get_chunk_type() != ChunkType::Strip
    {
        return None;
    }
    let (width, height) = reader.dimensions().ok()?;
    let (_, rows) = reader.chunk_dimensions();
    let channels = usize::from(channels);
    let row = usize::try_from(width).ok()?.checked_mul(channels)?;
    Some(Layout {
        channels,
        row,
        strip: row.checked_mul(usize::try_from(rows.min(height)).ok()?)?,
        image: row.checked_mul(usize::try_from(height).ok()?)?,
        is_difference: predictor == Predictor::Horizontal.to_u16(),
    })
}

/// From differences to samples.
fn add_up<const CHANNELS: usize>(row: &mut [u8]) {
    let mut sums = [0_u8; CHANNELS];
    for pixel in row.as_chunks_mut::<CHANNELS>().0 {
        for (sum, sample) in sums.iter_mut().zip(pixel) {
            *sum = sum.wrapping_add(*sample);
            *sample = *sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::time::{Duration, Instant};

    use ivendor_core::limits::DecodeLimits;
    use tiff::decoder::DecodingResult;
    use tiff::encoder::colortype::{CMYK8, ColorType, Gray8, Gray16, RGB8, RGBA8};
    use tiff::encoder::{Compression, TiffEncoder, TiffValue};

    use super::*;
    use crate::tiff::open;

    /// A file of one image of 61 x 50 pixels.
    fn file<C: ColorType>(
        samples: &[C::Inner],
        compression: Compression,
        predictor: Predictor,
    ) -> Vec<u8>
    where
        [C::Inner]: TiffValue,
    {
        let mut bytes = Cursor::new(Vec::new());
        let mut encoder = TiffEncoder::new(&mut bytes)
            .unwrap()
            .with_compression(compression)
            .with_predictor(predictor);
        let mut image = encoder.new_image::<C>(61, 50).unwrap();
        image.rows_per_strip(12).unwrap();
        image.write_data(samples).unwrap();
        bytes.into_inner()
    }

    fn lzw<C: ColorType<Inner = u8>>(predictor: Predictor) -> Vec<u8> {
        let count = 61 * 50 * C::BITS_PER_SAMPLE.len();
        let samples: Vec<u8> = (0..count).map(|n| (n * n / 97 % 251) as u8).collect();
        file::<C>(&samples, Compression::Lzw, predictor)
    }

    /// What is read here, and what the library reads.
    fn both(bytes: &[u8]) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        let deadline = Instant::now() + Duration::from_secs(600);
        let budget = Budget::new(DecodeLimits::default(), deadline);
        let here = read(&mut open(bytes, &budget).unwrap(), bytes, &budget);
        let library = match open(bytes, &budget).unwrap().read_image() {
            Ok(DecodingResult::U8(samples)) => Some(samples),
            _ => None,
        };
        (here, library)
    }

    #[test]
    fn samples_are_those_that_the_library_reads() {
        for predictor in [Predictor::None, Predictor::Horizontal] {
            let cases = [
                ("grey", lzw::<Gray8>(predictor)),
                ("RGB", lzw::<RGB8>(predictor)),
                ("RGBA", lzw::<RGBA8>(predictor)),
                ("CMYK", lzw::<CMYK8>(predictor)),
            ];
            for (name, bytes) in cases {
                let (here, library) = both(&bytes);
                assert!(here.is_some() && here == library, "{name}, {predictor:?}");
            }
        }
    }

    #[test]
    fn other_images_are_left_to_the_library() {
        let flat = vec![9; 61 * 50 * 3];
        let rgb = |compression| file::<RGB8>(&flat, compression, Predictor::None);
        let cases = [
            ("not packed", rgb(Compression::Uncompressed)),
            ("packed in another way", rgb(Compression::Packbits)),
            ("16 bits", file::<Gray16>(&[9; 61 * 50], Compression::Lzw, Predictor::None)),
        ];
        for (name, bytes) in cases {
            assert!(both(&bytes).0.is_none(), "{name}");
        }
    }

    #[test]
    fn a_damaged_strip_is_left_to_the_library() {
        let mut bytes = lzw::<RGB8>(Predictor::None);
        let deadline = Instant::now() + Duration::from_secs(600);
        let budget = Budget::new(DecodeLimits::default(), deadline);
        let offsets = open(&bytes, &budget).unwrap().get_tag_u64_vec(Tag::StripOffsets).unwrap();
        // The first code of a strip clears the table.
        bytes[usize::try_from(offsets[1]).unwrap()] = 0xff;
        assert!(both(&bytes).0.is_none());
    }
}
