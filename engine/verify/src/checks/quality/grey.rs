//! A page in grey, made smaller by a whole factor, and the samples of one line in it.

use std::ops::Range;

use image::RgbImage;
use ivendor_core::geometry::{Point, Polygon};

/// Pixels that become one, along a side, at most.
const SHRINK_MAX: usize = 64;
/// One in so many places tells of the page as a whole; a prime, so that they form no columns.
const SCATTER: usize = 23;
/// Columns and rows of samples of one line at most; a longer or higher one is sampled more thinly.
const SAMPLES_MAX: (usize, usize) = (2_000, 64);

/// Grey levels, row by row.
#[derive(Debug)]
pub(super) struct Grey {
    width: usize,
    height: usize,
    levels: Vec<u8>,
    /// The same without most of its noise, in sixteenths of a level.
    smooth: Vec<u16>,
    /// Pixels of the page along the side of one of these.
    shrink: usize,
}

/// A place inside a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Sample {
    pub(super) level: u8,
    /// Four times the smoothed level less that of its neighbours.
    pub(super) laplacian: f32,
}

/// The samples of a line, along the text; `width` times `height` of them, row by row.
#[derive(Debug)]
pub(super) struct Strip {
    pub(super) samples: Vec<Sample>,
    pub(super) width: usize,
    pub(super) height: usize,
    /// The columns of the line itself; before and after them lies what is beside it.
    pub(super) line: Range<usize>,
}

impl Strip {
    /// The samples of the line itself.
    pub(super) fn inner(&self) -> impl Iterator<Item = &Sample> {
        self.samples.chunks_exact(self.width).flat_map(|row| &row[self.line.clone()])
    }
}

/// The luma of a pixel (ITU-R BT.601).
pub(super) fn luma(pixel: &[u8]) -> u32 {
    (77 * u32::from(pixel[0]) + 150 * u32::from(pixel[1]) + 29 * u32::from(pixel[2])) >> 8
}

impl Grey {
    /// The means of squares of `shrink` pixels; what is left over at the right and the bottom is
    /// left out.
    pub(super) fn new(page: &RgbImage, shrink: usize) -> Self {
        let shrink = shrink.clamp(1, SHRINK_MAX);
        let (width, height) = (page.width() as usize / shrink, page.height() as usize / shrink);
        let mut levels = Vec::with_capacity(width * height);
        let mut sums = vec![0_u32; width];
        let area = (shrink * shrink) as u32;
        let stride = 3 * page.width() as usize;
        for rows in page.as_raw().chunks_exact((stride * shrink).max(1)).take(height) {
            sums.fill(0);
            for row in rows.chunks_exact(stride) {
                for (sum, pixels) in sums.iter_mut().zip(row.chunks_exact(3 * shrink)) {
                    *sum += pixels.chunks_exact(3).map(luma).sum::<u32>();
                }
            }
            levels.extend(sums.iter().map(|sum| (sum / area) as u8));
        }
        let smooth = smooth(&levels, width);
        Self { width, height, levels, smooth, shrink }
    }

    /// Places all over the page, for what it is like as a whole.
    pub(super) fn scattered(&self) -> Vec<Sample> {
        let places = (0..self.levels.len()).step_by(SCATTER);
        let place = |at: usize| self.sample((at % self.width) as f32, (at / self.width) as f32);
        places.map(place).collect()
    }

    /// The samples of a line, with `margin` times its height more at both ends; what lies outside
    /// of the page is black there, so that it is neither paper nor glare.
    pub(super) fn strip(&self, outline: &Polygon, margin: f32) -> Strip {
        let scale = 1.0 / self.shrink as f32;
        let (length, high) = (outline.width().max(1.0), outline.height().max(1.0));
        let beyond = margin * high / length;
        let count = |px: f32, most: usize| ((px * scale).ceil() as usize).clamp(1, most);
        let width = count(length * (1.0 + 2.0 * beyond), SAMPLES_MAX.0);
        let height = count(high, SAMPLES_MAX.1);
        let [a, b, c, d] = outline.0;
        let on = |p: Point, q: Point, t: f32| (p.x + (q.x - p.x) * t, p.y + (q.y - p.y) * t);
        let mut samples = Vec::with_capacity(width * height);
        for row in 0..height {
            let v = (row as f32 + 0.5) / height as f32;
            let ((x0, y0), (x1, y1)) = (on(a, d, v), on(b, c, v));
            for column in 0..width {
                let u = (column as f32 + 0.5) / width as f32 * (1.0 + 2.0 * beyond) - beyond;
                let (x, y) = (x0 + (x1 - x0) * u, y0 + (y1 - y0) * u);
                samples.push(self.sample((x * scale).floor(), (y * scale).floor()));
            }
        }
        let first = (width as f32 * beyond / (1.0 + 2.0 * beyond)) as usize;
        Strip { samples, width, height, line: first..width - first }
    }

    fn sample(&self, x: f32, y: f32) -> Sample {
        let inside = x >= 0.0 && y >= 0.0 && x < self.width as f32 && y < self.height as f32;
        if !inside {
            return Sample { level: 0, laplacian: 0.0 };
        }
        let (x, y) = (x as usize, y as usize);
        let at = |x: usize, y: usize| i32::from(self.smooth[y * self.width + x]);
        let (right, below) = ((x + 1).min(self.width - 1), (y + 1).min(self.height - 1));
        let around = at(x.saturating_sub(1), y) + at(right, y) + at(x, y.saturating_sub(1));
        let laplacian = (4 * at(x, y) - around - at(x, below)) as f32 / 16.0;
        Sample { level: self.levels[y * self.width + x], laplacian }
    }
}

/// Binomial smoothing over 3 by 3, in sixteenths; the edges are repeated.
fn smooth(levels: &[u8], width: usize) -> Vec<u16> {
    let mut out = Vec::with_capacity(levels.len());
    let mut sums = vec![0_u16; width];
    let rows: Vec<&[u8]> = levels.chunks_exact(width.max(1)).collect();
    for (y, row) in rows.iter().enumerate() {
        let above = rows[y.saturating_sub(1)];
        let below = rows[(y + 1).min(rows.len() - 1)];
        for (sum, ((a, b), c)) in sums.iter_mut().zip(above.iter().zip(*row).zip(below)) {
            *sum = u16::from(*a) + 2 * u16::from(*b) + u16::from(*c);
        }
        out.extend(
            (0..width)
                .map(|x| sums[x.saturating_sub(1)] + 2 * sums[x] + sums[(x + 1).min(width - 1)]),
        );
    }
    out
}
