//! Names, places and goods that do not exist, put together from lists.

use super::region::Region;
use super::rng::Rng;

const FIRST: [&str; 32] = [
    "Brin", "Tal", "Quor", "Vel", "Zan", "Ostel", "Mar", "Kel", "Dor", "Fen", "Lum", "Pel", "Ras",
    "Sil", "Tor", "Wex", "Yar", "Alb", "Cav", "Har", "Nim", "Orr", "Jas", "Gal", "Ulm", "Ered",
    "Ish", "Cor", "Bel", "Myr", "Thal", "Ved",
];
const SECOND: [&str; 24] = [
    "dora", "avenn", "wick", "lowen", "montis", "sbury", "azett", "quist", "anor", "ellow", "aro",
    "ington", "imar", "opal", "eska", "antis", "ivor", "undel", "ettle", "olin", "oway", "hurst",
    "ander", "umi",
];
const STREETS_EN: [&str; 20] = [
    "Alder",
    "Thornwick",
    "Copperfield",
    "Lantern",
    "Millrace",
    "Saddler",
    "Juniper",
    "Foxglove",
    "Harbour",
    "Quarry",
    "Orchard",
    "Weaver",
    "Beacon",
    "Larkspur",
    "Pewter",
    "Brickfield",
    "Kestrel",
    "Willow",
    "Cobbler",
    "Heron",
];
const KINDS_US: [&str; 8] = ["Rd", "St", "Ave", "Blvd", "Lane", "Drive", "Court", "Way"];
const KINDS_GB: [&str; 7] = ["Lane", "Road", "Street", "Row", "Close", "Gardens", "Hill"];
const TOWNS_US: [&str; 12] = [
    "Fernhollow",
    "Marble Creek",
    "Dunmere",
    "Silver Bluff",
    "Oakhaven Falls",
    "Port Wexley",
    "Red Larch",
    "Cinder Bay",
    "Westmarrow",
    "Pine Harrow",
    "Lake Tessaly",
    "New Calder",
];
const STATES: [&str; 10] = ["OR", "WA", "OH", "TX", "NY", "CO", "GA", "MN", "IL", "ME"];
const TOWNS_GB: [&str; 10] = [
    "Marlbridge",
    "Upper Thistley",
    "Haverstoke",
    "Little Cranwick",
    "Brackendale",
    "Saltmarsh",
    "Wynford Abbas",
    "Kingsfallow",
    "Ashcombe Green",
    "Netherby",
];
const STREETS_MY: [&str; 12] = [
    "Kerinting",
    "Serunai",
    "Melur",
    "Cenderai",
    "Rebana",
    "Kenanga",
    "Selasih",
    "Merbok",
    "Gambir",
    "Permatang",
    "Sagu",
    "Tembusu",
];
const PLACES_MY: [&str; 10] = [
    "Taman Selasih Indah",
    "Taman Rebana Jaya",
    "Bandar Melur Baru",
    "Taman Permatang",
    "Taman Daun",
    "Kampung Serunai",
    "Taman Cenderai Utama",
    "Pusat Niaga Tembusu",
    "Taman Gambir",
    "Bandar Merbok",
];
const STATES_MY: [&str; 6] = ["Johor", "Selangor", "Perak", "Melaka", "Kedah", "Pahang"];
const STREETS_DE: [&str; 12] = [
    "Birkenallee",
    "Mühlgasse",
    "Töpferweg",
    "Lindenstraße",
    "Am Kornspeicher",
    "Brunnenplatz",
    "Färbergasse",
    "Ziegelstraße",
    "Schäferweg",
    "Am Alten Hafen",
    "Uhlenweg",
    "Glockengasse",
];
const TOWNS_DE: [&str; 10] = [
    "Steinbruchhausen",
    "Grünfelden",
    "Altmoorstadt",
    "Quellenrode",
    "Bad Wiesenau",
    "Hohenlerche",
    "Erlenbrück",
    "Neukirchhain",
    "Tannwalde",
    "Krähenstein",
];
const STREETS_FR: [&str; 10] = [
    "rue des Tanneurs",
    "avenue du Moulin",
    "place de l'Horloge",
    "rue de la Forge",
    "quai des Tisserands",
    "impasse du Lavoir",
    "rue aux Herbes",
    "boulevard des Glycines",
    "rue du Vieux Four",
    "allée des Ormes",
];
const TOWNS_FR: [&str; 10] = [
    "Saint-Orlain",
    "Montverel",
    "Bellefosse-sur-Orne",
    "Châteaubrume",
    "Villemarais",
    "Rocheclaire",
    "Vauxdoré",
    "Aubrimont",
    "La Fontenelle",
    "Pont-Thierry",
];

