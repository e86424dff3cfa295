//! The ways in which a value may be written on a document.
//!
//! Dates are written in numbers or with the English names of the months; amounts with either sign
//! for the decimals and with or without signs between the thousands. Currencies and what else
//! stands beside a value are left to the free ends of [`super::forward::Ends`].

use ivendor_models::profile::ClaimKind;
use jiff::civil::Date;

use super::alphabet::Skips;

/// The forms of a claimed value, its own first, and what may stand between their characters.
#[must_use]
pub fn forms(kind: ClaimKind, value: &str) -> (Vec<String>, Skips) {
    let value = value.trim();
    let mut forms = vec![value.to_owned()];
    let skips = match kind {
        ClaimKind::Date => {
            forms.extend(value.parse().map(dates).unwrap_or_default());
            Skips::Spaces
        }
        ClaimKind::Money => {
            forms.extend(amounts(value));
            Skips::Spaces
        }
        ClaimKind::Identifier | ClaimKind::Name | ClaimKind::Address | ClaimKind::Text => {
            Skips::Marks
        }
    };
    let mut seen = std::collections::HashSet::new();
    forms.retain(|form| seen.insert(form.clone()));
    (forms, skips)
}

/// A day in the usual orders, with two or four digits of the year, with zeros in front or not.
fn dates(date: Date) -> Vec<String> {
    let (day, month) = (date.day(), date.month());
    let years = [format!("{:04}", date.year()), format!("{:02}", date.year().rem_euclid(100))];
    // The name may be cut to three letters; spaces do not count.
    let names = ["%b", "%B"].map(|pattern| date.strftime(pattern).to_string());
    let mut forms = vec![format!("{}{month:02}{day:02}", years[0])];
    for (d, m) in
        [(format!("{day:02}"), format!("{month:02}")), (day.to_string(), month.to_string())]
    {
        for year in &years {
            for mark in ["/", "-", "."] {
                forms.push(format!("{d}{mark}{m}{mark}{year}"));
                forms.push(format!("{m}{mark}{d}{mark}{year}"));
            }
            for name in &names {
                let marks = ["", "-", "/", "."].into_iter();
                forms.extend(marks.map(|mark| format!("{d}{mark}{name}{mark}{year}")));
                forms.extend(["", ","].map(|mark| format!("{name} {d}{mark} {year}")));
            }
        }
        forms.extend(["-", "/", "."].map(|mark| format!("{}{mark}{m}{mark}{d}", years[0])));
    }
    forms
}

/// An amount with its decimals and thousands parted in the usual ways.
fn amounts(value: &str) -> Vec<String> {
    let number = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let text: String = value.chars().filter(|c| number(*c)).collect();
    let decimals = text.rfind(['.', ',']).filter(|at| matches!(text.len() - at, 2 | 3));
    let (whole, cents) = match decimals {
        Some(at) => (&text[..at], format!("{:0<2}", &text[at + 1..])),
        None => (text.as_str(), "00".to_owned()),
    };
    let digits: String = whole.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        return Vec::new();
    }
    let minus = if value.starts_with(['-', '−', '(']) { "-" } else { "" };
    let mut forms = Vec::new();
    for (thousands, point) in [("", "."), ("", ","), (",", "."), (".", ","), ("'", ".")] {
        let whole = grouped(&digits, thousands);
        forms.push(format!("{minus}{whole}{point}{cents}"));
        if cents == "00" {
            forms.push(format!("{minus}{whole}"));
        }
    }
    forms
}

/// Digits in groups of three, from the right.
fn grouped(digits: &str, mark: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push_str(mark);
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_is_known_in_all_its_usual_forms() {
        let cases = [
            (ClaimKind::Date, "2018-12-05", "2018-12-05"),
            (ClaimKind::Date, "2018-12-05", "05/12/2018"),
            (ClaimKind::Date, "2018-12-05", "5.12.18"),
            (ClaimKind::Date, "2018-12-05", "12-05-2018"),
            (ClaimKind::Date, "2018-12-05", "2018/12/5"),
            (ClaimKind::Date, "2018-12-05", "20181205"),
            (ClaimKind::Date, "2018-12-05", "5Dec2018"),
            (ClaimKind::Date, "2018-12-05", "05-December-18"),
            (ClaimKind::Date, "2018-12-05", "Dec 5, 2018"),
            (ClaimKind::Date, "5th of December", "5th of December"),
            (ClaimKind::Money, "9.00", "9.00"),
            (ClaimKind::Money, "9.00", "9"),
            (ClaimKind::Money, "9", "9,00"),
            (ClaimKind::Money, "RM 1234.5", "1,234.50"),
            (ClaimKind::Money, "1,234.50", "1.234,50"),
            (ClaimKind::Money, "1,234", "1234.00"),
            (ClaimKind::Money, "-5.10", "-5,10"),
            (ClaimKind::Money, "nothing", "nothing"),
            (ClaimKind::Name, " ACME SDN. BHD. ", "ACME SDN. BHD."),
        ];
        for (kind, value, expected) in cases {
            let (forms, _) = forms(kind, value);
            assert!(forms.iter().any(|form| form == expected), "{value} {expected}: {forms:?}");
            assert_eq!(forms[0], value.trim());
        }
        assert_eq!(forms(ClaimKind::Money, "5.10").0.len(), 2);
    }

    proptest! {
        #[test]
        fn any_value_has_few_forms_and_none_twice(value in "\\PC{0,30}") {
            for kind in [ClaimKind::Date, ClaimKind::Money, ClaimKind::Text] {
                let (forms, _) = forms(kind, &value);
                prop_assert!((1..=100).contains(&forms.len()));
                let unique: std::collections::HashSet<&String> = forms.iter().collect();
                prop_assert_eq!(unique.len(), forms.len());
            }
        }
    }
}
