//! A sheet of paper that remembers each line of text drawn on it.

use std::collections::BTreeMap;

use image::{Rgb, RgbImage};

use super::TruthLine;
use super::fonts::Pen;
use super::warp::Homography;

/// White.
pub(crate) const PAPER: [u8; 3] = [255, 255, 255];

/// An upright rectangle in pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Area {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
}

impl Area {
    /// The rectangle with the given left, top, right and bottom edges.
    pub(crate) fn new([left, top, right, bottom]: [f32; 4]) -> Self {
        Self { left, top, right, bottom }
    }

    /// Its width in pixels.
    pub(crate) fn width(&self) -> f32 {
        self.right - self.left
    }

    /// The middle between its left and right edge.
    pub(crate) fn centre_x(&self) -> f32 {
        (self.left + self.right) / 2.0
    }

    fn join(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// Which point of a text is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Left,
    Centre,
    Right,
}

/// The sheet.
pub(crate) struct Canvas {
    pub(crate) image: RgbImage,
    pub(crate) lines: Vec<TruthLine>,
    /// Which line shows the value of a claim, by its key.
    pub(crate) places: BTreeMap<&'static str, usize>,
}

impl Canvas {
    /// An empty sheet of `width` by `height` pixels.
    pub(crate) fn new(width: u32, height: u32) -> Self {
        let image = RgbImage::from_pixel(width, height, Rgb(PAPER));
        Self { image, lines: Vec::new(), places: BTreeMap::new() }
    }

    /// Notes that the line set last shows the value of the claim `key`; its first place counts.
    pub(crate) fn note(&mut self, key: &'static str) {
        if let Some(last) = self.lines.len().checked_sub(1) {
            self.places.entry(key).or_insert(last);
        }
    }

    /// [`Canvas::text`] made smaller where it is wider than `room`.
    pub(crate) fn fit(&mut self, pen: Pen, (at, room): ((Anchor, f32, f32), f32), text: &str) {
        let pen = pen.scaled((room / pen.width(text).max(1.0)).min(1.0));
        self.text(pen, at, text);
    }

    /// Sets `text` with its baseline at `y` and its left end, middle or right end at `x`, and
    /// notes it as a line of the truth.
    pub(crate) fn text(&mut self, pen: Pen, (anchor, x, y): (Anchor, f32, f32), text: &str) {
        if let Some(area) = self.ornament(pen, (anchor, x, y), text) {
            let area = Area::new([
                (area.left - 1.0).max(0.0),
                (area.top - 1.0).max(0.0),
                (area.right + 1.0).min(self.image.width() as f32),
                (area.bottom + 1.0).min(self.image.height() as f32),
            ]);
            let polygon = [
                [area.left, area.top],
                [area.right, area.top],
                [area.right, area.bottom],
                [area.left, area.bottom],
            ];
            self.lines.push(TruthLine { page: 1, text: text.trim().to_owned(), polygon });
        }
    }

    /// Sets characters that are no text to read, such as a row of dashes; gives the pixels that
    /// they cover, if any.
    pub(crate) fn ornament(
        &mut self,
        pen: Pen,
        (anchor, x, y): (Anchor, f32, f32),
        text: &str,
    ) -> Option<Area> {
        let x = match anchor {
            Anchor::Left => x,
            Anchor::Centre => x - pen.width(text) / 2.0,
            Anchor::Right => x - pen.width(text),
        };
        let mut covered: Option<Area> = None;
        for glyph in pen.place(text, x, y) {
            let bounds = glyph.px_bounds();
            glyph.draw(|dx, dy, share| {
                let (x, y) = (bounds.min.x + dx as f32, bounds.min.y + dy as f32);
                self.blend((x, y), pen.ink, share);
            });
            let area = Area::new([bounds.min.x, bounds.min.y, bounds.max.x, bounds.max.y]);
            covered = Some(covered.map_or(area, |all| all.join(area)));
        }
        covered
    }

