//! Asks a device a question whose answer is known, before it serves: a device that computes, but
//! not what it should, is worse than none.

use image::{Rgb, RgbImage};

use crate::reading::reader::Reader;

/// What is drawn and must be read.
const LINES: [&str; 2] = ["TOTAL 1234.50", "DATE 2067-08-19"];

/// The side of the page: the least that the detector does not enlarge.
const SIDE_PX: u32 = 736;
/// The side of a dot of a letter.
const DOT_PX: u32 = 5;
/// The left end of the lines, the top of the first, and from one to the next.
const LEFT_PX: u32 = 120;
const TOP_PX: u32 = 200;
const PITCH_PX: u32 = 160;

/// Letters of five by seven dots, a row in the low five bits of a byte.
const GLYPHS: [(char, [u8; 7]); 18] = [
    ('0', [0x0e, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0e]),
    ('1', [0x04, 0x0c, 0x04, 0x04, 0x04, 0x04, 0x0e]),
    ('2', [0x0e, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1f]),
    ('3', [0x1f, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0e]),
    ('4', [0x02, 0x06, 0x0a, 0x12, 0x1f, 0x02, 0x02]),
    ('5', [0x1f, 0x10, 0x1e, 0x01, 0x01, 0x11, 0x0e]),
    ('6', [0x06, 0x08, 0x10, 0x1e, 0x11, 0x11, 0x0e]),
    ('7', [0x1f, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08]),
    ('8', [0x0e, 0x11, 0x11, 0x0e, 0x11, 0x11, 0x0e]),
    ('9', [0x0e, 0x11, 0x11, 0x0f, 0x01, 0x02, 0x0c]),
    ('A', [0x0e, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11]),
    ('D', [0x1c, 0x12, 0x11, 0x11, 0x11, 0x12, 0x1c]),
    ('E', [0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f]),
    ('L', [0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f]),
    ('O', [0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e]),
    ('T', [0x1f, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04]),
    ('-', [0x00, 0x00, 0x00, 0x1f, 0x00, 0x00, 0x00]),
    ('.', [0x00, 0x00, 0x00, 0x00, 0x00, 0x0c, 0x0c]),
];

/// Reads the known page.
///
/// # Errors
/// How the answer differs, or why there is none.
pub(crate) fn sing(reader: &Reader) -> Result<(), String> {
    let reads = reader.read(&[&page()]).map_err(|error| error.to_string())?;
    let read: Vec<String> =
        reads.iter().flat_map(|page| &page.lines).map(|line| line.text.replace(' ', "")).collect();
    let known = LINES.map(|line| line.replace(' ', ""));
    match read == known {
        true => Ok(()),
        false => Err(format!("read {read:?} where {known:?} is drawn")),
    }
}

/// The lines in dark dots on a light page.
fn page() -> RgbImage {
    let mut page = RgbImage::from_pixel(SIDE_PX, SIDE_PX, Rgb([245; 3]));
    for (row, line) in (0_u32..).zip(LINES) {
        for (column, letter) in (0_u32..).zip(line.chars()) {
            let Some((_, rows)) = GLYPHS.iter().find(|(glyph, _)| *glyph == letter) else {
                continue;
            };
            let (left, top) = (LEFT_PX + column * 6 * DOT_PX, TOP_PX + row * PITCH_PX);
            for (y, bits) in (0_u32..).zip(rows) {
                for x in (0..5).filter(|x| bits >> (4 - x) & 1 == 1) {
                    dot(&mut page, left + x * DOT_PX, top + y * DOT_PX);
                }
            }
        }
    }
    page
}

fn dot(page: &mut RgbImage, left: u32, top: u32) {
    for (x, y) in (0..DOT_PX).flat_map(|x| (0..DOT_PX).map(move |y| (x, y))) {
        page.put_pixel(left + x, top + y, Rgb([25; 3]));
    }
}
