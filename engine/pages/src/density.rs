//! Dots per inch as an image file states them.

use crate::container::{Segments, png_chunks};

/// Densities outside of this range are placeholders, not measurements.
const DPI_MIN: f64 = 10.0;
const DPI_MAX: f64 = 10_000.0;
const CM_PER_INCH: f64 = 2.54;
const M_PER_INCH: f64 = 0.0254;

/// The horizontal density in a JFIF header.
pub(crate) fn jpeg(bytes: &[u8]) -> Option<f32> {
    let header = Segments::new(bytes).find(|s| s.marker == 0xe0)?.data;
    let density = f64::from(u16::from_be_bytes([*header.get(8)?, *header.get(9)?]));
    match (header.starts_with(b"JFIF\0"), header.get(7)?) {
        (true, 1) => plausible(density),
        (true, 2) => plausible(density * CM_PER_INCH),
        _ => None,
    }
}

/// The horizontal density in a PNG file's pHYs chunk.
pub(crate) fn png(bytes: &[u8]) -> Option<f32> {
    let chunk = png_chunks(bytes).find(|chunk| chunk.kind == b"pHYs")?.data;
    let per_unit = u32::from_be_bytes(chunk.get(..4)?.try_into().ok()?);
    if chunk.get(8) == Some(&1) { plausible(f64::from(per_unit) * M_PER_INCH) } else { None }
}

/// The horizontal density in a bitmap's header.
pub(crate) fn bmp(bytes: &[u8]) -> Option<f32> {
    let header_bytes = u32::from_le_bytes(bytes.get(14..18)?.try_into().ok()?);
    let per_m = u32::from_le_bytes(bytes.get(38..42)?.try_into().ok()?);
    if header_bytes >= 40 { plausible(f64::from(per_m) * M_PER_INCH) } else { None }
}

/// The horizontal density in a TIFF image's tags: the value and its unit, 2 for an inch (which is
/// also what no unit means) or 3 for a centimetre.
pub(crate) fn tiff(value: f64, unit: Option<u16>) -> Option<f32> {
    match unit {
        None | Some(2) => plausible(value),
        Some(3) => plausible(value * CM_PER_INCH),
        Some(_) => None,
    }
}

fn plausible(dpi: f64) -> Option<f32> {
    (DPI_MIN..=DPI_MAX).contains(&dpi).then_some(dpi as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stated_density_is_read_in_its_unit() {
        let jfif = |unit: u8, density: u8| {
            let header = b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x02".as_slice();
            [header, &[unit, 0, density, 0, density, 0, 0]].concat()
        };
        let cases = [
            ("dots per inch", jpeg(&jfif(1, 200)), Some(200.0)),
            ("dots per centimetre", jpeg(&jfif(2, 100)), Some(254.0)),
            ("an aspect ratio", jpeg(&jfif(0, 1)), None),
            ("a placeholder", jpeg(&jfif(1, 1)), None),
            ("TIFF, inch", tiff(300.0, Some(2)), Some(300.0)),
            ("TIFF, centimetre", tiff(100.0, Some(3)), Some(254.0)),
            ("TIFF, no unit that counts", tiff(300.0, Some(1)), None),
            ("no number", tiff(f64::NAN, None), None),
        ];
        for (name, found, expected) in cases {
            assert_eq!(found, expected, "{name}");
        }
        assert_eq!(jpeg(b"\xff\xd8\xff\xe0\x00\x04JF"), None);
        assert_eq!(png(b"\x89PNG\r\n\x1a\n\x00\x00\x00\x02pHYs\x00\x01abcd"), None);
        assert_eq!(bmp(b"BM"), None);
    }
}
