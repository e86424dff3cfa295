//! A person's part: the case that waits for a decision, and what may happen to it.
//!
//! [`case::Case`] is a state machine: every change is a pure function that gives the case after it
//! or says why it cannot be. It reads no clock and knows no database; who calls names the moment.

pub mod answer;
pub mod case;
#[cfg(test)]
mod tests;

use crate::ids::Sha256;

/// Whether a case is among the `share` (0–1) that two people decide blind to each other. It is
/// drawn by a digest of the case's identifier, so that everybody draws the same.
#[must_use]
pub fn is_drawn_for_two(case_id: &str, share: f64) -> bool {
    let digest = Sha256::of(format!("ivendor.second_opinion/1\n{case_id}\n").as_bytes());
    let mut first = [0; 4];
    first.copy_from_slice(&digest.as_bytes()[..4]);
    f64::from(u32::from_be_bytes(first)) < share * 4_294_967_296.0
}
