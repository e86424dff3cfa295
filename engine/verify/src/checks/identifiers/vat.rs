//! The numbers for value-added tax in Europe: the form of each country's, and its check digits
//! where the rule is public.

use super::numbers::{digits, fits, luhn, remainder_97, weighed};
use super::{Answer, Fault};

/// The numbers of one country.
struct Rule {
    /// What stands before the number.
    prefix: &'static str,
    /// The forms, as [`fits`] reads them.
    forms: &'static [&'static str],
    /// Whether the check digits of a number of such a form are right.
    check: fn(&str) -> bool,
}

const fn rule(
    prefix: &'static str,
    forms: &'static [&'static str],
    check: fn(&str) -> bool,
) -> Rule {
    Rule { prefix, forms, check }
}

const NINE: &[&str] = &["999999999"];
const EIGHT: &[&str] = &["99999999"];
const TEN: &[&str] = &["9999999999"];
const ELEVEN: &[&str] = &["99999999999"];
const BRITISH: &[&str] = &["999999999", "999999999999", "GD999", "HA999"];

const RULES: &[Rule] = &[
    rule("AT", &["U99999999"], austria),
    rule("BE", TEN, |n| 97 - number(&n[..8]) % 97 == number(&n[8..])),
    rule("BG", &["999999999", "9999999999"], unknown),
    rule("CY", &["99999999A"], unknown),
    rule("CZ", &["99999999", "999999999", "9999999999"], unknown),
    rule("DE", NINE, |n| !n.starts_with('0') && mod_11_10(n)),
    rule("DK", EIGHT, |n| sum(n, &[2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)),
    rule("EE", NINE, |n| sum(n, &[3, 7, 1, 3, 7, 1, 3, 7, 1]).is_multiple_of(10)),
    rule("EL", NINE, |n| sum(n, &[256, 128, 64, 32, 16, 8, 4, 2]) % 11 % 10 == last(n)),
    rule("ES", &["X9999999X"], spain),
    rule("FI", EIGHT, |n| sum(n, &[7, 9, 10, 5, 8, 4, 2, 1]).is_multiple_of(11)),
    rule("FR", &["XX999999999"], france),
    rule("GB", BRITISH, britain),
    rule("HR", ELEVEN, mod_11_10),
    rule("HU", EIGHT, |n| sum(n, &[9, 7, 3, 1, 9, 7, 3, 1]).is_multiple_of(10)),
    rule("IE", &["9999999A", "9999999AA", "9A99999A"], ireland),
    rule("IT", ELEVEN, luhn_of),
    rule("LT", &["999999999", "999999999999"], unknown),
    rule("LU", EIGHT, |n| number(&n[..6]) % 89 == number(&n[6..])),
    rule("LV", ELEVEN, unknown),
    rule("MT", EIGHT, |n| {
        (sum(n, &[3, 4, 6, 7, 8, 9]) + number(&n[6..]) as u32).is_multiple_of(37)
    }),
    rule("NL", &["999999999B99"], netherlands),
    rule("PL", TEN, |n| sum(n, &[6, 5, 7, 2, 3, 4, 5, 6, 7]) % 11 == last(n)),
    rule("PT", NINE, |n| (11 - sum(n, &[9, 8, 7, 6, 5, 4, 3, 2]) % 11) % 11 % 10 == last(n)),
    rule("RO", &["99999999", "999999999", "9999999999"], romania),
    rule("SE", &["999999999999"], |n| luhn_of(&n[..10])),
    rule("SI", EIGHT, |n| {
        let rest = sum(n, &[8, 7, 6, 5, 4, 3, 2]) % 11;
        rest > 0 && (11 - rest) % 10 == last(n)
    }),
    rule("SK", TEN, |n| number(n).is_multiple_of(11)),
    rule("XI", BRITISH, britain),
];

/// Looks at a number with its prefix; `None` where the prefix is that of no country with a rule.
pub(super) fn validate(code: &str) -> Answer {
    let (prefix, number) = code.split_at_checked(2)?;
    let prefix = if prefix == "GR" { "EL" } else { prefix };
    let rule = RULES.iter().find(|rule| rule.prefix == prefix)?;
    // Belgian numbers had nine digits before they got a leading zero.
    let number = match (prefix, number.len()) {
        ("BE", 9) => format!("0{number}"),
        _ => number.to_owned(),
    };
    if !rule.forms.iter().any(|form| fits(&number, form)) {
        return Some(Err(Fault::Format));
    }
    Some(if (rule.check)(&number) { Ok(()) } else { Err(Fault::CheckDigit) })
}

/// The rule for the check digits is not public, or differs by the kind of company.
fn unknown(_: &str) -> bool {
    true
}

fn number(text: &str) -> u64 {
    text.bytes().fold(0, |value, digit| value * 10 + u64::from(digit.wrapping_sub(b'0')))
}

fn sum(text: &str, weights: &[u32]) -> u32 {
    digits(text).map_or(0, |digits| weighed(&digits, weights))
}

fn last(text: &str) -> u32 {
    text.chars().last().and_then(|c| c.to_digit(10)).unwrap_or(0)
}

fn luhn_of(text: &str) -> bool {
    digits(text).is_some_and(|digits| luhn(&digits))
}

/// ISO 7064, MOD 11,10.
fn mod_11_10(text: &str) -> bool {
    let rest = digits(text).unwrap_or_default().iter().fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    // The last digit was doubled with the others; half of the end must have been one.
    rest == 2
}

fn austria(text: &str) -> bool {
    let digits = digits(&text[1..]).unwrap_or_default();
    let crossed = |(at, digit): (usize, &u32)| {
        if at % 2 == 1 { digit * 2 / 10 + digit * 2 % 10 } else { *digit }
    };
    let sum: u32 = digits.iter().take(7).enumerate().map(crossed).sum();
    (10 - (sum + 4) % 10) % 10 == last(text)
}

/// The letter of a number of a person: its remainder by 23.
fn spanish_letter(number: u64) -> char {
    char::from(b"TRWAGMYFPDXBNJZSQVHLCKE"[(number % 23) as usize])
}

/// A person's number ends in its letter; a company's begins with its legal form and ends in a
/// digit by Luhn or the letter for it.
fn spain(text: &str) -> bool {
    let (first, end) = (text.as_bytes()[0], text.as_bytes()[8]);
    let digits_of = |text: &str| digits(text).unwrap_or_default();
    match first {
        b'0'..=b'9' => char::from(end) == spanish_letter(number(&text[..8])),
        b'X'..=b'Z' => {
            let whole = u64::from(first - b'X') * 10_000_000 + number(&text[1..8]);
            char::from(end) == spanish_letter(whole)
        }
        b'K' | b'L' | b'M' => char::from(end) == spanish_letter(number(&text[1..8])),
        b'A'..=b'H' | b'J' | b'N' | b'P'..=b'S' | b'U' | b'V' | b'W' => {
            let body = digits_of(&text[1..8]);
            let digit = (0..10_u32)
                .find(|digit| luhn(&body.iter().copied().chain([*digit]).collect::<Vec<_>>()));
            digit.is_some_and(|digit| {
                end == b'0' + digit as u8 || end == b"JABCDEFGHI"[digit as usize]
            })
        }
        _ => false,
    }
}

/// The key before a company's number is the number's remainder by 97; keys with letters follow
/// no public rule. The number itself follows Luhn's, but for those that begin with zeros.
fn france(text: &str) -> bool {
    let siren = &text[2..];
    let key =
        digits(&text[..2]).is_none_or(|_| (number(siren) * 100 + 12) % 97 == number(&text[..2]));
    key && (siren.starts_with("000") || luhn_of(siren))
}

fn britain(text: &str) -> bool {
    if text.len() < 9 {
        return true;
    }
    let whole = sum(text, &[8, 7, 6, 5, 4, 3, 2]) + number(&text[7..9]) as u32;
    whole.is_multiple_of(97) || (whole + 55).is_multiple_of(97)
}

fn ireland(text: &str) -> bool {
    let bytes = text.as_bytes();
    // The old form has a letter in the second place, which was another numbering.
    if !bytes[1].is_ascii_digit() {
        return true;
    }
    let second = bytes.get(8).map_or(0, |c| match c {
        b'W' => 0,
        c => u32::from(c - b'A') + 1,
    });
    let rest = (sum(&text[..7], &[8, 7, 6, 5, 4, 3, 2]) + 9 * second) % 23;
    bytes[7] == b"WABCDEFGHIJKLMNOPQRSTUV"[rest as usize]
}

/// Companies by the remainder by 11; sole traders, since 2020, by the remainder by 97.
fn netherlands(text: &str) -> bool {
    let company = sum(&text[..9], &[9, 8, 7, 6, 5, 4, 3, 2]) % 11 == last(&text[..9]);
    company || remainder_97("NL".chars().chain(text.chars())) == 1
}

fn romania(text: &str) -> bool {
    let padded = format!("{text:0>10}");
    sum(&padded, &[7, 5, 3, 2, 1, 7, 5, 3, 2]) * 10 % 11 % 10 == last(text)
}
