//! The events that tell others what became of a case.

use ivendor_core::ids::Sha256;
use ivendor_core::review::case::Reviewer;
use ivendor_core::trace::TraceParent;
use jiff::Timestamp;
use serde_json::json;

use super::record::Record;
use crate::event::Envelope;

/// What happened to a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Happened {
    /// Somebody has taken it.
    Claimed,
    /// Somebody has answered, and another opinion is needed.
    Answered,
    /// It waits for somebody senior.
    Escalated,
    /// It is decided.
    Decided,
    /// The last answer was taken back.
    Reopened,
}

impl Happened {
    fn kind(self) -> &'static str {
        match self {
            Self::Claimed => "ivendor.review.claimed",
            Self::Answered => "ivendor.review.answered",
            Self::Escalated => "ivendor.review.escalated",
            Self::Decided => "ivendor.review.decided",
            Self::Reopened => "ivendor.review.reopened",
        }
    }
}

/// Who made it happen, in which trace.
#[derive(Debug, Clone, Copy)]
pub(super) struct By<'a> {
    who: &'a str,
    traceparent: Option<&'a TraceParent>,
}

impl<'a> By<'a> {
    pub(super) fn of(reviewer: Reviewer<'a>, traceparent: Option<&'a TraceParent>) -> Self {
        Self { who: reviewer.name, traceparent }
    }
}

/// The event as JSON. Its identifier is that of the case's version, which no two changes share.
pub(super) fn event(
    record: &Record,
    happened: Happened,
    (By { who, traceparent }, time): (By<'_>, Timestamp),
) -> serde_json::Result<String> {
    let kind = happened.kind();
    let Record { case_id, tenant_id, document_id, version, .. } = record;
    let id = Sha256::of(format!("{kind}\n{case_id}\n{version}\n").as_bytes()).to_string();
    let data = json!({
        "case_id": case_id, "tenant_id": tenant_id, "document_id": document_id,
        "document_type": record.document_type, "sha256": record.sha256,
        "result_key": record.result_key, "state": record.state.name(), "reviewer": who,
        "outcome": record.outcome,
    });
    let of = (tenant_id, document_id);
    let (source, current) = ("ivendor-review", None);
    let envelope = Envelope { kind, id: &id, source, of, time, current, traceparent };
    envelope.around(&data.to_string())
}
