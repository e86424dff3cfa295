//! The claim beside the reading of the same place.
//!
//! [`Score::ratio`] is the log-probability of the claim less that of the best path through the
//! same steps. Near 0, and above it (the claim's cases are added up, those of the path are not),
//! the picture shows the claim as clearly as anything: what was read may differ from it, but then
//! the reader was not sure. Each character that the picture denies takes from it: on 600 lines of
//! scanned receipts one changed character took 15 in the median, and less than 5 in one line of
//! two hundred, while 98 % of the true lines lay above. It is no probability: how much it weighs
//! against a claim is for a fit on labelled lines to say.

use std::ops::Range;

use ivendor_models::timing;

use super::alphabet::{Alphabet, Pattern, SetId, Skips};
use super::forward::{Columns, Place, forward};
use super::window::window;
use crate::reading::reader::LineProbabilities;

/// Digits of a claim that are exchanged in search of a rival; a longer number has none.
const RIVAL_DIGITS_MAX: usize = 16;

/// A claim, or the part of it that is to stand on one line, and where on the line.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// All the ways in which the value may be written; the best counts. See [`super::forms`].
    pub forms: Vec<String>,
    /// What may stand between its characters.
    pub skips: Skips,
    /// The characters of the line's text that were taken for it. The words that they are part of
    /// are where it is looked for.
    pub chars: Range<usize>,
}

/// What the picture says of a claim.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// The form that fits best, an index into [`Claimed::forms`].
    pub form: usize,
    /// The natural logarithm of the claim's probability on the line.
    pub log_probability: f64,
    /// The same less that of the best path through the same steps; near 0 the claim is as good a
    /// reading as the best, far below 0 the picture shows something else.
    pub ratio: f64,
    /// The log-probability of the claim less that of the likeliest claim with one other digit;
    /// below 0 the picture prefers the other one. `None` where the claim is what was read, has no
    /// digits or too many.
    pub margin: Option<f64>,
    /// What the best path reads at the place.
    pub read: String,
    /// Characters by which the reading differs from the claim: case, what is skipped and kinds of
    /// dashes aside.
    pub edits: usize,
}

/// Puts a claim to a line; `None` where the alphabet lacks characters of all of its forms, or
/// where none of them has room on the line.
#[must_use]
pub fn score(line: &LineProbabilities, alphabet: &Alphabet, claimed: &Claimed) -> Option<Score> {
    timing::measure("claim forward", 0, || {
        let line = &window(line, alphabet, &claimed.chars);
        let mut columns = Columns::new(line, alphabet, claimed.skips);
        let mut best: Option<(usize, Pattern, Place, f64)> = None;
        for (form, text) in claimed.forms.iter().enumerate() {
            let Some(pattern) = alphabet.pattern(text, claimed.skips) else { continue };
            columns.gather(line, alphabet, &pattern.characters);
            let Some(place) = forward(&columns, &pattern) else { continue };
            let best_path = columns.best_path(&place.steps);
            let ratio = place.log_probability - best_path;
            if best.as_ref().is_none_or(|(.., other)| ratio > *other) {
                best = Some((form, pattern, place, ratio));
            }
        }
        let (form, pattern, place, ratio) = best?;
        let classes = columns.read(&place.steps);
        let read: String = classes.iter().map(|class| alphabet.text(*class)).collect();
        let sets = classes.iter().map(|class| alphabet.set_of(*class));
        let sets: Vec<SetId> =
            sets.filter(|set| !alphabet.is_skipped(*set, claimed.skips)).collect();
        // Levenshtein (1966).
        let edits = strsim::generic_levenshtein(&sets, &pattern.characters);
        let asked = (edits > 0).then_some(&pattern);
        let margin = asked
            .and_then(|pattern| rival(line, alphabet, &mut columns, pattern))
            .map(|rival| place.log_probability - rival);
        Some(Score {
            form,
            log_probability: place.log_probability,
            ratio,
            margin,
            read: read.trim().to_owned(),
            edits,
        })
    })
}

/// The log-probability of the likeliest claim that has another digit in one place.
fn rival(
    line: &LineProbabilities,
    alphabet: &Alphabet,
    columns: &mut Columns,
    pattern: &Pattern,
) -> Option<f64> {
    let digits = alphabet.digits();
    let places: Vec<usize> = (0..pattern.length())
        .filter(|place| digits.contains(&pattern.characters[*place]))
        .collect();
    if places.len() > RIVAL_DIGITS_MAX {
        return None;
    }
    columns.gather(line, alphabet, &digits);
    let mut other = pattern.clone();
    let mut best: Option<f64> = None;
    for place in places {
        let own = pattern.characters[place];
        for digit in digits.iter().filter(|digit| **digit != own) {
            other.characters[place] = *digit;
            let found = forward(columns, &other).map(|place| place.log_probability);
            best = best.into_iter().chain(found).reduce(f64::max);
        }
        other.characters[place] = own;
    }
    best
}

#[cfg(test)]
mod tests;
