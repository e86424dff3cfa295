//! Finds the lines of pages: where they are, and which way up they stand.

use candle_core::{Result, Tensor};
use ivendor_core::geometry::Polygon;
use ivendor_models::crop as lines_of_pages;
use ivendor_models::detector::Detector;
use ivendor_models::orientation::{self, Orientation};
use ivendor_models::placed::to_host;
use ivendor_models::recogniser::LINE_HEIGHT;
use ivendor_models::timing;
use rayon::prelude::*;

use super::outline::{Map, outlines};
use super::pack::pack_pages;
use super::{crop, order, page_input};

/// Lines of a page that are asked for its orientation.
const ORIENTATION_LINES: usize = 8;
/// How many times the pixels of a micro-batch of lines go to the detector at once: one page is as
/// large as many lines, and pages that go alone would take most of the launches.
const DETECTOR_SHARE: usize = 4;
/// Where every line that was asked stands at least so far on one side, 0-1, there is no doubt.
const ORIENTATION_SURE: f32 = 0.5;

/// The networks that find lines, on a device.
#[derive(Debug)]
pub(super) struct Finder {
    pub(super) detector: Detector,
    pub(super) orientation: Orientation,
}

impl Finder {
    /// The outlines of each page's lines in reading order, each from its text's top left corner.
    ///
    /// As many pages go through the detector together as have no more than four times the pixels of
    /// `budget_px` columns of lines; a page alone always goes. A page is found the same whatever
    /// stands beside it.
    ///
    /// # Errors
    /// Where the device fails.
    pub(super) fn find(&self, pages: &[Tensor], budget_px: usize) -> Result<Vec<Vec<Polygon>>> {
        let maps = self.maps(pages, budget_px)?;
        // The host's cores work side by side here, on a GPU's pages too.
        let found = pages.par_iter().zip(maps).map(|(page, map)| {
            let size = size(page)?;
            let found = timing::measure("outline", 0, || outlines(&map, size));
            Ok(found.into_iter().map(crop::along_text).collect())
        });
        let mut found: Vec<Vec<Polygon>> = found.collect::<Result<_>>()?;
        let turned = self.upside_down(pages, &found, budget_px)?;
        for (lines, turned) in found.iter_mut().zip(turned) {
            if turned {
                lines.iter_mut().for_each(|outline| *outline = crop::turned(*outline));
            }
            *lines = order::reading_order(lines).into_iter().map(|i| lines[i]).collect();
        }
        Ok(found)
    }

    /// What the detector says of each page.
    fn maps(&self, pages: &[Tensor], budget_px: usize) -> Result<Vec<Map>> {
        let sizes = pages.iter().map(|page| {
            let (width, height) = size(page)?;
            Ok(page_input::detector_size(width, height))
        });
        let sizes: Vec<(usize, usize)> = sizes.collect::<Result<_>>()?;
        let mut maps: Vec<(usize, Map)> = Vec::with_capacity(pages.len());
        for batch in pack_pages(&sizes, budget_px * LINE_HEIGHT * DETECTOR_SHARE) {
            let (width, height) = sizes[batch[0]];
            let inputs = batch.iter().map(|&page| page_input::tensor(&pages[page]));
            let inputs: Vec<Tensor> = inputs.collect::<Result<_>>()?;
            let mut values = to_host(&self.detector.forward(&Tensor::cat(&inputs, 0)?)?)?;
            // From the last one on, so that the values of a page alone are not copied again.
            for (before, page) in batch.into_iter().enumerate().rev() {
                let values = values.split_off(before * width * height);
                maps.push((page, Map { values, width, height }));
            }
        }
        maps.sort_by_key(|(page, _)| *page);
        Ok(maps.into_iter().map(|(_, map)| map).collect())
    }

    /// Whether the text of each page stands on its head: the widest lines are asked together.
    /// Asking the page, not each line, costs little and does not let a short line like "8008" turn
    /// itself.
    ///
    /// Some text, such as the fillers of a machine-readable zone, looks alike both ways, and the
    /// classifier leans to one side all the same. So unless all lines say at once that they stand
    /// upright, they are asked once more the other way up: what a line says both ways cancels out.
    fn upside_down(
        &self,
        pages: &[Tensor],
        found: &[Vec<Polygon>],
        budget_px: usize,
    ) -> Result<Vec<bool>> {
        let widest = |lines: &Vec<Polygon>| {
            let mut widest = lines.clone();
            widest.sort_by(|a, b| b.width().total_cmp(&a.width()));
            widest.truncate(ORIENTATION_LINES);
            widest
        };
        let widest: Vec<Vec<Polygon>> = found.iter().map(widest).collect();
        let leans = self.leans(pages, &widest, budget_px)?;
        let is_sure = |leans: &[f32]| leans.iter().all(|lean| *lean <= -ORIENTATION_SURE);
        let other = widest.into_iter().zip(&leans).map(|(lines, leans)| match is_sure(leans) {
            true => Vec::new(),
            false => lines.into_iter().map(crop::turned).collect(),
        });
        let other: Vec<Vec<Polygon>> = other.collect();
        let turned = self.leans(pages, &other, budget_px)?;
        Ok(leans.iter().zip(&turned).map(|(leans, turned)| on_its_head(leans, turned)).collect())
    }

    /// How far each line of each page leans to standing on its head: from -1, upright, to 1.
    fn leans(
        &self,
        pages: &[Tensor],
        lines: &[Vec<Polygon>],
        budget_px: usize,
    ) -> Result<Vec<Vec<f32>>> {
        let (height, padded) = orientation::INPUT;
        let beginning = |(page, outline): (usize, &Polygon)| {
            // The classifier was trained on the beginning of a line, so a long one is cut.
            let whole = crop::width_at(outline, height);
            let text = whole.min(padded);
            crop::quad(page, &outline.slice(0.0, text as f32 / whole as f32), text)
        };
        let each = lines.iter().enumerate();
        let each = each.flat_map(|(page, lines)| lines.iter().map(move |line| (page, line)));
        let quads: Vec<_> = each.map(beginning).collect();
        let mut votes = Vec::with_capacity(quads.len());
        for quads in quads.chunks((budget_px / padded).max(ORIENTATION_LINES)) {
            let x = lines_of_pages::crop(pages, quads, (height, padded))?;
            let batch = self.orientation.forward(&x)?.to_vec2::<f32>()?;
            votes.extend(batch.iter().map(|vote| vote[1] - vote[0]));
        }
        let mut votes = votes.into_iter();
        Ok(lines.iter().map(|lines| votes.by_ref().take(lines.len()).collect()).collect())
    }
}

/// (width, height) of a page in pixels.
fn size(page: &Tensor) -> Result<(u32, u32)> {
    let (height, width, _) = page.dims3()?;
    Ok((width as u32, height as u32))
}

/// Whether a page stands on its head, by how far each of its lines leans and how far the same line
/// leans the other way up; by nothing where that was not asked.
fn on_its_head(leans: &[f32], turned: &[f32]) -> bool {
    leans.iter().zip(turned).map(|(lean, turned)| lean - turned).sum::<f32>() > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_look_alike_both_ways_have_no_say() {
        let cases: [(&str, &[f32], &[f32], bool); 7] = [
            ("no lines", &[], &[], false),
            ("sure, and not asked the other way up", &[-0.9, -1.0, -0.8], &[], false),
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
