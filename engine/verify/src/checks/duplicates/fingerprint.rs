//! What a page looks like in a few bits, so that a copy of it is known again.
//!
//! Two sketches of the same greyscale picture: the signs of its lowest frequencies (a discrete
//! cosine transform, as in Zauner 2010), of which few change when a page is compressed, scaled or
//! scanned again, and how dark it is cell by cell. The first finds, the second confirms: pages of
//! one layout have like frequencies, and cells tell more of what is filled in.

use image::RgbImage;

/// Cells across and down.
const CELLS: usize = 32;
/// Bits of the first sketch.
const BITS: usize = 64;
/// Pixels that are looked at along the longer side, at least; between them some are left out.
const SAMPLED_PX: u32 = 768;
/// Standard deviation of the cells in grey levels, below which a page shows nothing that could be
/// known again: paper with a few words has about 3.
const SPREAD_MIN: f64 = 2.5;
/// A page less than this many pixels wide or high shows nothing either.
const SIDE_MIN: u32 = 64;
/// Bits of the first sketch that may differ in a copy. Unrelated pictures differ in half of them.
pub(super) const BITS_DIFFER_MAX: u32 = 4;
/// The least correlation of the cells of a copy. A page that was compressed and scaled keeps 0.99;
/// receipts of one shop and invoices of one layout come up to 0.97.
const AGREE_MIN: f32 = 0.98;

/// A page in 64 bits and a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Fingerprint {
    /// Signs of the lowest frequencies.
    pub(super) bits: u64,
    /// Grey levels of the cells, less their mean, scaled to a standard deviation of 32.
    pub(super) cells: Box<[i8]>,
}

impl Fingerprint {
    /// Whether two pages look the same but for what copying does to them.
    #[must_use]
    pub fn is_near(&self, other: &Self) -> bool {
        self.differ(other) <= BITS_DIFFER_MAX && self.agreement(other) >= AGREE_MIN
    }

    /// In how many of their 64 bits two pages differ.
    #[must_use]
    pub fn differ(&self, other: &Self) -> u32 {
        (self.bits ^ other.bits).count_ones()
    }

    /// The correlation of the cells, −1 to 1.
    #[must_use]
    pub fn agreement(&self, other: &Self) -> f32 {
        let product = |a: &Fingerprint, b: &Fingerprint| -> i64 {
            a.cells.iter().zip(&b.cells).map(|(a, b)| i64::from(*a) * i64::from(*b)).sum()
        };
        let (own, others) = (product(self, self) as f64, product(other, other) as f64);
        if own > 0.0 && others > 0.0 {
            (product(self, other) as f64 / (own * others).sqrt()) as f32
        } else {
            0.0
        }
    }
}

/// The fingerprint of a page (RGB, 8 bits a channel); `None` where it is blank, of one colour or
/// tiny, since all such pages look alike.
#[must_use]
pub fn fingerprint(page: &RgbImage) -> Option<Fingerprint> {
    if page.width().min(page.height()) < SIDE_MIN {
        return None;
    }
    let cells = cells(page);
    let count = cells.len() as f64;
    let mean = cells.iter().sum::<f64>() / count;
    let spread = (cells.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt();
    if spread < SPREAD_MIN {
        return None;
    }
    let level = |v: &f64| ((v - mean) / spread * 32.0).round().clamp(-127.0, 127.0) as i8;
    Some(Fingerprint { bits: signs(&cells), cells: cells.iter().map(level).collect() })
}

/// The mean green of each cell of the page: [`CELLS`] rows of [`CELLS`].
fn cells(page: &RgbImage) -> Vec<f64> {
    let (width, height) = (page.width(), page.height());
    let step = (width.max(height) / SAMPLED_PX).max(1) as usize;
    let cell = |at: usize, side: u32| (at * CELLS / side as usize).min(CELLS - 1);
    let columns: Vec<usize> = (0..width as usize).map(|x| cell(x, width)).collect();
    let mut sums = vec![(0_u64, 0_u64); CELLS * CELLS];
    let rows = page.as_raw().chunks_exact(3 * width as usize).enumerate();
    for (y, row) in rows.step_by(step) {
        let sums = &mut sums[cell(y, height) * CELLS..][..CELLS];
        for (pixel, column) in row.chunks_exact(3).zip(&columns).step_by(step) {
            let (sum, count) = &mut sums[*column];
            *sum += u64::from(pixel[1]);
            *count += 1;
        }
    }
    sums.into_iter().map(|(sum, count)| sum as f64 / count.max(1) as f64).collect()
}

/// Which of the lowest frequencies lie above their median.
fn signs(cells: &[f64]) -> u64 {
    let mut order: Vec<(usize, usize)> =
        (0..CELLS).flat_map(|v| (0..CELLS).map(move |u| (u, v))).collect();
    order.sort_by_key(|(u, v)| (u + v, *u));
    // The first is the mean of the page: how light it is says nothing of what it shows.
    let lowest = &order[1..=BITS];
    let sides = lowest.iter().map(|(u, v)| *u.max(v)).max().unwrap_or(0) + 1;
    let wave: Vec<Vec<f64>> = (0..sides)
        .map(|k| {
            let angle =
                |x: usize| std::f64::consts::PI * k as f64 * (x as f64 + 0.5) / CELLS as f64;
            (0..CELLS).map(|x| angle(x).cos()).collect()
        })
        .collect();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let rows: Vec<Vec<f64>> = wave
        .iter()
        .map(|wave| cells.chunks_exact(CELLS).map(|row| dot(row, wave)).collect())
        .collect();
    let values: Vec<f64> = lowest.iter().map(|(u, v)| dot(&rows[*u], &wave[*v])).collect();
    let mut sorted = values.clone();
    sorted.sort_by(f64::total_cmp);
    let median = f64::midpoint(sorted[BITS / 2 - 1], sorted[BITS / 2]);
    values.iter().rev().fold(0, |bits, value| bits << 1 | u64::from(*value > median))
}
