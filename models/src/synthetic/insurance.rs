//! What a certificate of insurance says.

use jiff::civil::Date;

use super::draw::Told;
use super::money::plain;
use super::period::Judged;
use super::region::Region;
use super::rng::Rng;
use super::{goods, words};

/// One kind of cover. Limits are in cents.
#[derive(Debug, Clone)]
pub(crate) struct Cover {
    pub(crate) name: &'static str,
    pub(crate) policy: String,
    pub(crate) from: Date,
    pub(crate) to: Date,
    /// What each limit is for, and how high it is.
    pub(crate) limits: Vec<(&'static str, i64)>,
}

/// A certificate before it is laid out.
#[derive(Debug, Clone)]
pub(crate) struct Certificate {
    pub(crate) region: Region,
    pub(crate) date: Date,
    pub(crate) number: String,
    pub(crate) producer: String,
    pub(crate) producer_address: Vec<String>,
    pub(crate) phone: String,
    pub(crate) insured: String,
    pub(crate) address: Vec<String>,
    pub(crate) insurers: Vec<(String, String)>,
    /// The first is the one that is claimed.
    pub(crate) covers: Vec<Cover>,
    pub(crate) holder: String,
    pub(crate) holder_address: Vec<String>,
    /// A pattern for [`Region::date`].
    pub(crate) date_pattern: &'static str,
}

/// Makes up what the certificate says.
pub(crate) fn compose(rng: &mut Rng, judged: Judged) -> Certificate {
    let region = Region::draw(rng);
    let (trade, holders_trade) = (goods::office(rng, region), goods::office(rng, region));
    let broker = match region {
        Region::Germany => "Versicherungsmakler",
        Region::France => "Courtage",
        _ => "Insurance Brokers",
    };
    let covers = covers(rng, region, judged);
    let insurers = (0..rng.between(1, 3)).map(|_| (insurer(rng, region), rng.digits(5))).collect();
    Certificate {
        region,
        date: judged.shortly_before(rng, 20).max(covers[0].from),
        number: format!("C{}", rng.digits(8)),
        producer: words::company(rng, region, broker),
        producer_address: words::address(rng, region),
        phone: words::phone(rng, region),
        insured: words::company(rng, region, trade.name),
        address: words::address(rng, region),
        insurers,
        covers,
        holder: words::company(rng, region, holders_trade.name),
        holder_address: words::address(rng, region),
        date_pattern: rng.pick(region.conventions().dates),
    }
}

fn insurer(rng: &mut Rng, region: Region) -> String {
    let name = words::name(rng);
    match region {
        Region::Germany => format!("{name} Versicherung AG"),
        Region::France => format!("{name} Assurances SA"),
        Region::UnitedStates => {
            format!("{name} {}", rng.pick(&["Casualty Company", "Mutual Insurance Co."]))
        }
        _ => format!("{name} Insurance {}", rng.pick(&["plc", "Limited"])),
    }
}

/// Names of kinds of cover with what their limits are for.
type Kinds = [(&'static str, &'static [&'static str]); 4];

const KINDS_EN: Kinds = [
    (
        "COMMERCIAL GENERAL LIABILITY",
        &["EACH OCCURRENCE", "PERSONAL & ADV INJURY", "GENERAL AGGREGATE"],
    ),
    ("AUTOMOBILE LIABILITY", &["COMBINED SINGLE LIMIT"]),
    ("UMBRELLA LIAB", &["EACH OCCURRENCE", "AGGREGATE"]),
    ("WORKERS COMPENSATION", &["E.L. EACH ACCIDENT"]),
];
const KINDS_GB: Kinds = [
    ("Public Liability", &["Limit of liability"]),
    ("Products Liability", &["Limit of liability"]),
    ("Employers' Liability", &["Limit of liability"]),
    ("Professional Indemnity", &["Limit of liability"]),
];
const KINDS_DE: Kinds = [
    ("Betriebshaftpflichtversicherung", &["Deckungssumme"]),
    ("Produkthaftpflicht", &["Deckungssumme"]),
    ("Umwelthaftpflicht", &["Deckungssumme"]),
    ("Vermögensschäden", &["Deckungssumme"]),
];
const KINDS_FR: Kinds = [
    ("Responsabilité civile exploitation", &["Montant garanti"]),
    ("Responsabilité civile produits", &["Montant garanti"]),
    ("Responsabilité décennale", &["Montant garanti"]),
    ("Protection juridique", &["Montant garanti"]),
];

fn covers(rng: &mut Rng, region: Region, judged: Judged) -> Vec<Cover> {
    let kinds = match region {
        Region::UnitedStates => &KINDS_EN,
        Region::Germany => &KINDS_DE,
        Region::France => &KINDS_FR,
        Region::UnitedKingdom | Region::Malaysia => &KINDS_GB,
    };
    let (from, to) = judged.period(rng, 12);
    let count = rng.between(2, 4) as usize;
    let mut limit = rng.pick(&[50_000_000, 100_000_000, 200_000_000, 500_000_000]);
    let cover = |&(name, limits): &(&'static str, &'static [&'static str])| {
        let prefix = rng.pick(&["GL", "PL", "CPP", "HV", "RC", "BAP"]);
        let policy = format!("{prefix}{}{}", rng.pick(&["-", " ", ""]), rng.digits(8));
        let mut sum = limit;
        let limits = limits.iter().map(|&what| {
            let own = (what, sum);
            sum += limit;
            own
        });
        let cover = Cover { name, policy, from, to, limits: limits.collect() };
        limit /= 2;
        cover
    };
    kinds.iter().take(count).map(cover).collect()
}

impl Certificate {
    /// What may be claimed of it.
    pub(crate) fn told(&self, rng: &mut Rng) -> Told {
        let mut told = Told::default();
        let (cover, others) = (&self.covers[0], &self.covers[1..]);
        told.claim("company", &self.insured, [self.holder.clone(), self.producer.clone()]);
        let near = [self.producer_address.join(", "), self.holder_address.join(", ")];
        told.claim("address", &self.address.join(", "), near);
        told.claim("policy_number", &cover.policy, others.iter().map(|c| c.policy.clone()));
        let [from, to, date] = [cover.from, cover.to, self.date].map(|day| day.to_string());
        told.claim("effective_date", &from, [date.clone(), to.clone()]);
        told.claim("expiry_date", &to, [from.clone()]);
        if rng.chance(60) {
            let near = [self.producer.clone(), insurer(rng, self.region)];
            told.claim("insurer", &self.insurers[0].0, near);
        }
        if rng.chance(40) {
            told.claim("holder", &self.holder, [self.insured.clone()]);
        }
        if rng.chance(50) {
            let own = cover.limits[0].1;
            let limits = self.covers.iter().flat_map(|cover| &cover.limits);
            let near = limits.map(|(_, cents)| *cents).filter(|cents| *cents != own);
            told.claim("coverage", &plain(own), near.map(plain));
        }
        if rng.chance(40) {
            told.claim("certificate_number", &self.number, [cover.policy.clone()]);
        }
        if rng.chance(40) {
            told.claim("date", &date, [from, to]);
        }
        told
    }
}
