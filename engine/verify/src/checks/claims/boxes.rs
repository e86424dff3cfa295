//! Numbers that are written a digit a box, as tax forms want them: the digits are lines of their
//! own, side by side at even distances, with a wider gap or a dash between groups.

use super::text::{Span, Text};

/// Digits of the shortest number.
const DIGITS_MIN: usize = 4;
/// Lines of one digit that are looked at.
const BOXES_MAX: usize = 400;
/// Distances of neighbouring boxes, as a share of the smallest one, up to which they go on: the
/// box of a dash may stand between.
const GAP_MAX: f32 = 2.6;

/// The digits of one number, from left to right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Boxes {
    pub(super) digits: Vec<char>,
    /// Where each stands.
    pub(super) spans: Vec<Span>,
}

/// The numbers of a document that are written in boxes.
pub(super) fn find(text: &Text<'_>) -> Vec<Boxes> {
    let digit = |line: usize| match text.lines[line].chars.as_slice() {
        [c] if c.is_ascii_digit() => Some(*c),
        _ => None,
    };
    let boxed = |line: &usize| digit(*line).is_some();
    let mut left: Vec<usize> = (0..text.lines.len()).filter(boxed).take(BOXES_MAX).collect();
    let mut found = Vec::new();
    while let Some(first) = left.first().copied() {
        let centre = |line: usize| f32::midpoint(text.lines[line].x.start, text.lines[line].x.end);
        let own = &text.lines[first];
        let beside = |line: &usize| {
            let other = &text.lines[*line];
            // A place that is no number is beside nothing but itself.
            *line == first || other.page == own.page && (other.y - own.y).abs() <= 0.4 * own.height
        };
        let (mut row, rest): (Vec<usize>, Vec<usize>) = left.into_iter().partition(beside);
        left = rest;
        row.sort_by(|a, b| centre(*a).total_cmp(&centre(*b)));
        let steps = row.windows(2).map(|pair| centre(pair[1]) - centre(pair[0]));
        let least = steps.fold(f32::INFINITY, f32::min).max(own.height * 0.5);
        for run in row.chunk_by(|a, b| centre(*b) - centre(*a) <= GAP_MAX * least) {
            if run.len() >= DIGITS_MIN {
                found.push(Boxes {
                    digits: run.iter().filter_map(|line| digit(*line)).collect(),
                    spans: run.iter().map(|line| Span { line: *line, chars: 0..1 }).collect(),
                });
            }
        }
    }
    found
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
        let cases: [Case<'_>; 9] = [
            ("even", row(0.0, 100.0, &even), &["45367"]),
            ("in two groups", row(0.0, 100.0, &[30.0, 62.0, 30.0, 30.0]), &["45367"]),
            ("in two rows", two, &["45367", "45367"]),
            ("a dash beside", dashed, &["45367"]),
            ("far apart", row(0.0, 100.0, &[30.0, 300.0, 30.0, 30.0]), &[]),
            ("too few", row(0.0, 100.0, &[30.0, 30.0]), &[]),
            ("longer words", vec![(0.0, 0.0, "12"), (30.0, 0.0, "34"), (60.0, 0.0, "56")], &[]),
            ("in no place", vec![(0.0, f32::NAN, "1"), (30.0, f32::NAN, "2")], &[]),
            ("nothing", vec![], &[]),
        ];
        for (name, boxes, expected) in cases {
            assert_eq!(found(&boxes), expected, "{name}");
        }
    }
}
