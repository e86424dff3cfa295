//! Pictures of the pages with the evidence drawn in: a box around each place, in the colour of
//! the outcome, with the name of the check.

use std::fs;
use std::path::{Path, PathBuf};

use ab_glyph::FontRef;
use image::{Rgb, RgbImage};
use imageproc::drawing::{draw_filled_rect_mut, draw_line_segment_mut, draw_text_mut, text_size};
use imageproc::rect::Rect;
use ivendor_core::check::{Check, Outcome};
use ivendor_core::geometry::Polygon;
use ivendor_core::ids::Sha256;
use ivendor_core::limits::DecodeLimits;
use ivendor_core::verdict::Verdict;
use thiserror::Error;

use crate::error::RunError;

const PASSED: Rgb<u8> = Rgb([22, 130, 60]);
const FAILED: Rgb<u8> = Rgb([200, 30, 40]);
const NOT_EXECUTED: Rgb<u8> = Rgb([190, 120, 0]);
const PAPER: Rgb<u8> = Rgb([255, 255, 255]);

/// Bytes of a file's name that every file system takes, less those of the page and the ending.
const NAME_LEN_MAX: usize = 200;

/// A page picture that cannot be written.
#[derive(Debug, Error)]
#[error("cannot write {path}: {source}")]
pub struct OverlayError {
    /// Where to.
    path: PathBuf,
    /// What the encoder or the system says.
    source: image::ImageError,
}

/// Draws into one folder.
#[derive(Debug)]
pub struct Overlay {
    folder: PathBuf,
    limits: DecodeLimits,
    font: FontRef<'static>,
}

impl Overlay {
    /// Makes the folder if it is not there. Documents are decoded within `limits`.
    ///
    /// # Errors
    /// [`RunError::Usage`] where the folder cannot be made.
    pub fn open(folder: &Path, limits: DecodeLimits) -> Result<Self, RunError> {
        fs::create_dir_all(folder).map_err(|error| {
            RunError::Usage(format!("cannot make the folder {}: {error}", folder.display()))
        })?;
        let font = FontRef::try_from_slice(dejavu::sans_condensed::bold())
            .map_err(|error| RunError::Internal(format!("the font cannot be read: {error}")))?;
        Ok(Self { folder: folder.to_owned(), limits, font })
    }

    /// Writes a PNG file a page: `TENANT+DOCUMENT+PAGE.png`, older ones are replaced. A document
    /// that gives no pages has a verdict that says why, and no picture.
    ///
    /// # Errors
    /// [`OverlayError`] where a picture cannot be written.
    pub fn draw(&self, verdict: &Verdict, bytes: &[u8]) -> Result<(), OverlayError> {
        let Ok(document) = ivendor_pages::decode(bytes, &self.limits) else { return Ok(()) };
        let stem = stem(verdict.tenant_id.as_str(), verdict.document_id.as_str());
        for page in document.pages {
            let mut pixels = page.pixels;
            self.draw_page(&mut pixels, page.number, &verdict.checks);
            let path = self.folder.join(format!("{stem}+{}.png", page.number));
            pixels.save(&path).map_err(|source| OverlayError { path, source })?;
        }
        Ok(())
    }

    /// Draws the evidence of `checks` that lies on the page `number`.
    fn draw_page(&self, pixels: &mut RgbImage, number: u32, checks: &[Check]) {
        let mut labels: Vec<Rect> = Vec::new();
        for check in checks {
            let colour = match check.outcome {
                Outcome::Passed => PASSED,
                Outcome::Failed => FAILED,
                Outcome::NotExecuted => NOT_EXECUTED,
            };
            for evidence in check.evidence.iter().filter(|evidence| evidence.page == number) {
                outline(pixels, &evidence.polygon, colour);
                let label = Label { polygon: &evidence.polygon, name: &check.check, colour };
                self.label(pixels, &label, &mut labels);
            }
        }
    }

    /// Writes the name above its box, or further up where another name stands already.
    fn label(&self, pixels: &mut RgbImage, label: &Label<'_>, taken: &mut Vec<Rect>) {
        let Label { polygon, name, colour } = *label;
        let em = (pixels.width().max(pixels.height()) as f32 / 80.0).clamp(10.0, 40.0);
        let (width, height) = text_size(em, &self.font, name);
        let (width, height) = (width + 6, height.max(em as u32) + 4);
        let bounds = |value: f32, end: u32, size: u32| {
            let last = end.saturating_sub(size) as f32;
            value.clamp(0.0, last.max(0.0)) as i32
        };
        let left = polygon.0.iter().map(|p| p.x).fold(f32::INFINITY, f32::min);
        let top = polygon.0.iter().map(|p| p.y).fold(f32::INFINITY, f32::min);
        let x = bounds(left, pixels.width(), width);
        let mut y = bounds(top - height as f32 - 2.0, pixels.height(), height);
        let mut place = Rect::at(x, y).of_size(width, height);
        while y > 0 && taken.iter().any(|other| place.intersect(*other).is_some()) {
            y = (y - height as i32).max(0);
            place = Rect::at(x, y).of_size(width, height);
        }
        taken.push(place);
        draw_filled_rect_mut(pixels, place, colour);
        draw_text_mut(pixels, PAPER, x + 3, y + 1, em, &self.font, name);
    }
}

