//! How a country prints its papers: money, dates and taxes.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::labels::{ENGLISH, FRENCH, GERMAN, Labels, Words};
use super::money::MoneyStyle;
use super::rng::Rng;

/// The country whose habits a document follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// Dollars, month before day, sales tax added at the till.
    UnitedStates,
    /// Pounds, VAT included in the prices.
    UnitedKingdom,
    /// Ringgit, service tax added, cash totals rounded to five sen.
    Malaysia,
    /// Euros with a decimal comma, German words.
    Germany,
    /// Euros with a decimal comma, French words.
    France,
}

/// What all documents of a region have in common.
#[derive(Debug)]
pub(crate) struct Conventions {
    pub(crate) money: &'static [MoneyStyle],
    /// Patterns for [`Region::date`].
    pub(crate) dates: Words,
    pub(crate) tax_name: Words,
    /// Hundredths of a percent.
    pub(crate) tax_rates: &'static [i64],
    /// Whether the prices on a receipt contain the tax.
    pub(crate) tax_included: bool,
    /// Cash totals are rounded to a multiple of these cents.
    pub(crate) cash_step: i64,
    /// Notes and coins that a person hands over, in cents.
    pub(crate) notes: &'static [i64],
    pub(crate) labels: &'static Labels,
}

impl Region {
    /// Every region.
    pub const ALL: [Self; 5] =
        [Self::UnitedStates, Self::UnitedKingdom, Self::Malaysia, Self::Germany, Self::France];

    /// `date` as `pattern` says: a `strftime` pattern in which `@` is the month's name.
    pub(crate) fn date(self, date: Date, pattern: &str) -> String {
        let names = match self {
            Self::Germany => &MONTHS_DE,
            Self::France => &MONTHS_FR,
            _ => &MONTHS_EN,
        };
        let month = names[(date.month() - 1) as usize];
        date.strftime(pattern).to_string().replace('@', month)
    }

    /// Whether a clock may say `6:52 PM`.
    pub(crate) fn has_half_days(self) -> bool {
        !matches!(self, Self::Germany | Self::France)
    }

    pub(crate) fn draw(rng: &mut Rng) -> Self {
        match rng.below(20) {
            0..6 => Self::UnitedStates,
            6..10 => Self::UnitedKingdom,
            10..15 => Self::Malaysia,
            15..18 => Self::Germany,
            _ => Self::France,
        }
    }

    pub(crate) fn conventions(self) -> &'static Conventions {
        match self {
            Self::UnitedStates => &UNITED_STATES,
            Self::UnitedKingdom => &UNITED_KINGDOM,
            Self::Malaysia => &MALAYSIA,
            Self::Germany => &GERMANY,
            Self::France => &FRANCE,
        }
    }
}

const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const MONTHS_DE: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const MONTHS_FR: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

const fn money(
    prefix: &'static str,
    suffix: &'static str,
    decimal: char,
    group: Option<char>,
) -> MoneyStyle {
    MoneyStyle { prefix, suffix, decimal, group }
}

static UNITED_STATES: Conventions = Conventions {
    money: &[money("$", "", '.', Some(',')), money("$ ", "", '.', Some(','))],
    dates: &["%m/%d/%Y", "%b %d, %Y", "@ %-d, %Y", "%m-%d-%Y", "%m/%d/%y", "%Y-%m-%d"],
    tax_name: &["Sales Tax", "Tax", "State Tax"],
    tax_rates: &[625, 700, 825, 550],
    tax_included: false,
    cash_step: 1,
    notes: &[100, 500, 1_000, 2_000, 5_000, 10_000],
    labels: &ENGLISH,
};

static UNITED_KINGDOM: Conventions = Conventions {
    money: &[money("£", "", '.', Some(',')), money("GBP ", "", '.', Some(','))],
    dates: &["%d/%m/%Y", "%d %b %Y", "%-d @ %Y", "%d.%m.%Y", "%d-%b-%Y", "%d/%m/%y"],
    tax_name: &["VAT"],
    tax_rates: &[2_000],
    tax_included: true,
    cash_step: 1,
    notes: &[100, 500, 1_000, 2_000, 5_000],
    labels: &ENGLISH,
};

static MALAYSIA: Conventions = Conventions {
    money: &[
        money("RM ", "", '.', Some(',')),
        money("RM", "", '.', Some(',')),
        money("MYR ", "", '.', Some(',')),
    ],
    dates: &["%d/%m/%Y", "%d-%m-%Y", "%d %b %Y", "%d/%m/%y", "%Y-%m-%d", "%d-%b-%Y"],
    tax_name: &["SST", "Service Tax", "GST"],
    tax_rates: &[600],
    tax_included: false,
    cash_step: 5,
    notes: &[100, 500, 1_000, 2_000, 5_000, 10_000],
    labels: &ENGLISH,
};

static GERMANY: Conventions = Conventions {
    money: &[money("", " €", ',', Some('.')), money("EUR ", "", ',', Some('.'))],
    dates: &["%d.%m.%Y", "%d.%m.%y", "%d.%m.%Y", "%-d. @ %Y"],
    tax_name: &["MwSt.", "USt."],
    tax_rates: &[1_900, 700],
    tax_included: true,
    cash_step: 1,
    notes: &[100, 500, 1_000, 2_000, 5_000],
    labels: &GERMAN,
};

static FRANCE: Conventions = Conventions {
    money: &[money("", " €", ',', Some(' ')), money("", " EUR", ',', Some(' '))],
    dates: &["%d/%m/%Y", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%-d @ %Y"],
    tax_name: &["TVA"],
    tax_rates: &[2_000, 1_000, 550],
    tax_included: true,
    cash_step: 1,
    notes: &[100, 500, 1_000, 2_000, 5_000],
    labels: &FRENCH,
};
