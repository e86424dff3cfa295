//! Sound documents that were cut off or in which bits were flipped.

use crate::document::MediaType;
use crate::specimens::mutate::Random;
use crate::specimens::{Sound, Specimen, sound};

/// Each document is cut after this many parts of [`PARTS`].
const CUTS: [usize; 7] = [2, 4, 6, 7, 8, 9, 10];
const PARTS: usize = 12;
/// Flips that are tried on each document.
const FLIPS: usize = 8;
/// Bytes that are left of the smallest cut: enough to tell the type.
const HEAD_BYTES: usize = 24;

pub(super) fn specimens() -> Vec<Specimen> {
    let documents = sound();
    let mut all: Vec<Specimen> = documents.iter().flat_map(cuts).collect();
    all.extend(documents.iter().enumerate().flat_map(|(nth, document)| flips(document, nth)));
    all
}

fn cuts(document: &Sound) -> Vec<Specimen> {
    let bytes = &document.bytes;
    // The end of a PDF's trailer can be lost without harm.
    let last = if document.media_type == MediaType::Pdf {
        bytes.windows(9).rposition(|window| window == b"startxref").unwrap_or(0)
    } else {
        bytes.len() - 1
    };
    let name = document.name;
    CUTS.iter()
        .map(|cut| bytes.len() * cut / PARTS)
        .chain([last])
        .filter(|length| (HEAD_BYTES..=last).contains(length))
        .map(|length| {
            Specimen::damaged(format!("{name}, cut after {length}"), bytes[..length].to_vec())
        })
        .collect()
}

/// Flips of one bit. Most of them still decode, to something else.
fn flips(document: &Sound, nth: usize) -> Vec<Specimen> {
    let mut random = Random::new(nth as u64);
    (0..FLIPS)
        .map(|_| {
            let mut bytes = document.bytes.clone();
            let at = random.below(bytes.len());
            let bit = random.below(8);
            bytes[at] ^= 1 << bit;
            let name = document.name;
            Specimen::open(format!("{name}, bit {bit} of byte {at} flipped"), bytes)
        })
        .collect()
}
