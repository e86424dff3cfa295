//! The claims that the text does not say just as they were made, put to the picture.
//!
//! A comparison of texts cannot tell a misread letter from a changed one; how likely the claim is
//! on the line's image beside what was read there can (see [`crate::scoring`]). What comes of it
//! are measures of the claim's check:
//!
//! - `ratio`: the log-probability of the claim less that of the reading, in natural logarithms,
//!   all its lines together; near 0 the picture shows the claim as well as what was read;
//! - `ratio_near`: the same, but for what lies so far below that no misreading explains it: from
//!   there on the claim is only more or less false;
//! - `edits`: characters in which the reading differs from the claim;
//! - `margin`: by how much the picture prefers the claim's digits to other ones, at worst;
//! - `unasked`: 1 where a part of the claim could not be put to the picture;
//! - `second_prefers`: what the second reader makes of the same lines, in characters by which it
//!   stands nearer to the claim than to the first reading; below 0 it stands nearer to the latter.

use std::collections::BTreeMap;

use ivendor_core::check::Check;

use super::claims::Answer;
use super::mrz::ReadZone;
use crate::reading::reader::LineProbabilities;
use crate::scoring::alphabet::Alphabet;
use crate::scoring::score::{Claimed, Score, score};
use crate::second::SecondReading;
use crate::second::agreement::claim_agreement;

/// What one line can take from a claim at most: past it nothing is left to doubt.
const RATIO_MIN: f64 = -60.0;

/// Misread characters seldom take more from a claim than this.
const RATIO_NEAR: f64 = -6.0;

/// How the pages of a document can be asked.
pub(crate) struct Picture<'a> {
    /// What is possible on a line, by the indices of its page and of the line in it.
    pub(crate) see: &'a dyn Fn(usize, usize) -> Option<LineProbabilities>,
    pub(crate) alphabet: &'a Alphabet,
    /// What the second reader reads on a line; `None` where it cannot be asked.
    pub(crate) second: &'a dyn Fn(usize, usize) -> Option<SecondReading>,
    /// What it reads on a line of a machine-readable zone.
    pub(crate) second_zone: &'a ReadZone<'a>,
}

/// What one part of a claim came to.
#[derive(Debug, Clone)]
struct Told {
    score: Score,
    /// Characters by which the second reading is nearer to the claim than to the first one.
    second_prefers: Option<f32>,
}

impl Picture<'_> {
    /// Adds what the picture says of the claims to their checks. Each line is looked at once,
    /// whatever is to be found on it.
    pub(crate) fn judge(&self, answers: &mut [Answer]) {
        let mut by_line: BTreeMap<(usize, usize), Vec<(usize, usize)>> = BTreeMap::new();
        for (answer, number) in answers.iter().zip(0..) {
            for (put, at) in answer.puts.iter().zip(0..) {
                by_line.entry((put.page, put.line)).or_default().push((number, at));
            }
        }
        let mut told: Vec<Vec<Option<Told>>> =
            answers.iter().map(|answer| vec![None; answer.puts.len()]).collect();
        for ((page, line), asked) in by_line {
            let Some(seen) = (self.see)(page, line) else { continue };
            let second = (self.second)(page, line);
            for (answer, put) in asked {
                let claimed = &answers[answer].puts[put].claimed;
                let Some(score) = score(&seen, self.alphabet, claimed) else { continue };
                let second_prefers = second.as_ref().map(|second| prefers(second, claimed, &score));
                told[answer][put] = Some(Told { score, second_prefers });
            }
        }
        for (answer, told) in answers.iter_mut().zip(told) {
            tell(&mut answer.check, &told);
        }
    }
}

/// Adds to a check what its parts came to.
fn tell(check: &mut Check, told: &[Option<Told>]) {
    let asked = || told.iter().flatten().map(|told| &told.score);
    if asked().count() < told.len() {
        check.measure("unasked", 1.0);
    }
    if asked().count() == 0 {
        return;
    }
    let ratio: f64 = asked().map(|score| score.ratio.max(RATIO_MIN)).sum();
    let edits: usize = asked().map(|score| score.edits).sum();
    check.measure("ratio", ratio as f32);
    check.measure("ratio_near", ratio.max(RATIO_NEAR) as f32);
    check.measure("edits", edits as f32);
    if let Some(margin) = asked().filter_map(|score| score.margin).reduce(f64::min) {
        check.measure("margin", margin as f32);
    }
    let second: Vec<f32> = told.iter().flatten().filter_map(|told| told.second_prefers).collect();
    if !second.is_empty() {
        check.measure("second_prefers", second.iter().sum());
    }
}

