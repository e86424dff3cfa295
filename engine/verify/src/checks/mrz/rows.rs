//! Which lines of a page may belong to a machine-readable zone, in the characters of one; parts
//! of one row that were found side by side are put together.

use ivendor_core::check::Evidence;
use ivendor_core::geometry::{Point, Polygon};
use ivendor_core::verdict::{Line, PageText};
use unicode_normalization::UnicodeNormalization;

use super::digits::FILLER;

/// Rows of a page that are looked at, from the last upwards: a zone stands at the lower edge.
const ROWS_MAX: usize = 64;
/// Characters of a line that are looked at.
const CHARS_MAX: usize = 200;
/// Characters that a part of a row must have to stand for the row.
const ANCHOR_CHARS: usize = 12;
/// Digits without which a part of a row, where it has no filler, is none of a zone.
const ANCHOR_DIGITS: usize = 10;

/// One row of what may be a zone.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// Capitals, digits and fillers.
    pub(super) text: Vec<u8>,
    pub(super) evidence: Vec<Evidence>,
    /// The mean of its parts, by their characters, 0–1.
    pub(super) confidence: f32,
    /// How far down it stands, across the direction of the text, in pixels.
    pub(super) down: f32,
    /// Pixels.
    pub(super) height: f32,
}

/// A line that is written in the characters of a zone.
struct Piece<'a> {
    text: Vec<u8>,
    line: &'a Line,
}

/// The rows of a page, from top to bottom. Where a row has several parts, it is there whole and
/// each long part is there alone, since what stands beside a zone need not belong to it.
pub(super) fn rows(page: &PageText) -> Vec<Row> {
    let pieces: Vec<Piece<'_>> = page.lines.iter().filter_map(piece).collect();
    let Some(axis) = pieces.iter().max_by_key(|piece| piece.text.len()).map(axis) else {
        return Vec::new();
    };
    let mut rows: Vec<Row> = Vec::new();
    for anchor in pieces.iter().rev().filter(|piece| is_anchor(piece)).take(ROWS_MAX) {
        rows.push(join(&[anchor], page.page, axis));
        let beside = beside(anchor, &pieces);
        if beside.len() > 1 {
            let whole = join(&beside, page.page, axis);
            if rows.iter().all(|row| row.text != whole.text || row.evidence != whole.evidence) {
                rows.push(whole);
            }
        }
    }
    rows.sort_by(|a, b| a.down.total_cmp(&b.down));
    rows
}

fn is_anchor(piece: &Piece<'_>) -> bool {
    let digits = piece.text.iter().filter(|c| c.is_ascii_digit()).count();
    piece.text.len() >= ANCHOR_CHARS && (piece.text.contains(&FILLER) || digits >= ANCHOR_DIGITS)
}

/// The direction of the text of a piece, of length 1.
fn axis(piece: &Piece<'_>) -> Point {
    let [a, b, ..] = piece.line.polygon.0;
    let length = a.distance(b);
    if length > 0.0 && length.is_finite() {
        Point::new((b.x - a.x) / length, (b.y - a.y) / length)
    } else {
        Point::new(1.0, 0.0)
    }
}

/// How far along and across `axis` a point lies.
fn place(point: Point, axis: Point) -> (f32, f32) {
    (point.x * axis.x + point.y * axis.y, point.y * axis.x - point.x * axis.y)
}

/// The pieces of the row of `anchor`, from left to right.
fn beside<'a>(anchor: &Piece<'_>, pieces: &'a [Piece<'a>]) -> Vec<&'a Piece<'a>> {
    let axis = axis(anchor);
    let polygon = &anchor.line.polygon;
    let (_, down) = place(polygon.centre(), axis);
    let near = |other: &Polygon| {
        let reach = polygon.height().min(other.height()) / 2.0;
        (place(other.centre(), axis).1 - down).abs() < reach
    };
    let mut row: Vec<&Piece<'_>> = pieces.iter().filter(|p| near(&p.line.polygon)).collect();
    let along = |piece: &Piece<'_>| place(piece.line.polygon.centre(), axis).0;
    row.sort_by(|a, b| along(a).total_cmp(&along(b)));
    row
}

