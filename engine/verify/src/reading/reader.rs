//! The three networks and the way of a page through them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use candle_core::{DType, Device, Result, Tensor};
use image::RgbImage;
use ivendor_core::geometry::Polygon;
use ivendor_core::ids::Sha256;
use ivendor_core::verdict::Line;
use ivendor_models::crop as lines_of_pages;
use ivendor_models::detector::Detector;
use ivendor_models::orientation::{self, Orientation};
use ivendor_models::recogniser::{LINE_HEIGHT, Recogniser};
use ivendor_models::timing;
use ivendor_models::weights::{Manifest, Precision, Weights, WeightsError};
use rayon::prelude::*;

use super::crop;
use super::decode::{Decoded, decode};
use super::outline::{Map, outlines};
use super::pack::{MicroBatch, WIDTH_MAX, pack};
use super::{order, page_input};

/// Lines of a page that are asked for its orientation.
const ORIENTATION_LINES: usize = 8;
/// Where every line that was asked stands at least so far on one side, 0-1, there is no doubt.
const ORIENTATION_SURE: f32 = 0.5;
/// A line that is read with less confidence than this is noise, as in the published settings.
const CONFIDENCE_MIN: f32 = 0.5;

/// The lines of one page, in reading order, and what they cost.
#[derive(Debug, Clone, Default)]
pub struct PageRead {
    /// The lines.
    pub lines: Vec<Line>,
    /// What was seen on each of them.
    pub seen: Vec<LineFeatures>,
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
    detector: Detector,
    recogniser: Recogniser,
    orientation: Orientation,
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
            detector: Detector::load(of("detector")?)?,
            recogniser: Recogniser::load(of("recogniser")?)?,
            orientation: Orientation::load(of("orientation")?)?,
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
        let found = self.each(&pages, |page| self.detect(page))?;
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

    /// The outlines of a page's lines in reading order, each from its text's top left corner.
    fn detect(&self, page: &Tensor) -> Result<(Vec<Polygon>, Duration)> {
        let start = Instant::now();
        let (page_height, page_width, _) = page.dims3()?;
        let map = self.detector.forward(&page_input::tensor(page)?)?;
        let (_, height, width, _) = map.dims4()?;
        let values = map.flatten_all()?.to_vec1::<f32>()?;
        let map = Map { values: &values, width, height };
        let page_size = (page_width as u32, page_height as u32);
        let found = timing::measure("outline", 0, || outlines(&map, page_size));
        let mut found: Vec<Polygon> = found.into_iter().map(crop::along_text).collect();
        if self.upside_down(page, &found)? {
            found.iter_mut().for_each(|outline| *outline = crop::turned(*outline));
        }
        let order = order::reading_order(&found);
        let ordered = order.into_iter().map(|i| found[i]).collect();
        Ok((ordered, start.elapsed()))
    }

    /// Whether the text of a page stands on its head: the widest lines are asked together. Asking
    /// the page, not each line, costs little and does not let a short line like "8008" turn itself.
    ///
    /// Some text, such as the fillers of a machine-readable zone, looks alike both ways, and the
    /// classifier leans to one side all the same. So unless all lines say at once that they stand
    /// upright, they are asked once more the other way up: what a line says both ways cancels out.
    fn upside_down(&self, page: &Tensor, outlines: &[Polygon]) -> Result<bool> {
        let mut widest: Vec<Polygon> = outlines.to_vec();
        widest.sort_by(|a, b| b.width().total_cmp(&a.width()));
        widest.truncate(ORIENTATION_LINES);
        let leans = self.leans(page, &widest)?;
        if leans.iter().all(|lean| *lean <= -ORIENTATION_SURE) {
            return Ok(false);
        }
        let other: Vec<Polygon> = widest.into_iter().map(crop::turned).collect();
        let turned = self.leans(page, &other)?;
        Ok(on_its_head(&leans, &turned))
    }

    /// How far each line leans to standing on its head: from -1, upright, to 1.
    fn leans(&self, page: &Tensor, outlines: &[Polygon]) -> Result<Vec<f32>> {
        if outlines.is_empty() {
            return Ok(Vec::new());
        }
        let (height, padded) = orientation::INPUT;
        let beginning = |outline: &Polygon| {
            // The classifier was trained on the beginning of a line, so a long one is cut.
            let whole = crop::width_at(outline, height);
            let text = whole.min(padded);
            crop::quad(0, &outline.slice(0.0, text as f32 / whole as f32), text)
        };
        let lines: Vec<_> = outlines.iter().map(beginning).collect();
        let x = lines_of_pages::crop(std::slice::from_ref(page), &lines, (height, padded))?;
        let votes = self.orientation.forward(&x)?.to_vec2::<f32>()?;
        Ok(votes.iter().map(|vote| vote[1] - vote[0]).collect())
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
        let features = features.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>()?;
        let characters = self.recogniser.characters();
        let seen = features.chunks_exact(steps * channels);
        let decoded = best.chunks_exact(steps * 2).zip(seen).map(|(best, seen)| {
            (decode(best, characters), LineFeatures { steps, values: seen.to_vec() })
        });
        Ok((decoded.collect(), start.elapsed()))
    }
}

/// Whether a page stands on its head, by how far each of its lines leans and how far the same line
/// leans the other way up.
fn on_its_head(leans: &[f32], turned: &[f32]) -> bool {
    leans.iter().zip(turned).map(|(lean, turned)| lean - turned).sum::<f32>() > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_look_alike_both_ways_have_no_say() {
        let cases: [(&str, &[f32], &[f32], bool); 6] = [
            ("no lines", &[], &[], false),
            ("upright", &[-0.9, -1.0, -0.8], &[0.9, 1.0, 0.8], false),
            ("on its head", &[0.9, 1.0, 0.8], &[-0.9, -1.0, -0.8], true),
            ("fillers against one word", &[-0.9, 0.8, 1.0, 0.6], &[1.0, 0.9, 1.0, 0.7], false),
            ("the same the other way up", &[1.0, 0.9, 1.0, 0.7], &[-0.9, 0.8, 1.0, 0.6], true),
            ("nothing but fillers", &[0.9, 1.0], &[0.9, 1.0], false),
        ];
        for (name, leans, turned, expected) in cases {
            assert_eq!(on_its_head(leans, turned), expected, "{name}");
        }
    }
}
