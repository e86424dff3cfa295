//! Documents with known truth, from a folder of real ones or from one that `generate` made.
//!
//! What a folder does not hold is left out and said; what it holds but is broken is an error.

mod generated;
mod labelled;
mod passports;
mod real;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use ivendor_core::ids::Sha256;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::BenchError;

/// A document and what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The name of the file without its ending, unique inside its subset.
    pub id: String,
    /// Which part of the data set, e.g. `receipts`.
    pub subset: String,
    /// The document.
    pub path: PathBuf,
    /// The verification profile that fits it.
    pub document_type: String,
    /// Text that stands on it, line by line, in any order.
    pub truth_lines: Vec<String>,
    /// Whether that is all of its text, so that reading can be measured against it.
    pub whole_text: bool,
    /// What is true of it: key → value; `None` where that is not known.
    pub claims: Option<BTreeMap<String, String>>,
    /// Its machine-readable zone; `None` where that is not known.
    pub zone: Option<TrueZone>,
    /// When it was handed in, where that is known: the day on which it is to be valid.
    pub submitted_at: Option<Timestamp>,
    /// The files that the truth comes from.
    truth_files: Vec<PathBuf>,
}

/// A machine-readable zone as it stands on a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrueZone {
    /// Its rows, fillers included.
    pub rows: Vec<String>,
    /// Whether all of its check digits are right; specimens often have wrong ones.
    pub digits_hold: bool,
}

/// Which documents to take.
#[derive(Debug, Clone, Default, Args)]
pub struct Choice {
    /// The data set: a folder with receipts/, forms/ and the like, or one made by `ivendor-bench
    /// generate`
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// Only these parts of it; may be repeated. Without it: all of them but reports, which has to
    /// be named
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub subset: Vec<String>,
    /// At most this many documents of each part
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
}

/// The chosen documents.
#[derive(Debug, Clone, PartialEq)]
pub struct DataSet {
    /// The documents, subset by subset, each sorted by name.
    pub samples: Vec<Sample>,
    /// What was left out and why, for a person.
    pub left_out: Vec<String>,
    /// Enough to know the same data again.
    pub reference: DataReference,
}

/// Enough to know a data set again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DataReference {
    /// The name of its folder.
    pub name: String,
    /// The SHA-256 over the sorted digests of the documents' and the truth's files.
    pub digest: String,
    /// How many documents of each subset.
    pub documents: BTreeMap<String, usize>,
}

/// What a loader found of one subset.
#[derive(Debug, Default)]
struct Found {
    samples: Vec<Sample>,
    left_out: Vec<String>,
}

impl DataSet {
    /// Loads what `choice` names.
    ///
    /// # Errors
    /// [`BenchError::Data`] where the folder holds nothing that can be used, or a file of it is
    /// broken.
    pub fn load(choice: &Choice) -> Result<Self, BenchError> {
        let folder = &choice.data;
        if !folder.is_dir() {
            return Err(BenchError::data(folder, "there is no such folder"));
        }
        let mut found = if folder.join(generated::REQUESTS).is_file() {
            generated::load(folder, &choice.subset)?
        } else {
            real::load(folder, &choice.subset)?
        };
        found.samples.sort_by(|a, b| (&a.subset, &a.id).cmp(&(&b.subset, &b.id)));
        limit(&mut found.samples, choice.limit);
        if found.samples.is_empty() {
            let mut problem = format!("it holds no document with its truth; {}", real::LAYOUT);
            if !found.left_out.is_empty() {
                problem = format!("{problem} (left out: {})", found.left_out.join("; "));
            }
            return Err(BenchError::data(folder, problem));
        }
        let reference = reference(folder, &found.samples)?;
        Ok(Self { samples: found.samples, left_out: found.left_out, reference })
    }

