//! How far two readings say the same, and how far a reading bears out what is claimed.
//!
//! Case, accents and spaces do not count, nor which of several look-alike marks was read: readers
//! differ in them although they see the same. Letters and digits do count, look-alikes too, for
//! that is what a second reader is asked about.

use crate::checks::claims::fold::fold;

/// Marks that are taken for one another; the first stands for all.
const MARKS: [&str; 7] = ["-‐‑‒–—―−~", ".,·•", ":;", "'‘’`´′", "\"“”″«»", "([{", ")]}"];

/// A character without what does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sign {
    folded: char,
    /// Whether no space stands before it.
    joined: bool,
}

fn signs(text: &str) -> Vec<Sign> {
    let mut signs = Vec::with_capacity(text.len());
    let mut joined = false;
    for c in text.chars() {
        let before = signs.len();
        let mut push = |folded| {
            signs.push(Sign { folded, joined });
            joined = true;
        };
        fold(c, &mut push);
        if c.is_whitespace() {
            joined = false;
        } else if signs.len() == before && !c.is_alphanumeric() {
            signs.push(Sign { folded: mark(c), joined });
            joined = true;
        }
    }
    signs
}

/// The mark that stands for `c`.
fn mark(c: char) -> char {
    let alike = MARKS.iter().find(|marks| marks.contains(c));
    alike.and_then(|marks| marks.chars().next()).unwrap_or(c)
}

/// How far two readings are the same text, 0–1: one less the edit distance (Levenshtein 1966) as a
/// share of the longer one's characters. Two readings of nothing are the same.
#[must_use]
pub fn agreement(first: &str, second: &str) -> f32 {
    let text = |text: &str| signs(text).iter().map(|sign| sign.folded).collect::<String>();
    strsim::normalized_levenshtein(&text(first), &text(second)) as f32
}

/// How far the part of `reading` that is nearest to `claim` is the same text, 0–1: one less the
/// edit distance to that part (Sellers 1980) as a share of the claim's characters.
///
/// What stands before and after the part is free, but a number is not cut: `9.00` is not borne out
/// by `19.00`. A claim of nothing is borne out by nothing.
#[must_use]
pub fn claim_agreement(claim: &str, reading: &str) -> f32 {
    let (claim, reading) = (signs(claim), signs(reading));
    if claim.is_empty() {
        return 0.0;
    }
    let cut = |at: usize| usize::from(is_inside_number(&reading, at));
    // costs[j]: of the claim so far against a part that ends before character j of the reading.
    let mut costs: Vec<usize> = (0..=reading.len()).map(cut).collect();
    for wanted in &claim {
        let mut diagonal = costs[0];
        costs[0] += 1;
        for (j, seen) in reading.iter().enumerate() {
            let replaced = diagonal + usize::from(seen.folded != wanted.folded);
            diagonal = costs[j + 1];
            costs[j + 1] = replaced.min(diagonal + 1).min(costs[j] + 1);
        }
    }
    let ends = costs.iter().enumerate().map(|(at, cost)| cost + cut(at));
    let least = ends.min().unwrap_or(claim.len()).min(claim.len());
    1.0 - least as f32 / claim.len() as f32
}

