//! What holds for every kind of claim: order, honesty, evidence, bounds.

use std::collections::BTreeMap;

use ivendor_core::check::{Check, Outcome};
use ivendor_core::geometry::{Point, Polygon};
use ivendor_core::verdict::{Line, PageText};
use ivendor_models::profile::{self, Profile};
use proptest::prelude::*;

use super::answer;
use super::document::Document;

/// The checks of all claims.
fn check(profile: &Profile, claims: &BTreeMap<String, String>, pages: &[PageText]) -> Vec<Check> {
    let answers = answer(profile, claims, &Document::new(pages));
    answers.into_iter().map(|answer| answer.check).collect()
}
use super::testing::{line, page};

fn claims(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn receipt() -> &'static Profile {
    profile::find("receipt").unwrap()
}

#[test]
fn there_is_one_check_a_claim_in_the_order_of_the_keys() {
    let claims = claims(&[("total", "9.00"), ("date", "2018-12-25"), ("zzz", "a"), ("aaa", "b")]);
    let checks = check(receipt(), &claims, &[page(&["TOTAL 9.00"])]);
    let names: Vec<&str> = checks.iter().map(|check| check.check.as_str()).collect();
    assert_eq!(names, ["claim.aaa", "claim.date", "claim.total", "claim.zzz"]);
    let expected: Vec<&str> = checks.iter().filter_map(|check| check.expected.as_deref()).collect();
    assert_eq!(expected, ["b", "2018-12-25", "9.00", "a"]);
}

#[test]
fn nothing_read_is_not_executed_and_never_passed() {
    let empty = PageText { lines: Vec::new(), ..page(&[]) };
    let blank = page(&[]);
    let spaces = PageText { lines: vec![line(0.0, 0.0, "  \u{3000} ")], ..page(&[]) };
    for (name, pages) in
        [("no page", vec![]), ("no line", vec![empty, blank]), ("only spaces", vec![spaces])]
    {
        let checks = check(receipt(), &claims(&[("total", "9.00")]), &pages);
        assert_eq!(checks[0].outcome, Outcome::NotExecuted, "{name}");
        assert_eq!(checks[0].reason.as_ref().unwrap().as_str(), "text.none", "{name}");
        assert_eq!(checks[0].expected.as_deref(), Some("9.00"), "{name}");
    }
}

#[test]
fn evidence_is_the_part_of_the_line_that_says_it() {
    let first = PageText { page: 1, ..page(&["NOTHING HERE"]) };
    let second = PageText { page: 2, ..page(&["", "TOTAL AMOUNT 12.50"]) };
    let checks = check(receipt(), &claims(&[("total", "12.50")]), &[first, second]);
    let evidence = &checks[0].evidence;
    assert_eq!(evidence.len(), 1);
    assert_eq!((evidence[0].page, evidence[0].text.as_str()), (2, "12.50"));
    let [from, _, to, _] = evidence[0].polygon.0;
    assert!((from.x - 130.0).abs() < 0.1 && (to.x - 180.0).abs() < 0.1, "{from:?} {to:?}");
    assert!((from.y - 30.0).abs() < 0.1 && (to.y - 50.0).abs() < 0.1, "{from:?} {to:?}");
}

#[test]
fn a_claim_over_several_lines_has_evidence_on_each() {
    let rows = ["ACME TRADING", "12 MAIN STREET,", "54321 SPRINGFIELD | PHONE 1"];
    let claim = claims(&[("address", "12 Main Street, 54321 Springfield")]);
    let checks = check(receipt(), &claim, &[page(&rows)]);
    let texts: Vec<&str> = checks[0].evidence.iter().map(|e| e.text.as_str()).collect();
    assert_eq!(texts, ["12 MAIN STREET", "54321 SPRINGFIELD"]);
    assert_eq!(checks[0].found.as_deref(), Some("12 MAIN STREET 54321 SPRINGFIELD"));
}

