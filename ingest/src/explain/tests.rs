//! The words for one verdict, and what never reaches a terminal.

use ivendor_core::check::Check;
use ivendor_core::geometry::{Point, Polygon};
use ivendor_core::reason::Reason;
use serde_json::json;

use super::*;

fn verdict(decision: &str, reasons: &[&str], checks: Vec<Check>) -> Verdict {
    let value = json!({
        "schema": "ivendor.verification.verdict/1", "tenant_id": "t", "vendor_id": "v",
        "document_id": "scan.jpg", "document_type": "receipt", "decision": decision,
        "confidence": 0.02, "reasons": reasons, "checks": [],
        "provenance": {
            "engine": "0.1.0", "models": {}, "device": "cpu", "dtype": "f32", "fallback": false,
            "policy": {"name": "uncalibrated", "digest": "0a".repeat(32)}
        },
        "timings_ms": {"fetch": 0.0, "decode": 0.0, "detect": 0.0, "recognise": 0.0,
            "check": 0.0, "total": 812.4},
        "verified_at": "2026-01-02T03:04:05Z"
    });
    let mut verdict: Verdict = serde_json::from_value(value).unwrap();
    verdict.checks = checks;
    verdict
}

fn at(text: &str) -> Vec<Evidence> {
    let polygon = Polygon::rectangle(Point::new(10.4, 20.0), Point::new(110.0, 40.6));
    vec![Evidence { page: 2, polygon, text: text.to_owned() }]
}

fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn the_explanation_says_what_was_asked_found_doubtful_and_would_settle_it() {
    let checks = vec![
        Check::passed("claim.company", 0.98)
            .expecting("ACME")
            .finding("ACME Ltd")
            .at(at("ACME Ltd.")),
        Check::failed("claim.total", 0.02, Reason::claim_mismatch("total"))
            .expecting("9.00")
            .finding("8.00")
            .at(at("TOTAL 8.00")),
        Check::not_executed("claim.date", Reason::TEXT_NONE).expecting("2018-12-25"),
    ];
    let reasons = ["claim.total.mismatch", "text.none"];
    let text = plain(&explain(&verdict("review", &reasons, checks)));
    let wanted = "\
scan.jpg (receipt)
decision: review by a person, confidence 0.02
because:  claim.total.mismatch, the document shows another total than the claimed one
because:  text.none, no text was found on any page

passed  claim.company, confidence 0.98
        asked   ACME
        found   ACME Ltd
        where   page 2, (10, 20) to (110, 41): ACME Ltd.

failed  claim.total, confidence 0.02
        asked   9.00
        found   8.00
        doubt   claim.total.mismatch, the document shows another total than the claimed one
        where   page 2, (10, 20) to (110, 41): TOTAL 8.00

not run claim.date
        asked   2018-12-25
        doubt   text.none, no text was found on any page

What would settle it
- Compare the total on the document with the claim. Look at page 2, (10, 20) to (110, 41).
- Look whether the pages show anything.

policy uncalibrated (0a0a0a0a0a0a), engine 0.1.0, cpu (f32), 812 ms

";
    assert_eq!(text, wanted);
}

#[test]
fn an_accept_leaves_nothing_to_settle() {
    let checks = vec![Check::passed("claim.total", 0.99).expecting("9.00")];
    let text = plain(&explain(&verdict("accept", &[], checks)));
    assert!(text.contains("decision: accept") && !text.contains("settle"), "{text}");
}

#[test]
fn a_strangers_text_cannot_steer_the_terminal() {
    let evil = "a\u{1b}[2Jb\nc\u{202e}d\u{7}e\u{9b}1m";
    let checks = vec![Check::passed(evil, 0.9).expecting(evil).finding(evil).at(at(evil))];
    let text = explain(&verdict("accept", &[], checks));
    let stripped = plain(&text);
    let bad = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!stripped.contains(bad), "{stripped:?}");
    assert!(!text.contains("[2J\u{1b}") && !text.contains("\u{1b}[2J"), "{text:?}");
}

#[test]
fn long_values_and_many_places_are_cut() {
    let many: Vec<Evidence> = (0..9).flat_map(|_| at("x")).collect();
    let checks = vec![Check::passed("claim.text", 0.9).expecting("x".repeat(5000)).at(many)];
    let text = plain(&explain(&verdict("accept", &[], checks)));
    assert!(text.contains(&format!("{}…\n", "x".repeat(VALUE_LEN_MAX))), "{text}");
    assert!(text.contains("and 4 more places") && text.matches("where").count() == PLACES_MAX);
}
