//! The outer structure of image files: enough to tell a whole file from one that was cut off, and
//! to read a size without decoding.
//!
//! The decoders forgive a missing end and fill what is missing with grey; a page of which half is
//! grey must not pass for the page.

use memchr::memchr;

use crate::error::PageError;

const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;

/// One marker segment of a JPEG file, without the marker and the length.
pub(crate) struct Segment<'a> {
    /// The marker's second byte.
    pub(crate) marker: u8,
    /// What the segment holds.
    pub(crate) data: &'a [u8],
}

/// Walks the segments of a JPEG file (ITU-T T.81, annex B) over its entropy-coded data.
pub(crate) struct Segments<'a> {
    rest: &'a [u8],
}

impl<'a> Segments<'a> {
    /// The segments after the first marker, which is SOI.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes.get(2..).unwrap_or_default() }
    }
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    /// The next segment; after a scan's header the scan itself is passed over. `None` at the end
    /// of the bytes: a whole file gives EOI before that.
    fn next(&mut self) -> Option<Segment<'a>> {
        loop {
            let at = memchr(0xff, self.rest)?;
            let marker = *self.rest.get(at + 1)?;
            match marker {
                // Stuffed data, restart markers and fill bytes: no segment.
                0x00 | 0x01 | 0xd0..=0xd8 => self.rest = &self.rest[at + 2..],
                0xff => self.rest = &self.rest[at + 1..],
                EOI => {
                    self.rest = &self.rest[at + 2..];
                    return Some(Segment { marker, data: &[] });
                }
                _ => {
                    let length = self.rest.get(at + 2..at + 4)?;
                    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
                    let data = self.rest.get(at + 4..at + 2 + length.max(2))?;
                    self.rest = &self.rest[at + 2 + length.max(2)..];
                    return Some(Segment { marker, data });
                }
            }
        }
    }
}

/// Refuses a JPEG file that has no picture or no end.
pub(crate) fn check_jpeg_end(bytes: &[u8]) -> Result<(), PageError> {
    let mut has_scan = false;
    for segment in Segments::new(bytes) {
        match segment.marker {
            SOS => has_scan = true,
            EOI if has_scan => return Ok(()),
            EOI => return Err(PageError::Damaged("the JPEG file holds no picture".to_owned())),
            _ => {}
        }
    }
    Err(cut_off("JPEG", bytes, "its end-of-image marker"))
}

/// The size (width, height) that a JPEG file's frame header states.
pub(crate) fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let frame = Segments::new(bytes)
        .find(|s| matches!(s.marker, 0xc0..=0xcf) && !matches!(s.marker, 0xc4 | 0xc8 | 0xcc))?;
    let side = |at: usize| {
        let pair = frame.data.get(at..at + 2)?;
        Some(u32::from(u16::from_be_bytes([pair[0], pair[1]])))
    };
    Some((side(3)?, side(1)?))
}

/// A chunk of a PNG file.
pub(crate) struct Chunk<'a> {
    /// Its four letters.
    pub(crate) kind: &'a [u8],
    /// What it holds.
    pub(crate) data: &'a [u8],
}

/// The whole chunks of a PNG file (ISO/IEC 15948, clause 5).
pub(crate) fn png_chunks(bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    let mut rest = bytes.get(8..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = usize::try_from(u32::from_be_bytes(rest.get(..4)?.try_into().ok()?)).ok()?;
        let end = length.checked_add(12)?;
        let chunk = rest.get(..end)?;
        rest = &rest[end..];
        Some(Chunk { kind: &chunk[4..8], data: &chunk[8..8 + length] })
    })
}

/// Refuses a PNG file that has no end.
pub(crate) fn check_png_end(bytes: &[u8]) -> Result<(), PageError> {
    if png_chunks(bytes).any(|chunk| chunk.kind == b"IEND") {
        return Ok(());
    }
    Err(cut_off("PNG", bytes, "its IEND chunk"))
}

/// Refuses a WebP file that is shorter than it says.
pub(crate) fn check_webp_end(bytes: &[u8]) -> Result<(), PageError> {
    let stated = bytes.get(4..8).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    // The stated length leaves out the eight bytes before and including itself.
    let missing = stated.is_none_or(|stated| u64::from(stated) + 8 > bytes.len() as u64);
    if missing { Err(cut_off("WebP", bytes, "the length that it states")) } else { Ok(()) }
}

fn cut_off(kind: &str, bytes: &[u8], end: &str) -> PageError {
    let count = bytes.len();
    PageError::Damaged(format!("the {kind} file is cut off: {count} bytes do not reach {end}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SOI: &[u8] = b"\xff\xd8";
    const FRAME: &[u8] = b"\xff\xc0\x00\x0b\x08\x00\x20\x00\x40\x01\x01\x11\x00";
    const SCAN: &[u8] = b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00abc\xff\x00\xff\xd0def";

    #[test]
    fn a_jpeg_without_an_end_is_cut_off() {
        let thumbnail = b"\xff\xe1\x00\x06\xff\xd8\xff\xd9".as_slice();
        let cases: [(&str, &[&[u8]], bool); 6] = [
            ("whole", &[SOI, FRAME, SCAN, b"\xff\xd9"], true),
            ("something after the end", &[SOI, FRAME, SCAN, b"\xff\xd9trailer"], true),
            ("no end", &[SOI, FRAME, SCAN], false),
            ("the end of a thumbnail is not the end", &[SOI, thumbnail, FRAME, SCAN], false),
            ("no scan", &[SOI, FRAME, b"\xff\xd9"], false),
            ("nothing", &[SOI], false),
        ];
        for (name, parts, whole) in cases {
            assert_eq!(check_jpeg_end(&parts.concat()).is_ok(), whole, "{name}");
        }
        assert_eq!(jpeg_size(&[SOI, thumbnail, FRAME].concat()), Some((64, 32)));
    }

    #[test]
    fn a_webp_shorter_than_it_says_is_cut_off() {
        assert!(check_webp_end(b"RIFF\x04\x00\x00\x00WEBP").is_ok());
        assert!(check_webp_end(b"RIFF\x05\x00\x00\x00WEBP").is_err());
        assert!(check_webp_end(b"RIFF\xff\xff\xff\xffWEBP").is_err());
        assert!(check_webp_end(b"RIFF").is_err());
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_walk_panic_or_run_on(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let _ = check_jpeg_end(&bytes);
            let _ = jpeg_size(&bytes);
            let _ = check_png_end(&bytes);
            let _ = check_webp_end(&bytes);
            prop_assert!(Segments::new(&bytes).count() <= bytes.len());
            prop_assert!(png_chunks(&bytes).count() <= bytes.len());
        }
    }
}
