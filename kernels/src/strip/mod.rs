//! What lies along lines of text, counted where the pages lie: the grey levels, how fast they
//! change, and where they are saturated. How sharp a page is, what its tones are and where glare
//! hides it can be said from these counts alone, without its pixels.
//!
//! A page is looked at in grey, made smaller by a whole factor. Its Laplacian, of the levels
//! smoothed over 3 by 3, is a whole number of sixteenths of a level: all counts are whole, and the
//! same on every device.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;

use std::ops::Range;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use crate::op;
use crate::resize::{page_bytes, page_sizes};
use crate::timing;

const NAME: &str = "strip";

/// Grey levels.
pub const LEVELS: usize = 256;
/// From this level on a sample is saturated: the sensor tells no more.
const SATURATED_MIN: u8 = 250;

/// Sizes of the Laplacian in sixteenths of a level: the weights of the levels that it adds are 16
/// together, as are those of the levels that it takes away.
const STEPS: usize = 16 * 255 + 1;
/// Pixels that become one, along a side, at most.
const SHRINK_MAX: usize = 64;
/// One in so many places tells of the page as a whole; a prime, so that they form no columns.
const SCATTER: usize = 23;
/// Columns and rows of samples of one line at most; a longer or higher one is sampled more thinly.
const SAMPLES_MAX: (usize, usize) = (2_000, 64);
/// Samples go on beyond both ends of a line as far as this many of its heights.
const BEYOND: f32 = 2.0;
/// The share of a column that is saturated where the column is.
const COLUMN_MIN: f32 = 0.9;
/// Of the samples of a line or page, the share at which the Laplacian is smallest: that is paper.
const QUIET: f32 = 0.3;

/// Numbers of a strip in the table that goes to the device.
const FIELDS: usize = 17;
/// Numbers of a strip in what comes back: the levels, those of saturated columns, the squares in
/// two halves, the quiet Laplacian, and a bit for each column.
const WORDS: usize = 2 * LEVELS + 3 + SAMPLES_MAX.0.div_ceil(32);

/// A page.
#[derive(Debug, Clone, Copy)]
pub struct Page<'a> {
    /// `(H, W, 3)` bytes.
    pub pixels: &'a Tensor,
    /// Pixels along the side of a square that becomes one, 1-64.
    pub shrink: usize,
}

/// A line of text.
#[derive(Debug, Clone, Copy)]
pub struct Line {
    /// Which of the pages.
    pub page: usize,
    /// The corners (x, y) in pixels, clockwise from the text's top left.
    pub corners: [[f32; 2]; 4],
    /// The longer of each pair of opposite sides, in pixels: along the text, and across it.
    pub sides: (f32, f32),
}

/// What was counted on the samples of one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Counts {
    /// Samples of the line itself, by level.
    pub levels: [u32; LEVELS],
    /// The same of its saturated columns alone.
    pub hidden: [u32; LEVELS],
    /// The sum of the squares of the Laplacian, in sixteenths of a level, over the line itself.
    pub squares: u64,
    /// The size of the Laplacian, in sixteenths of a level, that three tenths of the samples of the
    /// line itself do not pass.
    pub quiet: u32,
    /// Columns of samples along the text that are saturated, beyond the ends of the line too.
    pub saturated: Vec<bool>,
    /// The columns of the line itself.
    pub line: Range<usize>,
    /// Rows of samples.
    pub rows: usize,
}

/// What was counted on pages.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counted {
    /// Of each line.
    pub lines: Vec<Counts>,
    /// Of each page the quiet Laplacian of places all over it, as in [`Counts`].
    pub quiet: Vec<u32>,
}

/// The luma of a pixel (ITU-R BT.601); 16 bits hold it until it is divided.
#[must_use]
#[inline(always)]
pub fn luma(pixel: [u8; 3]) -> u8 {
    let [r, g, b] = pixel.map(u16::from);
    ((77 * r + 150 * g + 29 * b) >> 8) as u8
}

