//! The rules of bank, card and business numbers. Codes come in as capitals and digits only.

use iban::Iban;

use super::Fault;

/// An IBAN: the length and structure of its country, and the remainder by 97 (ISO 13616).
pub(super) fn iban(code: &str) -> Result<(), Fault> {
    if code.parse::<Iban>().is_ok() {
        return Ok(());
    }
    // With the right check digits put in, what is left to be wrong is the form.
    let mended = looks_like_iban(code)
        .then(|| format!("{}{:02}{}", &code[..2], check_digits(code), &code[4..]))
        .filter(|mended| mended.parse::<Iban>().is_ok());
    Err(if mended.is_some() { Fault::CheckDigit } else { Fault::Format })
}

/// Whether a code begins as an IBAN does: a country, two digits, an account.
pub(super) fn looks_like_iban(code: &str) -> bool {
    let bytes = code.as_bytes();
    (15..=34).contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit)
}

/// The check digits that belong to the country and account of an IBAN.
fn check_digits(code: &str) -> u32 {
    let (head, account) = code.split_at(4);
    98 - remainder_97(account.chars().chain(head.chars().take(2)).chain(['0', '0']))
}

/// The remainder by 97 of a number whose letters stand for 10 to 35 (ISO 7064).
pub(super) fn remainder_97(code: impl Iterator<Item = char>) -> u32 {
    code.filter_map(|c| c.to_digit(36)).fold(0, |rest, value| {
        let places = if value > 9 { 100 } else { 10 };
        (rest * places + value) % 97
    })
}

/// A bank's code: four letters or digits, the country, two for the place, three for the branch.
pub(super) fn bic(code: &str) -> Result<(), Fault> {
    let bytes = code.as_bytes();
    let fits = matches!(bytes.len(), 8 | 11) && bytes[4..6].iter().all(u8::is_ascii_uppercase);
    if fits { Ok(()) } else { Err(Fault::Format) }
}

/// A routing number: nine digits, weighed 3, 7, 1, give a multiple of ten. Sort codes and other
/// countries' clearing codes stand under the same key and have no check digit, nor have
/// Canadian ones, which begin with two zeros.
pub(super) fn routing(code: &str) -> Option<Result<(), Fault>> {
    let Some(digits) = digits(code) else { return Some(Err(Fault::Format)) };
    match digits.len() {
        9 if digits[..2] == [0, 0] => None,
        9 => Some(checked(weighed(&digits, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10))),
        6 | 8 => None,
        _ => Some(Err(Fault::Format)),
    }
}

/// A taxpayer's number of the United States: nine digits, undivided or in the groups of one of
/// the `forms`, and not all zeros. Which numbers were given out is not asked.
pub(super) fn united_states(value: &str, forms: &[&[usize]]) -> Result<(), Fault> {
    let groups: Vec<&str> =
        value.split(|c: char| !c.is_alphanumeric()).filter(|group| !group.is_empty()).collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let numeric = groups.iter().all(|group| group.bytes().all(|b| b.is_ascii_digit()));
    let zeros = groups.iter().all(|group| group.bytes().all(|b| b == b'0'));
    let formed = lengths == [9] || forms.iter().any(|form| *form == lengths);
    if numeric && formed && !zeros { Ok(()) } else { Err(Fault::Format) }
}

/// An Australian business number: with one taken from its first digit, the weighed sum is a
/// multiple of 89.
pub(super) fn abn(code: &str) -> Result<(), Fault> {
    const WEIGHTS: [u32; 11] = [10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19];
    match digits(code) {
        Some(digits) if digits.len() == 11 && digits[0] > 0 => {
            checked((weighed(&digits, &WEIGHTS) - WEIGHTS[0]).is_multiple_of(89))
        }
        _ => Err(Fault::Format),
    }
}

/// A payment card: 12 to 19 digits with Luhn's check digit (ISO/IEC 7812).
pub(super) fn card(code: &str) -> Result<(), Fault> {
    match digits(code) {
        Some(digits) if (12..=19).contains(&digits.len()) => checked(luhn(&digits)),
        _ => Err(Fault::Format),
    }
}

/// A number for goods and services tax: India, Australia and Canada by their check digits,
/// Malaysia (12 digits, or `W10-1808-31000000` for sales and service tax), New Zealand (8 or 9)
/// and Singapore (a letter among the first two or at the end) by their form.
pub(super) fn gst(code: &str) -> Result<(), Fault> {
    let numeric = code.bytes().filter(u8::is_ascii_digit).count();
    let first_digit = code.starts_with(|c: char| c.is_ascii_digit());
    match code.len() {
        15 if code.get(9..11) == Some("RT") => match digits(&code[..9]) {
            Some(business) => checked(luhn(&business)),
            None => Err(Fault::Format),
        },
        15 if first_digit => gstin(code),
        15 if numeric == 14 => Ok(()),
        11 if numeric == 11 => abn(code),
        12 | 8 | 9 if numeric == code.len() => Ok(()),
        9 | 10 if numeric >= 7 => Ok(()),
        _ => Err(Fault::Format),
    }
}

/// Whether a code has the form of an Indian number: state, ten characters of the taxpayer's
/// account, entity, `Z`, check character.
pub(super) fn looks_like_gstin(code: &str) -> bool {
    fits(code, "99AAAAA9999AXZX")
}

/// An Indian number: its last character is the check digit over base 36, weighed 1, 2.
pub(super) fn gstin(code: &str) -> Result<(), Fault> {
    if !looks_like_gstin(code) {
        return Err(Fault::Format);
    }
    let values: Vec<u32> = code.chars().filter_map(|c| c.to_digit(36)).collect();
    let (body, check) = values.split_at(14);
    let products = body.iter().zip([1, 2].into_iter().cycle()).map(|(value, by)| value * by);
    let sum: u32 = products.map(|product| product / 36 + product % 36).sum();
    checked((36 - sum % 36) % 36 == check[0])
}

/// Whether a code fits a pattern of `9` for a digit, `A` for a letter, `X` for either, and other
/// characters for themselves.
pub(super) fn fits(code: &str, pattern: &str) -> bool {
    code.len() == pattern.len()
        && code.bytes().zip(pattern.bytes()).all(|(c, form)| match form {
            b'9' => c.is_ascii_digit(),
            b'A' => c.is_ascii_uppercase(),
            b'X' => c.is_ascii_alphanumeric(),
            other => c == other,
        })
}

/// The digits of a code that consists of nothing else.
pub(super) fn digits(code: &str) -> Option<Vec<u32>> {
    code.chars().map(|c| c.to_digit(10)).collect()
}

/// The sum of the digits, each times its weight.
pub(super) fn weighed(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// Luhn's check: every second digit from the right doubled, digits summed, a multiple of ten.
pub(super) fn luhn(digits: &[u32]) -> bool {
    let doubled = |digit: u32| digit * 2 / 10 + digit * 2 % 10;
    let terms = digits.iter().rev().enumerate();
    let sum: u32 =
        terms.map(|(at, digit)| if at % 2 == 1 { doubled(*digit) } else { *digit }).sum();
    sum.is_multiple_of(10)
}

fn checked(fits: bool) -> Result<(), Fault> {
    if fits { Ok(()) } else { Err(Fault::CheckDigit) }
}
