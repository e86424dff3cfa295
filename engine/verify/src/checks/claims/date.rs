//! A date is right when the day that was claimed stands in its role; a date that may be two days
//! is said to be so by a lower confidence, unless other dates of the document settle the order.

use std::ops::Range;

use ivendor_models::profile::ClaimSpec;
use jiff::civil::Date;

use super::day::{self, Day, Order};
use super::document::{Document, Read};
use super::finding::{Finding, reading_factor};
use super::labels::{Labels, Role, Values};
use super::put::Put;
use super::text::{Span, Text};
use crate::scoring::forms;

/// The label of a claim that means the date of the document itself: where only one date stands
/// on a document, it is this one.
const PLAIN_LABEL: &str = "date";

/// Other dates past so many are not counted in a measure.
const RIVALS_MAX: usize = 3;

/// Digits that a line has at least in which a misread date is looked for, and how many of such
/// lines are looked at.
const DIGITS_MIN: usize = 4;
const LINES_MAX: usize = 200;

/// Characters by which what was read differs at most from the date that it may be.
const EDITS_MAX: usize = 3;

struct Placed<'a> {
    read: &'a Read<Day>,
    role: Role,
    same: f32,
}

/// Looks for the claimed day in its role.
pub(super) fn find(spec: &ClaimSpec, claim: &str, document: &Document<'_>) -> Finding {
    let Some(claimed) = day::parse(claim) else { return Finding::invalid() };
    let labels = Labels::of(spec);
    let reads = document.days();
    let spans: Vec<Span> = reads.iter().map(|read| read.span.clone()).collect();
    let order = settled_order(reads);
    let placed: Vec<Placed<'_>> = reads
        .iter()
        .map(|read| Placed {
            role: labels.role(&document.text, &read.span, Values(&spans)),
            same: same(&claimed, &read.value, order),
            read,
        })
        .collect();
    let main = labels.is_empty() || spec.labels.iter().any(|label| label == PLAIN_LABEL);
    let (finding, place) = judge(&placed, document, main);
    let days: Vec<Date> = claimed.readings.iter().map(|(day, _)| *day).collect();
    let Some(place) = place else { return unread(finding, document, forms::of_date(claim, &days)) };
    let agrees = place.same > 0.0 && place.read.value.confused == 0;
    let put = || Put::whole(&document.text, &place.read.span, forms::of_date(claim, &days));
    finding
        .measuring(&measures(&placed, place, document))
        .measuring(&place.role.measures())
        .putting((!agrees).then(put).into_iter().collect())
}

/// Nothing on the page was read as a date: the claim is put to the line that is most like it, since
/// one misread character makes a date unreadable.
fn unread(finding: Finding, document: &Document<'_>, forms: Vec<String>) -> Finding {
    let text = &document.text;
    let Some((span, edits)) = nearest(text, &forms) else { return finding };
    let put = Put::whole(text, &span, forms);
    finding.measuring(&[("unread", 1.0), ("unread_edits", edits as f32)]).putting(vec![put])
}

/// The part of a line that is most like one of `forms`, and by how many characters it differs.
fn nearest(text: &Text<'_>, forms: &[String]) -> Option<(Span, usize)> {
    let forms: Vec<Vec<char>> = forms.iter().map(|form| form.chars().collect()).collect();
    let dated = |chars: &[char]| chars.iter().filter(|c| c.is_ascii_digit()).count() >= DIGITS_MIN;
    let lines = text.lines.iter().enumerate().filter(|(_, line)| dated(&line.chars));
    lines
        .take(LINES_MAX)
        .flat_map(|(line, read)| {
            let part = |form: &Vec<char>| part_like(&read.chars, form);
            let parts = forms.iter().filter_map(part);
            parts.map(move |(chars, edits)| (Span { line, chars }, edits)).collect::<Vec<_>>()
        })
        .min_by_key(|(_, edits)| *edits)
        .filter(|(_, edits)| *edits <= EDITS_MAX)
}

/// The part of `line` that is most like `form`, with the edit distance (Sellers 1980).
fn part_like(line: &[char], form: &[char]) -> Option<(Range<usize>, usize)> {
    let mut row: Vec<(usize, usize)> = (0..=line.len()).map(|start| (0, start)).collect();
    for c in form {
        let mut diagonal = row[0];
        row[0].0 += 1;
        for at in 1..=line.len() {
            let other = usize::from(!line[at - 1].eq_ignore_ascii_case(c));
            let best = [(diagonal.0 + other, diagonal.1), (row[at].0 + 1, row[at].1)];
            diagonal = row[at];
            row[at] = best.into_iter().chain([(row[at - 1].0 + 1, row[at - 1].1)]).min()?;
        }
    }
    let (end, (edits, start)) = row.into_iter().enumerate().min_by_key(|(_, cell)| cell.0)?;
    (start < end).then_some((start..end, edits))
}

