//! Dates in every usual form, what is none, and that no text breaks the scan.

use proptest::prelude::*;

use super::*;

fn found(line: &str) -> Vec<Vec<String>> {
    let chars: Vec<char> = line.chars().collect();
    let days = scan(&chars).into_iter();
    days.map(|(_, day)| day.readings.iter().map(|(date, _)| date.to_string()).collect()).collect()
}

#[test]
fn dates_are_read_in_every_usual_form() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("day first, certain", "25/12/2018", &["2018-12-25"]),
        ("month first, certain", "12/25/2018", &["2018-12-25"]),
        ("either", "03/04/2018", &["2018-04-03", "2018-03-04"]),
        ("the same either way", "05/05/2018", &["2018-05-05"]),
        ("ISO", "2018-12-25", &["2018-12-25"]),
        ("ISO with a time", "2018-12-25T18:30:00Z", &["2018-12-25"]),
        ("year first, slashes", "2018/02/22", &["2018-02-22"]),
        ("points", "25.12.2018", &["2018-12-25"]),
        ("spaces around", "25 / 12 / 2018", &["2018-12-25"]),
        ("spaces between", "25 12 2018", &["2018-12-25"]),
        ("short year", "25-12-18", &["2018-12-25", "2025-12-18"]),
        ("short year, three ways", "03-04-05", &["2005-04-03", "2005-03-04", "2003-04-05"]),
        ("old short year", "25-12-87", &["1987-12-25"]),
        ("English month", "24-MAR-2018", &["2018-03-24"]),
        ("month and day", "Dec 25, 2018", &["2018-12-25"]),
        ("ordinal", "1st of March 2018", &["2018-03-01"]),
        ("no spaces", "05MAR2018", &["2018-03-05"]),
        ("short year after a name", "28 MAR 18", &["2018-03-28"]),
        ("German", "5. März 2018", &["2018-03-05"]),
        ("French", "1er août 2018", &["2018-08-01"]),
        ("Spanish", "5 de marzo de 2018", &["2018-03-05"]),
        ("Malay", "5 Ogos 2018", &["2018-08-05"]),
        ("Chinese", "2018年3月5日", &["2018-03-05"]),
        ("eight digits, year first", "20180304", &["2018-03-04"]),
        ("eight digits, day first", "25032018", &["2018-03-25"]),
        ("letter for a digit", "O5/03/2O18", &["2018-03-05", "2018-05-03"]),
        ("glued to a time", "16-03-201812:07:10", &["2018-03-16"]),
        ("ISO, glued to a time", "2018-01-2522:55:25", &["2018-01-25"]),
        ("short year, glued to a time", "13-01-1921:13", &["2019-01-13", "2013-01-19"]),
        ("after another number", "ORD #70 -REG #19-18/03/201823:02", &["2018-03-18"]),
        ("name, glued to a time", "05MAR201818:24", &["2018-03-05"]),
        ("before a time of a log", "25/Dec/2018:13:55:36", &["2018-12-25"]),
        ("misread first digit", "l5 Dec 2018", &["2018-12-15"]),
        ("with a time", "DATE: 25/12/2018 8:13:39 PM", &["2018-12-25"]),
    ];
    for (name, line, expected) in cases {
        assert_eq!(found(line), [*expected], "{name}");
    }
}

#[test]
fn what_is_no_date_is_left_alone() {
    let cases = [
        ("no such day", "31/02/2018"),
        ("no such month", "25/13/2018"),
        ("telephone", "03-9200-1234"),
        ("longer number", "10/500/12/18"),
        ("computer", "10.12.18.4"),
        ("amount", "1,234.50"),
        ("article", "1-300-22-2828"),
        ("bank account", "1234567890123456"),
        ("time after a month", "12 MAY 18:30"),
        ("three numbers", "10 11 12"),
        ("far year", "25/12/3018"),
        ("nothing", ""),
    ];
    for (name, line) in cases {
        assert_eq!(found(line), Vec::<Vec<String>>::new(), "{name}");
    }
}

#[test]
fn a_claim_is_one_date() {
    for claim in ["2018-12-25", "25.12.18", "25 Dec 2018", "2018-12-25T00:00:00Z"] {
        let day = parse(claim).unwrap();
        assert_eq!(day.readings[0].0.to_string(), "2018-12-25", "{claim}");
    }
    for claim in ["", "yesterday", "31/02/2018", "12.00", "25/12/2018 or 26/12/2018"] {
        assert_eq!(parse(claim), None, "{claim}");
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_scan(line in "[0-9OolISB|./, :年月日A-Z-]{0,60}|.{0,80}") {
        let chars: Vec<char> = line.chars().collect();
        let mut last = 0;
        for (range, day) in scan(&chars) {
            prop_assert!(range.start >= last && range.end <= chars.len());
            prop_assert!(!day.readings.is_empty());
            last = range.end;
        }
    }

    #[test]
    fn every_day_is_read_back(year in 1900_i16..2100, month in 1_i8..=12, day in 1_i8..=28) {
        let date = jiff::civil::date(year, month, day);
        for form in ["%Y-%m-%d", "%d/%m/%Y", "%m.%d.%Y", "%d %b %Y", "%B %d, %Y", "%Y%m%d"] {
            let text = date.strftime(form).to_string();
            let read = parse(&text).map(|d| d.readings.iter().any(|(other, _)| *other == date));
            prop_assert_eq!(read, Some(true), "{}", text);
        }
    }
}
