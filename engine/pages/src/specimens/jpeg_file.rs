//! Writes JPEG files of one colour by hand, in any number of channels and of any stated size.

/// How a file of one colour is written.
pub(super) struct JpegFile<'a> {
    /// The stated size (width, height).
    pub(super) size: (u16, u16),
    /// The value of each channel.
    pub(super) channels: &'a [u8],
    /// Segments between the first marker and the tables, such as EXIF or Adobe's.
    pub(super) segments: &'a [u8],
    /// Blocks of 8x8 that are written; the size wants `width/8 * height/8` of them.
    pub(super) blocks: usize,
}

impl JpegFile<'_> {
    /// The file: baseline, quantised by 8, each block its mean alone.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let count = u8::try_from(self.channels.len()).unwrap_or(4);
        let mut bytes = b"\xff\xd8".to_vec();
        bytes.extend(self.segments);
        bytes.extend(segment(0xdb, &[&[0][..], &[8; 64]].concat()));
        let (width, height) = self.size;
        let mut frame = vec![8];
        frame.extend(height.to_be_bytes());
        frame.extend(width.to_be_bytes());
        frame.push(count);
        (1..=count).for_each(|id| frame.extend([id, 0x11, 0]));
        bytes.extend(segment(0xc0, &frame));
        // Means: nine categories, four bits each. The rest: nothing but the end of the block.
        bytes.extend(segment(0xc4, &table(0x00, 4, &[0, 1, 2, 3, 4, 5, 6, 7, 8])));
        bytes.extend(segment(0xc4, &table(0x10, 1, &[0])));
        let mut scan = vec![count];
        (1..=count).for_each(|id| scan.extend([id, 0x00]));
        scan.extend([0, 63, 0]);
        bytes.extend(segment(0xda, &scan));
        bytes.extend(self.blocks());
        bytes.extend(b"\xff\xd9");
        bytes
    }

    fn blocks(&self) -> Vec<u8> {
        let mut bits = Bits::default();
        for block in 0..self.blocks {
            for channel in self.channels {
                // Means are coded as differences; after the first block there is none.
                let mean = if block == 0 { i32::from(*channel) - 128 } else { 0 };
                let category = 32 - mean.unsigned_abs().leading_zeros();
                bits.push(category, 4);
                let code = if mean < 0 { mean + (1 << category) - 1 } else { mean };
                bits.push(code.unsigned_abs(), category);
                bits.push(0, 1);
            }
        }
        bits.finish()
    }
}

/// A segment with its length.
pub(super) fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 2).unwrap_or(u16::MAX);
    [&[0xff, marker][..], &length.to_be_bytes(), data].concat()
}

/// The EXIF segment that says how the camera was held: 1 to 8.
pub(super) fn exif_orientation(orientation: u8) -> Vec<u8> {
    let tag = [0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0];
    let data = [b"Exif\0\0II\x2a\0\x08\0\0\0\x01\0".as_slice(), &tag, &[0; 4]].concat();
    segment(0xe1, &data)
}

/// Adobe's segment: `transform` is 0 for CMYK, 2 for YCCK.
pub(super) fn adobe(transform: u8) -> Vec<u8> {
    segment(0xee, &[b"Adobe\0\x64\0\0\0\0".as_slice(), &[transform]].concat())
}

/// A Huffman table whose codes all have the same length.
fn table(class: u8, bits: usize, symbols: &[u8]) -> Vec<u8> {
    let mut counts = [0; 16];
    counts[bits - 1] = u8::try_from(symbols.len()).unwrap_or(u8::MAX);
    [&[class][..], &counts, symbols].concat()
}

/// Bits, most significant first, with a zero byte after each 0xff.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    byte: u8,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, width: u32) {
        for nth in (0..width).rev() {
            self.byte = self.byte << 1 | u8::from(value >> nth & 1 == 1);
            self.count += 1;
            if self.count == 8 {
                self.bytes.push(self.byte);
                if self.byte == 0xff {
                    self.bytes.push(0);
                }
                (self.byte, self.count) = (0, 0);
            }
        }
    }

    fn finish(mut self) -> Vec<u8> {
        while self.count > 0 {
            self.push(1, 1);
        }
        self.bytes
    }
}
