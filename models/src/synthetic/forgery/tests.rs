//! What forgeries change, and what they leave as it was.

use super::super::{Format, PAGES_MAX, encode};
use super::*;

fn config(kind: Kind, seed: u64) -> Config {
    Config { seed, kind, wear: Wear::LIGHT, pages_max: PAGES_MAX }
}

fn pair(kind: Kind, seed: u64, forgery: Forgery) -> Option<(Document, Forged)> {
    let config = config(kind, seed);
    Some((document(&config).unwrap(), forged(&config, forgery).unwrap()?))
}

fn changed_claims(twin: &Document, forged: &Forged) -> Vec<String> {
    let differs = |(key, value): (&String, &String)| {
        (twin.truth.claims.get(key) != Some(value)).then(|| key.clone())
    };
    forged.claims.iter().filter_map(differs).collect()
}

#[test]
fn a_pasted_total_changes_the_picture_around_the_total_alone() {
    for kind in [Kind::Receipt, Kind::Invoice, Kind::BankStatement] {
        for seed in 0..2 {
            let Some((twin, forged)) = pair(kind, seed, Forgery::PastedTotal) else {
                panic!("{kind:?} {seed}")
            };
            let [key] = &changed_claims(&twin, &forged)[..] else { panic!("{kind:?} {seed}") };
            let at = twin.places[key];
            let line = &forged.document.truth.lines[at];
            let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
            assert_eq!(digits(&line.text), digits(&forged.claims[key]), "{kind:?} {seed}");
            assert_ne!(line.text, twin.truth.lines[at].text);
            let mut differing = 0;
            for (page, (a, b)) in (1..).zip(twin.pages.iter().zip(&forged.document.pages)) {
                for (x, y, pixel) in
                    a.enumerate_pixels().filter(|(x, y, p)| b.get_pixel(*x, *y) != *p)
                {
                    differing += 1;
                    let reach = |axis: usize, at: u32| {
                        let places = line.polygon.map(|corner| corner[axis]);
                        let (least, most) = places
                            .iter()
                            .fold((f32::MAX, f32::MIN), |(l, m), p| (l.min(*p), m.max(*p)));
                        (least - 40.0..most + 40.0).contains(&(at as f32))
                    };
                    assert!(
                        page == line.page && reach(0, x) && reach(1, y),
                        "{pixel:?} at {x}, {y}"
                    );
                }
            }
            assert!(differing > 100, "{kind:?} {seed}: {differing} pixels differ");
        }
    }
}

#[test]
fn an_edited_layer_leaves_the_picture_and_says_another_value() {
    let mut edited = 0;
    for kind in Kind::ALL {
        for seed in 0..2 {
            let Some((twin, forged)) = pair(kind, seed, Forgery::EditedTextLayer) else { continue };
            edited += 1;
            assert!(twin.pages == forged.document.pages && twin.truth == forged.document.truth);
            assert_eq!(
                changed_claims(&twin, &forged),
                [""; 0],
                "the picture shows what is claimed"
            );
            let layer = forged.document.text_layer.unwrap();
            assert_eq!(layer.len(), twin.truth.lines.len());
            let other = layer.iter().zip(&twin.truth.lines).filter(|(a, b)| a.text != b.text);
            assert!((1..=4).contains(&other.count()), "{kind:?} {seed}");
        }
    }
    assert!(edited >= 14, "only {edited} could be edited");
}

#[test]
fn a_document_used_again_says_the_same_and_another_name_is_claimed() {
    for kind in Kind::ALL {
        let (twin, forged) = pair(kind, 5, Forgery::ReusedDocument).unwrap();
        let texts = |document: &Document| -> Vec<String> {
            document.truth.lines.iter().map(|line| line.text.clone()).collect()
        };
        assert_eq!(texts(&twin), texts(&forged.document));
        assert!(twin.pages != forged.document.pages, "it was copied");
        let [key] = &changed_claims(&twin, &forged)[..] else { panic!("{kind:?}") };
        assert!(NAMES.contains(&key.as_str()));
        let same = Forged::same_bytes(&config(kind, 5)).unwrap().unwrap();
        assert_eq!(
            encode(&same.document, Format::Png).ok(),
            encode(&twin, Format::Png).ok(),
            "the very same bytes"
        );
        assert_eq!(changed_claims(&twin, &same).len(), 1);
    }
}

#[test]
fn an_expired_document_differs_from_its_twin_in_its_dates_alone() {
    for (kind, key) in [
        (Kind::IdDocument, "date_of_expiry"),
        (Kind::BusinessLicense, "expiry_date"),
        (Kind::InsuranceCertificate, "expiry_date"),
    ] {
        for seed in 0..6 {
            let (twin, forged) = pair(kind, seed, Forgery::Expired).unwrap();
            assert_eq!(twin.handed_in, forged.document.handed_in);
            let day = |claims: &BTreeMap<String, String>| -> jiff::civil::Date {
                claims[key].parse().unwrap()
            };
            assert!(day(&twin.truth.claims) >= twin.handed_in, "{kind:?} {seed}");
            assert!(day(&forged.claims) < forged.document.handed_in, "{kind:?} {seed}");
            for key in changed_claims(&twin, &forged) {
                assert!(key.contains("date") || key == "license_number", "{kind:?} {seed}: {key}");
            }
            assert_eq!(twin.truth.lines.len(), forged.document.truth.lines.len());
        }
    }
}

#[test]
fn what_does_not_suit_is_not_forged() {
    for (kind, forgery) in [
        (Kind::TaxForm, Forgery::PastedTotal),
        (Kind::IdDocument, Forgery::PastedTotal),
        (Kind::Receipt, Forgery::Expired),
        (Kind::BankStatement, Forgery::Expired),
    ] {
        assert!(!forgery.suits(kind));
        assert!(forged(&config(kind, 1), forgery).unwrap().is_none());
    }
}

#[test]
fn a_raised_amount_is_raised_in_the_same_digit_wherever_it_is_written() {
    let cases = [
        ("1234.50", Some("2234.50")),
        ("RM 1,234.50", Some("RM 2,234.50")),
        ("94.00", Some("95.00")),
        ("0.95", Some("1.95")),
        ("99.10", Some("99.20")),
        ("99.99", Some("89.99")),
        ("none", None),
    ];
    for (text, expected) in cases {
        assert_eq!(raised(text).as_deref(), expected, "{text}");
    }
}
