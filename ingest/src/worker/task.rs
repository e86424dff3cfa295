//! What travels through the worker: one request with its message and, later, its document.

use std::sync::Arc;

use ivendor_core::batcher::Load;
use ivendor_core::request::VerificationRequest;
use ivendor_core::result_key::ResultKey;
use ivendor_core::verdict::Verdict;
use ivendor_store::result::{DUE_WITHIN, NewResult};
use ivendor_verify::job::Job;
use tokio::sync::OwnedSemaphorePermit;

use crate::kafka::letter::Letter;

/// A request that was received.
#[derive(Debug)]
pub(crate) struct Task {
    pub(crate) letter: Letter,
    pub(crate) request: Box<VerificationRequest>,
    /// How often fetching failed for a passing cause.
    pub(crate) tries: u32,
}

/// A request with its document, ready for the device.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) letter: Letter,
    pub(crate) job: Job,
    /// The key under which its verdict will be stored.
    pub(crate) key: ResultKey,
    pub(crate) load: Load,
    /// Gives the room of its bytes back once they are gone.
    pub(crate) room: Option<Arc<OwnedSemaphorePermit>>,
}

/// A verdict on its way to its shard.
#[derive(Debug)]
pub(crate) struct Judged {
    pub(crate) letter: Letter,
    pub(crate) result: NewResult,
    /// How often storing failed for a passing cause.
    pub(crate) tries: u32,
}

impl Judged {
    pub(crate) fn new(letter: Letter, request: VerificationRequest, mut verdict: Verdict) -> Self {
        // Nobody asked for the text, and it is the largest part.
        verdict.pages = None;
        let traceparent = letter.onward();
        let (sampled, due_within) = (false, DUE_WITHIN);
        let result = NewResult { request, verdict, sampled, due_within, traceparent };
        Self { letter, result, tries: 0 }
    }
}
