//! From page bitmaps to lines of text: detect, outline, crop, read.
//!
//! Stages are functions from plain values to plain values; `reader` and `finder` alone hold
//! networks. This room knows nothing of claims, documents or where pages come from.

pub mod look;
pub mod reader;

pub(crate) mod crop;
mod decode;
mod finder;
mod geometry;
mod order;
mod outline;
mod pack;
mod page_input;
