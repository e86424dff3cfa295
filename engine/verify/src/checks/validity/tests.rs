//! First and last days of validity, and the ways in which a date is claimed.

use ivendor_core::check::Outcome;
use ivendor_models::profile;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::checks::mrz::read;
use crate::checks::mrz::testing::{TD3, page};

const ON: Date = date(2024, 6, 15);

fn outcomes(document_type: &str, claims: &[(&str, &str)]) -> Vec<(String, Outcome, bool)> {
    let profile = profile::find(document_type).unwrap();
    let claims = claims.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let checks = check(profile, &claims, None, ON);
    checks.into_iter().map(|c| (c.check, c.outcome, c.confidence >= 0.9)).collect()
}

#[test]
fn a_document_is_valid_from_its_first_day_to_its_last() {
    use Outcome::{Failed, Passed};
    type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)], &'a [(&'a str, Outcome, bool)]);
    let cases: [Case<'_>; 12] = [
        ("no dates", "business_license", &[("company", "Acme")], &[]),
        ("valid", "business_license", &[("expiry_date", "2025-01-31")], &[(EXPIRY, Passed, true)]),
        (
            "last day",
            "business_license",
            &[("expiry_date", "2024-06-15")],
            &[(EXPIRY, Passed, true)],
        ),
        (
            "expired",
            "business_license",
            &[("valid_until", "14 June 2024")],
            &[(EXPIRY, Failed, false)],
        ),
        (
            "one reading",
            "business_license",
            &[("expires", "07/06/2024")],
            &[(EXPIRY, Passed, false)],
        ),
        (
            "both readings",
            "business_license",
            &[("expires", "01/02/2024")],
            &[(EXPIRY, Failed, false)],
        ),
        ("no date", "business_license", &[("expires", "never")], &[]),
        (
            "to come",
            "insurance_certificate",
            &[("policy_start", "2024-07-01")],
            &[(START, Failed, false)],
        ),
        (
            "both ends",
            "insurance_certificate",
            &[("effective_date", "2024-01-01"), ("expiry_date", "2025-01-01")],
            &[(EXPIRY, Passed, true), (START, Passed, true)],
        ),
        ("issued tomorrow", "id_document", &[("issued", "2024-06-16")], &[(START, Failed, false)]),
        ("identity", "id_document", &[("valid_until", "2023-12-31")], &[(EXPIRY, Failed, false)]),
        ("another type", "receipt", &[("expiry_date", "2001-01-01")], &[]),
    ];
    for (name, document_type, claims, expected) in cases {
        let expected: Vec<_> = expected
            .iter()
            .map(|(check, outcome, sure)| ((*check).to_owned(), *outcome, *sure))
            .collect();
        assert_eq!(outcomes(document_type, claims), expected, "{name}");
    }
}

#[test]
fn the_earlier_of_zone_and_claim_counts() {
    let profile = profile::find("id_document").unwrap();
    let zone = read(&[page(&TD3)], date(2012, 1, 1)).unwrap();
    let claims = BTreeMap::from([("date_of_expiry".to_owned(), "2030-04-15".to_owned())]);
    let of = |on: Date| check(profile, &claims, Some(&zone), on).remove(0);
    assert_eq!(of(date(2012, 4, 15)).outcome, Outcome::Passed);
    let expired = of(date(2012, 4, 16));
    assert_eq!(expired.reason, Some(Reason::VALIDITY_EXPIRED));
    assert_eq!((expired.found.as_deref(), expired.evidence.len()), (Some("2012-04-15"), 2));
}

#[test]
fn a_claimed_date_is_read_in_the_usual_ways() {
    let day = date(2025, 12, 31);
    for claim in [
        "2025-12-31",
        "2025/12/31",
        "20251231",
        "31.12.2025",
        "31/12/2025",
        "12/31/2025",
        "31.12.25",
        "31 Dec 2025",
        "31 December 2025",
        "31-DEC-2025",
        "Dec 31, 2025",
        "December 31, 2025",
        "2025-12-31T00:00:00Z",
        " 2025-12-31 ",
    ] {
        assert_eq!(days(claim), [day], "{claim}");
    }
    assert_eq!(days("03/04/2025"), [date(2025, 4, 3), date(2025, 3, 4)]);
    for claim in ["", "31/02/2025", "0025-12-31", "soon", "2025", "12345678901234567890"] {
        assert_eq!(days(claim), [], "{claim}");
    }
}

proptest! {
    #[test]
    fn no_claim_breaks_the_reading_of_dates(claim in ".{0,50}") {
        prop_assert!(days(&claim).len() <= 3);
    }
}
