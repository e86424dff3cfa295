//! Dates in a line of text: which characters make one, and which days it may mean.

use std::ops::Range;

use jiff::civil::Date;

use super::fold::{as_digit, folded};
use super::month::month;

/// Two-digit years below this are of this century.
const PIVOT: i16 = 50;

/// The order in which a date was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    DayMonth,
    MonthDay,
    YearFirst,
    /// The month stands there by name, or the order is plain.
    Plain,
}

/// What one date says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Day {
    /// The days that it may mean, with the order that each supposes; at least one.
    pub(super) readings: Vec<(Date, Order)>,
    /// Its numbers as written, where it is all numbers.
    pub(super) numbers: Option<[u32; 3]>,
    /// Whether the year has two digits.
    pub(super) short_year: bool,
    /// Whether it is a run of eight digits, which may be something else.
    pub(super) run: bool,
    /// Letters that were taken for digits.
    pub(super) confused: usize,
    /// Whether a time of day stands on its line: something happened then.
    pub(super) timed: bool,
}

impl Day {
    /// Whether it may be two days, but for the rare order that puts a short year first.
    pub(super) fn is_ambiguous(&self) -> bool {
        self.readings.iter().filter(|(_, order)| *order != Order::YearFirst).count() > 1
    }
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Number {
        value: u32,
        digits: usize,
        confused: usize,
    },
    Word(String),
    /// Any other character; a space is `' '`.
    Mark(char),
}

#[derive(Debug, Clone, PartialEq)]
struct Token {
    kind: Kind,
    range: Range<usize>,
}

/// The dates of a line, from left to right.
pub(super) fn scan(chars: &[char]) -> Vec<(Range<usize>, Day)> {
    let tokens = tokens(chars);
    let timed = has_time(&tokens);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let day = numeric(&tokens, at).or_else(|| named(&tokens, at)).or_else(|| run(&tokens, at));
        match day {
            Some((next, mut day)) => {
                day.timed = timed;
                found.push((tokens[at].range.start..tokens[next - 1].range.end, day));
                at = next;
            }
            None => at += 1,
        }
    }
    found
}

/// The date that a claim names, alone or with a time.
pub(super) fn parse(claim: &str) -> Option<Day> {
    use unicode_normalization::UnicodeNormalization;
    let chars: Vec<char> = claim.nfkc().collect();
    let mut found = scan(&chars);
    let (range, day) = found.pop()?;
    let around = chars.len() - range.len();
    (found.is_empty() && day.confused == 0 && around <= 24).then_some(day)
}

/// The days that a claimed date may mean, the likelier first; none where it is no date.
pub(crate) fn days(claim: &str) -> Vec<Date> {
    let Some(day) = parse(claim) else { return Vec::new() };
    let usual = |(_, order): &&(Date, Order)| *order != Order::YearFirst;
    let rare = !day.readings.iter().any(|reading| usual(&reading));
    day.readings.iter().filter(|reading| rare || usual(reading)).map(|(day, _)| *day).collect()
}

fn tokens(chars: &[char]) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let end = |of: &dyn Fn(usize) -> bool| (at..).find(|i| *i >= chars.len() || !of(*i));
        let number = |i: usize| chars[i].is_ascii_digit() || stands_for_digit(chars, i);
        let word = |i: usize| chars[i].is_alphabetic() && !number(i) && !is_han_mark(chars[i]);
        let (to, kind) = if number(at) {
            let to = end(&number).unwrap_or(chars.len());
            (to, to_number(&chars[at..to]))
        } else if word(at) {
            let to = end(&word).unwrap_or(chars.len());
            (to, Kind::Word(folded(&chars[at..to].iter().collect::<String>()).iter().collect()))
        } else {
            let space = chars[at].is_whitespace();
            (at + 1, Kind::Mark(if space { ' ' } else { chars[at] }))
        };
        tokens.push(Token { kind, range: at..to });
        at = to;
    }
    unglue(&tokens, chars)
}

/// Parts what the reader ran together: a year or a day, and the hour right after it.
fn unglue(tokens: &[Token], chars: &[char]) -> Vec<Token> {
    let number =
        |at: usize| matches!(tokens.get(at), Some(Token { kind: Kind::Number { .. }, .. }));
    let mark = |at: usize, marks: &str| match tokens.get(at).map(|token| &token.kind) {
        Some(Kind::Mark(mark)) => marks.contains(*mark),
        _ => false,
    };
    let time = |at: usize| mark(at, ":") && number(at + 1);
    let mut parted = Vec::with_capacity(tokens.len());
    for (at, token) in tokens.iter().enumerate() {
        let before =
            at > 0 && (mark(at - 1, "-/.") || matches!(tokens[at - 1].kind, Kind::Word(_)));
        let head = match token.kind {
            // A year before a whole time, as in logs, stays whole.
            Kind::Number { digits: 4, .. } if time(at + 3) && time(at + 5) => 0,
            Kind::Number { digits: 3 | 4, .. } => 2,
            Kind::Number { digits: 5 | 6, .. } => 4,
            _ => 0,
        };
        if head == 0 || !before || !time(at + 1) {
            parted.push(token.clone());
            continue;
        }
        let middle = token.range.start + head;
        for range in [token.range.start..middle, middle..token.range.end] {
            parted.push(Token { kind: to_number(&chars[range.clone()]), range });
        }
    }
    parted
}

