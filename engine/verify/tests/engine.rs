//! The engine as a whole, with the real networks: `scripts/models` fetches the weights.

// The helpers of tests may fail as their tests may.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ivendor_core::check::Outcome;
use ivendor_core::content::ContentError;
use ivendor_core::ids::Sha256;
use ivendor_core::reason::Reason;
use ivendor_core::request::{Priority, REQUEST_SCHEMA, VerificationRequest};
use ivendor_core::verdict::{Decision, TimingsMs, Verdict};
use ivendor_models::synthetic::{self, Config, Format, Kind, Wear, encode};
use ivendor_verify::device::{DeviceChoice, PrecisionChoice};
use ivendor_verify::engine::{Engine, EngineConfig};
use ivendor_verify::job::Job;
use jiff::Timestamp;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::open(EngineConfig { device: DeviceChoice::Cpu, ..EngineConfig::default() }).unwrap()
});

fn request(id: &str, document_type: &str) -> VerificationRequest {
    VerificationRequest {
        schema: REQUEST_SCHEMA.to_owned(),
        tenant_id: "t1".parse().unwrap(),
        vendor_id: "v1".parse().unwrap(),
        document_id: id.parse().unwrap(),
        document_type: document_type.to_owned(),
        uri: id.to_owned(),
        sha256: None,
        claims: BTreeMap::new(),
        submitted_at: None,
        priority: Priority::Normal,
    }
}

/// A drawn document with its true claims.
fn drawn(seed: u64, kind: Kind) -> Job {
    let config = Config { seed, kind, wear: Wear::LIGHT, pages_max: 1 };
    let document = synthetic::document(&config).unwrap();
    let bytes = encode(&document, Format::Jpeg { quality: 85 }).unwrap();
    let mut request = request(&format!("drawn-{seed}"), kind.document_type());
    request.sha256 = Some(Sha256::of(&bytes));
    request.claims = document.truth.claims;
    Job { request, content: Ok(bytes), sha256: None, fetch_ms: 0.0 }
}

fn garbage(id: &str, bytes: &[u8]) -> Job {
    Job {
        request: request(id, "receipt"),
        content: Ok(bytes.to_vec()),
        sha256: None,
        fetch_ms: 0.0,
    }
}

/// A verdict without what may differ from run to run.
fn timeless(mut verdict: Verdict) -> String {
    verdict.timings_ms = TimingsMs::default();
    verdict.verified_at = Timestamp::UNIX_EPOCH;
    serde_json::to_string(&verdict).unwrap()
}

fn outcome(verdict: &Verdict, name: &str) -> Option<Outcome> {
    verdict.checks.iter().find(|check| check.check == name).map(|check| check.outcome)
}

#[test]
fn a_batch_equals_its_documents_one_by_one_and_keeps_their_order() {
    let jobs = || {
        vec![
            drawn(1, Kind::Receipt),
            garbage("empty", b""),
            drawn(2, Kind::Invoice),
            garbage("text", b"not a picture at all"),
            drawn(3, Kind::Receipt),
        ]
    };
    let together: Vec<String> = ENGINE.verify(jobs()).into_iter().map(timeless).collect();
    let alone: Vec<String> =
        jobs().into_iter().flat_map(|job| ENGINE.verify(vec![job])).map(timeless).collect();
    assert_eq!(together, alone);
    assert_eq!(together.len(), 5);
}

#[test]
fn a_total_that_stands_on_the_page_passes_and_another_one_does_not() {
    let (right, mut wrong) = (drawn(4, Kind::Receipt), drawn(4, Kind::Receipt));
    wrong.request.claims.insert("total".to_owned(), "98765.43".to_owned());
    let verdicts = ENGINE.verify(vec![right, wrong]);
    assert_eq!(outcome(&verdicts[0], "claim.total"), Some(Outcome::Passed), "{verdicts:?}");
    assert_eq!(outcome(&verdicts[1], "claim.total"), Some(Outcome::Failed), "{verdicts:?}");
    assert_eq!(verdicts[1].decision, Decision::Review);
    let total = verdicts[0].checks.iter().find(|check| check.check == "claim.total").unwrap();
    let page = &verdicts[0].pages.as_ref().unwrap()[0];
    for point in total.evidence[0].polygon.0 {
        assert!((0.0..=page.width as f32).contains(&point.x), "{point:?}");
        assert!((0.0..=page.height as f32).contains(&point.y), "{point:?}");
    }
}

