//! Every damaged or hostile document leaves with a reason, every sound one with its pages, and
//! what the fuzz targets check holds for both and for changes to them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ivendor_core::limits::DecodeLimits;
use ivendor_pages::specimens::mutate::{Random, mutated};
use ivendor_pages::specimens::promise::{self, check_as, check_decode, check_image};
use ivendor_pages::specimens::{sound, specimens};
use ivendor_pages::{MediaType, PageError, decode};

/// Changes that are tried on each sound document.
const MUTATIONS: u64 = 40;

#[test]
fn every_specimen_leaves_with_a_reason_or_with_pages_within_the_limits() {
    let limits = promise::limits();
    let time_max = Duration::from_secs_f64(limits.decode_s_max * 2.0);
    let mut wrong = Vec::new();
    for specimen in specimens() {
        let start = Instant::now();
        let outcome = decode(&specimen.bytes, limits);
        let took = start.elapsed();
        promise::check(&outcome, limits);
        let name = &specimen.name;
        assert!(took < time_max, "{name} took {took:?}");
        let found = outcome.as_ref().err().map(PageError::reason);
        if specimen.expected.is_some() && specimen.expected != found {
            let said = outcome.err();
            wrong.push(format!("{name}: {said:?}, not {:?}", specimen.expected));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn specimens_are_many_and_the_same_every_time() {
    let all = specimens();
    let names: BTreeSet<&str> = all.iter().map(|specimen| specimen.name.as_str()).collect();
    assert!(all.len() >= 240, "{} specimens", all.len());
    assert_eq!(names.len(), all.len(), "a name is used twice");
    let certain = all.iter().filter(|specimen| specimen.expected.is_some()).count();
    assert!(certain >= 240, "{certain} specimens with a certain reason");
    let again = specimens();
    assert!(all.iter().zip(&again).all(|(one, other)| one.bytes == other.bytes));
}

#[test]
fn every_sound_document_decodes_to_its_pages() {
    let limits = DecodeLimits::default();
    for document in sound() {
        let name = document.name;
        let decoded = decode(&document.bytes, &limits).unwrap_or_else(|e| panic!("{name}: {e}"));
        promise::check(&Ok(decoded.clone()), &limits);
        assert_eq!(decoded.media_type, document.media_type, "{name}");
        let is_pdf = document.media_type == MediaType::Pdf;
        let (dpi, points) = if is_pdf { (limits.render_dpi as u32, 72) } else { (1, 1) };
        let side = |length: u32| length * dpi / points;
        let expected = document.sizes.iter().map(|&(width, height)| (side(width), side(height)));
        let found = decoded.pages.iter().map(|page| page.pixels.dimensions());
        assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{name}");
    }
}

#[test]
fn what_the_fuzz_targets_check_holds_for_changed_documents() {
    let documents = sound();
    for (nth, document) in documents.iter().enumerate() {
        let other = &documents[(nth + 7) % documents.len()].bytes;
        for seed in 0..MUTATIONS {
            let mut random = Random::new(seed << 32 | nth as u64);
            let bytes = mutated(&document.bytes, other, &mut random);
            check_decode(&bytes);
            check_as(document.media_type, &bytes);
        }
    }
}

#[test]
fn what_the_fuzz_targets_check_holds_for_bytes_taken_as_another_type() {
    for document in sound() {
        for media_type in [MediaType::Pdf, MediaType::Tiff] {
            check_as(media_type, &document.bytes);
        }
        for choice in 0..4 {
            check_image(&[&[choice], document.bytes.as_slice()].concat());
        }
    }
    for specimen in specimens().iter().filter(|specimen| specimen.bytes.len() < 4096) {
        check_as(MediaType::Pdf, &specimen.bytes);
        check_as(MediaType::Tiff, &specimen.bytes);
        check_image(&specimen.bytes);
    }
}
