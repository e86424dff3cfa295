//! Documents that are drawn, so that their truth is known.
//!
//! A seed makes up a document of a business or a person that does not exist, sets it in one of
//! many manners and wears it as paper and scanners do. What stands where is noted on the way, so
//! that reading can be measured, and what it says, so that claims can be true or, on purpose,
//! false. The same [`Config`] gives the same pixels on every machine: all choices come from one
//! stream of whole numbers, and no function of the platform's mathematics library is used.

mod canvas;
mod draw;
mod encode;
mod fonts;
mod forgery;
mod form;
mod goods;
mod identity;
mod identity_page;
mod insurance;
mod insurance_page;
mod invoice;
mod invoice_page;
mod invoice_table;
mod labels;
mod license;
mod license_page;
mod lies;
mod marks;
mod money;
mod mrz;
mod people;
mod period;
mod receipt;
mod receipt_page;
mod region;
mod rng;
mod roll;
mod scan;
mod sheet;
mod statement;
mod statement_page;
mod tax_form;
mod tax_form_page;
#[cfg(test)]
mod tests;
mod warp;
mod wear;
mod words;

use std::collections::BTreeMap;

use image::RgbImage;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use encode::{EncodeError, Format, encode};
pub use forgery::{Forged, Forgery, forged};
pub use lies::false_claim;
pub use region::Region;
pub use wear::{Wear, WearError};

use canvas::Canvas;
use period::Judged;
use rng::Rng;

/// The most pages that a document is drawn on.
pub const PAGES_MAX: u32 = 2;

/// What is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A till receipt.
    Receipt,
    /// An invoice between businesses.
    Invoice,
    /// A filled-in tax form of the United States: W-9, 1099-NEC or W-8BEN.
    TaxForm,
    /// A passport's data page or both faces of a card, with their machine-readable zone.
    IdDocument,
    /// A licence to carry on a business.
    BusinessLicense,
    /// A certificate of liability insurance.
    InsuranceCertificate,
    /// A month of a bank account.
    BankStatement,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Receipt,
        Self::Invoice,
        Self::TaxForm,
        Self::IdDocument,
        Self::BusinessLicense,
        Self::InsuranceCertificate,
        Self::BankStatement,
    ];

    /// The verification profile of such documents.
    #[must_use]
    pub const fn document_type(self) -> &'static str {
        match self {
            Self::Receipt => "receipt",
            Self::Invoice => "invoice",
            Self::TaxForm => "tax_form",
            Self::IdDocument => "id_document",
            Self::BusinessLicense => "business_license",
            Self::InsuranceCertificate => "insurance_certificate",
            Self::BankStatement => "bank_statement",
        }
    }
}

/// What a document is drawn from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Config {
    /// Decides everything that the other fields leave open.
    pub seed: u64,
    /// What is drawn.
    pub kind: Kind,
    /// What paper, printer and scanner do to it; leaves the text as it is.
    pub wear: Wear,
    /// 1, or 2 to let some invoices run on to a second page.
    pub pages_max: u32,
}

/// A line of text and where it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TruthLine {
    /// From 1.
    pub page: u32,
    /// As printed.
    pub text: String,
    /// Four points (x, y) in pixels of the page, clockwise from the text's top left corner.
    pub polygon: [[f32; 2]; 4],
}

/// What a document shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The name of its verification profile.
    pub document_type: String,
    /// Whose habits it follows.
    pub region: Region,
    /// What may rightly be claimed of it, by the keys of its profile: dates as `2021-03-09`,
    /// amounts as `1234.50`, names and addresses as printed but for their lines and capitals.
    pub claims: BTreeMap<String, String>,
    /// Values that are wrong for a key but near at hand: other amounts of the page, the
    /// customer in place of the company.
    pub neighbours: BTreeMap<String, Vec<String>>,
    /// Every line of print. Stamps are among them; logos, bar codes and pen strokes are not.
    pub lines: Vec<TruthLine>,
}

/// A drawn document.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its pages, from the first.
    pub pages: Vec<RgbImage>,
    /// Dots per inch of its pages.
    pub dpi: u32,
    /// How strongly a scanner with this wear compresses (JPEG quality, 1–100).
    pub jpeg_quality: u8,
    /// The day on which it is handed in. What is valid for a time is so on that day.
    pub handed_in: Date,
    /// The index in the truth's lines of the one that shows the value of a claim, for the claims
    /// whose places are noted.
    pub places: BTreeMap<String, usize>,
    /// Lines of invisible text that a PDF of it carries, if any; no other format holds them.
    pub text_layer: Option<Vec<TruthLine>>,
    /// What it shows.
    pub truth: Truth,
}

/// A configuration that cannot be drawn.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ConfigError {
    /// The wear is out of its range.
    #[error(transparent)]
    Wear(#[from] WearError),
    /// More or fewer pages than are drawn.
    #[error("pages_max is {0}; it must be 1 to {PAGES_MAX}")]
    Pages(u32),
}

/// A document before it is worn.
struct Drawn {
    sheets: Vec<Canvas>,
    dpi: u32,
    region: Region,
    claims: BTreeMap<String, String>,
    neighbours: BTreeMap<String, Vec<String>>,
    paper: scan::Paper,
}

/// Draws the document of `config`.
///
/// # Errors
/// [`ConfigError`] where a field of `config` is out of its range.
pub fn document(config: &Config) -> Result<Document, ConfigError> {
    drawn(config, false)
}

/// [`document`], or the same one with a validity that ended before it is handed in.
fn drawn(config: &Config, expired: bool) -> Result<Document, ConfigError> {
    config.wear.check()?;
    if !(1..=PAGES_MAX).contains(&config.pages_max) {
        return Err(ConfigError::Pages(config.pages_max));
    }
    let mut rng = Rng::new(config.seed);
    let (mut text, mut worn, mut days) = (rng.fork(), rng.fork(), rng.fork());
    let judged = Judged::draw(&mut days, expired);
    let drawn = draw::draw(config.kind, &mut text, judged, config.pages_max);
    let jpeg_quality = config.wear.quality(&mut worn);
    let (mut pages, mut lines, mut places) = (Vec::new(), Vec::new(), BTreeMap::new());
    for (page, sheet) in (1..).zip(drawn.sheets) {
        let sheet = scan::wear(sheet, (drawn.paper, config.wear), &mut worn.fork());
        let noted = sheet.places.into_iter().map(|(key, at)| (key.to_owned(), lines.len() + at));
        places.extend(noted);
        pages.push(sheet.image);
        lines.extend(sheet.lines.into_iter().map(|line| TruthLine { page, ..line }));
    }
    let truth = Truth {
        document_type: config.kind.document_type().to_owned(),
        region: drawn.region,
        claims: drawn.claims,
        neighbours: drawn.neighbours,
        lines,
    };
    let (dpi, handed_in, text_layer) = (drawn.dpi, judged.on, None);
    Ok(Document { pages, dpi, jpeg_quality, handed_in, places, text_layer, truth })
}
