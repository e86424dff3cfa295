//! Amounts by role, by label and by what settles them.

use super::super::testing::Comes::{Accepted, Doubtful, Invalid, Mismatch, NotFound};
use super::super::testing::{Case, Comes, ask, assert_cases, comes};

const TILL: &[&str] = &[
    "TEA | | 4.00",
    "BREAD | | 5.10",
    "SUBTOTAL | | 9.10",
    "GST 6% | | 0.55",
    "TOTAL | | 9.65",
    "CASH | | 20.00",
    "CHANGE | | 10.35",
];

#[test]
fn an_amount_counts_by_its_role() {
    assert_cases(
        "receipt",
        "total",
        &[
            ("the total", "9.65", TILL, Accepted, Some("9.65")),
            ("with its currency", "$ 9.65", TILL, Accepted, Some("9.65")),
            ("with a decimal comma", "9,65", TILL, Accepted, Some("9.65")),
            ("the subtotal", "9.10", TILL, Mismatch, Some("9.65")),
            ("the cash", "20.00", TILL, Mismatch, Some("9.65")),
            ("the change", "10.35", TILL, Mismatch, Some("9.65")),
            ("the price of a line", "4.00", TILL, Mismatch, Some("9.65")),
            ("one digit off", "9.66", TILL, Mismatch, Some("9.65")),
            ("ten times as much", "96.50", TILL, Mismatch, Some("9.65")),
            ("negative", "-9.65", TILL, Mismatch, Some("9.65")),
            ("no amount", "much", TILL, Invalid, None),
            ("empty", "", TILL, Invalid, None),
            ("no text like it", "9.65", &["HELLO", "WORLD"], NotFound, None),
        ],
    );
    assert_cases(
        "receipt",
        "subtotal",
        &[
            ("the subtotal", "9.10", TILL, Accepted, Some("9.10")),
            ("the total", "9.65", TILL, Mismatch, Some("9.10")),
        ],
    );
    assert_cases("receipt", "tax", &[("the tax", "0.55", TILL, Accepted, Some("0.55"))]);
}

#[test]
fn a_label_stands_left_of_its_amount_or_above_it() {
    let cases: &[(&str, &[&str], Comes)] = &[
        ("on the same line", &["TOTAL: 9.65", "CASH: 10.00"], Accepted),
        ("glued to it", &["TOTAL:RM9.65"], Accepted),
        ("with a currency between", &["TOTAL | RM | 9.65"], Accepted),
        ("with a count between", &["TOTAL | 3 | 9.65"], Accepted),
        ("misread", &["TATAL | 9.65"], Doubtful),
        ("with a zero for its letter", &["T0TAL | 9.65"], Accepted),
        ("without spaces", &["TOTALAMOUNT | 9.65"], Accepted),
        ("a sure one above", &["AMOUNT DUE", "9.65"], Accepted),
        ("a usual one above", &["TOTAL", "9.65"], Doubtful),
        ("the head of a column", &["ITEM | TOTAL", "TEA | 9.65"], Doubtful),
        ("none", &["HELLO", "9.65"], Doubtful),
        ("only the subtotal's", &["SUBTOTAL | 9.65"], NotFound),
        ("a row of a table", &["TOTAL | 9.65 | 0.55 | 10.20"], Doubtful),
        ("the nearer of two", &["TOTAL QTY: | 5 | TOTAL | 9.65"], Accepted),
        ("before the other's", &["TOTAL 9.65 CASH 20.00"], Accepted),
    ];
    for (name, rows, expected) in cases {
        let check = ask("receipt", "total", "9.65", rows);
        assert_eq!(comes(&check), *expected, "{name}: {check:?}");
    }
    let check = ask("receipt", "total", "20.00", &["TOTAL 9.65 CASH 20.00"]);
    assert_eq!(comes(&check), Mismatch, "the amount behind the other's label: {check:?}");
}

