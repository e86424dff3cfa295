//! What a search for a claimed value came to, before it is a check.

use super::put::Put;
use super::text::Span;

/// At and above this belief a claim is held to be true.
const PASSES_FROM: f32 = 0.5;

/// Places that are shown as evidence of one claim.
const SPANS_MAX: usize = 16;

/// How what was found agrees with the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agreement {
    /// It says what was claimed.
    Same,
    /// It says something else.
    Other,
    /// Nothing was found that could be it.
    Missing,
    /// The claim is no value of its kind.
    Invalid,
}

/// The answer to one claim.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    pub(super) agreement: Agreement,
    /// How far the claim is believed, 0–1.
    pub(super) belief: f32,
    /// What was found, in reading order; empty where nothing is worth showing.
    pub(super) spans: Vec<Span>,
    /// Where the claimed value itself stands, whether that is the right place or not.
    pub(super) stands: Option<Span>,
    /// What was measured, by name: what a policy weighs.
    pub(super) measures: Vec<(&'static str, f32)>,
    /// Where the claim is to be put to the picture; nothing where the text says just what was
    /// claimed.
    pub(super) puts: Vec<Put>,
}

impl Finding {
    /// What stands in `spans` is the claim as far as `belief` goes: below one half it differs.
    pub(super) fn believed(belief: f32, spans: Vec<Span>) -> Self {
        let same = belief >= PASSES_FROM;
        Self::new(if same { Agreement::Same } else { Agreement::Other }, belief, spans)
    }

    /// Something else stands where the claimed value should.
    pub(super) fn other(belief: f32, spans: Vec<Span>) -> Self {
        Self::new(Agreement::Other, belief.min(0.49), spans)
    }

    /// Nothing was found; `nearest` is what is most like it.
    pub(super) fn missing(belief: f32, nearest: Vec<Span>) -> Self {
        Self::new(Agreement::Missing, belief.min(0.49), nearest)
    }

    /// The claim is no value of its kind.
    pub(super) fn invalid() -> Self {
        Self::new(Agreement::Invalid, 0.0, Vec::new())
    }

    fn new(agreement: Agreement, belief: f32, mut spans: Vec<Span>) -> Self {
        spans.truncate(SPANS_MAX);
        let belief = belief.clamp(0.0, 1.0);
        Self { agreement, belief, spans, stands: None, measures: Vec::new(), puts: Vec::new() }
    }

    /// The same finding with what was measured.
    pub(super) fn measuring(mut self, measures: &[(&'static str, f32)]) -> Self {
        self.measures.extend_from_slice(measures);
        self
    }

    /// The same finding with where the claimed value itself stands.
    pub(super) fn standing(mut self, at: Option<Span>) -> Self {
        self.stands = at;
        self
    }

    /// The same finding, to be put to the picture.
    pub(super) fn putting(mut self, puts: Vec<Put>) -> Self {
        self.puts = puts;
        self
    }
}

/// How much less is believed because the reader was not sure. A wrong reading seldom happens to
/// say just what was claimed, so its confidence weighs little where the two agree.
pub(super) fn reading_factor(reading: f32) -> f32 {
    1.0 - 0.3 * (1.0 - reading.clamp(0.0, 1.0))
}
