//! What one line of text looks like: its ink and paper, its sharpness, and the glare in it.

use super::grey::{Grey, Sample, Strip};
use ivendor_core::geometry::Polygon;

/// Samples of a class, below which it is no class.
const CLASS_MIN: u32 = 12;
/// Of the places of a line or page, the share at which the Laplacian is smallest: that is paper,
/// and what it shows there is noise.
const QUIET: f32 = 0.3;
/// Where that share of normally distributed values ends, in standard deviations.
const QUIET_DEVIATIONS: f32 = 0.385;
/// From this level on a pixel is saturated: the sensor tells no more.
const SATURATED_MIN: u8 = 250;
/// Paper up to this level is not saturated itself, so that glare stands out from it.
pub(super) const PAPER_MAX: u8 = 240;
/// Of the levels of a line in ascending order, the share that lies below the paper's.
const PAPER_AT: f32 = 0.75;
/// The share of a column of samples that glare covers.
const COLUMN_MIN: f32 = 0.9;
/// Beyond its ends a line is searched for glare as far as this many of its heights.
const BEYOND: f32 = 2.0;
/// Glare begins this many heights beyond the end of a line at most: there it cut the text off.
const TOUCHES: f32 = 0.3;

/// The two levels of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tones {
    pub(super) dark: f32,
    pub(super) light: f32,
    /// The share of the line that is ink: of the two, what there is less of.
    pub(super) ink: f32,
    /// Whether the ink is the lighter one.
    pub(super) inverted: bool,
}

impl Tones {
    /// The print contrast signal of ISO 1831: what the ink takes from the light of the paper.
    pub(super) fn contrast(&self) -> f32 {
        (self.light - self.dark) / self.light.max(1.0)
    }

    /// Between ink and paper.
    pub(super) fn middle(&self) -> f32 {
        f32::midpoint(self.dark, self.light)
    }
}

/// What was measured on a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Look {
    pub(super) tones: Tones,
    /// The variance of the smoothed Laplacian less that of the noise, by the square of the contrast
    /// and by the share of the ink.
    pub(super) sharpness: f32,
    /// The level of the paper that is not under glare.
    pub(super) paper: u8,
    /// The share of the line's length that is under glare; above 1 where more lies beside it.
    pub(super) glare: f32,
}

/// Looks at a line on a page of this [`noise`]; `None` where it is of one tone.
pub(super) fn look(page: &Grey, outline: &Polygon, page_noise: f32) -> Option<Look> {
    let strip = page.strip(outline, BEYOND);
    let tones = tones(strip.inner())?;
    let (glare, paper) = glare(&strip);
    Some(Look { tones, sharpness: sharpness(&strip, &tones, page_noise), paper, glare })
}

/// Parts the levels in two so that the classes are as far from each other as can be (Otsu 1979).
fn tones<'a>(samples: impl Iterator<Item = &'a Sample>) -> Option<Tones> {
    let mut counts = [0_u32; 256];
    samples.for_each(|sample| counts[usize::from(sample.level)] += 1);
    let weigh = |(count, sum): (u32, u64), (level, n): (usize, &u32)| {
        (count + n, sum + level as u64 * u64::from(*n))
    };
    let (all, whole) = counts.iter().enumerate().fold((0, 0), weigh);
    let mut best: Option<(f64, Tones)> = None;
    let (mut count, mut sum) = (0, 0);
    for bin in counts.iter().enumerate() {
        (count, sum) = weigh((count, sum), bin);
        let rest = all - count;
        if count < CLASS_MIN || rest < CLASS_MIN {
            continue;
        }
        let (dark, light) = (sum as f64 / f64::from(count), (whole - sum) as f64 / f64::from(rest));
        let between = f64::from(count) * f64::from(rest) * (light - dark).powi(2);
        if light > dark && best.is_none_or(|(most, _)| between > most) {
            let tones = Tones {
                dark: dark as f32,
                light: light as f32,
                ink: count.min(rest) as f32 / all as f32,
                inverted: count > rest,
            };
            best = Some((between, tones));
        }
    }
    best.map(|(_, tones)| tones)
}

/// Noise makes the Laplacian as large as sharp letters do, but it does so on the paper as well.
/// Small letters leave no paper between them, so the page's own noise counts where it is less.
fn sharpness(strip: &Strip, tones: &Tones, page_noise: f32) -> f32 {
    let squares = strip.inner().map(|sample| sample.laplacian.powi(2));
    let square = squares.sum::<f32>() / (strip.line.len() * strip.height).max(1) as f32;
    let noise = noise(strip.inner()).min(page_noise);
    let contrast = tones.light - tones.dark;
    ((square - noise) / (contrast.powi(2) * tones.ink)).max(0.0)
}

/// The variance of the Laplacian where nothing is drawn.
pub(super) fn noise<'a>(samples: impl Iterator<Item = &'a Sample>) -> f32 {
    let mut sizes: Vec<f32> = samples.map(|sample| sample.laplacian.abs()).collect();
    if sizes.is_empty() {
        return 0.0;
    }
    let at = (sizes.len() as f32 * QUIET) as usize;
    let quiet = *sizes.select_nth_unstable_by(at, f32::total_cmp).1;
    (quiet / QUIET_DEVIATIONS).powi(2)
}

/// The share of a line's length that is saturated although its paper is not, and the level of the
/// paper where it is not.
fn glare(strip: &Strip) -> (f32, u8) {
    let blown: Vec<bool> = (0..strip.width)
        .map(|column| {
            let rows = strip.samples.iter().skip(column).step_by(strip.width);
            let saturated = rows.filter(|sample| sample.level >= SATURATED_MIN).count();
            saturated as f32 >= COLUMN_MIN * strip.height as f32
        })
        .collect();
    let own = strip
        .samples
        .chunks_exact(strip.width)
        .flat_map(|row| row[strip.line.clone()].iter().zip(&blown[strip.line.clone()]));
    let mut own: Vec<u8> = own.filter(|(_, b)| !**b).map(|(sample, _)| sample.level).collect();
    if own.is_empty() {
        return (0.0, u8::MAX);
    }
    let at = (own.len() as f32 * PAPER_AT) as usize;
    let paper = *own.select_nth_unstable(at).1;
    if paper > PAPER_MAX {
        return (0.0, paper);
    }
    let touch = (TOUCHES * strip.height as f32) as usize;
    let (first, last) = (strip.line.start.saturating_sub(touch), strip.line.end + touch);
    let mut under = 0;
    let mut column = 0;
    while column < blown.len() {
        let length = blown[column..].iter().take_while(|blown| **blown).count();
        // Gaps between words are narrower than a line is high.
        if length >= strip.height && column < last && column + length > first {
            under += length;
        }
        column += length.max(1);
    }
    (under as f32 / strip.line.len().max(1) as f32, paper)
}
