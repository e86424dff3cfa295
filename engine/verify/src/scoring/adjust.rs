//! What a check of a claim makes of the picture.

use ivendor_core::check::{Check, Outcome};
use ivendor_core::reason::Reason;

use super::score::Score;

/// At and above this confidence a check passes.
const PASSES_FROM: f32 = 0.5;

/// The most characters by which a reading may differ from a claim that it is taken for.
const MISREAD_EDITS_MAX: usize = 2;

/// Confidences are kept this far from 0 and 1.
const CONFIDENCE_MIN: f32 = 0.01;

/// How the log-ratio of a score weighs for a claim, in natural log-odds: fitted by logistic
/// regression to lines with their own text and with one changed character.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weight {
    /// The log-odds at a log-ratio of 0.
    pub intercept: f32,
    /// What each unit of the log-ratio adds.
    pub slope: f32,
    /// The most that a picture may say for or against a claim.
    pub most: f32,
}

impl Weight {
    /// Fitted to 600 lines of scanned receipts, each with its own text and with one letter or
    /// digit changed, of which those count that were read otherwise than claimed; the two kinds
    /// weigh the same. So few lines cannot tell odds beyond some 150 to one.
    pub const FITTED: Self = Self { intercept: 5.0, slope: 0.5, most: 5.0 };

    /// The log-odds that a log-ratio is worth.
    #[must_use]
    pub fn log_odds(&self, ratio: f64) -> f32 {
        let log_odds = self.intercept + self.slope * ratio as f32;
        if log_odds.is_nan() { 0.0 } else { log_odds.clamp(-self.most, self.most) }
    }
}

/// The check of a claim after the claim was put to the line that is its evidence, or the nearest
/// candidate for it.
///
/// Where the reading says what was claimed, the picture adds nothing. Where it says something
/// else, the confidence moves by the odds of the log-ratio: down for any such reading, up only for
/// one that is a misread character or two away. A check that could not run, or whose claim is no
/// value of its kind, stays as it is.
#[must_use]
pub fn adjust(mut check: Check, score: &Score, weight: &Weight) -> Check {
    let key = check.check.strip_prefix("claim.").unwrap_or(&check.check).to_owned();
    let invalid = check.reason == Some(Reason::claim_invalid(&key));
    if check.outcome == Outcome::NotExecuted || invalid || score.edits == 0 {
        return check;
    }
    let log_odds = weight.log_odds(score.ratio);
    if log_odds > 0.0 && score.edits > MISREAD_EDITS_MAX {
        return check;
    }
    let moved = moved(check.confidence, log_odds);
    // The bounds must not turn a step down into one up.
    let down = log_odds < 0.0;
    check.confidence = if down { moved.min(check.confidence) } else { moved.max(check.confidence) };
    let passes = check.confidence >= PASSES_FROM;
    check.outcome = if passes { Outcome::Passed } else { Outcome::Failed };
    check.reason = match (passes, check.reason.take()) {
        (true, _) => None,
        (false, reason) => reason.or_else(|| Some(Reason::claim_mismatch(&key))),
    };
    check
}

/// A confidence whose odds are multiplied.
fn moved(confidence: f32, log_odds: f32) -> f32 {
    let p = confidence.clamp(CONFIDENCE_MIN, 1.0 - CONFIDENCE_MIN);
    let log_odds = (p / (1.0 - p)).ln() + log_odds;
    (1.0 / (1.0 + (-log_odds).exp())).clamp(CONFIDENCE_MIN, 1.0 - CONFIDENCE_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn score(ratio: f64, edits: usize) -> Score {
        Score {
            form: 0,
            log_probability: ratio,
            ratio,
            per_character: ratio / 5.0,
            margin: None,
            read: "33.80".to_owned(),
            edits,
            steps: 0..9,
        }
    }

    fn failed(confidence: f32) -> Check {
        Check::failed("claim.total", confidence, Reason::claim_mismatch("total"))
    }

    #[test]
    fn the_picture_raises_a_misread_claim_and_lowers_a_changed_one() {
        let passed = |confidence| Check::passed("claim.total", confidence);
        let cases = [
            ("misread", failed(0.3), score(-0.5, 1), Outcome::Passed),
            ("misread, not found", not_found(0.3), score(-0.5, 2), Outcome::Passed),
            ("changed", failed(0.3), score(-20.0, 1), Outcome::Failed),
            ("changed, and passed by its text", passed(0.8), score(-20.0, 1), Outcome::Failed),
            ("read as claimed", passed(0.8), score(-20.0, 0), Outcome::Passed),
            ("elsewhere", failed(0.3), score(0.0, 0), Outcome::Failed),
            ("another text", failed(0.3), score(0.0, 9), Outcome::Failed),
        ];
        for (name, check, score, expected) in cases {
            let before = check.confidence;
            let after = adjust(check, &score, &Weight::FITTED);
            assert_eq!(after.outcome, expected, "{name}: {after:?}");
            assert_eq!(after.reason.is_none(), expected == Outcome::Passed, "{name}: {after:?}");
            let same = score.edits == 0 || score.edits > 2;
            assert_eq!(after.confidence == before, same, "{name}: {after:?}");
        }
        let lowered = adjust(passed(0.8), &score(-20.0, 1), &Weight::FITTED);
        assert_eq!(lowered.reason, Some(Reason::claim_mismatch("total")));
    }

    fn not_found(confidence: f32) -> Check {
        Check::failed("claim.total", confidence, Reason::claim_not_found("total"))
    }

    #[test]
    fn a_check_without_a_question_to_the_picture_stays_as_it_is() {
        for check in [
            Check::not_executed("claim.total", Reason::TEXT_NONE),
            Check::failed("claim.total", 0.0, Reason::claim_invalid("total")),
        ] {
            assert_eq!(adjust(check.clone(), &score(0.0, 1), &Weight::FITTED), check);
        }
    }

    proptest! {
        #[test]
        fn a_better_ratio_never_lowers_the_confidence(
            confidence in 0.0_f32..0.5, edits in 0_usize..4,
            (a, b) in (-40.0_f64..5.0, -40.0_f64..5.0),
        ) {
            let of = |ratio| adjust(failed(confidence), &score(ratio, edits), &Weight::FITTED);
            let (low, high) = (of(a.min(b)), of(a.max(b)));
            prop_assert!(low.confidence <= high.confidence);
            prop_assert!((0.0..=1.0).contains(&low.confidence));
            prop_assert_eq!(low.outcome == Outcome::Passed, low.confidence >= 0.5);
        }

        #[test]
        fn a_ratio_that_is_no_number_changes_nothing_much(confidence in 0.02_f32..=0.4) {
            let after = adjust(failed(confidence), &score(f64::NAN, 1), &Weight::FITTED);
            prop_assert!((after.confidence - confidence).abs() < 1e-3);
        }
    }
}
