//! The checks, one file a family: pure functions from what was read to what is true of it.

pub mod arithmetic;
pub mod claims;
pub mod duplicates;
pub mod identifiers;
pub mod mrz;
pub mod quality;
pub mod text_layer;
pub mod type_match;
pub mod validity;

pub(crate) mod picture;
pub(crate) mod suite;
