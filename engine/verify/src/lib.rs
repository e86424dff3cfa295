//! The engine: from the bytes of documents to verdicts.
//!
//! A batch of [`job::Job`]s goes through the stages in one direction: decode, detect, read,
//! check, decide. One document's trouble never touches another's: each job leaves with a verdict
//! of its own, in the order in which it came.

pub mod checks;
pub mod device;
pub mod engine;
pub mod error;
pub mod job;
pub mod reading;
pub mod scoring;
pub mod second;

pub use ivendor_models::profile;

mod conclude;
mod contain;
mod examples;
#[cfg(test)]
mod patience;
mod prepare;
