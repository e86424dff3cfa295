//! Dates by form, by order and by role.

use super::super::testing::Comes::{Accepted, Doubtful, Invalid, Mismatch, NotFound};
use super::super::testing::{Case, assert_cases};

#[test]
fn a_date_is_the_same_day_in_every_form() {
    let cases: &[Case<'_>] = &[
        ("as written", "25/12/2018", &["DATE: 25/12/2018"], Accepted, Some("25/12/2018")),
        ("ISO", "2018-12-25", &["DATE: 25/12/2018"], Accepted, None),
        ("month by name", "2018-12-25", &["Date | 25 Dec 2018"], Accepted, None),
        ("month first", "2018-12-25", &["Date 12/25/18"], Accepted, None),
        ("another language", "2018-03-05", &["Datum: 5. März 2018"], Accepted, None),
        ("one day off", "2018-12-26", &["DATE: 25/12/2018"], Mismatch, Some("25/12/2018")),
        ("another year", "25/12/2019", &["DATE: 25/12/2018"], Mismatch, Some("25/12/2018")),
        ("no date", "christmas", &["DATE: 25/12/2018"], Invalid, None),
        ("no date on the page", "2018-12-25", &["TOTAL 9.00"], NotFound, None),
        ("a misread digit", "2018-12-05", &["DATE: O5 Dec 2018 O5.12.2018"], Doubtful, None),
    ];
    assert_cases("receipt", "date", cases);
}

#[test]
fn an_ambiguous_date_is_doubted_unless_the_order_is_settled() {
    let alone: &[&str] = &["DATE: 03/04/2018"];
    let settled: &[&str] = &["DATE: 03/04/2018", "PRINTED ON 25/04/2018"];
    let american: &[&str] = &["DATE: 03/04/2018", "PRINTED ON 04/25/2018"];
    let both: &[&str] = &["DATE: 03/04/2018", "PRINTED ON 04/25/2018", "EXPIRY 25/04/2019"];
    let cases: &[Case<'_>] = &[
        ("day first, alone", "2018-04-03", alone, Doubtful, None),
        ("month first, alone", "2018-03-04", alone, Doubtful, None),
        ("written alike", "03/04/2018", alone, Accepted, None),
        ("written alike, short year", "03-04-18", &["DATE: 03/04/18"], Accepted, None),
        ("day first, settled", "2018-04-03", settled, Accepted, None),
        ("month first, settled otherwise", "2018-03-04", settled, Mismatch, None),
        ("month first, settled", "2018-03-04", american, Accepted, None),
        ("settled both ways", "2018-04-03", both, Doubtful, None),
        ("the same either way", "2018-05-05", &["DATE: 05/05/2018"], Accepted, None),
        ("neither", "2018-04-05", alone, Mismatch, Some("03/04/2018")),
        ("swapped on both sides", "04/03/2018", alone, Doubtful, None),
    ];
    assert_cases("receipt", "date", cases);
}

#[test]
fn a_date_counts_by_its_role() {
    let invoice: &[&str] =
        &["Invoice date: 01 Mar 2018", "Due date: 31 Mar 2018", "Order date: 20 Feb 2018"];
    let date: &[Case<'_>] = &[
        ("the date", "2018-03-01", invoice, Accepted, Some("01 Mar 2018")),
        ("the due date", "2018-03-31", invoice, Mismatch, Some("01 Mar 2018")),
        ("the order's", "2018-02-20", invoice, Mismatch, Some("01 Mar 2018")),
        ("only a due date", "2018-03-31", &["Due date: 31 Mar 2018"], Mismatch, None),
        ("under its heading", "2018-03-01", &["Invoice date", "01 Mar 2018"], Accepted, None),
    ];
    assert_cases("invoice", "date", date);
    let due: &[Case<'_>] = &[
        ("the due date", "2018-03-31", invoice, Accepted, Some("31 Mar 2018")),
        ("the date", "2018-03-01", invoice, Mismatch, Some("31 Mar 2018")),
        ("a date without a label", "2018-03-31", &["31 Mar 2018"], Doubtful, None),
    ];
    assert_cases("invoice", "due_date", due);
}

#[test]
fn a_date_without_a_label_counts_where_it_is_the_only_one() {
    let two: &[&str] = &["25/12/2018", "26/12/2018"];
    let timed: &[&str] = &["25/12/2018 18:30", "CARD 12/25 26/12/2018"];
    let cases: &[Case<'_>] = &[
        ("the only one", "2018-12-25", &["SHOP", "25/12/2018"], Accepted, None),
        ("twice", "2018-12-25", &["25/12/2018", "25 DEC 18"], Accepted, None),
        ("one of two", "2018-12-25", two, Doubtful, None),
        ("the one with a time", "2018-12-25", timed, Accepted, None),
        ("the one without", "2018-12-26", timed, Mismatch, Some("25/12/2018")),
        (
            "beside a number of eight digits",
            "2018-12-25",
            &["25/12/2018", "20190101"],
            Accepted,
            None,
        ),
        ("in eight digits", "2018-12-25", &["25122018"], Accepted, None),
    ];
    assert_cases("receipt", "date", cases);
}
