//! The networks as pure forward functions, their weights, what a document type may claim, and
//! synthetic documents of known truth.

pub mod detector;
pub mod orientation;
pub mod policy;
pub mod profile;
pub mod recogniser;
pub mod synthetic;
pub mod weights;

pub use ivendor_kernels::{crop, placed, resize, stream, strip, timing};

mod backbone;
