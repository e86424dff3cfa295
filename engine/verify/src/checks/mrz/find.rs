//! Finds the zone of a document: of all rows that may be its lines, those whose check digits hold
//! best with the least changed.

use std::ops::Range;

use ivendor_core::check::Evidence;
use ivendor_core::verdict::PageText;
use jiff::civil::Date;

use super::country;
use super::digits::{FILLER, as_letter};
use super::fit::{Fit, fits, with_fillers};
use super::layout::{Field, Format};
use super::repair::{mend, wrong};
use super::rows::{Row, rows};
use super::visual;
use super::zone::{Mrz, Zone};

/// Heights of a row at most between one line of a zone and the next.
const REACH: f32 = 5.0;
/// Digits of a line with data at least.
const DIGITS_MIN: usize = 9;
/// Ways to read each of two lines with data that are tried together.
const PAIRED_MAX: usize = 16;
/// Rows above a line of a card that are tried as its first one, the nearest first.
const UPPERS_MAX: usize = 8;
/// Changes that it counts for where a state is not known, where the number or the expiry is empty,
/// and where the code of the document is not usual for the size of its zone.
const UNUSUAL: usize = 6;

/// Characters of the document's code, which may have a digit.
const CODE: usize = 2;
/// Characters before the names in a zone of two lines.
const HEADER: usize = 5;

/// One way to read a zone.
struct Candidate<'a> {
    format: Format,
    zone: Vec<u8>,
    rows: Vec<&'a Row>,
    wrong: Vec<Field>,
    edits: usize,
    /// What is unusual about it, in changes.
    odd: usize,
    named: bool,
}

impl Candidate<'_> {
    fn rank(&self) -> (usize, usize) {
        (self.wrong.len(), self.edits + self.odd)
    }
}

/// The zone of a document, if one can be read; years are understood as of `on`.
#[must_use]
pub fn read(pages: &[PageText], on: Date) -> Option<Zone> {
    pages.iter().filter_map(|page| best(page, on)).min_by_key(|(rank, _)| *rank).map(|best| best.1)
}

fn best(page: &PageText, on: Date) -> Option<((usize, usize), Zone)> {
    let rows = rows(page);
    let mut candidates = three_lines(&rows);
    candidates.extend(two_lines(&rows, Format::Td2));
    candidates.extend(two_lines(&rows, Format::Td3));
    candidates.retain(|candidate| is_zone(candidate, on));
    let first = candidates.iter().min_by_key(|candidate| candidate.rank())?;
    let rank = first.rank();
    let rival = |other: &Candidate<'_>| other.rank() == rank && other.zone != first.zone;
    let chars: usize = first.rows.iter().map(|row| row.text.len()).sum();
    let sure: f32 = first.rows.iter().map(|row| row.confidence * row.text.len() as f32).sum();
    let evidence: Vec<Evidence> = first.rows.iter().flat_map(|row| row.evidence.clone()).collect();
    let mut chars_read = first.zone.clone();
    let names = &mut chars_read[first.format.layout().names.clone()];
    let mended = visual::mend(names, &visual::words(page, &evidence));
    let zone = Zone {
        mrz: Mrz::new(first.format, &chars_read, on),
        evidence,
        confidence: sure / chars.max(1) as f32,
        repairs: first.edits + mended,
        ambiguous: candidates.iter().any(rival),
    };
    Some((rank, zone))
}

/// Whether it is a zone at all: chance makes one check digit right in ten.
fn is_zone(candidate: &Candidate<'_>, on: Date) -> bool {
    let mrz = Mrz::new(candidate.format, &candidate.zone, on);
    let dates = usize::from(mrz.birth.is_some() && mrz.holds(Field::Birth))
        + usize::from(mrz.expiry.is_some() && mrz.holds(Field::Expiry));
    let number = usize::from(!mrz.number.is_empty() && mrz.holds(Field::Number));
    let known = country::is_code(&mrz.nationality) && country::is_code(&mrz.issuer);
    let whole = candidate.named && known && mrz.birth.is_some() && mrz.expiry.is_some();
    dates + number >= 2 && (candidate.named || candidate.wrong.is_empty()) || whole
}

/// Zones with one line of data below the line with the names.
fn two_lines(rows: &[Row], format: Format) -> Vec<Candidate<'_>> {
    let mut candidates = Vec::new();
    for data in rows.iter().filter(|row| digits(row) >= DIGITS_MIN) {
        let fits = fits(&with_fillers(&data.text), format.layout().data[0]);
        if fits.is_empty() {
            continue;
        }
        let upper = names_row(rows.iter().filter(|row| follows(row, data)), format.width());
        let (line, edits) = match upper {
            Some(row) => header_line(&row.text, format.width()),
            None => (vec![FILLER; format.width()], 0),
        };
        let rows: Vec<&Row> = upper.into_iter().chain([data]).collect();
        for fit in fits {
            let zone = [line.as_slice(), &fit.text].concat();
            let rows = rows.clone();
            candidates.push(candidate(format, zone, rows, (upper.is_some(), edits + fit.edits)));
        }
    }
    candidates
}