#[test]
fn a_slanted_page_keeps_its_rows() {
    let lean = |l: Line| {
        let (sin, cos) = 0.06_f32.sin_cos();
        let turn = |p: Point| Point::new(p.x * cos - p.y * sin + 80.0, p.x * sin + p.y * cos);
        Line { polygon: Polygon(l.polygon.0.map(turn)), ..l }
    };
    let rows = ["SUBTOTAL | | | 8.00", "TOTAL | | | 9.00", "CASH | | | 10.00"];
    let mut page = page(&rows);
    page.lines = page.lines.into_iter().map(lean).collect();
    let ask =
        |value: &str| check(receipt(), &claims(&[("total", value)]), &[page.clone()]).remove(0);
    assert!(ask("9.00").confidence >= 0.9);
    assert_eq!(ask("8.00").outcome, Outcome::Failed);
    assert_eq!(ask("10.00").outcome, Outcome::Failed);
}

#[test]
fn a_reader_that_was_not_sure_is_believed_less() {
    let at = |confidence: f32| {
        let mut page = page(&["TOTAL 9.00"]);
        page.lines[0].confidence = confidence;
        check(receipt(), &claims(&[("total", "9.00")]), &[page]).remove(0).confidence
    };
    assert!(at(0.99) > at(0.7) && at(0.7) > at(0.3));
    assert!(at(0.6) < 0.9 && at(f32::NAN) < 0.9 && at(f32::INFINITY) <= 1.0);
}

const ALL_KINDS: [&str; 6] = ["company", "address", "date", "total", "receipt_number", "other"];

fn of_every_kind(value: &str) -> BTreeMap<String, String> {
    claims(&ALL_KINDS.map(|key| (key, value)))
}

fn assert_honest(check: &Check) {
    assert!((0.0..=1.0).contains(&check.confidence), "{check:?}");
    assert_eq!(check.outcome == Outcome::Passed, check.reason.is_none(), "{check:?}");
    assert_eq!(check.found.is_some(), !check.evidence.is_empty(), "{check:?}");
}

#[test]
fn the_largest_claims_on_the_largest_document_stay_cheap() {
    let dense: Vec<Line> = (0_u16..12_000)
        .map(|at| line(f32::from(at % 5) * 200.0, f32::from(at / 5), "TOTAL 11.11 AAAA 01/01/2018"))
        .collect();
    let huge = line(0.0, 0.0, &"A1.11 ".repeat(100_000));
    let long = "AA11".repeat(1_024);
    let many: BTreeMap<String, String> = (0..64)
        .map(|at| (format!("{}{at}", ALL_KINDS[at % 6]), format!("{at}{long}")))
        .chain(of_every_kind("11.11"))
        .chain([("grand_total".to_owned(), "1.11".to_owned())])
        .collect();
    for lines in [dense, vec![huge]] {
        let page = PageText { lines, ..page(&[]) };
        check(receipt(), &many, &[page]).iter().for_each(assert_honest);
    }
}

/// Anything, what documents hold, and scripts that run to the left, with marks or as ligatures.
const LINES: &str =
    ".{0,40}|[A-Z0-9 .,:/-]{0,40}|(\u{5d0}|\u{627}|e\u{301}\u{302}|\u{fdfa}| ){0,30}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_text_and_no_box_breaks_a_check(
        texts in proptest::collection::vec(
            (LINES, [proptest::num::f32::ANY; 8]),
            0..30,
        ),
        value in ".{0,60}|[0-9.,/-]{0,20}|[A-Z0-9 ]{0,30}",
    ) {
        let lines = texts.into_iter().map(|(text, b)| Line {
            polygon: Polygon([
                Point::new(b[0], b[1]), Point::new(b[2], b[3]),
                Point::new(b[4], b[5]), Point::new(b[6], b[7]),
            ]),
            text,
            confidence: b[0],
        });
        let page = PageText { lines: lines.collect(), ..page(&[]) };
        let checks = check(receipt(), &of_every_kind(&value), std::slice::from_ref(&page));
        checks.iter().for_each(assert_honest);
        prop_assert_eq!(
            format!("{checks:?}"),
            format!("{:?}", check(receipt(), &of_every_kind(&value), &[page]))
        );
    }

    #[test]
    fn what_a_line_says_is_found_in_it(words in "[A-Z]{5,9}( [A-Z]{3,9}){1,4}") {
        let rows = ["SHOP 12", &words, "TOTAL 9.00"];
        let checks = check(receipt(), &claims(&[("other", &words)]), &[page(&rows)]);
        prop_assert!(checks[0].confidence >= 0.9, "{:?}", checks[0]);
    }
}
