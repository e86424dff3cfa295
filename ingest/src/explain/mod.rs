//! A verdict in words, for the person who has to act on it.
//!
//! What stands on a document is a stranger's text: nothing of it reaches the terminal but
//! printable characters.

mod reasons;

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use ivendor_core::check::{Check, Evidence, Outcome};
use ivendor_core::verdict::{Decision, Verdict};

/// Characters of one value that are shown.
const VALUE_LEN_MAX: usize = 160;

/// Places of one check that are shown.
const PLACES_MAX: usize = 5;

/// From this log-ratio of claim and reading on, and below that one, the picture is put into other
/// words; what they are worth is the policy's to say.
const AS_WELL_FROM: f32 = -2.0;
const HARDLY_BELOW: f32 = -8.0;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// The explanation with colours; who writes it where none are wanted strips them.
#[must_use]
pub fn explain(verdict: &Verdict) -> String {
    let mut text = String::new();
    head(&mut text, verdict);
    for check in &verdict.checks {
        one_check(&mut text, check);
    }
    settle(&mut text, verdict);
    foot(&mut text, verdict);
    text
}

fn head(text: &mut String, verdict: &Verdict) {
    let (words, colour) = match verdict.decision {
        Decision::Accept => ("accept", AnsiColor::Green),
        Decision::Review => ("review by a person", AnsiColor::Yellow),
        Decision::Reject => ("reject", AnsiColor::Red),
    };
    let style = colour.on_default().bold();
    line(text, format_args!("{BOLD}{}{BOLD:#} ({})", verdict.document_id, verdict.document_type));
    line(
        text,
        format_args!("decision: {style}{words}{style:#}, confidence {:.2}", verdict.confidence),
    );
    for reason in &verdict.reasons {
        line(text, format_args!("because:  {reason}, {}", reasons::meaning(reason.as_str())));
    }
}

/// What the picture says of a claim that the text does not say just as it was made.
fn picture(check: &Check) -> Option<String> {
    let ratio = *check.measures.get("ratio")?;
    let shows = match ratio {
        AS_WELL_FROM.. => "shows the claim as well as what was read",
        HARDLY_BELOW.. => "shows what was read rather than the claim",
        _ => "does not show the claim",
    };
    let second = match check.measures.get("second_prefers") {
        Some(prefers) if *prefers >= 0.5 => "; a second reader reads the claim",
        Some(prefers) if *prefers <= -0.5 => "; a second reader agrees with what was read",
        _ => "",
    };
    Some(format!("the picture {shows} (log-ratio {ratio:.1}){second}"))
}

fn one_check(text: &mut String, check: &Check) {
    let (word, colour) = match check.outcome {
        Outcome::Passed => ("passed", AnsiColor::Green),
        Outcome::Failed => ("failed", AnsiColor::Red),
        Outcome::NotExecuted => ("not run", AnsiColor::Yellow),
    };
    let style = colour.on_default();
    text.push('\n');
    let name = shown(&check.check);
    match check.outcome {
        Outcome::NotExecuted => line(text, format_args!("{style}{word:<8}{style:#}{name}")),
        _ => line(
            text,
            format_args!("{style}{word:<8}{style:#}{name}, confidence {:.2}", check.confidence),
        ),
    }
    let mut row = |label: &str, value: &str| {
        line(text, format_args!("        {DIM}{label:<8}{DIM:#}{value}"));
    };
    if let Some(expected) = &check.expected {
        row("asked", &shown(expected));
    }
    if let Some(found) = &check.found {
        row("found", &shown(found));
    }
    if let Some(words) = picture(check) {
        row("picture", &words);
    }
    if let Some(reason) = &check.reason {
        row("doubt", &format!("{reason}, {}", reasons::meaning(reason.as_str())));
    }
    for evidence in check.evidence.iter().take(PLACES_MAX) {
        row("where", &format!("{}: {}", place(evidence), shown(&evidence.text)));
    }
    if let Some(more @ 1..) = check.evidence.len().checked_sub(PLACES_MAX) {
        row("", &format!("and {more} more places"));
    }
}

/// What a person would have to look at to decide; nothing where nothing is doubtful.
fn settle(text: &mut String, verdict: &Verdict) {
    if verdict.decision == Decision::Accept {
        return;
    }
    text.push('\n');
    line(text, format_args!("{BOLD}What would settle it{BOLD:#}"));
    for reason in &verdict.reasons {
        let check = verdict.checks.iter().find(|check| check.reason.as_ref() == Some(reason));
        let at = check.and_then(|check| check.evidence.first());
        let at = at.map(|evidence| format!(" Look at {}.", place(evidence))).unwrap_or_default();
        line(text, format_args!("- {}{at}", reasons::remedy(reason.as_str())));
    }
}

fn foot(text: &mut String, verdict: &Verdict) {
    let made = &verdict.provenance;
    let digest = made.policy.digest.to_string();
    text.push('\n');
    line(
        text,
        format_args!(
            "{DIM}policy {} ({}), engine {}, {} ({}){}, {:.0} ms{DIM:#}",
            shown(&made.policy.name),
            digest.get(..12).unwrap_or(&digest),
            made.engine,
            made.device,
            made.dtype,
            if made.fallback { ", not the device that was asked for" } else { "" },
            verdict.timings_ms.total,
        ),
    );
    text.push('\n');
}

fn line(text: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{words}");
}

/// The upright box around the evidence, in whole pixels.
fn place(evidence: &Evidence) -> String {
    let points = evidence.polygon.0;
    let low = |of: fn(&ivendor_core::geometry::Point) -> f32| {
        points.iter().map(of).fold(f32::INFINITY, f32::min)
    };
    let high = |of: fn(&ivendor_core::geometry::Point) -> f32| {
        points.iter().map(of).fold(f32::NEG_INFINITY, f32::max)
    };
    format!(
        "page {}, ({:.0}, {:.0}) to ({:.0}, {:.0})",
        evidence.page,
        low(|p| p.x),
        low(|p| p.y),
        high(|p| p.x),
        high(|p| p.y)
    )
}

/// A stranger's text as it may be shown: printable, on one line, of bounded length.
fn shown(text: &str) -> String {
    let printable = |c: char| !c.is_control() && !is_formatting(c);
    let mut shown: String = text
        .chars()
        .take(VALUE_LEN_MAX)
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .map(|c| if printable(c) { c } else { '\u{FFFD}' })
        .collect();
    if text.chars().nth(VALUE_LEN_MAX).is_some() {
        shown.push('…');
    }
    shown
}

/// Marks that change the direction of what follows, or are not seen at all.
fn is_formatting(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}')
}

#[cfg(test)]
mod tests;
