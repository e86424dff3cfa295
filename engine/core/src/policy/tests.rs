//! Decisions by thresholds, with and without a model.

use super::*;
use proptest::prelude::*;

const TEXT: &str =
    "name = \"uncalibrated\"\naccept_at = 0.9\nreject_below = 0.1\nmay_reject = true\n";

fn policy() -> Policy {
    Policy::parse(TEXT).unwrap()
}

#[test]
fn a_policy_decides_by_its_weakest_check() {
    let lost = Reason::claim_not_found("total");
    let cases = [
        ("all sure", vec![Check::passed("claim.total", 0.95)], Decision::Accept, 0),
        ("unsure", vec![Check::passed("claim.total", 0.5)], Decision::Review, 1),
        ("no claim", vec![Check::passed("content.type", 1.0)], Decision::Review, 1),
        ("nothing", vec![], Decision::Review, 1),
        (
            "could not run",
            vec![
                Check::passed("claim.total", 1.0),
                Check::not_executed("claim.date", Reason::TEXT_NONE),
            ],
            Decision::Review,
            1,
        ),
        (
            "surely wrong",
            vec![Check::failed("claim.total", 0.01, lost.clone())],
            Decision::Reject,
            1,
        ),
        ("perhaps wrong", vec![Check::failed("claim.total", 0.4, lost)], Decision::Review, 1),
    ];
    for (name, checks, decision, reasons) in cases {
        let judgement = policy().judge("receipt", &checks);
        assert_eq!(judgement.decision, decision, "{name}");
        assert_eq!(judgement.reasons.len(), reasons, "{name}");
    }
}

#[test]
fn failures_are_named_before_what_could_not_run() {
    let checks = [
        Check::not_executed("claim.date", Reason::TEXT_NONE),
        Check::failed("claim.total", 0.2, Reason::claim_mismatch("total")),
    ];
    let reasons = policy().judge("receipt", &checks).reasons;
    assert_eq!(reasons[0].as_str(), "claim.total.mismatch");
    assert_eq!(reasons[1].as_str(), "text.none");
}

#[test]
fn a_policy_with_crossed_thresholds_is_refused() {
    let crossed = TEXT.replace("0.1", "0.95");
    assert!(matches!(Policy::parse(&crossed), Err(PolicyError::Thresholds(_))));
    assert!(matches!(Policy::parse("nmae = 1"), Err(PolicyError::Toml(_))));
}

proptest! {
    #[test]
    fn nothing_but_an_accept_is_without_a_reason(
        confidences in proptest::collection::vec((0.0_f32..=1.0, 0_u8..3), 0..6),
    ) {
        let checks: Vec<Check> = confidences
            .iter()
            .map(|&(confidence, kind)| match kind {
                0 => Check::passed("claim.a", confidence),
                1 => Check::failed("claim.a", confidence, Reason::claim_mismatch("a")),
                _ => Check::not_executed("claim.a", Reason::TEXT_NONE),
            })
            .collect();
        let judgement = policy().judge("receipt", &checks);
        prop_assert_eq!(
            judgement.decision == Decision::Accept,
            judgement.reasons.is_empty()
        );
    }
}

const FITTED: &str = "
[types.receipt]
accept_at = 0.8
reject_below = 0.05
calibration = { intercept = 0.0, slope = 1.0 }
[types.receipt.claims.money]
intercept = 3.0
weights.ratio = [1.0, -30.0, 0.0]
";

fn fitted() -> Policy {
    Policy::parse(&format!("{TEXT}{FITTED}")).unwrap()
}

fn money(key: &str, ratio: f32) -> Check {
    let check = Check::failed(format!("claim.{key}"), 0.3, Reason::claim_mismatch(key));
    check.compared_as("money").measuring("ratio", ratio)
}

#[test]
fn a_fitted_policy_weighs_what_was_measured() {
    let cases = [
        ("as read", vec![money("total", 0.0)], Decision::Accept, 0.95),
        ("changed", vec![money("total", -20.0)], Decision::Reject, 0.0),
        (
            "one of two changed",
            vec![money("total", 0.0), money("tax", -20.0)],
            Decision::Reject,
            0.0,
        ),
        (
            "two not quite sure",
            vec![money("total", -1.5), money("tax", -1.5)],
            Decision::Review,
            0.67,
        ),
        (
            "another check is in doubt",
            vec![money("total", 0.0), Check::failed("image.blur", 0.4, Reason::IMAGE_BLURRED)],
            Decision::Review,
            0.4,
        ),
    ];
    for (name, mut checks, decision, confidence) in cases {
        let policy = fitted();
        policy.weigh("receipt", &mut checks);
        let judgement = policy.judge("receipt", &checks);
        assert_eq!(judgement.decision, decision, "{name}: {judgement:?}");
        assert!((judgement.confidence - confidence).abs() < 0.01, "{name}: {judgement:?}");
        for check in &checks {
            let passed = check.outcome == Outcome::Passed;
            assert_eq!(passed, check.reason.is_none(), "{name}: {check:?}");
        }
    }
}

#[test]
fn a_model_weighs_only_what_it_knows() {
    let other = money("total", 0.0).compared_as("date");
    let invalid = Check::failed("claim.total", 0.0, Reason::claim_invalid("total"));
    let unread = Check::not_executed("claim.total", Reason::TEXT_NONE).compared_as("money");
    for check in [other, invalid.compared_as("money"), unread] {
        let mut weighed = [check.clone()];
        fitted().weigh("receipt", &mut weighed);
        assert_eq!(weighed[0], check);
    }
    let mut elsewhere = [money("total", 0.0)];
    fitted().weigh("invoice", &mut elsewhere);
    assert_eq!(elsewhere[0], money("total", 0.0), "a type without a model");
    let any = format!("{TEXT}{}", FITTED.replace("receipt", "any"));
    Policy::parse(&any).unwrap().weigh("invoice", &mut elsewhere);
    assert_eq!(elsewhere[0].outcome, Outcome::Passed);
}

#[test]
fn a_model_that_cannot_be_computed_with_is_refused() {
    let cases = [
        ("-30.0, 0.0]", "-30.0, -40.0]", true),
        ("[1.0, -30.0", "[nan, -30.0", true),
        ("slope = 1.0", "slope = -1.0", true),
        ("accept_at = 0.8", "accept_at = 0.01", false),
        ("intercept = 3.0", "intercpt = 3.0", false),
    ];
    for (from, to, model) in cases {
        let error = Policy::parse(&format!("{TEXT}{}", FITTED.replace(from, to))).unwrap_err();
        assert_eq!(matches!(error, PolicyError::Model(_)), model, "{to}: {error}");
    }
}
