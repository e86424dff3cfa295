//! The lines of all pages, prepared once for every claim: straightened boxes, folded characters
//! and their neighbours.

use std::ops::Range;

use ivendor_core::check::Evidence;
use ivendor_core::verdict::PageText;

use super::fold::fold;

/// Lines that are looked at; a document of 20 full pages has about 6,000. The rest is not read.
const LINES_MAX: usize = 12_000;

/// Signs of currencies that forms print at the left edge of a box.
const SIGNS: &str = "$€£¥";

/// Characters of one line that are looked at.
const LINE_CHARS_MAX: usize = 4_000;

/// Folded characters of a document that are looked at; 20 full pages have about 100,000.
const GLYPHS_MAX: usize = 400_000;

/// One folded character and where it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph {
    /// Upper case, without accents.
    pub(super) folded: char,
    /// The character's place in its line.
    pub(super) at: u32,
    /// Whether it is as good an `I` as an `L`, by its shape.
    pub(super) stroke: Stroke,
}

/// How far an upright stroke may be another letter than the one that was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stroke {
    /// It is none, or its neighbours leave no doubt.
    Plain,
    /// It may have lost a dot, or have one too many.
    Doubtful,
    /// Its case does not fit its neighbours: most likely it is the other letter.
    Misread,
}

/// One line, straightened: its box is that of the page turned so that most lines run level.
#[derive(Debug)]
pub(crate) struct TextLine {
    /// Index of the page.
    pub(crate) page: usize,
    /// Index in the page.
    pub(super) line: usize,
    /// Characters of the whole line.
    length: usize,
    /// Those that are looked at.
    pub(crate) chars: Vec<char>,
    /// The mean probability of its characters, 0–1.
    pub(crate) confidence: f32,
    pub(crate) x: Range<f32>,
    /// The height's middle.
    pub(crate) y: f32,
    pub(crate) height: f32,
    /// Its part of [`Text::glyphs`].
    pub(super) glyphs: Range<usize>,
}

/// A part of a line: `chars` counts the line's characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// Index in [`Text::lines`].
    pub(crate) line: usize,
    pub(crate) chars: Range<usize>,
}

/// Everything that was read of a document.
#[derive(Debug)]
pub(crate) struct Text<'a> {
    pages: &'a [PageText],
    pub(crate) lines: Vec<TextLine>,
    pub(super) glyphs: Vec<Glyph>,
    /// The lines of each page by height, for finding neighbours.
    by_height: Vec<Vec<usize>>,
}

impl<'a> Text<'a> {
    /// Prepares the lines that hold anything.
    pub(crate) fn new(pages: &'a [PageText]) -> Self {
        let mut text = Self { pages, lines: Vec::new(), glyphs: Vec::new(), by_height: Vec::new() };
        for (page, read) in pages.iter().enumerate() {
            let first = text.lines.len();
            let angle = lean(read);
            for line in 0..read.lines.len().min(LINES_MAX.saturating_sub(first)) {
                text.push(page, line, angle);
            }
            let mut order: Vec<usize> = (first..text.lines.len()).collect();
            order.sort_by(|a, b| text.lines[*a].y.total_cmp(&text.lines[*b].y));
            text.by_height.push(order);
        }
        text
    }

    fn push(&mut self, page: usize, line: usize, angle: f32) {
        let read = &self.pages[page].lines[line];
        let chars: Vec<char> = read.text.chars().take(LINE_CHARS_MAX).collect();
        if self.glyphs.len() >= GLYPHS_MAX || chars.iter().all(|c| c.is_whitespace()) {
            return;
        }
        let (sin, cos) = angle.sin_cos();
        let corners = read.polygon.0.map(|p| (p.x * cos + p.y * sin, p.y * cos - p.x * sin));
        let low = |f: fn(&(f32, f32)) -> f32| corners.iter().map(f).fold(f32::INFINITY, f32::min);
        let high =
            |f: fn(&(f32, f32)) -> f32| corners.iter().map(f).fold(f32::NEG_INFINITY, f32::max);
        let first = self.glyphs.len();
        let length = read.text.chars().count();
        for (at, c) in (0_u32..).zip(&chars) {
            let stroke = stroke(&chars, at as usize);
            fold(*c, |folded| self.glyphs.push(Glyph { folded, at, stroke }));
        }
        self.lines.push(TextLine {
            page,
            line,
            length,
            chars,
            // A reader without a confidence is not believed.
            confidence: if read.confidence.is_nan() {
                0.0
            } else {
                read.confidence.clamp(0.0, 1.0)
            },
            x: low(|p| p.0)..high(|p| p.0),
            y: f32::midpoint(low(|p| p.1), high(|p| p.1)),
            height: read.polygon.height().max(1.0),
            glyphs: first..self.glyphs.len(),
        });
    }

