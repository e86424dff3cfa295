//! From the samples of a TIFF image, as they are stored, to RGB.

use image::RgbImage;
use tiff::ColorType;
use tiff::decoder::DecodingResult;

use crate::error::PageError;
use crate::rgb::{light, over_white};

/// How the samples of an image lie.
pub(super) struct Shape {
    /// Pixels across.
    pub(super) width: u32,
    /// Pixels down.
    pub(super) height: u32,
    /// 1 where the channels of a pixel lie together, else one plane for each channel.
    pub(super) planes: usize,
    /// What the channels mean.
    pub(super) colour: ColorType,
}

/// The colours that are read, with their channels.
#[derive(Clone, Copy)]
enum Space {
    Grey,
    GreyAlpha,
    Rgb,
    Rgba,
    Cmyk,
    YCbCr,
}

impl Space {
    fn of(colour: ColorType) -> Option<(Self, u8)> {
        let space = match colour {
            ColorType::Gray(bits) => (Self::Grey, bits),
            ColorType::GrayA(bits) => (Self::GreyAlpha, bits),
            ColorType::Multiband { bit_depth, num_samples: 2 } => (Self::GreyAlpha, bit_depth),
            ColorType::RGB(bits) => (Self::Rgb, bits),
            ColorType::RGBA(bits) => (Self::Rgba, bits),
            ColorType::CMYK(bits) => (Self::Cmyk, bits),
            ColorType::YCbCr(bits) => (Self::YCbCr, bits),
            _ => return None,
        };
        let is_read = match space {
            (Self::Grey, bits) => matches!(bits, 1 | 2 | 4 | 8 | 16),
            (_, bits) => matches!(bits, 8 | 16),
        };
        is_read.then_some(space)
    }

    fn channels(self) -> usize {
        match self {
            Self::Grey => 1,
            Self::GreyAlpha => 2,
            Self::Rgb | Self::YCbCr => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }

    fn to_rgb(self, channels: [u8; 4]) -> [u8; 3] {
        let [a, b, c, d] = channels;
        match self {
            Self::Grey => [a; 3],
            Self::GreyAlpha => [over_white(a, b); 3],
            Self::Rgb => [a, b, c],
            Self::Rgba => [a, b, c].map(|value| over_white(value, d)),
            Self::Cmyk => [a, b, c].map(|ink| light(ink, d)),
            Self::YCbCr => ycbcr_to_rgb(a, b, c),
        }
    }
}

/// ITU-R BT.601 with the full range, as TIFF 6.0 section 21 has it by default.
fn ycbcr_to_rgb(luma: u8, blue: u8, red: u8) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(luma), f32::from(blue) - 128.0, f32::from(red) - 128.0);
    [y + 1.402 * cr, y - 0.344_136 * cb - 0.714_136 * cr, y + 1.772 * cb]
        .map(|value| value.round().clamp(0.0, 255.0) as u8)
}

/// The image as RGB.
pub(super) fn to_rgb(values: DecodingResult, shape: &Shape) -> Result<RgbImage, PageError> {
    let colour = shape.colour;
    let unsupported = || PageError::Unsupported(format!("TIFF: the colours {colour:?}"));
    let (space, bits) = Space::of(colour).ok_or_else(unsupported)?;
    let mut samples = match values {
        DecodingResult::U8(bytes) if bits < 8 => unpack(&bytes, shape.width as usize, bits),
        DecodingResult::U8(bytes) => bytes,
        DecodingResult::U16(words) => words.iter().map(|word| (word >> 8) as u8).collect(),
        _ => return Err(unsupported()),
    };
    let channels = space.channels();
    let count = shape.width as usize * shape.height as usize;
    let is_planar = shape.planes > 1;
    let planes = if is_planar { shape.planes } else { 1 };
    let stride = if is_planar { 1 } else { channels };
    if samples.len() < count * channels || (is_planar && planes < channels) {
        return Err(PageError::Damaged("TIFF: an image holds too few samples".to_owned()));
    }
    let pixels = if matches!(space, Space::Rgb) && !is_planar {
        // Most images: the samples are the pixels.
        samples.truncate(count * channels);
        samples
    } else {
        let plane = if is_planar { samples.len() / planes } else { 1 };
        let mut pixels = Vec::with_capacity(count * 3);
        for pixel in 0..count {
            let mut of_pixel = [0; 4];
            for (channel, value) in of_pixel.iter_mut().enumerate().take(channels) {
                *value = samples[pixel * stride + channel * plane];
            }
            pixels.extend_from_slice(&space.to_rgb(of_pixel));
        }
        pixels
    };
    RgbImage::from_raw(shape.width, shape.height, pixels)
        .ok_or_else(|| PageError::Damaged("TIFF: an image holds too few pixels".to_owned()))
}