/// How many characters nearer a second reading is to the claim than to the first reading.
fn prefers(second: &SecondReading, claimed: &Claimed, score: &Score) -> f32 {
    let claim = claimed.forms.get(score.form).map_or("", String::as_str);
    let length = claim.chars().count() as f32;
    let (to_claim, to_read) =
        (claim_agreement(claim, &second.text), claim_agreement(&score.read, &second.text));
    second.confidence * length * (to_claim - to_read)
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::claims::put::Put;
    use super::*;
    use crate::scoring::alphabet::Skips;

    const TEXTS: [&str; 5] = ["", "1", "2", "7", " "];

    /// A line that reads `text`; `doubt` is the probability of a 7 in place of each 1.
    fn line(text: &str, doubt: f32) -> LineProbabilities {
        let place = |c: char| TEXTS.iter().position(|t| t.chars().eq([c])).unwrap();
        let mut values = Vec::new();
        for own in text.chars().map(place).flat_map(|own| [own, 0]) {
            let mut row = [0.001_f32; TEXTS.len()];
            row[own] = 0.996;
            if own == 1 {
                (row[1], row[3]) = (0.997 - doubt, doubt);
            }
            values.extend(row.map(f32::ln));
        }
        LineProbabilities { classes: TEXTS.len(), values }
    }

    fn put(line: usize, claim: &str, chars: std::ops::Range<usize>) -> Put {
        let claimed = Claimed { forms: vec![claim.to_owned()], skips: Skips::Spaces, chars };
        Put { page: 0, line, claimed }
    }

    fn judge(puts: Vec<Put>, second: Option<&str>) -> (BTreeMap<String, f32>, usize) {
        let alphabet = Alphabet::new(&TEXTS.map(String::from));
        let looks = Cell::new(0);
        let see = |_: usize, at: usize| {
            looks.set(looks.get() + 1);
            [line("12 22", 0.4), line("21", 0.001)].get(at).cloned()
        };
        let reading = |text: &str| SecondReading { text: text.to_owned(), confidence: 1.0 };
        let second = |_: usize, _: usize| second.map(reading);
        let second_zone = &|_: &_| None;
        let picture = Picture { see: &see, alphabet: &alphabet, second: &second, second_zone };
        let answer = Answer { check: Check::passed("claim.x", 0.5), puts, if_true: None };
        let mut answers = [answer];
        picture.judge(&mut answers);
        (std::mem::take(&mut answers[0].check.measures), looks.get())
    }

    #[test]
    fn a_claim_is_measured_on_the_lines_that_were_taken_for_it() {
        let (none, looks) = judge(Vec::new(), None);
        assert!(none.is_empty() && looks == 0, "a claim that was read as it is costs nothing");
        let (misread, looks) = judge(vec![put(0, "72", 0..2), put(0, "22", 3..5)], None);
        assert_eq!(looks, 1, "both parts stand on one line");
        assert!((-1.5..0.0).contains(&misread["ratio"]), "{misread:?}");
        assert!(misread["edits"] == 1.0 && misread["margin"] < 0.0, "{misread:?}");
        let (changed, _) = judge(vec![put(1, "27", 0..2)], None);
        assert!(changed["ratio"] < -5.0 && !changed.contains_key("unasked"), "{changed:?}");
        let (both, _) = judge(vec![put(0, "72", 0..2), put(1, "27", 0..2)], None);
        assert!(both["ratio"] < changed["ratio"] && both["edits"] == 2.0, "{both:?}");
    }

    #[test]
    fn a_line_that_cannot_be_asked_is_said() {
        let (gone, _) = judge(vec![put(9, "12", 0..2)], None);
        assert_eq!(gone, BTreeMap::from([("unasked".to_owned(), 1.0)]));
        let (strange, _) = judge(vec![put(1, "€", 0..2), put(1, "21", 0..2)], None);
        assert_eq!((strange["unasked"], strange["edits"]), (1.0, 0.0));
    }

    #[test]
    fn the_second_reader_speaks_for_the_claim_or_against_it() {
        let cases = [("72 22", 1.0), ("12 22", -1.0), ("", 0.0), ("92 22", 0.0)];
        for (second, expected) in cases {
            let (measures, _) = judge(vec![put(0, "72", 0..2)], Some(second));
            assert!((measures["second_prefers"] - expected).abs() < 1e-3, "{second}: {measures:?}");
        }
        let (alone, _) = judge(vec![put(0, "72", 0..2)], None);
        assert!(!alone.contains_key("second_prefers"));
    }
}
