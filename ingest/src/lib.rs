//! Where documents come in: requests from files, folders or a stream, the bytes that they name,
//! and the batches that carry both to the engine.
//!
//! `source` says what is asked, `sink` keeps the verdicts; neither knows the other's insides, so
//! that another source or sink can take a place beside them.

pub mod backfill;
pub mod cli;
pub mod engine_choices;
pub mod error;
pub mod explain;
pub mod kafka;
pub mod overlay;
pub mod sink;
pub mod source;
pub mod stop;
pub mod voice;
pub mod worker;
