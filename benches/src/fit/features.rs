//! Which measures are weighed for which kind of claim, between which bounds, and to which side
//! each may count.

use ivendor_models::profile::ClaimKind;

use super::logistic::Sign::{self, Either, Lowers, Raises};

/// A measure of a check.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Feature {
    /// The name; `CHECK/MEASURE` is that of another check.
    pub(super) name: &'static str,
    /// Values beyond these count as these.
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) sign: Sign,
}

const fn feature(name: &'static str, low: f64, high: f64, sign: Sign) -> Feature {
    Feature { name, low, high, sign }
}

/// What every kind has.
const SHARED: [Feature; 12] = [
    feature("belief_log_odds", -6.0, 6.0, Raises),
    feature("ratio", -40.0, 1.0, Raises),
    feature("ratio_near", -6.0, 0.0, Raises),
    feature("edits", 0.0, 6.0, Lowers),
    feature("second_prefers", -3.0, 3.0, Raises),
    feature("nowhere", 0.0, 1.0, Lowers),
    feature("unasked", 0.0, 1.0, Lowers),
    feature("reading", 0.0, 1.0, Raises),
    feature("role_sure", 0.0, 1.0, Raises),
    feature("role_labelled", 0.0, 1.0, Raises),
    feature("role_near", 0.0, 1.0, Either),
    feature("role_against", 0.0, 1.0, Lowers),
];

const MONEY: [Feature; 12] = [
    feature("same", 0.0, 1.0, Raises),
    feature("bare", 0.0, 1.0, Lowers),
    feature("margin", -20.0, 20.0, Raises),
    feature("settled", 0.0, 1.0, Raises),
    feature("settled_otherwise", 0.0, 1.0, Lowers),
    feature("rounded", 0.0, 1.0, Raises),
    feature("rivals_stronger", 0.0, 3.0, Lowers),
    feature("rivals_equal", 0.0, 3.0, Lowers),
    feature("repeats", 0.0, 3.0, Raises),
    feature("larger", 0.0, 4.0, Lowers),
    feature("largest", 0.0, 1.0, Raises),
    feature("arithmetic.total/claim_fits", -1.0, 1.0, Raises),
];

const DATE: [Feature; 6] = [
    feature("same", 0.0, 1.0, Raises),
    feature("margin", -20.0, 20.0, Raises),
    feature("run", 0.0, 1.0, Lowers),
    feature("rivals", 0.0, 3.0, Lowers),
    feature("unread", 0.0, 1.0, Either),
    feature("unread_edits", 0.0, 3.0, Lowers),
];

const WORDING: [Feature; 10] = [
    feature("cost", 0.0, 8.0, Lowers),
    feature("cost_share", 0.0, 0.5, Lowers),
    feature("digits_wrong", 0.0, 2.0, Lowers),
    feature("digits_doubtful", 0.0, 3.0, Lowers),
    feature("jumps", 0.0, 4.0, Lowers),
    feature("depth", 0.0, 1.0, Either),
    feature("label_elsewhere", 0.0, 1.0, Lowers),
    feature("otherwise", 0.0, 1.0, Lowers),
    feature("issuer_below", 0.0, 1.0, Lowers),
    feature("party_heads", 0.0, 1.0, Lowers),
];

const IDENTIFIER: [Feature; 4] = [
    feature("cost", 0.0, 8.0, Lowers),
    feature("free", 0.0, 1.0, Raises),
    feature("rivals", 0.0, 1.0, Lowers),
    feature("length", 0.0, 12.0, Raises),
];

/// The features of a kind of claim.
pub(super) fn features(kind: ClaimKind) -> Vec<Feature> {
    let own: &[Feature] = match kind {
        ClaimKind::Money => &MONEY,
        ClaimKind::Date => &DATE,
        ClaimKind::Name | ClaimKind::Address | ClaimKind::Text => &WORDING,
        ClaimKind::Identifier => &IDENTIFIER,
    };
    SHARED.iter().chain(own).copied().collect()
}
