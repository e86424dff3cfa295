//! Where documents come in: requests from files, folders or a stream, the bytes that they name,
//! and the batches that carry both to the engine.
//!
//! `source` says what is asked, `fetch` gets the bytes, `sink` keeps the verdicts; none of them
//! knows the others' insides, so that another source or sink can take a place beside them.

pub mod backfill;
pub mod cli;
pub mod error;
pub mod explain;
pub mod fetch;
pub mod kafka;
pub mod overlay;
pub mod settings;
pub mod sink;
pub mod source;
pub mod stop;
pub mod voice;
pub mod worker;
