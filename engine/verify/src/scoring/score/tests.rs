//! Lines of known content, more or less sharp.

use super::*;

const TEXTS: [&str; 15] =
    ["", "T", "O", "A", "L", "1", "2", "3", "8", "0", ".", "5", "7", "o", " "];

fn class(text: char) -> usize {
    TEXTS.iter().position(|t| t.chars().eq([text])).unwrap()
}

/// A line that reads `text`, a step each and a blank between; at the places in `doubts` another
/// character has the given probability.
fn line(text: &str, doubts: &[(usize, char, f32)]) -> LineProbabilities {
    let classes = TEXTS.len();
    let mut values = Vec::new();
    for (at, c) in text.chars().enumerate() {
        for own in [class(c), 0] {
            let sure = 1.0 - 1e-4 * (classes - 1) as f32;
            let mut row = vec![1e-4_f32; classes];
            row[own] = sure;
            if let Some((_, other, p)) = doubts.iter().find(|d| d.0 == at && own != 0) {
                row[own] = sure - p;
                row[class(*other)] = *p;
            }
            values.extend(row.iter().map(|p| p.ln()));
        }
    }
    LineProbabilities { classes, values }
}

fn ask(line: &LineProbabilities, forms: &[&str]) -> Option<Score> {
    let alphabet = Alphabet::new(&TEXTS.map(String::from));
    let forms: Vec<String> = forms.iter().map(|form| (*form).to_owned()).collect();
    score(line, &alphabet, &Claimed { forms, skips: Skips::Spaces, chars: 0..0 })
}

#[test]
fn a_misread_character_costs_little_and_a_changed_one_much() {
    // The reader says 33.80, but is not sure of the second 3.
    let line = line("TOTAL 33.80", &[(7, '8', 0.4)]);
    let read = ask(&line, &["33.80"]).unwrap();
    let misread = ask(&line, &["38.80"]).unwrap();
    let changed = ask(&line, &["37.80"]).unwrap();
    assert!(read.ratio.abs() < 0.2, "{read:?}");
    assert!((-1.0..0.0).contains(&misread.ratio), "{misread:?}");
    assert!(changed.ratio < -5.0, "{changed:?}");
    assert_eq!((read.edits, misread.edits, changed.edits), (0, 1, 1));
    assert_eq!(misread.read, "33.80");
    assert!(read.margin.is_none() && misread.margin.unwrap() < 0.0, "{misread:?}");
    assert!(misread.margin.unwrap() > changed.margin.unwrap(), "{changed:?}");
}

#[test]
fn the_best_form_counts() {
    let line = line("TOTAL 1250", &[]);
    let score = ask(&line, &["€", "12.50", "1250", "1.250"]).unwrap();
    assert_eq!((score.form, score.edits), (2, 0));
    assert!(score.ratio.abs() < 0.2, "{score:?}");
}

#[test]
fn a_part_of_a_number_is_not_the_number() {
    let line = line("TOTAL 1250", &[]);
    let score = ask(&line, &["250"]).unwrap();
    assert!(score.ratio < -4.0, "{score:?}");
}

#[test]
fn a_claim_is_looked_for_where_its_value_was_found() {
    let line = line("1.25 80", &[]);
    let alphabet = Alphabet::new(&TEXTS.map(String::from));
    let ask = |chars| {
        let claimed = Claimed { forms: vec!["1.25".into()], skips: Skips::Spaces, chars };
        score(&line, &alphabet, &claimed)
    };
    assert_eq!(ask(0..4).map(|score| score.edits), Some(0));
    assert!(ask(5..7).is_none_or(|score| score.ratio < -10.0), "{:?}", ask(5..7));
}

#[test]
fn a_claim_that_cannot_be_put_to_the_line_has_no_score() {
    let sharp = line("TOTAL 12", &[]);
    let cases: [(&str, &LineProbabilities, &[&str]); 4] = [
        ("no form", &sharp, &[]),
        ("no characters", &sharp, &["€", ""]),
        ("no room", &sharp, &["TOTALTOTALTOTALTOTAL"]),
        ("no steps", &LineProbabilities { classes: TEXTS.len(), values: Vec::new() }, &["12"]),
    ];
    for (name, line, forms) in cases {
        assert_eq!(ask(line, forms), None, "{name}");
    }
    let words = ask(&sharp, &["TOTAL"]).unwrap();
    assert_eq!(words.margin, None);
}