    /// The names of the subsets whose whole text is known.
    #[must_use]
    pub fn read_subsets(&self) -> Vec<String> {
        let read = self.samples.iter().filter(|sample| sample.whole_text);
        read.map(|sample| sample.subset.clone()).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

#[cfg(test)]
impl Sample {
    /// A receipt that exists only in a test.
    pub(crate) fn for_test(lines: &[&str], claims: Option<BTreeMap<String, String>>) -> Self {
        Self {
            id: "000".to_owned(),
            subset: "receipts".to_owned(),
            path: PathBuf::from("000.jpg"),
            document_type: "receipt".to_owned(),
            truth_lines: lines.iter().map(|&line| line.to_owned()).collect(),
            whole_text: true,
            claims,
            zone: None,
            submitted_at: None,
            truth_files: Vec::new(),
        }
    }
}

fn limit(samples: &mut Vec<Sample>, most: Option<usize>) {
    let Some(most) = most else { return };
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    samples.retain(|sample| {
        let n = taken.entry(sample.subset.clone()).or_default();
        *n += 1;
        *n <= most
    });
}

fn reference(folder: &Path, samples: &[Sample]) -> Result<DataReference, BenchError> {
    let files: BTreeSet<&PathBuf> =
        samples.iter().flat_map(|s| s.truth_files.iter().chain([&s.path])).collect();
    let mut digests = Vec::with_capacity(files.len());
    for file in files {
        let bytes = fs::read(file).map_err(|e| BenchError::read(file, e))?;
        digests.push(Sha256::of(&bytes).to_string());
    }
    digests.sort_unstable();
    let mut documents = BTreeMap::new();
    for sample in samples {
        *documents.entry(sample.subset.clone()).or_default() += 1;
    }
    let digest = Sha256::of(digests.join("\n").as_bytes()).to_string();
    Ok(DataReference { name: file_name(folder), digest, documents })
}

/// The last part of a path, so that no result tells where a person keeps things.
#[must_use]
pub fn file_name(path: &Path) -> String {
    let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    full.file_name().unwrap_or(full.as_os_str()).to_string_lossy().into_owned()
}

/// The text of a file; what is no UTF-8 in it becomes replacement characters.
fn text(path: &Path) -> Result<String, BenchError> {
    let bytes = fs::read(path).map_err(|e| BenchError::read(path, e))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(files: Files) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    fn choice(folder: &tempfile::TempDir) -> Choice {
        Choice { data: folder.path().to_owned(), ..Choice::default() }
    }

    type Files<'a> = &'a [(&'a str, &'a str)];

    const RECEIPTS: Files = &[
        ("receipts/images/001.jpg", "second"),
        ("receipts/images/000.jpg", "first"),
        ("receipts/images/002.jpg", "without truth"),
        ("receipts/lines/000.csv", "1,2,3,4,5,6,7,8,TOTAL, RM 9.00\r\nshort,line\r\n"),
        ("receipts/lines/001.csv", "1,2,3,4,5,6,7,8,CHANGE\n"),
        ("receipts/fields/000.json", r#"{"total": "9.00", "date": ""}"#),
    ];

    #[test]
    fn receipts_come_sorted_with_their_lines_and_what_is_missing_is_said() {
        let folder = set(RECEIPTS);
        let data = DataSet::load(&choice(&folder)).unwrap();
        let ids: Vec<_> = data.samples.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids, ["000", "001"]);
        assert_eq!(data.samples[0].truth_lines, ["TOTAL, RM 9.00"]);
        let claims = data.samples[0].claims.as_ref().unwrap();
        assert_eq!(claims.len(), 1);
        assert_eq!(claims["total"], "9.00");
        assert_eq!(data.samples[1].claims, None);
        let no_folder = ["forms", "passports", "tax_forms", "invoices"]
            .map(|name| format!("{name} (no such folder)"));
        assert_eq!(data.left_out[..4], no_folder);
        assert_eq!(data.left_out[4..], ["receipts: 1 without truth"]);
    }

    #[test]
    fn forms_give_their_words_and_no_claims() {
        let folder = set(&[
            ("forms/images/a.png", "x"),
            (
                "forms/annotations/a.json",
                r#"{"form": [{"text": "R&D", "words": [{"text": "R&D"}, {"text": "note"}]}]}"#,
            ),
        ]);
        let data = DataSet::load(&choice(&folder)).unwrap();
        assert_eq!(data.samples[0].truth_lines, ["R&D note"]);
        assert_eq!(data.samples[0].document_type, "other");
        assert_eq!(data.samples[0].claims, None);
    }

    #[test]
    fn passports_give_their_zone_and_nothing_to_read() {
        let folder = set(&[
            ("passports/a.png", "x"),
            ("passports/unlisted.png", "x"),
            (
                "passports/truth.json",
                r#"[{"file": "a.png", "type": "TD3", "mrz": ["P<UTO", "12345"],
                "checks": {"num": true, "comp": false}}]"#,
            ),
        ]);
        let data = DataSet::load(&choice(&folder)).unwrap();
        let [sample] = &data.samples[..] else { panic!("{:?}", data.samples) };
        let zone = sample.zone.as_ref().unwrap();
        assert_eq!(zone.rows, ["P<UTO", "12345"]);
        assert!(!zone.digits_hold && !sample.whole_text);
        assert_eq!((sample.id.as_str(), sample.document_type.as_str()), ("a.png", "id_document"));
        assert!(data.read_subsets().is_empty());
    }

