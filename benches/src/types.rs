//! The type of a document: what the engine says when a document is asked about as each type.
//!
//! Each document is read once; the check of its type is then asked for every type, as the engine
//! asks it for the one of a request.

use std::collections::BTreeMap;

use ivendor_core::check::Outcome;
use ivendor_core::verdict::PageText;
use ivendor_verify::checks::type_match;
use ivendor_verify::profile;
use serde::{Deserialize, Serialize};

use crate::samples::Sample;
use crate::table::Table;

/// The type of documents that fit no other; it is passed by any document, so it is not asked for.
const OTHER: &str = "other";

/// What one document is taken for: type that was asked for → outcome; a type is missing where the
/// check had nothing to say.
pub type TypeAnswers = BTreeMap<String, Outcome>;

/// Outcomes of many documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TypeCounts {
    /// Taken for what was asked.
    pub passed: u64,
    /// Taken for something else.
    pub failed: u64,
    /// The text said too little.
    pub silent: u64,
}

/// How the documents of one subset were taken.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TypeResult {
    /// The subset.
    pub subset: String,
    /// What its documents are.
    pub document_type: String,
    /// Type that was asked for → outcomes.
    pub asked: BTreeMap<String, TypeCounts>,
}

/// Asks for every type but `other`.
#[must_use]
pub fn ask(pages: &[PageText]) -> TypeAnswers {
    let answer = |name: &str| {
        let checks = type_match::check(profile::profile(name)?, pages);
        Some((name.to_owned(), checks.first()?.outcome))
    };
    profile::names().filter(|name| *name != OTHER).filter_map(answer).collect()
}

/// The outcomes by subset and type that was asked for.
#[must_use]
pub fn results<'a>(
    samples: &[Sample],
    answers: impl IntoIterator<Item = &'a TypeAnswers>,
) -> Vec<TypeResult> {
    let mut results: BTreeMap<(&str, &str), TypeResult> = BTreeMap::new();
    for (sample, answers) in samples.iter().zip(answers) {
        let key = (sample.subset.as_str(), sample.document_type.as_str());
        let result = results.entry(key).or_insert_with(|| TypeResult {
            subset: sample.subset.clone(),
            document_type: sample.document_type.clone(),
            asked: BTreeMap::new(),
        });
        for name in profile::names().filter(|name| *name != OTHER) {
            let counts = result.asked.entry(name.to_owned()).or_default();
            match answers.get(name) {
                Some(Outcome::Passed) => counts.passed += 1,
                Some(Outcome::Failed) => counts.failed += 1,
                Some(Outcome::NotExecuted) | None => counts.silent += 1,
            }
        }
    }
    results.into_values().collect()
}

/// The table for a person: for each subset and type that was asked for, how many documents passed
/// and failed; the rest is silence. The right type stands in brackets.
#[must_use]
pub fn table(results: &[TypeResult]) -> Table {
    let names: Vec<&str> = profile::names().filter(|name| *name != OTHER).collect();
    let header: Vec<&str> = ["documents", "n"].into_iter().chain(names.iter().copied()).collect();
    let mut table = Table::new("Taken for each type (passed/failed)", &header);
    for result in results {
        let counts = |name: &&str| result.asked.get(*name).copied().unwrap_or_default();
        let documents = names.first().map(counts).unwrap_or_default();
        let n = documents.passed + documents.failed + documents.silent;
        let cell = |name: &&str| {
            let TypeCounts { passed, failed, .. } = counts(name);
            let right = result.document_type == **name;
            if right { format!("[{passed}/{failed}]") } else { format!("{passed}/{failed}") }
        };
        let start = [result.subset.clone(), n.to_string()];
        table.row(start.into_iter().chain(names.iter().map(cell)));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use ivendor_core::geometry::Polygon;
    use ivendor_core::verdict::Line;

    fn page(texts: &[&str]) -> Vec<PageText> {
        let line = |&text: &&str| Line {
            polygon: Polygon::default(),
            text: text.to_owned(),
            confidence: 1.0,
        };
        let lines = texts.iter().map(line).collect();
        vec![PageText { page: 1, width: 100, height: 100, dpi: None, lines }]
    }

    #[test]
    fn a_document_is_asked_about_as_every_type() {
        let answers = ask(&page(&[
            "Form W-9",
            "Department of the Treasury",
            "Internal Revenue Service",
            "Request for Taxpayer Identification Number",
            "Under penalties of perjury",
        ]));
        assert_eq!(answers["tax_form"], Outcome::Passed);
        assert_eq!(answers["receipt"], Outcome::Failed);
        assert!(!answers.contains_key(OTHER));
        assert!(ask(&page(&["hello"])).is_empty());
    }

    #[test]
    fn documents_are_counted_by_subset_and_what_was_asked() {
        let samples = [Sample::for_test(&[], None), Sample::for_test(&[], None)];
        let answers = [
            BTreeMap::from([
                ("receipt".to_owned(), Outcome::Passed),
                ("tax_form".to_owned(), Outcome::Failed),
            ]),
            BTreeMap::new(),
        ];
        let results = results(&samples, &answers);
        assert_eq!(results.len(), 1);
        let counts = |name: &str| results[0].asked[name];
        assert_eq!(counts("receipt"), TypeCounts { passed: 1, failed: 0, silent: 1 });
        assert_eq!(counts("tax_form"), TypeCounts { passed: 0, failed: 1, silent: 1 });
        assert_eq!(counts("invoice"), TypeCounts { passed: 0, failed: 0, silent: 2 });
        let text = table(&results).text();
        assert!(text.contains("[1/0]") && text.contains(" 0/1"), "{text}");
    }
}
