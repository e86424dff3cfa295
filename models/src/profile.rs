//! What a type of document may claim, and how each claim is compared.
//!
//! A profile is a TOML file in `models/profiles`, built into the programs. It names the keys that
//! the type knows, the kind of each value, and the labels that stand beside it on paper. A key
//! that a profile does not know is compared as plain text, so no claim is ever left out.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use thiserror::Error;

/// The files, in the order in which [`names`] gives them.
const FILES: [(&str, &str); 8] = [
    ("receipt", include_str!("../profiles/receipt.toml")),
    ("invoice", include_str!("../profiles/invoice.toml")),
    ("tax_form", include_str!("../profiles/tax_form.toml")),
    ("id_document", include_str!("../profiles/id_document.toml")),
    ("business_license", include_str!("../profiles/business_license.toml")),
    ("insurance_certificate", include_str!("../profiles/insurance_certificate.toml")),
    ("bank_statement", include_str!("../profiles/bank_statement.toml")),
    ("other", include_str!("../profiles/other.toml")),
];

static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let read = |(name, text): &(&str, &str)| match Profile::parse(text) {
        Ok(profile) => profile,
        // The files are part of the program, and a test reads each of them.
        Err(error) => panic!("the built-in profile {name} is broken: {error}"),
    };
    FILES.iter().map(read).collect()
});

/// How an unknown key is compared.
static PLAIN_TEXT: ClaimSpec = ClaimSpec {
    kind: ClaimKind::Text,
    aliases: Vec::new(),
    labels_sure: Vec::new(),
    labels: Vec::new(),
    labels_against: Vec::new(),
    letterhead: false,
    settled: None,
};

/// What a claimed value is, and so how it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClaimKind {
    /// An amount, with or without a currency.
    Money,
    /// A day of the calendar.
    Date,
    /// The name of a person or a company.
    Name,
    /// A postal address: as a name, but every digit counts.
    Address,
    /// A number or code that is right or wrong as a whole.
    Identifier,
    /// Anything else.
    Text,
}

impl ClaimKind {
    /// Every kind.
    pub const ALL: [Self; 6] =
        [Self::Money, Self::Date, Self::Name, Self::Address, Self::Identifier, Self::Text];

    /// As a profile names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Date => "date",
            Self::Name => "name",
            Self::Address => "address",
            Self::Identifier => "identifier",
            Self::Text => "text",
        }
    }
}

/// Labels of what was handed over and of what came back: their difference is the amount itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    /// Labels of the amount handed over, e.g. `cash`.
    pub paid: Vec<String>,
    /// Labels of the amount handed back, e.g. `change`.
    pub back: Vec<String>,
}

/// How one claim is compared. Labels are lower-case words; they are looked for by their letters
/// only, and where several fit, the longest counts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimSpec {
    /// What the value is.
    pub kind: ClaimKind,
    /// Other keys for the same claim.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Labels that leave no doubt, e.g. `grand total`.
    #[serde(default)]
    pub labels_sure: Vec<String>,
    /// Labels that usually stand beside the value, e.g. `total`.
    #[serde(default)]
    pub labels: Vec<String>,
    /// Labels that say that what stands beside them is something else, e.g. `change`.
    #[serde(default)]
    pub labels_against: Vec<String>,
    /// For names: the party that issued the document, whose name stands above its page without a
    /// label.
    #[serde(default)]
    pub letterhead: bool,
    /// For money: how the amount was paid, which confirms it.
    #[serde(default)]
    pub settled: Option<Settled>,
}

/// Words and phrases by which a type of document is known, in lower case: without accents, or in
/// a script that has no spaces.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TypeWords {
    /// What hardly stands on a document of another type, e.g. `certificate of liability insurance`.
    #[serde(default)]
    pub sure: Vec<String>,
    /// What stands on many documents of this type and on fewer others.
    #[serde(default)]
    pub words: Vec<String>,
}

/// A type of document.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The name in requests, e.g. `receipt`.
    pub name: String,
    /// The name for people.
    pub title: String,
    /// The words by which the type is known.
    #[serde(default, rename = "type")]
    pub type_words: TypeWords,
    claims: BTreeMap<String, ClaimSpec>,
}

/// A document type or a profile that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProfileError {
    /// No profile has this name.
    #[error(
        "the document type {asked:?} is not known{}; known are {}",
        nearest.map(|n| format!(" (did you mean {n:?}?)")).unwrap_or_default(),
        names().collect::<Vec<_>>().join(", ")
    )]
    Unknown {
        /// What was asked for.
        asked: String,
        /// The known name that is most like it, where one is.
        nearest: Option<&'static str>,
    },
    /// A text is no profile.
    #[error("the profile cannot be read: {0}")]
    Toml(String),
    /// Two claims of a profile answer to one key.
    #[error("the profile {profile:?} has the key {key:?} twice, as a claim or an alias")]
    Twice {
        /// Which profile.
        profile: String,
        /// Which key.
        key: String,
    },
}