/// An invented proper name, e.g. `Brindora`.
pub(crate) fn name(rng: &mut Rng) -> String {
    let (first, second) = (rng.pick(&FIRST), rng.pick(&SECOND));
    format!("{first}{second}")
}

/// Whether `word` is one that [`name`] could have made.
pub(crate) fn is_name(word: &str) -> bool {
    let ends = |first: &&str| word.strip_prefix(*first).is_some_and(|end| SECOND.contains(&end));
    FIRST.iter().any(ends)
}

/// The name of a town.
pub(crate) fn town(rng: &mut Rng, region: Region) -> String {
    match region {
        Region::UnitedStates => rng.pick(&TOWNS_US).to_owned(),
        Region::UnitedKingdom => rng.pick(&TOWNS_GB).to_owned(),
        Region::Malaysia => format!("Kota {}", name(rng)),
        Region::Germany => rng.pick(&TOWNS_DE).to_owned(),
        Region::France => rng.pick(&TOWNS_FR).to_owned(),
    }
}

/// The name of a bank.
pub(crate) fn bank(rng: &mut Rng, region: Region) -> String {
    let name = name(rng);
    match region {
        Region::Germany => format!("{name} Bank eG"),
        Region::France => format!("Banque {name}"),
        Region::Malaysia => format!("{name} Bank Berhad"),
        _ => format!("{name} Bank"),
    }
}

/// A person at a till, by first name.
pub(crate) fn person(rng: &mut Rng) -> &'static str {
    rng.pick(&[
        "Mira", "Tom", "Aisha", "Nina", "Leo", "Farid", "Hana", "Otto", "Ines", "Paul", "Siti",
        "Clara", "Max", "Wei", "Lucie",
    ])
}

/// The name of a business in `trade`, e.g. `Brindora Stationers Sdn Bhd`.
pub(crate) fn company(rng: &mut Rng, region: Region, trade: &str) -> String {
    let name = match rng.below(6) {
        0 => format!("{} & {}", name(rng), name(rng)),
        _ => name(rng),
    };
    let legal: &[&str] = match region {
        Region::UnitedStates => &["Inc.", "LLC", "Co.", ""],
        Region::UnitedKingdom => &["Ltd", "Limited", "LLP", ""],
        Region::Malaysia => &["Sdn Bhd", "Sdn. Bhd.", "Enterprise", "Trading"],
        Region::Germany => &["GmbH", "KG", "e.K.", "GmbH & Co. KG"],
        Region::France => &["SARL", "SAS", "EURL", ""],
    };
    let legal = rng.pick(legal);
    let full = match region {
        Region::France => format!("{trade} {name} {legal}"),
        _ => format!("{name} {trade} {legal}"),
    };
    full.trim_end().to_owned()
}

/// An address in parts: where a line may end.
pub(crate) fn address(rng: &mut Rng, region: Region) -> Vec<String> {
    match region {
        Region::UnitedStates => {
            let street = format!(
                "{} {} {}",
                rng.between(101, 9_899),
                rng.pick(&STREETS_EN),
                rng.pick(&KINDS_US)
            );
            let mut parts = vec![street];
            if rng.chance(40) {
                parts.push(format!("Suite {}", rng.between(2, 480)));
            }
            let (town, state) = (rng.pick(&TOWNS_US), rng.pick(&STATES));
            parts.push(town.to_owned());
            parts.push(format!("{state} {}", rng.digits(5)));
            parts
        }
        Region::UnitedKingdom => {
            let (street, kind) = (rng.pick(&STREETS_EN), rng.pick(&KINDS_GB));
            let town = rng.pick(&TOWNS_GB);
            let letters: String = town.chars().filter(char::is_ascii_uppercase).take(1).collect();
            let second = rng.pick(&["B", "D", "K", "N", "T", "W"]);
            let third = rng.pick(&["AB", "QX", "TD", "LN", "HW", "JY"]);
            let (area, inner) = (rng.between(1, 39), rng.between(1, 9));
            vec![
                format!("{} {street} {kind}", rng.between(1, 289)),
                town.to_owned(),
                format!("{letters}{second}{area} {inner}{third}"),
            ]
        }
        Region::Malaysia => {
            let (number, place) = (rng.between(2, 189), rng.pick(&PLACES_MY));
            let road = format!("Jalan {} {}", rng.pick(&STREETS_MY), road_number(rng));
            let town = format!("{} {}", rng.pick(&["Bandar", "Kota", "Batu"]), name(rng));
            vec![
                format!("{} {number}", rng.pick(&["No.", "No", "Lot"])),
                road,
                place.to_owned(),
                format!("{} {town}", rng.digits(5)),
                rng.pick(&STATES_MY).to_owned(),
            ]
        }
        Region::Germany => vec![
            format!("{} {}", rng.pick(&STREETS_DE), rng.between(1, 148)),
            format!("{} {}", rng.digits(5), rng.pick(&TOWNS_DE)),
        ],
        Region::France => vec![
            format!("{} {}", rng.between(1, 148), rng.pick(&STREETS_FR)),
            format!("{} {}", rng.digits(5), rng.pick(&TOWNS_FR)),
        ],
    }
}

