//! Codes that are right or wrong as a whole.

use super::super::testing::Comes::{Accepted, Doubtful, Invalid, Mismatch, NotFound};
use super::super::testing::{Case, assert_cases};

const INVOICE: &[&str] = &[
    "ACME LTD | VAT No: GB 123 4567 89",
    "Invoice No: INV-2018/0042",
    "Order no: PO-77120",
    "IBAN DE89 3704 0044 0532 0130 00",
];

#[test]
fn a_code_is_right_or_wrong_as_a_whole() {
    let cases: &[Case<'_>] = &[
        ("exact", "INV-2018/0042", INVOICE, Accepted, Some("INV-2018/0042")),
        ("spacing, hyphens, case", "inv 2018 0042", INVOICE, Accepted, Some("INV-2018/0042")),
        ("one digit off", "INV-2018/0043", INVOICE, Mismatch, Some("INV-2018/0042")),
        ("a look-alike", "INV-2O18/0042", INVOICE, Mismatch, Some("INV-2018/0042")),
        ("a part of it", "2018", INVOICE, Mismatch, None),
        ("its end", "0042", INVOICE, Doubtful, None),
        ("another one's", "PO-77120", INVOICE, Mismatch, Some("INV-2018/0042")),
        ("nowhere", "ZZ-999-ZZ", &["HELLO"], NotFound, None),
        ("no characters", "--", INVOICE, Invalid, None),
        ("a part of one character", "4", &["¼"], Mismatch, Some("¼")),
    ];
    assert_cases("invoice", "invoice_number", cases);
}

#[test]
fn a_number_may_be_written_a_digit_a_box() {
    let boxes = "4|5|3|4|5|6|3|4|5";
    let rows = ["Employer identification number", boxes];
    let cases: &[Case<'_>] = &[
        ("as it stands", "453456345", &rows, Accepted, Some("4 5 3 4 5 6 3 4 5")),
        ("with its hyphen", "45-3456345", &rows, Accepted, None),
        ("one digit off", "453456346", &rows, Mismatch, Some("4 5 3 4 5 6 3 4 5")),
        ("a part of it", "45345", &rows, Mismatch, None),
        ("another one", "987654321", &rows, NotFound, None),
    ];
    assert_cases("tax_form", "ein", cases);
}

#[test]
fn groups_of_digits_are_one_number() {
    let cases: &[Case<'_>] = &[
        ("without spaces", "DE89370400440532013000", INVOICE, Accepted, None),
        ("in other groups", "DE 8937 0400 4405 3201 3000", INVOICE, Accepted, None),
        ("a digit swapped", "DE89370400440532103000", INVOICE, Mismatch, None),
    ];
    assert_cases("invoice", "iban", cases);
}

#[test]
fn a_code_without_a_label_on_the_page_counts_by_its_length() {
    let cases: &[Case<'_>] = &[
        ("long", "TD01167104", &["TD01167104"], Accepted, None),
        ("short", "42", &["TABLE", "42"], Doubtful, None),
        ("inside a longer number", "01167104", &["TD01167104"], Mismatch, None),
        ("over the end of a line", "TD01167104", &["TD0116", "7104"], Mismatch, None),
    ];
    assert_cases("receipt", "receipt_number", cases);
}
