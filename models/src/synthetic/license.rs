//! What a business licence says.

use jiff::civil::Date;

use super::draw::Told;
use super::money::plain;
use super::people::Person;
use super::period::Judged;
use super::region::Region;
use super::rng::Rng;
use super::{goods, words};

/// A licence before it is laid out.
#[derive(Debug, Clone)]
pub(crate) struct License {
    pub(crate) region: Region,
    pub(crate) town: String,
    pub(crate) authority: String,
    pub(crate) company: String,
    pub(crate) trade_name: Option<String>,
    pub(crate) owner: Person,
    pub(crate) address: Vec<String>,
    pub(crate) number: String,
    pub(crate) account: String,
    pub(crate) activity: &'static str,
    pub(crate) issued: Date,
    pub(crate) expires: Date,
    /// In cents.
    pub(crate) fee: i64,
    /// A pattern for [`Region::date`].
    pub(crate) date_pattern: &'static str,
}

/// Makes up what the licence says.
pub(crate) fn compose(rng: &mut Rng, judged: Judged) -> License {
    let region = Region::draw(rng);
    let trade = goods::shop(rng, region);
    let town = words::town(rng, region);
    let (issued, expires) = judged.period(rng, 12);
    let number = match rng.below(4) {
        0 => format!("BL-{}", rng.digits(6)),
        1 => format!("{}-{}", issued.year(), rng.digits(5)),
        2 => format!("{}{}", rng.pick(&["L", "B", "TL"]), rng.digits(7)),
        _ => rng.digits(8),
    };
    License {
        region,
        authority: authority(rng, region, &town),
        town,
        company: words::company(rng, region, trade.name),
        trade_name: rng.chance(45).then(|| format!("{} {}", words::name(rng), trade.name)),
        owner: Person::draw(rng, region),
        address: words::address(rng, region),
        number,
        account: rng.digits(7),
        activity: activity(rng, region),
        issued,
        expires,
        fee: rng.between(25, 480) * 100 + rng.pick(&[0, 0, 50, 75]),
        date_pattern: rng.pick(region.conventions().dates),
    }
}

fn authority(rng: &mut Rng, region: Region, town: &str) -> String {
    match region {
        Region::Germany => rng.pick(&["Stadt {t}, Ordnungsamt", "Gewerbeamt der Stadt {t}"]),
        Region::France => rng.pick(&["Mairie de {t}", "Préfecture de {t}"]),
        Region::UnitedStates => {
            rng.pick(&["City of {t}, Department of Revenue", "City of {t}, Office of the Clerk"])
        }
        _ => rng.pick(&["{t} Borough Council", "{t} District Council, Licensing"]),
    }
    .replace("{t}", town)
}

fn activity(rng: &mut Rng, region: Region) -> &'static str {
    let choices: &[&str] = match region {
        Region::Germany => &["Einzelhandel", "Gaststätte", "Handwerk", "Handel mit Lebensmitteln"],
        Region::France => &["Commerce de détail", "Restauration", "Artisanat", "Conseil"],
        _ => &["Retail trade", "Food service", "General contractor", "Wholesale", "Consulting"],
    };
    rng.pick(choices)
}

impl License {
    /// What may be claimed of it.
    pub(crate) fn told(&self, rng: &mut Rng) -> Told {
        let mut told = Told::default();
        let other = words::company(rng, self.region, "Services");
        told.claim("company", &self.company, [other, self.owner.name()]);
        let near = words::address(rng, self.region).join(", ");
        told.claim("address", &self.address.join(", "), [near]);
        told.claim("license_number", &self.number, [self.account.clone()]);
        let [issued, expires] = [self.issued, self.expires].map(|day| day.to_string());
        told.claim("issue_date", &issued, [expires.clone()]);
        told.claim("expiry_date", &expires, [issued]);
        if let Some(trade_name) = &self.trade_name {
            told.claim("trade_name", trade_name, [self.company.clone()]);
        }
        if rng.chance(50) {
            told.claim("owner", &self.owner.name(), [Person::draw(rng, self.region).name()]);
        }
        if rng.chance(40) {
            told.claim("activity", self.activity, []);
        }
        if rng.chance(30) {
            told.claim("fee", &plain(self.fee), []);
        }
        told
    }
}
