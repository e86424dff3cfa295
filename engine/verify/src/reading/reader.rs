//! The three networks and the way of a page through them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use candle_core::{Device, Result, Tensor};
use image::RgbImage;
use ivendor_core::geometry::Polygon;
use ivendor_core::ids::Sha256;
use ivendor_core::verdict::Line;
use ivendor_models::crop as lines_of_pages;
use ivendor_models::detector::Detector;
use ivendor_models::orientation::Orientation;
use ivendor_models::placed::to_host;
use ivendor_models::recogniser::{LINE_HEIGHT, Recogniser};
use ivendor_models::timing;
use ivendor_models::weights::{Manifest, Precision, Weights, WeightsError};
use rayon::prelude::*;

use super::crop;
use super::decode::{Decoded, decode};
use super::finder::Finder;
use super::look::{self, PageLook};
use super::pack::{MicroBatch, WIDTH_MAX, pack};

/// A line that is read with less confidence than this is noise, as in the published settings.
const CONFIDENCE_MIN: f32 = 0.5;

/// The lines of one page, in reading order, and what they cost.
#[derive(Debug, Clone, Default)]
pub struct PageRead {
    /// The lines.
    pub lines: Vec<Line>,
    /// What was seen on each of them.
    pub seen: Vec<LineFeatures>,
    /// What the page looks like at its lines; `None` where there is hardly any text.
    pub look: Option<PageLook>,
    /// Time spent on finding them.
    pub detect: Duration,
    /// This page's share of the time spent on reading.
    pub recognise: Duration,
}

/// What the recogniser saw on one line, from which [`Reader::log_probabilities`] comes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LineFeatures {
    /// Steps of the line; the channels of a step stand together.
    pub steps: usize,
    /// `(steps, channels)`
    pub values: Vec<f32>,
}

/// What the recogniser holds possible on one line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LineProbabilities {
    /// Classes of the recogniser; the first is the blank.
    pub classes: usize,
    /// Natural logarithms of probabilities, (steps, classes).
    pub values: Vec<f32>,
}

impl PageRead {
    /// The same page for another document with the same bytes: it cost nothing to read again.
    #[must_use]
    pub fn again(&self) -> Self {
        Self { detect: Duration::ZERO, recognise: Duration::ZERO, ..self.clone() }
    }
}

/// The networks with their weights on a device.
#[derive(Debug)]
pub struct Reader {
    device: Device,
    finder: Finder,
    recogniser: Recogniser,
    digests: BTreeMap<String, String>,
}

/// A line that waits to be read.
struct Found {
    page: usize,
    outline: Polygon,
    /// At the recogniser's height, in pixels.
    width: usize,
}

impl Reader {
    /// Loads the networks from `folder` to `device`.
    ///
    /// # Errors
    /// [`WeightsError`] where a file is missing or not that of the manifest.
    pub fn load(
        folder: &Path,
        device: &Device,
        precision: Precision,
    ) -> std::result::Result<Self, WeightsError> {
        let manifest = Manifest::built_in()?;
        let mut weights = BTreeMap::new();
        for model in &manifest.model {
            let mut loaded = Weights::load(folder, model, device)?;
            loaded.precision = precision;
            weights.insert(model.name.as_str(), loaded);
        }
        let of = |name: &str| {
            weights.get(name).ok_or_else(|| WeightsError::Shape {
                model: name.to_owned(),
                problem: "the manifest does not name it".to_owned(),
            })
        };
        Ok(Self {
            device: device.clone(),
            finder: Finder {
                detector: Detector::load(of("detector")?)?,
                orientation: Orientation::load(of("orientation")?)?,
            },
            recogniser: Recogniser::load(of("recogniser")?)?,
            digests: weights
                .iter()
                .map(|(name, w)| ((*name).to_owned(), w.sha256.clone()))
                .collect(),
        })
    }

    /// The digest of each network's weights.
    #[must_use]
    pub fn digests(&self) -> BTreeMap<String, Sha256> {
        let parse = |(name, text): (&String, &String)| Some((name.clone(), text.parse().ok()?));
        self.digests.iter().filter_map(parse).collect()
    }

