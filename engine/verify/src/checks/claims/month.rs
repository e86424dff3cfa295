//! The months by name, in the languages in which documents come in.

/// The names of each month, folded: English, German, French, Spanish, Italian, Portuguese, Dutch,
/// Malay and Indonesian.
const NAMES: [&[&str]; 12] = [
    &["JANUARY", "JANUAR", "JANVIER", "ENERO", "GENNAIO", "JANEIRO", "JANUARI", "JAENNER"],
    &["FEBRUARY", "FEBRUAR", "FEVRIER", "FEBRERO", "FEBBRAIO", "FEVEREIRO", "FEBRUARI", "FEB"],
    &["MARCH", "MARZ", "MAERZ", "MARS", "MARZO", "MARCO", "MAART", "MRT", "MAC", "MARET"],
    &["APRIL", "AVRIL", "ABRIL", "APRILE"],
    &["MAY", "MAI", "MAYO", "MAGGIO", "MAIO", "MEI"],
    &["JUNE", "JUNI", "JUIN", "JUNIO", "GIUGNO", "JUNHO", "JUN"],
    &["JULY", "JULI", "JUILLET", "JULIO", "LUGLIO", "JULHO", "JULAI"],
    &["AUGUST", "AOUT", "AGOSTO", "AUGUSTUS", "OGOS", "AGUSTUS"],
    &["SEPTEMBER", "SEPTEMBRE", "SEPTIEMBRE", "SETTEMBRE", "SETEMBRO", "SEPT", "SET"],
    &["OCTOBER", "OKTOBER", "OCTOBRE", "OCTUBRE", "OTTOBRE", "OUTUBRO"],
    &["NOVEMBER", "NOVEMBRE", "NOVIEMBRE", "NOPEMBER"],
    &[
        "DECEMBER",
        "DEZEMBER",
        "DECEMBRE",
        "DICIEMBRE",
        "DICEMBRE",
        "DEZEMBRO",
        "DISEMBER",
        "DESEMBER",
    ],
];

/// The month, from 1, that a folded word names in full or shortened to three letters or more;
/// none where the word could be two months.
pub(super) fn month(word: &str) -> Option<i8> {
    if !(3..=10).contains(&word.len()) {
        return None;
    }
    let mut fitting = (1_i8..)
        .zip(NAMES)
        .filter(|(_, names)| names.iter().any(|name| name.starts_with(word)))
        .map(|(month, _)| month);
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_known_by_its_name_and_by_its_first_letters() {
        let cases = [
            ("JAN", Some(1)),
            ("MAR", Some(3)),
            ("MARZ", Some(3)),
            ("MAC", Some(3)),
            ("AVR", Some(4)),
            ("MAI", Some(5)),
            ("JUN", Some(6)),
            ("JUIL", Some(7)),
            ("JUI", None),
            ("AOUT", Some(8)),
            ("SEPT", Some(9)),
            ("OKT", Some(10)),
            ("DEZ", Some(12)),
            ("DESEMBER", Some(12)),
            ("MA", None),
            ("MARKET", None),
            ("DECEMBERS", None),
            ("", None),
        ];
        for (word, expected) in cases {
            assert_eq!(month(word), expected, "{word}");
        }
    }
}
