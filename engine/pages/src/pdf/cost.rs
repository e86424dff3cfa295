//! What drawing a page would cost, added up before it is drawn.
//!
//! The renderer keeps every edge and every filled tile of a page in memory until all is drawn, and
//! makes a path of every dash, so a small file can ask for gigabytes. The weights below were
//! measured on pages of many like things; they are right to about a factor of two.

use hayro::hayro_interpret::DrawMode;
use hayro::kurbo::{Affine, BezPath, PathSeg, Point, Rect, Shape as _};

use crate::budget::Budget;
use crate::error::PageError;

/// Things that one page may draw.
const OPERATIONS_MAX: u32 = 2_000_000;
/// Operations between two looks at the clock.
const OPERATIONS_PER_LOOK: u32 = 256;
/// Dashes that one page may draw: a dotted line across a page has some hundred.
const DASHES_MAX: f64 = 200_000.0;
/// Bytes that drawing one page may take: some thousand fills of the whole page.
const BYTES_MAX: f64 = 256.0 * 1024.0 * 1024.0;

/// Bytes of one operation, whatever it draws.
const OPERATION_BYTES: f64 = 256.0;
/// Bytes of a piece of a path, beside its length.
const SEGMENT_BYTES: f64 = 64.0;
/// Bytes of a pixel of an edge.
const EDGE_PX_BYTES: f64 = 14.0;
/// Bytes of a pixel that is filled.
const AREA_PX_BYTES: f64 = 1.0 / 36.0;
/// How much longer a letter's outline is than the letter is high, at most.
const OUTLINE_EM: f64 = 20.0;
/// How much longer it is in the mean, in pixels that count as an edge.
const OUTLINE_EDGE_EM: f64 = 2.0;

/// The cost of one page so far.
pub(super) struct Cost<'b> {
    budget: &'b Budget,
    /// Pixels to a point.
    scale: f64,
    /// What is seen, in points: the page and the clips on top of each other.
    seen: Vec<Rect>,
    operations: u32,
    dashes: f64,
    bytes: f64,
}

impl<'b> Cost<'b> {
    /// Nothing drawn yet on a page of this rectangle in points.
    pub(super) fn new(budget: &'b Budget, page: Rect, scale: f64) -> Self {
        Self { budget, scale, seen: vec![page], operations: 0, dashes: 0.0, bytes: 0.0 }
    }

    /// Anything.
    pub(super) fn operation(&mut self) -> Result<(), PageError> {
        self.operations += 1;
        if self.operations > OPERATIONS_MAX {
            return Err(PageError::TooLarge(format!(
                "a page of the PDF file draws more than {OPERATIONS_MAX} things"
            )));
        }
        if self.operations.is_multiple_of(OPERATIONS_PER_LOOK) {
            self.budget.time()?;
        }
        self.add(OPERATION_BYTES)
    }

    /// From now on only what lies in this rectangle is seen.
    pub(super) fn clip(&mut self, rect: Rect) -> Result<(), PageError> {
        self.seen.push(self.seen().intersect(rect));
        self.operation()
    }

    /// The last clip ends.
    pub(super) fn end_clip(&mut self) {
        if self.seen.len() > 1 {
            self.seen.pop();
        }
    }

    /// A path in its own coordinates.
    pub(super) fn path(
        &mut self,
        path: &BezPath,
        transform: Affine,
        mode: &DrawMode,
    ) -> Result<(), PageError> {
        self.operation()?;
        let (mut length, mut count) = (0.0, 0_u32);
        for segment in path.segments() {
            length += polygon_length(segment);
            count = count.saturating_add(1);
        }
        self.dash(length, mode)?;
        // A square root of the area is how much longer lengths become.
        let grown = length * transform.determinant().abs().sqrt() * self.scale;
        let seen = transform.transform_rect_bbox(path.bounding_box()).intersect(self.seen());
        // No straight line is seen for longer than what is seen is across.
        let across = seen.width().hypot(seen.height());
        let longest = across * self.scale * f64::from(count);
        self.add(f64::from(count) * SEGMENT_BYTES + grown.min(longest) * EDGE_PX_BYTES)?;
        self.fill(seen)
    }

    /// A letter in its own coordinates, 1000 units high.
    pub(super) fn letter(
        &mut self,
        letter: Affine,
        transform: Affine,
        mode: &DrawMode,
    ) -> Result<(), PageError> {
        self.operation()?;
        let height = |to: Affine| (to * Point::new(0.0, 1000.0) - to * Point::ZERO).hypot();
        self.dash(height(letter) * OUTLINE_EM, mode)?;
        let square = Rect::new(0.0, -500.0, 1000.0, 1000.0);
        let seen = (transform * letter).transform_rect_bbox(square).intersect(self.seen());
        self.add(seen.height() * self.scale * OUTLINE_EDGE_EM * EDGE_PX_BYTES)?;
        self.fill(seen)
    }

