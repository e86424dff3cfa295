//! False claims about a document whose truth is known: one digit or letter changed, or another
//! amount of the same page. They look like what a careless or dishonest vendor would hand in.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::samples::Sample;

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// One digit of one claim.
    Digit,
    /// One letter of one claim.
    Letter,
    /// The total, for another amount that stands on the page.
    Amount,
}

impl Change {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Digit, Self::Letter, Self::Amount];

    /// For a table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Digit => "digit",
            Self::Letter => "letter",
            Self::Amount => "amount",
        }
    }
}

/// Claims of which one is false.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FalseClaims {
    /// What was changed.
    pub change: Change,
    /// The false claim.
    pub key: String,
    /// All claims, the false one among them.
    pub claims: BTreeMap<String, String>,
}

/// One false set of claims about `sample`: the kind of change is drawn, and the next kind taken
/// where it is not possible. `None` where nothing is known that could be changed.
pub fn falsify(sample: &Sample, rng: &mut fastrand::Rng) -> Option<FalseClaims> {
    let claims = sample.claims.as_ref().filter(|claims| !claims.is_empty())?;
    let first = rng.usize(0..Change::ALL.len());
    (0..Change::ALL.len()).find_map(|step| {
        let change = Change::ALL[(first + step) % Change::ALL.len()];
        let (key, value) = match change {
            Change::Digit => one_character(claims, rng, char::is_ascii_digit),
            Change::Letter => one_character(claims, rng, char::is_ascii_alphabetic),
            Change::Amount => other_amount(claims, &sample.truth_lines, rng),
        }?;
        let mut claims = claims.clone();
        claims.insert(key.clone(), value);
        Some(FalseClaims { change, key, claims })
    })
}

/// Changes one character of the kind `is_kind` into another of its kind. A changed date stays one
/// that the calendar has, else it would be told by its form alone.
fn one_character(
    claims: &BTreeMap<String, String>,
    rng: &mut fastrand::Rng,
    is_kind: fn(&char) -> bool,
) -> Option<(String, String)> {
    let mut changes = Vec::new();
    for (key, value) in claims {
        // A month's name is no place for another letter: no such month would be found at once.
        let dated = key.contains("date");
        for (at, old) in value.char_indices().filter(|(_, c)| is_kind(c)) {
            if dated && !old.is_ascii_digit() {
                continue;
            }
            let new = other(old, rng);
            let changed = format!("{}{new}{}", &value[..at], &value[at + 1..]);
            if !dated || possible_date(&changed) {
                changes.push((key, changed));
            }
        }
    }
    // Every claim is as likely as any other: a long address must not take all the changes.
    let keys: Vec<&String> = {
        let mut keys: Vec<_> = changes.iter().map(|(key, _)| *key).collect();
        keys.dedup();
        keys
    };
    let key = rng.choice(keys)?;
    let (key, value) = rng.choice(changes.iter().filter(|(k, _)| *k == key).collect::<Vec<_>>())?;
    Some(((*key).clone(), value.clone()))
}

/// Another digit or another letter of the same case.
fn other(old: char, rng: &mut fastrand::Rng) -> char {
    let (first, count) = match old {
        '0'..='9' => ('0', 10),
        'a'..='z' => ('a', 26),
        _ => ('A', 26),
    };
    let place = old as u8 - first as u8;
    char::from(first as u8 + (place + rng.u8(1..count)) % count)
}

/// Whether the numbers in `text` can be a day, a month and a year in some order.
fn possible_date(text: &str) -> bool {
    let groups: Vec<&str> =
        text.split(|c: char| !c.is_ascii_digit()).filter(|g| !g.is_empty()).collect();
    let year_first = groups.first().is_some_and(|g| g.len() == 4);
    let (mut small, mut months) = (0, 0);
    for (i, group) in groups.iter().enumerate() {
        let Ok(number) = group.parse::<u32>() else { return false };
        match group.len() {
            8 => return compact_date(group),
            4 if !(1990..=2035).contains(&number) => return false,
            4 => {}
            _ if i + 1 == groups.len() && i > 0 && !year_first => {}
            _ if !(1..=28).contains(&number) => return false,
            _ => {
                small += 1;
                months += u32::from(number <= 12);
            }
        }
    }
    small < 2 || months > 0
}

