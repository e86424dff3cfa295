//! The text of a document as words: small letters without accents, digits, one space between.

use ivendor_core::verdict::PageText;
use unicode_normalization::UnicodeNormalization;

/// Bytes of folded text that are looked at: the first pages say what a document is.
const BYTES_MAX: usize = 60_000;

/// Phrases of at least so many letters are found without the spaces that readers lose.
const LONG: usize = 8;

/// Fillers in one line that make it a machine-readable zone.
const FILLERS: usize = 5;

/// The words of a document.
#[derive(Debug)]
pub(super) struct Words {
    /// With a space before and after each word.
    spaced: String,
    /// Without spaces.
    joined: String,
    /// How many words there are.
    pub(super) count: usize,
    /// Whether there is a line that only a machine-readable zone has.
    pub(super) has_zone: bool,
}

impl Words {
    /// Folds the text of all pages.
    pub(super) fn new(pages: &[PageText]) -> Self {
        let lines = || pages.iter().flat_map(|page| &page.lines).map(|line| line.text.as_str());
        let mut spaced = String::from(" ");
        for c in lines().flat_map(|line| line.nfkd().chain([' '])) {
            if spaced.len() >= BYTES_MAX {
                break;
            }
            if c.is_alphanumeric() {
                spaced.extend(c.to_lowercase());
            } else if !is_mark(c) && !spaced.ends_with(' ') {
                spaced.push(' ');
            }
        }
        if !spaced.ends_with(' ') {
            spaced.push(' ');
        }
        let joined = spaced.replace(' ', "");
        let count = spaced.split_whitespace().count();
        let has_zone =
            lines().take(BYTES_MAX).any(|line| line.matches('<').take(FILLERS).count() >= FILLERS);
        Self { spaced, joined, count, has_zone }
    }

    /// Whether a phrase stands in the text, as whole words; a long phrase of several words, or
    /// one in a script without spaces, also among other letters.
    pub(super) fn holds(&self, phrase: &str) -> bool {
        let whole = || {
            self.spaced.match_indices(phrase).any(|(at, _)| {
                self.spaced[..at].ends_with(' ')
                    && self.spaced[at + phrase.len()..].starts_with(' ')
            })
        };
        let loses_spaces = phrase.contains(' ') && phrase.len() > LONG;
        whole()
            || (!phrase.is_ascii() && self.joined.contains(phrase))
            || (loses_spaces && self.joined.contains(&phrase.replace(' ', "")))
    }
}

/// Marks that the decomposition parts from their letters, and what stands inside words.
fn is_mark(c: char) -> bool {
    let accent = matches!(c, '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}');
    accent || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}')
}

#[cfg(test)]
mod tests {
    use ivendor_core::geometry::{Point, Polygon};
    use ivendor_core::verdict::Line;

    use super::*;

    fn words(lines: &[&str]) -> Words {
        let polygon = Polygon::rectangle(Point::new(0.0, 0.0), Point::new(9.0, 9.0));
        let line = |text: &&str| Line { polygon, text: (*text).to_owned(), confidence: 0.9 };
        let lines = lines.iter().map(line).collect();
        Words::new(&[PageText { page: 1, width: 9, height: 9, dpi: None, lines }])
    }

    #[test]
    fn a_phrase_is_found_as_words_without_case_accents_and_lost_spaces() {
        let cases = [
            ("case", "TAX INVOICE", "tax invoice", true),
            ("accents", "Date d'échéance", "date d echeance", true),
            ("punctuation", "Payer's TIN:", "payer s tin", true),
            ("lost spaces", "CERTIFICATEOFINSURANCE", "certificate of insurance", true),
            ("a short one needs its spaces", "NOBILLTOPAY", "bill to", false),
            ("part of a word", "Recash", "cash", false),
            ("part of a word that goes on", "cashier", "cash", false),
            ("script without spaces", "御領収書様", "領収書", true),
            ("voiced kana", "レシート", "レシート", true),
            ("nothing", "", "cash", false),
        ];
        for (name, line, phrase, expected) in cases {
            let phrase: String = phrase.nfkd().filter(|c| !is_mark(*c)).collect();
            assert_eq!(words(&[line]).holds(&phrase), expected, "{name}");
        }
        assert!(words(&["statement", "of account"]).holds("statement of account"));
        assert!(words(&["P<UTOERIKSSON<<ANNA<MARIA<<<<"]).has_zone);
        assert!(!words(&["a << b", "x<y"]).has_zone);
    }
}
