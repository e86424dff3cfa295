//! From a text to classes of the recogniser: characters that mean the same are one set.
//!
//! Upper and lower case, accents, wide forms and kinds of dash or quote are not told apart. The
//! sets part the classes (no class is in two of them), so that the probabilities of a set's
//! classes may be added and a run of its classes is one character.

use std::collections::HashMap;

use ivendor_models::recogniser::BLANK;
use unicode_normalization::UnicodeNormalization;

/// A set of classes, by its place in an [`Alphabet`].
pub(super) type SetId = usize;

/// The blank alone.
pub(super) const BLANK_SET: SetId = 0;
/// The ten digits in every form.
pub(super) const DIGIT_SET: SetId = 1;
/// What parts the digits of one number.
pub(super) const SEPARATOR_SET: SetId = 2;
/// The blank and the spaces.
const SPACES_SET: SetId = 3;
/// The blank, the spaces and the marks.
const MARKS_SET: SetId = 4;
/// The first set of one character.
const FIRST_CHARACTER: SetId = 5;

/// Marks that stand for one another; the first of each row is the one that is kept.
const SIMILAR: &[&str] = &[
    "-‐‑‒–—―−─",
    "'‘’‚‛`´′",
    "\"“”„‟″«»",
    ",、،",
    ".。",
    "·•・‧∙⋅",
    "/⁄∕",
    "~∼〜",
    "*∗※",
    "(【〔〖[{",
    ")】〕〗]}",
    "x×",
    "iı",
];

/// What may stand between two characters of a text without being part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skips {
    /// Spaces: for amounts, dates and identifiers, whose marks mean something.
    Spaces,
    /// Spaces and whatever is neither letter nor digit: for names and addresses.
    Marks,
}

impl Skips {
    pub(super) fn set(self) -> SetId {
        match self {
            Self::Spaces => SPACES_SET,
            Self::Marks => MARKS_SET,
        }
    }
}

/// A text as the recogniser would write it: one set of classes a character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    /// At least one; none of them is skipped.
    pub(super) characters: Vec<SetId>,
    pub(super) skips: Skips,
}

impl Pattern {
    /// How many characters count: those that are not skipped; at least one.
    #[must_use]
    pub fn length(&self) -> usize {
        self.characters.len()
    }
}

/// The classes of a recogniser by the characters that they mean.
#[derive(Debug)]
pub struct Alphabet {
    /// The classes of each set.
    sets: Vec<Vec<u32>>,
    /// The set of each key, see [`key`].
    by_key: HashMap<String, SetId>,
    /// The set of each class.
    of_class: Vec<SetId>,
    texts: Vec<String>,
}

impl Alphabet {
    /// Sorts the classes whose texts are `characters`; the first of them is the blank.
    #[must_use]
    pub fn new(characters: &[String]) -> Self {
        let mut alphabet = Self {
            sets: vec![Vec::new(); FIRST_CHARACTER],
            by_key: HashMap::new(),
            of_class: Vec::with_capacity(characters.len()),
            texts: characters.to_vec(),
        };
        for (text, class) in characters.iter().zip(0_u32..) {
            let set = alphabet.sort(class, &key(text));
            alphabet.of_class.push(set);
        }
        alphabet
    }

    /// Puts a class into the sets that it belongs to; gives the one of its character.
    fn sort(&mut self, class: u32, key: &str) -> SetId {
        if class as usize == BLANK {
            for set in [BLANK_SET, SPACES_SET, MARKS_SET] {
                self.sets[set].push(class);
            }
            return BLANK_SET;
        }
        if key.chars().all(char::is_whitespace) {
            self.sets[SPACES_SET].push(class);
            self.sets[MARKS_SET].push(class);
            return SPACES_SET;
        }
        let shared = [
            (DIGIT_SET, is_digit(key)),
            (SEPARATOR_SET, matches!(key, "." | ",")),
            (MARKS_SET, is_mark(key)),
        ];
        for (set, _) in shared.into_iter().filter(|(_, belongs)| *belongs) {
            self.sets[set].push(class);
        }
        let next = self.sets.len();
        let set = *self.by_key.entry(key.to_owned()).or_insert(next);
        if set == next {
            self.sets.push(Vec::new());
        }
        self.sets[set].push(class);
        set
    }

    /// The pattern of `text`; `None` where the alphabet lacks one of its characters, or where
    /// nothing is left of it without what is skipped.
    #[must_use]
    pub fn pattern(&self, text: &str, skips: Skips) -> Option<Pattern> {
        let mut characters = Vec::with_capacity(text.len());
        let mut letter = [0_u8; 4];
        for c in text.chars() {
            let key = key(c.encode_utf8(&mut letter));
            if let Some(set) = self.by_key.get(&key) {
                characters.push((*set, is_mark(&key)));
                continue;
            }
            // A ligature that is no class of its own is written as its letters.
            for part in key.chars().filter(|part| !part.is_whitespace()) {
                let part = part.encode_utf8(&mut letter);
                characters.push((*self.by_key.get(part)?, is_mark(part)));
            }
        }
        let characters: Vec<SetId> = characters
            .into_iter()
            .filter(|(_, mark)| skips == Skips::Spaces || !mark)
            .map(|(set, _)| set)
            .collect();
        (!characters.is_empty()).then_some(Pattern { characters, skips })
    }

    pub(super) fn set(&self, id: SetId) -> &[u32] {
        &self.sets[id]
    }

