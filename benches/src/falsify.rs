//! False claims about a document whose truth is known: one claim changed in each of the ways in
//! which careless and dishonest vendors change them.

use std::collections::BTreeMap;

use ivendor_models::profile::{ClaimKind, profile};
use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::samples::Sample;

/// What was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A claim, for that of another document of the same kind.
    Swapped,
    /// One digit of an amount.
    AmountDigit,
    /// A date, for one at most ten days off.
    NearDate,
    /// The total, for another amount that stands on the page.
    OtherAmount,
    /// One digit of an address, or of a number.
    Digit,
    /// Two letters of a name.
    Letters,
    /// A name or an address, for that of somebody else on the same page.
    OtherParty,
}

impl Change {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Swapped,
        Self::AmountDigit,
        Self::NearDate,
        Self::OtherAmount,
        Self::Digit,
        Self::Letters,
        Self::OtherParty,
    ];

    /// For a table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Swapped => "another document's claim",
            Self::AmountDigit => "a digit of an amount",
            Self::NearDate => "a date near by",
            Self::OtherAmount => "another amount of the page",
            Self::Digit => "a digit of an address or number",
            Self::Letters => "two letters of a name",
            Self::OtherParty => "another party of the page",
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

/// A set of false claims about `samples[index]` for each kind of change that is possible there.
/// The same seed gives the same sets, whatever other samples there are but for the swapped ones.
#[must_use]
pub fn falsify(samples: &[Sample], index: usize, seed: u64) -> Vec<FalseClaims> {
    let sample = &samples[index];
    let Some(claims) = sample.claims.as_ref().filter(|claims| !claims.is_empty()) else {
        return Vec::new();
    };
    let mut rng = fastrand::Rng::with_seed(seed ^ hash(&sample.id));
    let mut sets = Vec::new();
    for change in Change::ALL {
        let mut scene = Scene { samples, index, claims, rng: rng.fork() };
        if let Some((key, value)) = scene.changed(change) {
            let mut claims = claims.clone();
            claims.insert(key.clone(), value);
            sets.push(FalseClaims { change, key, claims });
        }
    }
    sets
}

/// FNV-1a: the same on every machine.
fn hash(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

/// One document on which something is to be changed.
struct Scene<'a> {
    samples: &'a [Sample],
    index: usize,
    claims: &'a BTreeMap<String, String>,
    rng: fastrand::Rng,
}

impl Scene<'_> {
    /// One claim with another value, where this change is possible.
    fn changed(&mut self, change: Change) -> Option<(String, String)> {
        match change {
            Change::Swapped => self.swapped(),
            Change::AmountDigit => self.one(&[ClaimKind::Money], other_digit),
            Change::NearDate => self.one(&[ClaimKind::Date], near_date),
            Change::OtherAmount => self.other_amount(),
            Change::Digit => self.one(&[ClaimKind::Address, ClaimKind::Identifier], other_digit),
            Change::Letters => self.one(&[ClaimKind::Name], two_letters),
            Change::OtherParty => self.other_party(),
        }
    }

    fn kind(&self, key: &str) -> ClaimKind {
        let profile = profile(&self.samples[self.index].document_type);
        profile.map_or(ClaimKind::Text, |profile| profile.claim(key).kind)
    }

    /// One of the claims of `kinds`, changed by `with`.
    fn one(
        &mut self,
        kinds: &[ClaimKind],
        with: fn(&str, &mut fastrand::Rng) -> Option<String>,
    ) -> Option<(String, String)> {
        let mut keys: Vec<&String> =
            self.claims.keys().filter(|key| kinds.contains(&self.kind(key))).collect();
        self.rng.shuffle(&mut keys);
        keys.into_iter().find_map(|key| {
            let value = with(&self.claims[key], &mut self.rng)?;
            (!same(&self.claims[key], &value)).then(|| (key.clone(), value))
        })
    }

    /// The company, address or date of another document; never its amounts, which may be equal
    /// by chance.
    fn swapped(&mut self) -> Option<(String, String)> {
        let own = &self.samples[self.index];
        let mut keys: Vec<&String> =
            self.claims.keys().filter(|key| self.kind(key) != ClaimKind::Money).collect();
        self.rng.shuffle(&mut keys);
        let others: Vec<&Sample> =
            self.samples.iter().filter(|s| s.subset == own.subset && s.id != own.id).collect();
        keys.into_iter().find_map(|key| {
            let all = others.iter().filter_map(|other| other.claims.as_ref()?.get(key));
            let different: Vec<&String> =
                all.filter(|value| !same(&self.claims[key], value)).collect();
            let value = self.rng.choice(different)?;
            Some((key.clone(), value.clone()))
        })
    }

    /// The seller's name for the buyer's, and the like.
    fn other_party(&mut self) -> Option<(String, String)> {
        let party = |key: &&String| matches!(self.kind(key), ClaimKind::Name | ClaimKind::Address);
        let mut keys: Vec<&String> = self.claims.keys().filter(party).collect();
        self.rng.shuffle(&mut keys);
        let other = |key: &String| {
            let alike = |o: &&&String| self.kind(o) == self.kind(key);
            let values = keys.iter().filter(alike).map(|other| &self.claims[*other]);
            values.into_iter().find(|value| !same(&self.claims[key], value))
        };
        keys.iter().find_map(|key| Some(((*key).clone(), other(key)?.clone())))
    }

    fn other_amount(&mut self) -> Option<(String, String)> {
        let named = |key: &&String| key.contains("total") || key.contains("amount");
        let Some(key) = self.claims.keys().find(named) else { return self.other_box() };
        let claimed = cents(&self.claims[key]);
        let mut amounts: Vec<&str> = self.samples[self.index]
            .truth_lines
            .iter()
            .flat_map(|line| line.split(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ','))))
            .map(|token| token.trim_matches(['.', ',']))
            .filter(|token| is_amount(token) && cents(token) != claimed && cents(token) != 0)
            .collect();
        amounts.sort_unstable();
        amounts.dedup();
        let value = (*self.rng.choice(&amounts)?).to_owned();
        Some((key.clone(), value))
    }

    /// The amount of another box, on a form that has several and no total.
    fn other_box(&mut self) -> Option<(String, String)> {
        let mut boxes: Vec<&String> =
            self.claims.keys().filter(|key| self.kind(key) == ClaimKind::Money).collect();
        self.rng.shuffle(&mut boxes);
        boxes.iter().find_map(|key| {
            let values = boxes.iter().map(|other| &self.claims[*other]);
            let other = values.into_iter().find(|value| !same(&self.claims[*key], value))?;
            Some(((*key).clone(), other.clone()))
        })
    }
}

