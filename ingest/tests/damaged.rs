//! Damaged and hostile files through the whole program: a verdict with a reason for each, and
//! bounded memory.

mod common;

use common::Desk;
use ivendor_core::limits::DecodeLimits;
use ivendor_pages::specimens::specimens;
use nix::sys::resource::{UsageWho, getrusage};

/// Kilobytes that the program may take at its peak: two documents are decoded at a time, each
/// within its limit of pixels.
const PEAK_KB_MAX: i64 = 1_500_000;

#[test]
fn every_damaged_file_gets_a_verdict_with_a_reason() {
    let desk = Desk::new();
    let specimens = specimens();
    assert!(specimens.len() >= 200, "{} specimens", specimens.len());
    // The decoder may wait as long for its turn as it may take itself.
    let decode_ms_max = 2.0 * 1e3 * DecodeLimits::default().decode_s_max + 1e3;
    let width = specimens.len().to_string().len();
    for (n, specimen) in specimens.iter().enumerate() {
        desk.write(&format!("in/{n:0width$}"), &specimen.bytes);
    }
    let verdicts = desk.verify(&["in", "--threads", "2"]).verdicts(0);
    assert_eq!(verdicts.len(), specimens.len());
    for (n, (specimen, verdict)) in specimens.iter().zip(&verdicts).enumerate() {
        assert_eq!(verdict["document_id"], format!("{n:0width$}"), "{}", specimen.name);
        let reasons = verdict["reasons"].as_array().unwrap();
        assert!(!reasons.is_empty(), "{}: {verdict}", specimen.name);
        assert_ne!(verdict["decision"], "accept", "{}", specimen.name);
        assert!(reasons.iter().all(|r| r != "engine.failed"), "{}: {verdict}", specimen.name);
        let decode_ms = verdict["timings_ms"]["decode"].as_f64().unwrap();
        assert!(decode_ms < decode_ms_max, "{}: {decode_ms} ms", specimen.name);
        if let Some(expected) = &specimen.expected {
            assert_eq!(reasons[0], expected.as_str(), "{}", specimen.name);
        }
    }
    let peak_kb = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss();
    assert!(peak_kb < PEAK_KB_MAX, "the program took {peak_kb} kB");
}
