//! Whether a person's name is the one in a zone, which has capitals without accents only. A
//! letter may be written there in several ways (ICAO Doc 9303, part 3, section 6).

use super::zone::Mrz;
use unicode_normalization::UnicodeNormalization;

/// Letters with spellings of their own beside the one without its accent.
const SPELLINGS: &[(char, &[&str])] = &[
    ('Ä', &["AE", "A"]),
    ('Å', &["AA", "A"]),
    ('Æ', &["AE", "A"]),
    ('Á', &["A"]),
    ('Đ', &["D", "DJ"]),
    ('Ð', &["D", "DH"]),
    ('Ħ', &["H"]),
    ('İ', &["I"]),
    ('ı', &["I"]),
    ('Ĳ', &["IJ"]),
    ('Ł', &["L"]),
    ('Ñ', &["N", "NXX"]),
    ('Ŋ', &["N"]),
    ('Ö', &["OE", "O"]),
    ('Ø', &["OE", "O"]),
    ('Œ', &["OE"]),
    ('ẞ', &["SS"]),
    ('Þ', &["TH", "T"]),
    ('Ŧ', &["T"]),
    ('Ü', &["UE", "UXX", "U"]),
];
/// Words before a name that are none of it.
const TITLES: [&str; 7] = ["DR", "MISS", "MR", "MRS", "MS", "PROF", "SIR"];
/// Characters of a claimed name that are looked at.
const CHARS_MAX: usize = 200;

/// Whether a claimed surname is that of the zone, or one of its parts.
pub(super) fn is_surname(claim: &str, mrz: &Mrz) -> bool {
    let words = words(claim);
    let zone: Vec<&str> = mrz.surname.split(' ').collect();
    joined(&words, &zone, is_cut(mrz)) || !words.is_empty() && distinct(&words, &zone).is_some()
}

/// Whether claimed given names are those of the zone, or some of them.
pub(super) fn are_given(claim: &str, mrz: &Mrz) -> bool {
    let words = words(claim);
    // Where the reader lost one of two fillers, all names stand together.
    let given = if mrz.given_names.is_empty() { &mrz.surname } else { &mrz.given_names };
    let zone: Vec<&str> = given.split(' ').collect();
    joined(&words, &zone, is_cut(mrz)) || !words.is_empty() && distinct(&words, &zone).is_some()
}

/// Whether a claimed full name is that of the zone, in any order, with the surname and, where
/// there is one, a given name.
pub(super) fn is_name(claim: &str, mrz: &Mrz) -> bool {
    let words = words(claim);
    let surname: Vec<&str> = mrz.surname.split(' ').collect();
    let given: Vec<&str> = mrz.given_names.split(' ').filter(|word| !word.is_empty()).collect();
    let zone = [surname.as_slice(), &given].concat();
    let turned = [given.as_slice(), &surname].concat();
    if joined(&words, &zone, is_cut(mrz)) || joined(&words, &turned, false) {
        return true;
    }
    distinct(&words, &zone).is_some_and(|taken| {
        let (of_surname, of_given) = taken.split_at(surname.len());
        of_surname.contains(&true) && (given.is_empty() || of_given.contains(&true))
    })
}

/// Whether the names fill their field, so that some may be cut off.
fn is_cut(mrz: &Mrz) -> bool {
    let names = mrz.lines.iter().find(|line| line.contains(&mrz.surname.replace(' ', "<")));
    names.is_some_and(|line| !line.ends_with('<'))
}

/// The words of a claimed name, in capitals with their accents; hyphens part words, apostrophes do
/// not.
fn words(claim: &str) -> Vec<Vec<char>> {
    let plain: String = claim
        .nfc()
        .take(CHARS_MAX)
        .filter(|c| !matches!(c, '\'' | '’' | '‘' | '`' | 'ʼ'))
        .flat_map(|c| match c {
            'ß' => vec!['ẞ'],
            'ı' => vec!['ı'],
            _ if c.is_alphanumeric() => c.to_uppercase().collect(),
            _ => vec![' '],
        })
        .collect();
    plain
        .split_whitespace()
        .filter(|word| !TITLES.contains(word))
        .map(|word| word.chars().collect())
        .collect()
}

/// Whether the words, put together, are those of the zone put together, or begin with them where
/// the zone is `cut`.
fn joined(words: &[Vec<char>], zone: &[&str], cut: bool) -> bool {
    let claim = words.concat();
    let zone = zone.concat();
    !zone.is_empty() && !claim.is_empty() && spelt(&claim, zone.as_bytes(), cut)
}

