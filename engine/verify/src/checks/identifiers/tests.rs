//! Numbers that are right, that are wrong, and that nothing can be said of.

use std::collections::BTreeMap;

use ivendor_core::check::{Check, Outcome};
use ivendor_core::geometry::{Point, Polygon};
use ivendor_core::verdict::{Line, PageText};
use ivendor_models::profile;
use proptest::prelude::*;

use super::*;

fn page(lines: &[&str], confidence: f32) -> PageText {
    let at = |(text, y): (&&str, u16)| Line {
        polygon: Polygon::rectangle(
            Point::new(0.0, f32::from(y) * 30.0),
            Point::new(10.0 * text.chars().count() as f32, f32::from(y) * 30.0 + 20.0),
        ),
        text: (*text).to_owned(),
        confidence,
    };
    let lines = lines.iter().zip(0_u16..).map(at).collect();
    PageText { page: 1, width: 1_000, height: 1_400, dpi: None, lines }
}

fn ask(document_type: &str, key: &str, value: &str) -> Option<Check> {
    let claims = BTreeMap::from([(key.to_owned(), value.to_owned())]);
    let mut checks = check(profile::find(document_type).unwrap(), &claims, &[]);
    assert!(checks.len() <= 1, "{checks:?}");
    checks.pop()
}

/// `""` where the number is right, the end of the reason where it is not, `-` without a check.
fn comes(check: Option<&Check>) -> String {
    match check {
        None => "-".to_owned(),
        Some(check) if check.outcome == Outcome::Passed => String::new(),
        Some(check) => check.reason.as_ref().unwrap().as_str().replace("identifier.", ""),
    }
}

#[test]
fn a_claimed_identifier_is_checked_by_the_rule_of_its_kind() {
    let cases = [
        // The examples of the standard and of the countries' registries.
        ("iban", "GB82 WEST 1234 5698 7654 32", ""),
        ("iban", "de89370400440532013000", ""),
        ("iban", "NO93 8601 1117 947", ""),
        ("iban", "GB82 WEST 1234 5698 7654 23", "check_digit"),
        ("iban", "GB82 WEST 1234 5698 7654", "format"),
        ("iban", "ZZ82 WEST 1234 5698 7654 32", "format"),
        ("iban", "12345678", "format"),
        ("iban", "GB82 WEST 12?4 5698 7654 32", "format"),
        ("iban", "GB82 WEST **** **** **54 32", "-"),
        ("bank_account", "DE89370400440532013001", "check_digit"),
        ("bank_account", "0532013000", "-"),
        ("bic", "DEUTDEFF", ""),
        ("bic", "DEUTDEFF500", ""),
        ("bic", "DEUTDEFF5", "format"),
        ("routing_number", "111000025", ""),
        ("routing_number", "111000052", "check_digit"),
        ("routing_number", "12-34-56", "-"),
        ("routing_number", "000312345", "-"),
        ("routing_number", "12345", "format"),
        ("ein", "12-3456789", ""),
        ("ein", "123456789", ""),
        ("ein", "12-345678", "format"),
        ("ein", "123-45-6789", "format"),
        ("ein", "00-0000000", "format"),
        ("ssn", "123-45-6789", ""),
        ("ssn", "12-3456789", "format"),
        ("ssn", "XXX-XX-6789", "-"),
        ("recipient_tin", "12-3456789", ""),
        ("recipient_tin", "123-45-6789", ""),
        ("gst_number", "27AAPFU0939F1ZV", ""),
        ("gst_number", "27AAPFU0939F1ZW", "check_digit"),
        ("gst_number", "000800589824", ""),
        ("gst_number", "M90312345A", ""),
        ("gst_number", "51 824 753 556", ""),
        ("gst_number", "51 824 753 565", "check_digit"),
        ("gst_number", "GST", "format"),
        ("abn", "51 824 753 556", ""),
        ("abn", "51 824 753", "format"),
        ("card_number", "4111 1111 1111 1111", ""),
        ("card_number", "4111 1111 1111 1112", "check_digit"),
        ("card_number", "**** 1111", "-"),
        ("card_number", "1111", "-"),
        ("tax_id", "DE136695976", ""),
        ("tax_id", "DE136695967", "check_digit"),
        ("tax_id", "27AAPFU0939F1ZW", "check_digit"),
        ("tax_id", "789417-W", "-"),
        ("tax_id", "21/815/08150", "-"),
        ("vat_number", "123456789", "-"),
        ("receipt_number", "4111 1111 1111 1112", "-"),
        ("colour", "blue", "-"),
    ];
    for (key, value, expected) in cases {
        let check = ask("other", key, value);
        assert_eq!(comes(check.as_ref()), expected, "{key} {value}");
        if let Some(check) = check {
            assert_eq!(check.check, format!("identifier.{key}"));
            assert_eq!(check.expected.as_deref(), Some(value));
        }
    }
}