fn to_number(chars: &[char]) -> Kind {
    let digits = chars.iter().filter_map(|c| as_digit(*c));
    let value =
        digits.fold(0_u32, |n, (digit, _)| n.saturating_mul(10).saturating_add(u32::from(digit)));
    let confused = chars.iter().filter(|c| !c.is_ascii_digit()).count();
    Kind::Number { value, digits: chars.len(), confused }
}

/// Whether the letter at `at` is a misread digit: `2O18`, `O5/03`.
fn stands_for_digit(chars: &[char], at: usize) -> bool {
    if !matches!(chars[at], 'O' | 'o' | 'I' | 'l' | '|' | 'S' | 'B') {
        return false;
    }
    let before = at.checked_sub(1).map(|i| chars[i]);
    let after = chars.get(at + 1).copied();
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mark = |c: Option<char>| c.is_some_and(|c| "/-.".contains(c));
    let alone = !before.is_some_and(char::is_alphanumeric);
    digit(before) && (digit(after) || mark(after)) || alone && digit(after)
}

fn is_han_mark(c: char) -> bool {
    "年月日년월일".contains(c)
}

/// `25/12/2018`, `2018-12-25`, `25.12.18`, `2018年12月25日`.
fn numeric(tokens: &[Token], at: usize) -> Option<(usize, Day)> {
    let (first, next) = number(tokens, at)?;
    let (mark, next) = separator(tokens, next)?;
    let (second, next) = number(tokens, next)?;
    let (other, next) = separator(tokens, next)?;
    let (third, mut next) = number(tokens, next)?;
    if mark != other || continues(tokens, at..next, mark) {
        return None;
    }
    if matches!(tokens.get(next).map(|t| &t.kind), Some(Kind::Mark('日' | '일'))) {
        next += 1;
    }
    let all = [first, second, third];
    let four = all.iter().filter(|n| n.digits == 4).count();
    if all.iter().any(|n| ![1, 2, 4].contains(&n.digits)) || (mark == ' ' && four != 1) {
        return None;
    }
    let readings = orders(all);
    let day = Day {
        numbers: Some(all.map(|n| n.value)),
        short_year: four == 0,
        run: false,
        confused: all.iter().map(|n| n.confused).sum(),
        timed: false,
        readings,
    };
    (!day.readings.is_empty()).then_some((next, day))
}

/// Whether more numbers with the same mark stand right before or behind: a telephone number, an
/// address of a computer; or a time begins where the date should end.
fn continues(tokens: &[Token], parts: Range<usize>, mark: char) -> bool {
    let kind = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map(|token| &token.kind);
    let joins = |between: Option<&Kind>, number: Option<&Kind>| {
        matches!(between, Some(Kind::Mark(c)) if *c == mark || *c == ':')
            && mark != ' '
            && matches!(number, Some(Kind::Number { .. }))
    };
    let (first, next) = (parts.start, parts.end);
    joins(kind(Some(next)), kind(Some(next + 1)))
        || joins(kind(first.checked_sub(1)), kind(first.checked_sub(2)))
}

/// Whether hours and minutes stand somewhere: `18:30`.
fn has_time(tokens: &[Token]) -> bool {
    tokens.windows(3).any(|three| {
        let [hours, mark, minutes] = three else { return false };
        matches!(hours.kind, Kind::Number { value: ..24, digits: 1..=2, .. })
            && mark.kind == Kind::Mark(':')
            && matches!(minutes.kind, Kind::Number { value: ..60, digits: 2, .. })
    })
}

/// Every order that gives a day of the calendar, each day once.
fn orders([a, b, c]: [Number; 3]) -> Vec<(Date, Order)> {
    let tries: &[(Number, Number, Number, Order)] = match (a.digits, c.digits) {
        (4, _) => &[(a, b, c, Order::Plain)],
        (_, 4) => &[(c, b, a, Order::DayMonth), (c, a, b, Order::MonthDay)],
        _ => &[(c, b, a, Order::DayMonth), (c, a, b, Order::MonthDay), (a, b, c, Order::YearFirst)],
    };
    let mut readings: Vec<(Date, Order)> = Vec::new();
    for (year, month, day, order) in tries {
        if month.digits > 2 || day.digits > 2 || year.digits == 1 {
            continue;
        }
        if let Some(date) = date(*year, month.value, day.value)
            && readings.iter().all(|(other, _)| *other != date)
        {
            readings.push((date, *order));
        }
    }
    readings
}

