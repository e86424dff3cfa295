//! What one line of text looks like: its ink and paper, its sharpness, and the glare in it.

use ivendor_models::strip::{Counts, LEVELS};

/// Samples of a class, below which it is no class.
const CLASS_MIN: u32 = 12;
/// Where the three tenths of normally distributed values that are nearest to zero end, in standard
/// deviations.
const QUIET_DEVIATIONS: f32 = 0.385;
/// Paper up to this level is not saturated itself, so that glare stands out from it.
pub(super) const PAPER_MAX: u8 = 240;
/// Of the levels of a line in ascending order, the share that lies below the paper's.
const PAPER_AT: f32 = 0.75;
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

/// What a line looks like on a page of this [`noise`]; `None` where it is of one tone.
pub(super) fn look(counts: &Counts, page_noise: f32) -> Option<Look> {
    let tones = tones(&counts.levels)?;
    let (glare, paper) = glare(counts);
    Some(Look { tones, sharpness: sharpness(counts, &tones, page_noise), paper, glare })
}

/// Parts the levels in two so that the classes are as far from each other as can be (Otsu 1979).
fn tones(counts: &[u32; LEVELS]) -> Option<Tones> {
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
fn sharpness(counts: &Counts, tones: &Tones, page_noise: f32) -> f32 {
    let samples = (counts.line.len() * counts.rows).max(1);
    let square = (counts.squares as f64 / 256.0 / samples as f64) as f32;
    let noise = noise(counts.quiet).min(page_noise);
    let contrast = tones.light - tones.dark;
    ((square - noise) / (contrast.powi(2) * tones.ink)).max(0.0)
}

/// The variance of the Laplacian where nothing is drawn, by the quiet one in sixteenths.
pub(super) fn noise(quiet: u32) -> f32 {
    (quiet as f32 / 16.0 / QUIET_DEVIATIONS).powi(2)
}

/// The share of a line's length that is saturated although its paper is not, and the level of the
/// paper where it is not.
fn glare(counts: &Counts) -> (f32, u8) {
    let clear: [u32; LEVELS] = std::array::from_fn(|i| counts.levels[i] - counts.hidden[i]);
    let Some(paper) = level_at(&clear, PAPER_AT) else { return (0.0, u8::MAX) };
    if paper > PAPER_MAX {
        return (0.0, paper);
    }
    let Counts { saturated, line, rows, .. } = counts;
    let touch = (TOUCHES * *rows as f32) as usize;
    let (first, last) = (line.start.saturating_sub(touch), line.end + touch);
    let mut under = 0;
    let mut column = 0;
    while column < saturated.len() {
        let length = saturated[column..].iter().take_while(|saturated| **saturated).count();
        // Gaps between words are narrower than a line is high.
        if length >= *rows && column < last && column + length > first {
            under += length;
        }
        column += length.max(1);
    }
    (under as f32 / line.len().max(1) as f32, paper)
}

/// The level below which this share of the samples lie; `None` where there are none.
fn level_at(counts: &[u32; LEVELS], share: f32) -> Option<u8> {
    let mut rank = (counts.iter().sum::<u32>() as f32 * share) as u32;
    let level = counts.iter().position(|count| {
        let here = rank < *count;
        rank = rank.saturating_sub(*count);
        here
    });
    level.and_then(|level| u8::try_from(level).ok())
}
