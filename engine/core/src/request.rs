//! What a vendor hands in and claims: `ivendor.verification.request/1`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::{DocumentId, Sha256, TenantId, VendorId};
use crate::limits::RequestLimits;

/// The name and version of the request's schema.
pub const REQUEST_SCHEMA: &str = "ivendor.verification.request/1";

/// How soon an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// A person waits.
    Interactive,
    /// The usual.
    #[default]
    Normal,
    /// When there is time.
    Backfill,
}

/// A document to verify and what is claimed of it. Unknown fields are ignored, so that an older
/// reader understands a newer writer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VerificationRequest {
    /// Always [`REQUEST_SCHEMA`].
    pub schema: String,
    /// Whose document it is.
    pub tenant_id: TenantId,
    /// Who handed it in.
    pub vendor_id: VendorId,
    /// Unique inside the tenant.
    pub document_id: DocumentId,
    /// The name of a verification profile, e.g. `receipt`.
    pub document_type: String,
    /// Where the bytes are.
    pub uri: String,
    /// The digest that the bytes must have.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<Sha256>,
    /// What the document is said to show: key → value.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub claims: BTreeMap<String, String>,
    /// When it was handed in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub submitted_at: Option<Timestamp>,
    /// How soon an answer is wanted.
    #[serde(default)]
    pub priority: Priority,
}

/// A text that is no valid request.
#[derive(Debug, Error)]
pub enum RequestError {
    /// More bytes than [`RequestLimits::BYTES_MAX`].
    #[error("the request has {0} bytes; at most {max} are allowed", max = RequestLimits::BYTES_MAX)]
    TooLarge(usize),
    /// Not JSON, or a field is missing or of the wrong kind.
    #[error("the request is not valid JSON of schema {REQUEST_SCHEMA}: {0}")]
    Json(#[from] serde_json::Error),
    /// Another schema or version.
    #[error("the request's schema is {0:?}; this program reads {REQUEST_SCHEMA:?}")]
    Schema(String),
    /// A field breaks a rule.
    #[error("the request's field {field} {problem}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
}

impl RequestError {
    /// The stable code of this kind of error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge(_) => "request.too_large",
            Self::Json(_) => "request.json",
            Self::Schema(_) => "request.schema",
            Self::Field { .. } => "request.field",
        }
    }
}

impl VerificationRequest {
    /// Parses and checks one request.
    ///
    /// # Errors
    /// [`RequestError`] says which rule is broken.
    pub fn parse(json: &[u8]) -> Result<Self, RequestError> {
        if json.len() > RequestLimits::BYTES_MAX {
            return Err(RequestError::TooLarge(json.len()));
        }
        let request: Self = serde_json::from_slice(json)?;
        if request.schema != REQUEST_SCHEMA {
            return Err(RequestError::Schema(request.schema));
        }
        request.check_fields()?;
        Ok(request)
    }

    fn check_fields(&self) -> Result<(), RequestError> {
        let fail = |field, problem: String| Err(RequestError::Field { field, problem });
        let type_ok = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.document_type.is_empty()
            || self.document_type.len() > RequestLimits::CLAIM_KEY_LEN_MAX
            || !self.document_type.chars().all(type_ok)
        {
            return fail("document_type", "must be 1 to 64 of a-z 0-9 _".into());
        }
        if self.uri.is_empty() || self.uri.len() > RequestLimits::URI_LEN_MAX {
            return fail("uri", format!("must have 1 to {} bytes", RequestLimits::URI_LEN_MAX));
        }
        if self.uri.contains('\0') {
            return fail("uri", "holds a zero byte".into());
        }
        if self.claims.len() > RequestLimits::CLAIMS_MAX {
            return fail("claims", format!("has more than {}", RequestLimits::CLAIMS_MAX));
        }
        for (key, value) in &self.claims {
            if key.is_empty()
                || key.len() > RequestLimits::CLAIM_KEY_LEN_MAX
                || !key.chars().all(type_ok)
            {
                return fail(
                    "claims",
                    format!("has the key {key:?}; keys are 1 to 64 of a-z 0-9 _"),
                );
            }
            if value.trim().is_empty() || value.len() > RequestLimits::CLAIM_VALUE_LEN_MAX {
                return fail("claims", format!("has an empty or too long value for {key:?}"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    fn valid() -> Value {
        json!({
            "schema": REQUEST_SCHEMA, "tenant_id": "t1", "vendor_id": "v1", "document_id": "d1",
            "document_type": "receipt", "uri": "a.jpg",
            "claims": {"total": "9.00"}, "a_later_field": [1, 2]
        })
    }

    fn parse(value: &Value) -> Result<VerificationRequest, RequestError> {
        VerificationRequest::parse(value.to_string().as_bytes())
    }

    #[test]
    fn a_valid_request_is_read_and_unknown_fields_are_ignored() {
        let request = parse(&valid()).unwrap();
        assert_eq!(request.priority, Priority::Normal);
        assert_eq!(request.claims["total"], "9.00");
    }

    #[test]
    fn a_broken_request_is_refused_with_its_code() {
        let cases = [
            ("other schema", "schema", json!("ivendor.verification.request/2"), "request.schema"),
            ("no tenant", "tenant_id", json!(""), "request.json"),
            ("tenant with slash", "tenant_id", json!("a/b"), "request.json"),
            ("type with capitals", "document_type", json!("Receipt"), "request.field"),
            ("empty uri", "uri", json!(""), "request.field"),
            ("uri with zero byte", "uri", json!("a\u{0}b"), "request.field"),
            ("long uri", "uri", json!("a".repeat(5000)), "request.field"),
            ("digest too short", "sha256", json!("abcd"), "request.json"),
            ("number as a claim", "claims", json!({"total": 9}), "request.json"),
            ("empty claim", "claims", json!({"total": " "}), "request.field"),
            ("key with space", "claims", json!({"to tal": "9"}), "request.field"),
            ("unknown priority", "priority", json!("urgent"), "request.json"),
            ("time without zone", "submitted_at", json!("2026-01-01"), "request.json"),
        ];
        for (name, field, value, code) in cases {
            let mut request = valid();
            request[field] = value;
            assert_eq!(parse(&request).unwrap_err().code(), code, "{name}");
        }
        let huge = vec![b' '; RequestLimits::BYTES_MAX + 1];
        assert_eq!(VerificationRequest::parse(&huge).unwrap_err().code(), "request.too_large");
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let _ = VerificationRequest::parse(&bytes);
        }

        #[test]
        fn a_request_survives_being_written_and_read(
            claims in proptest::collection::btree_map("[a-z_]{1,9}", "[^\\s].{0,30}", 0..5),
        ) {
            let mut request = parse(&valid()).unwrap();
            request.claims = claims;
            let json = serde_json::to_vec(&request).unwrap();
            prop_assert_eq!(VerificationRequest::parse(&json).unwrap(), request);
        }
    }
}
