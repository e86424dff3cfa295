//! The forward algorithm of CTC (Graves et al. 2006): the probability of a text on a line, summed
//! over all the ways in which the steps of the line may write it.
//!
//! Any text may stand before and after the claim; but a number is not cut out of a longer one.
//! What is computed is how often the claim is expected on the line: its probability, where there
//! is room for it only once. Since the steps are independent of one another given the image, all
//! texts before a place together have probability one, and so have all texts after it: a claim
//! inside a longer line costs no more than its own steps.
//!
//! Everything is in natural logarithms; an impossible event is `-inf`.

use std::collections::HashMap;
use std::ops::Range;

use super::alphabet::{Alphabet, BLANK_SET, DIGIT_SET, Pattern, SEPARATOR_SET, SetId, Skips};
use crate::reading::reader::LineProbabilities;

/// The least probability of a set at a step: below it the recogniser's figures mean nothing, and
/// one such step must not outweigh all others.
const FLOOR: f64 = 1e-9;

/// The log-probabilities of a line, gathered by sets of classes.
#[derive(Debug)]
pub(super) struct Columns {
    steps: usize,
    of_set: HashMap<SetId, Vec<f64>>,
    digits: Vec<SetId>,
    /// The likeliest class of each step and its log-probability.
    best: Vec<(usize, f64)>,
}

impl Columns {
    /// The columns of `line` that every pattern with `skips` needs; [`Columns::gather`] adds the
    /// others.
    pub(super) fn new(line: &LineProbabilities, alphabet: &Alphabet, skips: Skips) -> Self {
        let rows = line.values.chunks_exact(line.classes.max(1));
        let best: Vec<(usize, f64)> = rows.map(likeliest).collect();
        let (of_set, digits) = (HashMap::new(), alphabet.digits());
        let mut columns = Self { steps: best.len(), of_set, digits, best };
        let shared = [BLANK_SET, DIGIT_SET, SEPARATOR_SET, skips.set()];
        columns.gather(line, alphabet, &shared);
        columns
    }

    /// Adds the columns of `sets` that are not there yet.
    pub(super) fn gather(&mut self, line: &LineProbabilities, alphabet: &Alphabet, sets: &[SetId]) {
        for set in sets {
            self.of_set.entry(*set).or_insert_with(|| {
                let rows = line.values.chunks_exact(line.classes.max(1));
                rows.map(|row| together(row, alphabet.set(*set))).collect()
            });
        }
    }

    /// The log-probability of the likeliest class at each of `steps`, added up: the best path.
    pub(super) fn best_path(&self, steps: &Range<usize>) -> f64 {
        self.best[steps.clone()].iter().map(|(_, best)| best.max(FLOOR.ln())).sum()
    }

    /// The classes of the best path in `steps`, repeats and blanks left out.
    pub(super) fn read(&self, steps: &Range<usize>) -> Vec<usize> {
        let mut classes: Vec<usize> = self.best[steps.clone()].iter().map(|best| best.0).collect();
        classes.dedup();
        classes.retain(|class| *class != ivendor_models::recogniser::BLANK);
        classes
    }

    /// `None` where the set was not gathered.
    fn of(&self, set: SetId) -> Option<&[f64]> {
        self.of_set.get(&set).map(Vec::as_slice)
    }

    fn is_digit(&self, set: SetId) -> bool {
        self.digits.contains(&set)
    }

    /// Before each step, on the way towards the claim: that no digit stands there that belongs to
    /// the claim's number, neither right beside it nor behind a point or comma.
    fn numbers(&self, order: impl Iterator<Item = usize>) -> Option<Vec<f64>> {
        let of = |set: SetId| self.of(set);
        let (blank, digit, separator) = (of(BLANK_SET)?, of(DIGIT_SET)?, of(SEPARATOR_SET)?);
        // Seen from the claim: that what is left is harmless at first, and behind a separator.
        let (mut beside, mut behind) = (1.0_f64, 1.0_f64);
        let free = order.map(|step| {
            let free = beside.ln();
            let [blank, digit, separator] = [blank, digit, separator].map(|set| set[step].exp());
            let other = (1.0 - blank - digit - separator).max(0.0);
            beside = blank * beside + separator * behind + other;
            behind = (blank + separator) * behind + other;
            free
        });
        Some(free.collect())
    }
}

/// The likeliest class of a step; values that are no numbers are passed over.
pub(super) fn likeliest(row: &[f32]) -> (usize, f64) {
    let mut best = (0, f32::NEG_INFINITY);
    for (class, value) in row.iter().enumerate() {
        if *value > best.1 {
            best = (class, *value);
        }
    }
    (best.0, f64::from(best.1).min(0.0))
}