/// Counts along `lines` of `pages`, and at places all over each page. What lies outside of a page
/// is black there, so that it is neither paper nor glare.
///
/// # Errors
/// Where a page is no contiguous tensor of bytes of that shape, a line names none of the pages, or
/// the device fails.
pub fn count(pages: &[Page<'_>], lines: &[Line]) -> Result<Counted> {
    if let Some(line) = lines.iter().find(|line| line.page >= pages.len()) {
        return op::shape_error(NAME, format!("{line:?} of {} pages", pages.len()));
    }
    let Some(first) = pages.first() else { return Ok(Counted::default()) };
    let grids: Vec<Grid> = pages.iter().map(Grid::new).collect::<Result<_>>()?;
    let strips: Vec<Strip> = lines.iter().map(|line| Strip::new(line, grids[line.page])).collect();
    let mut table: Vec<f32> = strips.iter().flat_map(Strip::fields).collect();
    for (page, grid) in grids.iter().enumerate() {
        let mut scattered = [0.0; FIELDS];
        scattered[0] = page as f32;
        scattered[5] = rank((grid.width * grid.height).div_ceil(SCATTER));
        table.extend(scattered);
    }
    let table =
        Tensor::from_vec(table, (lines.len() + pages.len(), FIELDS), first.pixels.device())?;
    let words: Vec<u32> = table.apply_op1_no_bwd(&Op { pages, grids: &grids })?.to_vec1()?;
    let (rows, quiet) = words.split_at(lines.len() * WORDS);
    let lines = strips.iter().zip(rows.chunks_exact(WORDS)).map(|(strip, row)| strip.counts(row));
    Ok(Counted { lines: lines.collect(), quiet: quiet.to_vec() })
}

/// The size of a page in grey.
#[derive(Debug, Clone, Copy)]
struct Grid {
    width: usize,
    height: usize,
    /// Pixels of the page along the side of one of these.
    shrink: usize,
}

impl Grid {
    /// What is left over at the right and the bottom is left out.
    fn new(page: &Page<'_>) -> Result<Self> {
        let (height, width) = page_sizes(NAME, page.pixels.layout())?;
        let shrink = page.shrink.clamp(1, SHRINK_MAX);
        // Places are numbered in 32 bits.
        if i32::try_from(width * height).is_err() {
            return op::shape_error(NAME, format!("a page of {width}x{height} is too large"));
        }
        Ok(Self { width: width / shrink, height: height / shrink, shrink })
    }
}

/// How a line is sampled.
#[derive(Debug)]
struct Strip<'a> {
    outline: &'a Line,
    scale: f32,
    columns: usize,
    rows: usize,
    /// The length beyond each end, by that of the line.
    beyond: f32,
    /// The columns of the line itself.
    line: Range<usize>,
}

impl<'a> Strip<'a> {
    fn new(outline: &'a Line, grid: Grid) -> Self {
        let scale = 1.0 / grid.shrink as f32;
        let (length, high) = (outline.sides.0.max(1.0), outline.sides.1.max(1.0));
        let beyond = BEYOND * high / length;
        let count = |px: f32, most: usize| ((px * scale).ceil() as usize).clamp(1, most);
        let columns = count(length * (1.0 + 2.0 * beyond), SAMPLES_MAX.0);
        let rows = count(high, SAMPLES_MAX.1);
        let first = (columns as f32 * beyond / (1.0 + 2.0 * beyond)) as usize;
        Self { outline, scale, columns, rows, beyond, line: first..columns - first }
    }

    /// The strip in the table, as `Line` of `strip.cu` has it.
    fn fields(&self) -> [f32; FIELDS] {
        let Line { page, corners, .. } = self.outline;
        let mut fields = [0.0; FIELDS];
        let (head, tail) = fields.split_at_mut(9);
        head.copy_from_slice(&[
            *page as f32,
            self.columns as f32,
            self.rows as f32,
            self.line.start as f32,
            (COLUMN_MIN * self.rows as f32).ceil(),
            rank(self.line.len() * self.rows),
            1.0 + 2.0 * self.beyond,
            self.beyond,
            self.scale,
        ]);
        tail.iter_mut().zip(corners.as_flattened()).for_each(|(field, value)| *field = *value);
        fields
    }

    /// A row of the result by name.
    fn counts(&self, row: &[u32]) -> Counts {
        let (levels, row) = row.split_at(LEVELS);
        let (hidden, row) = row.split_at(LEVELS);
        let by_level = |counts: &[u32]| std::array::from_fn(|level| counts[level]);
        let bit = |column: usize| row[3 + column / 32] >> (column % 32) & 1 == 1;
        Counts {
            levels: by_level(levels),
            hidden: by_level(hidden),
            squares: u64::from(row[1]) << 32 | u64::from(row[0]),
            quiet: row[2],
            saturated: (0..self.columns).map(bit).collect(),
            line: self.line.clone(),
            rows: self.rows,
        }
    }
}

/// How many samples of `count` in ascending order come before the quiet one. Where there are none,
/// the quiet one is 0 by this.
fn rank(count: usize) -> f32 {
    if count == 0 { -1.0 } else { (count as f32 * QUIET).floor() }
}

struct Op<'a> {
    pages: &'a [Page<'a>],
    grids: &'a [Grid],
}

impl CustomOp1 for Op<'_> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, table: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let table = op::values(NAME, table, layout)?;
        let (lines, scattered) = table.split_at(table.len() - self.pages.len() * FIELDS);
        let lines: Vec<&[f32]> = lines.chunks_exact(FIELDS).collect();
        let mut words = vec![0; lines.len() * WORDS];
        let mut quiet = Vec::with_capacity(self.pages.len());
        for ((i, page), own) in self.pages.iter().enumerate().zip(scattered.chunks_exact(FIELDS)) {
            let (storage, layout) = page.pixels.storage_and_layout();
            let pixels = page_bytes(NAME, op::held(NAME, &storage)?, layout)?;
            let (_, width) = page_sizes(NAME, layout)?;
            timing::measure(NAME, 0, || {
                let grey = cpu::Grey::new(pixels, width, self.grids[i]);
                for (line, row) in lines.iter().zip(words.chunks_exact_mut(WORDS)) {
                    if line[0] as usize == i {
                        cpu::count(&grey, line, row);
                    }
                }
                quiet.push(cpu::scattered(&grey, own[5]));
            });
        }
        words.extend(quiet);
        let count = words.len();
        Ok((CpuStorage::U32(words), count.into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, table: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        cuda::forward(self, table, layout)
    }
}

#[cfg(test)]
mod tests;
