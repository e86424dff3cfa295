//! Layers that agree with their page, and layers that do not.

use ivendor_core::check::Outcome;
use ivendor_core::geometry::{Point, Polygon};
use ivendor_core::verdict::Line;
use proptest::prelude::*;

use super::*;

const SHOWN: &str = "Northwind Traders Limited\nInvoice number 4471 8820\nInvoice date 03/04/2024\n\
    Payment due within thirty days\nSubtotal 1,200.00\nTax 96.00\nTotal 1,296.00";

fn page(text: &str, confidence: f32) -> PageText {
    let lines = text.lines().zip(0_u16..).map(|(text, row)| Line {
        polygon: Polygon::rectangle(
            Point::new(0.0, f32::from(row) * 30.0),
            Point::new(10.0 * text.chars().count() as f32, f32::from(row) * 30.0 + 20.0),
        ),
        text: text.to_owned(),
        confidence,
    });
    PageText { page: 1, width: 800, height: 600, dpi: Some(150.0), lines: lines.collect() }
}

fn ask(layer: Option<&str>, shown: &PageText, total: &str) -> Option<Check> {
    let claims = BTreeMap::from([("total".to_owned(), total.to_owned())]);
    check(&claims, &[Layered { page: shown, layer }])
}

#[test]
fn a_layer_agrees_or_differs_where_it_is_a_text_of_the_page() {
    let changed = |from: &str, to: &str| Some(SHOWN.replace(from, to));
    let poor = SHOWN.replace("Invoice", "lnvoiee").replace("Payment", "Paymeut");
    let hidden = format!("{SHOWN}\nhidden 9,876.54");
    let foreign = "Vendor Southern Freight Company\nCharges 812.10\nHandling 14.00\nSum 826.10";
    let broken = "Qpsuixjoe Usbefst Mjnjufe jowpjdf ovncfs ebuf";
    let agrees = Some((Outcome::Passed, None));
    let differs = |shown| Some((Outcome::Failed, Some(shown)));
    let cases = [
        ("the same", Some(SHOWN.to_owned()), "1296.00", agrees),
        ("other lines and gaps", changed("\n", " "), "1296.00", agrees),
        ("values set apart", changed("4471 8820", "44718820"), "1296.00", agrees),
        ("letters for digits", changed("96.00", "96.OO"), "1296.00", agrees),
        ("another total", changed("1,296.00", "7,296.00"), "1296.00", differs("1,296.00")),
        ("a longer total", changed("1,296.00", "11,296.00"), "1296.00", differs("1,296.00")),
        ("another date", changed("03/04/2024", "03/09/2024"), "1296.00", differs("03/04/2024")),
        ("another number", changed("8820", "8835"), "1296.00", differs("8820")),
        ("a digit that nobody claims", changed("8820", "8830"), "1296.00", agrees),
        ("hidden besides", Some(hidden.clone()), "1296.00", agrees),
        ("hidden and claimed", Some(hidden), "9,876.54", differs("nothing like it")),
        ("another text", Some(foreign.to_owned()), "826.10", differs("nothing like it")),
        ("no layer", None, "1296.00", None),
        ("a poorer reading", Some(poor.replace("1,296.00", "1,298.00")), "1296.00", None),
        ("broken letters", Some(broken.to_owned()), "1296.00", None),
        ("a page number", Some("page 2 of 3".to_owned()), "1296.00", None),
        ("nothing", Some(String::new()), "1296.00", None),
    ];
    for (name, layer, total, expected) in cases {
        let check = ask(layer.as_deref(), &page(SHOWN, 0.99), total);
        let outcome = check.as_ref().map(|check| check.outcome);
        assert_eq!(outcome, expected.map(|(outcome, _)| outcome), "{name}: {check:?}");
        let Some(check) = check else { continue };
        assert_eq!(check.check, AGREES, "{name}");
        assert_eq!(check.confidence >= 0.97, check.reason.is_none(), "{name}: {check:?}");
        if let Some((Outcome::Failed, Some(shown))) = expected {
            assert_eq!(check.reason, Some(Reason::TEXT_LAYER_DIFFERS), "{name}");
            let found = check.found.unwrap_or_default();
            assert!(found.contains(shown), "{name}: {found}");
        }
    }
}

