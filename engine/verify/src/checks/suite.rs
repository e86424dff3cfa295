//! Every family of checks on one document, in the order in which a verdict lists them.

use std::collections::BTreeMap;

use ivendor_core::check::{Check, Evidence};
use ivendor_core::verdict::PageText;
use ivendor_models::profile::Profile;
use ivendor_models::timing;
use ivendor_pages::Page;
use jiff::civil::Date;

use super::claims::Answer;
use super::claims::document::Document;
use super::picture::Picture;
use super::text_layer::Layered;
use super::{arithmetic, claims, identifiers, mrz, quality, text_layer, type_match};
use crate::reading::look::PageLook;

/// A document that was read, and what is claimed of it.
pub(crate) struct Question<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) claims: &'a BTreeMap<String, String>,
    /// As they were decoded.
    pub(crate) pages: &'a [Page],
    /// The same pages as they were read.
    pub(crate) texts: &'a [PageText],
    /// What they look like where they were read.
    pub(crate) looks: &'a [Option<PageLook>],
    /// The day on which the document is to be valid.
    pub(crate) on: Date,
}

/// What all checks came to.
pub(crate) struct Checked {
    pub(crate) checks: Vec<Check>,
    /// By the name of a claim's check: where the claimed value itself stands, to be shown where
    /// the claim is held to be true in the end.
    pub(crate) if_true: BTreeMap<String, Evidence>,
}

/// Runs all checks; one that has nothing to say about the document is not among them. `picture`
/// is asked where the text does not say just what was claimed.
pub(crate) fn run(question: &Question<'_>, picture: &Picture<'_>) -> Checked {
    let &Question { profile, claims, pages, texts, looks, on } = question;
    let seen = |((page, text), look)| {
        let (page, look): (&Page, &Option<PageLook>) = (page, look);
        quality::Seen { pixels: &page.pixels, text, look: look.as_ref() }
    };
    let seen: Vec<quality::Seen<'_>> = pages.iter().zip(texts).zip(looks).map(seen).collect();
    let layered: Vec<Layered<'_>> = pages
        .iter()
        .zip(texts)
        .map(|(decoded, page)| Layered { page, layer: decoded.text_layer.as_deref() })
        .collect();
    let mut checks = timing::measure("quality", 0, || quality::check(&seen));
    checks.extend(timing::measure("type match", 0, || type_match::check(profile, texts)));
    let document = Document::new(texts);
    let mut answers = timing::measure("claims", 0, || claims::answer(profile, claims, &document));
    picture.judge(&mut answers);
    let mut if_true = BTreeMap::new();
    for Answer { check, if_true: place, .. } in answers {
        if_true.extend(place.map(|place| (check.check.clone(), place)));
        checks.push(check);
    }
    checks.extend(timing::measure("mrz", 0, || {
        mrz::check(profile, claims, mrz::find(profile, texts, on, picture.second_zone), on)
    }));
    checks.extend(identifiers::check(profile, claims, texts));
    checks
        .extend(timing::measure("arithmetic", 0, || arithmetic::check(profile, claims, &document)));
    checks.extend(text_layer::check(claims, &layered));
    Checked { checks, if_true }
}
