//! A message in the worker: its bytes, its way home, and the trace that it belongs to.

use std::time::Instant;

use ivendor_core::request::VerificationRequest;
use ivendor_core::trace::TraceParent;
use ivendor_telemetry::journey::{Journey, Role};
use rdkafka::message::{BorrowedMessage, Message as _};

use super::ledger::{Came, Ledger, Receipt};
use super::{dead_letter, headers};

/// A message as it was read, with its way home.
#[derive(Debug)]
pub struct Letter {
    /// Its way home.
    pub receipt: Receipt,
    /// Its key.
    pub key: Option<Vec<u8>>,
    /// Its bytes.
    pub payload: Vec<u8>,
    /// The trace that it belongs to.
    pub traceparent: Option<TraceParent>,
    /// How often it came to the dead letters already.
    pub attempts: u32,
    /// When it was received.
    pub received: Instant,
}

impl Letter {
    /// How what becomes of the message names the trace that it belongs to: the message's way
    /// through this program where that is traced, and else whatever the message named.
    #[must_use]
    pub fn onward(&self) -> Option<TraceParent> {
        let here = self.receipt.journey.is_kept().then(|| self.receipt.journey.traceparent());
        here.flatten().or_else(|| self.traceparent.clone())
    }
}

/// A message that was decoded.
#[derive(Debug)]
pub enum Incoming {
    /// A request.
    Asked(Letter, Box<VerificationRequest>),
    /// No request: the code, and words for a person.
    Rejected(Letter, &'static str, String),
}

/// Reads one message; nothing where it is in hand already.
pub(super) fn take(ledger: &Ledger, message: &BorrowedMessage<'_>) -> Option<Incoming> {
    let payload = message.payload().unwrap_or_default();
    let came = Came {
        partition: message.partition(),
        offset: message.offset(),
        bytes: payload.len() as u64,
        sent_ms: message.timestamp().to_millis(),
    };
    let mut receipt = ledger.receive(&came)?;
    let traceparent = parsed(message, headers::TRACEPARENT);
    receipt.journey = journey(message, traceparent.as_ref());
    let letter = Letter {
        receipt,
        key: message.key().map(<[u8]>::to_vec),
        payload: payload.to_vec(),
        traceparent,
        attempts: parsed(message, dead_letter::ATTEMPTS).unwrap_or(0),
        received: Instant::now(),
    };
    Some(match VerificationRequest::parse(payload) {
        Ok(request) => Incoming::Asked(letter, Box::new(request)),
        Err(error) => Incoming::Rejected(letter, error.code(), error.to_string()),
    })
}

/// A message's way begins, in the trace that it names.
fn journey(message: &BorrowedMessage<'_>, parent: Option<&TraceParent>) -> Journey {
    let mut journey = Journey::begin("process", Role::Receives, parent);
    journey.enter("receive");
    journey.note("messaging.system", || "kafka");
    journey.note("messaging.destination.name", || message.topic().to_owned());
    journey.note("messaging.destination.partition.id", || message.partition().to_string());
    journey.note("messaging.kafka.offset", || message.offset());
    journey
}

fn parsed<T: std::str::FromStr>(message: &BorrowedMessage<'_>, name: &str) -> Option<T> {
    message.headers().and_then(|all| headers::parsed(all, name))
}
