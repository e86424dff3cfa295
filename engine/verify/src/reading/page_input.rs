//! A page as the detector wants it: scaled, both sides multiples of 32, values in [-1, 1].

use candle_core::{Result, Tensor};
use ivendor_models::detector::SIDE_MULTIPLE;
use ivendor_models::resize::resize;

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

/// `(1, height, width, 3)` in [-1, 1], from the bytes `(height, width, 3)` of a page.
pub(super) fn tensor(page: &Tensor) -> Result<Tensor> {
    let (height, width, _) = page.dims3()?;
    let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
    resize(page, detector_size(side(width), side(height)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