/// `YYYYMMDD`
fn compact_date(digits: &str) -> bool {
    let part = |range: std::ops::Range<usize>| digits[range].parse::<u32>().unwrap_or(0);
    (1990..=2035).contains(&part(0..4))
        && (1..=12).contains(&part(4..6))
        && (1..=28).contains(&part(6..8))
}

fn other_amount(
    claims: &BTreeMap<String, String>,
    lines: &[String],
    rng: &mut fastrand::Rng,
) -> Option<(String, String)> {
    let (key, claimed) =
        claims.iter().find(|(key, _)| key.contains("total") || key.contains("amount"))?;
    let claimed = cents(claimed);
    let mut amounts: Vec<&str> = lines
        .iter()
        .flat_map(|line| line.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))))
        .map(|token| token.trim_matches(['.', ',']))
        .filter(|token| is_amount(token) && cents(token) != claimed && cents(token) != 0)
        .collect();
    amounts.sort_unstable();
    amounts.dedup();
    let value = (*rng.choice(&amounts)?).to_owned();
    Some((key.clone(), value))
}

/// Digits, then a point or comma and two digits.
fn is_amount(token: &str) -> bool {
    let Some((whole, cents)) = token.rsplit_once(['.', ',']) else { return false };
    cents.len() == 2 && !whole.is_empty() && whole.len() <= 9
}

fn cents(amount: &str) -> u64 {
    let digits: String = amount.chars().filter(char::is_ascii_digit).take(18).collect();
    digits.parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINES: [&str; 4] = ["TEA 2 x 3.10 6.20", "TOTAL RM 9.00", "ROUNDING 0.00", "CASH 10.00"];

    fn claims() -> BTreeMap<String, String> {
        [
            ("company", "BOOK TA .K SDN BHD"),
            ("date", "25/12/2018"),
            ("total", "9.00"),
            ("address", "NO.53, JALAN SAGU 18, 81100 JOHOR BAHRU"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
    }

    fn sample() -> Sample {
        Sample::for_test(&LINES, Some(claims()))
    }

    #[test]
    fn a_date_is_possible_or_not() {
        let cases = [
            ("25/12/2018", true),
            ("25/42/2018", false),
            ("25/13/2018", false),
            ("00/12/2018", false),
            ("12-01-99", true),
            ("2018-03-23", true),
            ("2018-13-03", true),
            ("2018-23-23", false),
            ("05 MAR 2018", true),
            ("20180304", true),
            ("20181304", false),
            ("3018/01/01", false),
        ];
        for (text, expected) in cases {
            assert_eq!(possible_date(text), expected, "{text}");
        }
    }

    #[test]
    fn another_amount_stands_on_the_page_and_is_not_the_total() {
        let lines = LINES.map(str::to_owned);
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let mut rng = fastrand::Rng::with_seed(seed);
            seen.insert(other_amount(&claims(), &lines, &mut rng).unwrap().1);
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["10.00", "3.10", "6.20"]);
    }

    #[test]
    fn nothing_known_means_nothing_changed() {
        let mut rng = fastrand::Rng::with_seed(1);
        assert_eq!(falsify(&Sample::for_test(&LINES, None), &mut rng), None);
        assert_eq!(falsify(&Sample::for_test(&LINES, Some(BTreeMap::new())), &mut rng), None);
        let one = BTreeMap::from([("company".to_owned(), "A".to_owned())]);
        let made = falsify(&Sample::for_test(&LINES, Some(one)), &mut rng).unwrap();
        assert_eq!(made.change, Change::Letter);
    }

    proptest! {
        #[test]
        fn exactly_one_claim_is_changed_and_the_seed_decides_which(seed: u64) {
            let made = falsify(&sample(), &mut fastrand::Rng::with_seed(seed)).unwrap();
            let truth = claims();
            let changed: Vec<&String> =
                truth.keys().filter(|key| truth[*key] != made.claims[*key]).collect();
            prop_assert_eq!(changed, vec![&made.key]);
            prop_assert_eq!(truth.len(), made.claims.len());
            if made.change != Change::Amount {
                let (old, new) = (&truth[&made.key], &made.claims[&made.key]);
                let differing = old.chars().zip(new.chars()).filter(|(a, b)| a != b).count();
                prop_assert_eq!((differing, old.len()), (1, new.len()));
            }
            let again = falsify(&sample(), &mut fastrand::Rng::with_seed(seed)).unwrap();
            prop_assert_eq!(made, again);
        }
    }
}
