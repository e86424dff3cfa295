//! Row by row: two rows of the page are blended, then their pixels.

/// One sample: the two source positions and the weight of the second.
struct Sample {
    first: usize,
    second: usize,
    weight: f32,
}

/// Bilinear samples at the centres of `to` pixels over `from` pixels.
fn samples(from: usize, to: usize) -> Vec<Sample> {
    let scale = from as f32 / to as f32;
    let last = from - 1;
    (0..to)
        .map(|i| {
            let at = ((i as f32 + 0.5) * scale - 0.5).clamp(0.0, last as f32);
            let first = at as usize;
            Sample { first, second: (first + 1).min(last), weight: at - first as f32 }
        })
        .collect()
}

/// From a page of (height, width) pixels to another size.
pub(super) fn resize(pixels: &[u8], from: (usize, usize), to: (usize, usize)) -> Vec<f32> {
    let columns = samples(from.1, to.1);
    let rows = samples(from.0, to.0);
    let stride = from.1 * 3;
    let mut values = Vec::with_capacity(to.0 * to.1 * 3);
    let mut blended = vec![0.0_f32; stride];
    for row in &rows {
        let upper = &pixels[row.first * stride..][..stride];
        let lower = &pixels[row.second * stride..][..stride];
        for ((out, upper), lower) in blended.iter_mut().zip(upper).zip(lower) {
            let (upper, lower) = (f32::from(*upper), f32::from(*lower));
            *out = (upper + (lower - upper) * row.weight) / 127.5 - 1.0;
        }
        for column in &columns {
            let (left, right) = (&blended[column.first * 3..], &blended[column.second * 3..]);
            values.extend((0..3).map(|c| left[c] + (right[c] - left[c]) * column.weight));
        }
    }
    values
}
