//! `generate`: draws documents of known truth, with true and false claims about them.
//!
//! The folder it writes is one that `ivendor-backfill verify` and the other commands here read:
//! `documents/`, `requests.jsonl` with a request a line, and `truth.jsonl` with what each document
//! really shows. The same arguments give the same bytes, however many threads draw.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io::{self, Write as _};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, ValueEnum, value_parser};
use ivendor_core::ids::Sha256;
use ivendor_core::request::{REQUEST_SCHEMA, VerificationRequest};
use ivendor_models::synthetic::{
    Document, Forgery, Format, Kind, TruthLine, Wear, encode, false_claim,
};
use jiff::tz::TimeZone;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::Ending;
use crate::error::BenchError;
use crate::jsonl;
use crate::progress::Progress;

use plan::{Draft, Plan, Planned};

mod plan;

/// How many documents one call may draw: their numbers have at most six digits.
const COUNTS: RangeInclusive<i64> = 1..=999_999;
const TENANT: &str = "demo";
const TENANTS: RangeInclusive<i64> = 1..=99;
const DOCUMENTS: &str = "documents";
const REQUESTS: &str = "requests.jsonl";
const TRUTH: &str = "truth.jsonl";
/// Documents of one vendor come in turns.
const VENDORS: usize = 12;
/// Every which request says what its bytes must be.
const DIGEST_EVERY: usize = 3;
/// One false set of claims in this many has two that are false.
const TWO_LIES_EVERY: u8 = 5;

/// Arguments of `generate`.
#[derive(Debug, Clone, Args)]
pub struct GenerateArgs {
    /// The folder to write
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// How many documents
    #[arg(long, default_value_t = 40, value_parser = value_parser!(u32).range(COUNTS))]
    pub count: u32,
    /// Whose documents they are, in turns: `demo`, or `demo-1`, `demo-2` and so on
    #[arg(long, default_value_t = 1, value_parser = value_parser!(u32).range(TENANTS))]
    pub tenants: u32,
    /// Another seed gives other documents
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The share of documents about which something false is claimed, 0 to 1, of those that are
    /// neither forged nor the twin of a forged one
    #[arg(long, default_value_t = 0.5, value_parser = share)]
    pub false_share: f64,
    /// The share of documents that are forged, 0 to 0.5; each has its untouched twin before it
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = forged_share)]
    pub forgeries: f64,
    /// The formats of the files, in turns
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = FileFormat::ALL)]
    pub formats: Vec<FileFormat>,
    /// The types of the documents, in turns
    #[arg(
        long,
        value_delimiter = ',',
        value_parser = kinds(),
        default_values = Kind::ALL.map(Kind::document_type)
    )]
    pub types: Vec<Kind>,
    /// What paper and scanner did to them: none, light or heavy
    #[arg(long, default_value = "light", value_parser = wear)]
    pub wear: Wear,
    /// Write even if the folder is not empty; what an earlier call wrote into it goes
    #[arg(long)]
    pub force: bool,
}

/// A format of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FileFormat {
    /// One page a file, with losses
    Jpeg,
    /// One page a file
    Png,
    /// Pages as images
    Pdf,
    /// Pages without losses
    Tiff,
}

impl FileFormat {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Jpeg, Self::Png, Self::Pdf, Self::Tiff];

    fn of(self, jpeg_quality: u8) -> Format {
        match self {
            Self::Jpeg => Format::Jpeg { quality: jpeg_quality },
            Self::Png => Format::Png,
            Self::Pdf => Format::Pdf,
            Self::Tiff => Format::Tiff,
        }
    }
}

/// The types by the names that they have in requests.
fn kinds() -> impl TypedValueParser<Value = Kind> {
    PossibleValuesParser::new(Kind::ALL.map(Kind::document_type)).try_map(|name| {
        let kind = Kind::ALL.into_iter().find(|kind| kind.document_type() == name);
        kind.ok_or("no such type of document")
    })
}

