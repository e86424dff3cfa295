//! Amounts in a line of text: which characters make one, and what it says.
//!
//! Thousands may be parted by a comma, a point, an apostrophe or a space, decimals by a comma or
//! a point. Percentages, times, dates, telephone numbers and article numbers are no amounts.

use std::ops::Range;

use super::fold::as_digit;

/// Digits of an amount; a longer number is an identifier.
const DIGITS_MAX: usize = 12;

/// What one amount says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Amount {
    /// In thousandths, at least one; two where `1.234` may be either, the likelier first.
    pub(crate) readings: Vec<i64>,
    /// The currency that stands beside it.
    pub(crate) currency: Option<&'static str>,
    /// Whether decimals or a currency say that it is an amount, and not merely a number.
    pub(crate) sure: bool,
    /// Whether signs part its thousands, as in `1,500`: no date, year or code is written so.
    pub(crate) grouped: bool,
    /// Characters that are letters and were taken for digits.
    pub(crate) confused: usize,
}

/// Signs and codes, and the currency that each means; the longest that fits counts.
const CURRENCIES: &[(&str, &str)] = &[
    ("$", "$"),
    ("US$", "USD"),
    ("USD", "USD"),
    ("CAD", "CAD"),
    ("AUD", "AUD"),
    ("SGD", "SGD"),
    ("S$", "SGD"),
    ("HKD", "HKD"),
    ("HK$", "HKD"),
    ("NZD", "NZD"),
    ("€", "EUR"),
    ("EUR", "EUR"),
    ("EURO", "EUR"),
    ("£", "GBP"),
    ("GBP", "GBP"),
    ("RM", "MYR"),
    ("MYR", "MYR"),
    ("¥", "JPY"),
    ("￥", "JPY"),
    ("JPY", "JPY"),
    ("CNY", "CNY"),
    ("RMB", "CNY"),
    ("CHF", "CHF"),
    ("FR", "CHF"),
    ("SFR", "CHF"),
    ("RP", "IDR"),
    ("IDR", "IDR"),
    ("₹", "INR"),
    ("INR", "INR"),
    ("RS", "INR"),
    ("THB", "THB"),
    ("฿", "THB"),
    ("PHP", "PHP"),
    ("₱", "PHP"),
    ("KRW", "KRW"),
    ("₩", "KRW"),
    ("VND", "VND"),
    ("₫", "VND"),
    ("DH", "MAD"),
    ("DHS", "AED"),
    ("MAD", "MAD"),
    ("AED", "AED"),
    ("SAR", "SAR"),
    ("SEK", "SEK"),
    ("NOK", "NOK"),
    ("DKK", "DKK"),
    ("KR", "KR"),
    ("PLN", "PLN"),
    ("ZŁ", "PLN"),
    ("CZK", "CZK"),
    ("HUF", "HUF"),
    ("RON", "RON"),
    ("₺", "TRY"),
    ("TRY", "TRY"),
    ("TL", "TRY"),
    ("RUB", "RUB"),
    ("₽", "RUB"),
    ("BRL", "BRL"),
    ("R$", "BRL"),
    ("MXN", "MXN"),
    ("ZAR", "ZAR"),
];

/// Units that make a number a measure.
const UNITS: &[&str] = &["KG", "G", "GM", "MG", "L", "ML", "CL", "LTR", "CM", "MM", "M", "KM"];

/// The amounts of a line, from left to right.
pub(super) fn scan(chars: &[char]) -> Vec<(Range<usize>, Amount)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if !starts(chars, at) {
            at += 1;
            continue;
        }
        let end = run_end(chars, at);
        if let Some((range, amount)) = amount(chars, at..end) {
            found.push((range, amount));
        }
        at = end;
    }
    found
}

/// The amount that a claim names: nothing else may stand in it but a currency and a sign.
pub(crate) fn parse(claim: &str) -> Option<Amount> {
    use unicode_normalization::UnicodeNormalization;
    let chars: Vec<char> = claim.nfkc().filter(|c| !c.is_control()).collect();
    let mut found = scan(&chars);
    let (range, amount) = found.pop()?;
    if !found.is_empty() || amount.confused > 0 {
        return None;
    }
    let rest: String = chars[..range.start].iter().chain(&chars[range.end..]).collect();
    let plain =
        |part: &str| currency(part).is_some() || part.chars().all(|c| "+-−()*=:.,".contains(c));
    rest.split_whitespace()
        .all(|part| plain(part.trim_matches(|c| "+-−()*=:.,".contains(c))))
        .then_some(amount)
}

/// Whether a number may start here: a digit, or a look-alike with decimals after it.
fn starts(chars: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).map(|i| chars[i]);
    match chars[at] {
        '0'..='9' => true,
        c if as_digit(c).is_some() => {
            (!before.is_some_and(char::is_alphanumeric) || ends_in_currency(&chars[..at]))
                && matches!(chars.get(at + 1), Some('.' | ','))
                && chars.get(at + 2).is_some_and(char::is_ascii_digit)
        }
        _ => false,
    }
}

