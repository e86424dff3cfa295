//! The type of a document by its first bytes, never by its name.

use crate::document::MediaType;
use crate::error::PageError;

/// Bytes before `%PDF-` that readers of PDF forgive.
const PDF_JUNK_BYTES_MAX: usize = 1024;

/// What other types start with, so that the refusal can name them.
const OTHERS: [(&[u8], &str); 14] = [
    (b"PK\x03\x04", "a ZIP archive or an office document"),
    (b"\x1f\x8b", "a gzip file"),
    (b"\x7fELF", "a program"),
    (b"MZ", "a program"),
    (b"GIF8", "a GIF image"),
    (b"\xd0\xcf\x11\xe0", "an old office document"),
    (b"{\\rtf", "a rich text document"),
    (b"8BPS", "a Photoshop image"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (b"\xff\x4f\xff\x51", "a JPEG 2000 image"),
    (b"%!PS", "a PostScript document"),
    (b"II\x2b\x00", "a BigTIFF image"),
];

/// The type of a document.
///
/// # Errors
/// [`PageError::Damaged`] for no bytes at all, [`PageError::Unsupported`] for any other type.
pub fn media_type(bytes: &[u8]) -> Result<MediaType, PageError> {
    if bytes.is_empty() {
        return Err(PageError::Damaged("the file is empty".to_owned()));
    }
    let starts = |magic: &[u8]| bytes.starts_with(magic);
    if starts(b"\xff\xd8\xff") {
        Ok(MediaType::Jpeg)
    } else if starts(b"\x89PNG\r\n\x1a\n") {
        Ok(MediaType::Png)
    } else if starts(b"II\x2a\x00") || starts(b"MM\x00\x2a") {
        Ok(MediaType::Tiff)
    } else if starts(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        Ok(MediaType::WebP)
    } else if pdf_start(bytes).is_some() {
        Ok(MediaType::Pdf)
    } else if is_bmp(bytes) {
        Ok(MediaType::Bmp)
    } else {
        Err(PageError::Unsupported(describe(bytes)))
    }
}

/// Where the header of a PDF stands.
pub(crate) fn pdf_start(bytes: &[u8]) -> Option<usize> {
    let end = bytes.len().min(PDF_JUNK_BYTES_MAX + 5);
    bytes[..end].windows(5).position(|window| window == b"%PDF-")
}

/// `BM` alone is also how English text may start: the header's length must be a known one.
fn is_bmp(bytes: &[u8]) -> bool {
    let header_bytes = bytes.get(14..18).and_then(|b| b.try_into().ok()).map(u32::from_le_bytes);
    bytes.starts_with(b"BM")
        && matches!(header_bytes, Some(12 | 16 | 40 | 52 | 56 | 64 | 108 | 124))
}

fn describe(bytes: &[u8]) -> String {
    let other = OTHERS.iter().find(|(magic, _)| bytes.starts_with(magic));
    let head = &bytes[..bytes.len().min(256)];
    // A letter may be cut at the end of the head.
    let is_utf8 = std::str::from_utf8(head).map_or_else(|e| e.error_len().is_none(), |_| true);
    let is_plain = head.iter().all(|&b| b >= 0x20 || matches!(b, b'\t' | b'\r' | b'\n'));
    let found = match other {
        Some((_, name)) => name,
        None if head.get(4..8) == Some(b"ftyp") => "a HEIF image or a film",
        None if is_utf8 && is_plain => "text",
        None => "a file of an unknown type",
    };
    format!("{found}; JPEG, PNG, TIFF, WebP, BMP and PDF are read")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_type_is_told_by_content() {
        let bmp = [b"BM".as_slice(), &[0; 12], &40_u32.to_le_bytes()].concat();
        let junk = [vec![b' '; 1024], b"%PDF-1.4".to_vec()].concat();
        let cases: [(&str, &[u8], MediaType); 9] = [
            ("JPEG", b"\xff\xd8\xff\xe0", MediaType::Jpeg),
            ("PNG", b"\x89PNG\r\n\x1a\n", MediaType::Png),
            ("TIFF, little end first", b"II\x2a\x00", MediaType::Tiff),
            ("TIFF, big end first", b"MM\x00\x2a", MediaType::Tiff),
            ("WebP", b"RIFF\x00\x00\x00\x00WEBP", MediaType::WebP),
            ("BMP", &bmp, MediaType::Bmp),
            ("PDF", b"%PDF-1.7", MediaType::Pdf),
            ("PDF after a line", b"\r\n%PDF-1.7", MediaType::Pdf),
            ("PDF after 1 kB", &junk, MediaType::Pdf),
        ];
        for (name, bytes, expected) in cases {
            assert_eq!(media_type(bytes), Ok(expected), "{name}");
        }
    }

    #[test]
    fn what_is_not_read_is_named() {
        let junk = [vec![b' '; 1025], b"%PDF-1.4".to_vec()].concat();
        let cases: [(&str, &[u8], &str); 7] = [
            ("zip", b"PK\x03\x04rest", "ZIP"),
            ("HTML", b"<!doctype html><html>", "text"),
            ("ELF", b"\x7fELF\x02\x01", "program"),
            ("text that starts with BM", b"BMW of Berlin, an invoice", "text"),
            ("HEIF", b"\x00\x00\x00\x18ftypheic", "HEIF"),
            ("one byte", b"\xff", "unknown"),
            ("PDF too far in", &junk, "text"),
        ];
        for (name, bytes, expected) in cases {
            match media_type(bytes) {
                Err(PageError::Unsupported(detail)) => {
                    assert!(detail.contains(expected), "{name}: {detail}");
                }
                other => panic!("{name}: {other:?}"),
            }
        }
        assert!(matches!(media_type(b""), Err(PageError::Damaged(_))));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = media_type(&bytes);
        }
    }
}