/// A line of `truth.jsonl`: what a document shows, and what is false of what is claimed of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TruthRecord {
    /// As in the request.
    pub document_id: String,
    /// As in the request.
    pub document_type: String,
    /// Whether every claim of the request is true of a document that was not tampered with.
    pub label: bool,
    /// What was tampered with; absent where nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgery: Option<Forgery>,
    /// The untouched document that a forged one was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub twin: Option<String>,
    /// The claims of the request that are false, in order.
    pub false_keys: BTreeSet<String>,
    /// The true value of every claim.
    pub claims: BTreeMap<String, String>,
    /// The pages as drawn.
    pub pages: Vec<PageRecord>,
    /// The lines of all pages.
    pub lines: Vec<TruthLine>,
}

/// A page of a [`TruthRecord`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageRecord {
    /// From 1.
    pub page: u32,
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Dots per inch.
    pub dpi: u32,
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("it must be a number from 0 to 1, e.g. 0.5".to_owned()),
    }
}

fn forged_share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(share) if (0.0..=0.5).contains(&share) => Ok(share),
        _ => Err("it must be a number from 0 to 0.5, e.g. 0.2".to_owned()),
    }
}

fn wear(text: &str) -> Result<Wear, String> {
    text.parse().map_err(|error: ivendor_models::synthetic::WearError| error.to_string())
}

/// Draws the documents and writes them with their requests and their truth.
///
/// # Errors
/// [`BenchError`] where the folder is in use or cannot be written.
pub fn run(args: &GenerateArgs) -> Result<Ending, BenchError> {
    prepare(args)?;
    let plan = Plan::new(args)?;
    let progress = Progress::new("drawing", args.count as usize);
    let written = (0..args.count as usize)
        .into_par_iter()
        .map(|index| {
            let written = one(args, &plan, index);
            progress.add(1);
            written
        })
        .collect::<Result<Vec<(VerificationRequest, TruthRecord)>, BenchError>>()?;
    drop(progress);
    let (requests, truths): (Vec<_>, Vec<_>) = written.into_iter().unzip();
    jsonl::write(&args.out.join(REQUESTS), &requests)?;
    jsonl::write(&args.out.join(TRUTH), &truths)?;
    let path = args.out.join(REQUESTS);
    let text = format!(
        "{} documents are in {}, {} of them with a false claim and {} forged; \
         next: ivendor-backfill verify {}\n",
        requests.len(),
        args.out.display(),
        plan.lies.len(),
        plan.forged.len(),
        path.display(),
    );
    io::stderr().write_all(text.as_bytes()).map_err(|source| BenchError::write(&path, source))?;
    Ok(Ending::Done)
}

/// Makes the folder; clears what an earlier call left there, and nothing else.
fn prepare(args: &GenerateArgs) -> Result<(), BenchError> {
    if args.formats.is_empty() || args.types.is_empty() {
        let text = "name at least one of each of --formats and --types".to_owned();
        return Err(BenchError::Usage(text));
    }
    let documents = args.out.join(DOCUMENTS);
    fs::create_dir_all(&args.out).map_err(|source| BenchError::write(&args.out, source))?;
    let mut entries =
        fs::read_dir(&args.out).map_err(|source| BenchError::read(&args.out, source))?;
    if entries.next().is_some() && !args.force {
        return Err(BenchError::Usage(format!(
            "the folder {} is not empty; name another with --out, or write into it with --force",
            args.out.display()
        )));
    }
    fs::create_dir_all(&documents).map_err(|source| BenchError::write(&documents, source))?;
    let old = fs::read_dir(&documents).map_err(|source| BenchError::read(&documents, source))?;
    for entry in old.flatten().map(|entry| entry.path()).filter(|path| is_ours(path)) {
        fs::remove_file(&entry).map_err(|source| BenchError::write(&entry, source))?;
    }
    Ok(())
}

/// Whether `path` has a name that this command gives: a number and the ending of a format.
fn is_ours(path: &Path) -> bool {
    let number = |stem: &str| stem.len() >= 4 && stem.bytes().all(|byte| byte.is_ascii_digit());
    let known = |ending: &str| FileFormat::ALL.iter().any(|f| f.of(1).extension() == ending);
    path.file_stem().and_then(OsStr::to_str).is_some_and(number)
        && path.extension().and_then(OsStr::to_str).is_some_and(known)
}