    /// Fills `area`; its edges are rounded to whole pixels.
    pub(crate) fn fill(&mut self, area: Area, ink: [u8; 3]) {
        let (width, height) = self.image.dimensions();
        let pixel = |value: f32, most: u32| (value.round().max(0.0) as u32).min(most);
        for y in pixel(area.top, height)..pixel(area.bottom, height) {
            for x in pixel(area.left, width)..pixel(area.right, width) {
                self.image.put_pixel(x, y, Rgb(ink));
            }
        }
    }

    /// A horizontal line of `thick` pixels below `y`.
    pub(crate) fn rule(&mut self, (left, right, y): (f32, f32, f32), thick: f32, ink: [u8; 3]) {
        self.fill(Area::new([left, y, right, y + thick]), ink);
    }

    /// The outline of `area`, `thick` pixels wide, inside its edges.
    pub(crate) fn frame(&mut self, area: Area, thick: f32, ink: [u8; 3]) {
        let Area { left, top, right, bottom } = area;
        for side in [
            [left, top, right, top + thick],
            [left, bottom - thick, right, bottom],
            [left, top, left + thick, bottom],
            [right - thick, top, right, bottom],
        ] {
            self.fill(Area::new(side), ink);
        }
    }

    /// A filled ellipse in `area`, with soft edges.
    pub(crate) fn disc(&mut self, area: Area, ink: [u8; 3]) {
        let (rx, ry) = (area.width() / 2.0, (area.bottom - area.top) / 2.0);
        let (cx, cy) = (area.left + rx, area.top + ry);
        for y in area.top as i64 - 1..=area.bottom as i64 + 1 {
            for x in area.left as i64 - 1..=area.right as i64 + 1 {
                let (dx, dy) = ((x as f32 + 0.5 - cx) / rx, (y as f32 + 0.5 - cy) / ry);
                let outside = ((dx * dx + dy * dy).sqrt() - 1.0) * rx.min(ry);
                self.blend((x as f32, y as f32), ink, (0.5 - outside).clamp(0.0, 1.0));
            }
        }
    }

    /// A pen's way through `points`, smooth and `thick` pixels wide (Catmull and Rom's spline: the
    /// first and last point only give its direction).
    pub(crate) fn stroke(&mut self, points: &[(f32, f32)], thick: f32, ink: [u8; 3]) {
        for four in points.windows(4) {
            let [p, q, r, s] = [four[0], four[1], four[2], four[3]];
            let steps = ((r.0 - q.0).abs().max((r.1 - q.1).abs()) / 1.2).ceil().max(1.0);
            for step in 0..steps as usize {
                let t = step as f32 / steps;
                let at = |p: f32, q: f32, r: f32, s: f32| {
                    let (b, c) = (2.0 * p - 5.0 * q + 4.0 * r - s, 3.0 * q - p - 3.0 * r + s);
                    q + 0.5 * t * (r - p + t * (b + t * c))
                };
                let (x, y) = (at(p.0, q.0, r.0, s.0), at(p.1, q.1, r.1, s.1));
                let half = thick / 2.0;
                self.disc(Area::new([x - half, y - half, x + half, y + half]), ink);
            }
        }
    }

    /// Presses `mark` onto `corners`, as a rubber stamp: what is below still shows.
    pub(crate) fn press(&mut self, mark: &Self, corners: [[f32; 2]; 4]) {
        let (width, height) = mark.image.dimensions();
        let to = Homography::onto((width as f32, height as f32), corners);
        let back = to.inverse();
        let bound = |axis: usize, pick: fn(f32, f32) -> f32, start: f32| {
            corners.iter().map(|corner| corner[axis]).fold(start, pick)
        };
        let (left, right) = (bound(0, f32::min, f32::MAX), bound(0, f32::max, 0.0));
        let (top, bottom) = (bound(1, f32::min, f32::MAX), bound(1, f32::max, 0.0));
        let (most_x, most_y) = (self.image.width() as f32, self.image.height() as f32);
        for y in top.max(0.0) as u32..bottom.min(most_y) as u32 {
            for x in left.max(0.0) as u32..right.min(most_x) as u32 {
                let [u, v] = back.map([x as f32 + 0.5, y as f32 + 0.5]);
                if u < 0.0 || v < 0.0 || u >= width as f32 || v >= height as f32 {
                    continue;
                }
                let ink = mark.image.get_pixel(u as u32, v as u32).0;
                let pixel = self.image.get_pixel_mut(x, y);
                for (value, ink) in pixel.0.iter_mut().zip(ink) {
                    *value = (u16::from(*value) * u16::from(ink) / 255) as u8;
                }
            }
        }
        let pressed = mark.lines.iter().map(|line| TruthLine {
            polygon: line.polygon.map(|point| to.map(point)),
            ..line.clone()
        });
        self.lines.extend(pressed);
    }

