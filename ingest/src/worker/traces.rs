//! What the stages of the worker tell of their documents in the traces.

use std::time::Duration;

use ivendor_core::verdict::{Decision, Verdict};
use ivendor_telemetry::journey::Together;

use crate::kafka::letter::Letter;

/// Work for many documents at once begins.
pub(crate) fn together<'a>(
    name: &'static str,
    letters: impl ExactSizeIterator<Item = &'a Letter>,
) -> Together {
    let documents = i64::try_from(letters.len()).unwrap_or(i64::MAX);
    let together = Together::begin(name, letters.map(|letter| &letter.receipt.journey));
    together.note("ivendor.documents", || documents);
    together
}

/// A document was verified, and goes on to be stored.
pub(crate) fn verified(mut letter: Letter, verdict: &Verdict) -> Letter {
    let journey = &mut letter.receipt.journey;
    if journey.is_kept() {
        let of_ms = |ms: f64| Duration::try_from_secs_f64(ms / 1e3).unwrap_or_default();
        let times = &verdict.timings_ms;
        journey.parts([
            ("decode", of_ms(times.decode)),
            ("detect", of_ms(times.detect)),
            ("recognise", of_ms(times.recognise)),
            ("check", of_ms(times.check)),
        ]);
        journey.note("ivendor.decision", || match verdict.decision {
            Decision::Accept => "accept",
            Decision::Review => "review",
            Decision::Reject => "reject",
        });
        journey.note("ivendor.device", || verdict.provenance.device.clone());
        journey.enter("store");
    }
    letter
}
