//! Amounts that add up, that do not, and that leave it open.

use ivendor_core::geometry::{Point, Polygon};
use ivendor_core::verdict::{Line, PageText};
use ivendor_models::profile;
use proptest::prelude::*;

use super::*;

/// Rows 30 pixels apart; what stands behind a bar is flush right at pixel 600.
fn page(rows: &[&str], confidence: f32) -> PageText {
    let mut lines = Vec::new();
    for (row, y) in rows.iter().zip(0_u16..) {
        for (at, part) in row.split('|').enumerate() {
            let (part, y) = (part.trim(), f32::from(y) * 30.0);
            let wide = part.chars().count() as f32 * 10.0;
            let parts = row.split('|').count();
            let left = u16::try_from(parts - 1 - at).map_or(0.0, f32::from);
            let x = if at == 0 { 0.0 } else { 600.0 - left * 110.0 - wide };
            let polygon = Polygon::rectangle(Point::new(x, y), Point::new(x + wide, y + 20.0));
            if !part.is_empty() {
                lines.push(Line { polygon, text: part.to_owned(), confidence });
            }
        }
    }
    PageText { page: 1, width: 640, height: 1_400, dpi: None, lines }
}

fn ask(document_type: &str, claim: Option<&str>, page: PageText) -> Option<Check> {
    // Both types know the key, the one of them as another name of the closing balance.
    let claims = claim.map(|value| ("total".to_owned(), value.to_owned())).into_iter().collect();
    let mut checks = check(profile::find(document_type).unwrap(), &claims, &Document::new(&[page]));
    assert!(checks.len() <= 1, "{checks:?}");
    checks.pop()
}

const TAXED: &[&str] = &[
    "BREAD | 6.10",
    "MILK | 100.00",
    "SUB TOTAL | 106.10",
    "DISCOUNT | 0.00",
    "GST 6% | 6.37",
    "ROUNDING | -0.02",
    "TOTAL | 112.45",
];
const CASH: &[&str] = &["TOTAL | 33.90", "CASH | 50.00", "CHANGE | 16.10"];
const ITEMS: &[&str] = &["BREAD | 2.50", "2 X 4.30 | 8.60", "TOTAL | 11.10", "VISA | 11.10"];
const GERMAN: &[&str] =
    &["Zwischensumme | 100,00 €", "zzgl. 19% MwSt | 19,00 €", "Gesamtbetrag | 119,00 €"];

#[test]
fn a_total_that_some_sum_gives_passes_with_that_sum() {
    let cases: &[(&str, &str, &[&str], &str)] = &[
        ("tax and rounding", "receipt", TAXED, "106.10 + 6.37 - 0.02 = 112.45"),
        ("cash and change", "receipt", CASH, "50.00 - 16.10 = 33.90"),
        ("lines", "receipt", ITEMS, "2.50 + 8.60 = 11.10"),
        ("decimal commas", "invoice", GERMAN, "100.00 + 19.00 = 119.00"),
        (
            "total, charges, total",
            "receipt",
            &["TOTAL | 49.60", "SERVICE CHARGE | 4.96", "GST | 3.27", "GRAND TOTAL | 57.83"],
            "49.60 + 4.96 + 3.27 = 57.83",
        ),
        (
            "discount printed without a minus",
            "receipt",
            &["SUBTOTAL | 20.00", "DISCOUNT | 5.00", "TOTAL | 15.00"],
            "20.00 - 5.00 = 15.00",
        ),
        (
            "tax that is inside already",
            "receipt",
            &["SUBTOTAL | 20.00", "GST | 1.13", "TOTAL | 20.00"],
            "20.00 = 20.00",
        ),
        (
            "rounded without a word",
            "receipt",
            &["SUBTOTAL | 47.80", "SERVICE CHARGE | 2.87", "GST | 2.86", "TOTAL | 53.55"],
            "47.80 + 2.87 + 2.86 = 53.53; total 53.55",
        ),
    ];
    for (name, document_type, rows, sum) in cases {
        let check = ask(document_type, None, page(rows, 0.98)).unwrap();
        assert_eq!(check.outcome, Outcome::Passed, "{name}: {check:?}");
        assert_eq!(check.found.as_deref(), Some(*sum), "{name}");
        assert!(check.confidence >= 0.9 && !check.evidence.is_empty(), "{name}: {check:?}");
    }
}

const PASTED: &[&str] =
    &["SUBTOTAL | 106.10", "GST 6% | 6.37", "ROUNDING | -0.02", "TOTAL | 812.45"];