#[test]
fn totals_that_differ_are_doubted_unless_something_settles_them() {
    let paid = &["TOTAL | 9.68", "TOTAL | 9.65", "CASH | 20.00", "CHANGE | 10.35"];
    let added = &["TOTAL | 9.65", "SERVICE | 1.00", "TAX | 0.35", "TOTAL | 11.00"];
    let less = &["TOTAL | 9.65", "DISCOUNT | 0.65", "TOTAL | 9.00"];
    let rounded = &["TOTAL | 9.66", "ROUNDING ADJ | -0.01", "TOTAL | 9.65"];
    let cases: &[(&str, &str, &[&str], Comes)] = &[
        ("nothing settles them", "9.65", &["TOTAL | 9.65", "TOTAL | 12.00"], Doubtful),
        ("what was paid settles them", "9.65", paid, Accepted),
        ("and shows the other one wrong", "9.68", paid, Mismatch),
        ("rounding settles them", "9.65", rounded, Accepted),
        ("before rounding", "9.66", rounded, Doubtful),
        ("what was added settles them", "11.00", added, Accepted),
        ("before it was added", "9.65", added, Doubtful),
        ("what was taken off settles them", "9.00", less, Accepted),
        ("a label without doubt", "9.65", &["TOTAL | 12.00", "AMOUNT DUE | 9.65"], Accepted),
        ("and the usual one", "12.00", &["TOTAL | 12.00", "AMOUNT DUE | 9.65"], Mismatch),
    ];
    for (name, claim, rows, expected) in cases {
        let check = ask("receipt", "total", claim, rows);
        assert_eq!(comes(&check), *expected, "{name}: {check:?}");
    }
}

#[test]
fn a_misread_digit_or_another_currency_costs_confidence() {
    let cases: &[(&str, &str, &[&str], Comes)] = &[
        ("letter for a digit", "9.05", &["TOTAL | 9.O5"], Doubtful),
        ("letters for digits", "10.05", &["TOTAL | lO.O5"], NotFound),
        ("the same currency", "RM 9.05", &["TOTAL | MYR 9.05"], Accepted),
        ("another currency", "EUR 9.05", &["TOTAL | GBP 9.05"], Mismatch),
        ("a currency that is not printed", "EUR 9.05", &["TOTAL | 9.05"], Accepted),
        ("thousands or decimals", "9000", &["TOTAL | 9.000"], Accepted),
        ("decimals or thousands", "9.00", &["TOTAL | 9.000"], Doubtful),
    ];
    for (name, claim, rows, expected) in cases {
        let check = ask("receipt", "total", claim, rows);
        assert_eq!(comes(&check), *expected, "{name}: {check:?}");
    }
}

#[test]
fn a_whole_amount_may_stand_without_decimals() {
    let boxed = &["1 Rents", "$ | 1,500", "Payer made direct sales", "totaling $5,000 or more"];
    let cases: &[(&str, &str, &[&str], Comes)] = &[
        ("behind the sign of its box", "1,500", boxed, Doubtful),
        ("claimed with decimals", "1500.00", boxed, Doubtful),
        ("claimed with a currency", "$1,500", boxed, Doubtful),
        ("another one", "1,600", boxed, Mismatch),
        ("the amount of a sentence", "5,000", boxed, Mismatch),
        ("with its cents", "1,500.50", boxed, Mismatch),
        ("beside its label", "1,500", &["Total | 1,500", "Paid 2021"], Accepted),
        ("a box's number", "1,500", &["Other income | 4 Tax withheld", "$ | 1,500"], Doubtful),
    ];
    for (name, claim, rows, expected) in cases {
        let check = ask("tax_form", "amount", claim, rows);
        assert_eq!(comes(&check), *expected, "{name}: {check:?}");
    }
    // What only might be an amount stays a bare number.
    let bare = |claim: &str, row: &str| ask("tax_form", "amount", claim, &[row]).measures["bare"];
    assert_eq!(bare("1,500", "1,500"), 0.0, "parted thousands");
    for (name, claim, row) in [
        ("year", "2021", "2021"),
        ("postal code", "81100", "81100 Johor"),
        ("count", "3", "3"),
        ("claimed with cents", "1.50", "1,500"),
    ] {
        let measures = ask("tax_form", "amount", claim, &[row]).measures;
        assert!(measures.get("bare").is_none_or(|bare| *bare == 1.0), "{name}: {measures:?}");
    }
}

#[test]
fn invoices_and_statements_have_roles_of_their_own() {
    let invoice = &["Net | 100.00", "VAT 20% | 20.00", "Total due | £120.00"];
    let total: &[Case<'_>] = &[
        ("total", "120.00", invoice, Accepted, None),
        ("net", "100.00", invoice, Mismatch, Some("£120.00")),
        ("tax", "20.00", invoice, Mismatch, Some("£120.00")),
    ];
    assert_cases("invoice", "total", total);
    let statement = &["Opening balance | 1,000.00", "Closing balance | 1,250.50"];
    let closing: &[Case<'_>] = &[
        ("closing", "1250.50", statement, Accepted, None),
        ("opening", "1000.00", statement, Mismatch, Some("1,250.50")),
    ];
    assert_cases("bank_statement", "closing_balance", closing);
}
