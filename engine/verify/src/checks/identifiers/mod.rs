//! Identifiers that can be checked without asking anybody: by their form, and by check digits
//! that their makers put in so that a mistyped or changed digit shows.
//!
//! A claimed identifier gets the check `identifier.KEY`; an IBAN that stands on the page without
//! being claimed gets `identifier.iban`. Where nothing says what kind of identifier a claim is,
//! or its kind has no rule here, there is no check at all. Whether the document shows what was
//! claimed is the business of the claims; this room only looks at the number.

use std::collections::BTreeMap;

use ivendor_core::check::Check;
use ivendor_core::reason::Reason;
use ivendor_core::verdict::PageText;
use ivendor_models::profile::{ClaimKind, Profile};

use kind::Kind;

mod kind;
mod numbers;
mod page;
mod vat;

/// What is wrong with an identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// It has not the form of its kind.
    Format,
    /// Its form is right, and its check digits do not fit the rest.
    CheckDigit,
}

impl Fault {
    fn reason(self) -> Reason {
        match self {
            Self::Format => Reason::IDENTIFIER_FORMAT,
            Self::CheckDigit => Reason::IDENTIFIER_CHECK_DIGIT,
        }
    }
}

/// What the rules say of an identifier; `None` where no rule is known for it.
type Answer = Option<Result<(), Fault>>;

/// A claimed identifier with a fault is hardly ever true of a sound document.
const FAULTY: f32 = 0.02;

/// Checks the claimed identifiers, in the order of the keys, then the IBANs on the pages where
/// none was claimed.
///
/// Identity documents are left out: their numbers follow rules of their own, and those that can
/// be checked stand in the machine-readable zone.
#[must_use]
pub fn check(
    profile: &Profile,
    claims: &BTreeMap<String, String>,
    pages: &[PageText],
) -> Vec<Check> {
    if profile.name == "id_document" {
        return Vec::new();
    }
    let mut checks: Vec<Check> =
        claims.iter().filter_map(|(key, value)| claimed(profile, key, value)).collect();
    let iban_claimed = claims.keys().any(|key| Kind::of(key) == Some(Kind::Iban));
    if !iban_claimed {
        checks.extend(page::iban_on(pages));
    }
    checks
}

/// The check of one claim, where its key says what kind of identifier it is.
fn claimed(profile: &Profile, key: &str, value: &str) -> Option<Check> {
    if !matches!(profile.claim(key).kind, ClaimKind::Identifier | ClaimKind::Text) {
        return None;
    }
    let answer = Kind::of(key)?.validate(value)?;
    let name = format!("identifier.{key}");
    let check = match answer {
        Ok(()) => Check::passed(name, 1.0),
        Err(fault) => Check::failed(name, FAULTY, fault.reason()),
    };
    Some(check.expecting(value))
}

#[cfg(test)]
mod tests;
