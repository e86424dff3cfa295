//! The forward algorithm against every path of small tables.

use proptest::prelude::*;

use super::*;

/// A table of random rows over the alphabet `texts`.
fn table(texts: &[&str], weights: &[u8]) -> (Alphabet, LineProbabilities) {
    let classes = texts.len();
    let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
    let values = weights.chunks_exact(classes).flat_map(|row| {
        let sum: f32 = row.iter().map(|weight| f32::from(*weight)).sum();
        row.iter().map(move |weight| (f32::from(*weight) / sum).ln())
    });
    (Alphabet::new(&texts), LineProbabilities { classes, values: values.collect() })
}

fn ask(alphabet: &Alphabet, line: &LineProbabilities, claim: (&str, Skips)) -> Option<Place> {
    let pattern = alphabet.pattern(claim.0, claim.1)?;
    let mut columns = Columns::new(line, alphabet, claim.1);
    columns.gather(line, alphabet, &pattern.characters);
    forward(&columns, &pattern)
}

/// Calls `each` with every path and its probability.
fn paths(line: &LineProbabilities, mut each: impl FnMut(&[usize], f64)) {
    let steps = line.values.len() / line.classes;
    for number in 0..line.classes.pow(u32::try_from(steps).unwrap()) {
        let digit = |step: usize| number / line.classes.pow(step as u32) % line.classes;
        let path: Vec<usize> = (0..steps).map(digit).collect();
        let of = |(step, class): (usize, &usize)| line.values[step * line.classes + class];
        let log: f64 = path.iter().enumerate().map(of).map(f64::from).sum();
        each(&path, log.exp());
    }
}

/// What a path writes: sets, repeats and what is skipped left out.
fn written(alphabet: &Alphabet, path: &[usize], skips: Skips) -> Vec<SetId> {
    let mut sets: Vec<SetId> = path.iter().map(|class| alphabet.set_of(*class)).collect();
    sets.dedup();
    sets.retain(|set| !alphabet.is_skipped(*set, skips));
    sets
}

/// How often `claim` is a part of `text`.
fn occurrences(text: &[SetId], claim: &[SetId]) -> usize {
    text.windows(claim.len()).filter(|part| *part == claim).count()
}

fn brute_force(alphabet: &Alphabet, line: &LineProbabilities, (text, skips): (&str, Skips)) -> f64 {
    let claim = alphabet.pattern(text, skips).unwrap().characters;
    let mut sum = 0.0;
    paths(line, |path, probability| {
        let written = written(alphabet, path, skips);
        let count = occurrences(&written, &claim);
        sum += probability * count as f64;
    });
    sum
}

/// The alphabets are small; a space and a mark can be skipped.
const LETTERS: [&str; 3] = ["", "a", "b"];
const CASES: [&str; 4] = ["", "a", "A", "b"];
const SPACED: [&str; 4] = ["", "a", "-", " "];

fn rows(classes: usize) -> impl Strategy<Value = Vec<u8>> {
    (1_usize..=5).prop_flat_map(move |steps| prop::collection::vec(1_u8..=255, steps * classes))
}

fn text(letters: &'static str) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(letters.chars().collect::<Vec<_>>()), 1..=4)
        .prop_map(String::from_iter)
}

fn assert_exact(texts: &[&str], weights: &[u8], claim: (&str, Skips)) {
    let (alphabet, line) = table(texts, weights);
    let ours = ask(&alphabet, &line, claim).map_or(0.0, |place| place.log_probability.exp());
    let all = brute_force(&alphabet, &line, claim);
    assert!((ours - all).abs() < 1e-6, "{claim:?}: {ours} instead of {all}");
}

