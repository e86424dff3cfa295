//! What is left of a character when case, accents, spaces and punctuation are taken away, and
//! which characters a reader takes for one another.

use unicode_normalization::UnicodeNormalization;

/// Pairs of capitals and digits that look alike to a reader of characters.
const ALIKE: &[(&str, &str)] = &[
    ("0", "ODQ"),
    ("1", "ILJ"),
    ("2", "Z"),
    ("4", "A"),
    ("5", "S"),
    ("6", "G"),
    ("7", "T"),
    ("8", "B"),
    ("9", "GQ"),
    ("O", "DQC"),
    ("I", "LJT"),
    ("U", "V"),
    ("C", "GE"),
    ("E", "F"),
    ("F", "P"),
    ("H", "N"),
    ("M", "N"),
    ("V", "Y"),
    ("V", "W"),
    ("K", "X"),
    ("R", "P"),
];

/// Calls `each` with the folded characters of `c`: none for spaces and punctuation, several for
/// ligatures and for letters that are written as two in capitals.
pub(crate) fn fold(c: char, mut each: impl FnMut(char)) {
    if c.is_ascii() {
        if c.is_ascii_alphanumeric() {
            each(c.to_ascii_uppercase());
        }
        return;
    }
    for part in std::iter::once(c).nfkd().flat_map(char::to_uppercase) {
        // Accents are marks of their own after the decomposition, and no letters.
        if part.is_alphanumeric() {
            each(part);
        }
    }
}

/// The folded characters of `text`.
pub(super) fn folded(text: &str) -> Vec<char> {
    let mut out = Vec::with_capacity(text.len());
    text.chars().for_each(|c| fold(c, |folded| out.push(folded)));
    out
}

/// Whether two different folded characters are taken for one another by a reader.
pub(crate) fn alike(a: char, b: char) -> bool {
    let listed = |a: char, b: char| {
        ALIKE.iter().any(|(first, others)| first.starts_with(a) && others.contains(b))
    };
    a != b && (listed(a, b) || listed(b, a))
}

/// The digit that `c` is, or is taken for.
pub(super) fn as_digit(c: char) -> Option<(u8, bool)> {
    let digit = match c {
        '0'..='9' => return Some((c as u8 - b'0', true)),
        'O' | 'o' | 'Q' | 'D' => 0,
        'I' | 'l' | '|' | 'i' => 1,
        'Z' | 'z' => 2,
        'S' | 's' => 5,
        'G' => 6,
        'B' => 8,
        _ => return None,
    };
    Some((digit, false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn case_accents_spaces_and_punctuation_do_not_count() {
        let cases = [
            ("case and space", "Book Ta .k", "BOOKTAK"),
            ("accents", "Café Ñandú", "CAFENANDU"),
            ("sharp s", "Straße", "STRASSE"),
            ("wide forms", "ＡＢ１", "AB1"),
            ("other scripts stay", "東京 12", "東京12"),
            ("nothing", " .-", ""),
        ];
        for (name, text, expected) in cases {
            assert_eq!(folded(text).into_iter().collect::<String>(), expected, "{name}");
        }
    }

    #[test]
    fn likeness_is_mutual_and_never_of_a_character_with_itself() {
        for (a, b, expected) in [
            ('0', 'O', true),
            ('O', '0', true),
            ('S', '5', true),
            ('A', 'A', false),
            ('3', '8', false),
        ] {
            assert_eq!(alike(a, b), expected, "{a} {b}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in ".{0,60}") {
            let once: String = folded(&text).into_iter().collect();
            let twice: String = folded(&once).into_iter().collect();
            prop_assert_eq!(once, twice);
        }
    }
}
