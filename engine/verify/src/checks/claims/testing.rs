//! Pages and expectations for the tests of every kind of claim.

use std::collections::BTreeMap;

use ivendor_core::check::{Check, Outcome};
use ivendor_core::geometry::{Point, Polygon};
use ivendor_core::verdict::{Line, PageText};
use ivendor_models::profile;

use super::document::Document;

/// What a check is to come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comes {
    /// Passed, at or above the threshold of the policy in force.
    Accepted,
    /// Passed, and left to a person.
    Doubtful,
    /// Another value stands there.
    Mismatch,
    /// Nothing stands there.
    NotFound,
    /// The claim is no value of its kind.
    Invalid,
}

/// A case's name, the claim, the rows of the page, what it comes to and what is found.
pub(super) type Case<'a> = (&'a str, &'a str, &'a [&'a str], Comes, Option<&'a str>);

/// A line of `text` at (`x`, `y`): 10 pixels a character, 20 pixels high.
pub(super) fn line(x: f32, y: f32, text: &str) -> Line {
    let wide = text.chars().count() as f32 * 10.0;
    Line {
        polygon: Polygon::rectangle(Point::new(x, y), Point::new(x + wide, y + 20.0)),
        text: text.to_owned(),
        confidence: 0.98,
    }
}

/// A page of rows, 30 pixels apart; the parts of a row between bars are lines of their own, 300
/// pixels apart.
pub(crate) fn page(rows: &[&str]) -> PageText {
    let mut lines = Vec::new();
    for (row, y) in rows.iter().zip(0_u16..) {
        for (part, x) in row.split('|').zip(0_u16..) {
            if !part.trim().is_empty() {
                lines.push(line(f32::from(x) * 300.0, f32::from(y) * 30.0, part.trim()));
            }
        }
    }
    PageText { page: 1, width: 1_000, height: 1_400, dpi: None, lines }
}

/// The check of one claim.
pub(super) fn ask(document_type: &str, key: &str, claim: &str, rows: &[&str]) -> Check {
    let profile = profile::find(document_type).unwrap();
    let claims = BTreeMap::from([(key.to_owned(), claim.to_owned())]);
    let pages = [page(rows)];
    let mut answers = super::answer(profile, &claims, &Document::new(&pages));
    assert_eq!(answers.len(), 1);
    answers.remove(0).check
}

/// What a check came to.
pub(super) fn comes(check: &Check) -> Comes {
    let reason = check.reason.as_ref().map(|reason| reason.as_str().to_owned());
    match (check.outcome, reason.as_deref().and_then(|r| r.rsplit_once('.'))) {
        (Outcome::Passed, None) if check.confidence >= 0.9 => Comes::Accepted,
        (Outcome::Passed, None) => Comes::Doubtful,
        (Outcome::Failed, Some((_, "mismatch"))) => Comes::Mismatch,
        (Outcome::Failed, Some((_, "not_found"))) => Comes::NotFound,
        (Outcome::Failed, Some((_, "invalid"))) => Comes::Invalid,
        _ => panic!("{check:?}"),
    }
}

/// Asserts what each claim comes to and, where one is given, what is found.
pub(super) fn assert_cases(document_type: &str, key: &str, cases: &[Case<'_>]) {
    for (name, claim, rows, expected, found) in cases {
        let check = ask(document_type, key, claim, rows);
        assert_eq!(comes(&check), *expected, "{name}: {check:?}");
        assert!((0.0..=1.0).contains(&check.confidence), "{name}: {check:?}");
        assert_eq!(check.confidence >= 0.5, check.reason.is_none(), "{name}: {check:?}");
        if found.is_some() {
            assert_eq!(check.found.as_deref(), *found, "{name}: {check:?}");
        }
    }
}