#[test]
fn what_cannot_be_read_leaves_with_its_reason_and_is_never_accepted() {
    let unreachable = Job {
        content: Err(ContentError {
            reason: Reason::CONTENT_UNREACHABLE,
            detail: "no such file".to_owned(),
        }),
        ..garbage("gone", b"")
    };
    let mut other_bytes = drawn(5, Kind::Receipt);
    other_bytes.request.sha256 = Some(Sha256::of(b"other bytes"));
    let mut other_type = drawn(5, Kind::Receipt);
    other_type.request.document_type = "spaceship".to_owned();
    let cases = [
        (unreachable, "content.unreachable"),
        (garbage("empty", b""), "content.damaged"),
        (garbage("text", b"hello, this is no document"), "content.unsupported"),
        (other_bytes, "content.sha256"),
        (other_type, "type.unknown"),
    ];
    for (mut job, reason) in cases {
        job.request.claims.insert("total".to_owned(), "9.00".to_owned());
        let verdicts = ENGINE.verify(vec![job]);
        let reasons: Vec<&str> = verdicts[0].reasons.iter().map(Reason::as_str).collect();
        assert!(reasons.contains(&reason), "{reason}: {reasons:?}");
        assert_eq!(verdicts[0].decision, Decision::Review, "{reason}");
        assert!(verdicts[0].confidence < 0.5, "{reason}");
    }
}

#[test]
fn a_document_that_comes_again_under_another_name_is_told_where_documents_are_remembered() {
    let config =
        EngineConfig { device: DeviceChoice::Cpu, duplicates: true, ..EngineConfig::default() };
    let engine = Engine::open(config).unwrap();
    let mut again = drawn(6, Kind::Receipt);
    again.request.document_id = "another-name".parse().unwrap();
    let jobs = vec![drawn(6, Kind::Receipt), drawn(7, Kind::Receipt), again];
    let outcomes: Vec<Option<Outcome>> =
        engine.verify(jobs).iter().map(|verdict| outcome(verdict, "content.duplicate")).collect();
    assert_eq!(outcomes, [None, None, Some(Outcome::Failed)]);
}

#[test]
fn a_zone_is_read_whichever_way_up_its_page_was_scanned() {
    let config = Config { seed: 8, kind: Kind::IdDocument, wear: Wear::LIGHT, pages_max: 1 };
    let mut document = synthetic::document(&config).unwrap();
    for way in ["upright", "on its head"] {
        let mut job = drawn(8, Kind::IdDocument);
        job.request.sha256 = None;
        job.content = Ok(encode(&document, Format::Png).unwrap());
        let verdict = ENGINE.verify(vec![job]).remove(0);
        assert_eq!(outcome(&verdict, "mrz.check_digits"), Some(Outcome::Passed), "{way}");
        let page = &mut document.pages[0];
        *page = image::imageops::rotate180(page);
    }
}

#[test]
fn both_precisions_answer_the_known_question() {
    for precision in [PrecisionChoice::F32, PrecisionChoice::Int8] {
        let config =
            EngineConfig { device: DeviceChoice::Cpu, precision, ..EngineConfig::default() };
        let engine = Engine::open(config).unwrap();
        assert_eq!(engine.provenance().dtype, precision.to_string());
        assert_eq!(engine.provenance().models.len(), 3);
    }
}

#[test]
fn weights_that_are_not_there_are_an_error_that_says_what_to_run() {
    let folder = tempfile::tempdir().unwrap();
    let config =
        EngineConfig { models_dir: Some(folder.path().to_owned()), ..EngineConfig::default() };
    let error = Engine::open(config).unwrap_err().to_string();
    assert!(error.contains("scripts/models"), "{error}");
}
