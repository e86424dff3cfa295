//! The ways in which a value may be written on a document.
//!
//! Dates are written in numbers or with the English names of the months; amounts with either sign
//! for the decimals and with or without signs between the thousands. Currencies and what else
//! stands beside a value are no part of it.

use jiff::civil::Date;

/// The forms of a day, `value` as it was claimed first; `days` are those that it may mean.
#[must_use]
pub fn of_date(value: &str, days: &[Date]) -> Vec<String> {
    let written = days.iter().flat_map(|day| dates(*day));
    unique(std::iter::once(value.trim().to_owned()).chain(written))
}

/// The forms of an amount, `value` as it was claimed first.
#[must_use]
pub fn of_money(value: &str) -> Vec<String> {
    unique(std::iter::once(value.trim().to_owned()).chain(amounts(value.trim())))
}

fn unique(forms: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    forms.filter(|form| seen.insert(form.clone())).collect()
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
                // Without a comma `Mar 20 18` is also what stands in `Mar 2018`.
                forms.push(format!("{name} {d}, {year}"));
                forms.extend((year.len() == 4).then(|| format!("{name} {d} {year}")));
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
        let day = "2018-12-05".parse().unwrap();
        let dates = [
            "2018-12-05",
            "05/12/2018",
            "5.12.18",
            "12-05-2018",
            "2018/12/5",
            "20181205",
            "5Dec2018",
            "05-December-18",
            "Dec 5, 2018",
            "the 5th",
        ];
        for expected in dates {
            let forms = of_date(" the 5th ", &[day]);
            assert!(forms.iter().any(|form| form == expected), "{expected}: {forms:?}");
            assert_eq!(forms[0], "the 5th");
        }
        let amounts = [
            ("9.00", "9.00"),
            ("9.00", "9"),
            ("9", "9,00"),
            ("RM 1234.5", "1,234.50"),
            ("1,234.50", "1.234,50"),
            ("1,234", "1234.00"),
            ("-5.10", "-5,10"),
            ("nothing", "nothing"),
        ];
        for (value, expected) in amounts {
            let forms = of_money(value);
            assert!(forms.iter().any(|form| form == expected), "{value} {expected}: {forms:?}");
            assert_eq!(forms[0], value);
        }
        assert_eq!(of_money("5.10").len(), 2);
        assert_eq!(of_date("soon", &[]), ["soon"]);
        let month = |form: &String| form.replace(' ', "") == "Mar2018";
        assert!(!of_date("20/03/2018", &["2018-03-20".parse().unwrap()]).iter().any(month));
    }

    proptest! {
        #[test]
        fn any_value_has_few_forms_and_none_twice(value in "\\PC{0,30}") {
            let forms = of_money(&value);
            prop_assert!((1..=100).contains(&forms.len()));
            let unique: std::collections::HashSet<&String> = forms.iter().collect();
            prop_assert_eq!(unique.len(), forms.len());
        }
    }
}
