//! The events that tell others what was stored: CloudEvents 1.0 in the structured JSON mode.

use ivendor_core::ids::Sha256;
use jiff::Timestamp;
use serde::Serialize;

use crate::result::DocumentRef;

/// The type of the event that a verdict leaves.
pub const COMPLETED: &str = "ivendor.verification.completed";

/// Everything of an event but its data.
#[derive(Debug, Serialize)]
struct Envelope<'a> {
    specversion: &'static str,
    id: String,
    source: &'static str,
    r#type: &'static str,
    subject: String,
    time: &'a Timestamp,
    datacontenttype: &'static str,
    current: bool,
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
}

/// The identifier of the event that the result `key` leaves: the same whenever it is sent.
#[must_use]
pub fn completed_id(key: Sha256) -> String {
    Sha256::of(format!("{COMPLETED}\n{key}\n").as_bytes()).to_string()
}

impl Completed<'_> {
    /// The event as JSON.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn to_json(&self) -> serde_json::Result<String> {
        let envelope = serde_json::to_string(&Envelope {
            specversion: "1.0",
            id: completed_id(self.key),
            source: "ivendor-verify",
            r#type: COMPLETED,
            subject: format!("{}/{}", self.of.tenant, self.of.document),
            time: &self.verified_at,
            datacontenttype: "application/json",
            current: self.current,
        })?;
        // The verdict is long and was written once already.
        let open = envelope.strip_suffix('}').unwrap_or(&envelope);
        Ok(format!("{open},\"data\":{}}}", self.verdict))
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
        let event = Completed { of: &of, key, verified_at, verdict, current: true };
        let found: Value = serde_json::from_str(&event.to_json().unwrap()).unwrap();
        let expected = json!({
            "specversion": "1.0", "id": completed_id(key), "source": "ivendor-verify",
            "type": "ivendor.verification.completed", "subject": "acme/r-2041",
            "time": "2026-03-09T10:00:00.5Z", "datacontenttype": "application/json",
            "current": true, "data": {"decision": "accept"},
        });
        assert_eq!(found, expected);
        let for_ever = "942d5d7bac26d3281e1dec9fdfa5a7bf8e6ca254fd06be001d80ee9ae71381f3";
        assert_eq!(completed_id(key), for_ever);
    }
}
