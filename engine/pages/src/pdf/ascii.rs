//! The two text codings of PDF streams, as readers: what lies under them must be weighed too.

use std::io::{BufReader, Bytes, Read, Result};

/// ASCIIHexDecode (ISO 32000-2, 7.4.2).
pub(super) struct AsciiHex<R> {
    inner: Bytes<BufReader<R>>,
    ended: bool,
}

impl<R: Read> AsciiHex<R> {
    /// Reads pairs of digits from `inner`.
    pub(super) fn new(inner: R) -> Self {
        Self { inner: BufReader::new(inner).bytes(), ended: false }
    }

    fn digit(&mut self) -> Result<Option<u8>> {
        while !self.ended {
            let Some(byte) = self.inner.next().transpose()? else { break };
            if !byte.is_ascii_whitespace() && byte != 0 {
                // `>` ends the data, and so does what is no digit.
                let digit = (byte as char).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
                self.ended = digit.is_none();
                return Ok(digit);
            }
        }
        Ok(None)
    }
}

impl<R: Read> Read for AsciiHex<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        for (count, place) in out.iter_mut().enumerate() {
            let Some(high) = self.digit()? else { return Ok(count) };
            *place = high << 4 | self.digit()?.unwrap_or(0);
        }
        Ok(out.len())
    }
}

/// ASCII85Decode (ISO 32000-2, 7.4.3).
pub(super) struct Ascii85<R> {
    inner: Bytes<BufReader<R>>,
    /// Bytes of the last group that were not given yet, last first.
    ready: Vec<u8>,
    ended: bool,
}

impl<R: Read> Ascii85<R> {
    /// Reads groups of five digits from `inner`.
    pub(super) fn new(inner: R) -> Self {
        Self { inner: BufReader::new(inner).bytes(), ready: Vec::new(), ended: false }
    }

    fn group(&mut self) -> Result<()> {
        let mut digits = Vec::with_capacity(5);
        while digits.len() < 5 && !self.ended {
            match self.inner.next().transpose()? {
                Some(b'z') if digits.is_empty() => {
                    self.ready = vec![0; 4];
                    return Ok(());
                }
                Some(byte @ b'!'..=b'u') => digits.push(byte - b'!'),
                Some(byte) if byte.is_ascii_whitespace() || byte == 0 => {}
                // `~` ends the data, and so does what is no digit.
                _ => self.ended = true,
            }
        }
        let count = digits.len();
        digits.resize(5, 84);
        let value = digits
            .iter()
            .fold(0_u32, |sum, digit| sum.wrapping_mul(85).wrapping_add(u32::from(*digit)));
        self.ready = value.to_be_bytes()[..count.saturating_sub(1)].to_vec();
        self.ready.reverse();
        Ok(())
    }
}

impl<R: Read> Read for Ascii85<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        for (count, place) in out.iter_mut().enumerate() {
            if self.ready.is_empty() && !self.ended {
                self.group()?;
            }
            let Some(byte) = self.ready.pop() else { return Ok(count) };
            *place = byte;
        }
        Ok(out.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(mut reader: impl Read) -> Vec<u8> {
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn text_codings_are_read_as_the_standard_has_them() {
        assert_eq!(all(AsciiHex::new(b"48 65\n6c6C6f>ff".as_slice())), b"Hello");
        assert_eq!(all(AsciiHex::new(b"7>".as_slice())), b"\x70", "a last digit stands alone");
        assert_eq!(all(Ascii85::new(b"87cURD]i,\"Ebo80~>x".as_slice())), b"Hello World!");
        assert_eq!(all(Ascii85::new(b"z z".as_slice())), [0; 8]);
    }

    proptest! {
        #[test]
        fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(all(AsciiHex::new(bytes.as_slice())).len() <= bytes.len());
            prop_assert!(all(Ascii85::new(bytes.as_slice())).len() <= bytes.len() * 4);
        }
    }
}