    #[test]
    fn labelled_fields_become_claims_and_a_document_without_them_keeps_its_type() {
        let labels = r#"{"labels": [
            {"label": "Name", "value": [{"text": "John"}, {"text": "Doe"}]},
            {"label": "TaxClassifyLLC", "value": [{"text": "selected"}]},
            {"label": "CityStateZip", "value": [{"text": "Delaware"}]},
            {"label": "BusinessName", "value": []}]}"#;
        let folder = set(&[
            ("tax_forms/blank.pdf", "x"),
            ("tax_forms/w9/b.pdf", "x"),
            ("tax_forms/w9/b.pdf.labels.json", labels),
            ("tax_forms/w9/fields.json", "{}"),
        ]);
        let data = DataSet::load(&choice(&folder)).unwrap();
        let ids: Vec<_> = data.samples.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids, ["b.pdf", "blank.pdf"]);
        let claims = data.samples[0].claims.as_ref().unwrap();
        let claimed: Vec<_> = claims.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(claimed, [("city_state_zip", "Delaware"), ("name", "John Doe")]);
        assert_eq!(data.samples[1].claims, None);
        assert!(data.samples.iter().all(|s| s.document_type == "tax_form" && !s.whole_text));
    }

    #[test]
    fn a_generated_folder_is_known_by_its_requests() {
        let request = |id: &str, uri: &str| {
            format!(
                r#"{{"schema": "ivendor.verification.request/1", "tenant_id": "t", "vendor_id": "v",
                "document_id": "{id}", "document_type": "receipt", "uri": "{uri}",
                "claims": {{"total": "8.00"}}}}"#
            )
            .replace('\n', " ")
        };
        let truth = r#"{"document_id": "d1", "claims": {"total": "9.00"},
            "lines": [{"text": "TOTAL 9.00"}]}"#
            .replace('\n', " ");
        let folder = set(&[
            (
                "requests.jsonl",
                &format!("{}\n{}\n", request("d1", "documents/d1.png"), request("d2", "x.png")),
            ),
            ("truth.jsonl", &truth),
            ("documents/d1.png", "x"),
        ]);
        let data = DataSet::load(&choice(&folder)).unwrap();
        assert_eq!(data.samples.len(), 1);
        assert_eq!(data.samples[0].truth_lines, ["TOTAL 9.00"]);
        assert_eq!(data.samples[0].claims.as_ref().unwrap()["total"], "9.00");
        assert_eq!(data.left_out, ["receipt: 1 without truth"]);
    }

    #[test]
    fn a_set_that_cannot_be_used_says_what_is_wrong() {
        let zone = |text| [("passports/a.png", "x"), ("passports/truth.json", text)];
        let listed = zone(r#"[{"file": "b.png", "mrz": ["AB", "CD"], "checks": {}}]"#);
        let outside = zone(r#"[{"file": "../a.png", "mrz": ["AB", "CD"], "checks": {}}]"#);
        let uneven = zone(r#"[{"file": "a.png", "mrz": ["AB", "C"], "checks": {}}]"#);
        let one_row = zone(r#"[{"file": "a.png", "mrz": ["AB"], "checks": {}}]"#);
        let broken = zone("[{}]");
        let cases: [(&str, Files, &str); 14] = [
            ("no zones", &[("passports/a.png", "x")], "no truth.json"),
            ("broken zones", &broken, "truth.json"),
            ("zone of no picture", &listed, "\"b.png\", which is not there"),
            ("zone of another folder", &outside, "which is not there"),
            ("uneven zone", &uneven, "rows of one length"),
            ("zone of one row", &one_row, "rows of one length"),
            (
                "broken labels",
                &[("invoices/a.pdf", "x"), ("invoices/a.pdf.labels.json", "[1]")],
                "a.pdf.labels.json",
            ),
            (
                "one name twice",
                &[("tax_forms/a/a.pdf", "x"), ("tax_forms/b/a.pdf", "x")],
                "a second document has the name a.pdf",
            ),
            ("empty", &[], "no document with its truth"),
            ("no truth", &[("receipts/images/0.jpg", "x")], "1 without truth"),
            (
                "broken fields",
                &[
                    ("receipts/images/0.jpg", "x"),
                    ("receipts/lines/0.csv", "1,2,3,4,5,6,7,8,A"),
                    ("receipts/fields/0.json", "{"),
                ],
                "0.json",
            ),
            (
                "broken annotation",
                &[("forms/images/0.png", "x"), ("forms/annotations/0.json", "[]")],
                "0.json",
            ),
            ("no requests", &[("requests.jsonl", "")], "no document with its truth"),
            ("broken request", &[("requests.jsonl", "{\"a\": 1}\n")], "line 1"),
        ];
        for (name, files, expected) in cases {
            let error = DataSet::load(&choice(&set(files))).unwrap_err().to_string();
            assert!(error.contains(expected), "{name}: {error}");
        }
        let nowhere = Choice { data: "no/such/folder".into(), ..Choice::default() };
        assert!(DataSet::load(&nowhere).unwrap_err().to_string().contains("no such folder"));
    }

    #[test]
    fn the_digest_changes_with_any_file_that_is_used_and_with_no_other() {
        let digest = |folder: &tempfile::TempDir, limit| {
            let choice = Choice { limit, ..choice(folder) };
            DataSet::load(&choice).unwrap().reference.digest
        };
        let (folder, other) = (set(RECEIPTS), set(RECEIPTS));
        assert_eq!(digest(&folder, None), digest(&other, None));
        fs::write(other.path().join("receipts/images/002.jpg"), "changed, not used").unwrap();
        assert_eq!(digest(&folder, None), digest(&other, None));
        assert_ne!(digest(&folder, None), digest(&folder, Some(1)));
        fs::write(other.path().join("receipts/images/001.jpg"), "changed").unwrap();
        assert_ne!(digest(&folder, None), digest(&other, None));
        assert_eq!(digest(&folder, Some(1)), digest(&other, Some(1)));
    }
}
