//! Policies from verdicts whose truth is known because they were made up.

use ivendor_core::check::Check;
use ivendor_core::reason::Reason;
use ivendor_core::verdict::{PolicyRef, Provenance, TimingsMs, VERDICT_SCHEMA, Verdict};

use super::*;
use crate::falsify::Change;

/// A verdict on a receipt, without any check.
pub(crate) fn made_up_verdict(id: &str) -> Verdict {
    Verdict {
        schema: VERDICT_SCHEMA.to_owned(),
        tenant_id: "t".parse().unwrap(),
        vendor_id: "v".parse().unwrap(),
        document_id: id.parse().unwrap(),
        document_type: "receipt".to_owned(),
        sha256: None,
        decision: Decision::Review,
        confidence: 0.5,
        reasons: Vec::new(),
        checks: Vec::new(),
        pages: None,
        provenance: Provenance {
            engine: "0".to_owned(),
            models: BTreeMap::new(),
            policy: PolicyRef { name: "none".to_owned(), digest: Sha256::of(b"") },
            device: "cpu".to_owned(),
            dtype: "f32".to_owned(),
            fallback: false,
        },
        timings_ms: TimingsMs::default(),
        verified_at: jiff::Timestamp::UNIX_EPOCH,
    }
}

/// A verdict with one amount and one date; `ratios` is what the picture says of each.
fn labelled(document: usize, label: bool, ratios: [f32; 2]) -> Labelled {
    let claim = |key: &str, kind: &str, ratio: f32| {
        let check = Check::failed(format!("claim.{key}"), 0.3, Reason::claim_mismatch(key));
        check.compared_as(kind).measuring("ratio", ratio).measuring("depth", ratio)
    };
    let [total, date] = ratios;
    let checks = vec![claim("total", "money", total), claim("date", "date", date)];
    let verdict = Verdict { checks, ..made_up_verdict(&format!("d{document}")) };
    Labelled {
        document: format!("receipts/{document}"),
        label,
        false_keys: if label { BTreeSet::new() } else { BTreeSet::from(["total".to_owned()]) },
        change: (!label).then_some(Change::AmountDigit),
        verdict,
    }
}

/// Sixty documents, each with its true claims and with a false total. Both kinds of claims are
/// false somewhere, so that each has a model.
fn data() -> Vec<Labelled> {
    let mut rng = fastrand::Rng::with_seed(7);
    let mut all = Vec::new();
    for document in 0..60 {
        let mut near = || -rng.f32();
        let (total, date) = (near(), near());
        let far = -12.0 + 4.0 * near();
        all.push(labelled(document, true, [total, date]));
        all.push(labelled(document, false, [far, date]));
        let mut other = labelled(document, false, [total, far]);
        other.false_keys = BTreeSet::from(["date".to_owned()]);
        all.push(other);
    }
    all
}

#[test]
fn a_policy_learns_what_parts_true_from_false_and_keeps_to_the_error() {
    let data = data();
    let predicted = held_out(&data, 0.005);
    let wrong = predicted.iter().zip(&data).filter(|(p, l)| p.accepted != l.label).count();
    assert_eq!(wrong, 0, "they are far apart");
    let policy = policy("made-up", &data, 0.005);
    let model = policy.model("receipt").unwrap();
    assert!(model.claims["money"].weights["ratio"].weight > 0.0, "{model:?}");
    assert!(!model.claims["money"].weights.contains_key("depth"), "no measure of an amount");
    assert_eq!(policy.fitted.as_ref().unwrap().documents, 60);
    assert_eq!(policy.model("invoice"), policy.types.get(ANY_TYPE));
}

#[test]
fn what_is_written_is_what_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made-up.toml");
    let fitted = policy(&name(&path), &data(), 0.005);
    write(&path, &fitted).unwrap();
    let read = Policy::parse(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!((read.name.as_str(), &read.types), ("made-up", &fitted.types));
    for one in data() {
        assert_eq!(predict(&read, &one), predict(&fitted, &one));
    }
}

#[test]
fn labels_that_say_nothing_accept_nothing() {
    // The same measures for true and false claims: no threshold keeps to the error.
    let mut data = data();
    for one in &mut data {
        for check in &mut one.verdict.checks {
            check.measure("ratio", 0.0);
        }
    }
    let accepted = held_out(&data, 0.005).iter().filter(|p| p.accepted).count();
    assert_eq!(accepted, 0);
    let few: Vec<Labelled> = data.into_iter().take(6).collect();
    let policy = policy("few", &few, 0.005);
    assert!(policy.types.keys().eq([ANY_TYPE]), "two documents make no model of a type");
}

#[test]
fn sets_about_one_document_are_never_parted() {
    let data = data();
    let all: Vec<&Labelled> = data.iter().collect();
    let parts = parts(&all, FOLDS);
    for (one, part) in data.iter().zip(&parts) {
        let same = data.iter().zip(&parts).filter(|(other, _)| other.document == one.document);
        assert!(same.map(|(_, other)| other).all(|other| other == part));
    }
    let sizes: Vec<usize> =
        (0..FOLDS).map(|part| parts.iter().filter(|p| **p == part).count()).collect();
    assert_eq!(sizes, [18; FOLDS], "three sets about each of six documents");
}

#[test]
fn a_threshold_lets_in_no_more_errors_than_allowed() {
    let judged = |errors: &[f64]| -> Vec<(f64, bool)> {
        let wrong = errors.iter().map(|c| (*c, false));
        wrong.chain([(0.95, true), (0.7, true)]).collect()
    };
    let cases = [
        ("none allowed", judged(&[0.9, 0.2]), 0.0, 0.925),
        ("one of two allowed", judged(&[0.9, 0.2]), 0.5, 0.45),
        ("all allowed", judged(&[0.9]), 1.0, 0.5),
        ("no errors", judged(&[]), 0.0, 0.5),
        ("an error above all", judged(&[0.99]), 0.0, 0.995),
    ];
    for (name, judged, allowed, expected) in cases {
        let found = threshold(&judged, false, allowed);
        assert!((found - expected).abs() < 1e-5, "{name}: {found}");
    }
}
