//! Lines of text cut out of their pages and straightened, for a recogniser: each comes from a
//! quadrilateral of a page to a row of one batch.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;

#[cfg(feature = "cuda")]
use candle_core::CudaStorage;
use candle_core::{CpuStorage, CustomOp1, Device, Layout, Result, Shape, Tensor};

use crate::op;
use crate::resize::{page_bytes, page_sizes};
use crate::timing;

const NAME: &str = "crop";

/// Numbers of a line in the table that goes to the device.
const FIELDS: usize = 14;

/// Where a line is shrunk by more than this, each pixel is the mean of several samples.
const SHRINK_MAX: f32 = 1.5;
/// The most samples of a pixel each way.
const TAPS_MAX: usize = 8;

/// A line to be cut out.
#[derive(Debug, Clone, Copy)]
pub struct Quad {
    /// Which of the pages.
    pub page: usize,
    /// The corners (x, y) in pixels, clockwise from the text's top left.
    pub corners: [[f32; 2]; 4],
    /// The longer of each pair of opposite sides, in pixels: along the text, and across it.
    pub sides: (f32, f32),
    /// Columns of the result that hold the line; those behind are 0, mid-grey, as in training.
    pub text: usize,
}

/// Cuts lines out of `pages`, `(H, W, 3)` bytes each, to `(lines, height, width, 3)` in [-1, 1], in
/// the type of activations of the device.
///
/// # Errors
/// Where a page is no contiguous tensor of bytes of that shape, a line names none of the pages or
/// is wider than the result, or there is no line.
pub fn crop(pages: &[Tensor], lines: &[Quad], size: (usize, usize)) -> Result<Tensor> {
    let Some(device) = pages.first().map(Tensor::device) else {
        return op::shape_error(NAME, "there is no page".into());
    };
    let (height, width) = size;
    for line in lines {
        if line.page >= pages.len() || line.text > width || line.text == 0 {
            return op::shape_error(NAME, format!("{line:?} does not fit {width} columns"));
        }
    }
    let table: Vec<f32> = lines.iter().flat_map(|line| fields(line, height)).collect();
    // Numbers that the kernel needs lie on the device before it starts.
    let table = Tensor::from_vec(table, (lines.len(), FIELDS), device)?;
    table.apply_op1_no_bwd(&Crop { pages, height, width })
}

struct Crop<'a> {
    pages: &'a [Tensor],
    height: usize,
    width: usize,
}

/// A projective map from the unit square to the page:
/// `x = (a u + b v + c) / (g u + h v + 1)`, and `y` likewise with d, e, f.
#[derive(Debug, Clone, Copy)]
struct Projection {
    x: [f32; 3],
    y: [f32; 3],
    z: [f32; 2],
}

impl Projection {
    /// The map that takes the corners (0,0), (1,0), (1,1), (0,1) to those of a quadrilateral
    /// (Heckbert 1989).
    fn new([p0, p1, p2, p3]: [[f32; 2]; 4]) -> Self {
        let (sx, sy) = (p0[0] - p1[0] + p2[0] - p3[0], p0[1] - p1[1] + p2[1] - p3[1]);
        let (dx1, dx2) = (p1[0] - p2[0], p3[0] - p2[0]);
        let (dy1, dy2) = (p1[1] - p2[1], p3[1] - p2[1]);
        let det = dx1 * dy2 - dx2 * dy1;
        // Without area there is no projection; the affine part then repeats one line of pixels.
        let (g, h) = match det.abs() > 1e-6 {
            true => ((sx * dy2 - dx2 * sy) / det, (dx1 * sy - sx * dy1) / det),
            false => (0.0, 0.0),
        };
        Self {
            x: [p1[0] - p0[0] + g * p1[0], p3[0] - p0[0] + h * p3[0], p0[0]],
            y: [p1[1] - p0[1] + g * p1[1], p3[1] - p0[1] + h * p3[1], p0[1]],
            z: [g, h],
        }
    }
}

/// A line in the table: its page, columns and samples a pixel each way, the projection, and half a
/// pixel in units of its sides. Corners are places of pixels; the centre of the first pixel lies
/// half a pixel inside.
fn fields(line: &Quad, height: usize) -> [f32; FIELDS] {
    let Projection { x, y, z } = Projection::new(line.corners);
    // Where the line is shrunk, each pixel is the mean of a few samples, lest strokes vanish.
    let shrink = line.sides.1 / height as f32;
    let taps = if shrink > SHRINK_MAX { (shrink.ceil() as usize).min(TAPS_MAX) } else { 1 };
    let (page, text) = (line.page as f32, line.text as f32);
    let half = (0.5 / line.sides.0.max(1.0), 0.5 / line.sides.1.max(1.0));
    let head = [page, text, taps as f32];
    let tail = [z[0], z[1], half.0, half.1, 0.0];
    let mut fields = [0.0; FIELDS];
    for (field, value) in fields.iter_mut().zip(head.into_iter().chain(x).chain(y).chain(tail)) {
        *field = value;
    }
    fields
}

impl CustomOp1 for Crop<'_> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, table: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let guards: Vec<_> = self.pages.iter().map(Tensor::storage_and_layout).collect();
        let mut pages = Vec::with_capacity(guards.len());
        for (storage, layout) in &guards {
            let (height, width) = page_sizes(NAME, layout)?;
            pages.push(cpu::Page {
                pixels: page_bytes(NAME, op::held(NAME, storage)?, layout)?,
                height,
                width,
            });
        }
        let table = op::values(NAME, table, layout)?;
        let (lines, each) = (table.len() / FIELDS, self.height * self.width * 3);
        let out = timing::measure(NAME, 0, || {
            op::filled(lines * each, |out| {
                for (line, out) in table.chunks_exact(FIELDS).zip(out.chunks_exact_mut(each)) {
                    cpu::crop(&pages[line[0] as usize], line, (self.height, self.width), out);
                }
            })
        });
        Ok((CpuStorage::F32(out), (lines, self.height, self.width, 3).into()))
    }

    #[cfg(feature = "cuda")]
    fn cuda_fwd(&self, table: &CudaStorage, layout: &Layout) -> Result<(CudaStorage, Shape)> {
        cuda::forward(self, table, layout)
    }
}

/// One line out of the bytes of a page of (height, width, 3), on the CPU, to `out` of
/// (height, width, 3): the values of [`crop`] in f32.
///
/// # Errors
/// Where the bytes or `out` have other sizes, or the line does not fit.
pub fn on_cpu(
    (pixels, width, height): (&[u8], usize, usize),
    line: &Quad,
    size: (usize, usize),
    out: &mut [f32],
) -> Result<()> {
    let fits = pixels.len() == width * height * 3 && out.len() == size.0 * size.1 * 3;
    if !fits || pixels.is_empty() || line.text == 0 || line.text > size.1 {
        return op::shape_error(NAME, format!("{line:?} of {width}x{height} to {size:?}"));
    }
    cpu::crop(&cpu::Page { pixels, height, width }, &fields(line, size.0), size, out);
    Ok(())
}

/// The bytes of a page, `(height, width, 3)`, on a device: copied once, for all that reads it.
///
/// # Errors
/// Where the bytes are not those of so many pixels, or the device fails.
pub fn upload(bytes: &[u8], (width, height): (usize, usize), device: &Device) -> Result<Tensor> {
    Tensor::from_slice(bytes, (height, width, 3), device)
}

#[cfg(test)]
mod tests;
