//! Bag-of-words scores: how much of the text was read, whatever its order and layout.
//!
//! A word is a run of `0-9a-z` in the lower-cased text. The micro score adds up the counts of all
//! documents before it divides; the macro score is the mean of the documents' scores.

use std::collections::BTreeMap;
use std::iter::Sum;
use std::ops::Add;

use serde::{Deserialize, Serialize};

/// The words of `text`.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !(c.is_ascii_digit() || c.is_ascii_lowercase()))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The words of many lines.
#[must_use]
pub fn words_of<S: AsRef<str>>(lines: &[S]) -> Vec<String> {
    lines.iter().flat_map(|line| words(line.as_ref())).collect()
}

/// Word counts of one document or of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Words that were read and are in the truth, each as often as it is in both.
    pub matched: u64,
    /// Words that were read.
    pub read: u64,
    /// Words of the truth.
    pub truth: u64,
}

/// Precision, recall and their harmonic mean, 0–1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Scores {
    /// The share of the words read that are in the truth.
    pub precision: f64,
    /// The share of the truth that was read.
    pub recall: f64,
    /// Their harmonic mean.
    pub f1: f64,
}

/// The words in which a reading differs from the truth, sorted, each as often as it differs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Difference {
    /// In the truth and not read.
    pub missing: Vec<String>,
    /// Read and not in the truth.
    pub extra: Vec<String>,
}

impl Tally {
    /// Counts the words of one document.
    #[must_use]
    pub fn of(read: &[String], truth: &[String]) -> Self {
        let (a, b) = (counts(read), counts(truth));
        let both = |(word, n): (&&str, &u64)| b.get(*word).map_or(0, |m| *n.min(m));
        Self {
            matched: a.iter().map(both).sum(),
            read: read.len() as u64,
            truth: truth.len() as u64,
        }
    }

    /// The scores of these counts. No words at all score 0.
    #[must_use]
    pub fn scores(&self) -> Scores {
        let precision = self.matched as f64 / self.read.max(1) as f64;
        let recall = self.matched as f64 / self.truth.max(1) as f64;
        let f1 = 2.0 * precision * recall / (precision + recall).max(1e-9);
        Scores { precision, recall, f1 }
    }
}

impl Add for Tally {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            matched: self.matched + other.matched,
            read: self.read + other.read,
            truth: self.truth + other.truth,
        }
    }
}

impl Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), Add::add)
    }
}

/// The mean of the documents' scores.
#[must_use]
pub fn macro_scores(tallies: &[Tally]) -> Scores {
    let n = tallies.len().max(1) as f64;
    let mean = |of: fn(&Scores) -> f64| {
        let sum: f64 = tallies.iter().map(|tally| of(&tally.scores())).sum();
        sum / n
    };
    Scores { precision: mean(|s| s.precision), recall: mean(|s| s.recall), f1: mean(|s| s.f1) }
}

/// The words that differ.
#[must_use]
pub fn difference(read: &[String], truth: &[String]) -> Difference {
    Difference { missing: less(truth, read), extra: less(read, truth) }
}

/// The words of `a` without those of `b`, as multisets.
fn less(a: &[String], b: &[String]) -> Vec<String> {
    let taken = counts(b);
    let surplus = |(word, n): (&str, u64)| {
        let left = n.saturating_sub(taken.get(word).copied().unwrap_or(0));
        (0..left).map(move |_| word.to_owned()).collect::<Vec<_>>()
    };
    counts(a).into_iter().flat_map(surplus).collect()
}

