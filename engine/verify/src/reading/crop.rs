//! Cuts a line out of a page and brings it to the recogniser's height, straightened.

use candle_core::Result;
use image::RgbImage;
use ivendor_core::geometry::Polygon;
use ivendor_models::crop::Quad;

/// A line that is this much taller than wide runs down the page.
const TALL_MIN: f32 = 1.5;

/// The outline with its first side along the text: one that runs down the page is turned.
pub(super) fn along_text(outline: Polygon) -> Polygon {
    let [a, b, c, d] = outline.0;
    let (width, height) = (outline.width().max(1.0), outline.height().max(1.0));
    if height / width >= TALL_MIN { Polygon([b, c, d, a]) } else { outline }
}

/// The outline turned by half a turn: its text is upside down.
pub(super) fn turned(outline: Polygon) -> Polygon {
    let [a, b, c, d] = outline.0;
    Polygon([c, d, a, b])
}

/// The width in pixels of a line that is brought to `height`.
pub(crate) fn width_at(outline: &Polygon, height: usize) -> usize {
    let (w, h) = (outline.width().floor().max(1.0), outline.height().floor().max(1.0));
    ((w / h * height as f32).ceil() as usize).max(1)
}

/// The size of a crop: `text` columns hold the line, the rest up to `padded` is grey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CropSize {
    pub(crate) height: usize,
    pub(crate) text: usize,
    pub(crate) padded: usize,
}

/// The line inside `outline` of page number `page`, as the operation wants it.
pub(super) fn quad(page: usize, outline: &Polygon, text: usize) -> Quad {
    let corners = outline.0.map(|corner| [corner.x, corner.y]);
    Quad { page, corners, sides: (outline.width(), outline.height()), text }
}

/// Writes the line inside `outline` to `out` (height, padded width, 3), values in [-1, 1], on the
/// CPU; the padding is 0, mid-grey, as in training.
///
/// # Errors
/// Where the page is empty or `out` has another size.
pub(crate) fn crop(
    page: &RgbImage,
    outline: &Polygon,
    size: CropSize,
    out: &mut [f32],
) -> Result<()> {
    let page = (page.as_raw().as_slice(), page.width() as usize, page.height() as usize);
    let line = quad(0, outline, size.text);
    ivendor_models::crop::on_cpu(page, &line, (size.height, size.padded), out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;
    use ivendor_core::geometry::Point;

    /// Dark on the left, bright on the right.
    fn page() -> RgbImage {
        RgbImage::from_fn(100, 60, |x, _| Rgb([if x < 50 { 0 } else { 255 }; 3]))
    }

    fn cut(outline: Polygon) -> Vec<f32> {
        let size = CropSize { height: 8, text: 16, padded: 20 };
        let mut out = vec![9.0; 8 * 20 * 3];
        crop(&page(), &outline, size, &mut out).unwrap();
        out
    }

    #[test]
    fn a_crop_keeps_left_and_right_and_pads_with_grey() {
        let out = cut(Polygon::rectangle(Point::new(30.0, 20.0), Point::new(70.0, 40.0)));
        assert_eq!((out[0], out[15 * 3], out[16 * 3], out[19 * 3]), (-1.0, 1.0, 0.0, 0.0));
    }

    #[test]
    fn text_that_is_upside_down_is_turned() {
        let outline = Polygon::rectangle(Point::new(30.0, 20.0), Point::new(70.0, 40.0));
        let out = cut(turned(outline));
        assert_eq!((out[0], out[15 * 3]), (1.0, -1.0));
    }

    #[test]
    fn a_tall_outline_is_read_down_the_page() {
        let outline = Polygon::rectangle(Point::new(0.0, 0.0), Point::new(10.0, 60.0));
        let along = along_text(outline);
        assert_eq!(along.0[0], Point::new(10.0, 0.0));
        assert_eq!((along.width(), along.height()), (60.0, 10.0));
        assert_eq!(width_at(&along, 48), 288);
        let square = Polygon::rectangle(Point::new(0.0, 0.0), Point::new(10.0, 12.0));
        assert_eq!(along_text(square), square);
    }

    #[test]
    fn an_outline_without_area_or_off_the_page_is_harmless() {
        for outline in [
            Polygon::default(),
            Polygon::rectangle(Point::new(-50.0, -50.0), Point::new(500.0, 500.0)),
        ] {
            assert!(cut(outline).iter().all(|v| (-1.0..=1.0).contains(v)));
        }
    }
}
