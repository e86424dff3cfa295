//! The events that tell others what was stored: CloudEvents 1.0 in the structured JSON mode.

use ivendor_core::ids::{DocumentId, Sha256, TenantId};
use ivendor_core::trace::TraceParent;
use jiff::Timestamp;
use serde::Serialize;

use crate::result::DocumentRef;

/// The type of the event that a verdict leaves.
pub const COMPLETED: &str = "ivendor.verification.completed";

/// Everything of an event but its data.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Envelope<'a> {
    /// What happened.
    pub(crate) kind: &'static str,
    /// The digest by which a consumer tells a repeat.
    pub(crate) id: &'a str,
    /// The program that tells of it.
    pub(crate) source: &'static str,
    /// Which tenant and document it is about.
    pub(crate) of: (&'a TenantId, &'a DocumentId),
    /// When.
    pub(crate) time: Timestamp,
    /// The extension `current`, where there is one.
    pub(crate) current: Option<bool>,
    /// The extension `traceparent`, where it belongs to a trace.
    pub(crate) traceparent: Option<&'a TraceParent>,
}

impl Envelope<'_> {
    /// The event around its data, which is JSON already.
    pub(crate) fn around(&self, data: &str) -> serde_json::Result<String> {
        #[derive(Serialize)]
        struct Written<'a> {
            specversion: &'static str,
            id: &'a str,
            source: &'static str,
            r#type: &'static str,
            subject: String,
            time: Timestamp,
            datacontenttype: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            current: Option<bool>,
            #[serde(skip_serializing_if = "Option::is_none")]
            traceparent: Option<&'a TraceParent>,
        }
        let (tenant, document) = self.of;
        let envelope = serde_json::to_string(&Written {
            specversion: "1.0",
            id: self.id,
            source: self.source,
            r#type: self.kind,
            subject: format!("{tenant}/{document}"),
            time: self.time,
            datacontenttype: "application/json",
            current: self.current,
            traceparent: self.traceparent,
        })?;
        let open = envelope.strip_suffix('}').unwrap_or(&envelope);
        Ok(format!("{open},\"data\":{data}}}"))
    }
}

/// A verdict that was stored.
#[derive(Debug, Clone, Copy)]
pub struct Completed<'a> {
    /// Of which document.
    pub of: &'a DocumentRef,
    /// The digest of its key.
    pub key: Sha256,
    /// When it was given.
    pub verified_at: Timestamp,
    /// The verdict as JSON.
    pub verdict: &'a str,
    /// Whether it became the document's current one. Where it did not, a later verdict had been
    /// stored before it. The event says so in the extension `current`.
    pub current: bool,
    /// The trace that it belongs to. The event says so in the extension for distributed tracing.
    pub traceparent: Option<&'a TraceParent>,
}

/// The identifier of the event that the result `key` leaves: the same whenever it is sent.
#[must_use]
pub fn completed_id(key: Sha256) -> String {
    Sha256::of(format!("{COMPLETED}\n{key}\n").as_bytes()).to_string()
}

/// What stands before the trace, and what before the data, in an event as it is written here. In
/// JSON's texts a quotation mark has a backslash before it.
const TRACE_KEY: &str = "\"traceparent\":\"";
const DATA_KEY: &str = ",\"data\":";

/// The trace that an event names outside of its data; the data may be long and is not read.
#[must_use]
pub fn traceparent(json: &str) -> Option<TraceParent> {
    let envelope = json.split(DATA_KEY).next()?;
    let (_, rest) = envelope.split_once(TRACE_KEY)?;
    rest.split('"').next()?.parse().ok()
}

impl Completed<'_> {
    /// The event as JSON.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let id = completed_id(self.key);
        let envelope = Envelope {
            kind: COMPLETED,
            id: &id,
            source: "ivendor-verify",
            of: (&self.of.tenant, &self.of.document),
            time: self.verified_at,
            current: Some(self.current),
            traceparent: self.traceparent,
        };
        // The verdict is long and was written once already.
        envelope.around(self.verdict)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn an_event_is_what_consumers_expect() {
        let of =
            DocumentRef { tenant: "acme".parse().unwrap(), document: "r-2041".parse().unwrap() };
        let key = Sha256::of(b"key");
        let verified_at = "2026-03-09T10:00:00.5Z".parse().unwrap();
        let verdict = "{\"decision\":\"accept\"}";
        let event =
            Completed { of: &of, key, verified_at, verdict, current: true, traceparent: None };
        let found: Value = serde_json::from_str(&event.to_json().unwrap()).unwrap();
        let expected = json!({
            "specversion": "1.0", "id": completed_id(key), "source": "ivendor-verify",
            "type": "ivendor.verification.completed", "subject": "acme/r-2041",
            "time": "2026-03-09T10:00:00.5Z", "datacontenttype": "application/json",
            "current": true, "data": {"decision": "accept"},
        });
        assert_eq!(found, expected);
        assert_eq!(traceparent(&event.to_json().unwrap()), None);
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().unwrap();
        let traced = Completed { traceparent: Some(&trace), ..event };
        let json = traced.to_json().unwrap();
        let found: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(found["traceparent"], trace.as_str());
        assert_eq!(traceparent(&json), Some(trace));
        let for_ever = "942d5d7bac26d3281e1dec9fdfa5a7bf8e6ca254fd06be001d80ee9ae71381f3";
        assert_eq!(completed_id(key), for_ever);
    }

    #[test]
    fn the_trace_of_an_event_is_not_looked_for_in_its_data() {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let cases = [
            ("nothing", "{}".to_owned()),
            ("no JSON", String::new()),
            ("in the data", format!(r#"{{"id":"1","data":{{"traceparent":"{trace}"}}}}"#)),
            ("within a text", format!(r#"{{"id":"\"traceparent\":\"{trace}\"","data":{{}}}}"#)),
            ("no trace", r#"{"traceparent":"x","data":{}}"#.to_owned()),
        ];
        for (name, json) in cases {
            assert_eq!(traceparent(&json), None, "{name}");
        }
    }
}
