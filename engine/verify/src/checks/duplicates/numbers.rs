//! The numbers on a page, so that a copy of it is known again however it was shifted, turned or
//! cut: what a reader reads stays, where a picture no longer lies over the other one.
//!
//! Two documents of one layout share its words and differ in their numbers: dates, amounts and
//! what they are numbered by. The numbers are kept as a bottom-k sketch (Cohen and Kaplan 2007),
//! from which the share of those that two pages have in common can be told (Broder 1997).

use std::collections::BTreeSet;

/// Numbers of a page that are kept: those whose hashes are the smallest.
const KEPT_MAX: usize = 64;
/// Digits of a number that says something.
const DIGITS_MIN: usize = 3;
/// Numbers that two pages must share at least: fewer are on many pages.
const SHARED_MIN: usize = 5;
/// The least share of the numbers of both pages that a copy has in common with the first: a reader
/// misreads some, and an edge that was cut off takes some. Bills of one seller that repeat its
/// numbers and the goods' share about half of theirs.
const SHARED_SHARE_MIN: f64 = 0.75;

/// The numbers of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Numbers(Box<[u32]>);

impl Numbers {
    /// The numbers in the lines of a page.
    pub fn of<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        let words = lines.into_iter().flat_map(str::split_whitespace);
        let all: BTreeSet<u32> = words.filter_map(number).map(|number| hash(&number)).collect();
        Self(all.into_iter().take(KEPT_MAX).collect())
    }

    /// The hashes by which a page is found.
    pub(super) fn hashes(&self) -> &[u32] {
        &self.0
    }

    /// Whether two pages have so many numbers in common that one is a copy of the other.
    #[must_use]
    pub fn are_near(&self, other: &Self) -> bool {
        let all: BTreeSet<u32> = self.0.iter().chain(&other.0).copied().collect();
        let (mut shared, mut seen) = (0, 0);
        for hash in all.into_iter().take(KEPT_MAX) {
            let both = self.0.binary_search(&hash).is_ok() && other.0.binary_search(&hash).is_ok();
            shared += usize::from(both);
            seen += 1;
        }
        shared >= SHARED_MIN && shared as f64 >= SHARED_SHARE_MIN * f64::from(seen)
    }
}

/// The letters and digits of a word with enough digits.
fn number(word: &str) -> Option<String> {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let sign = |c: &char| c.is_alphanumeric();
    let letters = || word.chars().filter(sign).flat_map(char::to_uppercase);
    (digits >= DIGITS_MIN).then(|| letters().collect())
}

/// FNV-1a, folded: the same on every machine.
fn hash(text: &str) -> u32 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    let wide = text.bytes().fold(0xcbf2_9ce4_8422_2325, step);
    // The upper half is the better mixed one.
    (wide >> 32) as u32 ^ wide as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BILL: [&str; 5] = [
        "Northwind Ltd, VAT 114 882 903, 81100 Bristol",
        "Invoice No. INV-20417 of 12/05/2026",
        "Oak boards 12 x 340.00 4,080.00",
        "Tax 816.00",
        "Total 4,896.00 IBAN GB29NWBK60161331926819",
    ];

    fn near(other: &[&str]) -> bool {
        Numbers::of(BILL).are_near(&Numbers::of(other.iter().copied()))
    }

    #[test]
    fn a_copy_has_the_numbers_of_the_first_and_another_bill_has_its_own() {
        let order: Vec<&str> = BILL.iter().rev().copied().collect();
        let misread = BILL.map(|line| if line == "Tax 816.00" { "Tax 8l6.OO" } else { line });
        let next = [
            BILL[0],
            "Invoice No. INV-20511 of 09/06/2026",
            "Oak boards 9 x 340.00 3,060.00",
            "Tax 612.00",
            "Total 3,672.00 IBAN GB29NWBK60161331926819",
        ];
        let cases = [
            ("itself", BILL.to_vec(), true),
            ("read in another order", order, true),
            ("a number misread", misread.to_vec(), true),
            ("cut off at the foot", BILL[..4].to_vec(), true),
            ("the seller's next bill", next.to_vec(), false),
            ("words without numbers", vec!["Northwind Ltd", "Oak boards"], false),
            ("nothing", vec![], false),
        ];
        for (name, lines, expected) in cases {
            assert_eq!(near(&lines), expected, "{name}");
        }
        let few = ["Form W-9 (Rev. 10-2018)", "Cat. No. 10231X", "1099"];
        let few = Numbers::of(few);
        assert!(!few.are_near(&few), "three numbers stand on every such form");
    }

    proptest! {
        #[test]
        fn any_text_has_few_numbers_and_nearness_is_mutual(
            a in proptest::collection::vec("\\PC{0,30}|[0-9 ,.]{0,60}", 0..40),
            b in proptest::collection::vec("[0-9 ,.]{0,60}", 0..40),
        ) {
            let of = |lines: &[String]| Numbers::of(lines.iter().map(String::as_str));
            let (a, b) = (of(&a), of(&b));
            prop_assert!(a.hashes().len() <= KEPT_MAX && a.hashes().is_sorted());
            prop_assert_eq!(a.are_near(&b), b.are_near(&a));
            prop_assert_eq!(a.are_near(&a), a.hashes().len() >= SHARED_MIN);
        }
    }
}
