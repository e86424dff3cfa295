//! Dead letters: messages that are no valid request, or that failed for good. The bytes go to
//! their topic as they were read; why, and from where, stands in the headers.

use std::time::Duration;

use ivendor_core::trace::TraceParent;
use jiff::Timestamp;
use rdkafka::message::{Headers, Message, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};

use super::client::{ACKNOWLEDGE_S_MAX, Broker};
use super::error::QueueError;
use super::headers::{self, TRACEPARENT};

/// The stable code of what is wrong, e.g. `request.json`.
pub const ERROR_CODE: &str = "ivendor-error-code";
/// What is wrong, for a person.
pub const ERROR: &str = "ivendor-error";
/// The topic that the message was read from.
pub const SOURCE_TOPIC: &str = "ivendor-source-topic";
/// Its partition there.
pub const SOURCE_PARTITION: &str = "ivendor-source-partition";
/// Its offset there.
pub const SOURCE_OFFSET: &str = "ivendor-source-offset";
/// How many times it was tried.
pub const ATTEMPTS: &str = "ivendor-attempts";
/// When it failed the last time.
pub const FAILED_AT: &str = "ivendor-failed-at";

/// Bytes of an error that are kept.
const ERROR_LEN_MAX: usize = 4096;

/// Bytes of a code or a topic that are believed.
const NAME_LEN_MAX: usize = 256;

/// Where a message was read.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// The topic.
    pub topic: String,
    /// The partition, from 0.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

/// A message that failed for good, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The key as read.
    pub key: Option<Vec<u8>>,
    /// The bytes as read; a message may have none at all.
    pub payload: Option<Vec<u8>>,
    /// Where it was read first.
    pub origin: Origin,
    /// The stable code of what is wrong, e.g. `request.json`.
    pub code: String,
    /// What is wrong, for a person.
    pub error: String,
    /// How many times it was tried.
    pub attempts: u32,
    /// When it failed the last time.
    pub failed_at: Timestamp,
    /// The trace that it belongs to.
    pub traceparent: Option<TraceParent>,
}

impl DeadLetter {
    /// The headers that say everything but key and bytes.
    #[must_use]
    pub fn headers(&self) -> OwnedHeaders {
        let mut error = self.error.as_str();
        if error.len() > ERROR_LEN_MAX {
            error = &error[..error.floor_char_boundary(ERROR_LEN_MAX)];
        }
        let pairs = [
            (ERROR_CODE, self.code.as_str()),
            (ERROR, error),
            (SOURCE_TOPIC, &self.origin.topic),
            (SOURCE_PARTITION, &self.origin.partition.to_string()),
            (SOURCE_OFFSET, &self.origin.offset.to_string()),
            (ATTEMPTS, &self.attempts.to_string()),
            (FAILED_AT, &self.failed_at.to_string()),
        ];
        let all = OwnedHeaders::new_with_capacity(pairs.len() + 1);
        let all = pairs.iter().fold(all, |all, (name, value)| headers::with(all, name, value));
        match &self.traceparent {
            Some(trace) => headers::with(all, TRACEPARENT, trace.as_str()),
            None => all,
        }
    }

    /// Reads a dead letter back. Whatever its headers lack or garble is `unknown`, nought, or where
    /// and when the dead letter itself was written: another program may have put it there.
    pub fn read(message: &impl Message) -> Self {
        let (topic, partition) = (message.topic(), message.partition());
        let written = message.timestamp().to_millis();
        let written = written.and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let mut letter = Self {
            key: message.key().map(<[u8]>::to_vec),
            payload: message.payload().map(<[u8]>::to_vec),
            origin: Origin { topic: topic.to_owned(), partition, offset: message.offset() },
            code: "unknown".to_owned(),
            error: String::new(),
            attempts: 0,
            failed_at: written.unwrap_or(Timestamp::UNIX_EPOCH),
            traceparent: None,
        };
        if let Some(headers) = message.headers() {
            letter.read_headers(headers);
        }
        letter
    }

    fn read_headers(&mut self, all: &impl Headers) {
        let name =
            |name| headers::text(all, name).filter(|text| (1..=NAME_LEN_MAX).contains(&text.len()));
        if let Some(code) = name(ERROR_CODE) {
            self.code = code.to_owned();
        }
        if let Some(error) = headers::text(all, ERROR) {
            let end = error.floor_char_boundary(ERROR_LEN_MAX);
            self.error = error[..end].to_owned();
        }
        let partition = headers::parsed(all, SOURCE_PARTITION).filter(|number: &i32| *number >= 0);
        let offset = headers::parsed(all, SOURCE_OFFSET).filter(|number: &i64| *number >= 0);
        // All three or none: a half would name a message that never was.
        if let (Some(topic), Some(partition), Some(offset)) =
            (name(SOURCE_TOPIC), partition, offset)
        {
            self.origin = Origin { topic: topic.to_owned(), partition, offset };
        }
        self.attempts = headers::parsed(all, ATTEMPTS).unwrap_or(0);
        self.failed_at = headers::parsed(all, FAILED_AT).unwrap_or(self.failed_at);
        self.traceparent = headers::parsed(all, TRACEPARENT);
    }
}

/// Sends dead letters and waits until the broker has them. Cheap to clone.
#[derive(Clone)]
pub struct DeadLetters {
    producer: FutureProducer,
    topic: String,
    broker: Broker,
}

