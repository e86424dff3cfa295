//! Claims that are wrong but could be believed.

use jiff::ToSpan;
use jiff::civil::Date;

use super::Truth;
use super::money::plain;
use super::rng::Rng;
use super::words;
use crate::profile::{ClaimKind, profile};

/// Tries until a lie differs from the truth; each fails by chance only.
const TRIES: u64 = 64;

/// A claim of `truth` with another value than the true one: another amount of the same page, a
/// digit changed or two swapped, another day, another company, another house number. A lie is
/// wrong in every reading of the page: the day of an ambiguous date is never just swapped with
/// its month. `None` where the truth has no claim to lie about.
#[must_use]
pub fn false_claim(truth: &Truth, seed: u64) -> Option<(String, String)> {
    let mut rng = Rng::new(seed);
    let keys: Vec<&String> = truth.claims.keys().collect();
    (0..TRIES).find_map(|_| {
        let key = keys.get(rng.below(keys.len()))?;
        let lie = lie(truth, key, &mut rng)?;
        differs(kind(truth, key), &truth.claims[*key], &lie).then(|| ((*key).clone(), lie))
    })
}

fn kind(truth: &Truth, key: &str) -> ClaimKind {
    profile(&truth.document_type).map_or(ClaimKind::Text, |profile| profile.claim(key).kind)
}

/// One attempt, which may fail or fall on the truth.
fn lie(truth: &Truth, key: &str, rng: &mut Rng) -> Option<String> {
    let value = &truth.claims[key];
    let near = truth.neighbours.get(key).map(Vec::as_slice).unwrap_or_default();
    if !near.is_empty() && rng.chance(45) {
        return Some(near[rng.below(near.len())].clone());
    }
    match kind(truth, key) {
        ClaimKind::Money => match rng.below(4) {
            0 => swapped(value, rng),
            1 => Some(plain(cents(value)? * 10)),
            _ => Some(other_digit(value, rng)),
        },
        ClaimKind::Date => other_day(value, rng),
        ClaimKind::Identifier | ClaimKind::Address => match rng.below(3) {
            0 => swapped(value, rng),
            _ => Some(other_digit(value, rng)),
        },
        ClaimKind::Name | ClaimKind::Text => Some(other_name(value, rng)),
    }
}

fn digits(value: &str) -> Vec<usize> {
    value.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect()
}

/// `value` with one digit changed; the first never becomes 0.
fn other_digit(value: &str, rng: &mut Rng) -> String {
    let places = digits(value);
    let mut bytes = value.to_owned().into_bytes();
    if let Some(&at) = places.get(rng.below(places.len())) {
        let old = i64::from(bytes[at] - b'0');
        let mut new = (old + rng.between(1, 9)) % 10;
        if new == 0 && places[0] == at {
            new = (old % 9) + 1;
        }
        bytes[at] = b'0' + new as u8;
    }
    String::from_utf8(bytes).unwrap_or_default()
}

/// `value` with two neighbouring digits swapped, where two differ.
fn swapped(value: &str, rng: &mut Rng) -> Option<String> {
    let bytes = value.as_bytes();
    let places: Vec<usize> = (1..bytes.len())
        .filter(|&at| bytes[at - 1].is_ascii_digit() && bytes[at].is_ascii_digit())
        .filter(|&at| bytes[at - 1] != bytes[at] && !(at == 1 && bytes[at] == b'0'))
        .collect();
    let at = *places.get(rng.below(places.len()))?;
    let mut bytes = bytes.to_vec();
    bytes.swap(at - 1, at);
    String::from_utf8(bytes).ok()
}

fn other_day(value: &str, rng: &mut Rng) -> Option<String> {
    let day: Date = value.parse().ok()?;
    let sign = if rng.chance(50) { 1 } else { -1 };
    let moved = match rng.below(4) {
        0 => day.checked_add((sign * 12).months()),
        1 => day.checked_add((sign * rng.between(1, 4)).months()),
        2 => day.checked_add((sign * 10).days()),
        _ => day.checked_add((sign * rng.between(1, 9)).days()),
    };
    Some(moved.ok()?.to_string())
}

/// `value` with its invented name, or else its longest word, replaced by another name.
pub(crate) fn other_name(value: &str, rng: &mut Rng) -> String {
    let longest = value.split_whitespace().max_by_key(|word| word.len()).unwrap_or(value);
    let old = value.split_whitespace().find(|word| words::is_name(word)).unwrap_or(longest);
    value.replacen(old, &words::name(rng), 1)
}

/// Whether `lie` cannot be taken for `value`.
fn differs(kind: ClaimKind, value: &str, lie: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    match kind {
        ClaimKind::Money => match (cents(value), cents(lie)) {
            (Some(value), Some(lie)) => value != lie && lie > 0,
            _ => false,
        },
        ClaimKind::Date => match (numbers(value), numbers(lie)) {
            (Some(value), Some(lie)) => value != lie,
            _ => false,
        },
        _ => letters(value) != letters(lie) && !letters(lie).is_empty(),
    }
}

/// A plain amount in cents.
fn cents(value: &str) -> Option<i64> {
    let (whole, part) = value.split_once('.')?;
    Some(whole.parse::<i64>().ok()? * 100 + part.parse::<i64>().ok()?)
}

/// Day, month and year without its century, in order of size: what any reading of a date's
/// digits has in common.
fn numbers(value: &str) -> Option<[i16; 3]> {
    let date: Date = value.parse().ok()?;
    let mut numbers = [i16::from(date.day()), i16::from(date.month()), date.year() % 100];
    numbers.sort_unstable();
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::Region;
    use super::*;

    fn truth(key: &str, value: &str, near: &[&str]) -> Truth {
        let near: Vec<String> = near.iter().map(|&text| text.to_owned()).collect();
        Truth {
            document_type: "invoice".into(),
            region: Region::Germany,
            claims: BTreeMap::from([(key.into(), value.into())]),
            neighbours: BTreeMap::from([(key.into(), near)]),
            lines: Vec::new(),
        }
    }

    #[test]
    fn a_lie_differs_in_every_reading() {
        let cases = [
            ("total", "100.00", vec!["100.00", "19.00"]),
            ("total", "0.05", vec![]),
            ("date", "2011-11-11", vec!["2011-11-11"]),
            ("date", "2010-12-11", vec!["2011-12-10", "2012-10-11"]),
            ("invoice_number", "A-1", vec![]),
            ("company", "Brindora GmbH", vec!["BRINDORA GMBH."]),
            ("address", "Uhlenweg 7, 11111 Tannwalde", vec![]),
        ];
        for (key, value, near) in cases {
            let truth = truth(key, value, &near);
            for seed in 0..200 {
                let (lied, lie) = false_claim(&truth, seed).expect("there is a lie");
                assert_eq!(lied, key);
                assert!(differs(kind(&truth, key), value, &lie), "{key}: {value} and {lie}");
            }
        }
    }

    #[test]
    fn swapping_day_and_month_is_no_lie() {
        assert!(!differs(ClaimKind::Date, "2021-03-04", "2021-04-03"));
        assert!(!differs(ClaimKind::Date, "2010-12-11", "2011-12-10"));
        assert!(differs(ClaimKind::Date, "2021-03-04", "2021-03-05"));
    }

    #[test]
    fn without_claims_there_is_no_lie() {
        let empty = Truth { claims: BTreeMap::new(), ..truth("total", "1.00", &[]) };
        assert_eq!(false_claim(&empty, 1), None);
    }
}
