//! A second reader, Tesseract, which is asked about single lines that the engine's own networks
//! have read: two readers that share no weights rarely make the same mistake.
//!
//! A line goes in as a page and an outline, and text with a confidence comes out; [`agreement`]
//! says how far two readings are the same. This room knows nothing of claims' kinds, documents or
//! decisions, and it is the only one that knows whether Tesseract was compiled in.

// What Tesseract is given stays where it is when there is no Tesseract to take it.
#![cfg_attr(not(feature = "tesseract"), allow(dead_code))]

pub mod agreement;

mod choice;
mod cut;
mod error;
#[cfg(feature = "tesseract")]
mod handle;
#[cfg(not(feature = "tesseract"))]
#[path = "no_handle.rs"]
mod handle;
mod language;
mod reader;
mod threads;

pub use choice::{Second, SecondChoice};
pub use error::{SecondAbsent, SecondError};
pub use reader::{SecondReader, SecondReading};
pub use threads::limit_threads;