    /// A picture of this size in its own coordinates.
    pub(super) fn picture(
        &mut self,
        width: u32,
        height: u32,
        transform: Affine,
    ) -> Result<(), PageError> {
        self.operation()?;
        let whole = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        self.fill(transform.transform_rect_bbox(whole).intersect(self.seen()))
    }

    fn seen(&self) -> Rect {
        self.seen.last().copied().unwrap_or_default()
    }

    fn fill(&mut self, seen: Rect) -> Result<(), PageError> {
        self.add(seen.area().max(0.0) * self.scale * self.scale * AREA_PX_BYTES)
    }

    fn add(&mut self, bytes: f64) -> Result<(), PageError> {
        // What has no number is not drawn either.
        self.bytes += if bytes.is_finite() { bytes } else { 0.0 };
        if self.bytes > BYTES_MAX {
            return Err(PageError::TooLarge(format!(
                "drawing a page of the PDF file takes more than {BYTES_MAX} bytes"
            )));
        }
        Ok(())
    }

    /// Dashes are counted over the whole line, seen or not: so the renderer makes them.
    fn dash(&mut self, length: f64, mode: &DrawMode) -> Result<(), PageError> {
        let (DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke)) = mode else {
            return Ok(());
        };
        let dashes = &stroke.dash_array;
        let is_sound = |value: &f32| value.is_finite() && *value >= 0.0;
        if !dashes.iter().all(is_sound) || !stroke.dash_offset.is_finite() {
            return Err(PageError::Damaged(
                "a line of the PDF file has dashes below zero".to_owned(),
            ));
        }
        let period: f32 = dashes.iter().sum();
        if period > 0.0 {
            let before = f64::from(stroke.dash_offset.abs());
            self.dashes += (length + before) / f64::from(period) * dashes.len() as f64;
        }
        if self.dashes.is_nan() || self.dashes > DASHES_MAX {
            return Err(PageError::TooLarge(format!(
                "a page of the PDF file draws more than {DASHES_MAX} dashes"
            )));
        }
        Ok(())
    }
}

/// The length of a segment's control polygon, which is at least that of the segment.
fn polygon_length(segment: PathSeg) -> f64 {
    let of = |points: &[Point]| -> f64 { points.windows(2).map(|w| w[0].distance(w[1])).sum() };
    match segment {
        PathSeg::Line(line) => of(&[line.p0, line.p1]),
        PathSeg::Quad(quad) => of(&[quad.p0, quad.p1, quad.p2]),
        PathSeg::Cubic(cubic) => of(&[cubic.p0, cubic.p1, cubic.p2, cubic.p3]),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use hayro::hayro_interpret::FillRule;
    use ivendor_core::limits::DecodeLimits;

    use super::*;

    const PAGE: Rect = Rect::new(0.0, 0.0, 600.0, 800.0);

    /// How often this can be drawn on one page.
    fn times(draw: impl Fn(&mut Cost) -> Result<(), PageError>) -> usize {
        let deadline = Instant::now() + Duration::from_secs(600);
        let budget = Budget::new(DecodeLimits::default(), deadline);
        let mut cost = Cost::new(&budget, PAGE, 2.0);
        (0..).take_while(|_| draw(&mut cost).is_ok()).count()
    }

    #[test]
    fn large_things_are_bounded_and_small_ones_hardly() {
        let fill = DrawMode::Fill(FillRule::NonZero);
        let rect =
            |rect: Rect| times(|cost| cost.path(&rect.to_path(0.1), Affine::IDENTITY, &fill));
        let letter = |size: f64| {
            let to = Affine::translate((300.0, 400.0)) * Affine::scale(size / 1000.0);
            times(|cost| cost.letter(to, Affine::IDENTITY, &fill))
        };
        let cases = [
            ("whole pages", rect(PAGE), 1_000..6_000),
            ("beyond the page", rect(PAGE.inflate(1e6, 1e6)), 1_000..6_000),
            ("small boxes", rect(Rect::new(5.0, 5.0, 9.0, 9.0)), 200_000..2_000_001),
            ("letters", letter(9.0), 100_000..2_000_001),
            ("posters", letter(600.0), 2_000..20_000),
        ];
        for (name, found, expected) in cases {
            assert!(expected.contains(&found), "{name}: {found}");
        }
    }

    #[test]
    fn what_is_clipped_away_costs_little() {
        let fill = DrawMode::Fill(FillRule::NonZero);
        let found = times(|cost| {
            cost.clip(Rect::new(5.0, 5.0, 9.0, 9.0))?;
            cost.path(&PAGE.to_path(0.1), Affine::IDENTITY, &fill)?;
            cost.end_clip();
            Ok(())
        });
        assert!(found > 100_000, "{found}");
    }
}
