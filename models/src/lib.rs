//! The networks as pure forward functions, their weights, what a document type may claim, and
//! synthetic documents of known truth.

pub mod profile;
pub mod synthetic;
pub mod weights;
