//! People who do not exist.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::region::Region;
use super::rng::Rng;
use super::words;

const WOMEN: [&str; 16] = [
    "Mira", "Aisha", "Nina", "Hana", "Ines", "Siti", "Clara", "Lucie", "Greta", "Amélie", "Rosa",
    "Thea", "Nora", "Zoë", "Selma", "Edith",
];
const MEN: [&str; 16] = [
    "Tom", "Leo", "Farid", "Otto", "Paul", "Max", "Wei", "Jürgen", "René", "Hugo", "Karim", "Ben",
    "Anton", "Götz", "Omar", "Felix",
];
const SURNAMES_DE: [&str; 6] =
    ["Grünhäuser", "Köstermann", "Weißmoor", "Bärenfels", "Uhlenbrock", "Tannwälder"];
const SURNAMES_FR: [&str; 6] =
    ["Lévandre", "Béraudin", "Chaumeçon", "Dorvillé", "Montferlin", "Le Quéric"];

/// A person.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) given: String,
    pub(crate) surname: String,
    /// `F` or `M`.
    pub(crate) sex: char,
    pub(crate) born: Date,
}

impl Person {
    /// Makes up an adult with a name of the region.
    pub(crate) fn draw(rng: &mut Rng, region: Region) -> Self {
        let sex = rng.pick(&['F', 'M']);
        let names = if sex == 'F' { &WOMEN } else { &MEN };
        let mut given = rng.pick(names).to_owned();
        if rng.chance(35) {
            let second = rng.pick(names);
            if second != given {
                given = format!("{given} {second}");
            }
        }
        let surname = match region {
            Region::Germany if rng.chance(50) => rng.pick(&SURNAMES_DE).to_owned(),
            Region::France if rng.chance(50) => rng.pick(&SURNAMES_FR).to_owned(),
            _ => words::name(rng),
        };
        let born = date(1951, 1, 1).saturating_add(rng.between(0, 19_000).days());
        Self { given, surname, sex, born }
    }

    /// Given names and surname.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.given, self.surname)
    }
}
