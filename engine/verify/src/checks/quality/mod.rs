//! Whether the picture of a document is good enough to be trusted: is the text large enough, in
//! focus, free of glare, dark enough and whole?
//!
//! Everything is measured where lines of text were read, since what the rest of a picture looks
//! like does not matter. While a page is read its pixels are counted there (`reading/look.rs`);
//! what the counts mean is said here. Each question is answered for the worst page. A page with
//! hardly any text has nothing to say, and a document of such pages has none of these checks.
//!
//! The bounds are set so that a picture which a person would call usable passes; they are no
//! measure of how well a document was read, only of whether a better picture should be asked for.

use image::RgbImage;
use ivendor_core::check::Check;
use ivendor_core::reason::Reason;
use ivendor_core::verdict::{Line, PageText};

use crate::reading::look::{PageLook, characters, median};

mod crop;
mod line;

use line::{Look, PAPER_MAX};

/// Whether the text is high enough in pixels.
pub const RESOLUTION: &str = "image.resolution";
/// Whether the text is in focus.
pub const BLUR: &str = "image.blur";
/// Whether glare hides text.
pub const GLARE: &str = "image.glare";
/// Whether the ink stands out from the paper.
pub const CONTRAST: &str = "image.contrast";
/// Whether the text is whole.
pub const CROP: &str = "image.crop";

/// Pixels from the foot to the head of a line of text. The recogniser looks at lines of 48 pixels:
/// below a sixth of that, strokes are thinner than a pixel and no enlarging brings them back.
const TEXT_PX_MIN: f32 = 8.0;
/// The least sharpness, see [`Look::sharpness`]. Scans and photographs that can be read have 0.1
/// and more, drawn pages of heavy wear 0.06; blurred by three pixels more they fall to 0.015.
const SHARPNESS_MIN: f32 = 0.03;
/// The most of the text's length that may lie under glare.
const GLARE_MAX: f32 = 0.03;
/// The least print contrast signal. ISO 1831 asks for 0.6 of print that is made to be read by
/// machines; paper that has been carried about shows a third of that and is read all the same.
const CONTRAST_MIN: f32 = 0.15;
/// Lines that may be cut: one is as likely a mark at the edge.
const CUT_LINES_MAX: usize = 1;
/// And the share of the lines that may be cut.
const CUT_SHARE_MAX: f32 = 0.04;

/// How sure a check is of a good picture, and of one that is not.
const PASSED: f32 = 0.99;
const FAILED: f32 = 0.2;

/// A page that was read.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// As it was decoded, RGB, 8 bits a channel.
    pub pixels: &'a RgbImage,
    /// What was read of it.
    pub text: &'a PageText,
    /// What was counted on it; `None` where there is hardly any text.
    pub look: Option<&'a PageLook>,
}

/// What was measured on a page.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Measured {
    page: u32,
    dpi: Option<f32>,
    /// Of the text, in pixels.
    height_px: f32,
    sharpness: f32,
    contrast: f32,
    glare: f32,
    /// Lines that are cut, of how many.
    cut: (usize, usize),
}

