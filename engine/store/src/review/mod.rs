//! The review queue: cases found across the shards, taken by one person at a time, and decided.
//!
//! What may happen to a case is said by [`ivendor_core::review::case`]; here it happens, in one
//! transaction on the case's shard with the decision, the audit entry, the event, and the answer
//! that a repeated request gets. The clock is the shard's.

mod change;
mod claim;
mod claim_once;
mod comment;
mod error;
mod event;
mod keep;
mod labels;
mod list;
mod record;
mod statistics;
mod sweep;

pub use change::{Change, Changed, Request};
pub use claim::{Claimed, NextCase, Order};
pub use comment::NewComment;
pub use error::ReviewError;
pub use labels::{Label, LabelFilter, LabelPage};
pub use list::{After, Filter, Page, Sort, Told};
pub use record::{Comment, Record, Said, State};
pub use statistics::Statistics;
