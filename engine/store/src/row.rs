//! A result as the shard's tables take it.

use std::time::Duration;

use ivendor_core::ids::Sha256;
use ivendor_core::limits::StoreLimits;
use ivendor_core::reason::Reason;
use ivendor_core::result_key::ResultKey;
use ivendor_core::sharding::map::Route;
use ivendor_core::trace::TraceParent;
use ivendor_core::verdict::Decision;
use jiff::Timestamp;
use serde::Serialize;

use crate::error::StoreError;
use crate::event::Completed;
use crate::result::{DocumentRef, NewResult, case_id};

/// A result that is ready to be written, as often as it takes.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) route: Route,
    pub(crate) of: DocumentRef,
    pub(crate) key: Sha256,
    pub(crate) vendor: String,
    pub(crate) document_type: String,
    pub(crate) sha256: Option<Sha256>,
    pub(crate) decision: &'static str,
    pub(crate) confidence: f32,
    /// Codes with a space between them; no code holds one.
    pub(crate) reasons: String,
    pub(crate) request: String,
    pub(crate) verdict: String,
    pub(crate) verified_at: Timestamp,
    pub(crate) case: Option<NewCase>,
    pub(crate) traceparent: Option<TraceParent>,
}

/// The case that a result asks for.
#[derive(Debug, Clone)]
pub(crate) struct NewCase {
    pub(crate) id: String,
    /// Codes with a space between them.
    pub(crate) reasons: String,
    /// From when it opens.
    pub(crate) due_within: Duration,
}

impl Row {
    /// The row of a result, for the shard that `route` leads to.
    pub(crate) fn new(result: &NewResult, route: Route) -> Result<Self, StoreError> {
        let NewResult { request, verdict, sampled, due_within, traceparent } = result;
        let of = DocumentRef {
            tenant: verdict.tenant_id.clone(),
            document: verdict.document_id.clone(),
        };
        if (&request.tenant_id, &request.document_id) != (&of.tenant, &of.document) {
            let problem = format!(
                "its request is that of document {} of tenant {}",
                request.document_id, request.tenant_id
            );
            return Err(refused(&of, problem));
        }
        if !(0.0..=1.0).contains(&verdict.confidence) {
            let problem = format!("its confidence is {}, not 0 to 1", verdict.confidence);
            return Err(refused(&of, problem));
        }
        let json = |error: serde_json::Error| refused(&of, error.to_string());
        let text = storable(verdict).map_err(json)?;
        if text.len() > StoreLimits::VERDICT_BYTES_MAX {
            let most = StoreLimits::VERDICT_BYTES_MAX;
            let problem = format!("it has {} bytes; at most {most} are allowed", text.len());
            return Err(refused(&of, problem));
        }
        let request = storable(request).map_err(json)?;
        let wanted = verdict.decision == Decision::Review || *sampled;
        let case = wanted.then(|| NewCase {
            id: case_id(&of, verdict.sha256),
            reasons: case_reasons(&verdict.reasons, *sampled),
            due_within: *due_within,
        });
        Ok(Self {
            key: ResultKey::of(verdict).digest(),
            vendor: verdict.vendor_id.to_string(),
            document_type: verdict.document_type.clone(),
            sha256: verdict.sha256,
            decision: decision_text(verdict.decision),
            confidence: verdict.confidence,
            reasons: joined(&verdict.reasons),
            request,
            verdict: text,
            verified_at: verdict.verified_at,
            case,
            traceparent: traceparent.clone(),
            of,
            route,
        })
    }

    /// Bytes of the texts that are written for it. The verdict is in its event too.
    pub(crate) fn bytes(&self) -> usize {
        self.request.len() + 2 * self.verdict.len()
    }

    /// The event that tells of it.
    pub(crate) fn event(&self, current: bool) -> Result<String, StoreError> {
        let Self { of, key, verified_at, verdict, .. } = self;
        let (key, verified_at, traceparent) = (*key, *verified_at, self.traceparent.as_ref());
        let event = Completed { of, key, verified_at, verdict, current, traceparent };
        event.to_json().map_err(|error| refused(of, error.to_string()))
    }
}

fn refused(of: &DocumentRef, problem: String) -> StoreError {
    let DocumentRef { tenant, document } = of;
    StoreError::Result { tenant: tenant.to_string(), document: document.to_string(), problem }
}

/// How a decision is written in the tables: as in the verdict.
pub(crate) fn decision_text(decision: Decision) -> &'static str {
    match decision {
        Decision::Accept => "accept",
        Decision::Review => "review",
        Decision::Reject => "reject",
    }
}

fn joined(reasons: &[Reason]) -> String {
    reasons.iter().map(Reason::as_str).collect::<Vec<_>>().join(" ")
}

/// Why a person is asked: for the verdict's reasons, or because the document was drawn.
pub(crate) fn case_reasons(reasons: &[Reason], sampled: bool) -> String {
    let drawn = Reason::POLICY_SAMPLED;
    if sampled && !reasons.contains(&drawn) {
        return joined(&[reasons, &[drawn]].concat());
    }
    joined(reasons)
}

/// A value as JSON that PostgreSQL's `jsonb` takes. It holds no zero character, which a text read
/// from a document may: U+FFFD takes its place.
fn storable(value: &impl Serialize) -> serde_json::Result<String> {
    let text = serde_json::to_string(value)?;
    if !text.contains("\\u0000") {
        return Ok(text);
    }
    // An escape may itself be escaped: only whoever goes from escape to escape can tell.
    let mut storable = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        storable.push_str(before);
        if let Some(after) = escape.strip_prefix("\\u0000") {
            storable.push('\u{fffd}');
            rest = after;
        } else {
            // The backslash and the character that it escapes, which is ASCII.
            let (pair, after) = escape.split_at(2);
            storable.push_str(pair);
            rest = after;
        }
    }
    storable.push_str(rest);
    Ok(storable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn only_zero_characters_are_replaced(text in "[\\\\u0-9\u{0}\"a\u{1f600}\u{1}]{0,24}") {
            let written: String = serde_json::from_str(&storable(&text).unwrap()).unwrap();
            prop_assert_eq!(written, text.replace('\0', "\u{fffd}"));
        }
    }

    #[test]
    fn a_case_says_why_a_person_is_asked() {
        let uncertain = [Reason::POLICY_UNCERTAIN];
        let cases = [
            ("not sampled", case_reasons(&uncertain, false), "policy.uncertain"),
            ("an accept that was drawn", case_reasons(&[], true), "policy.sampled"),
            ("both", case_reasons(&uncertain, true), "policy.uncertain policy.sampled"),
            ("named already", case_reasons(&[Reason::POLICY_SAMPLED], true), "policy.sampled"),
        ];
        for (name, found, expected) in cases {
            assert_eq!(found, expected, "{name}");
        }
    }
}