/// Which words of the zone the claimed words are, each another one; none where one is not there.
/// A single letter stands for a word that begins with it.
fn distinct(words: &[Vec<char>], zone: &[&str]) -> Option<Vec<bool>> {
    let mut taken = vec![false; zone.len()];
    for word in words {
        let free = |at: &usize| !taken[*at] && !zone[*at].is_empty();
        let same = |at: &usize| spelt(word, zone[*at].as_bytes(), false);
        let initial = |at: &usize| word.len() == 1 && zone[*at].starts_with(word[0]);
        let all = || (0..zone.len()).filter(free);
        let found = all().find(same).or_else(|| all().find(initial))?;
        taken[found] = true;
    }
    Some(taken)
}

/// Whether the zone has the claimed letters in one of their spellings.
fn spelt(claim: &[char], zone: &[u8], cut: bool) -> bool {
    let Some((c, claim_rest)) = claim.split_first() else { return zone.is_empty() };
    if zone.is_empty() {
        return cut;
    }
    let goes_on = |spelling: &str| {
        zone.strip_prefix(spelling.as_bytes()).is_some_and(|rest| spelt(claim_rest, rest, cut))
    };
    let own = SPELLINGS.iter().find(|(letter, _)| letter == c);
    match own {
        Some((_, spellings)) => spellings.iter().any(|spelling| goes_on(spelling)),
        None => {
            let letters = std::iter::once(*c).nfkd().flat_map(char::to_uppercase);
            goes_on(&letters.filter(|c| c.is_alphanumeric()).collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::mrz::layout::Format;
    use proptest::prelude::*;

    fn mrz(names: &str) -> Mrz {
        let lower = "L898902C36UTO7408122F1204159ZE184226B<<<<<10";
        let zone = format!("P<UTO{names:<<39}{lower}");
        Mrz::new(Format::Td3, zone.as_bytes(), jiff::civil::date(2012, 1, 1))
    }

    #[test]
    fn a_full_name_is_the_one_of_the_zone_in_any_order_and_spelling() {
        let eriksson = "ERIKSSON<<ANNA<MARIA";
        let cases = [
            ("as it is", eriksson, "Anna Maria Eriksson", true),
            ("surname first", eriksson, "ERIKSSON, Anna Maria", true),
            ("one given name", eriksson, "Anna Eriksson", true),
            ("initial", eriksson, "Ms Anna M. Eriksson", true),
            ("no surname", eriksson, "Anna Maria", false),
            ("no given name", eriksson, "Eriksson", false),
            ("another surname", eriksson, "Anna Maria Erikssen", false),
            ("one name more", eriksson, "Anna Maria Sofia Eriksson", false),
            ("nothing", eriksson, "", false),
            ("umlauts", "MUELLER<<JOERG", "Jörg Müller", true),
            ("umlauts without", "MULLER<<JORG", "Jörg Müller", true),
            ("sharp s", "GROSS<<ANJA", "Anja Groß", true),
            ("accents", "NUNEZ<<JOSE", "José Núñez", true),
            ("spelt with xx", "NUNXXEZ<<JOSE", "José Núñez", true),
            ("apostrophe", "OCONNOR<<ENYA<SIOBHAN", "Enya Siobhán O'Connor", true),
            ("hyphen", "SMITH<JONES<<SUSIE<MARGARET", "Susie Margaret Smith-Jones", true),
            ("put together", "VANDERBERG<<JAN", "Jan van der Berg", true),
            ("nordic", "AEVARSDOTTIR<<THURIDUR<OESP", "Þuríður Ösp Ævarsdóttir", true),
            ("polish", "LUKASIK<<STANISLAW", "Stanisław Łukasik", true),
            (
                "cut off",
                "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K",
                "Nilavadhanananda Chayapa Dejthamrong Krasuang",
                true,
            ),
        ];
        for (name, zone, claim, expected) in cases {
            assert_eq!(is_name(claim, &mrz(zone)), expected, "{name}");
        }
    }

    #[test]
    fn parts_of_a_name_are_looked_for_in_their_own_field() {
        let zone = mrz("KOWALSKA<KWIATKOWSKA<<JOANNA");
        for (claim, surname, given) in [
            ("Kowalska", true, false),
            ("Kowalska-Kwiatkowska", true, false),
            ("Joanna", false, true),
            ("Kowalski", false, false),
            ("", false, false),
        ] {
            assert_eq!((is_surname(claim, &zone), are_given(claim, &zone)), (surname, given));
        }
    }

    proptest! {
        #[test]
        fn no_claim_breaks_the_comparison(claim in ".{0,80}", names in "[A-Z<]{0,39}") {
            let zone = mrz(&names);
            let _ = (is_name(&claim, &zone), is_surname(&claim, &zone), are_given(&claim, &zone));
        }
    }
}
