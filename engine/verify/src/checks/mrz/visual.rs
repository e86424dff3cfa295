//! Names have no check digit, but the same names are printed above the zone: a letter of the zone
//! that a reader takes for another one is mended where the word is printed there.

use ivendor_core::check::Evidence;
use ivendor_core::verdict::PageText;

use super::digits::FILLER;

/// Letters that a reader takes for one another in the type of zones.
const ALIKE: [&[u8]; 4] = [b"ODQ", b"IJL", b"UV", b"CG"];
/// A shorter word says too little.
const LETTERS_MIN: usize = 4;
/// Words of a page that are looked at.
const WORDS_MAX: usize = 2_000;

/// The words of a page, in capitals, that do not stand in its zone.
pub(super) fn words(page: &PageText, zone: &[Evidence]) -> Vec<Vec<u8>> {
    let outside = page.lines.iter().filter(|line| {
        zone.iter().all(|part| part.text != line.text || part.polygon != line.polygon)
    });
    outside
        .flat_map(|line| line.text.split(|c: char| !c.is_alphabetic()))
        .filter(|word| word.len() >= LETTERS_MIN && word.is_ascii())
        .take(WORDS_MAX)
        .map(|word| word.to_ascii_uppercase().into_bytes())
        .collect()
}

/// Mends each word of the names that is printed nowhere, where exactly one printed word is the same
/// but for one letter that looks alike; the number of letters that were changed.
pub(super) fn mend(names: &mut [u8], printed: &[Vec<u8>]) -> usize {
    let mut changed = 0;
    for word in names.split_mut(|c| *c == FILLER).filter(|word| word.len() >= LETTERS_MIN) {
        if printed.iter().any(|other| other == word) {
            continue;
        }
        let mut meant: Vec<&Vec<u8>> =
            printed.iter().filter(|other| is_like(word, other)).collect();
        meant.dedup();
        if let [only] = meant.as_slice() {
            word.copy_from_slice(only);
            changed += 1;
        }
    }
    changed
}

/// Whether two words differ in one letter, and that one looks alike in both.
fn is_like(a: &[u8], b: &[u8]) -> bool {
    let mut differ = a.iter().zip(b).filter(|(x, y)| x != y);
    let alike = |(x, y): (&u8, &u8)| ALIKE.iter().any(|set| set.contains(x) && set.contains(y));
    a.len() == b.len() && differ.next().is_some_and(alike) && differ.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::mrz::testing::{TD3, page};

    #[test]
    fn a_misread_letter_of_a_name_is_mended_by_the_printed_name() {
        let cases = [
            ("misread", "ERIKSSDN<<ANNA", vec!["ERIKSSON", "ANNA"], "ERIKSSON<<ANNA", 1),
            ("right", "ERIKSSON<<ANNA", vec!["ERIKSSON", "ANNA"], "ERIKSSON<<ANNA", 0),
            ("printed otherwise", "ERIKSSEN<<ANNA", vec!["ERIKSSON"], "ERIKSSEN<<ANNA", 0),
            ("two ways", "COLD<<ANNA", vec!["GOLD", "COLO"], "COLD<<ANNA", 0),
            ("printed twice", "CDLE<<ANNA", vec!["COLE", "COLE"], "COLE<<ANNA", 1),
            ("two letters", "OLAVO<<ANNA", vec!["DLAVD"], "OLAVO<<ANNA", 0),
            ("nothing printed", "ERIKSSDN<<<", vec![], "ERIKSSDN<<<", 0),
        ];
        for (name, read, printed, expected, changed) in cases {
            let mut names = read.as_bytes().to_vec();
            let printed: Vec<Vec<u8>> = printed.iter().map(|word| word.as_bytes().into()).collect();
            assert_eq!(mend(&mut names, &printed), changed, "{name}");
            assert_eq!(names, expected.as_bytes(), "{name}");
        }
    }

    #[test]
    fn the_lines_of_the_zone_are_no_printed_words() {
        let page = page(&["UTOPIA Passport", "Eriksson", TD3[0]]);
        let line = &page.lines[2];
        let text = line.text.clone();
        let zone = [Evidence { page: 1, polygon: line.polygon, text }];
        assert_eq!(words(&page, &zone), [&b"UTOPIA"[..], b"PASSPORT", b"ERIKSSON"]);
    }
}