#[test]
fn what_was_read_badly_contradicts_nothing() {
    let layer = SHOWN.replace("1,296.00", "7,296.00");
    let check = ask(Some(&layer), &page(SHOWN, 0.6), "1296.00").unwrap();
    assert_eq!(check.outcome, Outcome::Passed, "{check:?}");
}

#[test]
fn what_the_page_shows_is_where_it_stands() {
    let layer = SHOWN.replace("Tax 96.00", "Tax 31.00");
    let check = ask(Some(&layer), &page(SHOWN, 0.99), "1296.00").unwrap();
    let [evidence] = &check.evidence[..] else { panic!("{check:?}") };
    assert_eq!((evidence.page, evidence.text.as_str()), (1, "96.00"));
    assert_eq!(evidence.polygon.0[0], Point::new(40.0, 150.0));
}

#[test]
fn one_bad_page_is_enough_and_pages_without_a_layer_do_not_count() {
    let shown = page(SHOWN, 0.99);
    let layer = SHOWN.replace("1,296.00", "7,396.00");
    let with = |layer| Layered { page: &shown, layer };
    let outcome = |pages: &[Layered<'_>]| check(&BTreeMap::new(), pages).map(|c| c.outcome);
    assert_eq!(outcome(&[with(Some(SHOWN)), with(None)]), Some(Outcome::Passed));
    assert_eq!(outcome(&[with(Some(SHOWN)), with(Some(&layer))]), Some(Outcome::Failed));
    assert_eq!(outcome(&[with(None), with(None)]), None);
    assert_eq!(outcome(&[]), None);
}

#[test]
fn values_are_told_by_how_they_are_written() {
    let cases: [(&str, &[(Kind, &str)]); 8] = [
        ("Total RM1,234.50", &[(Kind::Amount, "123450")]),
        ("9,00 EUR", &[(Kind::Amount, "900")]),
        ("on 2024-01-05", &[(Kind::Date, "20240105")]),
        ("5.1.24 12345", &[(Kind::Date, "5124"), (Kind::Number, "12345")]),
        ("tel 03-1234 5678", &[(Kind::Number, "031234"), (Kind::Number, "5678")]),
        ("AB12345 of 12", &[]),
        ("", &[]),
        (".,-/", &[]),
    ];
    for (text, expected) in cases {
        let values = Taken::of([text].into_iter()).values;
        let values: Vec<(Kind, &str)> =
            values.iter().map(|v| (v.kind, v.digits.as_str())).collect();
        assert_eq!(values, expected, "{text}");
    }
}

proptest! {
    #[test]
    fn a_layer_that_is_the_text_itself_never_differs(text in "[A-Za-z0-9 .,/\n-]{0,400}") {
        let check = ask(Some(&text), &page(&text, 0.99), "1.00");
        prop_assert!(check.is_none_or(|check| check.outcome == Outcome::Passed));
    }

    #[test]
    fn no_layer_and_no_page_make_it_panic(layer in "\\PC{0,200}", shown in "\\PC{0,200}") {
        let _ = ask(Some(&layer), &page(&shown, 0.99), &layer);
    }
}

#[test]
fn a_number_in_boxes_is_the_one_of_the_layer() {
    let layer = SHOWN.replace("Total 1,296.00", "Total 987654");
    let mut shown = page(&SHOWN.replace("\nTotal 1,296.00", ""), 0.99);
    let boxes = "987654".chars().zip(0_u16..).map(|(digit, at)| Line {
        polygon: Polygon::rectangle(
            Point::new(f32::from(at) * 30.0, 400.0),
            Point::new(f32::from(at) * 30.0 + 20.0, 420.0),
        ),
        text: digit.to_string(),
        confidence: 0.99,
    });
    let without = ask(Some(&layer), &shown, "987654").unwrap();
    assert_eq!(without.outcome, Outcome::Failed);
    shown.lines.extend(boxes);
    let with = ask(Some(&layer), &shown, "987654").unwrap();
    assert_eq!(with.outcome, Outcome::Passed, "{with:?}");
}

#[test]
fn numbers_of_a_list_are_the_layer_s_without_the_space_between_them() {
    let listed = |list: &str| SHOWN.replace("4471 8820", list);
    let shown = page(&listed("12489054,30497523"), 0.99);
    let outcome = |list: &str| ask(Some(&listed(list)), &shown, "30497523").unwrap().outcome;
    assert_eq!(outcome("12489054, 30497523"), Outcome::Passed);
    assert_eq!(outcome("12489054, 30497588"), Outcome::Failed);
}
