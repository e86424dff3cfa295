//! Measures what compressed data holds, without keeping it.

use std::io::{BufReader, Bytes, Cursor, Read};

use flate2::read::DeflateDecoder;
use weezl::BitOrder;

use crate::budget::Budget;
use crate::error::PageError;

/// Bytes that are measured between two looks at the clock.
const PIECE_BYTES: usize = 64 << 10;
/// How often deflated data may hold deflated data.
const NESTED_MAX: usize = 4;

/// The bytes that `data` inflates to, if it begins like a zlib stream (RFC 1950), and else 0;
/// where that begins like one again, all of them together. What follows the stream is ignored, and
/// data that break off count as far as they go. `see` is shown the outermost data in pieces.
pub(super) fn inflate(
    data: &[u8],
    budget: &Budget,
    mut see: impl FnMut(&[u8]),
) -> Result<u64, PageError> {
    let mut total = 0;
    for depth in 0..NESTED_MAX {
        let mut reader: Box<dyn Read + '_> = Box::new(data);
        if !is_zlib(data) {
            break;
        }
        for _ in 0..=depth {
            reader = flate(reader);
        }
        let mut head = Vec::new();
        let (bytes, _) = drain(reader, budget, |piece| {
            if head.is_empty() {
                head.extend_from_slice(&piece[..piece.len().min(2)]);
            }
            if depth == 0 {
                see(piece);
            }
        })?;
        total += bytes;
        if !is_zlib(&head) {
            break;
        }
    }
    Ok(total)
}

/// Reads to the end, or to where the data break off, and says how much there was and whether that
/// was the end. More than any page may weigh is an error, so that a bomb costs no more time than a
/// page.
pub(super) fn drain(
    mut reader: impl Read,
    budget: &Budget,
    mut see: impl FnMut(&[u8]),
) -> Result<(u64, bool), PageError> {
    let max = budget.page_bytes_max();
    let mut piece = vec![0; PIECE_BYTES];
    let mut total = 0;
    loop {
        let count = match reader.read(&mut piece) {
            Ok(0) => return Ok((total, true)),
            Ok(count) => count,
            Err(_) => return Ok((total, false)),
        };
        see(&piece[..count]);
        total += count as u64;
        if total > max {
            return Err(PageError::TooLarge(format!(
                "a stream of the PDF file holds more than {max} bytes"
            )));
        }
        budget.time()?;
    }
}

/// Deflated data with a zlib header, or without one, which some writers forget. The checksum at
/// the end is not read: many files have lost it, and nothing else with it.
pub(super) fn flate<'a>(mut reader: Box<dyn Read + 'a>) -> Box<dyn Read + 'a> {
    let mut head = Vec::with_capacity(2);
    // What cannot be read here cannot be read by the decoder either, which says so.
    let _ = reader.by_ref().take(2).read_to_end(&mut head);
    if is_zlib(&head) {
        Box::new(DeflateDecoder::new(reader))
    } else {
        Box::new(DeflateDecoder::new(Cursor::new(head).chain(reader)))
    }
}

/// A zlib header: deflate, and a check that one pair of bytes in 31 passes.
fn is_zlib(data: &[u8]) -> bool {
    matches!(data, [cmf, flg, ..]
        if cmf & 0x0f == 8 && (u16::from(*cmf) << 8 | u16::from(*flg)).is_multiple_of(31))
}

/// LZW as PDF has it (ISO 32000-2, 7.4.4), as a reader.
pub(super) struct Lzw<R> {
    inner: R,
    decoder: weezl::decode::Decoder,
    input: Vec<u8>,
}

impl<R: Read> Lzw<R> {
    /// `early` is the filter's EarlyChange, true unless it says otherwise.
    pub(super) fn new(inner: R, early: bool) -> Self {
        let decoder = if early {
            weezl::decode::Decoder::with_tiff_size_switch(BitOrder::Msb, 8)
        } else {
            weezl::decode::Decoder::new(BitOrder::Msb, 8)
        };
        Self { inner, decoder, input: Vec::new() }
    }
}