#[test]
fn a_total_that_no_sum_gives_fails_where_all_terms_are_certain() {
    let cases: &[(&str, &[&str], &str)] = &[
        ("tax", PASTED, "106.10 + 6.37 - 0.02 = 112.45; total 812.45"),
        (
            "cash and change",
            &["TOTAL | 83.90", "CASH | 50.00", "CHANGE | 16.10"],
            "50.00 - 16.10 = 33.90; total 83.90",
        ),
        (
            "lines that give the subtotal",
            &["BREAD | 2.50", "MILK | 8.60", "SUBTOTAL | 11.10", "TOTAL | 91.10"],
            "11.10 = 11.10; total 91.10",
        ),
    ];
    for (name, rows, sum) in cases {
        let check = ask("receipt", None, page(rows, 0.98)).unwrap();
        assert_eq!(check.outcome, Outcome::Failed, "{name}: {check:?}");
        assert_eq!(check.reason, Some(Reason::ARITHMETIC_MISMATCH), "{name}");
        assert_eq!(check.found.as_deref(), Some(*sum), "{name}");
        assert!(check.evidence.len() >= 2, "{name}: {check:?}");
    }
}

#[test]
fn nothing_is_said_where_a_term_is_missing_or_doubtful() {
    let cases: &[(&str, &str, &[&str], f32)] = &[
        ("hardly read", "receipt", PASTED, 0.7),
        ("a misread digit", "receipt", &["TOTAL | 83.9O", "CASH | 50.00", "CHANGE | 16.10"], 0.98),
        ("only a total", "receipt", &["TOTAL | 9.00"], 0.98),
        ("no terms of the difference", "receipt", &["SUBTOTAL | 9.00", "TOTAL | 12.00"], 0.98),
        (
            "an amount without a label between",
            "receipt",
            &["SUBTOTAL | 9.00", "? | 7.00", "GST | 0.50", "TOTAL | 12.00"],
            0.98,
        ),
        (
            "paid in two ways",
            "receipt",
            &["TOTAL | 83.90", "CASH | 50.00", "CASH | 40.00", "CHANGE | 16.10"],
            0.98,
        ),
        ("another type", "bank_statement", PASTED, 0.98),
        ("no text", "receipt", &[], 0.98),
    ];
    for (name, document_type, rows, confidence) in cases {
        assert_eq!(ask(document_type, None, page(rows, *confidence)), None, "{name}");
    }
}

#[test]
fn the_claimed_amount_is_the_one_to_be_explained() {
    // One of two totals was changed; the sums give the other one.
    let rows = ["TOTAL | 33.90", "CASH | 50.00", "CHANGE | 16.10", "TOTAL ROUNDED | 93.90"];
    let ask = |claim| ask("receipt", claim, page(&rows, 0.98)).map(|check| check.outcome);
    assert_eq!(ask(Some("33.90")), Some(Outcome::Passed));
    assert_eq!(ask(Some("93.90")), Some(Outcome::Failed));
    assert_eq!(ask(None), Some(Outcome::Passed));
}

const SUMMARY: &[&str] = &[
    "Opening balance | 1,200.00",
    "Total deposits | 500.00",
    "Total withdrawals | 310.50",
    "Closing balance | 1,389.50",
];
const MOVES: &[&str] = &[
    "Opening balance | 1,200.00",
    "02/03 Rent | 300.00 | 900.00",
    "05/03 Transfer | 500.00 | 1,400.00",
    "09/03 Energy | 10.50 | 1,389.50",
    "Closing balance | 1,389.50",
];

/// `rows` with one text in place of another.
fn with<'a>(rows: &[&'a str], text: &str, other: &'a str) -> Vec<&'a str> {
    let change = |row: &&'a str| if row.contains(text) { other } else { *row };
    rows.iter().map(change).collect()
}