/// Where the digits, look-alikes and separators that start at `from` end.
fn run_end(chars: &[char], from: usize) -> usize {
    let alike = |at: usize| chars.get(at).is_some_and(|c| as_digit(*c).is_some());
    let mut at = from + 1;
    while let Some(c) = chars.get(at) {
        let goes_on = match c {
            '0'..='9' => true,
            '.' | ',' | '\'' | '’' => alike(at + 1) || point_and_space(chars, at),
            // A space parts thousands, or stands beside a point by the reader's mistake.
            ' ' | '\u{a0}' | '\u{202f}' => thousands_follow(chars, from, at),
            _ => {
                alike(at)
                    && (alike(at - 1) || ".,".contains(chars[at - 1]))
                    && letters_end(chars, at)
            }
        };
        if !goes_on {
            break;
        }
        at += if point_and_space(chars, at) { 2 } else { 1 };
    }
    at
}

/// `9. 00`: the reader saw a space after the point.
fn point_and_space(chars: &[char], at: usize) -> bool {
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    matches!(chars[at], '.' | ',')
        && chars.get(at + 1) == Some(&' ')
        && (digit(at + 2) && digit(at + 3))
        && !chars.get(at + 4).is_some_and(|c| c.is_alphanumeric() || "./-:".contains(*c))
        && digit(at - 1)
}

/// Whether the space at `at` parts thousands: one to three digits before it, three after.
fn thousands_follow(chars: &[char], from: usize, at: usize) -> bool {
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    let before = chars[from..at].iter().rev().take_while(|c| c.is_ascii_digit()).count();
    let first = before == at - from;
    (if first { (1..=3).contains(&before) } else { before == 3 })
        && (digit(at + 1) && digit(at + 2) && digit(at + 3))
        && !digit(at + 4)
        && chars[from..at].iter().all(|c| c.is_ascii_digit() || c.is_whitespace())
}

/// Whether the letters from `at` are all look-alikes up to a separator or the end of the word.
fn letters_end(chars: &[char], at: usize) -> bool {
    let rest = chars[at..].iter().take_while(|c| c.is_alphanumeric());
    let mut count = 0;
    rest.inspect(|_| count += 1).take(DIGITS_MAX).all(|c| as_digit(*c).is_some()) && count <= 4
}

/// The amount in `range`, less letters that only follow it, where it is one.
fn amount(chars: &[char], range: Range<usize>) -> Option<(Range<usize>, Amount)> {
    let (from, mut to) = (range.start, range.end);
    let mut parsed = decimal(&chars[from..to]);
    // `41.95S` is an amount and a tax code, not five digits and a look-alike.
    let whole = |number: &Option<Number>| number.as_ref().is_some_and(|number| number.decimals);
    while to > from + 1 && !chars[to - 1].is_ascii_digit() && !whole(&parsed) {
        to -= 1;
        parsed = decimal(&chars[from..to]).or(parsed);
    }
    let number = parsed?;
    let (before, currency_before) = left_of(chars, from, number.decimals)?;
    let (after, currency_after) = right_of(chars, to, number.decimals)?;
    let currency = currency_before.or(currency_after);
    let confused = chars[from..to].iter().filter(|c| c.is_alphabetic() || **c == '|').count();
    let sign = if before.negative || after { -1 } else { 1 };
    let readings = number.readings.iter().map(|value| sign * value).collect();
    let sure = number.decimals || currency.is_some();
    let grouped = number.grouped;
    Some((before.start..to, Amount { readings, currency, sure, grouped, confused }))
}

struct Left {
    start: usize,
    negative: bool,
}

/// The sign and currency on the left; `None` where what stands there makes it no amount.
fn left_of(chars: &[char], from: usize, decimals: bool) -> Option<(Left, Option<&'static str>)> {
    let at = |back: usize| from.checked_sub(back).map(|i| chars[i]);
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut start = from;
    let mut negative = false;
    match at(1) {
        Some('-' | '−' | '–') => {
            if at(2).is_some_and(char::is_alphanumeric) && !ends_in_currency(&chars[..from - 1]) {
                return None;
            }
            negative = true;
            start -= 1;
        }
        Some('(') if closes(chars, from) => {
            negative = true;
        }
        Some('/' | '#' | '\\') => return None,
        Some(':' | '.' | ',') if digit(at(2)) => return None,
        _ => {}
    }
    let word: Vec<char> = left_word(&chars[..start]);
    let code: String = word.iter().collect();
    let known = currency(&code);
    let attached = start > 0 && chars[start - 1].is_alphanumeric();
    if attached && known.is_none() && !decimals {
        return None;
    }
    if let Some((sign_at, _)) = known.zip(attached.then_some(())) {
        return Some((Left { start: start - word.len(), negative }, Some(sign_at)));
    }
    if known.is_some() && start > 0 && !chars[start - 1].is_whitespace() {
        return Some((Left { start: start - word.len(), negative }, known));
    }
    Some((Left { start, negative }, known))
}