/// Samples of 1, 2 or 4 bits, whose rows begin at whole bytes, as samples of 8 bits.
fn unpack(bytes: &[u8], width: usize, bits: u8) -> Vec<u8> {
    let per_byte = usize::from(8 / bits);
    let max = (1_u8 << bits) - 1;
    let row_bytes = width.div_ceil(per_byte);
    let mut samples = Vec::with_capacity(bytes.len() * per_byte);
    for row in bytes.chunks(row_bytes.max(1)) {
        let of_row = row.iter().flat_map(|byte| {
            (1..=8 / bits).map(move |nth| ((byte >> (8 - nth * bits)) & max) * (255 / max))
        });
        samples.extend(of_row.take(width));
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(planes: usize, colour: ColorType) -> Shape {
        Shape { width: 3, height: 1, planes, colour }
    }

    #[test]
    fn every_kind_of_samples_becomes_rgb() {
        let eight = DecodingResult::U8;
        let cases = [
            ("bilevel", eight(vec![0b1010_0000]), 1, ColorType::Gray(1), [255, 255, 255]),
            ("four grey levels", eight(vec![0b0001_1000]), 1, ColorType::Gray(2), [170; 3]),
            ("16 grey levels", eight(vec![0x12, 0x30]), 1, ColorType::Gray(4), [51; 3]),
            ("grey", eight(vec![1, 2, 3]), 1, ColorType::Gray(8), [3; 3]),
            (
                "grey of 16 bits",
                DecodingResult::U16(vec![0, 0, 0x1234]),
                1,
                ColorType::Gray(16),
                [0x12; 3],
            ),
            ("RGB", eight((1..=9).collect()), 1, ColorType::RGB(8), [7, 8, 9]),
            ("RGB in planes", eight((1..=9).collect()), 3, ColorType::RGB(8), [3, 6, 9]),
            ("clear", eight(vec![0; 12]), 1, ColorType::RGBA(8), [255; 3]),
            ("no ink", eight(vec![0; 12]), 1, ColorType::CMYK(8), [255; 3]),
            ("grey of colour", eight(vec![128; 9]), 1, ColorType::YCbCr(8), [128; 3]),
        ];
        for (name, values, planes, colour, last) in cases {
            let image = to_rgb(values, &shape(planes, colour)).unwrap();
            assert_eq!(image.get_pixel(2, 0).0, last, "{name}");
        }
    }

    #[test]
    fn what_cannot_be_shown_is_refused() {
        let few = to_rgb(DecodingResult::U8(vec![0; 5]), &shape(1, ColorType::RGB(8)));
        assert!(matches!(few, Err(PageError::Damaged(_))));
        let floats = to_rgb(DecodingResult::F32(vec![0.0; 3]), &shape(1, ColorType::Gray(32)));
        assert!(matches!(floats, Err(PageError::Unsupported(_))));
        let palette = to_rgb(DecodingResult::U8(vec![0; 3]), &shape(1, ColorType::Palette(8)));
        assert!(matches!(palette, Err(PageError::Unsupported(_))));
    }
}
