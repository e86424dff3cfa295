//! The last stage: from what was read to the verdict.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use ivendor_core::check::{Check, Evidence, Outcome};
use ivendor_core::policy::{Judgement, Policy};
use ivendor_core::reason::Reason;
use ivendor_core::verdict::{PageText, Provenance, TimingsMs, VERDICT_SCHEMA, Verdict};
use ivendor_models::profile;
use ivendor_pages::Page;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::checks::picture::Picture;
use crate::checks::suite::{self, Checked, Question};
use crate::contain::contain;
use crate::prepare::{DECODE, FETCH, Prepared, ms_since};
use crate::reading::look::PageLook;
use crate::reading::reader::{LineFeatures, PageRead, Reader};
use crate::scoring::alphabet::Alphabet;
use crate::second::Second;

/// Whether there is a profile for what the document is said to be.
const TYPE_KNOWN: &str = "type.known";
/// Whether the networks could read the pages.
const READ: &str = "engine.read";
/// Whether all checks came to an end.
const CHECKED: &str = "engine.checked";
/// Whether the second reader could be asked, where there was something to ask.
const SECOND_READER: &str = "text.second_reader";
/// Whether there is text on the pages at all.
const TEXT: &str = "text.present";
/// The profile by which a document of an unknown type is compared.
const FALLBACK_PROFILE: &str = "other";

/// What every verdict of an engine shares.
pub(crate) struct Bench<'a> {
    pub(crate) reader: &'a Reader,
    pub(crate) alphabet: &'a Alphabet,
    pub(crate) second: &'a Second,
    pub(crate) policy: &'a Policy,
}

/// Checks what was read and decides. `reads` has an entry for each page, or says why the pages
/// could not be read; `origin` says who read them.
pub(crate) fn conclude(
    prepared: Prepared,
    reads: Result<Vec<PageRead>, String>,
    bench: &Bench<'_>,
    origin: &Provenance,
) -> Verdict {
    let start = Instant::now();
    let Prepared { request, sha256, mut checks, pages, mut timings, .. } = prepared;
    let AsRead { texts, seen, looks } = match reads {
        Ok(reads) => as_read(&pages, reads, &mut timings),
        Err(problem) => {
            checks.push(Check::not_executed(READ, Reason::ENGINE_FAILED).finding(problem));
            AsRead::default()
        }
    };
    if !texts.is_empty() {
        checks.push(text_present(&texts));
    }
    let profile = profile::profile(&request.document_type);
    if profile.is_none() {
        let check = Check::failed(TYPE_KNOWN, 0.0, Reason::TYPE_UNKNOWN);
        checks.push(check.finding(request.document_type.clone()));
    }
    let mut if_true = BTreeMap::new();
    if let Some(profile) = profile.or_else(|| profile::profile(FALLBACK_PROFILE)) {
        let claims = &request.claims;
        let on = request.submitted_at.unwrap_or_else(Timestamp::now).to_zoned(TimeZone::UTC).date();
        if texts.iter().all(|page| page.lines.is_empty()) {
            checks.extend(unread_claims(claims, &checks));
        } else {
            let (pages, texts, looks) = (&pages, &texts, &looks);
            let question = Question { profile, claims, pages, texts, looks, on };
            let checked = asked(&question, &seen, bench);
            checks.extend(checked.checks);
            if_true = checked.if_true;
        }
    }
    bench.policy.weigh(&request.document_type, &mut checks);
    show_what_holds(&mut checks, if_true);
    let Judgement { decision, confidence, reasons } =
        bench.policy.judge(&request.document_type, &checks);
    timings.check = ms_since(start);
    timings.total =
        timings.fetch + timings.decode + timings.detect + timings.recognise + timings.check;
    let timings = in_microseconds(timings);
    Verdict {
        schema: VERDICT_SCHEMA.to_owned(),
        tenant_id: request.tenant_id,
        vendor_id: request.vendor_id,
        document_id: request.document_id,
        document_type: request.document_type,
        sha256,
        decision,
        confidence,
        reasons,
        checks,
        pages: Some(texts),
        provenance: origin.clone(),
        timings_ms: timings,
        verified_at: Timestamp::now(),
    }
}

/// What was read of each page.
#[derive(Default)]
struct AsRead {
    texts: Vec<PageText>,
    /// What the recogniser saw on each of its lines.
    seen: Vec<Vec<LineFeatures>>,
    looks: Vec<Option<PageLook>>,
}