/// The log-probability of several classes together.
fn together(row: &[f32], classes: &[u32]) -> f64 {
    let values = classes.iter().filter_map(|class| row.get(*class as usize));
    let sum: f64 = values.map(|value| f64::from(*value).exp()).filter(|p| !p.is_nan()).sum();
    sum.clamp(FLOOR, 1.0).ln()
}

/// How likely a pattern is, and where its likeliest path lies.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    /// Of all paths together.
    pub(super) log_probability: f64,
    /// The steps from the first to the last character on the likeliest path.
    pub(super) steps: Range<usize>,
}

/// All paths that end in a state at a step.
#[derive(Debug, Clone, Copy)]
struct Cell {
    sum: f64,
    /// The likeliest of them, and the step at which its first character began.
    best: f64,
    start: usize,
}

impl Cell {
    const IMPOSSIBLE: Self = Self { sum: f64::NEG_INFINITY, best: f64::NEG_INFINITY, start: 0 };

    fn or(self, other: Self) -> Self {
        let likelier = if other.best > self.best { other } else { self };
        Self { sum: log_add(self.sum, other.sum), ..likelier }
    }

    fn and(self, log_probability: f64) -> Self {
        Self { sum: self.sum + log_probability, best: self.best + log_probability, ..self }
    }
}

/// `ln(exp(a) + exp(b))`
fn log_add(a: f64, b: f64) -> f64 {
    /// What is smaller by this much is lost in the rounding.
    const LOST: f64 = 40.0;
    let (high, low) = if a >= b { (a, b) } else { (b, a) };
    if low > high - LOST { high + (low - high).exp().ln_1p() } else { high }
}

/// The log-probability of `pattern` on a line, and its place; `None` where the line has too few
/// steps for it, or where the columns are those of another pattern.
pub(super) fn forward(columns: &Columns, pattern: &Pattern) -> Option<Place> {
    let characters = &pattern.characters;
    let emitted: Vec<&[f64]> =
        characters.iter().map(|set| columns.of(*set)).collect::<Option<_>>()?;
    let skipped = columns.of(pattern.skips.set())?;
    let (lead, tail) = surroundings(columns, pattern)?;
    // The gap before a character is a state of its own; that before the first one is the lead.
    let mut at = vec![Cell::IMPOSSIBLE; characters.len()];
    let mut gap = at.clone();
    let mut end = (Cell::IMPOSSIBLE, 0);
    for step in 0..columns.steps {
        let enter = Cell { sum: lead[step], best: lead[step], start: step };
        // Counting down, the character before still has its value of the last step.
        for i in (0..characters.len()).rev() {
            let mut from = at[i].or(gap[i]);
            if i > 0 && characters[i] != characters[i - 1] {
                from = from.or(at[i - 1]);
            }
            if i == 0 {
                from = from.or(enter);
            }
            gap[i] = match i {
                0 => Cell::IMPOSSIBLE,
                _ => gap[i].or(at[i - 1]).and(skipped[step]),
            };
            at[i] = from.and(emitted[i][step]);
        }
        let ended = at[characters.len() - 1].and(tail[step]);
        let last = if ended.best > end.0.best { step } else { end.1 };
        end = (end.0.or(ended), last);
    }
    let (cell, last) = end;
    (cell.best > f64::NEG_INFINITY)
        .then(|| Place { log_probability: cell.sum, steps: cell.start..last + 1 })
}

/// For each step: the log-probability of all that may come before a first character that begins
/// there, and of all that may come after a last character that ends there.
fn surroundings(columns: &Columns, pattern: &Pattern) -> Option<(Vec<f64>, Vec<f64>)> {
    let steps = columns.steps;
    let (first, last) = (*pattern.characters.first()?, *pattern.characters.last()?);
    let lead = match columns.is_digit(first) {
        true => columns.numbers(0..steps)?,
        false => once(columns.of(first)?.iter().copied()),
    };
    let mut tail = match columns.is_digit(last) {
        true => columns.numbers((0..steps).rev())?,
        false => once(columns.of(last)?.iter().rev().copied()),
    };
    tail.reverse();
    Some((lead, tail))
}

/// For each step: that the one before it was not `set`, so that a run of it may begin here.
fn once(set: impl Iterator<Item = f64>) -> Vec<f64> {
    let before =
        set.scan(0.0, |other, value| Some(std::mem::replace(other, (-value.exp()).ln_1p())));
    before.collect()
}

#[cfg(test)]
mod tests;
