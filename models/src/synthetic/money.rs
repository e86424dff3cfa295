//! Amounts as whole cents, and the ways in which pages print them.

/// How a region writes numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MoneyStyle {
    /// Printed before the number, with its blank if it has one.
    pub(crate) prefix: &'static str,
    /// Printed after the number, with its blank if it has one.
    pub(crate) suffix: &'static str,
    /// Between whole units and cents.
    pub(crate) decimal: char,
    /// Between groups of three digits, or nothing.
    pub(crate) group: Option<char>,
}

impl MoneyStyle {
    /// `cents` with the currency, e.g. `RM 1,234.50`.
    pub(crate) fn full(&self, cents: i64) -> String {
        let sign = if cents < 0 { "-" } else { "" };
        format!("{sign}{}{}{}", self.prefix, self.digits(cents.abs()), self.suffix)
    }

    /// `cents` without the currency, e.g. `1.234,50`.
    pub(crate) fn bare(&self, cents: i64) -> String {
        let sign = if cents < 0 { "-" } else { "" };
        format!("{sign}{}", self.digits(cents.abs()))
    }

    fn digits(&self, cents: i64) -> String {
        let whole = (cents / 100).to_string();
        let mut text = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                text.extend(self.group);
            }
            text.push(digit);
        }
        format!("{text}{}{:02}", self.decimal, cents % 100)
    }
}

/// `cents` as a vendor types them into a form, e.g. `1234.50`.
pub(crate) fn plain(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// `cents` times a rate of `rate` hundredths of a percent, rounded half up.
pub(crate) fn share(cents: i64, rate: i64) -> i64 {
    (cents * rate + 5_000).div_euclid(10_000)
}

/// The tax inside `cents` when it was added at `rate` hundredths of a percent, rounded half up.
pub(crate) fn share_inside(cents: i64, rate: i64) -> i64 {
    (2 * cents * rate + 10_000 + rate).div_euclid(2 * (10_000 + rate))
}

/// A rate of hundredths of a percent as printed, e.g. `8.25%`.
pub(crate) fn percent(rate: i64, decimal: char) -> String {
    match rate % 100 {
        0 => format!("{}%", rate / 100),
        part => format!("{}{decimal}{}%", rate / 100, format!("{part:02}").trim_end_matches('0')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_printed_as_the_region_writes_them() {
        let style = |prefix, suffix, decimal, group| MoneyStyle { prefix, suffix, decimal, group };
        let cases = [
            ("ringgit", style("RM ", "", '.', Some(',')), 900, "RM 9.00", "9.00"),
            ("dollar", style("$", "", '.', Some(',')), 123_450, "$1,234.50", "1,234.50"),
            ("euro", style("", " €", ',', Some('.')), 123_450, "1.234,50 €", "1.234,50"),
            ("million", style("", "", '.', Some(',')), 100_000_005, "1,000,000.05", "1,000,000.05"),
            ("no groups", style("", "", '.', None), 123_456, "1234.56", "1234.56"),
            ("negative", style("$", "", '.', None), -5, "-$0.05", "-0.05"),
        ];
        for (name, style, cents, full, bare) in cases {
            assert_eq!(style.full(cents), full, "{name}");
            assert_eq!(style.bare(cents), bare, "{name}");
        }
        assert_eq!((plain(123_450), plain(-5)), ("1234.50".to_owned(), "-0.05".to_owned()));
    }

    #[test]
    fn tax_is_rounded_half_up() {
        assert_eq!(share(1_050, 600), 63);
        assert_eq!(share(25, 600), 2);
        assert_eq!(share(24, 600), 1);
        assert_eq!(share_inside(11_900, 1_900), 1_900);
        assert_eq!(share_inside(1_000, 2_000), 167);
        assert_eq!(percent(600, '.'), "6%");
        assert_eq!(percent(825, '.'), "8.25%");
        assert_eq!(percent(550, ','), "5,5%");
    }
}
