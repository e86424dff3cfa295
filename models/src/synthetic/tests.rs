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

/// The ways in which a page may write a day, folded: as in its region, or as its forms have it.
fn written(region: Region, day: &str) -> Vec<String> {
    let date: jiff::civil::Date = day.parse().unwrap();
    let all = Region::ALL.iter().flat_map(|region| region.conventions().dates);
    all.map(|pattern| folded(&region.date(date, pattern))).collect()
}

/// Whether `value` stands on the page in one of the ways in which a claim is printed.
fn stands(truth: &Truth, key: &str, value: &str) -> bool {
    let page: String = truth.lines.iter().map(|line| folded(&line.text)).collect();
    match profile(&truth.document_type).unwrap().claim(key).kind {
        ClaimKind::Date => written(truth.region, value).iter().any(|text| page.contains(text)),
        ClaimKind::Name | ClaimKind::Address => {
            let page = page.replace('ß', "ss");
            let mut words = value.split_whitespace().map(|word| folded(word).replace('ß', "ss"));
            words.all(|word| page.contains(&word))
        }
        // Whole amounts may stand without their cents.
        _ => page.contains(&folded(value.trim_end_matches(".00"))),
    }
}

#[test]
fn every_true_claim_is_known_to_its_profile_and_stands_on_the_page() {
    for kind in Kind::ALL {
        let known = profile(kind.document_type()).unwrap();
        for seed in 0..24 {
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
fn a_noted_place_shows_the_value_of_its_claim() {
    for kind in Kind::ALL {
        let known = profile(kind.document_type()).unwrap();
        let mut seen = 0;
        for seed in 0..10 {
            let document = drawn(seed, kind, Wear::NONE);
            let truth = &document.truth;
            for (key, at) in &document.places {
                assert!(known.keys().any(|k| k == key), "{key}");
                let Some(value) = truth.claims.get(key) else { continue };
                let line = folded(&truth.lines[*at].text);
                let digits =
                    |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
                let shown = match known.claim(key).kind {
                    ClaimKind::Date => {
                        written(truth.region, value).iter().any(|d| line.contains(d))
                    }
                    // Whole amounts may stand without their cents.
                    ClaimKind::Money => digits(value).starts_with(&digits(&line)),
                    ClaimKind::Name => true,
                    _ => line.contains(&folded(value)),
                };
                assert!(shown, "{kind:?} {seed}: {key} {value:?} on {line:?}");
                seen += 1;
            }
        }
        assert!(seen >= 10, "{kind:?}: {seen} places");
    }
}

#[test]
fn what_is_valid_for_a_time_is_so_on_the_day_on_which_it_is_handed_in() {
    let bounds = [
        (Kind::IdDocument, "date_of_issue", "date_of_expiry"),
        (Kind::BusinessLicense, "issue_date", "expiry_date"),
        (Kind::InsuranceCertificate, "effective_date", "expiry_date"),
    ];
    for (kind, first, last) in bounds {
        for seed in 0..10 {
            let document = drawn(seed, kind, Wear::NONE);
            let day = |key: &str| -> Option<Date> { document.truth.claims.get(key)?.parse().ok() };
            assert!(day(last).unwrap() >= document.handed_in, "{kind:?} {seed}");
            assert!(day(first).is_none_or(|day| day <= document.handed_in), "{kind:?} {seed}");
        }
    }
}

#[test]
fn a_pdf_carries_its_text_unseen_where_the_document_has_a_layer() {
    let mut document = drawn(3, Kind::Receipt, Wear::LIGHT);
    let plain = encode(&document, Format::Pdf).unwrap();
    document.text_layer = Some(document.truth.lines.clone());
    let layered = encode(&document, Format::Pdf).unwrap();
    let count =
        |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).filter(|w| *w == what).count();
    assert_eq!(count(&plain, b"3 Tr"), 0);
    assert_eq!(count(&layered, b"3 Tr"), document.truth.lines.len());
    let total = &document.truth.lines[document.places["total"]].text;
    assert!(count(&layered, format!("({total}) Tj").as_bytes()) >= 1, "{total}");
}

#[test]
fn lines_lie_inside_their_page_whatever_the_wear() {
    for kind in Kind::ALL {
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
        let judged = Judged::draw(&mut Rng::new(seed), false);
        let sheets =
            |rng: &mut Rng, most| draw::draw(Kind::Invoice, rng, judged, most).sheets.len();
        pages.insert(sheets(&mut rng, PAGES_MAX));
        assert_eq!(sheets(&mut Rng::new(seed), 1), 1, "{seed}");
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
        (5, Kind::TaxForm, Wear::LIGHT),
        (6, Kind::IdDocument, Wear::LIGHT),
        (7, Kind::BusinessLicense, Wear::LIGHT),
        (8, Kind::InsuranceCertificate, Wear::LIGHT),
        (9, Kind::BankStatement, Wear::LIGHT),
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
