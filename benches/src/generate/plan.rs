//! Which documents `generate` draws, about which it lies, and which it forges.

use std::collections::{BTreeMap, BTreeSet};

use ivendor_core::ids::Sha256;
use ivendor_models::synthetic::{Config, Document, Forged, Forgery, PAGES_MAX, document, forged};

use super::{FileFormat, GenerateArgs};
use crate::error::BenchError;

/// A document that is forged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Planned {
    pub(super) forgery: Forgery,
    /// The untouched document that it is made from; it comes before.
    pub(super) twin: usize,
}

/// What is done with which document.
#[derive(Debug)]
pub(super) struct Plan {
    /// Documents about which something false is claimed.
    pub(super) lies: BTreeSet<usize>,
    pub(super) forged: BTreeMap<usize, Planned>,
}

impl Plan {
    /// The last documents are forgeries of earlier ones, as many of each kind as can be; of the
    /// others as many as asked for get a false claim, spread over types and formats.
    ///
    /// # Errors
    /// [`BenchError::Usage`] where too few documents can be forged.
    pub(super) fn new(args: &GenerateArgs) -> Result<Self, BenchError> {
        let count = args.count as usize;
        let wanted = (f64::from(args.count) * args.forgeries).floor() as usize;
        let mut originals: Vec<usize> = (0..count - wanted).collect();
        originals.sort_by_key(|&index| (drawn(args, "twin", index), index));
        let mut forged = BTreeMap::new();
        for slot in 0..wanted {
            let kinds = Forgery::ALL.iter().copied().cycle().skip(slot % Forgery::ALL.len());
            let found = kinds.take(Forgery::ALL.len()).find_map(|forgery| {
                let fits = |&index: &usize| Draft::new(args, index).can_be(forgery);
                let place = originals.iter().position(fits)?;
                Some(Planned { forgery, twin: originals.remove(place) })
            });
            let Some(planned) = found else {
                let text = "too few of the documents can be forged; ask for a smaller share with \
                    --forgeries, or for more documents with --count";
                return Err(BenchError::Usage(text.to_owned()));
            };
            forged.insert(count - wanted + slot, planned);
        }
        originals.sort_by_key(|&index| (drawn(args, "label", index), index));
        let lies = (originals.len() as f64 * args.false_share).round() as usize;
        originals.truncate(lies);
        Ok(Self { lies: originals.into_iter().collect(), forged })
    }
}

/// What one document is drawn from.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) seed: u64,
    pub(super) format: FileFormat,
    config: Config,
}

impl Draft {
    pub(super) fn new(args: &GenerateArgs, index: usize) -> Self {
        // Formats come in turns, and with each turn the types move on by one: every type comes
        // in every format.
        let (turn, place) = (index / args.formats.len(), index % args.formats.len());
        let format = args.formats[place];
        let kind = args.types[(turn + place) % args.types.len()];
        let seed = drawn(args, "document", index);
        let pages_max = if format.of(1).holds_pages() { PAGES_MAX } else { 1 };
        Self { seed, format, config: Config { seed, kind, wear: args.wear, pages_max } }
    }

    /// Whether its file carries its text: every other PDF does, as a scanner with a reader of its
    /// own writes them.
    fn has_layer(&self) -> bool {
        self.format == FileFormat::Pdf && self.seed.is_multiple_of(2)
    }

    /// Whether the very bytes are handed in again; otherwise a copy is.
    fn repeats_bytes(&self) -> bool {
        self.seed.is_multiple_of(3)
    }

    fn can_be(&self, forgery: Forgery) -> bool {
        forgery.suits(self.config.kind) && (forgery != Forgery::EditedTextLayer || self.has_layer())
    }

    /// The document as it was made.
    pub(super) fn document(&self) -> Result<Document, String> {
        let mut drawn = document(&self.config).map_err(|error| error.to_string())?;
        self.carry(&mut drawn);
        Ok(drawn)
    }

    /// The document as a forger hands it in.
    pub(super) fn forged(&self, forgery: Forgery) -> Result<Forged, String> {
        let made = match forgery {
            Forgery::ReusedDocument if self.repeats_bytes() => Forged::same_bytes(&self.config),
            _ => forged(&self.config, forgery),
        };
        let made = made.map_err(|error| error.to_string())?;
        let mut made = made.ok_or_else(|| "it shows nothing to be forged so".to_owned())?;
        // Whoever pastes into the picture saves a picture: the text below it is gone.
        if !matches!(forgery, Forgery::EditedTextLayer | Forgery::PastedTotal) {
            self.carry(&mut made.document);
        }
        Ok(made)
    }

    fn carry(&self, document: &mut Document) {
        if self.has_layer() {
            document.text_layer = Some(document.truth.lines.clone());
        }
    }
}

/// A number that depends on the seed and the document alone.
fn drawn(args: &GenerateArgs, what: &str, index: usize) -> u64 {
    let digest = Sha256::of(format!("{what} {} {index}", args.seed).as_bytes()).to_string();
    u64::from_str_radix(&digest[..16], 16).unwrap_or_default()
}
