//! A number or code is right or wrong as a whole: only spaces, hyphens and case do not count.

use std::ops::Range;

use ivendor_models::profile::ClaimSpec;

use super::align::Aligner;
use super::boxes::{self, Boxes};
use super::document::Document;
use super::finding::{Finding, reading_factor};
use super::fold::folded;
use super::labels::{Labels, Role, Values};
use super::put::Put;
use super::text::{Span, Text};
use super::wording::in_role;

/// Places at which a claim is compared.
const PLACES_MAX: usize = 4_096;

/// Labels beside which a code is looked for.
const LABELS_MAX: usize = 64;

/// What is left of the belief where another code stands beside the label.
const ELSEWHERE: f32 = 0.6;

/// Changed characters, as a share of the code, up to which another one may be the code misread.
const LIKE: f32 = 0.4;

/// Boxes with another digit that are put to the picture.
const BOXES_ASKED_MAX: usize = 4;

/// Looks for the claimed code.
pub(super) fn find(spec: &ClaimSpec, claim: &str, document: &Document<'_>) -> Finding {
    let claimed = folded(claim);
    if claimed.is_empty() {
        return Finding::invalid();
    }
    let text = &document.text;
    let labels = Labels::of(spec);
    let mut best: Option<Place> = None;
    for at in places(document, &claimed) {
        let [span] = text.spans(&(at..at + claimed.len())).try_into().unwrap_or_else(|_| none());
        if span.chars.is_empty() {
            continue;
        }
        let place = Place {
            role: labels.role(text, &span, Values(&[])),
            free: free(text, at, at + claimed.len()),
            reading: text.lines[span.line].confidence,
            span,
        };
        if best.as_ref().is_none_or(|best| place.belief(&claimed) > best.belief(&claimed)) {
            best = Some(place);
        }
    }
    let labelled = beside_label(text, &labels);
    let Some(place) = best else {
        let boxed = in_boxes(document, &labels, &claimed);
        return boxed.unwrap_or_else(|| misread(document, claim, labelled));
    };
    // The code is on the page; another one may stand beside its label.
    let rival = labelled.filter(|_| place.role < Role::Labelled);
    let belief = place.belief(&claimed) * if rival.is_some() { ELSEWHERE } else { 1.0 };
    let measures = [
        ("free", place.free),
        ("rivals", if rival.is_some() { 1.0 } else { 0.0 }),
        ("reading", place.reading),
        ("length", claimed.len() as f32),
    ];
    let shown = rival.filter(|_| belief < 0.5).unwrap_or(place.span);
    Finding::believed(belief, vec![shown]).measuring(&measures).measuring(&place.role.measures())
}

/// A place where the code stands as it was claimed.
struct Place {
    span: Span,
    role: Role,
    free: f32,
    reading: f32,
}

impl Place {
    fn belief(&self, claimed: &[char]) -> f32 {
        0.98 * self.free * in_role(self.role, claimed) * reading_factor(self.reading)
    }
}

/// The claimed number where it is written a digit a box, or the one that is most like it.
fn in_boxes(document: &Document<'_>, labels: &Labels, claimed: &[char]) -> Option<Finding> {
    let text = &document.text;
    let differs = |found: &Boxes| {
        let pairs = found.digits.iter().zip(claimed).enumerate();
        pairs.filter(|(_, (read, own))| read != own).map(|(at, _)| at).collect::<Vec<_>>()
    };
    let like = |found: &Boxes| found.digits.len() == claimed.len();
    let all = boxes::find(text).into_iter().filter(like);
    let found = all.min_by_key(|found| differs(found).len())?;
    let wrong = differs(&found);
    let role = labels.role(text, &found.spans[0], Values(&[]));
    let reading = text.reading(&found.spans);
    let cost = wrong.len() as f32;
    let measures = [
        ("free", 1.0),
        ("reading", reading),
        ("length", claimed.len() as f32),
        ("cost", cost),
        ("cost_share", cost / claimed.len() as f32),
    ];
    let put = |at: usize| Put::whole(text, &found.spans[at], vec![claimed[at].to_string()]);
    let puts = wrong.iter().map(|at| put(*at)).take(BOXES_ASKED_MAX).collect();
    let finding = match wrong.as_slice() {
        [] => {
            let belief = 0.98 * in_role(role, claimed) * reading_factor(reading);
            Finding::believed(belief, found.spans)
        }
        _ if cost <= LIKE * claimed.len() as f32 => Finding::other(0.1, found.spans),
        _ => return None,
    };
    Some(finding.measuring(&measures).measuring(&role.measures()).putting(puts))
}

/// The first code that stands beside a label: after it on its line, or on its row to the right.
fn beside_label(text: &Text<'_>, labels: &Labels) -> Option<Span> {
    if labels.is_empty() {
        return None;
    }
    let labelled = (0..text.lines.len()).filter_map(|line| {
        let hit = labels.in_line(text, line)?;
        (hit.role >= Role::Labelled).then_some((line, hit.end))
    });
    labelled.take(LABELS_MAX).find_map(|(line, end)| {
        let right = |other: &usize| text.lines[*other].x.start > text.lines[line].x.start;
        let row = text.row(line).into_iter().filter(right).map(|other| (other, 0));
        std::iter::once((line, end)).chain(row).find_map(|(line, from)| code(text, line, from))
    })
}