fn join(pieces: &[&Piece<'_>], page: u32, axis: Point) -> Row {
    let count: usize = pieces.iter().map(|piece| piece.text.len()).sum();
    let sum: f32 = pieces.iter().map(|p| p.line.confidence * p.text.len() as f32).sum();
    let heights = pieces.iter().map(|piece| piece.line.polygon.height());
    let downs = pieces.iter().map(|piece| place(piece.line.polygon.centre(), axis).1);
    Row {
        text: pieces.iter().flat_map(|piece| &piece.text).copied().collect(),
        evidence: pieces
            .iter()
            .map(|piece| Evidence {
                page,
                polygon: piece.line.polygon,
                text: piece.line.text.clone(),
            })
            .collect(),
        confidence: sum / count.max(1) as f32,
        down: downs.sum::<f32>() / pieces.len().max(1) as f32,
        height: heights.fold(0.0, f32::max),
    }
}

/// A line in the characters of a zone; none where it is not written in them.
fn piece(line: &Line) -> Option<Piece<'_>> {
    let mut text = Vec::new();
    let (mut plain, mut other) = (0, 0);
    for c in line.text.nfkc().filter(|c| !c.is_whitespace()).take(CHARS_MAX) {
        match c {
            'A'..='Z' | '0'..='9' | '<' => {
                text.extend(u8::try_from(c));
                plain += 1;
            }
            '«' | '≪' | '《' | '⟪' => text.extend([FILLER; 2]),
            '‹' | '〈' | '⟨' | '∠' | '≤' | '⪡' | 'く' | '(' | '{' | '[' => {
                text.push(FILLER);
            }
            '|' | '!' => text.push(b'I'),
            '$' => text.push(b'S'),
            ']' => text.push(b'J'),
            'a'..='z' => {
                text.push(c.to_ascii_uppercase() as u8);
                other += 1;
            }
            // A speck between two characters: dropped.
            '.' | ',' | '·' | '\'' | '-' | '_' | ':' | '"' | '*' | '`' => {}
            _ => other += 1,
        }
    }
    (!text.is_empty() && plain >= 4 * other).then_some(Piece { text, line })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(x: f32, y: f32, text: &str) -> Line {
        let wide = text.chars().count() as f32 * 10.0;
        Line {
            polygon: Polygon::rectangle(Point::new(x, y), Point::new(x + wide, y + 20.0)),
            text: text.to_owned(),
            confidence: 0.9,
        }
    }

    fn texts(lines: Vec<Line>) -> Vec<String> {
        let page = PageText { page: 1, width: 900, height: 600, dpi: None, lines };
        rows(&page).into_iter().map(|row| String::from_utf8(row.text).unwrap()).collect()
    }

    #[test]
    fn a_row_is_read_in_the_characters_of_a_zone() {
        let cases = [
            ("as it is", "P<UTOERIKSSON<<ANNA", vec!["P<UTOERIKSSON<<ANNA"]),
            ("spaces and quotes", "P< UTO ERIKSSON«ANNA ", vec!["P<UTOERIKSSON<<ANNA"]),
            ("wide brackets", "P〈UTOERIKSSON＜＜ANNA", vec!["P<UTOERIKSSON<<ANNA"]),
            ("few small letters", "P<UTOERIKSSoN<<ANNA", vec!["P<UTOERIKSSON<<ANNA"]),
            ("a sentence", "The holder (Anna) was born in 1974", vec![]),
            ("capitals", "REPUBLIC OF UTOPIA", vec![]),
            ("another script", "ОТЕЧЕСТВО<<ГРАЖДАН", vec![]),
            ("nothing", "", vec![]),
        ];
        for (name, text, expected) in cases {
            assert_eq!(texts(vec![line(10.0, 500.0, text)]), expected, "{name}");
        }
    }

    #[test]
    fn parts_of_a_row_are_joined_from_left_to_right_and_stand_alone_too() {
        let lines = vec![
            line(10.0, 400.0, "P<UTOERIKSSON<<ANNA<"),
            line(300.0, 402.0, "MARIA<<<<<<<"),
            line(300.0, 502.0, "<<<<10"),
            line(10.0, 500.0, "L898902C36UTO7408122F"),
        ];
        let found = texts(lines);
        assert!(found.contains(&"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<".to_owned()), "{found:?}");
        assert!(found.contains(&"L898902C36UTO7408122F<<<<10".to_owned()), "{found:?}");
        assert!(found.contains(&"L898902C36UTO7408122F".to_owned()), "{found:?}");
    }

    #[test]
    fn a_turned_page_gives_the_same_rows() {
        let turned = |y: f32, x: f32, text: &str| {
            let mut line = line(0.0, 0.0, text);
            let (a, b) = (Point::new(x, y), Point::new(x, y + 400.0));
            line.polygon = Polygon([a, b, Point::new(x - 20.0, b.y), Point::new(x - 20.0, a.y)]);
            line
        };
        let upper = "P<UTOERIKSSON<<ANNA<MARIA<<<<<";
        let lower = "L898902C36UTO7408122F1204159ZE";
        let found = texts(vec![turned(50.0, 300.0, lower), turned(50.0, 340.0, upper)]);
        assert_eq!(found, [upper, lower]);
    }
}
