//! Writes TIFF files by hand, so that they can be wrong.

/// One entry of a directory: tag, type (3 short, 4 long), count, value.
pub(super) type Entry = (u16, u16, u32, u32);

/// Where a directory leads.
#[derive(Clone, Copy)]
pub(super) enum Next {
    /// Nowhere: the last image.
    End,
    /// To the one written after it.
    Following,
    /// To this offset, whatever stands there.
    Offset(u32),
}

/// A little-endian TIFF file; the first directory stands at 8.
pub(super) struct TiffFile {
    bytes: Vec<u8>,
}

impl TiffFile {
    /// A file that holds nothing yet.
    pub(super) fn new() -> Self {
        Self { bytes: b"II\x2a\0\x08\0\0\0".to_vec() }
    }

    /// The offset of what is written next.
    pub(super) fn offset(&self) -> u32 {
        u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)
    }

    /// Adds a directory.
    pub(super) fn directory(&mut self, entries: &[Entry], next: Next) {
        let end = self.offset() + 2 + u32::try_from(entries.len() * 12).unwrap_or(0) + 4;
        self.bytes.extend(u16::try_from(entries.len()).unwrap_or(u16::MAX).to_le_bytes());
        for (tag, kind, count, value) in entries {
            self.bytes.extend(tag.to_le_bytes());
            self.bytes.extend(kind.to_le_bytes());
            self.bytes.extend(count.to_le_bytes());
            self.bytes.extend(value.to_le_bytes());
        }
        let next = match next {
            Next::End => 0,
            Next::Following => end,
            Next::Offset(offset) => offset,
        };
        self.bytes.extend(next.to_le_bytes());
    }

    /// Adds plain bytes.
    pub(super) fn data(&mut self, data: &[u8]) {
        self.bytes.extend(data);
    }

    /// The file.
    pub(super) fn bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Entries of a grey picture of 8 bits in one strip, with this size, compression and data.
pub(super) fn grey(size: (u32, u32), compression: u32, strip: (u32, u32)) -> Vec<Entry> {
    let (width, height) = size;
    let (offset, count) = strip;
    vec![
        (256, 4, 1, width),
        (257, 4, 1, height),
        (258, 3, 1, 8),
        (259, 3, 1, compression),
        (262, 3, 1, 1),
        (273, 4, 1, offset),
        (277, 3, 1, 1),
        (278, 4, 1, height),
        (279, 4, 1, count),
    ]
}