/// A bracketed amount is negative: `(5.00)`.
fn closes(chars: &[char], from: usize) -> bool {
    let rest = chars[from..].iter().skip_while(|c| c.is_ascii_digit() || ".,".contains(**c));
    rest.take(1).any(|c| *c == ')')
}

fn ends_in_currency(chars: &[char]) -> bool {
    currency(&left_word(chars).iter().collect::<String>()).is_some()
}

/// The letters or currency signs that end `chars`, spaces left aside.
fn left_word(chars: &[char]) -> Vec<char> {
    let end = chars.iter().rposition(|c| *c != ' ').map_or(0, |last| last + 1);
    let part = |c: &&char| c.is_alphabetic() || "$€£¥￥₹฿₱₩₫₺₽".contains(**c);
    let mut word: Vec<char> = chars[..end].iter().rev().take_while(part).take(8).copied().collect();
    word.reverse();
    word
}

/// Whether a minus follows, and the currency on the right; `None` where it is no amount.
fn right_of(chars: &[char], to: usize, decimals: bool) -> Option<(bool, Option<&'static str>)> {
    let at = |ahead: usize| chars.get(to + ahead).copied();
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let rest = || chars[to..].iter().copied().skip_while(|c| *c == ' ');
    if rest().next() == Some('%') {
        return None;
    }
    match at(0) {
        Some('-' | '/' | ':' | '\'') if digit(at(1)) => return None,
        Some('/' | '-') if at(1).is_some_and(char::is_alphabetic) => return None,
        Some('.' | ',' | '#') if digit(at(1)) => return None,
        _ => {}
    }
    let word: String =
        rest().take(8).take_while(|c| c.is_alphabetic() || "$€£¥￥₹฿₱₩₫₺₽".contains(*c)).collect();
    let attached = at(0).is_some_and(char::is_alphabetic);
    let known = currency(&word);
    if UNITS.contains(&word.to_uppercase().as_str()) && attached {
        return None;
    }
    if attached && known.is_none() && !decimals {
        return None;
    }
    let minus = matches!(at(0), Some('-' | '−')) && !at(1).is_some_and(char::is_alphanumeric);
    Some((minus, known))
}

/// The currency that a sign or code means, in any case.
pub(super) fn currency(word: &str) -> Option<&'static str> {
    if word.is_empty() || word.chars().count() > 4 {
        return None;
    }
    let upper = word.to_uppercase();
    CURRENCIES.iter().find(|(sign, _)| *sign == upper).map(|(_, code)| *code)
}

struct Number {
    readings: Vec<i64>,
    decimals: bool,
    grouped: bool,
}

/// Digits and separators as a number.
fn decimal(chars: &[char]) -> Option<Number> {
    let mut groups: Vec<(usize, i64)> = vec![(0, 0)];
    let mut separators = Vec::new();
    let mut digits = 0;
    for c in chars {
        if let Some((digit, _)) = as_digit(*c) {
            let (count, value) = groups.last_mut()?;
            *count += 1;
            digits += 1;
            if digits > DIGITS_MAX {
                return None;
            }
            *value = *value * 10 + i64::from(digit);
        } else if *c == '.' || *c == ',' {
            separators.push(*c);
            groups.push((0, 0));
        } else if matches!(c, '\'' | '’') || groups.last()?.0 > 0 {
            separators.push(' ');
            groups.push((0, 0));
        }
        // What is left is the space after a point, which says nothing.
    }
    let join =
        |groups: &[(usize, i64)]| groups.iter().fold(0, |all, (_, group)| all * 1000 + group);
    let in_threes = |groups: &[(usize, i64)]| {
        (1..=3).contains(&groups[0].0) && groups[1..].iter().all(|(count, _)| *count == 3)
    };
    let Some(last) = separators.pop() else {
        let whole = groups[0].1 * 1000;
        return (groups[0].0 > 0).then(|| Number {
            readings: vec![whole],
            decimals: false,
            grouped: false,
        });
    };
    let (fraction_len, fraction) = groups.pop()?;
    let like = separators.windows(2).all(|pair| pair[0] == pair[1]);
    let whole = groups.len() == 1 || (like && in_threes(&groups));
    match fraction_len {
        1 | 2 if last != ' ' && whole && groups[0].0 > 0 => {
            let scale = if fraction_len == 1 { 100 } else { 10 };
            let value = join(&groups) * 1000 + fraction * scale;
            Some(Number { readings: vec![value], decimals: true, grouped: groups.len() > 1 })
        }
        3 if like && separators.iter().all(|s| *s == last) && in_threes(&groups) => {
            let grouped = (join(&groups) * 1000 + fraction) * 1000;
            let mut readings = vec![grouped];
            // `9.000` is nine with three decimals, or nine thousand.
            if groups.len() == 1 && last != ' ' {
                readings.push(groups[0].1 * 1000 + fraction);
            }
            // No number of thousands begins with nothing but zeros.
            if groups[0].1 == 0 {
                readings.remove(0);
            }
            (!readings.is_empty()).then_some(Number { readings, decimals: false, grouped: true })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