impl Profile {
    /// Reads a profile.
    ///
    /// # Errors
    /// [`ProfileError`] where the text is no profile, or names one key twice.
    pub fn parse(text: &str) -> Result<Self, ProfileError> {
        let profile: Self =
            toml::from_str(text).map_err(|error| ProfileError::Toml(error.to_string()))?;
        let mut keys: Vec<&String> = profile.claims.keys().collect();
        keys.extend(profile.claims.values().flat_map(|spec| &spec.aliases));
        keys.sort();
        match keys.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => {
                Err(ProfileError::Twice { profile: profile.name.clone(), key: pair[0].clone() })
            }
            None => Ok(profile),
        }
    }

    /// How the claim `key` is compared: its own entry, the one that has it as an alias, or plain
    /// text for a key that this type does not know.
    #[must_use]
    pub fn claim(&self, key: &str) -> &ClaimSpec {
        self.claims
            .get(key)
            .or_else(|| self.claims.values().find(|spec| spec.aliases.iter().any(|a| a == key)))
            .unwrap_or(&PLAIN_TEXT)
    }

    /// Whether one of the parties is known by standing above the page.
    #[must_use]
    pub fn has_letterhead(&self) -> bool {
        self.claims.values().any(|spec| spec.letterhead)
    }

    /// The keys that this type knows, without aliases.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.claims.keys().map(String::as_str)
    }
}

/// The profile `name`.
#[must_use]
pub fn profile(name: &str) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name)
}

/// The profile `name`, or an error that a person can act on.
///
/// # Errors
/// [`ProfileError::Unknown`] with the known names and the nearest of them.
pub fn find(name: &str) -> Result<&'static Profile, ProfileError> {
    profile(name)
        .ok_or_else(|| ProfileError::Unknown { asked: name.to_owned(), nearest: nearest(name) })
}

/// The names of all profiles.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

fn nearest(name: &str) -> Option<&'static str> {
    // Names are short, and a request's document type has at most 64 bytes: a longer one is cut.
    let asked: String = name.chars().take(64).collect::<String>().to_lowercase().replace('-', "_");
    names()
        .map(|known| (strsim::jaro_winkler(&asked, known), known))
        .filter(|(likeness, _)| *likeness >= 0.65)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_is_read_under_its_own_name() {
        for (profile, name) in PROFILES.iter().zip(names()) {
            assert_eq!(profile.name, name);
            assert!(!profile.title.is_empty() && profile.keys().next().is_some(), "{name}");
        }
        assert_eq!(PROFILES.len(), FILES.len());
    }

    #[test]
    fn labels_are_lower_case_words_and_never_say_two_things() {
        let plain = |label: &&String| {
            !label.is_empty() && label.chars().all(|c| c.is_ascii_lowercase() || c == ' ')
        };
        for profile in PROFILES.iter() {
            for (key, spec) in &profile.claims {
                let settled = spec.settled.iter().flat_map(|s| s.paid.iter().chain(&s.back));
                let own = [&spec.labels_sure, &spec.labels, &spec.labels_against];
                let mut labels: Vec<&String> = own.into_iter().flatten().collect();
                let odd = labels.iter().copied().chain(settled).find(|label| !plain(label));
                assert_eq!(odd, None, "{} {key}", profile.name);
                labels.sort();
                let twice = labels.windows(2).find(|pair| pair[0] == pair[1]);
                assert_eq!(twice, None, "{} {key}", profile.name);
            }
        }
    }

    #[test]
    fn a_type_is_known_by_words_that_are_written_as_they_are_looked_for() {
        for profile in PROFILES.iter() {
            let TypeWords { sure, words } = &profile.type_words;
            let mut all: Vec<&String> = sure.iter().chain(words).collect();
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == ' ';
            let script = |c: char| c as u32 >= 0x2E80;
            let odd = all.iter().find(|word| {
                word.is_empty() || !(word.chars().all(plain) || word.chars().all(script))
            });
            assert_eq!(odd, None, "{}", profile.name);
            all.sort();
            let twice = all.windows(2).find(|pair| pair[0] == pair[1]);
            assert_eq!(twice, None, "{}", profile.name);
            assert!(all.len() >= 10, "{}", profile.name);
        }
    }

    #[test]
    fn a_claim_is_found_by_its_key_its_alias_or_as_plain_text() {
        let receipt = find("receipt").unwrap();
        let cases = [
            ("key", "total", ClaimKind::Money),
            ("alias", "grand_total", ClaimKind::Money),
            ("date", "date", ClaimKind::Date),
            ("name", "merchant_name", ClaimKind::Name),
            ("unknown", "colour_of_the_shop", ClaimKind::Text),
        ];
        for (name, key, kind) in cases {
            assert_eq!(receipt.claim(key).kind, kind, "{name}");
        }
    }

    #[test]
    fn an_unknown_type_is_refused_with_the_nearest_name() {
        let cases = [
            ("reciept", Some("receipt")),
            ("Invoice", Some("invoice")),
            ("bank-statement", Some("bank_statement")),
            ("id_card", Some("id_document")),
            ("xyz", None),
            ("", None),
        ];
        for (asked, expected) in cases {
            let error = find(asked).unwrap_err();
            let ProfileError::Unknown { nearest, .. } = &error else { panic!("{error}") };
            assert_eq!(*nearest, expected, "{asked}");
            assert!(error.to_string().contains("insurance_certificate"), "{error}");
        }
    }

    #[test]
    fn a_broken_profile_is_refused() {
        let twice = "name = \"a\"\ntitle = \"A\"\n[claims.x]\nkind = \"text\"\n\
                     [claims.y]\nkind = \"text\"\naliases = [\"x\"]\n";
        let kind = "name = \"a\"\ntitle = \"A\"\n[claims.x]\nkind = \"colour\"\n";
        let key = "name = \"a\"\ntitle = \"A\"\n[claims.x]\nkind = \"text\"\nlabel = []\n";
        assert!(matches!(Profile::parse(twice), Err(ProfileError::Twice { .. })));
        assert!(matches!(Profile::parse(kind), Err(ProfileError::Toml(_))));
        assert!(matches!(Profile::parse(key), Err(ProfileError::Toml(_))));
    }
}
