//! Names, addresses and plain text: right when all of their letters and digits stand together,
//! over the ends of lines and in whatever order of words, and nothing else stands among them.

use ivendor_models::profile::{ClaimKind, ClaimSpec, Profile};

use super::align::{Aligner, Fit};
use super::document::Document;
use super::finding::{Finding, reading_factor};
use super::fold::folded;
use super::labels::{Labels, Role};
use super::put;
use super::text::{Span, Text};

/// Places that are compared in full.
const PLACES: usize = 3;

/// Looks for the claimed words.
pub(super) fn find(
    profile: &Profile,
    spec: &ClaimSpec,
    claim: &str,
    document: &Document<'_>,
) -> Finding {
    let claimed = folded(claim);
    if claimed.is_empty() {
        return Finding::invalid();
    }
    let labels = Labels::among(profile, spec);
    let text = &document.text;
    let goes_on = spec.kind == ClaimKind::Address;
    let aligner = Aligner { text, grams: document.grams(), claim: &claimed, goes_on };
    let mut places: Vec<Place> = Vec::new();
    for fit in aligner.fits(PLACES) {
        let spans = merged(fit.segments.iter().flat_map(|segment| text.spans(&segment.text)));
        let Some(first) = spans.first() else { continue };
        let role = labels.block_role(text, first);
        let belief = belief(spec.kind, &fit, claimed.len())
            * in_role(role, &claimed)
            * reading_factor(text.reading(&spans));
        places.push(Place { belief, fit, role, spans });
    }
    let Some(best) = best(&places).filter(|place| place.similarity(&claimed) >= 0.25) else {
        return Finding::missing(0.02, Vec::new());
    };
    let one = |yes: bool| if yes { 1.0 } else { 0.0 };
    let alike: Vec<&Place> =
        places.iter().filter(|place| place.fit.cost <= best.fit.cost).collect();
    let unlabelled = best.role <= Role::Unlabelled;
    let mut measures = vec![
        ("label_elsewhere", one(unlabelled && labels.stand(text, &best.spans))),
        ("otherwise", one(unlabelled && alike.iter().any(|place| place.role == Role::Against))),
    ];
    if spec.kind == ClaimKind::Name && profile.has_letterhead() {
        let above = alike.iter().map(|place| text.lines_above(&place.spans[0])).min();
        let beneath = 1.0 - 1.0 / (1.0 + above.unwrap_or_default() as f32);
        measures.push(if spec.letterhead {
            ("issuer_below", beneath)
        } else {
            ("party_heads", 1.0 - beneath)
        });
    }
    best.finding(text, &claimed).measuring(&measures)
}

/// The place that is believed most; of those that are believed alike, the one that is labelled.
fn best(places: &[Place]) -> Option<&Place> {
    /// Beliefs as near as this are alike: the readings of the same words differ by as much.
    const ALIKE: f32 = 0.01;
    let most = places.iter().map(|place| place.belief).fold(0.0, f32::max);
    let mut alike = places.iter().filter(|place| place.belief >= most - ALIKE);
    let first = alike.next()?;
    Some(alike.fold(first, |best, place| if place.role > best.role { place } else { best }))
}

/// Where the claim may stand.
struct Place {
    belief: f32,
    fit: Fit,
    role: Role,
    spans: Vec<Span>,
}

impl Place {
    fn similarity(&self, claimed: &[char]) -> f32 {
        1.0 - self.fit.cost / claimed.len() as f32
    }

    fn finding(&self, text: &Text<'_>, claimed: &[char]) -> Finding {
        let fit = &self.fit;
        let count = |number: usize| number as f32;
        let measures = [
            ("cost", fit.cost),
            ("cost_share", fit.cost / claimed.len() as f32),
            ("digits_wrong", count(fit.digits_wrong)),
            ("digits_doubtful", count(fit.digits_doubtful)),
            ("digits_skipped", count(fit.digits_skipped)),
            ("jumps", count(fit.jumps)),
            ("reading", text.reading(&self.spans)),
            ("depth", self.spans.first().map_or(0.0, |first| text.depth(first))),
        ];
        let puts = put::of_fit(text, fit, claimed);
        let finding = match self.similarity(claimed) >= 0.5 {
            true => Finding::believed(self.belief, self.spans.clone()),
            false => Finding::missing(self.belief, self.spans.clone()),
        };
        finding.measuring(&measures).measuring(&self.role.measures()).putting(puts)
    }
}

/// How far a fit is the claim itself.
fn belief(kind: ClaimKind, fit: &Fit, length: usize) -> f32 {
    let power = |base: f32, count: usize| base.powi(i32::try_from(count.min(40)).unwrap_or(40));
    // One letter makes another company, but hardly another address: its numbers do.
    let each = if kind == ClaimKind::Address { 0.25 } else { 0.75 };
    let wrong = (-each * fit.cost - 4.0 * fit.cost / length as f32).exp();
    let belief = 0.98 * wrong * power(0.96, fit.jumps) * power(0.985, fit.digits_skipped.min(6));
    match (kind, fit.digits_wrong, fit.digits_doubtful) {
        (ClaimKind::Address, 1.., _) => belief.min(0.15),
        (_, 1.., _) => belief.min(0.3),
        (_, 0, 1..) => belief.min(0.7),
        _ => belief,
    }
}

/// What a label adds: a word of few letters stands on a page by chance, unless it is labelled.
pub(super) fn in_role(role: Role, claimed: &[char]) -> f32 {
    match role {
        Role::Sure | Role::Labelled => 1.0,
        Role::Against => 0.5,
        Role::Near | Role::Unlabelled => {
            // A character of an East Asian script says as much as a few letters.
            let says = |c: &char| if u32::from(*c) >= 0x2E80 { 3.0 } else { 1.0 };
            let length: f32 = claimed.iter().map(says).sum();
            1.0 - 0.4 * (-(length - 1.0) / 2.0).exp()
        }
    }
}

/// Neighbouring parts of one line as one.
fn merged(spans: impl Iterator<Item = Span>) -> Vec<Span> {
    let mut all: Vec<Span> = Vec::new();
    for span in spans {
        match all.last_mut() {
            Some(last)
                if last.line == span.line
                    && (last.chars.end..=last.chars.end + 3).contains(&span.chars.start) =>
            {
                last.chars.end = span.chars.end;
            }
            _ => all.push(span),
        }
    }
    all
}

#[cfg(test)]
mod tests;
