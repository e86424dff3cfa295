//! Files of other types, and first bytes of a type with nothing behind them.

use crate::specimens::Specimen;
use crate::specimens::pdf_file::deflate;

pub(super) fn specimens() -> Vec<Specimen> {
    let mut all = vec![Specimen::damaged("empty file", Vec::new())];
    let text = "BMW of Berlin: an invoice that starts like a bitmap. ".repeat(10);
    let html = "<!doctype html><html><body><h1>404 Not Found</h1></body></html>";
    let unsupported: [(&str, Vec<u8>); 24] = [
        ("one zero byte", vec![0]),
        ("one letter", b"%".to_vec()),
        ("a kilobyte of zeros", vec![0; 1024]),
        ("a kilobyte of ones", vec![0xff; 1024]),
        ("a program", [b"\x7fELF\x02\x01\x01".as_slice(), &[0; 500]].concat()),
        ("a Windows program", [b"MZ\x90\0".as_slice(), &[0; 500]].concat()),
        ("a web page", html.as_bytes().to_vec()),
        ("an error as JSON", br#"{"error": "not found", "code": 404}"#.to_vec()),
        ("a zip archive", [b"PK\x03\x04\x14\0".as_slice(), &[7; 300]].concat()),
        ("an empty zip archive", [b"PK\x05\x06".as_slice(), &[0; 18]].concat()),
        ("gzip", [b"\x1f\x8b\x08\0\0\0\0\0".as_slice(), &deflate(b"x")].concat()),
        ("a zlib stream", deflate(&[0; 10_000])),
        ("GIF", b"GIF89a\x10\0\x10\0\0\0\0;".to_vec()),
        ("HEIC", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec()),
        ("a film", b"\0\0\0\x18ftypisom\0\0\x02\0isomiso2".to_vec()),
        ("a sound", b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0".to_vec()),
        ("JPEG 2000", b"\0\0\0\x0cjP  \r\n\x87\n".to_vec()),
        ("PostScript", b"%!PS-Adobe-3.0\n%%Pages: 1\nshowpage\n".to_vec()),
        ("rich text", b"{\\rtf1\\ansi invoice}".to_vec()),
        ("an old office document", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".repeat(20)),
        ("text that starts like a bitmap", text.into_bytes()),
        ("BigTIFF", b"II\x2b\0\x08\0\0\0\x10\0\0\0\0\0\0\0".to_vec()),
        ("JPEG without its third byte", b"\xff\xd8".to_vec()),
        ("PDF header too far in", [vec![b' '; 3000], b"%PDF-1.7\n".to_vec()].concat()),
    ];
    all.extend(unsupported.map(|(name, bytes)| Specimen::unsupported(name, bytes)));
    let bmp_header = [b"BM".as_slice(), &[0; 12], &40_u32.to_le_bytes()].concat();
    let damaged: [(&str, Vec<u8>); 14] = [
        ("JPEG marker alone", b"\xff\xd8\xff".to_vec()),
        ("JPEG with an end and nothing else", b"\xff\xd8\xff\xd9".to_vec()),
        ("JPEG marker before PNG", b"\xff\xd8\xff\xe0\x89PNG\r\n\x1a\n".repeat(8)),
        ("PNG signature alone", b"\x89PNG\r\n\x1a\n".to_vec()),
        ("PNG signature before JPEG", b"\x89PNG\r\n\x1a\n\xff\xd8\xff\xe0\0\x10JFIF".repeat(8)),
        ("TIFF header alone", b"II\x2a\0\x08\0\0\0".to_vec()),
        ("TIFF header, big end first, alone", b"MM\0\x2a\0\0\0\x08".to_vec()),
        ("TIFF magic alone", b"II\x2a\0".to_vec()),
        ("WebP header alone", b"RIFF\x04\0\0\0WEBP".to_vec()),
        ("WebP that states no length", b"RIFF\0\0\0\0WEBPVP8 ".to_vec()),
        ("BMP header alone", bmp_header),
        ("PDF header alone", b"%PDF-1.7\n".to_vec()),
        ("PDF header before a web page", format!("%PDF-1.7\n{html}").into_bytes()),
        ("PDF header and trailer alone", b"%PDF-1.7\nstartxref\n0\n%%EOF\n".to_vec()),
    ];
    all.extend(damaged.map(|(name, bytes)| Specimen::damaged(name, bytes)));
    all
}
