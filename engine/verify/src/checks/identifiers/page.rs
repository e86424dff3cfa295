//! IBANs that stand on a page beside their label.
//!
//! One that is right says little: it is an account. One that is wrong was misread, mistyped or
//! changed; it counts only where the reader was sure of the line and no misread letter explains
//! it. Other numbers on a page are left alone: too many codes have their forms by chance.

use std::ops::Range;

use ivendor_core::check::{Check, Evidence};
use ivendor_core::verdict::{Line, PageText};

use super::numbers::{iban, looks_like_iban};
use super::{FAULTY, Fault};
use crate::checks::claims::fold::alike;

/// The name of the check.
const NAME: &str = "identifier.iban";

/// Lines with a label that are looked at.
const LABELLED_MAX: usize = 32;

/// Characters of a line that are looked at.
const CHARS_MAX: usize = 400;

/// Below this confidence of the reader a wrong number is put down to the reading.
const SURE_FROM: f32 = 0.9;

/// Characters of the shortest and the longest number.
const LENGTHS: Range<usize> = 15..35;

/// A number beside its label.
struct Found<'a> {
    page: &'a PageText,
    line: &'a Line,
    /// The part of the line, in characters.
    chars: Range<usize>,
    /// Capitals and digits only.
    code: String,
    state: Result<(), Fault>,
}

impl Found<'_> {
    fn text(&self) -> String {
        self.line.text.chars().skip(self.chars.start).take(self.chars.len()).collect()
    }

    fn evidence(&self) -> Evidence {
        let length = self.line.text.chars().count().max(1) as f32;
        let (from, to) = (self.chars.start as f32 / length, self.chars.end as f32 / length);
        Evidence {
            page: self.page.page,
            polygon: self.line.polygon.slice(from, to),
            text: self.text(),
        }
    }
}

/// The check of the first wrong IBAN, or of the first right one where none is wrong.
pub(super) fn iban_on(pages: &[PageText]) -> Option<Check> {
    let lines = pages.iter().flat_map(|page| page.lines.iter().map(move |line| (page, line)));
    let found: Vec<Found<'_>> = lines
        .filter(|(_, line)| line.text.len() >= LENGTHS.start)
        .filter_map(|(page, line)| Some((page, line, label_end(&line.text)?)))
        .take(LABELLED_MAX)
        .filter_map(|(page, line, from)| beside(page, line, from))
        .collect();
    let wrong = found.iter().find(|found| {
        found.state.is_err()
            && found.line.confidence >= SURE_FROM
            && !explained_by_reading(&found.code)
    });
    let (check, found) = match wrong {
        Some(wrong) => (Check::failed(NAME, FAULTY, Fault::CheckDigit.reason()), wrong),
        None => (Check::passed(NAME, 1.0), found.iter().find(|found| found.state.is_ok())?),
    };
    Some(check.finding(found.text()).at(vec![found.evidence()]))
}

/// The character after the word `IBAN`, where a line has it.
fn label_end(text: &str) -> Option<usize> {
    let chars: Vec<char> = text.chars().take(CHARS_MAX).collect();
    let word =
        |part: &[char]| part.iter().zip("IBAN".chars()).all(|(a, b)| a.eq_ignore_ascii_case(&b));
    chars.windows(4).position(word).map(|at| at + 4)
}

/// The number that begins with the first country and two digits from `from` on, where it has the
/// length and structure of its country: each has only one.
fn beside<'a>(page: &'a PageText, line: &'a Line, from: usize) -> Option<Found<'a>> {
    let chars: Vec<char> = line.text.chars().take(CHARS_MAX).collect();
    let rest = chars.get(from..)?;
    let start = rest.windows(4).position(|part| {
        part[..2].iter().all(char::is_ascii_uppercase) && part[2..].iter().all(char::is_ascii_digit)
    })?;
    let mut code = String::new();
    for (at, c) in rest.iter().enumerate().skip(start) {
        match c {
            ' ' | '-' | '.' => continue,
            c if c.is_ascii_alphanumeric() && code.len() + 1 < LENGTHS.end => {
                code.push(c.to_ascii_uppercase());
            }
            _ => return None,
        }
        // A number that goes on was not yet seen to its end.
        let ends = !rest.get(at + 1).is_some_and(char::is_ascii_alphanumeric);
        let state = if ends && looks_like_iban(&code) { iban(&code) } else { continue };
        if state != Err(Fault::Format) {
            return Some(Found { page, line, chars: from + start..from + at + 1, code, state });
        }
    }
    None
}

/// Whether one character that is taken for another by readers makes the number right.
fn explained_by_reading(code: &str) -> bool {
    let chars: Vec<char> = code.chars().collect();
    let all = || ('0'..='9').chain('A'..='Z');
    (0..chars.len()).any(|at| {
        all().filter(|other| alike(chars[at], *other)).any(|other| {
            let mut mended = chars.clone();
            mended[at] = other;
            iban(&mended.into_iter().collect::<String>()).is_ok()
        })
    })
}
