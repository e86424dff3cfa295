//! Lines of a stream within a bound: a longer line is passed over, never held.

use std::io::{self, BufRead, Read as _};

/// One line without its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its first bytes, at most the bound.
    pub head: Vec<u8>,
    /// Bytes of the whole line.
    pub bytes: u64,
}

impl Line {
    /// Whether `head` is the whole line.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.head.len() as u64 == self.bytes
    }
}

/// The next line, of which at most `bytes_max` bytes are kept; `None` at the end.
///
/// # Errors
/// Where the stream cannot be read.
pub fn next_line(reader: &mut impl BufRead, bytes_max: usize) -> io::Result<Option<Line>> {
    let mut head = Vec::new();
    reader.by_ref().take(bytes_max as u64).read_until(b'\n', &mut head)?;
    if head.is_empty() {
        return Ok(None);
    }
    if head.last() == Some(&b'\n') {
        head.pop();
        return Ok(Some(Line { bytes: head.len() as u64, head }));
    }
    let bytes = head.len() as u64 + skip_line(reader)?;
    Ok(Some(Line { head, bytes }))
}

/// Passes over the rest of a line; the number of its bytes.
fn skip_line(reader: &mut impl BufRead) -> io::Result<u64> {
    let mut skipped = 0;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(skipped);
        }
        if let Some(end) = memchr::memchr(b'\n', buffer) {
            reader.consume(end + 1);
            return Ok(skipped + end as u64);
        }
        let all = buffer.len();
        reader.consume(all);
        skipped += all as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_are_those_of_the_text_whatever_the_bound(
            text in "[a-c\n]{0,60}", bytes_max in 1_usize..12, buffer in 1_usize..9,
        ) {
            let mut reader = io::BufReader::with_capacity(buffer, text.as_bytes());
            let mut wanted: Vec<&str> = text.split('\n').collect();
            if wanted.last() == Some(&"") {
                wanted.pop();
            }
            for line in wanted {
                let found = next_line(&mut reader, bytes_max).unwrap().unwrap();
                prop_assert_eq!(found.bytes, line.len() as u64);
                prop_assert_eq!(&found.head, &line.as_bytes()[..line.len().min(bytes_max)]);
                prop_assert_eq!(found.is_whole(), line.len() <= bytes_max);
            }
            prop_assert_eq!(next_line(&mut reader, bytes_max).unwrap(), None);
        }
    }
}
