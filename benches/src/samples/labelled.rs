//! `tax_forms/` and `invoices/`: documents beside which `NAME.labels.json` says what stands in each
//! field, as the labelling tool of a cloud service writes it. The fields become claims under the
//! keys of the profile. A document without such a file still tells its type.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Sample, real, text};
use crate::error::BenchError;

/// What a box that may be ticked has in place of text.
const MARKS: [&str; 2] = ["selected", "unselected"];

/// How documents of one type are labelled.
#[derive(Debug, Clone, Copy)]
pub(super) struct Labelling {
    document_type: &'static str,
    /// Label → key of the profile. A label that is not here is claimed under its own name.
    keys: &'static [(&'static str, &'static str)],
}

/// W-9, 1099-MISC and W-8BEN. Of the amounts of a 1099 the first box stands for `amount`: a form
/// has several, and a profile one key.
pub(super) const TAX_FORM: Labelling = Labelling {
    document_type: "tax_form",
    keys: &[
        ("AccountNumber", "account_number"),
        ("Address", "address"),
        ("BusinessName", "business_name"),
        ("Citizenship", "citizenship"),
        ("Date", "date"),
        ("DateOfBirth", "date_of_birth"),
        ("EIN", "ein"),
        ("FederalIncomeTaxWithheld", "tax_withheld"),
        ("ForeignTaxIdentifyingNumber", "foreign_tin"),
        ("Name", "name"),
        ("PayerAddress", "payer_address"),
        ("PayerName", "payer"),
        ("PayerTIN", "payer_tin"),
        ("PermanentCountry", "country"),
        ("PermanentStreetAddress", "address"),
        ("RecipientAddress", "address"),
        ("RecipientName", "recipient"),
        ("RecipientTIN", "recipient_tin"),
        ("Rents", "amount"),
        ("SSN", "ssn"),
        ("SSN_ITIN", "ssn"),
    ],
};

/// Invoices of one seller of services.
pub(super) const INVOICE: Labelling = Labelling {
    document_type: "invoice",
    keys: &[("Receipt No", "invoice_number"), ("Sold To", "customer")],
};

#[derive(Deserialize)]
struct File {
    labels: Vec<Label>,
}

#[derive(Deserialize)]
struct Label {
    label: String,
    value: Vec<Word>,
}

#[derive(Deserialize)]
struct Word {
    text: String,
}

/// The documents below `part`.
pub(super) fn load(part: &Path, labelling: Labelling) -> Result<Vec<Sample>, BenchError> {
    let mut documents = Vec::new();
    for folder in folders(part)? {
        documents.extend(real::files(&folder, &["pdf", "png", "jpg"])?);
    }
    let mut seen = BTreeSet::new();
    let mut samples = Vec::with_capacity(documents.len());
    for path in documents {
        let sample = sample(&path, labelling)?;
        if !seen.insert(sample.id.clone()) {
            let problem = format!("a second document has the name {}", sample.id);
            return Err(BenchError::data(&path, problem));
        }
        samples.push(sample);
    }
    Ok(samples)
}

/// The folder itself and those directly in it.
fn folders(part: &Path) -> Result<Vec<PathBuf>, BenchError> {
    let mut folders = vec![part.to_owned()];
    for entry in fs::read_dir(part).map_err(|e| BenchError::read(part, e))? {
        let path = entry.map_err(|e| BenchError::read(part, e))?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    Ok(folders)
}

fn sample(path: &Path, labelling: Labelling) -> Result<Sample, BenchError> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    let id = name.to_string_lossy().into_owned();
    name.push(".labels.json");
    let labels = path.with_file_name(name);
    let mut sample = Sample {
        id,
        subset: String::new(),
        path: path.to_owned(),
        document_type: labelling.document_type.to_owned(),
        truth_lines: Vec::new(),
        whole_text: false,
        claims: None,
        zone: None,
        submitted_at: None,
        truth_files: Vec::new(),
    };
    if labels.is_file() {
        let file: File = serde_json::from_str(&text(&labels)?)
            .map_err(|e| BenchError::data(&labels, e.to_string()))?;
        let fields: Vec<(String, String)> =
            file.labels.iter().filter_map(|label| field(label, labelling)).collect();
        sample.truth_lines = fields.iter().map(|(_, value)| value.clone()).collect();
        sample.claims = Some(fields.into_iter().collect::<BTreeMap<_, _>>());
        sample.truth_files.push(labels);
    }
    Ok(sample)
}

/// The key and the value of a label; none for a box to tick or an empty field.
fn field(label: &Label, labelling: Labelling) -> Option<(String, String)> {
    let words: Vec<&str> = label.value.iter().map(|word| word.text.trim()).collect();
    // The digits of a number that is written a digit a box.
    let digit = |word: &&str| word.len() == 1 && word.bytes().all(|b| b.is_ascii_digit());
    let boxes = words.len() > 1 && words.iter().all(digit);
    let value = words.join(if boxes { "" } else { " " });
    if value.trim().is_empty() || MARKS.contains(&value.as_str()) {
        return None;
    }
    let known = labelling.keys.iter().find(|(name, _)| *name == label.label);
    let key = known.map_or_else(|| snake_case(&label.label), |(_, key)| (*key).to_owned());
    (!key.is_empty()).then_some((key, value))
}

/// `CityStateZip` and `City, state (zip)` become `city_state_zip`.
fn snake_case(label: &str) -> String {
    let mut key = String::new();
    let mut last = ' ';
    for c in label.chars() {
        let begins = c.is_ascii_uppercase() && (last.is_ascii_lowercase());
        if (begins || !c.is_ascii_alphanumeric()) && !key.is_empty() && !key.ends_with('_') {
            key.push('_');
        }
        if c.is_ascii_alphanumeric() {
            key.push(c.to_ascii_lowercase());
        }
        last = c;
    }
    key.trim_end_matches('_').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(label: &str, words: &[&str]) -> Option<(String, String)> {
        let value = words.iter().map(|&text| Word { text: text.to_owned() }).collect();
        field(&Label { label: label.to_owned(), value }, TAX_FORM)
    }

    #[test]
    fn a_label_becomes_a_key_of_the_profile_or_keeps_its_own_name() {
        type Case<'a> = (&'a str, &'a [&'a str], Option<(&'a str, &'a str)>);
        let cases: [Case<'_>; 8] = [
            ("RecipientName", &["John", "Doe"], Some(("recipient", "John Doe"))),
            ("SSN", &["1", "2", "3", "4", "5", "6", "7", "8", "9"], Some(("ssn", "123456789"))),
            ("Rate", &["7"], Some(("rate", "7"))),
            ("CityStateZip", &["Delaware,", "OH"], Some(("city_state_zip", "Delaware, OH"))),
            ("409ADeferrals", &["800"], Some(("409adeferrals", "800"))),
            ("ID #", &["1197531"], Some(("id", "1197531"))),
            ("FATCA", &["unselected"], None),
            ("Name", &[], None),
        ];
        for (label, words, expected) in cases {
            let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
            assert_eq!(found(label, words), expected, "{label}");
        }
    }

    #[test]
    fn every_key_is_one_that_the_profile_knows() {
        for labelling in [TAX_FORM, INVOICE] {
            let profile = ivendor_models::profile::profile(labelling.document_type).unwrap();
            let unknown = profile.claim("no such key");
            for (label, key) in labelling.keys {
                assert!(!std::ptr::eq(profile.claim(key), unknown), "{label}: {key}");
            }
        }
    }
}
