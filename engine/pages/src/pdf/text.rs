//! The text layer of a PDF page, in the order in which it is drawn.
//!
//! The page is interpreted into a device that draws nothing and notes the glyphs. The same walk
//! adds up what drawing would [`cost`](super::cost): forms that draw each other many times over are
//! cheap to write down and take for ever to draw, and the interpreter asks no one whether to go on.
//! The device can only leave by unwinding, which it does without the noise of a panic.

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
use hayro::kurbo::{Affine, BezPath, Point, Rect, Shape as _, Vec2};

use crate::budget::Budget;
use crate::error::PageError;
use crate::pdf::audit::check_stream;
use crate::pdf::cost::Cost;
use crate::pdf::render::Size;

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
        size: &Size,
        budget: &Budget,
    ) -> Result<Option<String>, PageError> {
        let (width, height) = page.render_dimensions();
        let whole = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let mut context = Context::new(
            Affine::new(page.initial_transform(true).as_coeffs()),
            whole,
            &self.cache,
            self.pdf.xref(),
            InterpreterSettings::default(),
        );
        let cost = Cost::new(budget, whole, f64::from(size.scale));
        let lines = Lines::default();
        let mut walk = Walk { budget, cost, nested: 0, filled: None, lines };
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
    cost: Cost<'b>,
    /// Above 0 inside of a pattern, a mask or a drawn letter: their text is no text of the page.
    nested: u32,
    /// Where the last filled run begins, and how many letters it has.
    filled: Option<(Point, usize)>,
    lines: Lines,
}

impl Walk<'_> {
    fn demand(result: Result<(), PageError>) {
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
        Self::demand(self.cost.path(path, props.transform, mode));
        self.paint(&props.paint, props.transform);
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        Self::demand(self.cost.clip(clip.path.bounding_box()));
    }

    fn push_clip_rect(&mut self, rect: &Rect) {
        Self::demand(self.cost.clip(*rect));
    }

    fn push_transparency_group(&mut self, _: f32, mask: Option<SoftMask<'a>>, _: BlendMode) {
        Self::demand(self.cost.operation());
        if let Some(mask) = mask {
            self.nest(|walk| mask.interpret(walk));
        }
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        Self::demand(self.cost.operation());
        let start = run.glyphs().first().map(|g| props.transform * g.transform() * Point::ZERO);
        let place = start.map(|start| (start, run.glyphs().len()));
        // Letters that are filled and outlined come twice.
        let is_outline = matches!(mode, DrawMode::Stroke(_));
        let is_repeat = is_outline && place.is_some() && place == self.filled;
        self.filled = if is_outline { None } else { place };
        for glyph in run.glyphs() {
            let transform = props.transform * glyph.transform();
            Self::demand(self.cost.letter(glyph.transform(), props.transform, mode));
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

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let (width, height) = (image.width(), image.height());
        Self::demand(self.cost.picture(width, height, props.transform));
        match &image {
            Image::Stencil(stencil) => self.inline(stencil.stream()),
            Image::Raster(raster) => self.inline(raster.stream()),
        }
    }

    fn pop_clip(&mut self) {
        self.cost.end_clip();
    }

    fn pop_transparency_group(&mut self) {}
}

impl Walk<'_> {
    /// A picture inside of the operators is no object of the file, so no one has weighed it.
    fn inline(&self, stream: &Stream<'_>) {
        if stream.dict().obj_id().is_none() {
            Self::demand(check_stream(stream, self.budget));
        }
    }
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
