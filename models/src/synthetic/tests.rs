//! What every drawn document keeps to.

use std::collections::BTreeSet;

use super::*;
use crate::profile::{ClaimKind, profile};

fn drawn(seed: u64, kind: Kind, wear: Wear) -> Document {
    document(&Config { seed, kind, wear, pages_max: PAGES_MAX }).unwrap()
}

/// Letters and digits only, in lower case.
fn folded(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

/// Whether `value` stands on the page in one of the ways in which a claim is printed.
fn stands(truth: &Truth, key: &str, value: &str) -> bool {
    let page: String = truth.lines.iter().map(|line| folded(&line.text)).collect();
    match profile(&truth.document_type).unwrap().claim(key).kind {
        ClaimKind::Date => {
            let date: jiff::civil::Date = value.parse().unwrap();
            let patterns = truth.region.conventions().dates.iter();
            patterns.map(|p| truth.region.date(date, p)).any(|text| page.contains(&folded(&text)))
        }
        ClaimKind::Name | ClaimKind::Address => {
            value.split_whitespace().all(|word| page.contains(&folded(word)))
        }
        _ => page.contains(&folded(value)),
    }
}

#[test]
fn every_true_claim_is_known_to_its_profile_and_stands_on_the_page() {
    for kind in [Kind::Receipt, Kind::Invoice] {
        let known = profile(kind.document_type()).unwrap();
        for seed in 0..60 {
            let truth = drawn(seed, kind, Wear::NONE).truth;
            assert!(truth.claims.len() >= 4);
            for (key, value) in &truth.claims {
                assert!(known.keys().any(|k| k == key), "{key}");
                assert!(stands(&truth, key, value), "{kind:?} {seed}: {key} {value:?}");
            }
            for key in truth.neighbours.keys() {
                assert!(known.keys().any(|k| k == key), "{key}");
            }
        }
    }
}

#[test]
fn lines_lie_inside_their_page_whatever_the_wear() {
    for kind in [Kind::Receipt, Kind::Invoice] {
        for (seed, wear) in (0..8).zip([Wear::NONE, Wear::LIGHT, Wear::HEAVY].into_iter().cycle()) {
            let document = drawn(seed, kind, wear);
            assert!(document.truth.lines.len() > 8);
            for line in &document.truth.lines {
                let (width, height) = document.pages[line.page as usize - 1].dimensions();
                assert!(!line.text.is_empty());
                for [x, y] in line.polygon {
                    let inside = (-0.5..=width as f32 + 0.5).contains(&x)
                        && (-0.5..=height as f32 + 0.5).contains(&y);
                    assert!(inside, "{kind:?} {seed}: {line:?} on {width}×{height}");
                }
            }
        }
    }
}

#[test]
fn a_polygon_is_darker_inside_than_the_paper_around_it() {
    let document = drawn(4, Kind::Receipt, Wear { shadow: 0.0, fading: 0.0, ..Wear::HEAVY });
    let page = &document.pages[0];
    let luma = |x: f32, y: f32| {
        let [x, y] =
            [x.clamp(0.0, page.width() as f32 - 1.0), y.clamp(0.0, page.height() as f32 - 1.0)];
        f32::from(page.get_pixel(x as u32, y as u32).0[1])
    };
    for line in &document.truth.lines {
        let [a, b, c, d] = line.polygon;
        let (mut ink, mut count) = (255.0_f32, 0.0);
        for step in 0..40 {
            for row in 1..4 {
                let (s, t) = (step as f32 / 40.0, row as f32 / 4.0);
                let at = |i: usize| {
                    let (top, low) = (a[i] + (b[i] - a[i]) * s, d[i] + (c[i] - d[i]) * s);
                    top + (low - top) * t
                };
                ink = ink.min(luma(at(0), at(1)));
                count += 1.0;
            }
        }
        assert!(count > 0.0 && ink < 170.0, "{line:?}: {ink}");
    }
}

#[test]
fn wear_moves_lines_but_never_their_text() {
    for seed in 0..3 {
        let texts = |wear| -> Vec<String> {
            let truth = drawn(seed, Kind::Invoice, wear).truth;
            truth.lines.into_iter().map(|line| line.text).collect()
        };
        assert_eq!(texts(Wear::NONE), texts(Wear::HEAVY));
    }
}

#[test]
fn lies_are_of_true_claims_and_of_many_kinds() {
    let mut keys = BTreeSet::new();
    for seed in 0..40 {
        let kind = if seed % 2 == 0 { Kind::Receipt } else { Kind::Invoice };
        let truth = drawn(seed, kind, Wear::NONE).truth;
        let (key, lie) = false_claim(&truth, seed).unwrap();
        assert_ne!(folded(&truth.claims[&key]), folded(&lie), "{key}");
        keys.insert(key);
    }
    assert!(keys.len() >= 5, "{keys:?}");
}

#[test]
fn some_invoices_have_two_pages_none_has_more_and_one_page_suffices_if_it_must() {
    let mut pages = BTreeSet::new();
    for seed in 0..150 {
        let mut rng = Rng::new(seed);
        let count = draw::invoice(&mut rng, PAGES_MAX).sheets.len();
        pages.insert(count);
        assert_eq!(draw::invoice(&mut Rng::new(seed), 1).sheets.len(), 1, "{seed}");
    }
    assert_eq!(pages, BTreeSet::from([1, 2]));
}

#[test]
fn what_is_out_of_range_is_refused() {
    let good = Config { seed: 1, kind: Kind::Receipt, wear: Wear::NONE, pages_max: 1 };
    for pages_max in [0, 3] {
        let error = document(&Config { pages_max, ..good }).unwrap_err();
        assert!(error.to_string().contains("1 to 2"), "{error}");
    }
    let wear = Wear { noise: -1.0, ..Wear::NONE };
    assert!(matches!(document(&Config { wear, ..good }), Err(ConfigError::Wear(_))));
}

/// The digest of some documents' pixels and truth. A change of the drawing changes it; record the
/// new one with `IVENDOR_RECORD=1 cargo test --release -p ivendor-models golden`.
#[test]
fn the_same_seed_gives_the_golden_document() {
    use sha2::{Digest, Sha256};
    let mut recorded = String::new();
    for (seed, kind, wear) in [
        (1, Kind::Receipt, Wear::NONE),
        (2, Kind::Receipt, Wear::HEAVY),
        (3, Kind::Invoice, Wear::LIGHT),
        (4, Kind::Invoice, Wear::HEAVY),
    ] {
        let document = drawn(seed, kind, wear);
        let mut digest = Sha256::new();
        for page in &document.pages {
            digest.update(page.width().to_le_bytes());
            digest.update(page.as_raw());
        }
        digest.update(format!("{:?}", document.truth));
        let hex: String = digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        recorded += &format!("{seed} {} {hex}\n", kind.document_type());
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/synthetic/golden.txt");
    if std::env::var_os("IVENDOR_RECORD").is_some() {
        std::fs::write(&path, &recorded).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap();
    assert_eq!(recorded, golden, "record the new digests with IVENDOR_RECORD=1 if this is meant");
}

#[test]
fn files_of_every_format_hold_the_pages() {
    let flat = Wear { jpeg_quality: 90, ..Wear::NONE };
    let one = document(&Config { seed: 8, kind: Kind::Receipt, wear: flat, pages_max: 1 }).unwrap();
    for format in [Format::Png, Format::Tiff] {
        let bytes = encode(&one, format).unwrap();
        let read = image::load_from_memory(&bytes).unwrap().into_rgb8();
        assert!(read == one.pages[0], "{format:?} keeps every pixel");
    }
    let bytes = encode(&one, Format::Jpeg { quality: 90 }).unwrap();
    let read = image::load_from_memory(&bytes).unwrap().into_rgb8();
    let off: u64 =
        read.iter().zip(one.pages[0].iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    assert!((off as f64 / read.len() as f64) < 3.0, "JPEG stays near");
    let two = Document { pages: vec![one.pages[0].clone(), one.pages[0].clone()], ..one };
    let mut tiff =
        tiff::decoder::Decoder::new(std::io::Cursor::new(encode(&two, Format::Tiff).unwrap()))
            .unwrap();
    assert!(tiff.more_images());
    tiff.next_image().unwrap();
    assert!(!tiff.more_images());
    let pdf = encode(&two, Format::Pdf).unwrap();
    assert!(pdf.starts_with(b"%PDF-") && pdf.trim_ascii_end().ends_with(b"%%EOF"));
    let shown = pdf.windows(10).filter(|window| window == b"/DCTDecode").count();
    assert_eq!(shown, 2);
    for format in [Format::Png, Format::Jpeg { quality: 90 }] {
        assert!(matches!(encode(&two, format), Err(EncodeError::Pages { pages: 2, .. })));
    }
    assert!(matches!(
        encode(&Document { pages: vec![], ..two.clone() }, Format::Pdf),
        Err(EncodeError::Pages { .. })
    ));
    let single = Document { pages: two.pages[..1].to_vec(), ..two };
    assert!(matches!(encode(&single, Format::Jpeg { quality: 0 }), Err(EncodeError::Quality(0))));
}
