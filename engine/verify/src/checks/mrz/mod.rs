//! The machine-readable zone of passports and cards: found in the lines as they were read, its
//! check digits computed, and what it says put beside the claims.
//!
//! A zone is read with what the standard knows (ICAO Doc 9303): its widths, which places hold
//! digits and which letters, and the check digits, which tell of several ways to read a damaged
//! line the right one. Where none makes them right, the zone stays as it was read, and the check
//! fails. Names have no check digit, so they are as sure as the reader is.
//!
//! A document without a zone has none of these checks, since most cards' faces have none; only
//! one whose claims name a passport's number must have it. The checks never fail a document of
//! another type, on which a zone is a chance guest.

use std::collections::BTreeMap;

use ivendor_core::check::Check;
use ivendor_core::reason::Reason;
use ivendor_core::verdict::PageText;
use ivendor_models::profile::Profile;
use jiff::civil::Date;

use super::validity;
use compare::answer;

pub use find::read;
pub use layout::{Field, FieldCheck, Format};
pub(crate) use second::ReadZone;
pub use zone::{Mrz, Sex, Zone};

mod compare;
mod country;
mod digits;
mod find;
mod fit;
mod layout;
mod names;
mod repair;
mod rows;
mod second;
mod visual;
mod zone;

/// Whether there is a zone.
const FOUND: &str = "mrz.found";
/// Whether its check digits hold.
const CHECK_DIGITS: &str = "mrz.check_digits";
/// Whether it says what is claimed.
const CLAIMS: &str = "mrz.claims";
/// The type of document that has zones.
const ID_DOCUMENT: &str = "id_document";
/// The claim that only a document with a zone can bear.
const PASSPORT_NUMBER: &str = "passport_number";

/// The zone of a document, and how far a second reader sees the same in it where it was asked.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    zone: Zone,
    agrees: Option<f32>,
}

/// Looks for the zone of a document; a second reader is asked about one that counts and is in
/// doubt.
pub(crate) fn find(
    profile: &Profile,
    pages: &[PageText],
    on: Date,
    second: &ReadZone<'_>,
) -> Option<Found> {
    let mut zone = read(pages, on)?;
    let counts = profile.name == ID_DOCUMENT;
    let agrees = if counts { second::ask(&mut zone, second) } else { None };
    Some(Found { zone, agrees })
}

/// Checks the zone of a document and, with it, whether the document is valid on the day `on`: see
/// [`validity::check`].
#[must_use]
pub(crate) fn check(
    profile: &Profile,
    claims: &BTreeMap<String, String>,
    found_zone: Option<Found>,
    on: Date,
) -> Vec<Check> {
    let (zone, agrees) = match found_zone {
        Some(Found { zone, agrees }) => (Some(zone), agrees),
        None => (None, None),
    };
    if profile.name != ID_DOCUMENT {
        let mut checks = validity::check(profile, claims, None, on);
        if let Some(zone) = zone.filter(|zone| zone.mrz.checks.iter().all(FieldCheck::holds)) {
            checks.extend([found(&zone), check_digits(&zone)]);
        }
        return checks;
    }
    let mut checks = Vec::new();
    match &zone {
        Some(zone) => {
            checks.extend([found(zone), check_digits(zone)]);
            checks.extend(against_claims(profile, claims, zone));
            for check in &mut checks {
                check.measure("reading", zone.confidence);
                if let Some(agrees) = agrees {
                    check.measure("second_agrees", agrees);
                }
            }
        }
        None if claims.contains_key(PASSPORT_NUMBER) => {
            checks.push(Check::not_executed(FOUND, Reason::MRZ_NOT_FOUND));
        }
        None => {}
    }
    checks.extend(validity::check(profile, claims, zone.as_ref(), on));
    checks
}

fn found(zone: &Zone) -> Check {
    let named = !zone.mrz.surname.is_empty();
    let found = format!("{}: {}", zone.mrz.format.name(), zone.mrz.lines.join(" "));
    let check = Check::passed(FOUND, if named { 0.99 } else { 0.95 });
    check.finding(found).at(zone.evidence.clone())
}

/// Passes where all hold, however sure the reader was, since chance makes them hold once in ten
/// thousand; fails the surer, the surer the reader was.
fn check_digits(zone: &Zone) -> Check {
    let said = |digit: fn(&FieldCheck) -> char| {
        let all = zone.mrz.checks.iter();
        let wrong = all.filter(|check| !check.holds());
        let each = wrong.map(|check| format!("{} {}", check.field.name(), digit(check)));
        each.collect::<Vec<_>>().join(", ")
    };
    let wrong = said(|check| check.read);
    let check = if wrong.is_empty() {
        let certain = if zone.ambiguous { 0.8 } else { 0.99 };
        Check::passed(CHECK_DIGITS, certain).finding(format!("{} hold", zone.mrz.checks.len()))
    } else {
        let misread = (1.0 - zone.confidence).clamp(0.02, 0.4);
        Check::failed(CHECK_DIGITS, misread, Reason::MRZ_CHECK_DIGIT)
            .expecting(said(|check| check.computed))
            .finding(wrong)
    };
    check.at(zone.evidence.clone())
}

/// The claims that the zone answers, together; none where it answers none.
fn against_claims(
    profile: &Profile,
    claims: &BTreeMap<String, String>,
    zone: &Zone,
) -> Option<Check> {
    let answers: Vec<_> = claims
        .iter()
        .filter_map(|(key, claim)| {
            let answer = answer(canonical(profile, key), claim, &zone.mrz)?;
            Some((key, claim, answer))
        })
        .collect();
    let differ: Vec<_> = answers.iter().filter(|(_, _, answer)| !answer.agrees).collect();
    let check = if answers.is_empty() {
        return None;
    } else if differ.is_empty() {
        let keys: Vec<&str> = answers.iter().map(|(key, ..)| key.as_str()).collect();
        Check::passed(CLAIMS, 0.99).finding(format!("{} agree", keys.join(", ")))
    } else {
        let expected: Vec<_> =
            differ.iter().map(|(key, claim, _)| format!("{key} {claim}")).collect();
        let found: Vec<_> = differ.iter().map(|(key, _, a)| format!("{key} {}", a.found)).collect();
        let misread = (1.0 - zone.confidence).clamp(0.02, 0.4);
        Check::failed(CLAIMS, misread, Reason::MRZ_CLAIM_MISMATCH)
            .expecting(expected.join(", "))
            .finding(found.join(", "))
    };
    Some(check.at(zone.evidence.clone()))
}

/// The name under which the profile has the claim `key`; the key itself where it has none.
pub(super) fn canonical<'a>(profile: &'a Profile, key: &'a str) -> &'a str {
    let spec = profile.claim(key);
    profile.keys().find(|known| std::ptr::eq(profile.claim(known), spec)).unwrap_or(key)
}

#[cfg(test)]
pub(super) mod testing;

#[cfg(test)]
mod tests;
