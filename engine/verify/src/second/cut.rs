//! Cuts a line out of a page as Tesseract likes it: grey, of one height, with a margin.

use image::RgbImage;
use ivendor_core::geometry::Polygon;

use super::error::SecondError;
use crate::reading::crop::{self, CropSize};

/// Height in pixels of a line without its margin: of 28 to 60 this reads the receipts' lines best.
const LINE_HEIGHT: usize = 32;

/// Pixels of paper around the line.
const MARGIN: usize = 10;

/// The widest line, in pixels at [`LINE_HEIGHT`]: Tesseract cannot be stopped, and the time it
/// takes grows with the width alone.
const WIDTH_MAX: usize = 3_200;

/// Pixels of the page below which a side of an outline shows no text.
const SIDE_MIN: f32 = 4.0;

/// The line's grey values, rows from the top.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) pixels: Vec<u8>,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// Cuts out what is inside `outline`, straightened, its first side on top.
///
/// # Errors
/// [`SecondError::TooSmall`] or [`SecondError::TooLong`].
pub(super) fn cut(page: &RgbImage, outline: &Polygon) -> Result<Cut, SecondError> {
    let (wide, high) = (outline.width(), outline.height());
    let too_small = SecondError::TooSmall { width_px: wide as u32, height_px: high as u32 };
    // A side that is no number, as of an outline that is none, is not at least that long.
    let shows = |side: f32| side >= SIDE_MIN && side.is_finite();
    if page.is_empty() || !shows(wide) || !shows(high) {
        return Err(too_small);
    }
    let text = crop::width_at(outline, LINE_HEIGHT);
    if text > WIDTH_MAX {
        return Err(SecondError::TooLong { width_px: text, width_px_max: WIDTH_MAX });
    }
    let size = CropSize { height: LINE_HEIGHT, text, padded: text };
    let mut colours = vec![0.0; LINE_HEIGHT * text * 3];
    // What is too small or too long was refused above, so that this cannot fail.
    crop::crop(page, outline, size, &mut colours).map_err(|_| too_small)?;
    let line: Vec<u8> = colours.chunks_exact(3).map(grey).collect();
    Ok(framed(&line, text))
}

/// Luma (ITU-R BT.601) of a colour with values in [-1, 1].
fn grey(colour: &[f32]) -> u8 {
    let luma = 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2];
    ((luma + 1.0) * 127.5).round() as u8
}

/// The line (height, width) in the midst of its paper.
fn framed(line: &[u8], width: usize) -> Cut {
    let (outer, height) = (width + 2 * MARGIN, LINE_HEIGHT + 2 * MARGIN);
    let mut pixels = vec![u8::MAX; outer * height];
    for (row, target) in line.chunks_exact(width).zip(pixels.chunks_exact_mut(outer).skip(MARGIN)) {
        target[MARGIN..MARGIN + width].copy_from_slice(row);
    }
    Cut { pixels, width: outer, height }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;
    use ivendor_core::geometry::Point;

    fn outline(width: f32, height: f32) -> Polygon {
        Polygon::rectangle(Point::new(10.0, 10.0), Point::new(10.0 + width, 10.0 + height))
    }

    #[test]
    fn a_line_is_grey_and_stands_on_paper() {
        let page = RgbImage::from_pixel(100, 60, Rgb([200, 0, 0]));
        let cut = cut(&page, &outline(64.0, 16.0)).unwrap();
        assert_eq!((cut.width, cut.height), (128 + 2 * MARGIN, LINE_HEIGHT + 2 * MARGIN));
        assert_eq!(cut.pixels.len(), cut.width * cut.height);
        let at = |x: usize, y: usize| cut.pixels[y * cut.width + x];
        let (last, low) = (cut.width - 1, cut.height - 1);
        assert_eq!([at(0, 0), at(last, 0), at(0, low), at(last, low)], [u8::MAX; 4]);
        assert_eq!([at(MARGIN, MARGIN), at(last - MARGIN, low - MARGIN)], [60; 2]);
        let paper = cut.pixels.iter().filter(|value| **value == u8::MAX).count();
        assert_eq!(cut.pixels.len() - paper, 128 * LINE_HEIGHT);
    }

    #[test]
    fn an_outline_that_shows_no_line_is_an_error() {
        let page = RgbImage::from_pixel(100, 60, Rgb([255; 3]));
        let small =
            |outline: &Polygon| matches!(cut(&page, outline), Err(SecondError::TooSmall { .. }));
        let off = |x: f32| Polygon([Point::new(x, 0.0); 4]);
        assert!(small(&Polygon::default()), "nowhere");
        assert!(small(&outline(1.0, 1.0)), "a pixel");
        assert!(small(&outline(90.0, 2.0)), "flat");
        assert!(small(&off(f32::NAN)), "no number");
        assert!(small(&outline(f32::INFINITY, 20.0)), "without end");
        let long = cut(&page, &outline(4.0e9, 20.0)).unwrap_err();
        assert!(matches!(long, SecondError::TooLong { .. }), "{long}");
        let none = cut(&RgbImage::new(0, 0), &outline(64.0, 16.0)).unwrap_err();
        assert!(matches!(none, SecondError::TooSmall { .. }), "{none}");
    }
}
