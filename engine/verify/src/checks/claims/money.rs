//! An amount is right when it stands in its role: beside the words for it, and nowhere else.

use ivendor_models::profile::ClaimSpec;

use super::amount::{self, Amount};
use super::document::{Document, Read};
use super::finding::{Finding, reading_factor};
use super::labels::{Labels, Role, Values};
use super::put::Put;
use super::text::Span;
use crate::scoring::forms;

/// Amounts of each kind that are set against each other to learn what was settled.
const SETTLED_MAX: usize = 8;

/// Thousandths by which an amount is rounded at most.
const ROUNDING_MAX: i64 = 100;

/// Amounts past so many are not counted in a measure.
const COUNTED_MAX: usize = 5;

/// One amount of the document beside the claim.
struct Placed<'a> {
    read: &'a Read<Amount>,
    role: Role,
    /// Whether it is an amount, and not merely a number.
    sure: bool,
    /// How far it says what was claimed, 0–1.
    same: f32,
}

/// Looks for the claimed amount in its role.
pub(super) fn find(spec: &ClaimSpec, claim: &str, document: &Document<'_>) -> Finding {
    let Some(claimed) = amount::parse(claim) else { return Finding::invalid() };
    let labels = Labels::of(spec);
    let reads = document.amounts();
    // A count between a label and an amount takes nothing from the label.
    let whole = value_of(&claimed) % 1_000 == 0;
    // Whole amounts are often printed without decimals, where they are claimed at all.
    let is_sure = |read: &Amount| read.sure || whole && read.grouped;
    let sure = reads.iter().filter(|read| is_sure(&read.value));
    let spans: Vec<Span> = sure.map(|read| read.span.clone()).collect();
    let placed: Vec<Placed<'_>> = reads
        .iter()
        .map(|read| Placed {
            role: labels.role(&document.text, &read.span, Values(&spans)),
            same: same(&claimed, &read.value),
            sure: is_sure(&read.value),
            read,
        })
        .filter(|p| p.same > 0.0 || p.sure || !counts(document, &p.read.span))
        .collect();
    let settled = settled(spec, document, &spans);
    let scene = Scene { placed, settled };
    let (finding, judged) = judge(&scene, document, labels.is_empty());
    let Some(place) = scene.claimed().or(judged) else { return finding };
    let (text, agrees) = (&document.text, place.same >= 1.0);
    let put = || Put::whole(text, &place.read.span, forms::of_money(claim));
    let stands = (place.same > 0.0).then(|| place.read.span.clone());
    finding
        .measuring(&scene.measures(place, value_of(&claimed), document))
        .measuring(&place.role.measures())
        .putting((!agrees).then(put).into_iter().collect())
        .standing(stands)
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

/// Whether a number only counts what the rest of its line says, as those of a form's boxes do:
/// `4 Federal income tax withheld`.
fn counts(document: &Document<'_>, span: &Span) -> bool {
    const DIGITS_MAX: usize = 2;
    let chars = &document.text.lines[span.line].chars;
    let mut rest = chars[span.chars.end..].iter().filter(|c| !c.is_whitespace());
    span.chars.len() <= DIGITS_MAX
        && chars[..span.chars.start].iter().all(|c| c.is_whitespace())
        && rest.next().is_some_and(|c| c.is_alphabetic())
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

/// Which value stands in the role, and whether it is the claimed one; with the place that was
/// judged.
fn judge<'s, 'a>(
    scene: &'s Scene<'a>,
    document: &Document<'_>,
    anywhere: bool,
) -> (Finding, Option<&'s Placed<'a>>) {
    let spans = |p: &Placed<'_>| vec![p.read.span.clone()];
    let reading = |p: &Placed<'_>| reading_factor(document.text.lines[p.read.span.line].confidence);
    for role in [Role::Sure, Role::Labelled, Role::Near] {
        let stand = scene.standing(role);
        let Some(best) = stand.iter().max_by(|a, b| a.same.total_cmp(&b.same)) else { continue };
        if best.same > 0.0 {
            let certain = scene.certainty(role, &stand, best);
            let belief = certain * best.same * reading(best);
            return (Finding::believed(belief, spans(best)), Some(*best));
        }
        let likely = stand.iter().rev().max_by(|a, b| {
            scene.certainty(role, &stand, a).total_cmp(&scene.certainty(role, &stand, b))
        });
        // The claim may be what the amount beside the label was rounded to.
        let rounded = scene.rounded(likely.unwrap_or(best)).filter(|p| p.same > 0.0);
        if let Some(p) = rounded {
            return (Finding::believed(0.6 * p.same * reading(p), spans(p)), Some(p));
        }
        let doubt = if role == Role::Near { 0.35 } else { 0.1 };
        let likely = *likely.unwrap_or(best);
        return (Finding::other(doubt, spans(likely)), Some(likely));
    }
    let most_same = |role: Role| {
        let all = scene.placed.iter().filter(move |p| p.role == role && p.same > 0.0);
        all.max_by(|a, b| a.same.total_cmp(&b.same))
    };
    if let Some(p) = most_same(Role::Unlabelled) {
        let certain = if scene.confirmed(p) || anywhere { 0.95 } else { 0.6 };
        return (Finding::believed(certain * p.same * reading(p), spans(p)), Some(p));
    }
    match most_same(Role::Against) {
        Some(p) => (Finding::missing(0.3 * p.same, spans(p)), Some(p)),
        None => (Finding::missing(0.05, Vec::new()), None),
    }
}

/// The amounts of a document, and what was settled.
struct Scene<'a> {
    placed: Vec<Placed<'a>>,
    settled: Vec<i64>,
}

impl<'a> Scene<'a> {
    /// What stands in a role; a bare number only where no amount with decimals does.
    fn standing(&self, role: Role) -> Vec<&Placed<'a>> {
        let all = || self.placed.iter().filter(move |p| p.role == role);
        let sure: Vec<&Placed<'a>> = all().filter(|p| p.sure).collect();
        if sure.is_empty() { all().collect() } else { sure }
    }

    /// Where the claimed amount stands in the strongest role, if it stands anywhere.
    fn claimed(&self) -> Option<&Placed<'a>> {
        let stands = self.placed.iter().filter(|p| p.same > 0.0);
        stands.max_by(|a, b| a.role.cmp(&b.role).then(a.same.total_cmp(&b.same)))
    }

    /// What speaks for and against the claimed amount at `place`.
    fn measures(
        &self,
        place: &Placed<'_>,
        claimed: i64,
        document: &Document<'_>,
    ) -> [(&'static str, f32); 11] {
        let is = |fact: bool| if fact { 1.0 } else { 0.0 };
        let count = |number: usize| number.min(COUNTED_MAX) as f32;
        let span = &place.read.span;
        let elsewhere = || self.placed.iter().filter(|p| p.read.span != *span && p.sure);
        let rivals = || elsewhere().filter(|p| value(p) != claimed);
        let stronger = |p: &&Placed<'_>| p.role > place.role && p.role >= Role::Labelled;
        let settled = self.settled.contains(&claimed);
        let rounded = |p: &Placed<'_>| {
            let change = (value(p) - claimed).abs();
            (1..=ROUNDING_MAX).contains(&change)
                && elsewhere().any(|other| value(other).abs() == change)
        };
        [
            ("same", place.same),
            ("bare", is(!place.sure)),
            ("settled", is(settled)),
            ("settled_otherwise", is(!settled && !self.settled.is_empty())),
            ("rounded", is(rivals().any(rounded))),
            ("rivals_stronger", count(rivals().filter(stronger).count())),
            ("rivals_equal", count(rivals().filter(|p| p.role == place.role).count())),
            ("repeats", count(elsewhere().filter(|p| value(p) == claimed).count())),
            ("larger", count(rivals().filter(|p| value(p) > claimed).count())),
            ("largest", is(rivals().all(|p| value(p) <= claimed))),
            ("reading", document.text.lines[span.line].confidence),
        ]
    }

    fn confirmed(&self, p: &Placed<'_>) -> bool {
        self.settled.contains(&value(p))
    }

    /// How sure it is that `best` is the value of the role, among all that stand in it.
    fn certainty(&self, role: Role, stand: &[&Placed<'_>], best: &Placed<'_>) -> f32 {
        let base = match role {
            Role::Sure => 0.98,
            Role::Labelled => 0.96,
            _ => 0.8,
        };
        let rounded = self.rounded(best).is_some();
        let others = || stand.iter().filter(|p| value(p) != value(best));
        if self.confirmed(best) {
            base - if others().next().is_some() { 0.02 } else { 0.0 }
        } else if others().any(|p| self.confirmed(p)) {
            0.2
        } else if rounded {
            0.6
        } else if others().next().is_none() {
            base
        } else if others()
            .all(|p| stand.iter().any(|to| value(to) == value(best) && self.leads_to(p, to)))
        {
            base - 0.02
        } else {
            0.6
        }
    }

    /// Whether the amounts from one down to another make up the difference: `TOTAL 49.60`,
    /// service, tax and rounding, `TOTAL 57.80`.
    fn leads_to(&self, from: &Placed<'_>, to: &Placed<'_>) -> bool {
        const STEPS_MAX: usize = 12;
        let (first, last) = (from.read.span.line + 1, to.read.span.line);
        let between = self.placed.iter().filter(|p| (first..last).contains(&p.read.span.line));
        let steps: Vec<i64> = between
            .filter(|p| p.sure && value(p) != 0)
            .take(STEPS_MAX + 1)
            .map(|p| value(p))
            .collect();
        (1..=STEPS_MAX).contains(&steps.len())
            // What is taken off is printed with a minus or without.
            && steps.iter().sum::<i64>().abs() == (value(to) - value(from)).abs()
    }

    /// What an amount was rounded to: both stand on the page, the rounded one below, and their
    /// small difference is labelled as something else.
    fn rounded(&self, from: &Placed<'_>) -> Option<&Placed<'a>> {
        let after = |p: &&Placed<'_>| p.read.span.line > from.read.span.line;
        let change = |to: &Placed<'_>| value(to) - value(from);
        let near = |to: &&Placed<'_>| (1..=ROUNDING_MAX).contains(&change(to).abs());
        self.placed.iter().filter(after).filter(near).find(|to| {
            let said = |p: &Placed<'_>| value(p).abs() == change(to).abs();
            to.role != Role::Against
                && self.placed.iter().any(|p| p.role == Role::Against && said(p))
        })
    }
}

fn value(p: &Placed<'_>) -> i64 {
    value_of(&p.read.value)
}

/// The likeliest reading of an amount, in thousandths.
fn value_of(amount: &Amount) -> i64 {
    amount.readings[0]
}

#[cfg(test)]
mod tests;
