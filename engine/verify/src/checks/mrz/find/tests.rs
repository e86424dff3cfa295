//! Zones as they stand, as a reader damages them, and text that has none.

use proptest::prelude::*;

use super::*;
use crate::checks::mrz::FieldCheck;
use crate::checks::mrz::testing::{TD1, TD2, TD3, lower_line, page};

fn lines(rows: &[&str]) -> Option<Vec<String>> {
    read(&[page(rows)], jiff::civil::date(2012, 1, 1)).map(|zone| zone.mrz.lines)
}

#[test]
fn the_specimens_are_read_as_they_stand() {
    let zones: [(Format, &[&str]); 3] =
        [(Format::Td1, &TD1), (Format::Td2, &TD2), (Format::Td3, &TD3)];
    for (format, rows) in zones {
        let zone = read(&[page(rows)], jiff::civil::date(2012, 1, 1)).unwrap();
        assert_eq!(zone.mrz.format, format);
        assert_eq!(zone.mrz.lines, rows);
        assert_eq!((zone.repairs, zone.ambiguous), (0, false), "{format:?}");
        assert!(zone.mrz.checks.iter().all(FieldCheck::holds), "{format:?}");
        assert_eq!((&*zone.mrz.surname, &*zone.mrz.given_names), ("ERIKSSON", "ANNA MARIA"));
        assert_eq!((&*zone.mrz.issuer, &*zone.mrz.nationality), ("UTO", "UTO"));
        assert_eq!(zone.mrz.birth, Some(jiff::civil::date(1974, 8, 12)));
        assert_eq!(zone.mrz.expiry, Some(jiff::civil::date(2012, 4, 15)));
        assert_eq!(zone.evidence.len(), rows.len());
    }
}

#[test]
fn a_damaged_passport_is_mended_where_the_check_digits_say_how() {
    let lower = TD3[1];
    let cases: [(&str, &[&str]); 14] = [
        ("below the visual zone", &["UTOPIA", "Passport|L898902C3", "ERIKSSON", TD3[0], lower]),
        ("a signature after it", &[TD3[0], lower, "specimen"]),
        (
            "spaces",
            &[
                "P<UTO ERIKSSON<<ANNA<MARIA <<<<<<",
                "L898902C36UTO 7408122F1204159 ZE184226B<<<<<10",
            ],
        ),
        (
            "fillers lost",
            &["P<UTOERIKSSON<<ANNA<MARIA<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<10"],
        ),
        (
            "fillers doubled",
            &[
                "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<<<<<",
                "L898902C36UTO7408122F1204159ZE184226B<<<<<<<10",
            ],
        ),
        (
            "quotes",
            &["P<UTOERIKSSON«ANNA<MARIA««««««", "L898902C36UTO7408122F1204159ZE184226B««<10"],
        ),
        (
            "letters for fillers",
            &[
                "PKUTOERIKSSON<<ANNA<MARIA<<<<<KK<<<<<CC<<<<<",
                "L898902C36UTO7408122F1204159ZE184226B<<K<<10",
            ],
        ),
        ("the first filler lost", &["PUTOERIKSSON<<ANNA<MARIA<<<<<<<<<", lower]),
        ("letters for digits", &[TD3[0], "L8989O2C36UTO74O8I22F12O4I59ZE184226B<<<<<IO"]),
        (
            "digits for letters",
            &["P<UT0ER1KSSON<<ANNA<MAR1A<<<<<<<<", "L898902C36UT07408122F12041592E184226B<<<<<10"],
        ),
        (
            "two parts",
            &["P<UTOERIKSSON<<ANNA|<MARIA<<<<<<", "L898902C36UTO7408122F|1204159ZE184226B<<<<<10"],
        ),
        ("a part lost", &[TD3[0], "L898902C36UTO7408122F1204159ZE184226B|10"]),
        ("a speck before it", &[TD3[0], "1L898902C36UTO7408122F1204159ZE184226B<<<<<10"]),
        ("another row between", &[TD3[0], "of", lower]),
    ];
    for (name, rows) in cases {
        assert_eq!(lines(rows).as_deref(), Some(&TD3.map(String::from)[..]), "{name}");
    }
}

