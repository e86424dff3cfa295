//! Which part of a claim is to stand on which line, for the picture to be asked.

use std::ops::Range;

use super::align::{Fit, Segment};
use super::text::{Span, Text};
use crate::scoring::alphabet::Skips;
use crate::scoring::score::Claimed;

/// Lines of one claim that are looked at again, lest a claim that is scattered over a page costs
/// as much as reading it.
const PUTS_MAX: usize = 6;

/// A part of a claim and the line that was taken for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Put {
    /// An index into the pages.
    pub(crate) page: usize,
    /// An index into the lines of the page.
    pub(crate) line: usize,
    pub(crate) claimed: Claimed,
}

impl Put {
    /// A whole claim, written in one of `forms`, to where `span` was read.
    pub(super) fn whole(text: &Text<'_>, span: &Span, forms: Vec<String>) -> Self {
        let claimed = Claimed { forms, skips: Skips::Spaces, chars: span.chars.clone() };
        Self::new(text, span.line, claimed)
    }

    fn new(text: &Text<'_>, line: usize, claimed: Claimed) -> Self {
        let line = &text.lines[line];
        Self { page: line.page, line: line.line, claimed }
    }
}

/// The parts of a claim that lies along the text, a line each, but for those that were read just
/// as claimed. What was not found at all belongs to the part before it, or to the first.
pub(super) fn of_fit(text: &Text<'_>, fit: &Fit, claim: &[char]) -> Vec<Put> {
    let mut pieces: Vec<Segment> = Vec::new();
    for piece in fit.segments.iter().flat_map(|segment| by_line(text, segment)) {
        match pieces.last_mut() {
            Some(last) if goes_on(text, last, &piece) => {
                last.claim.end = piece.claim.end;
                last.text.end = piece.text.end;
            }
            _ => pieces.push(piece),
        }
    }
    cover(&mut pieces, claim.len());
    let differs = |piece: &Segment| {
        let read = text.glyphs[piece.text.clone()].iter().map(|glyph| glyph.folded);
        !read.eq(claim[piece.claim.clone()].iter().copied())
            || cuts_number(text, piece.text.start)
            || cuts_number(text, piece.text.end)
    };
    let put = |piece: &Segment| {
        let span = text.spans(&piece.text).into_iter().next()?;
        let forms = vec![claim[piece.claim.clone()].iter().collect()];
        let claimed = Claimed { forms, skips: Skips::Marks, chars: span.chars };
        Some(Put::new(text, span.line, claimed))
    };
    pieces.iter().filter(|piece| differs(piece)).filter_map(put).take(PUTS_MAX).collect()
}

/// Whether the glyphs on both sides of `at` are digits of one number.
fn cuts_number(text: &Text<'_>, at: usize) -> bool {
    let digit = |at: usize| text.glyphs[at].folded.is_ascii_digit();
    text.joined(at) && digit(at - 1) && digit(at)
}

/// A segment in pieces of one line each.
fn by_line(text: &Text<'_>, segment: &Segment) -> Vec<Segment> {
    let mut pieces = Vec::new();
    let (mut from, mut claimed) = (segment.text.start, segment.claim.start);
    while from < segment.text.end {
        let line = &text.lines[text.line_of(from)];
        let to = line.glyphs.end.min(segment.text.end);
        // What was read in fewer or more characters is parted as far along as the text is.
        let length = (to - segment.text.start) * segment.claim.len() / segment.text.len();
        let until = segment.claim.start + length;
        pieces.push(Segment { claim: claimed..until, text: from..to });
        (from, claimed) = (to, until);
    }
    pieces
}

/// Whether `next` follows `last` on the same line.
fn goes_on(text: &Text<'_>, last: &Segment, next: &Segment) -> bool {
    last.claim.end <= next.claim.start
        && last.text.end <= next.text.start
        && text.line_of(last.text.start) == text.line_of(next.text.start)
}

/// Gives what of the claim lies between two pieces to the one before.
fn cover(pieces: &mut [Segment], length: usize) {
    let starts: Vec<Range<usize>> = pieces.iter().map(|piece| piece.claim.clone()).collect();
    for (at, piece) in pieces.iter_mut().enumerate() {
        if at == 0 {
            piece.claim.start = 0;
        }
        piece.claim.end = starts.get(at + 1).map_or(length, |next| next.start);
    }
}

#[cfg(test)]
mod tests {
    use super::super::align::Aligner;
    use super::super::document::Document;
    use super::super::fold::folded;
    use super::super::testing::page;
    use super::*;

    #[test]
    fn each_line_is_asked_for_its_own_part_of_the_claim() {
        type Case<'a> = (&'a str, &'a str, &'a [&'a str], &'a [(usize, &'a str)]);
        let cases: [Case<'_>; 8] = [
            ("as claimed", "12 JALAN SAGU JOHOR", &["12 JALAN SAGU,", "JOHOR"], &[]),
            (
                "a letter on the first line",
                "12 JALAN SAGU, TAMAN DAYA",
                &["12 JALAM SAGU,", "TAMAN DAYA"],
                &[(0, "12JALANSAGU")],
            ),
            (
                "a number on the second",
                "TAMAN DAYA 81100 JOHOR",
                &["TAMAN DAYA", "81700 JOHOR Tel 5"],
                &[(1, "81100JOHOR")],
            ),
            (
                "a part that is nowhere belongs to the one before",
                "TAMAN DAYA QXZW JOHOR BAHRU",
                &["TAMAN DAYA", "JOHOR BAHRU"],
                &[(0, "TAMANDAYAQXZW")],
            ),
            (
                "a misread letter before a word that comes again",
                "81200 JOHOR BAHRU, JOHOR",
                &["81200 JAHOR BAHRU, JOHOR", "TAX INVOICE"],
                &[(0, "81200JOHORBAHRUJOHOR")],
            ),
            (
                "a part that is missing at the front",
                "NO 53 TAMAN DAYA",
                &["TAMAN DAYA"],
                &[(0, "NO53TAMANDAYA")],
            ),
            (
                "a digit out of a longer number",
                "TAMAN DAYA JOHOR 3",
                &["TAMAN DAYA JOHOR 35"],
                &[(0, "TAMANDAYAJOHOR3")],
            ),
            ("nothing like it", "QXZW VVVV KKKK", &["TAMAN DAYA"], &[]),
        ];
        for (name, claim, rows, expected) in cases {
            let pages = [page(rows)];
            let document = Document::new(&pages);
            let claim = folded(claim);
            let text = &document.text;
            let aligner = Aligner { text, grams: document.grams(), claim: &claim, goes_on: false };
            let fits = aligner.fits(1);
            let puts = fits.iter().flat_map(|fit| of_fit(text, fit, &claim));
            let puts: Vec<(usize, String)> =
                puts.map(|put| (put.line, put.claimed.forms[0].clone())).collect();
            let puts: Vec<(usize, &str)> = puts.iter().map(|(l, s)| (*l, s.as_str())).collect();
            assert_eq!(puts, expected, "{name}");
        }
    }
}
