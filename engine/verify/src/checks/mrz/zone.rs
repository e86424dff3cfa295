//! A machine-readable zone and what it says.

use std::ops::Range;

use ivendor_core::check::Evidence;
use jiff::ToSpan;
use jiff::civil::Date;

use super::digits::FILLER;
use super::layout::{Field, FieldCheck, Format};

/// Years from today at most that a date of expiry of two digits lies away.
const EXPIRY_YEARS: i16 = 50;

/// The sex as the zone has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    /// `M`.
    Male,
    /// `F`.
    Female,
    /// `X` or a filler.
    Unspecified,
}

/// What a zone says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mrz {
    /// Its size.
    pub format: Format,
    /// Its lines as they should have been read; fillers alone where a line was not read.
    pub lines: Vec<String>,
    /// The code of the document, e.g. `P`, without fillers.
    pub document_code: String,
    /// The code of the issuer, e.g. `UTO`, without fillers.
    pub issuer: String,
    /// The surname, its parts parted by spaces; empty where it was not read.
    pub surname: String,
    /// The given names, parted by spaces; cut off where the zone has no room for them.
    pub given_names: String,
    /// The number of the document.
    pub number: String,
    /// The code of the nationality, without fillers.
    pub nationality: String,
    /// The date of birth; none where it is not known or was not read.
    pub birth: Option<Date>,
    /// The sex.
    pub sex: Sex,
    /// The last day on which the document is valid.
    pub expiry: Option<Date>,
    /// Optional data, such as a personal number.
    pub optional: Vec<String>,
    /// Its check digits.
    pub checks: Vec<FieldCheck>,
}

/// A zone, and how it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// What it says.
    pub mrz: Mrz,
    /// Where its lines stand, as they were read.
    pub evidence: Vec<Evidence>,
    /// The mean probability of its characters as the reader gave it, 0–1.
    pub confidence: f32,
    /// Changes that were made to what was read.
    pub repairs: usize,
    /// Whether another way to read it is as likely.
    pub ambiguous: bool,
}

impl Mrz {
    /// Takes the fields out of the characters of a whole zone. Dates have years of two digits:
    /// no one is born after `on`, and no document expires more than 50 years from it.
    pub(super) fn new(format: Format, zone: &[u8], on: Date) -> Self {
        let layout = format.layout();
        let (surname, given_names) = names(&zone[layout.names.clone()]);
        let sex = match zone[layout.sex] {
            b'M' => Sex::Male,
            b'F' => Sex::Female,
            _ => Sex::Unspecified,
        };
        let optional = layout.optional.iter().map(|range| words(&zone[range.clone()]));
        let within = |range: &Range<usize>| words(&zone[range.clone()]);
        Self {
            format,
            lines: zone.chunks(format.width()).map(text).collect(),
            document_code: within(&layout.code),
            issuer: within(&layout.issuer),
            surname,
            given_names,
            number: text(&layout.number(zone)).replace('<', ""),
            nationality: within(&layout.nationality),
            birth: date(&zone[layout.birth.clone()], |date| date <= on),
            sex,
            expiry: date(&zone[layout.expiry.clone()], |date| {
                on.checked_add(EXPIRY_YEARS.years()).is_ok_and(|last| date <= last)
            }),
            optional: optional.filter(|data| !data.is_empty()).collect(),
            checks: layout.verify(zone),
        }
    }

    /// Whether the check digit of `field` holds; a field without one does not.
    #[must_use]
    pub fn holds(&self, field: Field) -> bool {
        self.checks.iter().any(|check| check.field == field && check.holds())
    }
}

/// The day that six digits name: in this century where `fits`, else in the last.
fn date(digits: &[u8], fits: impl Fn(Date) -> bool) -> Option<Date> {
    if digits.len() != 6 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let two = |at: usize| i16::from(digits[at] - b'0') * 10 + i16::from(digits[at + 1] - b'0');
    let (month, day) = (i8::try_from(two(2)).ok()?, i8::try_from(two(4)).ok()?);
    let of = |century: i16| Date::new(century + two(0), month, day).ok();
    of(2000).filter(|date| fits(*date)).or_else(|| of(1900))
}

/// The surname and the given names: two fillers part them.
fn names(field: &[u8]) -> (String, String) {
    let parts = field.windows(2).position(|pair| pair == [FILLER; 2]).unwrap_or(field.len());
    (words(&field[..parts]), words(&field[parts..]))
}

/// Words of a field: fillers are spaces.
fn words(field: &[u8]) -> String {
    let words = field.split(|c| *c == FILLER).filter(|word| !word.is_empty());
    words.map(text).collect::<Vec<_>>().join(" ")
}

fn text(chars: &[u8]) -> String {
    chars.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_of_two_digits_are_read_from_the_day_of_submission() {
        let on = jiff::civil::date(2024, 6, 1);
        let zone = |birth: &str, expiry: &str| {
            let lower = format!("L898902C36UTO{birth}2F{expiry}9ZE184226B<<<<<10");
            let zone = format!("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<{lower}");
            let mrz = Mrz::new(Format::Td3, zone.as_bytes(), on);
            let year = |date: Option<Date>| date.map(Date::year);
            (year(mrz.birth), year(mrz.expiry))
        };
        let cases = [
            ("born long ago", "740812", "300415", (Some(1974), Some(2030))),
            ("born today", "240601", "290415", (Some(2024), Some(2029))),
            ("born tomorrow a century ago", "240602", "290415", (Some(1924), Some(2029))),
            ("expired in the last century", "490406", "941101", (Some(1949), Some(1994))),
            ("no such day", "740231", "301301", (None, None)),
            ("not known", "<<<<<<", "<<<<<<", (None, None)),
        ];
        for (name, birth, expiry, expected) in cases {
            assert_eq!(zone(birth, expiry), expected, "{name}");
        }
    }

    #[test]
    fn names_are_parted_by_two_fillers() {
        let cases = [
            ("both", "ERIKSSON<<ANNA<MARIA<<<", ("ERIKSSON", "ANNA MARIA")),
            ("double", "KOWALSKA<KWIATKOWSKA<<JOANNA<<", ("KOWALSKA KWIATKOWSKA", "JOANNA")),
            ("one name", "ARKFREITH<<<<<<<<", ("ARKFREITH", "")),
            ("cut off", "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<KR", {
                ("NILAVADHANANANDA", "CHAYAPA DEJTHAMRONG KR")
            }),
            ("nothing", "<<<<", ("", "")),
        ];
        for (name, field, (surname, given)) in cases {
            assert_eq!(names(field.as_bytes()), (surname.to_owned(), given.to_owned()), "{name}");
        }
    }
}