/// Judges the pages by what was counted on them. Five checks, or none where there is hardly any
/// text.
#[must_use]
pub fn check(pages: &[Seen<'_>]) -> Vec<Check> {
    let measured: Vec<Measured> = pages.iter().filter_map(measure).collect();
    let many = pages.len() > 1;
    [
        lowest(&measured, |m| m.height_px).map(|m| resolution(m, many)),
        lowest(&measured, |m| m.sharpness).map(|m| blur(m, many)),
        lowest(&measured, |m| -m.glare).map(|m| glare(m, many)),
        lowest(&measured, |m| m.contrast).map(|m| contrast(m, many)),
        lowest(&measured, |m| -cut_share(m)).map(|m| cropped(m, many)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The first page with the lowest value.
fn lowest(pages: &[Measured], value: impl Fn(&Measured) -> f32) -> Option<&Measured> {
    pages.iter().min_by(|a, b| value(a).total_cmp(&value(b)))
}

fn measure(page: &Seen<'_>) -> Option<Measured> {
    let &Seen { pixels, text, look } = page;
    let PageLook { height_px, lines, quiet } = look?;
    let weighed = |line: &Line, value: f32| (value, characters(line));
    let noise = line::noise(*quiet);
    let looks: Vec<(&Line, Look)> = lines
        .iter()
        .filter_map(|(line, counts)| Some((text.lines.get(*line)?, line::look(counts, noise)?)))
        .collect();
    let cut = |(line, look): &&(&Line, Look)| crop::is_cut(pixels, &line.polygon, &look.tones);
    let length: f32 = looks.iter().map(|(line, _)| line.polygon.width()).sum();
    let under: f32 = looks.iter().map(|(line, look)| look.glare * line.polygon.width()).sum();
    let sharp = |(line, look): &(&Line, Look)| weighed(line, look.sharpness);
    let paper = |(line, look): &(&Line, Look)| weighed(line, f32::from(look.paper));
    // On paper that is white itself glare cannot be told, and seldom hides anything.
    let is_grey = median(looks.iter().map(paper).collect())? <= f32::from(PAPER_MAX);
    let tones = |(line, look): &(&Line, Look)| weighed(line, look.tones.contrast());
    Some(Measured {
        page: text.page,
        dpi: text.dpi,
        height_px: *height_px,
        sharpness: median(looks.iter().map(sharp).collect())?,
        contrast: median(looks.iter().map(tones).collect())?,
        glare: if is_grey && length > 0.0 { under / length } else { 0.0 },
        cut: (looks.iter().filter(cut).count(), looks.len()),
    })
}

fn cut_share(page: &Measured) -> f32 {
    let (cut, lines) = page.cut;
    if cut > CUT_LINES_MAX { cut as f32 / lines.max(1) as f32 } else { 0.0 }
}

fn resolution(page: &Measured, many: bool) -> Check {
    let dpi = page.dpi.map_or_else(String::new, |dpi| format!(" at {dpi:.0} dpi"));
    let found = format!("text {:.0} px high{dpi}; at least {TEXT_PX_MIN}", page.height_px);
    let good = page.height_px >= TEXT_PX_MIN;
    said(RESOLUTION, good, Reason::IMAGE_LOW_RESOLUTION).finding(placed(&found, page, many))
}

fn blur(page: &Measured, many: bool) -> Check {
    let sharpness = page.sharpness;
    let found = format!("sharpness {sharpness:.3}; at least {SHARPNESS_MIN}");
    let good = sharpness >= SHARPNESS_MIN;
    said(BLUR, good, Reason::IMAGE_BLURRED).finding(placed(&found, page, many))
}

fn glare(page: &Measured, many: bool) -> Check {
    let (share, most) = (100.0 * page.glare, 100.0 * GLARE_MAX);
    let found = format!("{share:.1} % of the text under glare; at most {most:.0} %");
    let good = page.glare <= GLARE_MAX;
    said(GLARE, good, Reason::IMAGE_GLARE).finding(placed(&found, page, many))
}

fn contrast(page: &Measured, many: bool) -> Check {
    let (share, least) = (100.0 * page.contrast, 100.0 * CONTRAST_MIN);
    let found = format!("contrast {share:.0} %; at least {least:.0} %");
    let good = page.contrast >= CONTRAST_MIN;
    said(CONTRAST, good, Reason::IMAGE_LOW_CONTRAST).finding(placed(&found, page, many))
}

fn cropped(page: &Measured, many: bool) -> Check {
    let (cut, lines) = page.cut;
    let most = CUT_LINES_MAX.max((CUT_SHARE_MAX * lines as f32) as usize);
    let found = format!("{cut} of {lines} lines run off the picture; at most {most}");
    let good = cut <= most;
    said(CROP, good, Reason::IMAGE_CROPPED).finding(placed(&found, page, many))
}

fn said(name: &str, good: bool, reason: Reason) -> Check {
    if good { Check::passed(name, PASSED) } else { Check::failed(name, FAILED, reason) }
}

/// What was found, with the page where there are several.
fn placed(found: &str, page: &Measured, many: bool) -> String {
    if many { format!("page {}: {found}", page.page) } else { found.to_owned() }
}

#[cfg(test)]
mod tests;
