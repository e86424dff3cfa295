//! What no client library sends: a message whose header has a name that is no UTF-8, written to
//! the broker byte by byte.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use ivendor_ingest::kafka::dead_letter::DeadLetter;
use rdkafka::message::Message as _;
use serde_json::{Value, json};

use crate::table::Table;

/// Kafka's protocol: Produce, of which version 3 is the first with headers.
const PRODUCE: [u8; 4] = [0, 0, 0, 3];

/// The Castagnoli polynomial, reflected: what a record batch is checked with.
fn crc32c(bytes: &[u8]) -> u32 {
    let bit = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), bit))
}

/// A small length, in the zigzag form of the records.
fn varint(length: usize) -> u8 {
    assert!(length < 64);
    (length << 1) as u8
}

fn field(bytes: &[u8]) -> Vec<u8> {
    [&[varint(bytes.len())], bytes].concat()
}

fn string(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat()
}

/// One record without a key.
fn record(value: &[u8], headers: &[(&[u8], &[u8])]) -> Vec<u8> {
    let no_key = 1;
    let mut record = vec![0, 0, 0, no_key];
    record.extend(field(value));
    record.push(varint(headers.len()));
    for (name, value) in headers {
        record.extend([field(name), field(value)].concat());
    }
    [vec![varint(record.len())], record].concat()
}

fn batch(record: &[u8]) -> Vec<u8> {
    let mut checked = vec![0_u8; 2 + 4 + 8 + 8];
    checked.extend([0xff; 8 + 2 + 4]);
    checked.extend(1_u32.to_be_bytes());
    checked.extend(record);
    let after_length = [&[0xff; 4][..], &[2], &crc32c(&checked).to_be_bytes(), &checked].concat();
    [&[0; 8][..], &(after_length.len() as u32).to_be_bytes(), &after_length].concat()
}

/// Produces one record to partition 0 of the topic.
fn produce(broker: &str, topic: &str, record: &[u8]) {
    let batch = batch(record);
    let mut request = [&PRODUCE[..], &7_u32.to_be_bytes(), &string("test")].concat();
    // No transaction, every replica, thirty seconds, one topic, one partition.
    request.extend([&[0xff, 0xff, 0xff, 0xff][..], &30_000_u32.to_be_bytes()].concat());
    request.extend([&1_u32.to_be_bytes()[..], &string(topic), &1_u32.to_be_bytes()].concat());
    request.extend([&0_u32.to_be_bytes()[..], &(batch.len() as u32).to_be_bytes()].concat());
    request.extend(batch);
    let mut stream = TcpStream::connect(broker).unwrap();
    stream.write_all(&(request.len() as u32).to_be_bytes()).unwrap();
    stream.write_all(&request).unwrap();
    let mut length = [0; 4];
    stream.read_exact(&mut length).unwrap();
    let mut answer = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut answer).unwrap();
    // Correlation, one topic, its name, one partition, its number, and then the error.
    let error = 4 + 4 + 2 + topic.len() + 4 + 4;
    assert_eq!(answer[error..error + 2], [0, 0], "{answer:?}");
}

#[test]
fn the_checksum_is_the_one_that_everybody_has() {
    assert_eq!(crc32c(b"123456789"), 0xe306_9283);
}

#[test]
fn a_header_whose_name_is_no_text_stops_nobody() {
    let table = Table::laid(1);
    let topic = &table.settings.dead_letter_topic;
    let headers: [(&[u8], &[u8]); 3] =
        [(b"ivendor-error-code", b"a"), (b"\xff\xfe", b"x"), (b"ivendor-attempts", b"3")];
    produce(table.settings.brokers.as_deref().unwrap(), topic, &record(b"bytes", &headers));
    let letter = DeadLetter::read(&table.all(topic)[0][0]);
    assert_eq!((letter.code.as_str(), letter.attempts), ("a", 3));
    let run = table.run(&["redrive", "--json"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let counts: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(counts["codes"], json!({"a": 1}));
    let back = table.all(&table.settings.topic);
    assert_eq!(back[0][0].payload(), Some(&b"bytes"[..]));
}