impl std::fmt::Debug for DeadLetters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeadLetters").field("topic", &self.topic).finish_non_exhaustive()
    }
}

impl DeadLetters {
    /// Sends to `topic`. Nothing is connected to yet.
    ///
    /// # Errors
    /// [`QueueError`] where the client cannot be made.
    pub fn new(broker: &Broker, topic: &str) -> Result<Self, QueueError> {
        // A producer that sends each message once ends for good at some errors of the broker. A
        // dead letter that stands there twice does no harm; a worker that can send none does.
        let mut config = broker.producer();
        config.set("enable.idempotence", "false").set("linger.ms", "5");
        let producer = config.create().map_err(broker.failed("make a producer"))?;
        Ok(Self { producer, topic: topic.to_owned(), broker: broker.clone() })
    }

    /// Sends one and waits for the acknowledgement of every replica in step. After an error it may
    /// be there all the same; sending it again is harmless.
    ///
    /// # Errors
    /// [`QueueError::Broker`] where the broker is away for longer than a minute, or refuses.
    pub async fn send(&self, letter: &DeadLetter) -> Result<(), QueueError> {
        let mut record = FutureRecord::to(&self.topic).headers(letter.headers());
        if let Some(key) = &letter.key {
            record = record.key(key);
        }
        if let Some(payload) = &letter.payload {
            record = record.payload(payload);
        }
        let patience = Duration::from_secs(ACKNOWLEDGE_S_MAX);
        let sent = self.producer.send::<Vec<u8>, Vec<u8>, _>(record, patience).await;
        let doing = || format!("send a dead letter to {}", self.topic);
        sent.map(drop).map_err(|(error, _)| self.broker.failed(doing())(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rdkafka::message::{Header, OwnedMessage, Timestamp as MessageTime};

    fn letter() -> DeadLetter {
        DeadLetter {
            key: Some(b"t/d".to_vec()),
            payload: Some(b"{\xff\x00".to_vec()),
            origin: Origin { topic: "verification.queue".to_owned(), partition: 3, offset: 77 },
            code: "request.json".to_owned(),
            error: "not é JSON".to_owned(),
            attempts: 2,
            failed_at: "2026-01-02T03:04:05.678Z".parse().unwrap(),
            traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().ok(),
        }
    }

    fn message(letter: &DeadLetter, headers: Option<OwnedHeaders>) -> OwnedMessage {
        let time = MessageTime::CreateTime(1000);
        let (payload, key) = (letter.payload.clone(), letter.key.clone());
        OwnedMessage::new(payload, key, "dead".to_owned(), time, 1, 5, headers)
    }

    #[test]
    fn a_dead_letter_is_read_back_as_it_was_written() {
        let bare = DeadLetter { key: None, payload: None, traceparent: None, ..letter() };
        for letter in [letter(), bare] {
            assert_eq!(DeadLetter::read(&message(&letter, Some(letter.headers()))), letter);
        }
    }

    #[test]
    fn a_long_error_is_cut_at_a_character() {
        let long = DeadLetter { error: "é".repeat(5000), ..letter() };
        let read = DeadLetter::read(&message(&long, Some(long.headers())));
        assert_eq!(read.error, "é".repeat(ERROR_LEN_MAX / 2));
    }

    #[test]
    fn what_the_headers_lack_or_garble_is_told_from_the_message_itself() {
        let unknown = DeadLetter {
            origin: Origin { topic: "dead".to_owned(), partition: 1, offset: 5 },
            code: "unknown".to_owned(),
            error: String::new(),
            attempts: 0,
            failed_at: Timestamp::from_second(1).unwrap(),
            traceparent: None,
            ..letter()
        };
        let garbage = |names: &[&str], value: &[u8]| {
            let empty = OwnedHeaders::new();
            Some(names.iter().fold(empty, |headers, name| {
                headers.insert(Header { key: name, value: Some(value) })
            }))
        };
        let all = [
            ERROR_CODE,
            ERROR,
            SOURCE_TOPIC,
            SOURCE_PARTITION,
            SOURCE_OFFSET,
            ATTEMPTS,
            FAILED_AT,
            TRACEPARENT,
        ];
        let cases = [
            ("no headers", None),
            ("no UTF-8", garbage(&all, b"\xff\xfe")),
            ("empty", garbage(&all, b"")),
            ("half an origin", garbage(&[SOURCE_PARTITION, SOURCE_OFFSET], b"7")),
            ("negative", garbage(&[SOURCE_TOPIC, SOURCE_PARTITION, SOURCE_OFFSET], b"-7")),
        ];
        for (name, headers) in cases {
            assert_eq!(DeadLetter::read(&message(&letter(), headers)), unknown, "{name}");
        }
    }

    proptest! {
        #[test]
        fn garbage_in_headers_never_panics(
            name in 0_usize..9, value in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let names = [ERROR_CODE, ERROR, SOURCE_TOPIC, SOURCE_PARTITION, SOURCE_OFFSET,
                ATTEMPTS, FAILED_AT, TRACEPARENT, "x"];
            let headers = letter().headers()
                .insert(Header { key: names[name], value: Some(value.as_slice()) });
            let read = DeadLetter::read(&message(&letter(), Some(headers)));
            prop_assert_eq!(read.payload, letter().payload);
        }
    }
}