    /// Whether nothing was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The other lines on the row of `line`, at most 32, from left to right.
    pub(crate) fn row(&self, line: usize) -> Vec<usize> {
        let own = &self.lines[line];
        let mut row = self.between(own.page, own.y - own.height / 2.0, own.y + own.height / 2.0);
        row.retain(|other| {
            let other_line = &self.lines[*other];
            let reach = 0.55 * own.height.min(other_line.height).max(0.4 * own.height);
            *other != line && (other_line.y - own.y).abs() <= reach
        });
        row.truncate(32);
        row.sort_by(|a, b| self.lines[*a].x.start.total_cmp(&self.lines[*b].x.start));
        row
    }

    /// The line with a currency's sign and nothing else that stands next to the left of a value
    /// that has a line of its own: in a form, the two share a box.
    pub(super) fn sign_before(&self, span: &Span) -> Option<usize> {
        let own = &self.lines[span.line];
        let left = |other: &usize| self.lines[*other].x.start < own.x.start;
        let alone = own.chars.iter().filter(|c| !c.is_whitespace()).count() <= span.chars.len();
        let next = alone.then(|| self.row(span.line).into_iter().rev().find(left))?;
        next.filter(|line| {
            let mut chars = self.lines[*line].chars.iter().filter(|c| !c.is_whitespace());
            chars.next().is_some_and(|c| SIGNS.contains(*c)) && chars.next().is_none()
        })
    }

    /// The characters of a line.
    pub(super) fn whole(&self, line: usize) -> String {
        self.lines[line].chars.iter().filter(|c| !c.is_whitespace()).collect()
    }

    /// The nearest line right above `line` that shares some of its width.
    pub(super) fn above(&self, line: usize) -> Option<usize> {
        let own = &self.lines[line];
        let near = self.between(own.page, own.y - 2.2 * own.height, own.y - 0.6 * own.height);
        near.into_iter()
            .filter(|other| *other != line && overlaps(&self.lines[*other].x, &own.x))
            .max_by(|a, b| self.lines[*a].y.total_cmp(&self.lines[*b].y))
    }

    /// The lines of `page` whose middle lies between two heights; bounded, so that a page of
    /// thousands of lines in one place costs no more than an honest one.
    fn between(&self, page: usize, top: f32, bottom: f32) -> Vec<usize> {
        const NEAR_MAX: usize = 64;
        let order = &self.by_height[page];
        let first = order.partition_point(|i| self.lines[*i].y < top);
        order[first..]
            .iter()
            .copied()
            .take(NEAR_MAX)
            .take_while(|i| self.lines[*i].y <= bottom)
            .collect()
    }