/// Whether one value is the other, or a part of it, but for what no comparison should mind: the
/// address without the name of the branch is no false one.
fn same(a: &str, b: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
    };
    let (a, b) = (letters(a), letters(b));
    a.contains(&b) || b.contains(&a)
}

fn other_digit(value: &str, rng: &mut fastrand::Rng) -> Option<String> {
    let places: Vec<usize> =
        value.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at).collect();
    let at = rng.choice(places)?;
    Some(with_other(value, at, rng))
}

fn two_letters(value: &str, rng: &mut fastrand::Rng) -> Option<String> {
    let mut places: Vec<usize> =
        value.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()).map(|(at, _)| at).collect();
    if places.len() < 2 {
        return None;
    }
    rng.shuffle(&mut places);
    let once = with_other(value, places[0], rng);
    Some(with_other(&once, places[1], rng))
}

/// `value` with another digit or another letter of the same case at a byte.
fn with_other(value: &str, at: usize, rng: &mut fastrand::Rng) -> String {
    let old = value.as_bytes()[at];
    let (first, count) = match old {
        b'0'..=b'9' => (b'0', 10),
        b'a'..=b'z' => (b'a', 26),
        _ => (b'A', 26),
    };
    let new = char::from(first + (old - first + rng.u8(1..count)) % count);
    format!("{}{new}{}", &value[..at], &value[at + 1..])
}

/// A date that is at most ten days off, written in the same way, where its numbers tell which is
/// the day; the other numbers stay, lest the order of day and month should matter.
fn near_date(value: &str, rng: &mut fastrand::Rng) -> Option<String> {
    let groups = groups(value);
    let number = |at: usize| value[groups[at].clone()].parse::<i16>().ok();
    let (year, month, day) = match groups.len() {
        3 if groups[0].len() == 4 => (0, Some(1), 2),
        3 if number(1)? > 12 => (2, Some(0), 1),
        3 => (2, Some(1), 0),
        2 if groups[1].len() == 4 || groups[1].len() == 2 => (1, None, 0),
        _ => return compact_date(value, rng),
    };
    // A month's name is kept, so that its days are not known: any month has 28.
    let date = Date::new(2000 + number(year)? % 100, 1, 1).ok()?;
    let date = date.checked_add((month.map_or(Some(1), number)? - 1).months()).ok()?;
    let date = date.checked_add((number(day)? - 1).days()).ok()?;
    let near = other_day(date, rng)?;
    let range = groups[day].clone();
    let written = format!("{:0width$}", near.day(), width = range.len());
    Some(format!("{}{written}{}", &value[..range.start], &value[range.end..]))
}