    /// Reads pages together, so that the lines of all fill the micro-batches, of at most
    /// `budget_px` columns each. A page reads the same whatever stands beside it.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn read(&self, pages: &[&RgbImage], budget_px: usize) -> Result<Vec<PageRead>> {
        let pages: Vec<Tensor> = self.each(pages, |page| self.upload(page))?;
        // On the CPU pages stand side by side; a GPU is given as many at once as it takes.
        let at_once = if self.device.is_cpu() { 1 } else { pages.len().max(1) };
        let parts: Vec<&[Tensor]> = pages.chunks(at_once).collect();
        let found = self.each(&parts, |part| self.find(part, budget_px))?.concat();
        let mut reads: Vec<PageRead> = Vec::with_capacity(pages.len());
        let mut lines = Vec::new();
        for (page, (outlines, detect)) in found.into_iter().enumerate() {
            reads.push(PageRead { detect, ..PageRead::default() });
            lines.extend(outlines.into_iter().map(|outline| {
                let width = crop::width_at(&outline, LINE_HEIGHT).min(WIDTH_MAX);
                Found { page, outline, width }
            }));
        }
        let widths: Vec<usize> = lines.iter().map(|line| line.width).collect();
        let batches = pack(&widths, budget_px);
        let decoded = self.each(&batches, |batch| self.recognise(&pages, &lines, batch))?;
        let mut texts = vec![(Decoded::default(), LineFeatures::default()); lines.len()];
        for (batch, (decoded, spent)) in batches.iter().zip(decoded) {
            let share = spent / u32::try_from(batch.lines.len()).unwrap_or(u32::MAX);
            for (&line, text) in batch.lines.iter().zip(decoded) {
                reads[lines[line].page].recognise += share;
                texts[line] = text;
            }
        }
        for (line, (decoded, seen)) in lines.iter().zip(texts) {
            if decoded.confidence >= CONFIDENCE_MIN {
                let Decoded { text, confidence } = decoded;
                let line_read = Line { polygon: line.outline, text, confidence };
                reads[line.page].lines.push(line_read);
                reads[line.page].seen.push(seen);
            }
        }
        let read: Vec<&[Line]> = reads.iter().map(|read| read.lines.as_slice()).collect();
        let parts: Vec<_> = parts.into_iter().zip(read.chunks(at_once)).collect();
        let looks = self.each(&parts, |(pages, lines)| look_at(pages, lines))?.concat();
        for (read, (look, spent)) in reads.iter_mut().zip(looks) {
            read.look = look;
            read.recognise += spent;
        }
        Ok(reads)
    }

    /// What each class of the recogniser reads; the first, the blank, reads nothing.
    #[must_use]
    pub fn characters(&self) -> &[String] {
        self.recogniser.characters()
    }

    /// The probabilities of all classes on one line that was read; their best path is its text.
    /// A line of 320 pixels has 3 MB of them, so this is for the few lines that matter. Its time
    /// is that of `claim score`, the operations inside included.
    ///
    /// # Errors
    /// Where the device fails.
    pub fn log_probabilities(&self, seen: &LineFeatures) -> Result<LineProbabilities> {
        timing::measure("claim score", 0, || {
            let shape = (1, seen.steps, seen.values.len() / seen.steps.max(1));
            let features = Tensor::from_slice(&seen.values, shape, &self.device)?;
            let table = self.recogniser.log_probabilities(&features)?;
            let (_, _, classes) = table.dims3()?;
            Ok(LineProbabilities { classes, values: table.flatten_all()?.to_vec1()? })
        })
    }

    /// The bytes of a page on the device: what is read of it is computed from them there.
    fn upload(&self, page: &RgbImage) -> Result<Tensor> {
        let size = (page.width() as usize, page.height() as usize);
        lines_of_pages::upload(page.as_raw(), size, &self.device)
    }

    /// Works on items side by side on the CPU. A GPU is given one after the other by one thread,
    /// which is what keeps its work in order.
    fn each<T: Sync, R: Send>(
        &self,
        items: &[T],
        work: impl Fn(&T) -> Result<R> + Sync + Send,
    ) -> Result<Vec<R>> {
        match self.device.is_cpu() {
            true => items.par_iter().map(work).collect(),
            false => items.iter().map(work).collect(),
        }
    }

    /// The lines of pages, and each page's share of the time.
    fn find(&self, pages: &[Tensor], budget_px: usize) -> Result<Vec<(Vec<Polygon>, Duration)>> {
        let start = Instant::now();
        let found = self.finder.find(pages, budget_px)?;
        let share = start.elapsed() / u32::try_from(pages.len()).unwrap_or(u32::MAX);
        Ok(found.into_iter().map(|lines| (lines, share)).collect())
    }

    fn recognise(
        &self,
        pages: &[Tensor],
        lines: &[Found],
        batch: &MicroBatch,
    ) -> Result<(Vec<(Decoded, LineFeatures)>, Duration)> {
        let start = Instant::now();
        let quad = |&line: &usize| {
            let Found { page, outline, width } = &lines[line];
            crop::quad(*page, outline, *width)
        };
        let quads: Vec<_> = batch.lines.iter().map(quad).collect();
        let x = lines_of_pages::crop(pages, &quads, (LINE_HEIGHT, batch.width))?;
        let features = self.recogniser.features(&x)?;
        let best = self.recogniser.best(&features)?.flatten_all()?.to_vec1::<f32>()?;
        let (_, steps, channels) = features.dims3()?;
        let features = to_host(&features)?;
        let characters = self.recogniser.characters();
        let seen = features.chunks_exact(steps * channels);
        let decoded = best.chunks_exact(steps * 2).zip(seen).map(|(best, seen)| {
            (decode(best, characters), LineFeatures { steps, values: seen.to_vec() })
        });
        Ok((decoded.collect(), start.elapsed()))
    }
}

/// What pages look like at the lines that were read on them, and each page's share of the time.
fn look_at(pages: &[Tensor], lines: &[&[Line]]) -> Result<Vec<(Option<PageLook>, Duration)>> {
    let start = Instant::now();
    let looks = look::look(pages, lines)?;
    let share = start.elapsed() / u32::try_from(pages.len()).unwrap_or(u32::MAX);
    Ok(looks.into_iter().map(|look| (look, share)).collect())
}
