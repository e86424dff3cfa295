//! Documents that are what they are said to be, that are not, and that say too little.

use ivendor_core::check::Outcome;
use ivendor_core::geometry::{Point, Polygon};
use ivendor_core::verdict::Line;
use proptest::prelude::*;

use super::*;

const RECEIPT: &[&str] = &[
    "BOOK SHOP",
    "TAX INVOICE",
    "CASHIER: ANN",
    "QTY PRICE",
    "SUBTOTAL 9.00",
    "TOTAL 9.00",
    "CASH 10.00",
    "CHANGE 1.00",
    "GOODS SOLD ARE NOT RETURNABLE",
    "THANK YOU",
];
const KASSENBON: &[&str] = &["Kassenbon", "Summe EUR 4,20", "Gegeben BAR 5,00", "Rückgeld 0,80"];
const INVOICE: &[&str] = &[
    "Invoice",
    "Invoice number: 12",
    "Bill to: Ann",
    "Due date",
    "Description",
    "Unit price",
    "Total",
    "IBAN",
];
const RECHNUNG: &[&str] = &["Rechnungsnummer 7", "Menge", "Einzelpreis", "Betrag", "fällig am"];
const TAX_FORM: &[&str] = &[
    "Form W-9",
    "Department of the Treasury",
    "Request for Taxpayer Identification Number",
    "Name (as shown on your income tax return)",
];
const PASSPORT: &[&str] = &["Surname", "Nationality", "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<"];
const LICENSE: &[&str] = &[
    "CITY OF SPRINGFIELD",
    "BUSINESS LICENSE",
    "Business name: Acme",
    "Post in a conspicuous place",
];
const INSURANCE: &[&str] =
    &["CERTIFICATE OF LIABILITY INSURANCE", "PRODUCER", "INSURED", "EACH OCCURRENCE $1,000,000"];
const STATEMENT: &[&str] =
    &["Account statement", "Opening balance 12.00", "Withdrawals", "Closing balance 9.00"];
const LETTER: &[&str] = &[
    "MEMORANDUM",
    "To: the department",
    "From: Ann",
    "Subject: research project",
    "Dear Sir",
    "Sincerely",
];

fn ask(document_type: &str, lines: &[&str]) -> Option<Check> {
    let polygon = Polygon::rectangle(Point::new(0.0, 0.0), Point::new(9.0, 9.0));
    let line = |text: &&str| Line { polygon, text: (*text).to_owned(), confidence: 0.9 };
    let lines = lines.iter().map(line).collect();
    let pages = [PageText { page: 1, width: 9, height: 9, dpi: None, lines }];
    let mut checks = check(profile::find(document_type).unwrap(), &pages);
    assert!(checks.len() <= 1, "{checks:?}");
    checks.pop()
}

const OF_EACH: [(&str, &[&str]); 9] = [
    ("receipt", RECEIPT),
    ("receipt", KASSENBON),
    ("invoice", INVOICE),
    ("invoice", RECHNUNG),
    ("tax_form", TAX_FORM),
    ("id_document", PASSPORT),
    ("business_license", LICENSE),
    ("insurance_certificate", INSURANCE),
    ("bank_statement", STATEMENT),
];

#[test]
fn a_document_of_the_claimed_type_passes() {
    for (document_type, lines) in OF_EACH {
        let check = ask(document_type, lines).unwrap();
        assert_eq!(check.outcome, Outcome::Passed, "{document_type}: {check:?}");
        assert_eq!(check.found.as_deref(), Some(document_type));
        assert!(check.confidence >= 0.9);
    }
}

#[test]
fn a_document_that_is_clearly_of_another_type_fails_and_says_which() {
    let cases: [(&str, &[&str], &str); 7] = [
        ("receipt", TAX_FORM, "tax_form"),
        ("insurance_certificate", RECEIPT, "receipt"),
        ("tax_form", INSURANCE, "insurance_certificate"),
        ("bank_statement", LETTER, "other"),
        ("invoice", STATEMENT, "bank_statement"),
        ("business_license", PASSPORT, "id_document"),
        ("id_document", LICENSE, "business_license"),
    ];
    for (claimed, lines, found) in cases {
        let check = ask(claimed, lines).unwrap();
        assert_eq!(check.outcome, Outcome::Failed, "{claimed}: {check:?}");
        assert_eq!(check.reason.as_ref().unwrap().as_str(), "type.mismatch");
        assert_eq!(
            (check.expected.as_deref(), check.found.as_deref()),
            (Some(claimed), Some(found))
        );
        assert!(check.confidence < 0.01);
    }
}

#[test]
fn nothing_is_said_where_the_words_say_too_little() {
    for (name, claimed, lines) in [
        ("no text", "receipt", &[][..]),
        ("one word", "receipt", &["Total 9.00"][..]),
        ("a script without words here", "receipt", &["ᚠᚢᚦ ᚨᚱᚲ"][..]),
        ("little for another type", "tax_form", &["Total 9.00", "Cash", "Change"][..]),
        ("anything may be of another type", "other", RECEIPT),
    ] {
        assert_eq!(ask(claimed, lines), None, "{name}");
    }
}

#[test]
fn a_receipt_and_an_invoice_may_be_called_by_each_other_s_name() {
    for (claimed, lines) in [("invoice", RECEIPT), ("receipt", &INVOICE[..5])] {
        let check = ask(claimed, lines);
        assert!(check.as_ref().is_none_or(|c| c.outcome == Outcome::Passed), "{check:?}");
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_check(lines in proptest::collection::vec(".{0,60}", 0..20)) {
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        for name in profile::names() {
            if let Some(check) = ask(name, &lines) {
                prop_assert_eq!(check.outcome == Outcome::Passed, check.reason.is_none());
                prop_assert!((0.0..=1.0).contains(&check.confidence));
            }
        }
    }
}
