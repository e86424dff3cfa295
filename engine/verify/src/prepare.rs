//! The first stage: from the bytes of a document to its pages, and what the bytes alone tell.
//!
//! Whatever a file does to its decoder ends here, in a check with a reason code.

use std::time::Instant;

use ivendor_core::check::Check;
use ivendor_core::ids::Sha256;
use ivendor_core::limits::DecodeLimits;
use ivendor_core::reason::Reason;
use ivendor_core::request::VerificationRequest;
use ivendor_core::verdict::TimingsMs;
use ivendor_models::timing;
use ivendor_pages::{Document, Page};

use crate::checks::duplicates::{Fingerprint, fingerprint};
use crate::device::board::Pages;
use crate::job::Job;

/// Whether the bytes could be had.
pub(crate) const FETCH: &str = "content.fetch";
/// Whether the bytes could be decoded to pages.
pub(crate) const DECODE: &str = "content.decode";
/// Whether the bytes are those that the vendor named.
pub(crate) const SHA256: &str = "content.sha256";

/// A document that is ready to be read, or, without pages, one that cannot be.
pub(crate) struct Prepared {
    pub(crate) request: VerificationRequest,
    /// The digest of the bytes; `None` where there are none.
    pub(crate) sha256: Option<Sha256>,
    /// What the bytes tell.
    pub(crate) checks: Vec<Check>,
    pub(crate) pages: Pages,
    /// What each page looks like, where the engine remembers documents.
    pub(crate) looks: Vec<Option<Fingerprint>>,
    pub(crate) timings: TimingsMs,
}

impl Prepared {
    /// Pixels of all pages.
    pub(crate) fn px(&self) -> u64 {
        let of = |page: &Page| u64::from(page.pixels.width()) * u64::from(page.pixels.height());
        self.pages.iter().map(of).sum()
    }
}

/// Hashes (where the caller has not) and decodes the bytes of a job, and with `looks` takes the
/// fingerprints of its pages.
pub(crate) fn prepare(job: Job, limits: &DecodeLimits, looks: bool) -> Prepared {
    let Job { request, content, sha256: known, fetch_ms } = job;
    let timings = TimingsMs { fetch: fetch_ms, ..TimingsMs::default() };
    let mut prepared = Prepared {
        request,
        sha256: None,
        checks: Vec::new(),
        pages: Pages::default(),
        looks: Vec::new(),
        timings,
    };
    let bytes = match content {
        Ok(bytes) => bytes,
        Err(error) => {
            let check = Check::failed(FETCH, 0.0, error.reason).finding(error.detail);
            prepared.checks.push(check);
            return prepared;
        }
    };
    let start = Instant::now();
    let sha256 = known.unwrap_or_else(|| Sha256::of(&bytes));
    debug_assert_eq!(sha256, Sha256::of(&bytes), "the caller's digest is that of the content");
    prepared.sha256 = Some(sha256);
    if let Some(named) = prepared.request.sha256 {
        prepared.checks.push(same_bytes(named, sha256));
    }
    match timing::measure("decode", 0, || ivendor_pages::decode_owned(bytes, limits)) {
        Ok(Document { media_type, pages }) => {
            let check = Check::passed(DECODE, 1.0).finding(media_type.to_string());
            prepared.checks.push(check);
            prepared.pages = Pages::new(pages);
        }
        Err(error) => {
            let check = Check::failed(DECODE, 0.0, error.reason()).finding(error.to_string());
            prepared.checks.push(check);
        }
    }
    if looks {
        prepared.looks = prepared.pages.iter().map(|page| fingerprint(&page.pixels)).collect();
    }
    prepared.timings.decode = ms_since(start);
    prepared
}

fn same_bytes(named: Sha256, read: Sha256) -> Check {
    let check = match named == read {
        true => Check::passed(SHA256, 1.0),
        false => Check::failed(SHA256, 0.0, Reason::CONTENT_SHA256),
    };
    check.expecting(named.to_string()).finding(read.to_string())
}

/// Milliseconds since `start`.
pub(crate) fn ms_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_that_the_caller_took_stands_for_the_content() {
        let bytes = b"no document".to_vec();
        let digest = Sha256::of(&bytes);
        let line = r#"{"schema":"ivendor.verification.request/1","tenant_id":"t","vendor_id":"v",
            "document_id":"d","document_type":"receipt","uri":"d.png","claims":{}}"#;
        let request: VerificationRequest = serde_json::from_str(line).unwrap();
        let prepared = |sha256| {
            let content = Ok(bytes.clone());
            let job = Job { request: request.clone(), content, sha256, fetch_ms: 0.0 };
            prepare(job, &DecodeLimits::default(), false)
        };
        assert_eq!(prepared(None).sha256, Some(digest));
        assert_eq!(prepared(Some(digest)).sha256, Some(digest));
    }
}