/// The first word from a line's character `from` on that holds a digit and two characters more,
/// with the words of digits that follow it.
fn code(text: &Text<'_>, line: usize, from: usize) -> Option<Span> {
    let chars = &text.lines[line].chars;
    let mut found: Option<Range<usize>> = None;
    let mut at = from;
    while at < chars.len() {
        let length = chars[at..].iter().take_while(|c| !c.is_whitespace()).count();
        let word = &chars[at..at + length];
        let digits = word.iter().any(char::is_ascii_digit);
        let long = word.iter().filter(|c| c.is_alphanumeric()).count() >= 3;
        found = match found {
            None if digits && long => Some(at..at + length),
            Some(code) if digits => Some(code.start..at + length),
            Some(code) if length > 0 => return Some(Span { line, chars: code }),
            other => other,
        };
        at += length + 1;
    }
    found.map(|chars| Span { line, chars })
}

/// No place: a code that would run over the end of a line.
fn none() -> [Span; 1] {
    [Span { line: 0, chars: 0..0 }]
}

/// Where the code's characters stand one after another.
fn places(document: &Document<'_>, claimed: &[char]) -> Vec<usize> {
    let glyphs = &document.text.glyphs;
    let here = |at: &usize| {
        let part = glyphs.get(*at..*at + claimed.len());
        part.is_some_and(|part| part.iter().zip(claimed).all(|(g, c)| g.folded == *c))
    };
    let groups = document.grams().places(claimed);
    if claimed.len() < 3 {
        return (0..glyphs.len()).filter(here).take(PLACES_MAX).collect();
    }
    groups.iter().take(PLACES_MAX).map(|(_, at)| *at as usize).filter(here).collect()
}

/// How far the code stands for itself, and is no part of a longer one.
fn free(text: &Text<'_>, start: usize, end: usize) -> f32 {
    let side = |inner: usize, outer: usize, at: usize| {
        let (Some(a), Some(b)) = (text.glyphs.get(inner), text.glyphs.get(outer)) else {
            return 1.0;
        };
        if text.line_of(inner) != text.line_of(outer) {
            return 1.0;
        }
        let digits = a.folded.is_ascii_digit() && b.folded.is_ascii_digit();
        let line = &text.lines[text.line_of(inner)];
        // Two of one character (`¼` is three glyphs) have nothing between them.
        let (left, right) = (a.at.min(b.at) as usize, a.at.max(b.at) as usize);
        match line.chars.get(left + 1..right).unwrap_or_default() {
            [] if text.joined(at) && (digits || a.folded.is_ascii_digit()) => 0.3,
            [] => 0.5,
            ['-' | '/' | '.'] => 0.7,
            [' '] if digits => 0.95,
            _ => 1.0,
        }
    };
    let left = if start == 0 { 1.0 } else { side(start, start - 1, start) };
    left * side(end - 1, end, end)
}

/// The code was read nowhere as it was claimed: what is most like it, or what stands beside its
/// label, may be the code misread.
fn misread(document: &Document<'_>, claim: &str, labelled: Option<Span>) -> Finding {
    let (text, claimed) = (&document.text, folded(claim));
    let nearest = nearest(document, &claimed);
    let (cost, other) = match (&nearest, &labelled) {
        (Some((cost, span)), _) if *cost <= LIKE * claimed.len() as f32 => (*cost, Some(span)),
        (_, Some(other)) => (claimed.len() as f32, Some(other)),
        (Some((cost, span)), None) => (*cost, Some(span)),
        (None, None) => (claimed.len() as f32, None),
    };
    let put = other.map(|span| Put::whole(text, span, vec![claim.trim().to_owned()]));
    let like = cost <= LIKE * claimed.len() as f32;
    let finding = match (labelled, nearest) {
        (Some(other), _) => Finding::other(0.05, vec![other]),
        (None, Some((_, span))) if like => Finding::other(0.1, vec![span]),
        (None, Some((_, span))) => Finding::missing(0.03, vec![span]),
        (None, None) => Finding::missing(0.02, Vec::new()),
    };
    let measures = [("cost", cost), ("cost_share", cost / claimed.len() as f32)];
    finding.measuring(&measures).putting(put.into_iter().collect())
}

/// What is most like the code, if anything is, and how far it is from it.
fn nearest(document: &Document<'_>, claimed: &[char]) -> Option<(f32, Span)> {
    let text = &document.text;
    let aligner = Aligner { text, grams: document.grams(), claim: claimed, goes_on: false };
    let fits = aligner.fits(2);
    let fit = fits.into_iter().min_by(|a, b| a.cost.total_cmp(&b.cost))?;
    if fit.cost > 0.7 * claimed.len() as f32 {
        return None;
    }
    let span = fit.segments.iter().find_map(|part| text.spans(&part.text).into_iter().next())?;
    Some((fit.cost, word(text, &span)))
}

/// The whole word around a span.
fn word(text: &Text<'_>, span: &Span) -> Span {
    let chars = &text.lines[span.line].chars;
    let inside = |c: &&char| !c.is_whitespace();
    let before = chars[..span.chars.start].iter().rev().take_while(inside).count();
    let after = chars[span.chars.end..].iter().take_while(inside).count();
    Span { line: span.line, chars: span.chars.start - before..span.chars.end + after }
}

#[cfg(test)]
mod tests;
