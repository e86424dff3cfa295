//! The text layer of a PDF page, in the order in which it is drawn.
//!
//! The page is interpreted into a device that draws nothing and notes the glyphs. The same walk
//! bounds the work of drawing: forms that draw each other many times over are cheap to write down
//! and take for ever to draw, and the interpreter asks no one whether to go on. The device can
//! only leave by unwinding, which it does without the noise of a panic.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::pattern::Pattern;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps,
    InterpreterCache, InterpreterSettings, Paint, SoftMask, interpret_page,
};
use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::Stream;
use hayro::hayro_syntax::page::Page;
use hayro::kurbo::{Affine, BezPath, PathSeg, Point, Rect, Vec2};

use crate::budget::Budget;
use crate::error::PageError;
use crate::pdf::audit::check_stream;

/// Things that one page may draw.
const OPERATIONS_MAX: u32 = 2_000_000;
/// Dashes that one page may draw: a dotted line across a page has some hundred.
const DASHES_MAX: f64 = 200_000.0;
/// How much longer a letter's outline is than the letter is high, at most.
const OUTLINE_EM: f64 = 20.0;
/// Operations between two looks at the clock.
const OPERATIONS_PER_LOOK: u32 = 256;
/// Bytes of text that are kept of one page.
const TEXT_BYTES_MAX: usize = 1 << 20;
/// The interpreter's glyphs are this many units high.
const UNITS_PER_EM: f64 = 1000.0;
/// A gap of this share of the letters' height is a space.
const SPACE_EM: f64 = 0.18;
/// A step of this share of the letters' height up, down or back begins a line.
const LINE_EM: f64 = 0.5;

/// Reads the text layers of one file.
pub(super) struct Reader<'a> {
    pdf: &'a Pdf,
    cache: InterpreterCache<'a>,
}

impl<'a> Reader<'a> {
    /// Nothing read yet.
    pub(super) fn new(pdf: &'a Pdf) -> Self {
        Self { pdf, cache: InterpreterCache::new() }
    }

    /// The text of a page, or `None` where it has none. Stops at a megabyte.
    pub(super) fn read(
        &self,
        page: &Page<'a>,
        budget: &Budget,
    ) -> Result<Option<String>, PageError> {
        let (width, height) = page.render_dimensions();
        let mut context = Context::new(
            Affine::new(page.initial_transform(true).as_coeffs()),
            Rect::new(0.0, 0.0, f64::from(width), f64::from(height)),
            &self.cache,
            self.pdf.xref(),
            InterpreterSettings::default(),
        );
        let mut walk = Walk::new(budget);
        let walked =
            catch_unwind(AssertUnwindSafe(|| interpret_page(page, &mut context, &mut walk)));
        match walked {
            Ok(()) => Ok(walk.lines.finish()),
            Err(payload) => match payload.downcast::<PageError>() {
                Ok(error) => Err(*error),
                Err(payload) => resume_unwind(payload),
            },
        }
    }
}

/// The device.
struct Walk<'b> {
    budget: &'b Budget,
    operations: u32,
    dashes: f64,
    /// Above 0 inside of a pattern, a mask or a drawn letter: their text is no text of the page.
    nested: u32,
    /// Where the last filled run begins, and how many letters it has.
    filled: Option<(Point, usize)>,
    lines: Lines,
}

impl<'b> Walk<'b> {
    fn new(budget: &'b Budget) -> Self {
        let lines = Lines::default();
        Self { budget, operations: 0, dashes: 0.0, nested: 0, filled: None, lines }
    }

    fn count(&mut self) {
        self.operations += 1;
        if self.operations > OPERATIONS_MAX {
            resume_unwind(Box::new(PageError::TooLarge(format!(
                "a page of the PDF file draws more than {OPERATIONS_MAX} things"
            ))));
        }
        if self.operations.is_multiple_of(OPERATIONS_PER_LOOK) {
            self.demand(self.budget.time());
        }
    }

