//! What a tax form of the United States says, in the manner of W-9, 1099-NEC and W-8BEN.

use jiff::civil::Date;

use super::draw::Told;
use super::money::plain;
use super::people::Person;
use super::period::Judged;
use super::region::Region;
use super::rng::Rng;
use super::{goods, words};

/// Which form it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Make {
    /// A payee's taxpayer number.
    W9,
    /// What a payer paid in a year.
    Nec,
    /// A foreigner's status.
    W8Ben,
}

/// A form before it is laid out. Amounts are in cents.
#[derive(Debug, Clone)]
pub(crate) struct TaxForm {
    pub(crate) make: Make,
    /// Where the person is at home.
    pub(crate) region: Region,
    pub(crate) person: Person,
    pub(crate) business: Option<String>,
    pub(crate) address: Vec<String>,
    pub(crate) ssn: String,
    pub(crate) ein: String,
    /// Whether the person goes by the employer's number.
    pub(crate) by_ein: bool,
    pub(crate) foreign_tin: String,
    pub(crate) payer: String,
    pub(crate) payer_address: Vec<String>,
    pub(crate) payer_ein: String,
    pub(crate) year: i16,
    pub(crate) account: String,
    pub(crate) amount: i64,
    pub(crate) withheld: i64,
    pub(crate) date: Date,
}

/// Makes up what the form says.
pub(crate) fn compose(rng: &mut Rng, judged: Judged) -> TaxForm {
    let make = rng.pick(&[Make::W9, Make::W9, Make::Nec, Make::W8Ben]);
    let home = match make {
        Make::W8Ben => rng.pick(&[Region::Germany, Region::France, Region::Malaysia]),
        _ => Region::UnitedStates,
    };
    let trade = goods::office(rng, Region::UnitedStates);
    let amount = rng.between(60_000, 9_800_000);
    TaxForm {
        make,
        region: home,
        person: Person::draw(rng, home),
        business: rng.chance(55).then(|| words::company(rng, home, trade.name)),
        address: words::address(rng, home),
        ssn: ssn(rng),
        ein: ein(rng),
        by_ein: rng.chance(40),
        foreign_tin: rng.digits(11),
        payer: words::company(rng, Region::UnitedStates, trade.name),
        payer_address: words::address(rng, Region::UnitedStates),
        payer_ein: ein(rng),
        year: judged.on.year() - rng.pick(&[1, 1, 2]),
        account: format!("{}-{}", rng.digits(4), rng.digits(4)),
        amount,
        withheld: if rng.chance(40) { amount * 24 / 100 } else { 0 },
        date: judged.shortly_before(rng, 200),
    }
}

/// A social security number out of a range that is never given out: its area is 9xx.
fn ssn(rng: &mut Rng) -> String {
    format!("9{}-{}-{}", rng.digits(2), rng.digits(2), rng.digits(4))
}

/// An employer's number with a prefix that no office has.
fn ein(rng: &mut Rng) -> String {
    format!("{}-{}", rng.pick(&["00", "07", "08", "09", "17", "18", "19"]), rng.digits(7))
}

impl TaxForm {
    /// Its name as it is printed.
    pub(crate) fn name(&self) -> &'static str {
        match self.make {
            Make::W9 => "W-9",
            Make::Nec => "1099-NEC",
            Make::W8Ben => "W-8BEN",
        }
    }

    /// The country of the person in words.
    pub(crate) fn country(&self) -> &'static str {
        match self.region {
            Region::Germany => "Germany",
            Region::France => "France",
            Region::Malaysia => "Malaysia",
            Region::UnitedKingdom => "United Kingdom",
            Region::UnitedStates => "United States",
        }
    }

    /// What may be claimed of it.
    pub(crate) fn told(&self, rng: &mut Rng) -> Told {
        let mut told = Told::default();
        let other = Person::draw(rng, self.region).name();
        told.claim("name", &self.person.name(), [other]);
        let near = [words::address(rng, self.region).join(", "), self.payer_address.join(", ")];
        told.claim("address", &self.address.join(", "), near);
        if rng.chance(40) {
            told.claim("form", self.name(), []);
        }
        let date = self.date.to_string();
        match self.make {
            Make::W9 => {
                if let Some(business) = &self.business {
                    let other = words::company(rng, self.region, "Partners");
                    told.claim("business_name", business, [other]);
                }
                if self.by_ein {
                    told.claim("ein", &self.ein, [ein(rng)]);
                } else {
                    told.claim("ssn", &self.ssn, [ssn(rng)]);
                }
                told.claim("date", &date, []);
            }
            Make::Nec => {
                told.claim("payer", &self.payer, [self.person.name()]);
                told.claim("ein", &self.payer_ein, [ein(rng)]);
                told.claim("ssn", &self.ssn, [ssn(rng)]);
                told.claim("year", &self.year.to_string(), [(self.year - 1).to_string()]);
                told.claim("amount", &plain(self.amount), [plain(self.withheld)]);
                if self.withheld > 0 {
                    told.claim("tax_withheld", &plain(self.withheld), [plain(self.amount)]);
                }
                if rng.chance(40) {
                    told.claim("account_number", &self.account, []);
                }
            }
            Make::W8Ben => {
                let born = self.person.born.to_string();
                told.claim("country", self.country(), []);
                told.claim("tin", &self.foreign_tin, []);
                told.claim("date_of_birth", &born, [date.clone()]);
                told.claim("date", &date, [born]);
            }
        }
        told
    }
}
