//! One pixel of the result at a time.

/// A page.
pub(super) struct Page<'a> {
    /// (height, width, 3)
    pub(super) pixels: &'a [u8],
    pub(super) height: usize,
    pub(super) width: usize,
}

/// Writes the line of a row of the table to `out` (height, width, 3).
pub(super) fn crop(page: &Page<'_>, line: &[f32], size: (usize, usize), out: &mut [f32]) {
    let (text, taps) = (line[1] as usize, line[2] as usize);
    let half = (line[11], line[12]);
    let share = 1.0 / (taps * taps) as f32;
    for (y, row) in out.chunks_exact_mut(size.1 * 3).enumerate() {
        let (inside, padding) = row.split_at_mut(text * 3);
        padding.fill(0.0);
        for (x, pixel) in inside.chunks_exact_mut(3).enumerate() {
            let mut sum = [0.0_f32; 3];
            for (ty, tx) in (0..taps).flat_map(|ty| (0..taps).map(move |tx| (ty, tx))) {
                let within = |i: usize, t: usize| i as f32 + (t as f32 + 0.5) / taps as f32;
                let u = within(x, tx) / text as f32 - half.0;
                let v = within(y, ty) / size.0 as f32 - half.1;
                let value = sample(page, place(line, u, v));
                (0..3).for_each(|c| sum[c] += value[c]);
            }
            (0..3).for_each(|c| pixel[c] = sum[c] * share / 127.5 - 1.0);
        }
    }
}

/// The place (x, y) on the page of a point of the unit square.
fn place(line: &[f32], u: f32, v: f32) -> (f32, f32) {
    let z = line[9] * u + line[10] * v + 1.0;
    let along = |m: &[f32]| (m[0] * u + m[1] * v + m[2]) / z;
    (along(&line[3..6]), along(&line[6..9]))
}

/// The page's value at a point, bilinear, with the border repeated outside.
fn sample(page: &Page<'_>, (x, y): (f32, f32)) -> [f32; 3] {
    let (w, h) = (page.width, page.height);
    let (x, y) = (x.clamp(0.0, (w - 1) as f32), y.clamp(0.0, (h - 1) as f32));
    let (x0, y0) = (x as usize, y as usize);
    let (x1, y1) = ((x0 + 1).min(w - 1), (y0 + 1).min(h - 1));
    let (fx, fy) = (x - x0 as f32, y - y0 as f32);
    let value = |x: usize, y: usize, c: usize| f32::from(page.pixels[(y * w + x) * 3 + c]);
    std::array::from_fn(|c| {
        let upper = value(x0, y0, c) + (value(x1, y0, c) - value(x0, y0, c)) * fx;
        let lower = value(x0, y1, c) + (value(x1, y1, c) - value(x0, y1, c)) * fx;
        upper + (lower - upper) * fy
    })
}