fn road_number(rng: &mut Rng) -> String {
    match rng.below(2) {
        0 => rng.between(1, 28).to_string(),
        _ => format!("{}/{}", rng.between(1, 9), rng.between(1, 48)),
    }
}

/// A telephone number out of a range that is kept free for fiction where the region has one.
pub(crate) fn phone(rng: &mut Rng, region: Region) -> String {
    match region {
        Region::UnitedStates => format!("({}) 555-01{:02}", rng.digits(3), rng.below(100)),
        Region::UnitedKingdom => format!("01632 960{:03}", rng.below(1_000)),
        Region::Malaysia => format!("0{}-000 {}", rng.between(3, 9), rng.digits(4)),
        Region::Germany => format!("030 23125 {:03}", rng.below(1_000)),
        Region::France => format!("01 99 00 {:02} {:02}", rng.below(100), rng.below(100)),
    }
}

/// A tax number in the region's form, out of a range that is not given out.
pub(crate) fn tax_id(rng: &mut Rng, region: Region) -> String {
    match region {
        Region::UnitedStates => format!("00-{}", rng.digits(7)),
        Region::UnitedKingdom => {
            format!("GB 0{} {} {}", rng.digits(2), rng.digits(4), rng.digits(2))
        }
        Region::Malaysia => format!("000{}", rng.digits(9)),
        Region::Germany => format!("DE0{}", rng.digits(8)),
        Region::France => format!("FR {} 000{}", rng.digits(2), rng.digits(6)),
    }
}

/// An account number: an IBAN with right check digits but an unused bank code in Europe.
pub(crate) fn account(rng: &mut Rng, region: Region) -> String {
    match region {
        Region::UnitedStates => format!("000{} / 00{}", rng.digits(6), rng.digits(8)),
        Region::Malaysia => format!("00{}", rng.digits(10)),
        Region::UnitedKingdom => {
            iban("GB", &format!("ZZZZ0000{:02}{}", rng.below(100), rng.digits(8)))
        }
        Region::Germany => iban("DE", &format!("0000000{}{}", rng.below(10), rng.digits(10))),
        Region::France => iban("FR", &format!("0000000000000{}", rng.digits(10))),
    }
}

/// The IBAN of a basic account number, in groups of four (ISO 13616: the remainder by 97 of the
/// account, the country and the check digits, letters as 10–35, is 1).
fn iban(country: &str, account: &str) -> String {
    let check = 98 - remainder_97(&format!("{account}{country}00"));
    let full = format!("{country}{check:02}{account}");
    let groups: Vec<&str> =
        (0..full.len()).step_by(4).map(|at| &full[at..full.len().min(at + 4)]).collect();
    groups.join(" ")
}

fn remainder_97(text: &str) -> u32 {
    text.chars().filter_map(|c| c.to_digit(36)).fold(0, |rest, value| {
        let places = if value > 9 { 100 } else { 10 };
        (rest * places + value) % 97
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ibans_have_right_check_digits() {
        // The example of the standard.
        assert_eq!(iban("GB", "WEST12345698765432"), "GB82 WEST 1234 5698 7654 32");
        let mut rng = Rng::new(3);
        for region in [Region::UnitedKingdom, Region::Germany, Region::France] {
            let account = account(&mut rng, region).replace(' ', "");
            assert_eq!(remainder_97(&format!("{}{}", &account[4..], &account[..4])), 1);
        }
    }

    #[test]
    fn addresses_always_have_a_digit_and_at_least_two_parts() {
        let mut rng = Rng::new(4);
        for region in Region::ALL {
            for _ in 0..50 {
                let parts = address(&mut rng, region);
                assert!(parts.len() >= 2 && parts.iter().all(|part| !part.is_empty()));
                assert!(parts.concat().contains(|c: char| c.is_ascii_digit()));
            }
        }
    }
}
