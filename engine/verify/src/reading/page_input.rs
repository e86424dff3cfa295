//! A page as the detector wants it: scaled, both sides multiples of 32, values in [-1, 1].

use candle_core::{Device, Result, Tensor};
use image::RgbImage;
use ivendor_models::detector::SIDE_MULTIPLE;

/// The sizes that the detector was trained for; smaller pages are enlarged, larger ones shrunk.
const SHORT_SIDE_PX: f32 = 736.0;
const LONG_SIDE_PX_MAX: f32 = 2000.0;

/// The size (width, height) in which the detector sees a page.
pub(super) fn detector_size(width: u32, height: u32) -> (usize, usize) {
    let (w, h) = (width as f32, height as f32);
    let enlarge = (SHORT_SIDE_PX / w.min(h)).max(1.0);
    let scale = enlarge.min(LONG_SIDE_PX_MAX / w.max(h));
    let side = |length: f32| {
        let multiples = (length * scale / SIDE_MULTIPLE as f32).round().max(1.0);
        multiples as usize * SIDE_MULTIPLE
    };
    (side(w), side(h))
}

/// `(1, height, width, 3)` in [-1, 1].
pub(super) fn tensor(page: &RgbImage, device: &Device) -> Result<Tensor> {
    let (width, height) = detector_size(page.width(), page.height());
    let values = resize(page, width, height);
    Tensor::from_vec(values, (1, height, width, 3), device)
}

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

fn resize(page: &RgbImage, width: usize, height: usize) -> Vec<f32> {
    let (from_width, from_height) = (page.width() as usize, page.height() as usize);
    let columns = samples(from_width, width);
    let rows = samples(from_height, height);
    let stride = from_width * 3;
    let pixels = page.as_raw();
    let mut values = Vec::with_capacity(width * height * 3);
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

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn pages_get_the_size_that_the_detector_wants() {
        let cases = [
            ("receipt", (463, 1013), (736, 1600)),
            ("wide enough", (800, 1700), (800, 1696)),
            ("large scan", (2480, 3508), (1408, 1984)),
            ("tiny", (8, 8), (736, 736)),
            ("strip", (10, 20_000), (32, 2016)),
        ];
        for (name, (w, h), expected) in cases {
            assert_eq!(detector_size(w, h), expected, "{name}");
        }
    }

    #[test]
    fn values_span_minus_one_to_one_and_keep_their_place() {
        let mut page = RgbImage::from_pixel(64, 64, Rgb([255, 255, 255]));
        for y in 0..64 {
            for x in 0..32 {
                page.put_pixel(x, y, Rgb([0, 0, 0]));
            }
        }
        let values = resize(&page, 32, 32);
        assert_eq!(values[0], -1.0);
        assert_eq!(values[31 * 3], 1.0);
        assert_eq!(values.len(), 32 * 32 * 3);
    }
}