#[test]
fn the_numbers_of_each_country_are_checked_by_its_rule() {
    let right = [
        "ATU13585627",
        "BE0428759497",
        "BE428759497",
        "DE136695976",
        "DK13585628",
        "EE100931558",
        "EL094259216",
        "GR094259216",
        "ES12345678Z",
        "ESX1234567L",
        "ESJ99216582",
        "FI20774740",
        "FR40303265045",
        "GB980780684",
        "HR33392005961",
        "HU12892312",
        "IE6433435F",
        "IE6433435OA",
        "IT00743110157",
        "LU15027442",
        "MT11679112",
        "NL004495445B01",
        "PL8567346215",
        "PT501964843",
        "RO18547290",
        "SE123456789701",
        "SI50223054",
        "SK2022749619",
    ];
    for code in right {
        assert_eq!(vat::validate(code), Some(Ok(())), "{code}");
        // A digit more is no number; another digit inside is another number.
        assert_eq!(vat::validate(&format!("{code}11111")), Some(Err(Fault::Format)), "{code}");
        let at = code.len() - 4;
        let digit = (code.as_bytes()[at] - b'0' + 1) % 10;
        let changed = format!("{}{digit}{}", &code[..at], &code[at + 1..]);
        assert_eq!(vat::validate(&changed), Some(Err(Fault::CheckDigit)), "{changed}");
    }
    assert_eq!(vat::validate("US123456789"), None);
    assert_eq!(vat::validate("D"), None);
}

#[test]
fn an_identity_document_and_a_claim_of_another_kind_have_no_check() {
    assert_eq!(ask("id_document", "card_number", "4111 1111 1111 1112"), None);
    // On a receipt `gst` is the amount of the tax.
    assert_eq!(ask("receipt", "gst", "12.00"), None);
}

#[test]
fn an_iban_on_the_page_is_checked_where_it_was_surely_read() {
    let cases: &[(&str, &str, f32, &str)] = &[
        ("right", "IBAN: GB82 WEST 1234 5698 7654 32", 0.99, ""),
        ("more behind it", "IBAN GB82 WEST 1234 5698 7654 32 BIC WESTGB2L", 0.99, ""),
        ("two digits swapped", "IBAN GB82 WEST 1234 5698 7654 23", 0.99, "check_digit"),
        ("hardly read", "IBAN GB82 WEST 1234 5698 7654 23", 0.6, "-"),
        ("a letter misread", "IBAN GB82 WE5T 1234 5698 7654 32", 0.99, "-"),
        ("cut off", "IBAN GB82 WEST 1234 5698", 0.99, "-"),
        ("no label", "GB82 WEST 1234 5698 7654 23", 0.99, "-"),
        ("only the label", "IBAN", 0.99, "-"),
    ];
    let invoice = profile::find("invoice").unwrap();
    for (name, line, confidence, expected) in cases {
        let pages = [page(&["ACME", line], *confidence)];
        let checks = check(invoice, &BTreeMap::new(), &pages);
        assert_eq!(comes(checks.first()), *expected, "{name}");
        if let Some(check) = checks.first() {
            assert!(check.found.as_deref().unwrap().starts_with("GB82"), "{name}: {check:?}");
            assert_eq!(check.evidence.len(), 1, "{name}");
        }
    }
    let claims = BTreeMap::from([("iban".to_owned(), "GB82WEST12345698765432".to_owned())]);
    let checks = check(invoice, &claims, &[page(&[cases[2].1], 0.99)]);
    assert_eq!(checks.len(), 1, "the claim stands for the page");
}

proptest! {
    #[test]
    fn no_value_and_no_line_breaks_a_check(
        value in ".{0,40}|[A-Z0-9 ./-]{0,40}|[A-Z]{2}[A-Z0-9]{6,32}|[0-9]{0,20}",
        line in "(IBAN|iban:)? ?([A-Z]{2}[0-9]{2}[A-Z0-9 ]{8,40}|.{0,60})",
        at in 0_usize..64,
        confidence in proptest::num::f32::ANY,
    ) {
        let keys = [
            "iban", "account", "bic", "routing_number", "ein", "ssn", "tin", "vat_id", "gst_id",
            "abn", "card_number", "tax_id", "recipient_tin",
        ];
        let claims = BTreeMap::from([(keys[at % keys.len()].to_owned(), value)]);
        let pages = [page(&[&line], confidence)];
        let checks = check(profile::find("other").unwrap(), &claims, &pages);
        for check in &checks {
            prop_assert_eq!(check.outcome == Outcome::Passed, check.reason.is_none());
            prop_assert!((0.0..=1.0).contains(&check.confidence));
        }
        prop_assert_eq!(checks, check(profile::find("other").unwrap(), &claims, &pages));
    }

    #[test]
    fn one_changed_digit_of_an_iban_is_always_found(at in 4_usize..22, by in 1_u8..10) {
        let right = b"DE89370400440532013000";
        let mut changed = right.to_vec();
        changed[at] = b'0' + (changed[at] - b'0' + by) % 10;
        let changed = String::from_utf8(changed).unwrap();
        prop_assert_eq!(numbers::iban(&changed), Err(Fault::CheckDigit));
    }
}