    /// The set of a class; an unknown one counts as blank.
    pub(super) fn set_of(&self, class: usize) -> SetId {
        self.of_class.get(class).copied().unwrap_or(BLANK_SET)
    }

    /// What a class reads; nothing for the blank.
    pub(super) fn text(&self, class: usize) -> &str {
        self.texts.get(class).map_or("", String::as_str)
    }

    /// Whether the classes of a set are among those that are skipped.
    pub(super) fn is_skipped(&self, set: SetId, skips: Skips) -> bool {
        let mark = || {
            self.sets[set].first().is_some_and(|class| is_mark(&key(self.text(*class as usize))))
        };
        set < FIRST_CHARACTER || (skips == Skips::Marks && mark())
    }

    /// The sets of the ten digits, as far as the alphabet has them.
    pub(super) fn digits(&self) -> Vec<SetId> {
        ('0'..='9')
            .filter_map(|digit| self.by_key.get(digit.to_string().as_str()).copied())
            .collect()
    }
}

/// What characters that mean the same have in common.
fn key(text: &str) -> String {
    let plain = |c: &char| !matches!(c, '\u{300}'..='\u{36f}');
    let folded = text.nfkd().filter(plain).flat_map(char::to_lowercase);
    let folded: String = folded.filter(plain).map(similar).collect();
    folded.nfkc().collect()
}

fn similar(c: char) -> char {
    let row = SIMILAR.iter().find(|row| row.contains(c));
    row.and_then(|row| row.chars().next()).unwrap_or(c)
}

fn is_digit(key: &str) -> bool {
    key.len() == 1 && key.chars().all(|c| c.is_ascii_digit())
}

fn is_mark(key: &str) -> bool {
    !key.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn alphabet() -> Alphabet {
        let texts = [
            "", "a", "A", "á", "Ａ", "b", "1", "１", ".", "-", "—", "ß", "が", "か", "ﬀ", "f", "i",
            "，", " ", "\u{3000}",
        ];
        Alphabet::new(&texts.map(String::from))
    }

    fn classes(text: &str, skips: Skips) -> Option<Vec<Vec<u32>>> {
        let alphabet = alphabet();
        let pattern = alphabet.pattern(text, skips)?;
        Some(pattern.characters.iter().map(|set| alphabet.set(*set).to_vec()).collect())
    }

    #[test]
    fn a_text_becomes_the_classes_that_mean_its_characters() {
        type Case<'a> = (&'a str, &'a str, Skips, Option<&'a [&'a [u32]]>);
        let cases: [Case<'_>; 12] = [
            ("case, accents and wide forms", "Ab", Skips::Spaces, Some(&[&[1, 2, 3, 4], &[5]])),
            ("an accent that no class has", "ǎ", Skips::Spaces, Some(&[&[1, 2, 3, 4]])),
            ("digits", "1", Skips::Spaces, Some(&[&[6, 7]])),
            ("dashes", "–", Skips::Spaces, Some(&[&[9, 10]])),
            ("marks count", "1.1", Skips::Spaces, Some(&[&[6, 7], &[8], &[6, 7]])),
            ("marks are skipped", "1.1", Skips::Marks, Some(&[&[6, 7], &[6, 7]])),
            ("spaces are skipped", " b\u{3000}b\t", Skips::Spaces, Some(&[&[5], &[5]])),
            ("kana keep their marks", "が", Skips::Spaces, Some(&[&[12]])),
            ("a ligature in letters", "ﬁ", Skips::Spaces, Some(&[&[15], &[16]])),
            ("a character that is lacking", "a€", Skips::Spaces, None),
            ("nothing", "", Skips::Spaces, None),
            ("nothing but marks", " .-", Skips::Marks, None),
        ];
        for (name, text, skips, expected) in cases {
            let expected = expected.map(|sets| sets.iter().map(|set| set.to_vec()).collect());
            assert_eq!(classes(text, skips), expected, "{name}");
        }
    }

    #[test]
    fn what_is_skipped_is_no_character_of_a_pattern() {
        let alphabet = alphabet();
        assert_eq!(alphabet.set(SPACES_SET), [0, 18, 19]);
        assert_eq!(alphabet.set(MARKS_SET), [0, 8, 9, 10, 17, 18, 19]);
        assert_eq!(alphabet.set(SEPARATOR_SET), [8, 17]);
        assert_eq!(alphabet.set(BLANK_SET), [0]);
        assert_eq!((alphabet.of_class.len(), alphabet.digits().len()), (20, 1));
        for class in 0..20 {
            let set = alphabet.set_of(class);
            for skips in [Skips::Spaces, Skips::Marks] {
                let skipped = alphabet.set(skips.set()).iter().any(|c| *c as usize == class);
                assert_eq!(alphabet.is_skipped(set, skips), skipped, "{class} {skips:?}");
            }
        }
        assert_eq!((alphabet.set_of(99), alphabet.text(99)), (BLANK_SET, ""));
    }

    proptest! {
        #[test]
        fn any_text_is_a_pattern_or_none_and_case_does_not_matter(text in "\\PC{0,40}") {
            let alphabet = alphabet();
            for skips in [Skips::Spaces, Skips::Marks] {
                let pattern = alphabet.pattern(&text, skips);
                prop_assert!(pattern.as_ref().is_none_or(|p| p.length() > 0));
                let ascii = text.to_ascii_uppercase();
                prop_assert_eq!(pattern, alphabet.pattern(&ascii, skips));
            }
        }
    }
}
