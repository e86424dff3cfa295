//! The checks of a zone as a verdict shows them.

use ivendor_core::check::{Evidence, Outcome};
use ivendor_models::profile;

use super::testing::{TD2, TD3, lower_line, page};
use super::*;
use crate::second::SecondReading;

fn checks(document_type: &str, claims: &[(&str, &str)], rows: &[&str]) -> Vec<Check> {
    let profile = profile::find(document_type).unwrap();
    let claims = claims.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    checks_of(profile, &claims, page(rows), &|_| None)
}

fn checks_of(
    profile: &Profile,
    claims: &BTreeMap<String, String>,
    page: PageText,
    second: &ReadZone<'_>,
) -> Vec<Check> {
    let on = jiff::civil::date(2012, 1, 1);
    check(profile, claims, find(profile, &[page], on, second), on)
}

/// Name, and the reason of those that did not pass.
fn said(checks: &[Check]) -> Vec<(&str, Option<&str>)> {
    checks.iter().map(|c| (c.check.as_str(), c.reason.as_ref().map(Reason::as_str))).collect()
}

#[test]
fn each_check_of_a_zone_passes_fails_or_cannot_run() {
    let forged = TD3[1].replace("L898902C3", "L898903C3");
    let expired = lower_line("L898902C3", "740812", "070415", "ZE184226B");
    let good = [TD3[0], TD3[1]];
    type Case<'a> =
        (&'a str, &'a [(&'a str, &'a str)], &'a [&'a str], &'a [(&'a str, Option<&'a str>)]);
    let cases: [Case<'_>; 8] = [
        (
            "no claims",
            &[],
            &good,
            &[(FOUND, None), (CHECK_DIGITS, None), ("validity.expiry", None)],
        ),
        (
            "true claims by aliases",
            &[
                ("passport_number", "L898902C3"),
                ("full_name", "Anna Eriksson"),
                ("dob", "1974-08-12"),
            ],
            &good,
            &[(FOUND, None), (CHECK_DIGITS, None), (CLAIMS, None), ("validity.expiry", None)],
        ),
        (
            "another name",
            &[("name", "Sven Eriksson")],
            &good,
            &[
                (FOUND, None),
                (CHECK_DIGITS, None),
                (CLAIMS, Some("mrz.claim_mismatch")),
                ("validity.expiry", None),
            ],
        ),
        (
            "a changed number",
            &[("document_number", "L898903C3")],
            &[TD3[0], &forged],
            &[(FOUND, None), (CHECK_DIGITS, Some("mrz.check_digit")), ("validity.expiry", None)],
        ),
        (
            "expired",
            &[],
            &[TD3[0], &expired],
            &[(FOUND, None), (CHECK_DIGITS, None), ("validity.expiry", Some("validity.expired"))],
        ),
        ("a card's face", &[("name", "Anna Eriksson")], &["DRIVING LICENCE"], &[]),
        (
            "a passport without its zone",
            &[("passport_number", "L898902C3")],
            &["UTOPIA", "PASSPORT"],
            &[(FOUND, Some("mrz.not_found"))],
        ),
        (
            "a claim that no zone answers",
            &[("address", "1 Main St")],
            &TD2,
            &[(FOUND, None), (CHECK_DIGITS, None), ("validity.expiry", None)],
        ),
    ];
    for (name, claims, rows, expected) in cases {
        let checks = checks("id_document", claims, rows);
        assert_eq!(said(&checks), expected, "{name}");
        for check in checks {
            let passed = check.outcome == Outcome::Passed;
            assert_eq!(check.confidence >= 0.9, passed, "{name}: {check:?}");
            assert!(!passed || !check.evidence.is_empty(), "{name}: {check:?}");
        }
    }
}

#[test]
fn a_zone_never_fails_a_document_of_another_type() {
    let forged = TD3[1].replace("L898902C3", "L898903C3");
    let claims = [("name", "Sven Svensson")];
    assert_eq!(said(&checks("other", &claims, &[TD3[0], &forged])), []);
    let found = checks("tax_form", &claims, &TD3);
    assert_eq!(said(&found), [(FOUND, None), (CHECK_DIGITS, None)]);
}

#[test]
fn a_failure_names_the_digits_and_is_surer_the_surer_the_reader_was() {
    let forged = TD3[1].replace("L898902C3", "L898903C3");
    let check = &checks("id_document", &[], &[TD3[0], &forged])[1];
    assert_eq!(check.found.as_deref(), Some("document number 6, composite 0"));
    assert_eq!(check.expected.as_deref(), Some("document number 3, composite 7"));
    let mut page = page(&[TD3[0], &forged]);
    page.lines[1].confidence = 0.7;
    let profile = profile::find("id_document").unwrap();
    let unsure = checks_of(profile, &BTreeMap::new(), page.clone(), &|_| None);
    assert!(unsure[1].confidence > check.confidence, "{unsure:?}");
    let again =
        |place: &Evidence| Some(SecondReading { text: place.text.clone(), confidence: 0.9 });
    let twice = checks_of(profile, &BTreeMap::new(), page, &again);
    assert!(twice[1].confidence < unsure[1].confidence, "two readers saw it: {twice:?}");
    assert_eq!(twice[1].measures["second_agrees"], 1.0);
    assert!(!unsure[1].measures.contains_key("second_agrees"));
}
