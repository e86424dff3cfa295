//! Which kind of identifier a claim's key names, and which rule each kind follows.

use super::{Answer, Fault, numbers, vat};

/// Characters of an identifier that are looked at; the longest kind has 34.
const CHARS_MAX: usize = 64;

/// A kind of identifier that has a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An international bank account number.
    Iban,
    /// An account number of any form: checked where it is written as an IBAN.
    Account,
    /// A bank's code (ISO 9362).
    Bic,
    /// A routing number of a bank in the United States.
    Routing,
    /// An employer's number in the United States.
    Ein,
    /// A person's social security or taxpayer number in the United States.
    Ssn,
    /// Either of the two.
    UsTaxpayer,
    /// A value-added tax number with its country's prefix.
    Vat,
    /// A number for goods and services tax.
    Gst,
    /// A tax number of any country: checked where its form leaves no doubt which.
    Tax,
    /// An Australian business number.
    Abn,
    /// The number of a payment card.
    Card,
}

/// The keys of claims that name a kind, as in the profiles and as vendors write them.
const KEYS: &[(&str, Kind)] = &[
    ("aba_number", Kind::Routing),
    ("abn", Kind::Abn),
    ("account", Kind::Account),
    ("account_number", Kind::Account),
    ("bank_account", Kind::Account),
    ("bic", Kind::Bic),
    ("card_number", Kind::Card),
    ("credit_card", Kind::Card),
    ("credit_card_number", Kind::Card),
    ("ein", Kind::Ein),
    ("employer_identification_number", Kind::Ein),
    ("fein", Kind::Ein),
    ("gst_id", Kind::Gst),
    ("gst_number", Kind::Gst),
    ("gstin", Kind::Gst),
    ("iban", Kind::Iban),
    ("payer_tin", Kind::UsTaxpayer),
    ("recipient_tin", Kind::UsTaxpayer),
    ("routing_number", Kind::Routing),
    ("social_security_number", Kind::Ssn),
    ("ssn", Kind::Ssn),
    ("swift", Kind::Bic),
    ("swift_code", Kind::Bic),
    ("tax_id", Kind::Tax),
    ("tin", Kind::Tax),
    ("vat_id", Kind::Vat),
    ("vat_number", Kind::Vat),
];

impl Kind {
    /// The kind that a claim's key names.
    pub(super) fn of(key: &str) -> Option<Self> {
        KEYS.iter().find(|(known, _)| *known == key).map(|(_, kind)| *kind)
    }

    /// What the rules of the kind say of a value as it was claimed.
    pub(super) fn validate(self, value: &str) -> Answer {
        // What is blacked out cannot be checked.
        if value.contains(['*', '•', '#', '…']) {
            return None;
        }
        let Some(code) = compact(value) else { return Some(Err(Fault::Format)) };
        match self {
            Self::Iban => Some(numbers::iban(&code)),
            Self::Account => numbers::looks_like_iban(&code).then(|| numbers::iban(&code)),
            Self::Bic => Some(numbers::bic(&code)),
            Self::Routing => numbers::routing(&code),
            Self::Ein | Self::Ssn | Self::UsTaxpayer if code.contains('X') => None,
            Self::Ein => Some(numbers::united_states(value, &[EIN])),
            Self::Ssn => Some(numbers::united_states(value, &[SSN])),
            Self::UsTaxpayer => Some(numbers::united_states(value, &[EIN, SSN])),
            Self::Vat => vat::validate(&code),
            // A tax number of unknown country is no bad VAT number: only a good form says so.
            Self::Tax => match vat::validate(&code) {
                Some(Err(Fault::Format)) | None => {
                    numbers::looks_like_gstin(&code).then(|| numbers::gstin(&code))
                }
                answer => answer,
            },
            Self::Gst => Some(numbers::gst(&code)),
            Self::Abn => Some(numbers::abn(&code)),
            Self::Card if code.contains('X') || code.len() <= 4 => None,
            Self::Card => Some(numbers::card(&code)),
        }
    }
}

/// How many digits stand in each group of an employer's number.
const EIN: &[usize] = &[2, 7];

/// How many digits stand in each group of a person's number.
const SSN: &[usize] = &[3, 2, 4];

/// The letters and digits in capitals, without what only parts them; `None` where anything else
/// is among them, or nothing is left.
pub(super) fn compact(value: &str) -> Option<String> {
    let parts =
        |c: &char| c.is_whitespace() || matches!(c, '-' | '.' | '/' | '‐' | '‑' | '–' | ':');
    let mut code = String::new();
    for c in value.chars().filter(|c| !parts(c)) {
        if !c.is_ascii_alphanumeric() || code.len() >= CHARS_MAX {
            return None;
        }
        code.push(c.to_ascii_uppercase());
    }
    (!code.is_empty()).then_some(code)
}