/// Draws one document and writes its file; gives its request and its truth.
fn one(
    args: &GenerateArgs,
    plan: &Plan,
    index: usize,
) -> Result<(VerificationRequest, TruthRecord), BenchError> {
    let forged = plan.forged.get(&index);
    // A forged document is drawn as its twin is.
    let draft = Draft::new(args, forged.map_or(index, |forged| forged.twin));
    let broken = |error: String| BenchError::Usage(format!("document {}: {error}", index + 1));
    let (drawn, claims) = match forged {
        Some(forged) => draft.forged(forged.forgery).map(|forged| (forged.document, forged.claims)),
        None => draft.document().map(|drawn| {
            let lying = plan.lies.contains(&index);
            let claims =
                if lying { with_lies(&drawn, draft.seed) } else { drawn.truth.claims.clone() };
            (drawn, claims)
        }),
    }
    .map_err(broken)?;
    let format = draft.format.of(drawn.jpeg_quality);
    let bytes = encode(&drawn, format).map_err(|error| broken(error.to_string()))?;
    let name = format!("{:04}", index + 1);
    let uri = format!("{DOCUMENTS}/{name}.{}", format.extension());
    let path = args.out.join(&uri);
    fs::write(&path, &bytes).map_err(|source| BenchError::write(&path, source))?;
    let id = |text: String| text.parse().map_err(|_| broken(format!("{text:?} is no identifier")));
    let vendor = forged.map_or(index, |forged| forged.twin + 1) % VENDORS + 1;
    let noon = drawn.handed_in.at(12, 0, 0, 0).to_zoned(TimeZone::UTC);
    let request = VerificationRequest {
        schema: REQUEST_SCHEMA.to_owned(),
        tenant_id: tenant(args.tenants, index)
            .parse()
            .map_err(|_| broken("the tenant is no identifier".to_owned()))?,
        vendor_id: format!("vendor-{vendor:02}")
            .parse()
            .map_err(|_| broken("the vendor is no identifier".to_owned()))?,
        document_id: id(document_id(index))?,
        document_type: drawn.truth.document_type.clone(),
        uri,
        sha256: index.is_multiple_of(DIGEST_EVERY).then(|| Sha256::of(&bytes)),
        claims,
        submitted_at: noon.ok().map(|noon| noon.timestamp()),
        priority: ivendor_core::request::Priority::default(),
    };
    let truth = truth_record(&request, drawn, forged);
    Ok((request, truth))
}

fn tenant(tenants: u32, index: usize) -> String {
    match tenants {
        0 | 1 => TENANT.to_owned(),
        tenants => format!("{TENANT}-{}", index % tenants as usize + 1),
    }
}

fn document_id(index: usize) -> String {
    format!("doc-{:04}", index + 1)
}

/// The true claims but for one, now and then two.
fn with_lies(drawn: &Document, seed: u64) -> BTreeMap<String, String> {
    let mut claims = drawn.truth.claims.clone();
    let lies = if (seed as u8).is_multiple_of(TWO_LIES_EVERY) { 2 } else { 1 };
    for lie in 0..lies {
        claims.extend(false_claim(&drawn.truth, seed.wrapping_add(lie)));
    }
    claims
}

fn truth_record(
    request: &VerificationRequest,
    drawn: Document,
    forged: Option<&Planned>,
) -> TruthRecord {
    let truth = drawn.truth;
    let is_false = |(key, value): (&String, &String)| {
        (truth.claims.get(key) != Some(value)).then(|| key.clone())
    };
    let false_keys: BTreeSet<String> = request.claims.iter().filter_map(is_false).collect();
    let pages = (1..).zip(&drawn.pages).map(|(page, image)| {
        let (width, height) = image.dimensions();
        PageRecord { page, width, height, dpi: drawn.dpi }
    });
    // A tenth of a pixel is more than anybody measures.
    let tenth = |value: f32| (value * 10.0).round() / 10.0;
    TruthRecord {
        document_id: request.document_id.to_string(),
        document_type: truth.document_type,
        label: false_keys.is_empty() && forged.is_none(),
        forgery: forged.map(|forged| forged.forgery),
        twin: forged.map(|forged| document_id(forged.twin)),
        false_keys,
        claims: truth.claims,
        pages: pages.collect(),
        lines: truth
            .lines
            .into_iter()
            .map(|line| TruthLine { polygon: line.polygon.map(|p| p.map(tenth)), ..line })
            .collect(),
    }
}