    /// The renderer makes a path of every dash, so their number is taken from the line's length.
    fn dash(&mut self, length: f64, mode: &DrawMode) {
        let (DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke)) = mode else { return };
        let dashes = &stroke.dash_array;
        let is_sound = |value: &f32| value.is_finite() && *value >= 0.0;
        if !dashes.iter().all(is_sound) || !stroke.dash_offset.is_finite() {
            let error = "a line of the PDF file has dashes below zero".to_owned();
            resume_unwind(Box::new(PageError::Damaged(error)));
        }
        let period: f32 = dashes.iter().sum();
        if period > 0.0 {
            let before = f64::from(stroke.dash_offset.abs());
            self.dashes += (length + before) / f64::from(period) * dashes.len() as f64;
        }
        if self.dashes.is_nan() || self.dashes > DASHES_MAX {
            resume_unwind(Box::new(PageError::TooLarge(format!(
                "a page of the PDF file draws more than {DASHES_MAX} dashes"
            ))));
        }
    }

    fn demand(&self, result: Result<(), PageError>) {
        if let Err(error) = result {
            resume_unwind(Box::new(error));
        }
    }

    fn nest(&mut self, draw: impl FnOnce(&mut Self)) {
        self.nested += 1;
        draw(self);
        self.nested -= 1;
    }

    /// Patterns inside of patterns are not drawn, so they are not walked either.
    fn paint<'a>(&mut self, paint: &Paint<'a>, transform: Affine)
    where
        Self: Device<'a>,
    {
        if let Paint::Pattern(pattern) = paint
            && let Pattern::Tiling(tiling) = &**pattern
            && self.nested == 0
        {
            self.nest(|walk| {
                tiling.interpret(walk, transform, false);
            });
        }
    }
}

impl<'a> Device<'a> for Walk<'_> {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.count();
        if !matches!(mode, DrawMode::Fill(_)) {
            self.dash(outline_length(path), mode);
        }
        self.paint(&props.paint, props.transform);
    }

    fn push_clip_path(&mut self, _: &ClipPath) {
        self.count();
    }

    fn push_clip_rect(&mut self, _: &Rect) {
        self.count();
    }

    fn push_transparency_group(&mut self, _: f32, mask: Option<SoftMask<'a>>, _: BlendMode) {
        self.count();
        if let Some(mask) = mask {
            self.nest(|walk| mask.interpret(walk));
        }
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.count();
        let start = run.glyphs().first().map(|g| props.transform * g.transform() * Point::ZERO);
        let place = start.map(|start| (start, run.glyphs().len()));
        // Letters that are filled and outlined come twice.
        let is_outline = matches!(mode, DrawMode::Stroke(_));
        let is_repeat = is_outline && place.is_some() && place == self.filled;
        self.filled = if is_outline { None } else { place };
        for glyph in run.glyphs() {
            self.count();
            let transform = props.transform * glyph.transform();
            let up = glyph.transform() * Point::new(0.0, UNITS_PER_EM);
            let height = (up - glyph.transform() * Point::ZERO).hypot();
            self.dash(height * OUTLINE_EM, mode);
            if let Glyph::Type3(drawn) = &**glyph {
                self.nest(|walk| {
                    drawn.interpret(walk, props.transform, glyph.transform(), &props.paint);
                });
            }
            if self.nested == 0 && !is_repeat {
                self.lines.push(&Letter::new(glyph, transform));
            }
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, _: ImageDrawProps<'a>) {
        self.count();
        match &image {
            Image::Stencil(stencil) => self.inline(stencil.stream()),
            Image::Raster(raster) => self.inline(raster.stream()),
        }
    }

    fn pop_clip(&mut self) {}

    fn pop_transparency_group(&mut self) {}
}

impl Walk<'_> {
    /// A picture inside of the operators is no object of the file, so no one has weighed it.
    fn inline(&self, stream: &Stream<'_>) {
        if stream.dict().obj_id().is_none() {
            self.demand(check_stream(stream, self.budget));
        }
    }
}

/// The length of a path's control polygons, which is at least that of the path.
fn outline_length(path: &BezPath) -> f64 {
    let of = |points: &[Point]| -> f64 { points.windows(2).map(|w| w[0].distance(w[1])).sum() };
    path.segments()
        .map(|segment| match segment {
            PathSeg::Line(line) => of(&[line.p0, line.p1]),
            PathSeg::Quad(quad) => of(&[quad.p0, quad.p1, quad.p2]),
            PathSeg::Cubic(cubic) => of(&[cubic.p0, cubic.p1, cubic.p2, cubic.p3]),
        })
        .sum()
}

/// A glyph where it stands, in points.
struct Letter {
    text: String,
    start: Point,
    end: Point,
    /// From the foot of the letter to its head.
    up: Vec2,
}