/// What speaks for and against the place that was judged.
fn measures(
    placed: &[Placed<'_>],
    place: &Placed<'_>,
    document: &Document<'_>,
) -> [(&'static str, f32); 5] {
    let dates = placed.iter().filter(|p| !p.read.value.run);
    let rivals = dates.filter(|p| p.role >= place.role && p.same == 0.0).count();
    [
        ("same", place.same),
        ("run", if place.read.value.run { 1.0 } else { 0.0 }),
        ("timed", if place.read.value.timed { 1.0 } else { 0.0 }),
        ("rivals", rivals.min(RIVALS_MAX) as f32),
        ("reading", document.text.lines[place.read.span.line].confidence),
    ]
}

/// The order that the document's dates have, where some can be read in one order only, and none
/// in the other one only.
fn settled_order(reads: &[Read<Day>]) -> Option<Order> {
    let only = |order: Order| {
        let only = |day: &Day| day.numbers.is_some() && !day.is_ambiguous();
        reads.iter().any(|read| only(&read.value) && read.value.readings[0].1 == order)
    };
    match (only(Order::DayMonth), only(Order::MonthDay)) {
        (true, false) => Some(Order::DayMonth),
        (false, true) => Some(Order::MonthDay),
        _ => None,
    }
}

/// How far two dates are the same day, 0–1.
fn same(claimed: &Day, read: &Day, order: Option<Order>) -> f32 {
    let misread = 0.75_f32.powi(i32::try_from(read.confused.min(4)).unwrap_or(4));
    let doubtful = if read.run { 0.96 } else { 1.0 };
    doubtful * misread * same_day(claimed, read, order)
}

fn same_day(claimed: &Day, read: &Day, order: Option<Order>) -> f32 {
    // Both are written alike, so whatever the order is, they mean the same day.
    if claimed.readings == read.readings {
        return 1.0;
    }
    let likely = |day: &Day, reading: Order| match (order, reading) {
        _ if day.readings.len() == 1 => 1.0,
        (_, Order::Plain) => 1.0,
        (_, Order::YearFirst) => 0.4,
        _ if !day.is_ambiguous() => 0.99,
        (Some(settled), reading) if settled == reading => 0.98,
        (Some(_), _) => 0.15,
        (None, Order::DayMonth) => 0.8,
        (None, Order::MonthDay) => 0.75,
    };
    let mut best = 0.0_f32;
    for (date, claimed_order) in &claimed.readings {
        for (other, read_order) in &read.readings {
            if date == other {
                best = best.max(likely(claimed, *claimed_order) * likely(read, *read_order));
            }
        }
    }
    best
}

/// Which date stands in the role, and whether it is the claimed one; with the place that was
/// judged.
fn judge<'s, 'a>(
    placed: &'s [Placed<'a>],
    document: &Document<'_>,
    main: bool,
) -> (Finding, Option<&'s Placed<'a>>) {
    let spans = |p: &Placed<'_>| vec![p.read.span.clone()];
    let reading = |p: &Placed<'_>| reading_factor(document.text.lines[p.read.span.line].confidence);
    type Group = (fn(&Placed<'_>) -> bool, f32, f32);
    let alone = if main { 0.95 } else { 0.75 };
    let groups: [Group; 3] = [
        (|p| p.role >= Role::Near, 0.97, 0.75),
        // Of dates without a label, the one with a time of day says when it happened.
        (|p| p.role == Role::Unlabelled && p.read.value.timed, alone, 0.7),
        (|p| p.role == Role::Unlabelled && !p.read.value.timed, alone, 0.7),
    ];
    for (belongs, alone, among) in groups {
        let stand: Vec<&Placed<'_>> = placed.iter().filter(|p| belongs(p)).collect();
        // A run of eight digits is often a number of something: it takes no date's place.
        let dates: Vec<&&Placed<'_>> = stand.iter().filter(|p| !p.read.value.run).collect();
        let best = stand.iter().max_by(|a, b| {
            a.same.total_cmp(&b.same).then((b.read.span.line).cmp(&a.read.span.line))
        });
        match best {
            Some(best) if best.same > 0.0 => {
                let agree = dates.iter().all(|p| p.same > 0.0);
                let certain = if agree { alone } else { among };
                let belief = certain * best.same * reading(best);
                return (Finding::believed(belief, spans(best)), Some(*best));
            }
            _ => {}
        }
        if let Some(first) = dates.first() {
            return (Finding::other(0.08, spans(first)), Some(**first));
        }
    }
    match placed.iter().max_by(|a, b| a.same.total_cmp(&b.same)) {
        Some(p) if p.same > 0.0 => (Finding::other(0.2 * p.same, spans(p)), Some(p)),
        Some(p) => (Finding::missing(0.05, spans(p)), Some(p)),
        None => (Finding::missing(0.05, Vec::new()), None),
    }
}

#[cfg(test)]
mod tests;
