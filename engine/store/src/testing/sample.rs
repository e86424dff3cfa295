//! A result as tests begin with: a receipt whose total is not the one that was claimed.

#![allow(clippy::unwrap_used, reason = "a test ends where its ground is missing")]

use std::collections::BTreeMap;

use ivendor_core::ids::Sha256;
use ivendor_core::reason::Reason;
use ivendor_core::request::{Priority, REQUEST_SCHEMA, VerificationRequest};
use ivendor_core::verdict::{Decision, PolicyRef, Provenance, TimingsMs, VERDICT_SCHEMA, Verdict};

use crate::result::{DUE_WITHIN, DocumentRef, NewResult};

/// A document with these bytes that wants a person; what a test wants otherwise it changes.
#[must_use]
pub fn undecided(of: &DocumentRef, digest: Sha256) -> NewResult {
    let request = VerificationRequest {
        schema: REQUEST_SCHEMA.to_owned(),
        tenant_id: of.tenant.clone(),
        vendor_id: "v-17".parse().unwrap(),
        document_id: of.document.clone(),
        document_type: "receipt".to_owned(),
        uri: "scans/r.jpg".to_owned(),
        sha256: None,
        claims: BTreeMap::from([("total".to_owned(), "9.00".to_owned())]),
        submitted_at: None,
        priority: Priority::Normal,
    };
    let verdict = Verdict {
        schema: VERDICT_SCHEMA.to_owned(),
        tenant_id: request.tenant_id.clone(),
        vendor_id: request.vendor_id.clone(),
        document_id: request.document_id.clone(),
        document_type: request.document_type.clone(),
        sha256: Some(digest),
        decision: Decision::Review,
        confidence: 0.4,
        reasons: vec![Reason::claim_mismatch("total")],
        checks: vec![],
        pages: None,
        provenance: Provenance {
            engine: "0.1.0".to_owned(),
            models: BTreeMap::from([("recogniser".to_owned(), digest)]),
            policy: PolicyRef { name: "tests".to_owned(), digest },
            device: "cpu".to_owned(),
            dtype: "f32".to_owned(),
            fallback: false,
        },
        timings_ms: TimingsMs::default(),
        verified_at: "2026-03-09T10:00:00Z".parse().unwrap(),
    };
    NewResult { request, verdict, sampled: false, due_within: DUE_WITHIN, traceparent: None }
}
