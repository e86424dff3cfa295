//! The whole page in grey and its Laplacian first, in long runs; then the samples, one row of a
//! strip after the other.

use multiversion::multiversion;

use super::{Grid, LEVELS, SATURATED_MIN, SCATTER, STEPS, luma};

/// A sample that lies outside of the page.
const OUTSIDE: u32 = u32::MAX;

/// A page in grey, row by row.
pub(super) struct Grey {
    width: usize,
    height: usize,
    levels: Vec<u8>,
    /// The size of the Laplacian of the smoothed levels, in sixteenths of a level.
    steps: Vec<u16>,
}

impl Grey {
    /// From the bytes of a page of rows of `width` pixels.
    pub(super) fn new(pixels: &[u8], width: usize, grid: Grid) -> Self {
        let mut levels = vec![0; grid.width * grid.height];
        let mut steps = vec![0; levels.len()];
        if !levels.is_empty() {
            match grid.shrink {
                1 => grey(pixels, &mut levels),
                _ => shrunken(pixels, 3 * width, grid, &mut levels),
            }
            laplacian(&levels, grid.width, &mut steps);
        }
        Self { width: grid.width, height: grid.height, levels, steps }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx2+fma"))]
fn grey(pixels: &[u8], levels: &mut [u8]) {
    for (level, pixel) in levels.iter_mut().zip(pixels.chunks_exact(3)) {
        *level = luma([pixel[0], pixel[1], pixel[2]]);
    }
}

/// The means of squares of pixels.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx2+fma"))]
fn shrunken(pixels: &[u8], stride: usize, grid: Grid, levels: &mut [u8]) {
    let area = (grid.shrink * grid.shrink) as f32;
    let mut sums = vec![0_u16; grid.width * grid.shrink];
    let rows = pixels.chunks_exact(stride * grid.shrink);
    for (levels, rows) in levels.chunks_exact_mut(grid.width).zip(rows) {
        sums.fill(0);
        for row in rows.chunks_exact(stride) {
            for (sum, pixel) in sums.iter_mut().zip(row.chunks_exact(3)) {
                *sum += u16::from(luma([pixel[0], pixel[1], pixel[2]]));
            }
        }
        for (level, sums) in levels.iter_mut().zip(sums.chunks_exact(grid.shrink)) {
            let sum: u32 = sums.iter().map(|sum| u32::from(*sum)).sum();
            // Below 2^20 by at most 2^12: no quotient is rounded up to the next whole number.
            *level = (sum as f32 / area) as u8;
        }
    }
}

/// The size of four times the smoothed level less that of its neighbours; edges are repeated, of
/// the levels and of what was smoothed.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx2+fma"))]
fn laplacian(levels: &[u8], width: usize, steps: &mut [u16]) {
    let rows: Vec<&[u8]> = levels.chunks_exact(width).collect();
    let last = rows.len() - 1;
    // Each row of these has one value more at both ends.
    let row = || vec![0_i16; width + 2];
    let (mut sums, mut above, mut own, mut below) = (row(), row(), row(), row());
    smooth(&rows, 0, &mut sums, &mut own);
    above.copy_from_slice(&own);
    for (y, steps) in steps.chunks_exact_mut(width).enumerate() {
        smooth(&rows, (y + 1).min(last), &mut sums, &mut below);
        let across = own.iter().zip(&own[1..]).zip(&own[2..]);
        let along = above[1..=width].iter().zip(&below[1..=width]);
        for (step, (((left, centre), right), (up, down))) in steps.iter_mut().zip(across.zip(along))
        {
            *step = (4 * centre - left - right - up - down).unsigned_abs();
        }
        std::mem::swap(&mut above, &mut own);
        std::mem::swap(&mut own, &mut below);
    }
}

/// A row smoothed binomially over 3 by 3, in sixteenths; `sums` is for those of its columns.
#[inline(always)]
fn smooth(rows: &[&[u8]], y: usize, sums: &mut [i16], out: &mut [i16]) {
    let width = rows[y].len();
    let (above, below) = (rows[y.saturating_sub(1)], rows[(y + 1).min(rows.len() - 1)]);
    for (sum, ((a, b), c)) in sums[1..=width].iter_mut().zip(above.iter().zip(rows[y]).zip(below)) {
        *sum = i16::from(*a) + 2 * i16::from(*b) + i16::from(*c);
    }
    (sums[0], sums[width + 1]) = (sums[1], sums[width]);
    let around = sums.iter().zip(&sums[1..]).zip(&sums[2..]);
    for (out, ((a, b), c)) in out[1..=width].iter_mut().zip(around) {
        *out = a + 2 * b + c;
    }
    (out[0], out[width + 1]) = (out[1], out[width]);
}

/// The quiet Laplacian of places all over the page.
pub(super) fn scattered(grey: &Grey, rank: f32) -> u32 {
    let mut counts = [0; STEPS];
    grey.steps.iter().step_by(SCATTER).for_each(|step| counts[usize::from(*step)] += 1);
    quiet(&counts, rank)
}

/// The step that `rank` of all come before, in ascending order.
fn quiet(counts: &[u32; STEPS], rank: f32) -> u32 {
    let mut before = 0;
    let found = counts.iter().position(|count| {
        before += i64::from(*count);
        before > rank as i64
    });
    found.unwrap_or_default() as u32
}

/// Counts along the strip of a row of the table; `out` is its row of the result.
pub(super) fn count(grey: &Grey, line: &[f32], out: &mut [u32]) {
    let [_, columns, rows, first, full, rank, ..] = *line else { return };
    let (columns, rows, first) = (columns as usize, rows as usize, first as usize);
    let own = first..columns - first;
    let (by_level, rest) = out.split_at_mut(LEVELS);
    let (hidden, rest) = rest.split_at_mut(LEVELS);
    let mut by_step = [0; STEPS];
    let mut squares = 0;
    let mut levels = vec![0_u8; columns * rows];
    let mut saturated = vec![0_u8; columns];
    let (mut along, mut places) = (vec![0.0; columns], vec![OUTSIDE; columns]);
    fractions(line, &mut along);
    for (row, levels) in levels.chunks_exact_mut(columns).enumerate() {
        find(grey, (line, row), &along, &mut places);
        for (level, place) in levels.iter_mut().zip(&places) {
            *level = if *place == OUTSIDE { 0 } else { grey.levels[*place as usize] };
        }
        for (count, level) in saturated.iter_mut().zip(&*levels) {
            *count += u8::from(*level >= SATURATED_MIN);
        }
        for (level, place) in levels[own.clone()].iter().zip(&places[own.clone()]) {
            let step = if *place == OUTSIDE { 0 } else { grey.steps[*place as usize] };
            by_level[usize::from(*level)] += 1;
            by_step[usize::from(step)] += 1;
            squares += u64::from(u32::from(step) * u32::from(step));
        }
    }
    let is_full = |column: usize| f32::from(saturated[column]) >= full;
    for column in own.filter(|column| is_full(*column)) {
        let levels = levels[column..].iter().step_by(columns);
        levels.for_each(|level| hidden[usize::from(*level)] += 1);
    }
    (rest[0], rest[1]) = (squares as u32, (squares >> 32) as u32);
    rest[2] = quiet(&by_step, rank);
    for column in (0..columns).filter(|column| is_full(*column)) {
        rest[3 + column / 32] |= 1 << (column % 32);
    }
}

/// How far along the line each column lies: 0 where the line begins, 1 where it ends.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx2+fma"))]
fn fractions(line: &[f32], along: &mut [f32]) {
    let (columns, span, beyond) = (line[1], line[6], line[7]);
    for (column, along) in along.iter_mut().enumerate() {
        *along = (column as f32 + 0.5) / columns * span - beyond;
    }
}

/// Finds where the samples of a row lie in the picture.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512vl", "x86_64+avx2+fma"))]
fn find(grey: &Grey, (line, row): (&[f32], usize), along: &[f32], places: &mut [u32]) {
    let v = (row as f32 + 0.5) / line[2];
    let scale = line[8];
    let [ax, ay, bx, by, cx, cy, dx, dy] = std::array::from_fn(|i| line[9 + i]);
    let on = |p: f32, q: f32, t: f32| p + (q - p) * t;
    let (x0, y0, x1, y1) = (on(ax, dx, v), on(ay, dy, v), on(bx, cx, v), on(by, cy, v));
    let (width, height) = (grey.width as f32, grey.height as f32);
    for (place, u) in places.iter_mut().zip(along) {
        let x = (on(x0, x1, *u) * scale).floor();
        let y = (on(y0, y1, *u) * scale).floor();
        let inside = x >= 0.0 && y >= 0.0 && x < width && y < height;
        let at = (y as i32 as u32).wrapping_mul(grey.width as u32).wrapping_add(x as i32 as u32);
        *place = if inside { at } else { OUTSIDE };
    }
}
