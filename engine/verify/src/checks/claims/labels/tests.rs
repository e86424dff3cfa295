//! Which label counts where several fit, and where it ends.

use super::super::testing::page;
use super::*;

fn labels() -> Labels {
    let list =
        |labels: &[&str]| -> Vec<String> { labels.iter().map(|l| (*l).to_owned()).collect() };
    Labels::new(&[
        (&list(&["grand total"]), Role::Sure),
        (&list(&["total", "due"]), Role::Labelled),
        (&list(&["sub total", "cash", "total tax", "cashier"]), Role::Against),
    ])
}

fn role(line: &str) -> Option<Role> {
    let pages = [page(&[line])];
    let text = Text::new(&pages);
    labels().in_line(&text, 0).map(|hit| hit.role)
}

#[test]
fn the_longest_label_that_fits_counts() {
    let cases = [
        ("plain", "TOTAL :", Some(Role::Labelled)),
        ("longer", "GRAND TOTAL", Some(Role::Sure)),
        ("another one's", "SUB-TOTAL", Some(Role::Against)),
        ("another one's, glued", "SUBTOTAL", Some(Role::Against)),
        ("glued", "GRANDTOTAL(RM)", Some(Role::Sure)),
        ("longer and against", "TOTAL TAX", Some(Role::Against)),
        ("one letter misread", "TOTAI", Some(Role::Near)),
        ("against, misread", "SUB-TUTAL", Some(Role::Against)),
        ("a digit for a letter", "T0TAL", Some(Role::Labelled)),
        ("a short one alone", "DUE", Some(Role::Labelled)),
        ("a short one inside a word", "RESIDUE", None),
        ("a longer word", "CASHIER", Some(Role::Against)),
        ("two misread", "TUTAI", None),
        ("no letters", "12.00", None),
    ];
    for (name, line, expected) in cases {
        assert_eq!(role(line), expected, "{name}");
    }
}

#[test]
fn a_label_ends_where_its_last_letter_stands() {
    let pages = [page(&["NO. TOTAL: 12"])];
    let text = Text::new(&pages);
    assert_eq!(labels().in_line(&text, 0).unwrap().end, 9);
}

#[test]
fn a_label_is_no_word_of_a_sentence() {
    let list = |labels: &[&str]| labels.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>();
    let cases = [
        ("alone", "SUPPLIER", true),
        ("before a value", "Supplier: Acme", true),
        ("a caption that asks for more", "PAYER'S name, street address, ZIP code", true),
        ("the first word of a sentence", "Supplier audit and report", false),
        ("in a sentence", "as shown by the supplier: see below", false),
        ("in a name", "Northwind Bank plc", false),
    ];
    for (name, line, expected) in cases {
        let pages = [page(&[line, "17"])];
        let text = Text::new(&pages);
        let known = list(&["payer s name", "supplier", "bank"]);
        let labels = Labels::new(&[(&known, Role::Labelled)]);
        assert_eq!(labels.stand(&text, &[]), expected, "{name}");
        let value = [Span { line: 0, chars: 0..1 }];
        assert!(!labels.stand(&text, &value), "{name}: the value itself");
    }
}