fn as_read(pages: &[Page], reads: Vec<PageRead>, timings: &mut TimingsMs) -> AsRead {
    let mut all = AsRead::default();
    for (page, read) in pages.iter().zip(reads) {
        timings.detect += ms(read.detect);
        timings.recognise += ms(read.recognise);
        all.texts.push(PageText {
            page: page.number,
            width: page.pixels.width(),
            height: page.pixels.height(),
            dpi: page.dpi,
            lines: read.lines,
        });
        all.seen.push(read.seen);
        all.looks.push(read.look);
    }
    all
}

/// All checks; where one of them breaks, none is believed. `seen` is what the recogniser saw on
/// each line of each page.
fn asked(question: &Question<'_>, seen: &[Vec<LineFeatures>], bench: &Bench<'_>) -> Checked {
    let see = |page: usize, line: usize| {
        let probabilities = bench.reader.log_probabilities(seen.get(page)?.get(line)?);
        probabilities.inspect_err(|error| tracing::warn!(%error, "a line was not scored")).ok()
    };
    let wanted = Cell::new(false);
    let second = |page: usize, line: usize| {
        wanted.set(true);
        let Second::Ready(reader) = bench.second else { return None };
        let outline = &question.texts.get(page)?.lines.get(line)?.polygon;
        reader.read(&question.pages.get(page)?.pixels, outline).ok()
    };
    let second_zone = |place: &Evidence| {
        wanted.set(true);
        let Second::Ready(reader) = bench.second else { return None };
        let page = question.pages.iter().find(|page| page.number == place.page)?;
        reader.read_zone(&page.pixels, &place.polygon).ok()
    };
    let picture =
        Picture { see: &see, alphabet: bench.alphabet, second: &second, second_zone: &second_zone };
    let checked = contain("a check", || suite::run(question, &picture));
    let mut checked = checked.unwrap_or_else(|problem| {
        tracing::error!(problem, "the checks of a document broke; please report it");
        let broken = Check::not_executed(CHECKED, Reason::ENGINE_FAILED).finding(problem);
        let mut checks = unread_claims(question.claims, std::slice::from_ref(&broken));
        checks.insert(0, broken);
        Checked { checks, if_true: BTreeMap::new() }
    });
    if let (true, Second::Absent(absent)) = (wanted.get(), bench.second) {
        let check = Check::not_executed(SECOND_READER, Reason::SECOND_READER_ABSENT);
        checked.checks.push(check.finding(absent.to_string()));
    }
    checked
}

/// A claim that failed shows what stands in its place; one that is held to be true in the end, the
/// place where it stands itself.
fn show_what_holds(checks: &mut [Check], mut if_true: BTreeMap<String, Evidence>) {
    for check in checks.iter_mut().filter(|check| check.outcome == Outcome::Passed) {
        if let Some(place) = if_true.remove(&check.check) {
            check.found = Some(place.text.trim().to_owned());
            check.evidence = vec![place];
        }
    }
}

/// Claims of a document that could not be read could not be checked, for the reason for which
/// the document could not be read.
fn unread_claims(claims: &BTreeMap<String, String>, checks: &[Check]) -> Vec<Check> {
    let cause = checks.iter().rev().find_map(|check| match check.check.as_str() {
        READ | CHECKED | DECODE | FETCH => check.reason.clone(),
        _ => None,
    });
    let reason = cause.unwrap_or(Reason::TEXT_NONE);
    let check = |(key, value): (&String, &String)| {
        Check::not_executed(format!("claim.{key}"), reason.clone()).expecting(value.clone())
    };
    claims.iter().map(check).collect()
}

fn text_present(pages: &[PageText]) -> Check {
    let lines: usize = pages.iter().map(|page| page.lines.len()).sum();
    match lines {
        0 => Check::failed(TEXT, 0.0, Reason::TEXT_NONE),
        _ => Check::passed(TEXT, 1.0),
    }
    .finding(format!("{lines} lines"))
}

/// Timings without digits that no clock tells.
fn in_microseconds(timings: TimingsMs) -> TimingsMs {
    let round = |ms: f64| (ms * 1e3).round() / 1e3;
    TimingsMs {
        fetch: round(timings.fetch),
        decode: round(timings.decode),
        detect: round(timings.detect),
        recognise: round(timings.recognise),
        check: round(timings.check),
        total: round(timings.total),
    }
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