fn counts(words: &[String]) -> BTreeMap<&str, u64> {
    let mut counts = BTreeMap::new();
    for word in words {
        *counts.entry(word.as_str()).or_insert(0) += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_are_runs_of_lower_case_letters_and_digits() {
        let cases: [(&str, &str, &[&str]); 6] = [
            ("nothing", "", &[]),
            ("only marks", "-- / **", &[]),
            ("amount", "RM 9.00", &["rm", "9", "00"]),
            ("joined marks", "NO.53 55,57 & 59", &["no", "53", "55", "57", "59"]),
            ("letters beyond ASCII part words", "Café au lait", &["caf", "au", "lait"]),
            ("the Kelvin sign is a k when lowered", "\u{212A}G", &["kg"]),
        ];
        for (name, text, expected) in cases {
            assert_eq!(words(text), expected, "{name}");
        }
    }

    #[test]
    fn scores_are_those_worked_out_by_hand() {
        let cases = [
            ("equal", "a b c", "c b a", (3, 3, 3), (1.0, 1.0, 1.0)),
            ("nothing read", "", "a b", (0, 0, 2), (0.0, 0.0, 0.0)),
            ("nothing to read", "a", "", (0, 1, 0), (0.0, 0.0, 0.0)),
            ("both empty", "", "", (0, 0, 0), (0.0, 0.0, 0.0)),
            ("a repeat counts once", "a a a", "a b", (1, 3, 2), (1.0 / 3.0, 0.5, 0.4)),
            ("half", "a b x y", "a b c d", (2, 4, 4), (0.5, 0.5, 0.5)),
        ];
        for (name, read, truth, (matched, n, m), (p, r, f1)) in cases {
            let tally = Tally::of(&words(read), &words(truth));
            assert_eq!(tally, Tally { matched, read: n, truth: m }, "{name}");
            let scores = tally.scores();
            for (got, expected) in [(scores.precision, p), (scores.recall, r), (scores.f1, f1)] {
                assert!((got - expected).abs() < 1e-12, "{name}: {scores:?}");
            }
        }
    }

    #[test]
    fn hard_texts_score_as_the_measure_that_peers_are_held_to() {
        // Worked out with Python's `re.split(r'[^0-9a-z]+', text.lower())` and `Counter`.
        let cases = [
            ("\u{130}STANBUL Stra\u{df}e \u{fb01}ne", "istanbul strasse fine", (0, 5, 3), 0.0),
            ("TOTAL: RM9.00 (GST 6%)", "Total RM 9.00 gst 6%", (4, 5, 6), 0.727_273),
            ("\u{ff11}\u{ff12} 12 \u{2460}", "12 12", (1, 1, 2), 0.666_667),
            ("a-a-A b_b", "A a\tb\u{a0}c", (3, 5, 4), 0.666_667),
            ("\u{3a3}A\u{3a3} x\u{b2} H\u{2082}O", "x2 h2o", (0, 4, 2), 0.0),
        ];
        for (read, truth, (matched, n, m), f1) in cases {
            let tally = Tally::of(&words(read), &words(truth));
            assert_eq!(tally, Tally { matched, read: n, truth: m }, "{read}");
            assert!((tally.scores().f1 - f1).abs() < 1e-6, "{read}");
        }
    }

    #[test]
    fn micro_adds_the_counts_and_macro_the_scores() {
        let perfect = Tally { matched: 1, read: 1, truth: 1 };
        let poor = Tally { matched: 3, read: 9, truth: 9 };
        let micro: Tally = [perfect, poor].into_iter().sum();
        assert!((micro.scores().f1 - 0.4).abs() < 1e-12);
        assert!((macro_scores(&[perfect, poor]).f1 - (1.0 + 1.0 / 3.0) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn the_difference_names_each_word_as_often_as_it_differs() {
        let found = difference(&words("tota1 9 00 00"), &words("total total 9 00"));
        assert_eq!(found.missing, ["total", "total"]);
        assert_eq!(found.extra, ["00", "tota1"]);
    }

    proptest! {
        #[test]
        fn counts_and_differences_agree(read in "[abc 1]{0,40}", truth in "[abc 1]{0,40}") {
            let (read, truth) = (words(&read), words(&truth));
            let tally = Tally::of(&read, &truth);
            let difference = difference(&read, &truth);
            prop_assert_eq!(tally.matched + difference.extra.len() as u64, tally.read);
            prop_assert_eq!(tally.matched + difference.missing.len() as u64, tally.truth);
        }
    }
}
