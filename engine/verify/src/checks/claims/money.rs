//! An amount is right when it stands in its role: beside the words for it, and nowhere else.

use ivendor_models::profile::ClaimSpec;

use super::amount::{self, Amount};
use super::document::{Document, Read};
use super::finding::{Finding, reading_factor};
use super::labels::{Labels, Role, Values};
use super::text::Span;

/// Amounts of each kind that are set against each other to learn what was settled.
const SETTLED_MAX: usize = 8;

/// One amount of the document beside the claim.
struct Placed<'a> {
    read: &'a Read<Amount>,
    role: Role,
    /// How far it says what was claimed, 0–1.
    same: f32,
}

/// Looks for the claimed amount in its role.
pub(super) fn find(spec: &ClaimSpec, claim: &str, document: &Document<'_>) -> Finding {
    let Some(claimed) = amount::parse(claim) else { return Finding::invalid() };
    let labels = Labels::new(&[
        (&spec.labels_sure, Role::Sure),
        (&spec.labels, Role::Labelled),
        (&spec.labels_against, Role::Against),
    ]);
    let reads = document.amounts();
    let spans: Vec<Span> = reads.iter().map(|read| read.span.clone()).collect();
    let placed: Vec<Placed<'_>> = reads
        .iter()
        .map(|read| Placed {
            role: labels.role(&document.text, &read.span, Values(&spans)),
            same: same(&claimed, &read.value),
            read,
        })
        .collect();
    let settled = settled(spec, document, &spans);
    judge(&placed, &settled, document, labels.is_empty())
}

/// How far two amounts agree: the likelier readings, then the others; a different currency or a
/// misread digit takes away from it.
fn same(claimed: &Amount, read: &Amount) -> f32 {
    let agree = |a: Option<&i64>| a.is_some_and(|a| read.readings.contains(a));
    let value: f32 = if read.readings.first() == claimed.readings.first() {
        1.0
    } else if agree(claimed.readings.first()) || agree(claimed.readings.get(1)) {
        0.8
    } else {
        return 0.0;
    };
    let currency = match (claimed.currency, read.currency) {
        (Some(a), Some(b)) if a != b && a != "$" && b != "$" => 0.5,
        _ => 1.0,
    };
    // A letter that was taken for a digit says that the reader was not sure which it is.
    let confused = 0.75_f32.powi(i32::try_from(read.confused.min(4)).unwrap_or(4));
    value * currency * confused
}

/// The amounts that were paid less what came back, in thousandths.
fn settled(spec: &ClaimSpec, document: &Document<'_>, spans: &[Span]) -> Vec<i64> {
    let Some(settled) = &spec.settled else { return Vec::new() };
    let labels = Labels::new(&[(&settled.paid, Role::Sure), (&settled.back, Role::Labelled)]);
    let (mut paid, mut back) = (Vec::new(), Vec::new());
    for read in document.amounts().iter().filter(|read| read.value.sure) {
        let value = read.value.readings[0].abs();
        match labels.role(&document.text, &read.span, Values(spans)) {
            Role::Sure if paid.len() < SETTLED_MAX => paid.push(value),
            Role::Labelled if back.len() < SETTLED_MAX => back.push(value),
            _ => {}
        }
    }
    let less = |paid: &i64| back.iter().map(|back| paid - back).collect::<Vec<_>>();
    paid.iter().flat_map(less).filter(|value| *value > 0).collect()
}

/// Which value stands in the role, and whether it is the claimed one.
fn judge(
    placed: &[Placed<'_>],
    settled: &[i64],
    document: &Document<'_>,
    anywhere: bool,
) -> Finding {
    let text = &document.text;
    // Where labels are known, a bare number is an amount only beside one of them.
    let counts = |p: &&Placed<'_>| p.read.value.sure || p.role >= Role::Labelled || p.same > 0.0;
    let of = |role: Role| placed.iter().filter(counts).filter(move |p| p.role == role);
    let spans = |p: &Placed<'_>| vec![p.read.span.clone()];
    let reading = |p: &Placed<'_>| reading_factor(text.lines[p.read.span.line].confidence);
    for role in [Role::Sure, Role::Labelled, Role::Near] {
        let sure_only: Vec<&Placed<'_>> = of(role).filter(|p| p.read.value.sure).collect();
        let stand: Vec<&Placed<'_>> =
            if sure_only.is_empty() { of(role).collect() } else { sure_only };
        let Some(last) = stand.last() else { continue };
        let best = stand.iter().max_by(|a, b| a.same.total_cmp(&b.same)).unwrap_or(last);
        let confirmed = |p: &Placed<'_>| settled.contains(&p.read.value.readings[0]);
        let certain = certainty(role, &stand, best, &confirmed);
        if best.same > 0.0 {
            return Finding::believed(certain * best.same * reading(best), spans(best));
        }
        let shown = stand.iter().rev().find(|p| confirmed(p)).unwrap_or(last);
        let doubt = if role == Role::Near { 0.35 } else { 0.1 };
        return Finding::other(doubt, spans(shown));
    }
    let by_sameness = |a: &&Placed<'_>, b: &&Placed<'_>| a.same.total_cmp(&b.same);
    let free = of(Role::Unlabelled).filter(|p| p.same > 0.0).max_by(by_sameness);
    if let Some(p) = free {
        let confirmed = settled.contains(&p.read.value.readings[0]);
        let certain = if confirmed || anywhere { 0.95 } else { 0.6 };
        return Finding::believed(certain * p.same * reading(p), spans(p));
    }
    match of(Role::Against).filter(|p| p.same > 0.0).max_by(by_sameness) {
        Some(p) => Finding::missing(0.3 * p.same, spans(p)),
        None => Finding::missing(0.05, Vec::new()),
    }
}

/// How sure it is that `best` stands in the role, among all that stand there.
fn certainty(
    role: Role,
    stand: &[&Placed<'_>],
    best: &Placed<'_>,
    confirmed: &dyn Fn(&Placed<'_>) -> bool,
) -> f32 {
    let value = |p: &Placed<'_>| p.read.value.readings[0];
    let alone = stand.iter().all(|p| value(p) == value(best));
    let base = match role {
        Role::Sure => 0.98,
        Role::Labelled => 0.96,
        _ => 0.8,
    };
    if alone {
        base
    } else if confirmed(best) {
        base - 0.03
    } else if stand.iter().any(|p| confirmed(p)) {
        0.2
    } else {
        0.6
    }
}

#[cfg(test)]
mod tests;
