//! Pages with the standard's specimen for the tests of this room: its persons are made up.

use ivendor_core::geometry::{Point, Polygon};
use ivendor_core::verdict::{Line, PageText};

use super::digits::check_digit;

pub(super) const TD1: [&str; 3] = [
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
];
pub(super) const TD2: [&str; 2] =
    ["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"];
pub(in crate::checks) const TD3: [&str; 2] = [
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
];

/// A page of rows, 40 pixels apart; the parts of a row between bars are lines of their own.
pub(in crate::checks) fn page(rows: &[&str]) -> PageText {
    let mut lines = Vec::new();
    for (row, y) in rows.iter().zip(1_u16..) {
        let mut x = 20.0;
        for part in row.split('|') {
            let wide = part.chars().count() as f32 * 12.0;
            let from = Point::new(x, f32::from(y) * 40.0);
            lines.push(Line {
                polygon: Polygon::rectangle(from, Point::new(x + wide, from.y + 20.0)),
                text: part.to_owned(),
                confidence: 0.95,
            });
            x += wide + 10.0;
        }
    }
    PageText { page: 1, width: 1_000, height: 800, dpi: None, lines }
}

/// The lower line of a passport with the right check digits.
pub(super) fn lower_line(number: &str, birth: &str, expiry: &str, personal: &str) -> String {
    let with = |field: String| {
        let digit = char::from(check_digit(field.as_bytes()));
        format!("{field}{digit}")
    };
    let number = with(format!("{number:<<9}"));
    let (birth, expiry) = (with(birth.to_owned()), with(expiry.to_owned()));
    let personal = with(format!("{personal:<<14}"));
    let all = format!("{number}{birth}{expiry}{personal}");
    let composite = char::from(check_digit(all.as_bytes()));
    format!("{number}UTO{birth}F{expiry}{personal}{composite}")
}
