//! The sums that may give a total, and how they are written.

use super::terms::{Kind, Term, Terms};
use crate::checks::claims::document::Document;

/// Adjustments that are tried with and without.
const ADJUSTMENTS_MAX: usize = 7;

/// Subtotals and totals that a sum is begun from.
const BASES_MAX: usize = 8;

/// Thousandths that taxes of several rates lose or win by rounding.
const ROUNDED: i64 = 20;

/// Terms and what they come to.
#[derive(Debug, Clone)]
pub(super) struct Sum<'a> {
    /// E.g. `106.10 + 6.37 - 0.02 = 112.45`.
    pub(super) words: String,
    pub(super) terms: Vec<&'a Term<'a>>,
}

impl<'a> Sum<'a> {
    /// What was paid less what came back, beside a total.
    pub(super) fn settled(paid: &'a Term<'a>, back: &'a Term<'a>, total: &'a Term<'a>) -> Self {
        Self::new(vec![(paid, paid.value), (back, -back.value.abs())], total)
    }

    /// A subtotal and all that was added to it or taken off, beside a total.
    pub(super) fn charged(
        subtotal: &'a Term<'a>,
        terms: &'a Terms<'a>,
        total: &'a Term<'a>,
    ) -> Self {
        let adjustments = terms.adjustments().take(ADJUSTMENTS_MAX);
        let mut parts = vec![(subtotal, subtotal.value)];
        parts.extend(adjustments.map(|term| (term, signs(term)[0])));
        Self::new(parts, total)
    }

    /// Terms with the values with which they enter, beside what they are to give.
    pub(super) fn new(parts: Vec<(&'a Term<'a>, i64)>, total: &'a Term<'a>) -> Self {
        let sum: i64 = parts.iter().map(|(_, value)| value).sum();
        let mut words = String::new();
        for (at, (_, value)) in parts.iter().enumerate() {
            let sign = match (at, *value < 0) {
                (0, true) => "-",
                (0, false) => "",
                (_, true) => " - ",
                (_, false) => " + ",
            };
            words.push_str(sign);
            words.push_str(&money(value.abs()));
        }
        words.push_str(" = ");
        words.push_str(&money(sum));
        if sum != total.value {
            words.push_str(if total.kind == Kind::Closing { "; closing " } else { "; total " });
            words.push_str(&money(total.value));
        }
        let mut terms: Vec<&Term<'_>> = parts.into_iter().map(|(term, _)| term).collect();
        terms.push(total);
        Self { words, terms }
    }
}

/// An amount of thousandths as it is printed, e.g. `9.00`.
fn money(value: i64) -> String {
    let (sign, value) = (if value < 0 { "-" } else { "" }, value.abs());
    match value % 10 {
        0 => format!("{sign}{}.{:02}", value / 1000, value % 1000 / 10),
        _ => format!("{sign}{}.{:03}", value / 1000, value % 1000),
    }
}

/// The values with which an adjustment may enter a sum: what is taken off is printed with a minus
/// or without, and what was rounded may go either way.
fn signs(term: &Term<'_>) -> Vec<i64> {
    match term.kind {
        Kind::Discount => vec![-term.value.abs()],
        Kind::Rounding => vec![term.value, -term.value],
        _ => vec![term.value],
    }
}

/// Where sums may begin, and what may be added to them.
#[derive(Debug)]
pub(super) struct Sums<'a> {
    bases: Vec<Vec<&'a Term<'a>>>,
    adjustments: Vec<&'a Term<'a>>,
    settled: Vec<(&'a Term<'a>, &'a Term<'a>)>,
}

impl<'a> Sums<'a> {
    /// Collects the sums of a document.
    pub(super) fn of(terms: &'a Terms<'a>, document: &Document<'_>) -> Self {
        let heads = || terms.of_kind(Kind::Subtotal).chain(terms.of_kind(Kind::Total));
        let mut bases: Vec<Vec<&Term<'_>>> =
            heads().take(BASES_MAX).map(|term| vec![term]).collect();
        // The lines end at the first amount that has a label of a sum.
        let first = heads().min_by_key(|term| (term.read.span.line, term.read.span.chars.start));
        let column = first.map(|first| terms.column(first, document)).unwrap_or_default();
        if !column.is_empty() {
            bases.push(column);
        }
        let paid = terms.of_kind(Kind::Paid).take(BASES_MAX);
        let with = |paid| terms.of_kind(Kind::Back).take(BASES_MAX).map(move |back| (paid, back));
        Self {
            bases,
            adjustments: terms.adjustments().take(ADJUSTMENTS_MAX).collect(),
            settled: paid.flat_map(with).collect(),
        }
    }

    /// The first sum that gives `total`, an exact one before one that was rounded.
    pub(super) fn giving(&self, total: &'a Term<'a>) -> Option<Sum<'a>> {
        [0, ROUNDED].into_iter().find_map(|tolerance| {
            let charged = self.bases.iter().find_map(|base| self.charged(base, total, tolerance));
            charged.or_else(|| self.settled(total, tolerance))
        })
    }

    fn charged(&self, base: &[&'a Term<'a>], total: &'a Term<'a>, near: i64) -> Option<Sum<'a>> {
        let mut parts: Vec<(&Term<'_>, i64)> =
            base.iter().map(|term| (*term, term.value)).collect();
        let sum: i64 = parts.iter().map(|(_, value)| value).sum();
        // A total that is printed twice does not explain itself.
        let itself = base.len() == 1 && base[0].kind == Kind::Total;
        if itself && (sum - total.value).abs() <= near {
            return None;
        }
        reach(&self.adjustments, total.value - sum, near, &mut parts)
            .then(|| Sum::new(parts, total))
    }

    fn settled(&self, total: &'a Term<'a>, near: i64) -> Option<Sum<'a>> {
        let gives = |(paid, back): &&(&'a Term<'a>, &'a Term<'a>)| {
            (paid.value - back.value.abs() - total.value).abs() <= near
        };
        self.settled.iter().find(gives).map(|(paid, back)| Sum::settled(paid, back, total))
    }
}

/// Whether some of the adjustments make up `rest`; those are put behind `parts`.
fn reach<'a>(
    adjustments: &[&'a Term<'a>],
    rest: i64,
    near: i64,
    parts: &mut Vec<(&'a Term<'a>, i64)>,
) -> bool {
    if rest.abs() <= near {
        return true;
    }
    for (at, term) in adjustments.iter().enumerate() {
        for value in signs(term) {
            parts.push((term, value));
            if reach(&adjustments[at + 1..], rest - value, near, parts) {
                return true;
            }
            parts.pop();
        }
    }
    false
}
