//! The examples of `docs/`, built and run: a newcomer who follows them gets what they promise.

/// The code of `docs/adding-a-check.md`.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/adding-a-check.md")]
struct AddingACheck;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use ivendor_core::check::Outcome;
    use ivendor_models::profile::Profile;

    use crate::checks::claims::document::Document;
    use crate::checks::claims::{answer, testing};
    use crate::checks::type_match;

    const TYPE: &str = include_str!("../../../docs/adding-a-document-type.md");

    /// The first block of `language` in a page of documentation.
    fn block<'a>(page: &'a str, language: &str) -> &'a str {
        let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
        rest.split_once("```").unwrap().0
    }

    #[test]
    fn the_type_of_the_documentation_works_as_it_is_said() {
        let profile = Profile::parse(block(TYPE, "toml")).unwrap();
        let rows: Vec<&str> = block(TYPE, "text").lines().collect();
        let pages = [testing::page(&rows)];
        let kind = type_match::check(&profile, &pages);
        assert!(kind.iter().all(|check| check.outcome == Outcome::Passed), "{kind:?}");
        let claims: BTreeMap<String, [String; 2]> =
            serde_json::from_str(block(TYPE, "json")).unwrap();
        assert!(claims.keys().map(String::as_str).eq(profile.keys()), "each key has a claim");
        let document = Document::new(&pages);
        for (at, expected) in [Outcome::Passed, Outcome::Failed].into_iter().enumerate() {
            let claims =
                claims.iter().map(|(key, values)| (key.clone(), values[at].clone())).collect();
            for answer in answer(&profile, &claims, &document) {
                assert_eq!(answer.check.outcome, expected, "{:?}", answer.check);
            }
        }
    }
}
