//! Whether the amounts of a receipt or an invoice add up to its total: subtotal, discounts, tax,
//! charges and rounding; the column of its lines; what was paid less what came back. Of a bank
//! statement, whether its sums and its transactions lead from the opening to the closing balance.
//!
//! Much of this is missing or misread on many sound documents, so the check appears only where
//! a sum is found that gives the total, or where every term of a sum was read with certainty and
//! nothing on the document explains the difference.

use std::collections::BTreeMap;

use ivendor_core::check::{Check, Outcome};
use ivendor_core::reason::Reason;
use ivendor_models::profile::Profile;

use sums::{Sum, Sums};
use terms::{Kind, Term, Terms, of_bill};

use super::claims::amount::{self, Amount};
use super::claims::document::Document;

mod statement;
mod sums;
mod terms;

/// The name of the check.
const NAME: &str = "arithmetic.total";

/// The types whose amounts add up, and for which the labels are known.
const TYPES: [&str; 2] = ["receipt", "invoice"];

/// The claim whose amount the sums are to give.
const TOTAL: &str = "total";

/// Amounts of a document that is looked at; a longer table is left alone.
const AMOUNTS_MAX: usize = 400;

/// Amounts beside a label for the total that are tried.
const TOTALS_MAX: usize = 8;

/// Below this confidence of the reader an amount proves nothing against a document.
const READ_FROM: f32 = 0.9;

/// Thousandths by which a total may differ from what was paid: coins that do not exist.
const COINS: i64 = 50;

/// Confidence of a check that passed: what adds up was hardly made up.
const FITS: f32 = 0.99;

/// Confidence of a check that failed: a term may have been missed all the same.
const CONTRADICTS: f32 = 0.05;

/// Checks that the amounts give the total: one check, or none where they do not tell.
#[must_use]
pub(crate) fn check(
    profile: &Profile,
    claims: &BTreeMap<String, String>,
    document: &Document<'_>,
) -> Vec<Check> {
    if document.amounts().len() > AMOUNTS_MAX {
        return Vec::new();
    }
    if profile.name == statement::TYPE {
        return statement::check(profile, claims, document).into_iter().collect();
    }
    if !TYPES.contains(&profile.name.as_str()) {
        return Vec::new();
    }
    let terms = Terms::of(&of_bill(profile), document);
    let (totals, claimed) = totals(profile, claims, &terms);
    let sums = Sums::of(&terms, document);
    let disproved = |sum: Sum<'_>| {
        let check = Check::failed(NAME, CONTRADICTS, Reason::ARITHMETIC_MISMATCH);
        shown(check, &sum, document)
    };
    let scene = Scene { terms: &terms, totals: &totals, document };
    // What was handed over and what came back outweigh a subtotal that was changed as well.
    let check = match scene.settled_otherwise() {
        Some(sum) => Some(disproved(sum)),
        None => match totals.iter().find_map(|total| sums.giving(total)) {
            Some(sum) => Some(shown(Check::passed(NAME, FITS), &sum, document)),
            None => scene.charged_otherwise().map(disproved),
        },
    };
    let fits = |check: Check| {
        let sign = if check.outcome == Outcome::Passed { 1.0 } else { -1.0 };
        check.measuring("claim_fits", if claimed { sign } else { 0.0 })
    };
    check.map(fits).into_iter().collect()
}

/// The amounts that are to be explained: the claimed one where it stands beside a label for the
/// total, or else all that surely do; and whether it is the claimed one.
fn totals<'a>(
    profile: &Profile,
    claims: &BTreeMap<String, String>,
    terms: &'a Terms<'_>,
) -> (Vec<&'a Term<'a>>, bool) {
    let value = claimed(profile, claims, TOTAL);
    let found: Vec<&Term<'_>> =
        terms.of_kind(Kind::Total).filter(|term| Some(term.value) == value).collect();
    let sure = || terms.of_kind(Kind::Total).filter(|term| term.sure).take(TOTALS_MAX).collect();
    match found.is_empty() {
        true => (sure(), false),
        false => (found.into_iter().take(TOTALS_MAX).collect(), true),
    }
}

/// The amount that is claimed under `key` or one of its aliases, in thousandths.
fn claimed(profile: &Profile, claims: &BTreeMap<String, String>, key: &str) -> Option<i64> {
    let spec = profile.claim(key);
    let claimed = claims.iter().find(|(key, _)| std::ptr::eq(profile.claim(key), spec));
    amount::parse(claimed?.1)?.readings.first().copied()
}

/// Whether an amount was read with certainty.
fn read_surely(term: &Term<'_>, document: &Document<'_>) -> bool {
    let Amount { confused, readings, .. } = &term.read.value;
    *confused == 0
        && readings.len() == 1
        && document.text.lines[term.read.span.line].confidence >= READ_FROM
}

/// The check with its sum in words and its terms on the page.
fn shown(check: Check, sum: &Sum<'_>, document: &Document<'_>) -> Check {
    let evidence = sum.terms.iter().map(|term| document.text.evidence(&term.read.span));
    check.finding(sum.words.clone()).at(evidence.collect())
}

/// What speaks against the totals of a document: sums whose terms were all read with certainty
/// and that give none of them.
struct Scene<'a> {
    terms: &'a Terms<'a>,
    totals: &'a [&'a Term<'a>],
    document: &'a Document<'a>,
}

impl<'a> Scene<'a> {
    fn certain(&self, term: &Term<'_>) -> bool {
        term.sure && self.document.text.lines[term.read.span.line].confidence >= READ_FROM
    }

    /// The amount of a kind. It may be printed twice; two different ones leave it open which
    /// counts.
    fn only(&self, kind: Kind) -> Option<&'a Term<'a>> {
        let mut of_kind = self.terms.of_kind(kind);
        let first = of_kind.next()?;
        (self.certain(first) && of_kind.all(|other| other.value == first.value)).then_some(first)
    }

    /// The total, where all of its places were read with certainty; the last one of several.
    fn total(&self) -> Option<&'a Term<'a>> {
        self.totals.last().copied().filter(|_| self.totals.iter().all(|t| self.certain(t)))
    }

    /// What was paid less what came back, where that is none of the totals.
    fn settled_otherwise(&self) -> Option<Sum<'a>> {
        let (total, paid, back) = (self.total()?, self.only(Kind::Paid)?, self.only(Kind::Back)?);
        let settled = paid.value - back.value.abs();
        let far = self.totals.iter().all(|total| (total.value - settled).abs() > COINS);
        (far && settled > 0).then(|| Sum::settled(paid, back, total))
    }

    /// The subtotal and what was added to it, where nothing explains what is left to the total.
    fn charged_otherwise(&self) -> Option<Sum<'a>> {
        let (total, subtotal) = (self.total()?, self.only(Kind::Subtotal)?);
        let terms = self.terms;
        let difference = total.value - subtotal.value;
        let explained = difference.abs() <= COINS
            || terms.all().iter().any(|t| (t.value.abs() - difference.abs()).abs() <= COINS);
        let holds = terms.adjustments().count() > 0 || terms.items_give(subtotal, self.document);
        let missed = terms.between(subtotal, total, self.document);
        let one = self.totals.iter().all(|other| other.value == total.value);
        (one && !explained && holds && !missed && terms.adjustments().all(|t| self.certain(t)))
            .then(|| Sum::charged(subtotal, terms, total))
    }
}

#[cfg(test)]
mod tests;