impl<R: Read> Read for Lzw<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        loop {
            if self.input.is_empty() {
                let mut piece = vec![0; 4096];
                let count = self.inner.read(&mut piece)?;
                piece.truncate(count);
                self.input = piece;
            }
            let result = self.decoder.decode_bytes(&self.input, out);
            self.input.drain(..result.consumed_in);
            match result.status {
                Ok(weezl::LzwStatus::Ok) if result.consumed_out == 0 && result.consumed_in > 0 => {}
                Ok(_) => return Ok(result.consumed_out),
                Err(error) => return Err(std::io::Error::other(error.to_string())),
            }
        }
    }
}

/// Run-length coding (ISO 32000-2, 7.4.5), as a reader.
pub(super) struct RunLength<R> {
    inner: Bytes<BufReader<R>>,
    /// Bytes still to be given: copied from the input, or this one repeated.
    left: usize,
    repeated: Option<u8>,
}

impl<R: Read> RunLength<R> {
    /// Reads runs from `inner`.
    pub(super) fn new(inner: R) -> Self {
        Self { inner: BufReader::new(inner).bytes(), left: 0, repeated: None }
    }
}

impl<R: Read> Read for RunLength<R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let mut count = 0;
        while count < out.len() {
            if self.left == 0 {
                match self.inner.next().transpose()? {
                    None | Some(128) => break,
                    Some(length @ 0..128) => {
                        (self.left, self.repeated) = (length as usize + 1, None);
                    }
                    Some(length) => {
                        self.left = 257 - length as usize;
                        self.repeated = self.inner.next().transpose()?;
                    }
                }
            }
            let value = if self.repeated.is_some() {
                self.repeated
            } else {
                self.inner.next().transpose()?
            };
            let Some(value) = value else { break };
            out[count] = value;
            count += 1;
            self.left -= 1;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::{Duration, Instant};

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, ZlibEncoder};
    use ivendor_core::limits::DecodeLimits;
    use proptest::prelude::*;

    use super::*;

    fn budget() -> Budget {
        Budget::new(DecodeLimits::default(), Instant::now() + Duration::from_secs(600))
    }

    fn zlib(data: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    fn all(mut reader: impl Read) -> Vec<u8> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn nested_data_are_weighed_with_what_they_hold() {
        let inner = zlib(&[0; 100_000]);
        let outer = zlib(&inner);
        let weigh = |data: &[u8]| inflate(data, &budget(), |_| {}).unwrap();
        assert_eq!(weigh(&inner), 100_000);
        assert_eq!(weigh(&outer), 100_000 + inner.len() as u64);
        assert_eq!(weigh(b"no such data"), 0);
        assert!(weigh(&inner[..inner.len() / 2]) < 100_000, "data that break off");
    }

    #[test]
    fn deflated_data_are_whole_without_header_or_checksum() {
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::best());
        bare.write_all(&[7; 5000]).unwrap();
        let whole = zlib(&[7; 5000]);
        let cases = [
            ("whole", whole.clone(), (5000, true)),
            ("no header", bare.finish().unwrap(), (5000, true)),
            ("no checksum", whole[..whole.len() - 4].to_vec(), (5000, true)),
        ];
        for (name, data, expected) in cases {
            let reader = flate(Box::new(data.as_slice()));
            assert_eq!(drain(reader, &budget(), |_| {}).unwrap(), expected, "{name}");
        }
        let cut = flate(Box::new(&whole[..whole.len() - 8]));
        assert!(!drain(cut, &budget(), |_| {}).unwrap().1, "cut off");
    }

    #[test]
    fn runs_are_read_as_the_standard_has_them() {
        let data = [4, 10, 11, 12, 13, 14, 253, 3, 128, 99];
        assert_eq!(all(RunLength::new(data.as_slice())), [10, 11, 12, 13, 14, 3, 3, 3, 3]);
    }

    proptest! {
        #[test]
        fn lzw_gives_back_what_was_packed(data in proptest::collection::vec(0_u8..4, 0..3000)) {
            let packed = weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8)
                .encode(&data)
                .unwrap();
            prop_assert_eq!(all(Lzw::new(packed.as_slice(), true)), data);
        }

        #[test]
        fn no_bytes_make_a_reader_run_on(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let (runs, _) = drain(RunLength::new(bytes.as_slice()), &budget(), |_| {}).unwrap();
            prop_assert!(runs <= bytes.len() as u64 * 64);
            let _ = drain(Lzw::new(bytes.as_slice(), false), &budget(), |_| {}).unwrap();
            let _ = inflate(&bytes, &budget(), |_| {}).unwrap();
        }
    }
}
