//! The claims of a vendor against what was read: one check a claim, `claim.KEY`.
//!
//! A value counts by its role: the total is the amount beside the word for it, not the cash that
//! was handed over, and a due date is no document date. Each kind of value has a file that finds
//! and compares it; this one puts the answers into checks. Nothing here looks at pixels.
//!
//! The belief in a claim combines how much of it was found, how sure the reader was of those
//! characters and how sure it is that the value stands in the claimed role. It orders documents,
//! and it is no probability: a fitted policy makes one of it and of what else was measured. A
//! check passes from one half upwards; below, it failed.

use std::collections::BTreeMap;

use ivendor_core::check::{Check, Evidence};
use ivendor_core::policy::log_odds;
use ivendor_core::reason::Reason;
use ivendor_models::profile::{ClaimKind, ClaimSpec, Profile};

use document::Document;
use finding::{Agreement, Finding};
use put::Put;

mod align;
pub(crate) mod amount;
pub(crate) mod boxes;
mod date;
pub(crate) mod day;
pub(crate) mod document;
mod finding;
pub(crate) mod fold;
mod grams;
mod identifier;
pub(crate) mod labels;
mod money;
mod month;
pub(crate) mod put;
pub(crate) mod text;
mod wording;

/// One claim as the text answers it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) check: Check,
    /// Where the picture is to be asked as well.
    pub(crate) puts: Vec<Put>,
    /// What is to be shown instead, should the claim turn out to be true after all.
    pub(crate) if_true: Option<Evidence>,
}

/// Looks for every claim in the text of all pages, in the order of the keys.
///
/// A claim that nothing on the pages could answer, since no text was read, is `not_executed`.
pub(crate) fn answer(
    profile: &Profile,
    claims: &BTreeMap<String, String>,
    document: &Document<'_>,
) -> Vec<Answer> {
    let one = |(key, value): (&String, &String)| {
        if document.text.is_empty() {
            let check = Check::not_executed(format!("claim.{key}"), Reason::TEXT_NONE);
            return Answer {
                check: check.expecting(value.as_str()),
                puts: Vec::new(),
                if_true: None,
            };
        }
        let spec = profile.claim(key);
        let finding = find(profile, spec, value, document);
        let check = to_check(key, &finding, document);
        let check = check.compared_as(spec.kind.name()).expecting(value.as_str());
        let if_true = finding.stands.as_ref().map(|span| document.text.evidence(span));
        Answer { check, puts: finding.puts, if_true }
    };
    claims.iter().map(one).collect()
}

fn find(profile: &Profile, spec: &ClaimSpec, value: &str, document: &Document<'_>) -> Finding {
    match spec.kind {
        ClaimKind::Money => money::find(spec, value, document),
        ClaimKind::Date => date::find(spec, value, document),
        ClaimKind::Identifier => identifier::find(spec, value, document),
        ClaimKind::Name | ClaimKind::Address | ClaimKind::Text => {
            wording::find(profile, spec, value, document)
        }
    }
}

fn to_check(key: &str, finding: &Finding, document: &Document<'_>) -> Check {
    let name = format!("claim.{key}");
    let check = match finding.agreement {
        Agreement::Same => Check::passed(name, finding.belief),
        Agreement::Other => Check::failed(name, finding.belief, Reason::claim_mismatch(key)),
        Agreement::Missing => Check::failed(name, finding.belief, Reason::claim_not_found(key)),
        Agreement::Invalid => Check::failed(name, finding.belief, Reason::claim_invalid(key)),
    };
    let measured = finding.measures.iter();
    let belief = log_odds(f64::from(finding.belief)) as f32;
    let check = measured
        .fold(check.measuring("belief_log_odds", belief), |check, (name, value)| {
            check.measuring(name, *value)
        });
    if finding.spans.is_empty() {
        return check.measuring("nowhere", 1.0);
    }
    let parts: Vec<String> =
        finding.spans.iter().map(|span| document.text.slice(span).trim().to_owned()).collect();
    let evidence = finding.spans.iter().map(|span| document.text.evidence(span)).collect();
    check.finding(parts.join(" ")).at(evidence)
}

#[cfg(test)]
pub(crate) mod testing;

#[cfg(test)]
mod tests;