    /// Cuts the sheet off at `height` pixels.
    pub(crate) fn crop(&mut self, height: f32) {
        let height = (height.ceil() as u32).clamp(1, self.image.height());
        let (width, _) = self.image.dimensions();
        self.image = image::imageops::crop_imm(&self.image, 0, 0, width, height).to_image();
    }

    fn blend(&mut self, (x, y): (f32, f32), ink: [u8; 3], share: f32) {
        let (width, height) = self.image.dimensions();
        if x < 0.0 || y < 0.0 || x >= width as f32 || y >= height as f32 {
            return;
        }
        let share = share.clamp(0.0, 1.0);
        let pixel = self.image.get_pixel_mut(x as u32, y as u32);
        for (value, ink) in pixel.0.iter_mut().zip(ink) {
            let mixed = f32::from(*value) * (1.0 - share) + f32::from(ink) * share;
            *value = (mixed + 0.5) as u8;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fonts::Face;
    use super::*;

    const BLACK: [u8; 3] = [0; 3];

    #[test]
    fn a_line_of_truth_encloses_exactly_the_ink() {
        let pen = Pen::new(Face::Sans, 30.0, BLACK);
        for (anchor, x) in [(Anchor::Left, 40.0), (Anchor::Centre, 150.0), (Anchor::Right, 260.0)] {
            let mut canvas = Canvas::new(300, 80);
            canvas.text(pen, (anchor, x, 50.0), " Total 9.00 ");
            let [top_left, _, bottom_right, _] = canvas.lines[0].polygon;
            assert_eq!(canvas.lines[0].text, "Total 9.00");
            let dark = canvas.image.enumerate_pixels().filter(|(_, _, p)| p.0[0] < 128);
            let (mut xs, mut ys) = (Vec::new(), Vec::new());
            dark.for_each(|(x, y, _)| {
                xs.push(x as f32);
                ys.push(y as f32);
            });
            let least = |v: &[f32]| v.iter().copied().fold(f32::MAX, f32::min);
            let most = |v: &[f32]| v.iter().copied().fold(f32::MIN, f32::max) + 1.0;
            assert!((least(&xs) - top_left[0]).abs() <= 2.5, "{anchor:?} left");
            assert!((least(&ys) - top_left[1]).abs() <= 2.5, "{anchor:?} top");
            assert!((most(&xs) - bottom_right[0]).abs() <= 2.5, "{anchor:?} right");
            assert!((most(&ys) - bottom_right[1]).abs() <= 2.5, "{anchor:?} bottom");
        }
    }

    #[test]
    fn ornaments_leave_no_truth_and_nothing_draws_outside_the_sheet() {
        let mut canvas = Canvas::new(50, 20);
        let pen = Pen::new(Face::Mono, 18.0, BLACK);
        assert!(canvas.ornament(pen, (Anchor::Left, -20.0, 15.0), "----------").is_some());
        assert!(canvas.ornament(pen, (Anchor::Left, 0.0, 15.0), "   ").is_none());
        canvas.fill(Area::new([-5.0, -5.0, 500.0, 3.0]), BLACK);
        canvas.disc(Area::new([40.0, 10.0, 70.0, 40.0]), BLACK);
        assert!(canvas.lines.is_empty());
        assert_eq!(canvas.image.dimensions(), (50, 20));
        assert_eq!(canvas.image.get_pixel(49, 0).0, BLACK);
    }
}
