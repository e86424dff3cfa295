//! Cuts a line out of a page and brings it to the recogniser's height, straightened.

use image::RgbImage;
use ivendor_core::geometry::{Point, Polygon};

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

/// A projective map from the unit square to the page.
struct Projection {
    /// `x = (a u + b v + c) / (g u + h v + 1)`, and `y` likewise with d, e, f.
    x: [f32; 3],
    y: [f32; 3],
    z: [f32; 2],
}

impl Projection {
    /// The map that takes the corners (0,0), (1,0), (1,1), (0,1) to those of `outline` (Heckbert
    /// 1989).
    fn new(outline: &Polygon) -> Self {
        let [p0, p1, p2, p3] = outline.0;
        let (sx, sy) = (p0.x - p1.x + p2.x - p3.x, p0.y - p1.y + p2.y - p3.y);
        let (dx1, dx2) = (p1.x - p2.x, p3.x - p2.x);
        let (dy1, dy2) = (p1.y - p2.y, p3.y - p2.y);
        let det = dx1 * dy2 - dx2 * dy1;
        // Without area there is no projection; the affine part then repeats one line of pixels.
        let (g, h) = match det.abs() > 1e-6 {
            true => ((sx * dy2 - dx2 * sy) / det, (dx1 * sy - sx * dy1) / det),
            false => (0.0, 0.0),
        };
        Self {
            x: [p1.x - p0.x + g * p1.x, p3.x - p0.x + h * p3.x, p0.x],
            y: [p1.y - p0.y + g * p1.y, p3.y - p0.y + h * p3.y, p0.y],
            z: [g, h],
        }
    }

    fn at(&self, u: f32, v: f32) -> Point {
        let z = self.z[0] * u + self.z[1] * v + 1.0;
        let along = |m: &[f32; 3]| (m[0] * u + m[1] * v + m[2]) / z;
        Point::new(along(&self.x), along(&self.y))
    }
}

/// The size of a crop: `text` columns hold the line, the rest up to `padded` is grey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CropSize {
    pub(crate) height: usize,
    pub(crate) text: usize,
    pub(crate) padded: usize,
}

/// Writes the line inside `outline` to `out` (height, padded width, 3), values in [-1, 1]; the
/// padding is 0, mid-grey, as in training.
pub(crate) fn crop(page: &RgbImage, outline: &Polygon, size: CropSize, out: &mut [f32]) {
    let projection = Projection::new(outline);
    // Where the line is shrunk, each pixel is the mean of a few samples, lest strokes vanish.
    let shrink = outline.height() / size.height as f32;
    let taps = if shrink > 1.5 { (shrink.ceil() as usize).min(8) } else { 1 };
    // Corners are places of pixels; the centre of the first pixel lies half a pixel inside.
    let half = (0.5 / outline.width().max(1.0), 0.5 / outline.height().max(1.0));
    let share = 1.0 / (taps * taps) as f32;
    for (y, row) in out.chunks_exact_mut(size.padded * 3).enumerate() {
        let (text, padding) = row.split_at_mut(size.text * 3);
        padding.fill(0.0);
        for (x, pixel) in text.chunks_exact_mut(3).enumerate() {
            let mut sum = [0.0_f32; 3];
            for (ty, tx) in (0..taps).flat_map(|ty| (0..taps).map(move |tx| (ty, tx))) {
                let within = |i: usize, t: usize| i as f32 + (t as f32 + 0.5) / taps as f32;
                let u = within(x, tx) / size.text as f32 - half.0;
                let v = within(y, ty) / size.height as f32 - half.1;
                let value = sample(page, projection.at(u, v));
                (0..3).for_each(|c| sum[c] += value[c]);
            }
            (0..3).for_each(|c| pixel[c] = sum[c] * share / 127.5 - 1.0);
        }
    }
}

/// The page's value at a point, bilinear, with the border repeated outside.
fn sample(page: &RgbImage, at: Point) -> [f32; 3] {
    let (w, h) = (page.width() as usize, page.height() as usize);
    let (x, y) = (at.x.clamp(0.0, (w - 1) as f32), at.y.clamp(0.0, (h - 1) as f32));
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let pixels = page.as_raw();
    let value = |x: usize, y: usize, c: usize| f32::from(pixels[(y * w + x) * 3 + c]);
    std::array::from_fn(|c| {
        let upper = value(x0, y0, c) + (value(x1, y0, c) - value(x0, y0, c)) * fx;
        let lower = value(x0, y1, c) + (value(x1, y1, c) - value(x0, y1, c)) * fx;
        upper + (lower - upper) * fy
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    /// Dark on the left, bright on the right.
    fn page() -> RgbImage {
        RgbImage::from_fn(100, 60, |x, _| Rgb([if x < 50 { 0 } else { 255 }; 3]))
    }

    fn cut(outline: Polygon) -> Vec<f32> {
        let size = CropSize { height: 8, text: 16, padded: 20 };
        let mut out = vec![9.0; 8 * 20 * 3];
        crop(&page(), &outline, size, &mut out);
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