    /// The line that holds the glyph `at`.
    pub(super) fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|line| line.glyphs.end <= at)
    }

    /// Whether the glyphs `at` and `at - 1` stand side by side in one word.
    pub(super) fn joined(&self, at: usize) -> bool {
        let (Some(left), Some(right)) =
            (at.checked_sub(1).and_then(|left| self.glyphs.get(left)), self.glyphs.get(at))
        else {
            return false;
        };
        right.at >= left.at && right.at - left.at <= 1 && self.line_of(at) == self.line_of(at - 1)
    }

    /// Whether the line of the glyph `lower` stands a little below that of `upper` and begins
    /// where it begins: the next box of a form, with a caption between.
    pub(super) fn goes_on(&self, upper: usize, lower: usize) -> bool {
        const BELOW_MAX: f32 = 6.0;
        let (upper, lower) = (&self.lines[self.line_of(upper)], &self.lines[self.line_of(lower)]);
        let height = upper.height.max(lower.height);
        upper.page == lower.page
            && (upper.x.start - lower.x.start).abs() <= height
            && (0.5 * height..=BELOW_MAX * height).contains(&(lower.y - upper.y))
    }

    /// Whether the lines of two glyphs stand one above the other.
    pub(super) fn shares_width(&self, one: usize, other: usize) -> bool {
        let (one, other) = (&self.lines[self.line_of(one)], &self.lines[self.line_of(other)]);
        overlaps(&one.x, &other.x)
    }

    /// The parts of lines that a range of glyphs covers.
    pub(super) fn spans(&self, glyphs: &Range<usize>) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut from = glyphs.start;
        while from < glyphs.end {
            let line = self.line_of(from);
            let to = self.lines[line].glyphs.end.min(glyphs.end);
            let at = |glyph: usize| self.glyphs[glyph].at as usize;
            spans.push(Span { line, chars: at(from)..at(to - 1) + 1 });
            from = to;
        }
        spans
    }

    /// The mean confidence of the reader in what the spans cover, by characters.
    pub(super) fn reading(&self, spans: &[Span]) -> f32 {
        let weighed = spans.iter().map(|span| {
            (self.lines[span.line].confidence * span.chars.len() as f32, span.chars.len() as f32)
        });
        let (sum, count) = weighed.fold((0.0, 0.0), |(s, n), (c, m)| (s + c, n + m));
        if count > 0.0 { sum / count } else { 0.0 }
    }

    /// How far down its page a span stands: 0 at the top, 1 at the foot.
    pub(super) fn depth(&self, span: &Span) -> f32 {
        let line = &self.lines[span.line];
        let of_page = |other: &&TextLine| other.page == line.page;
        let heights = self.lines.iter().filter(of_page).map(|line| line.y);
        let (top, foot) =
            heights.fold((line.y, line.y), |(top, foot), y| (top.min(y), foot.max(y)));
        if foot > top { (line.y - top) / (foot - top) } else { 0.0 }
    }

    /// How many lines of its page stand above a span and share some of its width.
    pub(super) fn lines_above(&self, span: &Span) -> usize {
        let own = &self.lines[span.line];
        let above = |other: &&TextLine| {
            other.page == own.page
                && other.y < own.y - 0.6 * own.height
                && overlaps(&other.x, &own.x)
        };
        self.lines.iter().filter(above).count()
    }

    /// The text of a span.
    pub(crate) fn slice(&self, span: &Span) -> String {
        self.lines[span.line].chars[span.chars.clone()].iter().collect()
    }

    /// Where a span stands.
    pub(crate) fn evidence(&self, span: &Span) -> Evidence {
        let line = &self.lines[span.line];
        let page = &self.pages[line.page];
        let count = line.length.max(1) as f32;
        let (from, to) = (span.chars.start as f32 / count, span.chars.end as f32 / count);
        Evidence {
            page: page.page,
            polygon: page.lines[line.line].polygon.slice(from, to),
            text: self.slice(span),
        }
    }
}

/// An `I` among small letters or an `l` among capitals was misread for the other; among small
/// letters a dot is lost or seen now and then.
fn stroke(chars: &[char], at: usize) -> Stroke {
    let beside = |is: fn(char) -> bool| {
        let neighbours = [at.checked_sub(1).map(|i| chars[i]), chars.get(at + 1).copied()];
        neighbours.into_iter().flatten().any(is)
    };
    match chars[at] {
        'I' if beside(char::is_lowercase) => Stroke::Misread,
        'l' if beside(char::is_uppercase) && !beside(char::is_lowercase) => Stroke::Misread,
        'l' | 'i' | 'ī' | 'ï' | 'î' => Stroke::Doubtful,
        _ => Stroke::Plain,
    }
}

fn overlaps(a: &Range<f32>, b: &Range<f32>) -> bool {
    let shared = a.end.min(b.end) - a.start.max(b.start);
    shared > 0.3 * (a.end - a.start).min(b.end - b.start)
}

/// The angle in radians at which most of a page's text runs: the median of its longer lines.
fn lean(page: &PageText) -> f32 {
    let mut angles: Vec<f32> = page
        .lines
        .iter()
        .take(LINES_MAX)
        .filter(|line| line.polygon.width() > 2.0 * line.polygon.height())
        .map(|line| {
            let [a, b, ..] = line.polygon.0;
            (b.y - a.y).atan2(b.x - a.x)
        })
        .filter(|angle| angle.is_finite())
        .collect();
    angles.sort_by(f32::total_cmp);
    angles.get(angles.len() / 2).copied().unwrap_or(0.0)
}