/// Zones with two lines of data above the line with the names.
fn three_lines(rows: &[Row]) -> Vec<Candidate<'_>> {
    let format = Format::Td1;
    let [upper_classes, lower_classes] = format.layout().data else { return Vec::new() };
    let starts = |row: &&Row| matches!(row.text.first(), Some(b'A' | b'C' | b'I' | b'P' | b'1'));
    let mut candidates = Vec::new();
    for lower in rows.iter().filter(|row| digits(row) >= DIGITS_MIN) {
        let lowers = fits(&with_fillers(&lower.text), lower_classes);
        if lowers.is_empty() {
            continue;
        }
        let named = names_row(rows.iter().filter(|row| follows(lower, row)), format.width());
        let (line, edits) = match named {
            Some(row) => names_line(&row.text, format.width(), 0),
            None => (vec![FILLER; format.width()], 0),
        };
        let above = rows.iter().rev().filter(|row| follows(row, lower)).filter(starts);
        for upper in above.take(UPPERS_MAX) {
            let uppers = fits(&with_fillers(&upper.text), upper_classes);
            for (first, second) in pairs(&uppers, &lowers) {
                let zone = [first.text.as_slice(), &second.text, &line].concat();
                let rows = [upper, lower].into_iter().chain(named).collect();
                let edits = edits + first.edits + second.edits;
                candidates.push(candidate(format, zone, rows, (named.is_some(), edits)));
            }
        }
    }
    candidates
}

fn pairs<'a>(uppers: &'a [Fit], lowers: &'a [Fit]) -> impl Iterator<Item = (&'a Fit, &'a Fit)> {
    let lowers = lowers.iter().take(PAIRED_MAX);
    uppers.iter().take(PAIRED_MAX).flat_map(move |upper| lowers.clone().map(move |l| (upper, l)))
}

/// A candidate with what can be mended mended; `told` is whether its names were read, and what
/// was changed before.
fn candidate<'a>(
    format: Format,
    mut zone: Vec<u8>,
    rows: Vec<&'a Row>,
    told: (bool, usize),
) -> Candidate<'a> {
    let layout = format.layout();
    let (named, edits) = told;
    let edits = edits + mend(layout, &mut zone);
    let code = |field: &Range<usize>| {
        let code: String = zone[field.clone()].iter().copied().map(char::from).collect();
        country::is_code(code.trim_end_matches('<'))
    };
    let empty = |field: &Range<usize>| zone[field.clone()].iter().all(|c| *c == FILLER);
    let headed = format == Format::Td1 || named;
    let passport = zone[0] == b'P';
    let odd = [
        !code(&layout.nationality),
        headed && !code(&layout.issuer),
        empty(&layout.number),
        empty(&layout.expiry),
        headed && passport != (format == Format::Td3),
    ];
    let odd = UNUSUAL * odd.into_iter().filter(|odd| *odd).count();
    let wrong = wrong(&layout.verify(&zone));
    Candidate { format, zone, rows, wrong, edits, odd, named }
}

fn digits(row: &Row) -> usize {
    row.text.iter().filter(|c| c.is_ascii_digit()).count()
}

/// Whether `lower` stands right below `upper`.
fn follows(upper: &Row, lower: &Row) -> bool {
    let height = upper.height.max(lower.height);
    let between = lower.down - upper.down;
    between > 0.4 * height && between < REACH * height
}

/// The row that is most like a line of names.
fn names_row<'a>(rows: impl Iterator<Item = &'a Row>, width: usize) -> Option<&'a Row> {
    let letters = |row: &Row| row.text.iter().filter(|c| c.is_ascii_uppercase()).count();
    rows.filter(|row| row.text.contains(&FILLER) && letters(row) >= 3 && digits(row) <= 8)
        .filter(|row| row.text[0].is_ascii_alphanumeric())
        .min_by_key(|row| row.text.len().abs_diff(width))
}

/// A line of names from `start` on, which has no check digit: letters and fillers, filled up to its
/// width. With it, how much was changed.
fn names_line(read: &[u8], width: usize, start: usize) -> (Vec<u8>, usize) {
    let mut line = with_fillers(read);
    for c in line.iter_mut().skip(start.min(CODE)) {
        *c = as_letter(*c).unwrap_or(*c);
    }
    if let Some(names) = line.get_mut(start..) {
        fill_tail(names);
    }
    let edits = line.len().abs_diff(width) / 2;
    line.resize(width, FILLER);
    (line, edits)
}

/// The first line of a zone of two lines: the code of the document, the issuer, the names.
fn header_line(read: &[u8], width: usize) -> (Vec<u8>, usize) {
    let mut read = read.to_vec();
    let code = |read: &[u8], from: usize| {
        read.get(from..from + 3).is_some_and(|code| {
            let code: String =
                code.iter().map(|c| char::from(as_letter(*c).unwrap_or(*c))).collect();
            country::is_code(code.trim_end_matches('<'))
        })
    };
    if !code(&read, 2) && code(&read, 1) {
        // The filler behind the code was lost.
        read.insert(1, FILLER);
    }
    if matches!(read.get(1), Some(b'K' | b'C')) && code(&read, 2) {
        read[1] = FILLER;
    }
    names_line(&read, width, HEADER)
}

/// Behind two fillers after the given names nothing but fillers may come.
fn fill_tail(line: &mut [u8]) {
    let gap = |from: usize| Some(from + line[from..].windows(2).position(|p| p == [FILLER; 2])?);
    let word = |from: usize| Some(from + line[from..].iter().position(|c| *c != FILLER)?);
    let Some(tail) = gap(0).and_then(word).and_then(gap) else { return };
    // A given name there was parted from the others by a filler too many.
    if line[tail..].iter().all(|c| b"<KCSXZELG".contains(c)) {
        line[tail..].fill(FILLER);
    }
}

#[cfg(test)]
mod tests;