/// Whether a number goes on over the place before character `at`.
fn is_inside_number(signs: &[Sign], at: usize) -> bool {
    let sign = |at: Option<usize>| at.and_then(|at| signs.get(at));
    let is_digit = |at: Option<usize>| sign(at).is_some_and(|s| s.folded.is_ascii_digit());
    let is_joined = |at: Option<usize>| sign(at).is_some_and(|s| s.joined);
    let is_point = |at: Option<usize>| sign(at).is_some_and(|s| s.folded == '.');
    let (before, here, next) = (at.checked_sub(1), Some(at), Some(at + 1));
    let digits = is_digit(before) && is_digit(here);
    let point_here = is_digit(before) && is_point(here) && is_joined(next) && is_digit(next);
    let point_before =
        is_digit(at.checked_sub(2)) && is_point(before) && is_joined(before) && is_digit(here);
    is_joined(here) && (digits || point_here || point_before)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn assert_near(name: &str, value: f32, expected: f32) {
        assert!((value - expected).abs() < 1e-6, "{name}: {value}, not {expected}");
    }

    #[test]
    fn readings_agree_by_what_they_say_and_not_by_how_it_is_set() {
        let cases = [
            ("the same", "TOTAL 9.00", "TOTAL 9.00", 1.0),
            ("case", "Total", "TOTAL", 1.0),
            ("spaces", "BOOK TA .K", "BOOKTA.K", 1.0),
            ("accents", "Café", "CAFE", 1.0),
            ("dashes", "789417-W", "789417—W", 1.0),
            ("points", "9.00", "9,00", 1.0),
            ("quotes and brackets", "24\" (new) Tom's", "24” {new] Tom’s", 1.0),
            ("one digit of four", "1234", "1284", 0.75),
            ("a letter for a digit", "S0", "SO", 0.5),
            ("a lost point", "9.00", "900", 0.75),
            ("one lost of four", "ABCD", "ABC", 0.75),
            ("nothing alike", "ABC", "123", 0.0),
            ("one reads nothing", "ABC", " ", 0.0),
            ("both read nothing", "", " ", 1.0),
            ("other scripts", "東京 12", "東京12", 1.0),
        ];
        for (name, first, second, expected) in cases {
            assert_near(name, agreement(first, second), expected);
        }
    }

    #[test]
    fn a_claim_is_borne_out_by_the_nearest_part_of_a_reading() {
        let cases = [
            ("the whole", "9.00", "9.00", 1.0),
            ("a part", "9.00", "TOTAL RM 9.00 CASH", 1.0),
            ("a part without spaces", "9.00", "TOTAL:RM9.00CASH", 1.0),
            ("case and spaces", "Corner Shop", "THE CORNERSHOP LTD", 1.0),
            ("a misread digit", "9.00", "TOTAL 8.00", 0.75),
            ("the end of a number", "9.00", "TOTAL 19.00", 0.75),
            ("the beginning of a number", "9.00", "TOTAL 9.005", 0.75),
            ("behind thousands", "500.00", "1,500.00", 5.0 / 6.0),
            ("before cents", "1500", "1500.75", 0.75),
            ("beside a number", "9.00", "2 9.00 3", 1.0),
            ("at the end of a sentence", "2026", "in 2026.", 1.0),
            ("a shorter reading", "ABCD", "AB", 0.5),
            ("nothing alike", "ABC", "1234567", 0.0),
            ("nothing read", "ABC", "", 0.0),
            ("nothing claimed", " ", "ABC", 0.0),
        ];
        for (name, claim, reading, expected) in cases {
            assert_near(name, claim_agreement(claim, reading), expected);
        }
    }

    proptest! {
        #[test]
        fn agreement_is_mutual_and_whole_with_itself(first in ".{0,40}", second in ".{0,40}") {
            let both = agreement(&first, &second);
            prop_assert!((0.0..=1.0).contains(&both));
            prop_assert_eq!(both, agreement(&second, &first));
            prop_assert_eq!(agreement(&first, &first), 1.0);
        }

        #[test]
        fn a_claim_between_other_words_is_borne_out_in_full(
            claim in "[a-zA-Z0-9]{1,20}", before in ".{0,20}", after in ".{0,20}"
        ) {
            prop_assert_eq!(claim_agreement(&claim, &format!("{before} {claim} {after}")), 1.0);
        }

        #[test]
        fn one_wrong_character_costs_one_at_most(
            claim in "[A-Z]{2,20}", at in 0_usize..20, wrong in "[0-9]"
        ) {
            let at = at % claim.len();
            let reading = format!("{}{wrong}{}", &claim[..at], &claim[at + 1..]);
            let found = claim_agreement(&claim, &reading);
            let expected = 1.0 - 1.0 / claim.len() as f32;
            prop_assert!((found - expected).abs() < 1e-6, "{found} {reading}");
        }

        #[test]
        fn any_texts_give_a_share(claim in ".{0,60}", reading in ".{0,60}") {
            prop_assert!((0.0..=1.0).contains(&claim_agreement(&claim, &reading)));
        }
    }
}