#[test]
fn damaged_cards_are_mended_too() {
    let cases: [(&str, &[&str], &[&str]); 5] = [
        (
            "fillers lost",
            &["I<UTOD231458907<<<<<<", "7408122F1204159UTO<<<6", "ERIKSSON<<ANNA<MARIA<"],
            &TD1,
        ),
        ("all of them", &["I<UTOD231458907", "7408122F1204159UTO6", "ERIKSSON<<ANNA<MARIA"], &TD1),
        (
            "letters",
            &["I<UTOD23I458907<<<<<<<<<<<<<<<", "74O8I22F12O4159UTO<<<<<<<<<<<6", TD1[2]],
            &TD1,
        ),
        ("two lines", &["I<UTOERIKSSON<<ANNA<MARIA<<<<", "D231458907UTO7408122F1204159<<<6"], &TD2),
        ("and letters", &[TD2[0], "D2314S8907UT0740812ZF12O4159<<<<<<<6"], &TD2),
    ];
    for (name, rows, expected) in cases {
        let expected: Vec<String> = expected.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(lines(rows), Some(expected), "{name}");
    }
}

#[test]
fn a_wrong_digit_stays_as_it_was_read() {
    let lower = "L898902C36UTO7408122F1204159ZE184226B<<<<<10".replace("740812", "740813");
    let zone = read(&[page(&[TD3[0], &lower])], jiff::civil::date(2012, 1, 1)).unwrap();
    assert_eq!(zone.mrz.lines[1], lower);
    assert!(!zone.mrz.holds(Field::Birth) && !zone.mrz.holds(Field::Composite));
    assert!(zone.mrz.holds(Field::Number) && zone.mrz.holds(Field::Expiry));
}

#[test]
fn a_zone_whose_names_were_not_read_is_found_by_its_digits_alone() {
    let zone = read(&[page(&["Passport", TD3[1]])], jiff::civil::date(2012, 1, 1)).unwrap();
    assert_eq!((&*zone.mrz.surname, &*zone.mrz.number), ("", "L898902C3"));
    let wrong = TD3[1].replace("ZE1", "ZE3");
    assert_eq!(lines(&["Passport", &wrong]), None);
}

#[test]
fn other_text_has_no_zone() {
    let cases: [(&str, &[&str]); 5] = [
        ("nothing", &[]),
        ("a receipt", &["TAN WOON YANN", "TOTAL RM 9.00", "25/12/2018 8:13:39 PM"]),
        ("barcodes", &["9556091140405", "12345678901234567890123456789012345678901234"]),
        ("only names", &[TD3[0]]),
        ("arrows", &["<<<<<<<<<<<<<<<<<<<<<<<<<<", "<< 1234567890 >> 1234567890"]),
    ];
    for (name, rows) in cases {
        assert_eq!(lines(rows), None, "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn garbage_breaks_nothing(rows in prop::collection::vec("[A-Z0-9<|« oK]{0,60}", 0..6)) {
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        if let Some(zone) = read(&[page(&rows)], jiff::civil::date(2012, 1, 1)) {
            let width = zone.mrz.format.width();
            prop_assert!(zone.mrz.lines.iter().all(|line| line.len() == width));
        }
    }

    #[test]
    fn a_passport_is_read_through_lost_fillers_and_letters(
        number in "[A-Z]{1,2}[0-9]{6,7}",
        day in 10..28_u8,
        personal in "[0-9]{0,9}",
        lost in 0..5_usize,
        letters in any::<bool>(),
    ) {
        let lower = lower_line(&number, &format!("7408{day}"), &format!("1504{day}"), &personal);
        let mut read = lower.clone();
        for _ in 0..lost {
            read = read.replacen("<<<", "<<", 1);
        }
        if letters {
            let dates = read.split_off(13);
            read.push_str(&dates.replacen('0', "O", 1));
        }
        let found = lines(&[TD3[0], &read]);
        prop_assert_eq!(found, Some(vec![TD3[0].to_owned(), lower]));
    }
}
