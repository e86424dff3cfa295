//! What an identity document says. Its state is Utopia, the one that the standard's specimens
//! come from (ICAO Doc 9303), in one of the languages of the regions.

use jiff::civil::Date;

use super::draw::Told;
use super::mrz::Bearer;
use super::people::Person;
use super::period::Judged;
use super::region::Region;
use super::rng::Rng;
use super::words;

/// The code of the state.
pub(crate) const STATE: &str = "UTO";

/// Which document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Make {
    /// The data page of a passport, with a zone of two lines.
    Passport,
    /// Both faces of a card, with a zone of three lines on the back.
    Card,
}

/// A document before it is laid out.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) make: Make,
    pub(crate) region: Region,
    pub(crate) bearer: Person,
    pub(crate) number: String,
    /// Optional data of the zone; empty where there is none.
    pub(crate) personal: String,
    pub(crate) birthplace: String,
    pub(crate) authority: String,
    pub(crate) issued: Date,
    pub(crate) expires: Date,
    pub(crate) address: Vec<String>,
    pub(crate) height_cm: i64,
    /// A pattern for [`Region::date`].
    pub(crate) date_pattern: &'static str,
}

/// Makes up what the document says.
pub(crate) fn compose(rng: &mut Rng, judged: Judged) -> Identity {
    let region = Region::draw(rng);
    let make = rng.pick(&[Make::Passport, Make::Passport, Make::Card]);
    let bearer = Person::draw(rng, region);
    let (issued, expires) = judged.period(rng, 120);
    let letter = |rng: &mut Rng| rng.pick(&["C", "F", "G", "H", "K", "L", "P", "R", "T", "X"]);
    let number = match make {
        Make::Passport => format!("{}{}", letter(rng), rng.digits(8)),
        Make::Card => format!("{}{}{}", letter(rng), letter(rng), rng.digits(7)),
    };
    let town = words::town(rng, region);
    let office = match region {
        Region::Germany => "Stadt",
        Region::France => "Préfecture de",
        _ => "Passport Office",
    };
    Identity {
        make,
        region,
        bearer,
        number,
        personal: if rng.chance(40) { rng.digits(9) } else { String::new() },
        birthplace: words::town(rng, region),
        authority: format!("{office} {town}"),
        issued,
        expires,
        address: words::address(rng, region),
        height_cm: rng.between(152, 198),
        date_pattern: match region {
            Region::Germany => "%d.%m.%Y",
            Region::France => "%d/%m/%Y",
            _ => rng.pick(&["%d %b %Y", "%d %b %Y", "%d/%m/%Y"]),
        },
    }
}

impl Identity {
    /// What its machine-readable zone says.
    pub(crate) fn zone(&self) -> Vec<String> {
        let bearer = Bearer {
            state: STATE,
            surname: &self.bearer.surname,
            given: &self.bearer.given,
            number: &self.number,
            born: self.bearer.born,
            sex: self.bearer.sex,
            expires: self.expires,
            optional: &self.personal,
        };
        match self.make {
            Make::Passport => bearer.td3().to_vec(),
            Make::Card => bearer.td1().to_vec(),
        }
    }

    /// The nationality as it is printed: cards have room for its code alone.
    pub(crate) fn nationality(&self) -> &'static str {
        match self.make {
            Make::Passport => "UTOPIAN",
            Make::Card => STATE,
        }
    }

    /// What may be claimed of it.
    pub(crate) fn told(&self, rng: &mut Rng) -> Told {
        let mut told = Told::default();
        let (bearer, other) = (&self.bearer, Person::draw(rng, self.region));
        if rng.chance(50) {
            told.claim("name", &bearer.name(), [other.name()]);
        } else {
            told.claim("surname", &bearer.surname, [other.surname]);
            told.claim("given_names", &bearer.given, [other.given]);
        }
        let [born, issued, expires] =
            [bearer.born, self.issued, self.expires].map(|day| day.to_string());
        told.claim("date_of_birth", &born, [issued.clone()]);
        told.claim("date_of_expiry", &expires, [issued.clone(), born]);
        told.claim("document_number", &self.number, []);
        if rng.chance(60) {
            told.claim("date_of_issue", &issued, [expires]);
        }
        if rng.chance(40) {
            told.claim("nationality", self.nationality(), []);
        }
        if rng.chance(30) {
            told.claim("place_of_birth", &self.birthplace, [words::town(rng, self.region)]);
        }
        if self.make == Make::Card && rng.chance(50) {
            let near = words::address(rng, self.region).join(", ");
            told.claim("address", &self.address.join(", "), [near]);
        }
        told
    }
}