#[test]
fn a_statement_leads_from_one_balance_to_the_other_or_fails() {
    let summed = "1200.00 + 500.00 - 310.50 = 1389.50";
    let moved = "1200.00 - 300.00 + 500.00 - 10.50 = 1389.50";
    let pasted = "Closing balance | 9,389.50";
    let german = [
        "Alter Kontostand | 1.200,00",
        "Summe Gutschriften | 500,00",
        "Summe Lastschriften | -310,50",
        "Neuer Kontostand | 1.389,50",
    ];
    let both = [SUMMARY, MOVES].concat();
    let cases: [(&str, Vec<&str>, Outcome, String); 7] = [
        ("sums", SUMMARY.to_vec(), Outcome::Passed, summed.to_owned()),
        ("other labels, debits below nothing", german.to_vec(), Outcome::Passed, summed.to_owned()),
        ("transactions", MOVES.to_vec(), Outcome::Passed, moved.to_owned()),
        ("both", both.clone(), Outcome::Passed, summed.to_owned()),
        (
            "pasted over the sums",
            with(SUMMARY, "Closing", pasted),
            Outcome::Failed,
            format!("{summed}; closing 9389.50"),
        ),
        (
            "pasted below the transactions",
            with(MOVES, "Closing", pasted),
            Outcome::Failed,
            format!("{moved}; closing 9389.50"),
        ),
        (
            "pasted over both",
            with(&both, "Closing", pasted),
            Outcome::Failed,
            format!("{moved}; closing 9389.50"),
        ),
    ];
    for (name, rows, outcome, sum) in cases {
        let check = ask("bank_statement", None, page(&rows, 0.98)).unwrap();
        assert_eq!((check.outcome, check.found.as_deref()), (outcome, Some(&*sum)), "{name}");
        assert_eq!(check.check, "arithmetic.balance", "{name}");
        assert!(check.evidence.len() >= 3, "{name}: {check:?}");
    }
    // One closing balance of two was changed: the claimed one is to be explained.
    let rows = [SUMMARY, &[pasted]].concat();
    let ask = |claim| ask("bank_statement", claim, page(&rows, 0.98)).map(|check| check.outcome);
    assert_eq!(ask(Some("1389.50")), Some(Outcome::Passed));
    assert_eq!(ask(Some("9389.50")), Some(Outcome::Failed));
}

#[test]
fn nothing_is_said_of_a_statement_that_does_not_tell() {
    let pasted = "Closing balance | 9,389.50";
    let cases: [(&str, Vec<&str>, f32); 7] = [
        ("hardly read", with(SUMMARY, "Closing", pasted), 0.7),
        ("a misread digit", with(SUMMARY, "Closing", "Closing balance | 9,389.5O"), 0.98),
        ("a sum that is missing", vec![SUMMARY[0], SUMMARY[1], pasted], 0.98),
        (
            "an amount that explains the difference",
            [&with(SUMMARY, "Closing", "Closing balance | 1,389.00")[..], &["Fees | 0.50"]]
                .concat(),
            0.98,
        ),
        (
            "a transaction that was not read",
            with(&with(MOVES, "Transfer", "?"), "Closing", pasted),
            0.98,
        ),
        (
            "heads of columns",
            vec!["Opening balance | 10.00", "Deposits | Withdrawals | Balance", "| 5.00 | 7.00"],
            0.98,
        ),
        ("no text", Vec::new(), 0.98),
    ];
    for (name, rows, confidence) in cases {
        assert_eq!(ask("bank_statement", None, page(&rows, confidence)), None, "{name}");
    }
}

/// Labelled amounts, and anything.
const LINES: &str = "(TOTAL|OPENING BALANCE|CLOSING BALANCE|TOTAL DEPOSITS|\
    TOTAL WITHDRAWALS|SUBTOTAL|GST|CASH|CHANGE|ROUNDING|DISCOUNT)? ?-?[0-9]{1,4}[.,][0-9]{2}\
                     |.{0,30}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_text_and_no_box_breaks_the_check(
        texts in proptest::collection::vec(
            (
                LINES,
                [proptest::num::f32::ANY; 8],
            ),
            0..30,
        ),
        claim in "[0-9]{1,4}[.][0-9]{2}",
    ) {
        let lines = texts.into_iter().map(|(text, b)| Line {
            polygon: Polygon([
                Point::new(b[0], b[1]), Point::new(b[2], b[3]),
                Point::new(b[4], b[5]), Point::new(b[6], b[7]),
            ]),
            text,
            confidence: b[0],
        });
        let page = PageText { lines: lines.collect(), ..page(&[], 0.98) };
        let statement = ask("bank_statement", Some(&claim), page.clone());
        for check in ask("receipt", Some(&claim), page).into_iter().chain(statement) {
            prop_assert_eq!(check.outcome == Outcome::Passed, check.reason.is_none());
            prop_assert!((0.0..=1.0).contains(&check.confidence));
            prop_assert!(check.found.is_some() && !check.evidence.is_empty());
        }
    }

    #[test]
    fn a_sum_that_is_printed_is_found(
        net in 100_i64..100_000,
        tax in 1_i64..2_000,
        off in 0_i64..90,
    ) {
        let cents = |value: i64| format!("{}.{:02}", value / 100, value % 100);
        let rows = [
            format!("SUBTOTAL | {}", cents(net)),
            format!("DISCOUNT | -{}", cents(off)),
            format!("GST | {}", cents(tax)),
            format!("TOTAL | {}", cents(net + tax - off)),
        ];
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        let check = ask("receipt", None, page(&rows, 0.98));
        prop_assert!(check.is_some_and(|check| check.outcome == Outcome::Passed));
    }
}