proptest! {
    #[test]
    fn the_sum_is_that_of_all_paths(weights in rows(3), claim in text("ab")) {
        assert_exact(&LETTERS, &weights, (&claim, Skips::Spaces));
    }

    #[test]
    fn both_cases_are_one_character(weights in rows(4), claim in text("aAb")) {
        assert_exact(&CASES, &weights, (&claim, Skips::Spaces));
    }

    #[test]
    fn what_is_skipped_counts_as_nothing(weights in rows(4), claim in text("a-")) {
        assert_exact(&SPACED, &weights, (&claim, Skips::Spaces));
        if claim.contains('a') {
            assert_exact(&SPACED, &weights, (&claim, Skips::Marks));
        }
    }

    #[test]
    fn a_number_is_not_cut_out_of_a_longer_one(weights in rows(4), claim in text("12")) {
        let texts = ["", "1", "2", "."];
        let (alphabet, line) = table(&texts, &weights);
        let [one, two, point] = [1, 2, 3].map(|class| alphabet.set_of(class));
        let sets = alphabet.pattern(&claim, Skips::Spaces).unwrap().characters;
        let beside = |mut text: &mut dyn Iterator<Item = &SetId>| {
            Iterator::find(&mut text, |set| **set != point)
                .is_some_and(|set| [one, two].contains(set))
        };
        let mut all = 0.0;
        paths(&line, |path, probability| {
            let text = written(&alphabet, path, Skips::Spaces);
            let free = (0..(text.len() + 1).saturating_sub(sets.len())).filter(|at| {
                let end = at + sets.len();
                text[*at..end] == sets
                    && !beside(&mut text[..*at].iter().rev())
                    && !beside(&mut text[end..].iter())
            });
            all += probability * free.count() as f64;
        });
        let ours = ask(&alphabet, &line, (&claim, Skips::Spaces));
        let ours = ours.map_or(0.0, |place| place.log_probability.exp());
        prop_assert!((ours - all).abs() < 1e-6, "{ours} instead of {all}");
    }

    #[test]
    fn no_single_path_is_likelier_than_all_together(weights in rows(3), claim in text("ab")) {
        let (alphabet, line) = table(&LETTERS, &weights);
        let pattern = alphabet.pattern(&claim, Skips::Spaces).unwrap();
        let mut best = 0.0_f64;
        paths(&line, |path, probability| {
            let written = written(&alphabet, path, Skips::Spaces);
            if occurrences(&written, &pattern.characters) > 0 {
                best = best.max(probability);
            }
        });
        let place = ask(&alphabet, &line, (&claim, Skips::Spaces));
        prop_assert!(place.map_or(0.0, |place| place.log_probability.exp()) >= best - 1e-9);
    }

    #[test]
    fn a_longer_claim_is_never_likelier_on_the_same_line(weights in rows(3), claim in text("ab")) {
        // Where a claim begins is where its beginning begins, so there are at most so many of it.
        let (alphabet, line) = table(&LETTERS, &weights);
        let of = |claim: &str| {
            let place = ask(&alphabet, &line, (claim, Skips::Spaces));
            place.map_or(0.0, |place| place.log_probability.exp())
        };
        let longer = format!("{claim}b");
        prop_assert!(of(&longer) <= of(&claim) + 1e-9);
    }

    #[test]
    fn any_numbers_give_a_place_on_the_line_or_none(
        values in prop::collection::vec(prop_oneof![
            Just(f32::NAN), Just(f32::INFINITY), Just(f32::NEG_INFINITY), any::<f32>()
        ], 0..40),
        claim in text("ab"),
    ) {
        let texts: Vec<String> = LETTERS.map(String::from).to_vec();
        let (alphabet, line) = (Alphabet::new(&texts), LineProbabilities { classes: 3, values });
        if let Some(place) = ask(&alphabet, &line, (&claim, Skips::Spaces)) {
            prop_assert!(!place.log_probability.is_nan());
            prop_assert!(place.steps.start < place.steps.end);
            prop_assert!(place.steps.end <= line.values.len() / 3);
        }
    }
}

/// Rows that write `path` with nearly all of their probability.
fn sharp(texts: &[&str], path: &[usize]) -> (Alphabet, LineProbabilities) {
    let row = |class: &usize| (0..texts.len()).map(|c| if c == *class { 250 } else { 1 }).collect();
    let weights: Vec<Vec<u8>> = path.iter().map(row).collect();
    table(texts, &weights.concat())
}

#[test]
fn the_place_is_where_the_claim_stands() {
    // "b ab a", a step each, with blanks around.
    let texts = ["", "a", "b", " "];
    let (alphabet, line) = sharp(&texts, &[0, 2, 3, 1, 1, 0, 2, 3, 1, 0]);
    let cases = [
        ("in the middle", "ab", Some(3..7)),
        ("with a space, the shorter one", "b a", Some(6..9)),
        ("the whole", "baba", Some(1..9)),
        ("too long", "abababababa", None),
    ];
    for (name, claim, steps) in cases {
        let place = ask(&alphabet, &line, (claim, Skips::Spaces));
        assert_eq!(place.map(|place| place.steps), steps, "{name}");
    }
}

#[test]
fn a_line_without_steps_or_columns_of_another_pattern_have_no_answer() {
    let (alphabet, line) = sharp(&LETTERS, &[]);
    assert_eq!(ask(&alphabet, &line, ("a", Skips::Spaces)), None);
    let (alphabet, line) = sharp(&LETTERS, &[1, 2]);
    let columns = Columns::new(&line, &alphabet, Skips::Spaces);
    let pattern = alphabet.pattern("a", Skips::Spaces).unwrap();
    assert_eq!(forward(&columns, &pattern), None);
}

#[test]
fn one_step_without_a_trace_of_the_claim_costs_no_more_than_the_floor() {
    let texts: Vec<String> = LETTERS.map(String::from).to_vec();
    let low = f32::NEG_INFINITY;
    let values = vec![0.0, low, low, low, 0.0, low, 0.0, low, low];
    let (alphabet, line) = (Alphabet::new(&texts), LineProbabilities { classes: 3, values });
    let of = |claim| ask(&alphabet, &line, (claim, Skips::Spaces)).unwrap();
    assert!(of("a").log_probability.abs() < 1e-6);
    assert!((of("b").log_probability - FLOOR.ln()).abs() < 2.0);
}