/// `25 December 2018`, `Dec 25, 2018`, `24-MAR-18`, `5 de marzo de 2018`, `2018 Mar 5`.
fn named(tokens: &[Token], at: usize) -> Option<(usize, Day)> {
    let month_at = |at: usize| match &tokens.get(at)?.kind {
        Kind::Word(word) => Some((month(word)?, at + 1)),
        _ => None,
    };
    let (first, month, second, next) = if let Some((month, next)) = month_at(at) {
        let (day, next) = number(tokens, filler(tokens, next))?;
        let (year, next) = number(tokens, filler(tokens, next))?;
        (day, month, year, next)
    } else {
        let (first, next) = number(tokens, at)?;
        let (month, next) = month_at(filler(tokens, next))?;
        let (second, next) = number(tokens, filler(tokens, next))?;
        (first, month, second, next)
    };
    let timed = matches!(tokens.get(next).map(|t| &t.kind), Some(Kind::Mark(':')));
    let (year, day) = if first.digits == 4 { (first, second) } else { (second, first) };
    if day.digits > 2 || ![2, 4].contains(&year.digits) || (timed && year.digits == 2) {
        return None;
    }
    let date = date(year, u32::try_from(month).ok()?, day.value)?;
    let day = Day {
        readings: vec![(date, Order::Plain)],
        numbers: None,
        short_year: year.digits == 2,
        run: false,
        confused: year.confused + day.confused,
        timed: false,
    };
    Some((next, day))
}

/// `20180304` or `04032018`, standing alone.
fn run(tokens: &[Token], at: usize) -> Option<(usize, Day)> {
    let Kind::Number { value, digits: 8, confused: 0 } = tokens[at].kind else { return None };
    let kind = |at: Option<usize>| at.and_then(|at| tokens.get(at)).map(|token| &token.kind);
    let free = |kind: Option<&Kind>| {
        kind.is_none_or(|k| matches!(k, Kind::Mark(mark) if !"-/.#".contains(*mark)))
    };
    if !free(kind(at.checked_sub(1))) || !free(kind(Some(at + 1))) {
        return None;
    }
    let number = |value: u32, digits: usize| Number { value, digits, confused: 0 };
    let (head, tail) = (value / 10_000, value % 10_000);
    let first_year = date(number(head, 4), tail / 100, tail % 100).map(|d| (d, Order::Plain));
    let readings: Vec<(Date, Order)> = match first_year {
        Some(reading) => vec![reading],
        None => orders([number(head / 100, 2), number(head % 100, 2), number(tail, 4)]),
    };
    let day =
        Day { readings, numbers: None, short_year: false, run: true, confused: 0, timed: false };
    (!day.readings.is_empty()).then_some((at + 1, day))
}

#[derive(Debug, Clone, Copy)]
struct Number {
    value: u32,
    digits: usize,
    confused: usize,
}

fn number(tokens: &[Token], at: usize) -> Option<(Number, usize)> {
    match tokens.get(at)?.kind {
        Kind::Number { value, digits, confused } => {
            Some((Number { value, digits, confused }, at + 1))
        }
        _ => None,
    }
}

/// The mark between two numbers, with or without spaces around it, or the space itself.
fn separator(tokens: &[Token], mut at: usize) -> Option<(char, usize)> {
    let mut mark = None;
    for _ in 0..3 {
        match tokens.get(at)?.kind {
            Kind::Mark(' ') => mark = mark.or(Some(' ')),
            Kind::Mark(c @ ('/' | '-' | '.' | '–' | '−')) if matches!(mark, None | Some(' ')) =>
            {
                mark = Some(if matches!(c, '–' | '−') { '-' } else { c });
            }
            Kind::Mark('年' | '月' | '년' | '월') => mark = Some('年'),
            Kind::Number { .. } => break,
            _ => return None,
        }
        at += 1;
    }
    mark.map(|mark| (mark, at))
}

/// Past what may stand between the parts of a date with a month's name.
fn filler(tokens: &[Token], mut at: usize) -> usize {
    for _ in 0..6 {
        let passes = match tokens.get(at).map(|token| &token.kind) {
            Some(Kind::Mark(mark)) => " -/.,'’º°".contains(*mark),
            Some(Kind::Word(word)) => {
                ["ST", "ND", "RD", "TH", "ER", "OF", "DE", "DEL"].contains(&word.as_str())
            }
            _ => false,
        };
        if !passes {
            break;
        }
        at += 1;
    }
    at
}

fn date(year: Number, month: u32, day: u32) -> Option<Date> {
    let mut full = i16::try_from(year.value).ok()?;
    if year.digits == 2 {
        full += if full < PIVOT { 2000 } else { 1900 };
    }
    if !(1900..=2099).contains(&full) {
        return None;
    }
    Date::new(full, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

#[cfg(test)]
mod tests;
