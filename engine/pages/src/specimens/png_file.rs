//! Writes PNG files by hand, so that they can be wrong.

use flate2::Crc;

/// The first eight bytes.
pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// A PNG file of one IDAT chunk.
pub(super) fn png(header: &[u8], zlib: &[u8]) -> Vec<u8> {
    [SIGNATURE, &chunk(b"IHDR", header), &chunk(b"IDAT", zlib), &chunk(b"IEND", b"")].concat()
}

/// The header of a picture: `kind` is 0 for grey, 2 for RGB, 3 for a palette.
pub(super) fn header(width: u32, height: u32, bits: u8, kind: u8) -> Vec<u8> {
    [&width.to_be_bytes()[..], &height.to_be_bytes(), &[bits, kind, 0, 0, 0]].concat()
}

/// A chunk with its checksum.
pub(super) fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut crc = Crc::new();
    crc.update(kind);
    crc.update(data);
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], kind, data, &crc.sum().to_be_bytes()].concat()
}