/// `YYYYMMDD`
fn compact_date(value: &str, rng: &mut fastrand::Rng) -> Option<String> {
    let date = Date::strptime("%Y%m%d", value.trim()).ok()?;
    Some(other_day(date, rng)?.strftime("%Y%m%d").to_string())
}

/// Another day of the same month, at most ten days off.
fn other_day(date: Date, rng: &mut fastrand::Rng) -> Option<Date> {
    let days = (1..=28).filter(|day| (1..=10).contains(&(day - date.day()).abs()));
    let day = rng.choice(days.collect::<Vec<i8>>())?;
    date.with().day(day).build().ok()
}

/// The groups of digits of a text.
fn groups(value: &str) -> Vec<std::ops::Range<usize>> {
    let mut groups: Vec<std::ops::Range<usize>> = Vec::new();
    for (at, _) in value.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
        match groups.last_mut() {
            Some(group) if group.end == at => group.end = at + 1,
            _ => groups.push(at..at + 1),
        }
    }
    groups
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
            ("merchant", "ANNA LIM"),
            ("date", "25/12/2018"),
            ("total", "9.00"),
            ("address", "NO.53, JALAN SAGU 18, 81100 JOHOR BAHRU"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
    }

    fn samples() -> Vec<Sample> {
        let other = claims().into_iter().map(|(key, value)| (key, value.replace('1', "7")));
        let mut other = Sample::for_test(&[], Some(other.collect()));
        other.id = "001".to_owned();
        vec![Sample::for_test(&LINES, Some(claims())), other]
    }

    #[test]
    fn a_near_date_is_another_day_in_the_same_writing() {
        let cases = [
            ("25/12/2018", "../12/2018"),
            ("12-01-19", "..-01-19"),
            ("2018-03-23", "2018-03-.."),
            ("12/31/2018", "12/../2018"),
            ("05 MAR 2018", ".. MAR 2018"),
            ("20180304", "201803.."),
        ];
        for (text, pattern) in cases {
            for seed in 0..40 {
                let mut rng = fastrand::Rng::with_seed(seed);
                let near = near_date(text, &mut rng).unwrap();
                let fits = |(a, b): (char, char)| b == '.' && a.is_ascii_digit() || a == b;
                assert!(near.len() == text.len() && near != text, "{text}: {near}");
                assert!(near.chars().zip(pattern.chars()).all(fits), "{text}: {near}");
            }
        }
        for text in ["", "soon", "2018", "1/2/3/4", "99999999", "December 2018"] {
            let near = near_date(text, &mut fastrand::Rng::with_seed(1));
            assert_eq!(near, None, "{text}");
        }
    }

    #[test]
    fn another_amount_stands_on_the_page_and_is_not_the_total() {
        let samples = samples();
        let mut seen = std::collections::BTreeSet::new();
        for seed in 0..50 {
            let sets = falsify(&samples, 0, seed);
            let other = sets.into_iter().find(|set| set.change == Change::OtherAmount).unwrap();
            seen.insert(other.claims["total"].clone());
        }
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), ["10.00", "3.10", "6.20"]);
    }

    #[test]
    fn nothing_known_means_nothing_changed() {
        for claims in [None, Some(BTreeMap::new())] {
            assert_eq!(falsify(&[Sample::for_test(&LINES, claims)], 0, 1), []);
        }
        let one = BTreeMap::from([("company".to_owned(), "AB".to_owned())]);
        let made = falsify(&[Sample::for_test(&LINES, Some(one))], 0, 1);
        assert_eq!(made.iter().map(|set| set.change).collect::<Vec<_>>(), [Change::Letters]);
    }

    proptest! {
        #[test]
        fn exactly_one_claim_is_changed_in_every_way_and_the_seed_decides_which(seed: u64) {
            let samples = samples();
            let made = falsify(&samples, 0, seed);
            prop_assert_eq!(made.iter().map(|set| set.change).collect::<Vec<_>>(), Change::ALL);
            let truth = claims();
            for set in &made {
                let changed: Vec<&String> =
                    truth.keys().filter(|key| truth[*key] != set.claims[*key]).collect();
                prop_assert_eq!(changed, vec![&set.key]);
                let (old, new) = (&truth[&set.key], &set.claims[&set.key]);
                let differing = old.chars().zip(new.chars()).filter(|(a, b)| a != b).count();
                match set.change {
                    Change::AmountDigit | Change::Digit => prop_assert_eq!(differing, 1),
                    Change::Letters => prop_assert_eq!(differing, 2),
                    _ => {}
                }
            }
            prop_assert_eq!(made, falsify(&samples, 0, seed));
        }
    }
}
