//! The checks, one file a family: pure functions from what was read to what is true of it.

pub mod claims;
