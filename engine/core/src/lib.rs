//! The domain of document verification: plain values and pure functions.
//!
//! A [`request::VerificationRequest`] says what a vendor claims of a document, the checks of the
//! engine each leave a [`check::Check`], a [`policy::Policy`] turns them into a decision, and the
//! [`verdict::Verdict`] carries all of it to whoever asked. This room knows nothing of files,
//! networks, models or databases: it reads no clock and does no input or output.

pub mod audit;
pub mod batcher;
pub mod check;
pub mod content;
pub mod geometry;
pub mod ids;
pub mod limits;
pub mod metrics;
#[cfg(feature = "openapi")]
mod openapi;
pub mod policy;
pub mod reason;
pub mod request;
pub mod result_key;
pub mod review;
pub mod sharding;
pub mod trace;
pub mod verdict;
pub mod watermark;
