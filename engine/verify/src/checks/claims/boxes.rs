//! Numbers that are written a digit a box, as tax forms want them: the digits stand side by side at
//! even distances, with a wider gap or a dash between groups. A reader takes each for a line of its
//! own, or some neighbours for one.

use super::text::{Span, Text};

/// Digits of the shortest number.
const DIGITS_MIN: usize = 4;
/// Digits that are looked at.
const BOXES_MAX: usize = 400;
/// Neighbours that are read as one line; a longer one is a number that was written without boxes.
const TOGETHER_MAX: usize = 5;
/// Distance of the digits of such a line, as a share of its height; without boxes it is smaller.
const WIDE_MIN: f32 = 0.65;
/// Distances of neighbouring boxes, as a share of the smallest one, up to which they go on: the
/// box of a dash may stand between.
const GAP_MAX: f32 = 2.6;

/// The digits of one number, from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Boxes {
    pub(crate) digits: Vec<char>,
    /// Where each stands.
    pub(super) spans: Vec<Span>,
}

/// One digit with the middle of its place.
#[derive(Debug, Clone)]
struct Digit {
    digit: char,
    x: f32,
    span: Span,
}

/// The numbers of a document that are written in boxes.
pub(crate) fn find(text: &Text<'_>) -> Vec<Boxes> {
    let digits = (0..text.lines.len()).flat_map(|line| of_line(text, line));
    let mut left: Vec<Digit> = digits.take(BOXES_MAX).collect();
    let mut found = Vec::new();
    while let Some(first) = left.first().map(|digit| digit.span.line) {
        let own = &text.lines[first];
        let beside = |digit: &Digit| {
            let other = &text.lines[digit.span.line];
            // A place that is no number is beside nothing but itself.
            digit.span.line == first
                || other.page == own.page && (other.y - own.y).abs() <= 0.4 * own.height
        };
        let (mut row, rest): (Vec<Digit>, Vec<Digit>) = left.into_iter().partition(beside);
        left = rest;
        row.sort_by(|a, b| a.x.total_cmp(&b.x));
        let steps = row.windows(2).map(|pair| pair[1].x - pair[0].x);
        let least = steps.fold(f32::INFINITY, f32::min).max(own.height * 0.5);
        for run in row.chunk_by(|a, b| b.x - a.x <= GAP_MAX * least) {
            if run.len() >= DIGITS_MIN {
                found.push(Boxes {
                    digits: run.iter().map(|digit| digit.digit).collect(),
                    spans: run.iter().map(|digit| digit.span.clone()).collect(),
                });
            }
        }
    }
    found
}

/// The digits of a line that holds nothing else, where they may stand in boxes.
fn of_line(text: &Text<'_>, line: usize) -> Vec<Digit> {
    let own = &text.lines[line];
    // The readers' spaces say little about how far apart the digits stand.
    let written = || own.chars.iter().enumerate().filter(|(_, c)| !c.is_whitespace());
    let count = written().take(TOGETHER_MAX + 1).count();
    let step = (own.x.end - own.x.start) / count.max(1) as f32;
    let wide = count == 1 || step >= WIDE_MIN * own.height;
    if !wide || count > TOGETHER_MAX || written().any(|(_, c)| !c.is_ascii_digit()) {
        return Vec::new();
    }
    let digit = |(place, (at, c)): (usize, (usize, &char))| Digit {
        digit: *c,
        x: own.x.start + (place as f32 + 0.5) * step,
        span: Span { line, chars: at..at + 1 },
    };
    written().enumerate().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::super::testing::line;
    use ivendor_core::verdict::PageText;

    fn found(boxes: &[(f32, f32, &str)]) -> Vec<String> {
        let lines = boxes.iter().map(|(x, y, text)| line(*x, *y, text)).collect();
        let page = PageText { page: 1, width: 900, height: 900, dpi: None, lines };
        let pages = [page];
        let document = Document::new(&pages);
        super::find(&document.text).into_iter().map(|found| found.digits.iter().collect()).collect()
    }

    #[test]
    fn digits_side_by_side_are_a_number_and_scattered_ones_are_none() {
        let row = |from: f32, y: f32, steps: &[f32]| {
            let mut x = from;
            let mut all = vec![(x, y, "4")];
            for (step, text) in steps.iter().zip(["5", "3", "6", "7", "8"]) {
                x += step;
                all.push((x, y, text));
            }
            all
        };
        let even = [30.0; 4];
        let two = [row(0.0, 100.0, &even), row(0.0, 200.0, &even)].concat();
        let dashed = [row(0.0, 100.0, &even), vec![(150.0, 100.0, "-")]].concat();
        type Case<'a> = (&'a str, Vec<(f32, f32, &'a str)>, &'a [&'a str]);
        let cases: [Case<'_>; 12] = [
            ("even", row(0.0, 100.0, &even), &["45367"]),
            ("in two groups", row(0.0, 100.0, &[30.0, 62.0, 30.0, 30.0]), &["45367"]),
            ("in two rows", two, &["45367", "45367"]),
            ("a dash beside", dashed, &["45367"]),
            ("far apart", row(0.0, 100.0, &[30.0, 300.0, 30.0, 30.0]), &[]),
            ("too few", row(0.0, 100.0, &[30.0, 30.0]), &[]),
            (
                "some read together",
                vec![(0.0, 0.0, "1 2"), (32.0, 0.0, "3"), (48.0, 0.0, "4 5")],
                &["12345"],
            ),
            (
                "words close together",
                vec![(0.0, 0.0, "12"), (30.0, 0.0, "34"), (60.0, 0.0, "56")],
                &[],
            ),
            ("columns", vec![(0.0, 0.0, "1 2"), (200.0, 0.0, "3 4"), (400.0, 0.0, "5 6")], &[]),
            ("a number", vec![(0.0, 0.0, "1 2 3 4 5 6")], &[]),
            ("in no place", vec![(0.0, f32::NAN, "1"), (30.0, f32::NAN, "2")], &[]),
            ("nothing", vec![], &[]),
        ];
        for (name, boxes, expected) in cases {
            assert_eq!(found(&boxes), expected, "{name}");
        }
    }
}
