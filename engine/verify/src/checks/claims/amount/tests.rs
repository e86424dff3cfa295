//! Amounts in every usual form, what is none, and that no text breaks the scan.

use proptest::prelude::*;

use super::*;

fn found(line: &str) -> Vec<(String, Vec<i64>, bool)> {
    let chars: Vec<char> = line.chars().collect();
    scan(&chars)
        .into_iter()
        .map(|(range, amount)| (chars[range].iter().collect(), amount.readings, amount.sure))
        .collect()
}

#[test]
fn amounts_are_read_in_every_usual_form() {
    let cases: &[(&str, &str, &[i64])] = &[
        ("plain", "9.00", &[9_000]),
        ("comma thousands", "1,234.50", &[1_234_500]),
        ("point thousands", "1.234,50", &[1_234_500]),
        ("space thousands", "1 234,50", &[1_234_500]),
        ("narrow space", "1\u{202f}234.50", &[1_234_500]),
        ("apostrophe", "1'234.50", &[1_234_500]),
        ("millions", "12,345,678.90", &[12_345_678_900]),
        ("decimal comma", "12,5", &[12_500]),
        ("three decimals or thousands", "9.000", &[9_000_000, 9_000]),
        ("only decimals", "0.125", &[125]),
        ("whole", "1200", &[1_200_000]),
        ("sign before", "-5.00", &[-5_000]),
        ("sign behind", "5.00-", &[-5_000]),
        ("brackets", "(5.00)", &[-5_000]),
        ("currency before", "RM41.45", &[41_450]),
        ("currency and space", "EUR 12,00", &[12_000]),
        ("sign", "$8.20", &[8_200]),
        ("currency behind", "56.00 DH", &[56_000]),
        ("tax code behind", "75.00SR", &[75_000]),
        ("tax code like a digit", "41.95S", &[41_950]),
        ("space after the point", "33. 90", &[33_900]),
        ("label before", "TOTAL AMOUNT:$6.90", &[6_900]),
    ];
    for (name, line, expected) in cases {
        let read = found(line);
        assert_eq!(read.len(), 1, "{name}: {read:?}");
        assert_eq!(read[0].1, *expected, "{name}");
    }
}

#[test]
fn what_is_no_amount_is_left_alone() {
    let cases = [
        ("percentage", "GST 6%"),
        ("percentage with a space", "GST @ 6 %"),
        ("date with points", "25.12.2018"),
        ("date with dashes", "12-01-19"),
        ("date with slashes", "09/03/2018"),
        ("time", "18:30:12"),
        ("measure", "580ML"),
        ("measure with decimals", "1.5L"),
        ("article", "KF12"),
        ("quantity", "2X"),
        ("telephone", "07-3523278"),
        ("long number", "9556939040116"),
        ("registration", "789417-W"),
        ("version", "1.2.3.4"),
        ("thousands of nothing", "$0'123"),
        ("the same with a space", "RM 0 123"),
        ("the same twice", "000,123,456"),
        ("the same in look-alikes", "0'0|l"),
        ("letters", "SOLD"),
        ("nothing", ""),
    ];
    for (name, line) in cases {
        assert_eq!(found(line), [], "{name}");
    }
}

#[test]
fn several_amounts_of_a_line_are_read_apart() {
    let read: Vec<i64> = found("2 X 4.30 8.60").into_iter().map(|r| r.1[0]).collect();
    assert_eq!(read, [2_000, 4_300, 8_600]);
    let read = found("TOTAL 9.81 0.59 10.40");
    assert_eq!(read.iter().map(|r| r.0.as_str()).collect::<Vec<_>>(), ["9.81", "0.59", "10.40"]);
}

#[test]
fn a_letter_taken_for_a_digit_is_counted() {
    let cases = [("9.O0", 1), ("1O.00", 1), ("S.00", 1), ("12.0O", 1), ("9.00", 0)];
    for (line, expected) in cases {
        let chars: Vec<char> = line.chars().collect();
        let read = scan(&chars);
        assert_eq!(read.len(), 1, "{line}");
        assert_eq!(read[0].1.confused, expected, "{line}");
    }
}

#[test]
fn a_claim_is_an_amount_and_nothing_else() {
    let good = [
        ("9.00", 9_000, None),
        ("RM 29.70", 29_700, Some("MYR")),
        ("$8.20", 8_200, Some("$")),
        ("1.234,50 €", 1_234_500, Some("EUR")),
        ("EUR 1 234,50", 1_234_500, Some("EUR")),
        ("-12.50", -12_500, None),
        ("12", 12_000, None),
        (" 9,00 ", 9_000, None),
        ("９.００", 9_000, None),
    ];
    for (claim, value, currency) in good {
        let amount = parse(claim).unwrap();
        assert_eq!((amount.readings[0], amount.currency), (value, currency), "{claim}");
    }
    for claim in ["", "nine", "9 apples", "9.00 or 10.00", "12/03/2018", "1O.00", "6%", "$"] {
        assert_eq!(parse(claim), None, "{claim}");
    }
}

proptest! {
    #[test]
    fn no_text_breaks_the_scan(line in "[0-9OolISB|.,'’ :/%()$€A-Zx-]{0,60}|.{0,80}") {
        let chars: Vec<char> = line.chars().collect();
        let mut last = 0;
        for (range, amount) in scan(&chars) {
            prop_assert!(range.start >= last && range.end <= chars.len());
            prop_assert!(!amount.readings.is_empty());
            last = range.end;
        }
        let _ = parse(&line);
    }

    #[test]
    fn every_amount_is_read_back(cents in 0_i64..100_000_000, form in 0_usize..4) {
        let (whole, part) = (cents / 100, cents % 100);
        let grouped = |mark: &str| {
            let digits = whole.to_string();
            let (head, tail) = digits.split_at((digits.len() - 1) % 3 + 1);
            let groups: Vec<&str> = std::iter::once(head)
                .chain((0..tail.len() / 3).map(|i| &tail[3 * i..3 * i + 3]))
                .collect();
            groups.join(mark)
        };
        let text = match form {
            0 => format!("{whole}.{part:02}"),
            1 => format!("{}.{part:02}", grouped(",")),
            2 => format!("{},{part:02}", grouped(".")),
            _ => format!("{},{part:02}", grouped(" ")),
        };
        let read = parse(&text).map(|amount| amount.readings[0]);
        prop_assert_eq!(read, Some(cents * 10), "{}", text);
    }
}
