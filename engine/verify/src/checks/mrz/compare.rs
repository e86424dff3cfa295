//! The claims that a zone can answer, against what it says.

use jiff::civil::Date;

use super::country;
use super::layout::Field;
use super::names;
use super::zone::{Mrz, Sex};
use crate::checks::claims::day::days;

/// What a zone says to one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) agrees: bool,
    /// What stands in the zone.
    pub(super) found: String,
}

/// What the zone says to the claim `key`, as its profile names it; none where it says nothing, or
/// where the check digit of the field does not hold, which is a matter of its own.
pub(super) fn answer(key: &str, claim: &str, mrz: &Mrz) -> Option<Answer> {
    let named = !mrz.surname.is_empty();
    match key {
        "name" if named => {
            let found = format!("{} {}", mrz.surname, mrz.given_names);
            Some(Answer { agrees: names::is_name(claim, mrz), found: found.trim().to_owned() })
        }
        "surname" if named => {
            let agrees = names::is_surname(claim, mrz);
            Some(Answer { agrees, found: mrz.surname.clone() })
        }
        "given_names" if named => {
            let agrees = names::are_given(claim, mrz);
            Some(Answer { agrees, found: mrz.given_names.clone() })
        }
        "document_number" => number(claim, mrz),
        "date_of_birth" => date(claim, mrz.birth.filter(|_| mrz.holds(Field::Birth))?),
        "date_of_expiry" => date(claim, mrz.expiry.filter(|_| mrz.holds(Field::Expiry))?),
        "nationality" => state(claim, &mrz.nationality),
        "country" | "country_code" | "issuing_country" => state(claim, &mrz.issuer),
        "sex" => sex(claim, mrz.sex),
        _ => None,
    }
}

fn date(claim: &str, found: Date) -> Option<Answer> {
    let days = days(claim);
    let agrees = days.contains(&found);
    (!days.is_empty()).then(|| Answer { agrees, found: found.to_string() })
}

/// The number alone, with its check digit, or, as on many cards, what stands in the optional data.
fn number(claim: &str, mrz: &Mrz) -> Option<Answer> {
    let claimed = plain(claim);
    if claimed.is_empty() || mrz.number.is_empty() || !mrz.holds(Field::Number) {
        return None;
    }
    let number = plain(&mrz.number);
    let check = mrz.checks.iter().find(|check| check.field == Field::Number)?.read;
    let agrees = claimed == number
        || claimed.strip_suffix(check) == Some(&number)
        || mrz.optional.iter().any(|data| plain(data) == claimed);
    Some(Answer { agrees, found: mrz.number.clone() })
}

/// Capitals and digits; `O` and `I` as the digits that most fonts do not tell from them.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(char::is_ascii_alphanumeric);
    kept.map(|c| match c.to_ascii_uppercase() {
        'O' => '0',
        'I' => '1',
        c => c,
    })
    .collect()
}

fn state(claim: &str, found: &str) -> Option<Answer> {
    let (claimed, code) = (country::code(claim)?, country::code(found)?);
    Some(Answer { agrees: claimed == code, found: found.to_owned() })
}

fn sex(claim: &str, found: Sex) -> Option<Answer> {
    let claimed = match claim.trim().to_lowercase().as_str() {
        "f" | "female" | "femenino" | "feminin" | "féminin" | "femme" | "w" | "weiblich"
        | "woman" => Sex::Female,
        "homme" | "hombre" | "m" | "male" | "man" | "masculin" | "masculino" | "männlich" => {
            Sex::Male
        }
        _ => return None,
    };
    let word = match found {
        Sex::Male => "M",
        Sex::Female => "F",
        Sex::Unspecified => return None,
    };
    Some(Answer { agrees: claimed == found, found: word.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::mrz::layout::Format;

    #[test]
    fn each_claim_is_compared_with_its_own_field() {
        let zone = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\
                    L898902C36UTO7408122F1204159ZE184226B<<<<<10";
        let mrz = Mrz::new(Format::Td3, zone.as_bytes(), jiff::civil::date(2012, 1, 1));
        let cases = [
            ("name", "Anna Maria Eriksson", Some(true)),
            ("name", "Anna Maria Erikson", Some(false)),
            ("surname", "Eriksson", Some(true)),
            ("surname", "Anna", Some(false)),
            ("given_names", "Anna", Some(true)),
            ("given_names", "Anne", Some(false)),
            ("document_number", "L898902C3", Some(true)),
            ("document_number", "L 898902 C", Some(false)),
            ("document_number", "l898902c36", Some(true)),
            ("document_number", "ZE184226B", Some(true)),
            ("document_number", "L898902C4", Some(false)),
            ("document_number", "-", None),
            ("date_of_birth", "1974-08-12", Some(true)),
            ("date_of_birth", "12 Aug 1974", Some(true)),
            ("date_of_birth", "12.08.1975", Some(false)),
            ("date_of_birth", "not known", None),
            ("date_of_expiry", "15/04/2012", Some(true)),
            ("date_of_expiry", "2013-04-15", Some(false)),
            ("nationality", "Utopian", Some(true)),
            ("nationality", "German", Some(false)),
            ("nationality", "Atlantean", None),
            ("country", "UTO", Some(true)),
            ("sex", "female", Some(true)),
            ("sex", "M", Some(false)),
            ("sex", "?", None),
            ("address", "1 Main Street", None),
        ];
        for (key, claim, expected) in cases {
            let agrees = answer(key, claim, &mrz).map(|answer| answer.agrees);
            assert_eq!(agrees, expected, "{key} {claim}");
        }
    }

    #[test]
    fn a_field_whose_check_digit_fails_answers_nothing() {
        let zone = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\
                    L898902C37UTO7408123F1204150ZE184226B<<<<<10";
        let mrz = Mrz::new(Format::Td3, zone.as_bytes(), jiff::civil::date(2012, 1, 1));
        for (key, claim) in [
            ("document_number", "L898902C3"),
            ("date_of_birth", "1974-08-12"),
            ("date_of_expiry", "2012-04-15"),
        ] {
            assert_eq!(answer(key, claim, &mrz), None, "{key}");
        }
    }
}
