//! Dead letters at their topic.

use ivendor_ingest::kafka::dead_letter::{DeadLetter, DeadLetters, Origin};
use rdkafka::message::OwnedHeaders;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer as _};

use crate::table::Table;

/// The letter number `n`, whose bytes are no text.
pub(crate) fn letter(table: &Table, n: i64, code: &str) -> DeadLetter {
    DeadLetter {
        key: Some(format!("tenant{}/d{n}", n % 3).into_bytes()),
        payload: Some(vec![b'{', 0xff, 0, n as u8, b'\n']),
        origin: Origin { topic: table.settings.topic.clone(), partition: 1, offset: n },
        code: code.to_owned(),
        error: "it says why".to_owned(),
        attempts: 2 + n as u32,
        failed_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().ok(),
    }
}

/// Sends the letters, one after the other.
pub(crate) fn send(table: &Table, letters: &[DeadLetter]) {
    let sender = DeadLetters::new(&table.broker(), &table.settings.dead_letter_topic).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for letter in letters {
        runtime.block_on(sender.send(letter)).unwrap();
    }
}

/// Puts a message there that no worker would.
pub(crate) fn send_raw(table: &Table, headers: OwnedHeaders, payload: Option<&[u8]>) {
    let producer: BaseProducer = table.broker().producer().create().unwrap();
    let mut record = BaseRecord::<[u8], [u8]>::to(&table.settings.dead_letter_topic);
    record.partition = Some(0);
    record.headers = Some(headers);
    record.payload = payload;
    producer.send(record).unwrap();
    producer.flush(std::time::Duration::from_secs(30)).unwrap();
}

#[test]
fn a_dead_letter_is_at_the_broker_once_it_is_sent_and_reads_the_same() {
    let table = Table::laid(3);
    let odd = DeadLetter { key: None, payload: None, traceparent: None, ..letter(&table, 3, "a") };
    let mut sent = vec![letter(&table, 0, "a"), letter(&table, 1, "b"), odd];
    send(&table, &sent);
    let all = table.all(&table.settings.dead_letter_topic);
    let mut read: Vec<DeadLetter> = all.iter().flatten().map(DeadLetter::read).collect();
    sent.sort_by_key(|letter| letter.origin.offset);
    read.sort_by_key(|letter| letter.origin.offset);
    assert_eq!(read, sent);
}

#[test]
fn the_largest_message_of_the_queue_fits_the_dead_letters_too() {
    let table = Table::laid(1);
    // As much as a broker takes that nobody has configured, and nothing that lz4 could press.
    let mut state = 1_u64;
    let noise = (0..1_048_000).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    });
    let large = DeadLetter {
        payload: Some(noise.collect()),
        error: "e".repeat(5000),
        ..letter(&table, 0, "request.too_large")
    };
    send(&table, std::slice::from_ref(&large));
    let all = table.all(&table.settings.dead_letter_topic);
    assert_eq!(DeadLetter::read(&all[0][0]).payload, large.payload);
}