/// The name of a check beside its evidence.
struct Label<'a> {
    polygon: &'a Polygon,
    name: &'a str,
    colour: Rgb<u8>,
}

/// The file's name without page and ending. `+` is in no identifier, so names cannot collide.
fn stem(tenant: &str, document: &str) -> String {
    let stem = format!("{tenant}+{document}");
    if stem.len() <= NAME_LEN_MAX {
        return stem;
    }
    let mark = Sha256::of(stem.as_bytes()).to_string();
    format!("{}+{mark}", &stem[..NAME_LEN_MAX - mark.len() - 1])
}

/// A line three pixels wide along the four edges.
fn outline(pixels: &mut RgbImage, polygon: &Polygon, colour: Rgb<u8>) {
    // Evidence lies on its page; a bound all the same keeps a wrong one from taking for ever.
    let (width, height) = (pixels.width() as f32, pixels.height() as f32);
    let corners = polygon.0.map(|p| (p.x.clamp(-2.0, width + 2.0), p.y.clamp(-2.0, height + 2.0)));
    for (from, to) in corners.iter().zip(corners.iter().cycle().skip(1)) {
        for (x, y) in [(0.0, 0.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)] {
            draw_line_segment_mut(pixels, (from.0 + x, from.1 + y), (to.0 + x, to.1 + y), colour);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ivendor_core::check::Evidence;
    use ivendor_core::geometry::Point;
    use ivendor_core::reason::Reason;

    fn at(page: u32, x: f32, y: f32) -> Vec<Evidence> {
        let polygon = Polygon::rectangle(Point::new(x, y), Point::new(x + 100.0, y + 20.0));
        vec![Evidence { page, polygon, text: "text".to_owned() }]
    }

    fn count(pixels: &RgbImage, colour: Rgb<u8>) -> usize {
        pixels.pixels().filter(|pixel| **pixel == colour).count()
    }

    fn overlay() -> (tempfile::TempDir, Overlay) {
        let folder = tempfile::tempdir().unwrap();
        let overlay = Overlay::open(&folder.path().join("new"), DecodeLimits::default()).unwrap();
        (folder, overlay)
    }

    #[test]
    fn each_outcome_has_its_colour_on_the_edges_of_its_box() {
        let (_folder, overlay) = overlay();
        let checks = [
            Check::passed("claim.a", 1.0).at(at(1, 50.0, 100.0)),
            Check::failed("claim.b", 0.0, Reason::claim_mismatch("b")).at(at(1, 50.0, 200.0)),
            Check::not_executed("claim.c", Reason::TEXT_NONE).at(at(1, 50.0, 300.0)),
        ];
        let mut page = RgbImage::from_pixel(400, 400, PAPER);
        overlay.draw_page(&mut page, 1, &checks);
        for (colour, y) in [(PASSED, 100), (FAILED, 200), (NOT_EXECUTED, 300)] {
            for (x, y) in [(50, y), (100, y), (150, y + 10), (100, y + 20), (50, y + 10)] {
                assert_eq!(*page.get_pixel(x, y), colour, "at {x}, {y}");
            }
            assert_eq!(*page.get_pixel(100, y + 10), PAPER, "the text stays to be seen");
        }
    }

    #[test]
    fn only_the_evidence_of_its_own_page_is_drawn() {
        let (_folder, overlay) = overlay();
        let checks = [Check::passed("claim.a", 1.0).at(at(2, 50.0, 100.0))];
        let mut page = RgbImage::from_pixel(400, 400, PAPER);
        overlay.draw_page(&mut page, 1, &checks);
        assert_eq!(count(&page, PAPER), 400 * 400);
    }

    #[test]
    fn labels_at_one_place_stand_above_each_other() {
        let (_folder, overlay) = overlay();
        let check = |name: &str| Check::passed(name, 1.0).at(at(1, 50.0, 200.0));
        let drawn = |checks: &[Check]| {
            let mut page = RgbImage::from_pixel(400, 400, PAPER);
            overlay.draw_page(&mut page, 1, checks);
            count(&page, PASSED)
        };
        let (one, two) = (drawn(&[check("claim.a")]), drawn(&[check("claim.a"), check("claim.b")]));
        assert!(two > one + 100, "{two} after {one}");
    }

    #[test]
    fn evidence_out_of_its_page_harms_nothing() {
        let (_folder, overlay) = overlay();
        let far = [-1e9, 1e9, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];
        for (x, y) in far.iter().flat_map(|x| far.iter().map(|y| (*x, *y))) {
            let checks = [Check::passed("a.rather.long.name.of.a.check", 1.0).at(at(1, x, y))];
            for side in [1, 8, 300] {
                overlay.draw_page(&mut RgbImage::new(side, side), 1, &checks);
            }
        }
    }

    #[test]
    fn no_identifier_leads_out_of_the_folder_or_to_a_name_too_long() {
        for (tenant, document) in [("..", ".."), (".", "a"), (&*"t".repeat(128), &"d".repeat(128))]
        {
            let stem = stem(tenant, document);
            assert!(!stem.contains('/') && stem != ".." && stem.len() <= NAME_LEN_MAX, "{stem}");
        }
        assert_ne!(
            stem(&"t".repeat(128), &"d".repeat(127)),
            stem(&"t".repeat(128), &"d".repeat(128))
        );
    }
}