impl Letter {
    fn new(glyph: &Glyph<'_>, transform: Affine) -> Self {
        let advance = match glyph {
            Glyph::Outline(outline) => outline.advance_width(),
            Glyph::Type3(drawn) => drawn.advance_width(),
        };
        let start = transform * Point::ZERO;
        let text = match glyph.as_unicode() {
            Some(BfString::Char(letter)) => letter.to_string(),
            Some(BfString::String(letters)) => letters,
            // The font does not say which letter it draws.
            None => char::REPLACEMENT_CHARACTER.to_string(),
        };
        Self {
            text,
            start,
            end: transform * Point::new(f64::from(advance.unwrap_or(0.0)), 0.0),
            up: transform * Point::new(0.0, UNITS_PER_EM) - start,
        }
    }
}

/// Letters put together to words and lines.
#[derive(Default)]
struct Lines {
    text: String,
    last: Option<Point>,
}

impl Lines {
    fn push(&mut self, letter: &Letter) {
        if self.text.len() + letter.text.len() > TEXT_BYTES_MAX {
            return;
        }
        let height = letter.up.hypot();
        if let Some(last) = self.last
            && height > 0.0
        {
            let step = letter.start - last;
            let up = letter.up / height;
            let along = step.cross(up) / height;
            let across = step.dot(up) / height;
            // The page is drawn downwards, so the direction of writing may come out mirrored.
            let along = if mirrored(letter) { -along } else { along };
            if across.abs() > LINE_EM || along < -LINE_EM {
                self.break_line();
            } else if along > SPACE_EM && !self.text.ends_with([' ', '\n']) {
                self.text.push(' ');
            }
        }
        let clean = letter.text.chars().filter(|c| !c.is_control());
        let blank = letter.text.chars().all(char::is_whitespace);
        if !blank {
            self.text.extend(clean);
        } else if !self.text.is_empty() && !self.text.ends_with([' ', '\n']) {
            self.text.push(' ');
        }
        self.last = Some(letter.end);
    }

    fn break_line(&mut self) {
        let end = self.text.trim_end_matches(' ').len();
        self.text.truncate(end);
        if !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    fn finish(mut self) -> Option<String> {
        let end = self.text.trim_end().len();
        self.text.truncate(end);
        let is_known = |c: char| !c.is_whitespace() && c != char::REPLACEMENT_CHARACTER;
        self.text.contains(is_known).then_some(self.text)
    }
}

fn mirrored(letter: &Letter) -> bool {
    (letter.end - letter.start).cross(letter.up) < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    type Letters<'a> = &'a [(&'a str, f64, f64)];

    /// Letters half as wide as high, at these places, of a height of 10 points.
    fn text(letters: Letters<'_>, up: f64) -> Option<String> {
        let mut lines = Lines::default();
        for (text, x, y) in letters {
            let start = Point::new(*x, *y);
            let end = Point::new(x + 5.0, *y);
            lines.push(&Letter { text: (*text).to_owned(), start, end, up: Vec2::new(0.0, up) });
        }
        lines.finish()
    }

    #[test]
    fn letters_become_words_and_lines() {
        let unknown = char::REPLACEMENT_CHARACTER.to_string();
        let cases: [(&str, Letters<'_>, Option<&str>); 8] = [
            ("a word", &[("a", 0.0, 0.0), ("b", 5.1, 0.0)], Some("ab")),
            ("a gap", &[("a", 0.0, 0.0), ("b", 9.0, 0.0)], Some("a b")),
            ("a line", &[("a", 0.0, 0.0), ("b", 0.0, 12.0)], Some("a\nb")),
            ("a step back", &[("a", 50.0, 0.0), ("b", 0.0, 0.0)], Some("a\nb")),
            ("raised", &[("a", 0.0, 0.0), ("2", 5.0, -3.0)], Some("a2")),
            ("spaces", &[("a", 0.0, 0.0), (" ", 5.0, 0.0), (" ", 10.0, 0.0)], Some("a")),
            ("no letter known", &[(&unknown, 0.0, 0.0)], None),
            ("nothing", &[], None),
        ];
        for (name, letters, expected) in cases {
            assert_eq!(text(letters, -10.0).as_deref(), expected, "{name}");
            assert_eq!(text(letters, 10.0).as_deref(), expected, "{name}, mirrored");
        }
    }

    #[test]
    fn letters_without_height_make_no_lines() {
        assert_eq!(text(&[("a", 0.0, 0.0), ("b", 0.0, 90.0)], 0.0).as_deref(), Some("ab"));
    }
}
