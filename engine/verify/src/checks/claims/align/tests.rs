//! What an alignment costs, part by part, and that none leaves the text.

use proptest::prelude::*;

use super::super::document::Document;
use super::super::fold::folded;
use super::super::testing::page;
use super::*;

fn best(claim: &str, rows: &[&str]) -> Option<Fit> {
    let pages = [page(rows)];
    let document = Document::new(&pages);
    let claim = folded(claim);
    let aligner =
        Aligner { text: &document.text, grams: document.grams(), claim: &claim, goes_on: false };
    aligner.fits(3).into_iter().min_by(|a, b| a.cost.total_cmp(&b.cost))
}

#[test]
fn the_cost_is_what_differs() {
    let text = ["NO 18 JALAN MERPATI, TAMAN INDAH", "TEL 123", "81100 JOHOR BAHRU"];
    let cases = [
        ("exact", "18 JALAN MERPATI TAMAN INDAH", 0.0, 0, 0),
        ("a gap between lines", "TAMAN INDAH 81100 JOHOR BAHRU", 0.0, 0, 0),
        ("a letter changed", "18 JALAN MERPUTI TAMAN INDAH", 1.0, 0, 0),
        ("a letter more", "18 JALAN MERPATII TAMAN INDAH", 1.0, 0, 0),
        ("a letter less", "18 JALAN MERPTI TAMAN INDAH", 1.0, 0, 0),
        ("a look-alike", "18 JALAN NERPATI TAMAN INDAH", 0.6, 0, 0),
        ("a digit changed", "19 JALAN MERPATI TAMAN INDAH", 1.0, 1, 0),
        ("a digit for its look-alike", "18 JALAN MERPAT1 TAMAN INDAH", 0.05, 0, 1),
        ("a digit less", "8 JALAN MERPATI TAMAN INDAH", 0.0, 1, 0),
    ];
    for (name, claim, cost, wrong, doubtful) in cases {
        let fit = best(claim, &text).unwrap();
        assert!((fit.cost - cost).abs() < 0.01, "{name}: {fit:?}");
        assert_eq!((fit.digits_wrong, fit.digits_doubtful), (wrong, doubtful), "{name}: {fit:?}");
    }
}

#[test]
fn what_is_far_away_is_a_jump_and_what_lies_between_is_counted() {
    let fit = best("BAHRU JOHOR TAMAN", &["TAMAN INDAH", "JOHOR BAHRU"]).unwrap();
    assert!(fit.jumps > 0, "{fit:?}");
    let fit = best("TAMAN INDAH JOHOR BAHRU", &["TAMAN INDAH", "81100 JOHOR BAHRU"]).unwrap();
    assert_eq!((fit.digits_skipped, fit.jumps), (5, 0), "{fit:?}");
}

proptest! {
    #[test]
    fn the_parts_lie_in_the_text(
        claim in "[A-C1-3]{1,60}",
        text in "[A-C1-3 ]{0,200}",
        goes_on: bool,
    ) {
        let pages = [page(&[&text])];
        let document = Document::new(&pages);
        let claim = folded(&claim);
        let (text, grams) = (&document.text, document.grams());
        let aligner = Aligner { text, grams, claim: &claim, goes_on };
        for fit in aligner.fits(3) {
            prop_assert!(fit.segments.iter().all(|s| s.text.end <= document.text.glyphs.len()));
            prop_assert!(fit.cost >= 0.0 && fit.cost.is_finite());
        }
    }
}
