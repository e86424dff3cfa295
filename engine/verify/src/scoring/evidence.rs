//! Which lines a claim is put to: those that carry its evidence, or the nearest candidate for it.

use ivendor_core::check::{Check, Evidence};
use ivendor_core::geometry::{Point, Polygon};
use ivendor_core::verdict::{Line, PageText};

use super::forward::Ends;

/// Lines of one claim that are looked at again, lest a claim that is scattered over a page costs
/// as much as reading it.
const LINES_MAX: usize = 6;

/// How far in pixels a corner of a part may lie off its line.
const OFF_MAX: f32 = 2.0;

/// A line of a document to which a claim is put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// An index into the pages.
    pub page: usize,
    /// An index into the lines of the page.
    pub line: usize,
    /// How the line and the claim lie towards each other.
    pub ends: Ends,
}

/// The lines that carry the evidence of a claim's check, at most six.
///
/// A claim on one line may have any text around it. Of a claim on several lines each must be a
/// part of it; one that holds other text besides has no answer, since nothing says which part of
/// the claim it holds, and is left out.
#[must_use]
pub fn lines(check: &Check, pages: &[PageText]) -> Vec<Asked> {
    let mut found: Vec<(usize, usize, bool)> = Vec::new();
    for part in &check.evidence {
        let Some((page, line)) = bearer(part, pages) else { continue };
        let whole = letters(&part.text) == letters(&pages[page].lines[line].text);
        match found.iter_mut().find(|f| (f.0, f.1) == (page, line)) {
            // Two parts of one line are not the whole, whatever lies between.
            Some(other) => other.2 = false,
            None => found.push((page, line, whole)),
        }
    }
    let ends = if found.len() == 1 { Ends::Free } else { Ends::Part };
    found.retain(|(.., whole)| *whole || ends == Ends::Free);
    let asked = found.into_iter().map(|(page, line, _)| Asked { page, line, ends });
    asked.take(LINES_MAX).collect()
}

/// The line that a piece of evidence is a part of.
fn bearer(part: &Evidence, pages: &[PageText]) -> Option<(usize, usize)> {
    let page = pages.iter().position(|page| page.page == part.page)?;
    let holds = |line: &Line| line.text.contains(part.text.trim());
    let lines = pages[page].lines.iter().enumerate().filter(|(_, line)| holds(line));
    let near = lines.map(|(at, line)| (at, off(&part.polygon, &line.polygon)));
    let (line, off) = near.min_by(|a, b| a.1.total_cmp(&b.1))?;
    (off <= OFF_MAX).then_some((page, line))
}

/// How far the upper corners of a part lie off the upper edge of a line, in pixels.
fn off(part: &Polygon, line: &Polygon) -> f32 {
    let [a, b, ..] = line.0;
    let detour = |p: Point| a.distance(p) + p.distance(b) - a.distance(b);
    detour(part.0[0]).max(detour(part.0[1]))
}

fn letters(text: &str) -> usize {
    text.chars().filter(|c| c.is_alphanumeric()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: [&str; 4] = ["TOTAL 12.50", "12 JALAN SAGU", "TAMAN DAYA", "81100 JOHOR Tel 5"];

    fn pages() -> Vec<PageText> {
        let line = |(row, text): (usize, &&str)| {
            let (top, right) = (30.0 * row as f32, 10.0 * text.chars().count() as f32);
            let polygon = Polygon::rectangle(Point::new(0.0, top), Point::new(right, top + 20.0));
            Line { polygon, text: (*text).to_owned(), confidence: 0.9 }
        };
        let lines: Vec<Line> = ROWS.iter().enumerate().map(line).collect();
        let page = |page, lines| PageText { page, width: 400, height: 400, dpi: None, lines };
        vec![page(1, Vec::new()), page(2, lines)]
    }

    /// The check whose evidence is the given parts of rows of the second page.
    fn check(parts: &[(usize, &str)]) -> Check {
        let pages = pages();
        let part = |(row, text): &(usize, &str)| {
            let line = &pages[1].lines[*row];
            let count = line.text.chars().count() as f32;
            let from = line.text.find(text).unwrap_or_default() as f32;
            let to = from + text.chars().count() as f32;
            let polygon = line.polygon.slice(from / count, to / count);
            Evidence { page: 2, polygon, text: (*text).to_owned() }
        };
        Check::passed("claim.x", 0.9).at(parts.iter().map(part).collect())
    }

    #[test]
    fn a_claim_is_put_to_the_lines_that_carry_it() {
        type Case<'a> = (&'a str, &'a [(usize, &'a str)], &'a [(usize, Ends)]);
        let cases: [Case<'_>; 6] = [
            ("a part of one line", &[(0, "12.50")], &[(0, Ends::Free)]),
            ("two parts of one line", &[(0, "TOTAL"), (0, "12.50")], &[(0, Ends::Free)]),
            (
                "several lines, one of them with other text",
                &[(1, "12 JALAN SAGU"), (2, "TAMAN DAYA"), (3, "81100 JOHOR")],
                &[(1, Ends::Part), (2, Ends::Part)],
            ),
            ("only parts of several lines", &[(1, "SAGU"), (3, "JOHOR")], &[]),
            ("no evidence", &[], &[]),
            ("text that stands on no line", &[(0, "13.50")], &[]),
        ];
        for (name, parts, expected) in cases {
            let found = lines(&check(parts), &pages());
            let found: Vec<(usize, Ends)> = found.iter().map(|a| (a.line, a.ends)).collect();
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn evidence_of_another_page_or_place_has_no_line() {
        let mut elsewhere = check(&[(0, "12.50")]);
        let place = (Point::new(0.0, 15.0), Point::new(50.0, 35.0));
        elsewhere.evidence[0].polygon = Polygon::rectangle(place.0, place.1);
        assert!(lines(&elsewhere, &pages()).is_empty());
        let mut missing = check(&[(0, "12.50")]);
        missing.evidence[0].page = 9;
        assert!(lines(&missing, &pages()).is_empty());
        let many = check(&[(0, "TOTAL 12.50"); 40]);
        assert_eq!(lines(&many, &pages()).len(), 1);
    }
}
