//! The part of a line where a claim is looked for: the words that were taken for it.
//!
//! Without it a claim would find itself anywhere on the line: the tax in place of the total.

use std::ops::Range;

use ivendor_models::recogniser::BLANK;

use super::alphabet::Alphabet;
use super::forward::likeliest;
use crate::reading::reader::LineProbabilities;

/// A run of the same class on the best path.
struct Run {
    steps: Range<usize>,
    class: usize,
}

/// The steps of `line` on which the characters `chars` of its text stand, with the rest of their
/// words and the blanks around; the whole line where there are no such characters.
pub(super) fn window(
    line: &LineProbabilities,
    alphabet: &Alphabet,
    chars: &Range<usize>,
) -> LineProbabilities {
    let runs = runs(line);
    let is_space = |run: &Run| alphabet.text(run.class).chars().all(char::is_whitespace);
    // The text of a line begins with its first character that is no space.
    let first = runs.iter().position(|run| !is_space(run)).unwrap_or(runs.len());
    let mut from = None;
    let mut to = None;
    let mut at = 0;
    for (index, run) in runs.iter().enumerate().skip(first) {
        let length = alphabet.text(run.class).chars().count();
        if at < chars.end && chars.start < at + length {
            from = from.or(Some(index));
            to = Some(index);
        }
        at += length;
    }
    let steps = line.values.len() / line.classes.max(1);
    let (Some(from), Some(to)) = (from, to) else { return line.clone() };
    let before = runs[..from].iter().rev().find(|run| is_space(run));
    let after = runs[to + 1..].iter().find(|run| is_space(run));
    let start = before.map_or(0, |run| run.steps.end);
    let end = after.map_or(steps, |run| run.steps.start);
    LineProbabilities {
        classes: line.classes,
        values: line.values[start * line.classes..end * line.classes].to_vec(),
    }
}

/// The characters of the best path, blanks left out.
fn runs(line: &LineProbabilities) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut last = BLANK;
    for (step, row) in line.values.chunks_exact(line.classes.max(1)).enumerate() {
        let (class, _) = likeliest(row);
        match runs.last_mut() {
            Some(run) if class == last && class != BLANK => run.steps.end = step + 1,
            _ if class != BLANK => runs.push(Run { steps: step..step + 1, class }),
            _ => {}
        }
        last = class;
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXTS: [&str; 6] = ["", "A", "B", "1", "2", " "];

    /// A line whose best path is `classes`, a step each.
    fn line(classes: &[usize]) -> LineProbabilities {
        let of = |own: usize, class: usize| if own == class { -0.1_f32 } else { -9.0 };
        let row = |own: &usize| (0..TEXTS.len()).map(|c| of(*own, c)).collect::<Vec<f32>>();
        let values = classes.iter().flat_map(row).collect();
        LineProbabilities { classes: TEXTS.len(), values }
    }

    #[test]
    fn the_window_is_the_words_that_hold_the_characters() {
        let alphabet = Alphabet::new(&TEXTS.map(String::from));
        // "_AAB 1_22 B": the text is "AB 12 B".
        let path = [0, 1, 1, 2, 5, 3, 0, 4, 4, 5, 2, 0];
        let cases = [
            ("the first word", 0..2, 0..4),
            ("a part of it", 1..2, 0..4),
            ("in the middle", 3..4, 5..9),
            ("two words", 1..4, 0..9),
            ("the last word", 6..7, 10..12),
            ("the space between two", 2..3, 0..9),
            ("none", 3..3, 0..12),
            ("beyond the end", 9..12, 0..12),
        ];
        for (name, chars, steps) in cases {
            assert_eq!(window(&line(&path), &alphabet, &chars), line(&path[steps]), "{name}");
        }
        assert_eq!(window(&line(&[]), &alphabet, &(0..2)), line(&[]));
        let spaced = line(&[5, 5, 1, 5, 3]);
        assert_eq!(window(&spaced, &alphabet, &(2..3)), line(&[3]), "leading spaces are no text");
    }
}
