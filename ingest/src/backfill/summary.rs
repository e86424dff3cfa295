//! What is told at the end, and the exit code that follows from it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Instant;

use ivendor_core::reason::Reason;
use ivendor_core::verdict::{Decision, Verdict};

use crate::error::Exit;
use crate::sink::KeptVerdict;

/// Different reasons that are counted; claims may have any key, so there is no natural bound.
const REASONS_MAX: usize = 1000;

/// Reasons that are told.
const REASONS_TOLD: usize = 5;

/// The counts of one output: what an earlier run left in it, and what this one added.
#[derive(Debug)]
pub(super) struct Summary {
    started: Instant,
    decisions: BTreeMap<Decision, u64>,
    reasons: BTreeMap<Reason, u64>,
    verdicts: u64,
    pages: u64,
    kept: u64,
    rejected: u64,
    engine_failed: u64,
    overlays_failed: u64,
}

impl Summary {
    pub(super) fn new() -> Self {
        Self {
            started: Instant::now(),
            decisions: BTreeMap::new(),
            reasons: BTreeMap::new(),
            verdicts: 0,
            pages: 0,
            kept: 0,
            rejected: 0,
            engine_failed: 0,
            overlays_failed: 0,
        }
    }

    /// A verdict of this run; its pages are counted where it still has them.
    pub(super) fn verdict(&mut self, verdict: &Verdict) {
        self.verdicts += 1;
        self.pages += verdict.pages.as_ref().map_or(0, |pages| pages.len() as u64);
        self.count(verdict.decision, &verdict.reasons);
    }

    /// A verdict of an earlier run.
    pub(super) fn kept(&mut self, verdict: &KeptVerdict) {
        self.kept += 1;
        self.count(verdict.decision, &verdict.reasons);
    }

    /// Lines that were no requests.
    pub(super) fn rejected(&mut self, lines: u64) {
        self.rejected += lines;
    }

    /// A page picture that could not be written.
    pub(super) fn overlay_failed(&mut self) {
        self.overlays_failed += 1;
    }

    /// Entries of the source that are answered, now or earlier.
    pub(super) fn entries(&self) -> u64 {
        self.kept + self.verdicts + self.rejected
    }

    fn count(&mut self, decision: Decision, reasons: &[Reason]) {
        *self.decisions.entry(decision).or_default() += 1;
        for reason in reasons {
            if let Some(count) = self.reasons.get_mut(reason) {
                *count += 1;
            } else if self.reasons.len() < REASONS_MAX {
                self.reasons.insert(reason.clone(), 1);
            }
        }
        self.engine_failed += u64::from(reasons.contains(&Reason::ENGINE_FAILED));
    }

    /// A document without a verdict of its own is a failure; one with a bad verdict is not.
    pub(super) fn exit(&self) -> Exit {
        if self.rejected + self.engine_failed + self.overlays_failed > 0 {
            Exit::SomeFailed
        } else {
            Exit::Done
        }
    }

    /// The summary for a person.
    pub(super) fn text(&self) -> String {
        self.text_after(self.started.elapsed().as_secs_f64())
    }

    fn text_after(&self, seconds: f64) -> String {
        let rate = |count: u64| count as f64 / seconds.max(1e-3);
        let decided = |decision| self.decisions.get(&decision).copied().unwrap_or(0);
        let mut text = format!(
            "{} documents in {seconds:.1} s: {:.2} documents/s, {:.2} pages/s",
            self.verdicts,
            rate(self.verdicts),
            rate(self.pages),
        );
        if self.kept > 0 {
            // Writing to a String cannot fail, here and below.
            let _ = write!(text, "\n  and {} from before, counted below too", self.kept);
        }
        let _ = write!(
            text,
            "\n  accept {}, review {}, reject {}",
            decided(Decision::Accept),
            decided(Decision::Review),
            decided(Decision::Reject),
        );
        let mut reasons: Vec<(&Reason, &u64)> = self.reasons.iter().collect();
        reasons.sort_by_key(|(reason, count)| (std::cmp::Reverse(**count), reason.as_str()));
        for (reason, count) in reasons.into_iter().take(REASONS_TOLD) {
            let _ = write!(text, "\n  {count:>8} × {reason}");
        }
        let failures = [
            (self.rejected, "request lines could not be read"),
            (self.engine_failed, "documents on which the engine failed"),
            (self.overlays_failed, "overlays could not be written"),
        ];
        for (count, words) in failures.into_iter().filter(|(count, _)| *count > 0) {
            let _ = write!(text, "\n  failed: {count} {words}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_tells_decisions_reasons_rates_and_failures() {
        let mut summary = Summary::new();
        summary.verdicts = 3;
        summary.pages = 4;
        summary.count(Decision::Accept, &[]);
        let review = [Reason::TEXT_NONE, Reason::CONTENT_DAMAGED];
        summary.count(Decision::Review, &review);
        summary.count(Decision::Review, &review[..1]);
        assert_eq!(summary.exit(), Exit::Done);
        summary.kept = 7;
        summary.rejected(2);
        let wanted = "\
3 documents in 2.0 s: 1.50 documents/s, 2.00 pages/s
  and 7 from before, counted below too
  accept 1, review 2, reject 0
         2 × text.none
         1 × content.damaged
  failed: 2 request lines could not be read";
        assert_eq!(summary.text_after(2.0), wanted);
        assert_eq!((summary.exit(), summary.entries()), (Exit::SomeFailed, 12));
    }

    #[test]
    fn a_failed_engine_is_a_failure_and_a_damaged_document_is_none() {
        for (reason, exit) in [
            (Reason::CONTENT_DAMAGED, Exit::Done),
            (Reason::CONTENT_UNREACHABLE, Exit::Done),
            (Reason::ENGINE_FAILED, Exit::SomeFailed),
        ] {
            let mut summary = Summary::new();
            summary.count(Decision::Review, &[reason]);
            assert_eq!(summary.exit(), exit);
        }
    }

    #[test]
    fn claims_with_ever_new_keys_take_bounded_memory() {
        let mut summary = Summary::new();
        for n in 0..2 * REASONS_MAX {
            summary.count(Decision::Review, &[Reason::claim_not_found(&format!("key_{n}"))]);
        }
        assert_eq!(summary.reasons.len(), REASONS_MAX);
    }
}
