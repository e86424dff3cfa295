//! LZW as TIFF has it (TIFF 6.0, section 13), for strips that lie in memory whole.
//!
//! The library decodes a stream in pieces of any size, and pays for it with every code. Here a
//! code is a place in what is decoded already, so that each code costs one short copy. What is not
//! as the standard has it is left to the library, which says what is wrong with it.

const CLEAR: usize = 256;
const END: usize = 257;
const FIRST: usize = 258;
const CODES: usize = 4096;
const WIDTH_MIN: u32 = 9;
const WIDTH_MAX: u32 = 12;
/// What is copied at once: most words are shorter, and a copy of a fixed size is one instruction.
const CHUNK: usize = 16;

/// What a code stands for: where it lies among the decoded bytes.
#[derive(Clone, Copy, Default)]
struct Word {
    at: u32,
    len: u32,
}

/// Decodes strips.
pub(super) struct Lzw {
    words: Box<[Word; CODES]>,
    /// Every byte there is, so that a code of one byte is a word like others, then the strip, and
    /// then room for the last copy.
    bytes: Vec<u8>,
}

impl Lzw {
    /// For strips of up to `count` bytes when decoded; `None` where no word could tell its place.
    pub(super) fn new(count: usize) -> Option<Self> {
        let len = count.checked_add(CLEAR + CHUNK)?;
        u32::try_from(len).ok()?;
        let mut words = Box::new([Word::default(); CODES]);
        let mut bytes = vec![0; len];
        for (byte, at) in (0..=u8::MAX).zip(0_u32..) {
            words[usize::from(byte)] = Word { at, len: 1 };
            bytes[usize::from(byte)] = byte;
        }
        Some(Self { words, bytes })
    }

    /// The first `count` bytes of a strip; `None` where they are not all there or a code makes no
    /// sense. What follows them does not matter.
    pub(super) fn strip(&mut self, data: &[u8], count: usize) -> Option<&[u8]> {
        let end = CLEAR.checked_add(count)?;
        let Self { words, bytes } = self;
        let out = bytes.get_mut(..end.checked_add(CHUNK)?)?;
        let mut codes = Codes { data, buffer: 0, bits: 0 };
        let mut at = CLEAR;
        if codes.next(WIDTH_MIN)? != CLEAR {
            return None;
        }
        while at < end {
            // The table is empty: the first code is a byte.
            let first = codes.next(WIDTH_MIN)?;
            if first == CLEAR {
                continue;
            }
            out[at] = u8::try_from(first).ok()?;
            at = words_until_clear(&mut codes, words, out, at)?;
        }
        self.bytes.get(CLEAR..end)
    }
}

/// Decodes up to the next code that clears the table, or until `out` is full up to its last
/// [`CHUNK`] bytes. The word at `at` is there already; gives where the next one goes.
#[inline]
fn words_until_clear(
    codes: &mut Codes,
    words: &mut [Word; CODES],
    out: &mut [u8],
    at: usize,
) -> Option<usize> {
    let end = out.len() - CHUNK;
    let (mut width, mut free) = (WIDTH_MIN, FIRST);
    let mut last = Word { at: u32::try_from(at).ok()?, len: 1 };
    let mut at = at + 1;
    while at < end {
        let code = codes.next(width)?;
        if code == CLEAR {
            return Some(at);
        }
        // The last word and the byte after it, which the code of now may be: it is not there yet.
        *words.get_mut(free)? = Word { at: last.at, len: last.len + 1 };
        if code == END || code > free {
            return None;
        }
        free += 1;
        // One code early, which is what sets TIFF apart.
        if free + 1 == 1 << width && width < WIDTH_MAX {
            width += 1;
        }
        let word = words[code];
        copy(out, word, at, end)?;
        last = Word { at: at as u32, len: word.len };
        at += word.len as usize;
    }
    Some(at)
}

/// Copies a word to `at`; what of a long one lies past `end` is an error.
#[inline]
fn copy(out: &mut [u8], word: Word, at: usize, end: usize) -> Option<()> {
    let (from, len) = (word.at as usize, word.len as usize);
    if len <= CHUNK && from + len <= at {
        // The bytes after the word are copied too, and written over by the next word.
        let chunk: [u8; CHUNK] = *out.get(from..)?.first_chunk()?;
        *out.get_mut(at..)?.first_chunk_mut()? = chunk;
        return Some(());
    }
    if at + len > end {
        return None;
    }
    if from + len <= at {
        out.copy_within(from..from + len, at);
    } else {
        // A word that ends in its own first byte.
        for nth in 0..len {
            out[at + nth] = out[from + nth];
        }
    }
    Some(())
}

/// Reads codes, highest bit first.
struct Codes<'a> {
    data: &'a [u8],
    buffer: u64,
    /// Bits of the buffer that are still to be read: the lowest ones.
    bits: u32,
}

impl Codes<'_> {
    /// The next code of so many bits, or `None` where the data end.
    #[inline]
    fn next(&mut self, width: u32) -> Option<usize> {
        if self.bits < width {
            self.refill();
        }
        self.bits = self.bits.checked_sub(width)?;
        Some((self.buffer >> self.bits) as usize & ((1 << width) - 1))
    }

    #[inline]
    fn refill(&mut self) {
        if let Some((word, rest)) = self.data.split_first_chunk() {
            self.buffer = self.buffer << u32::BITS | u64::from(u32::from_be_bytes(*word));
            self.bits += u32::BITS;
            self.data = rest;
            return;
        }
        while let Some((byte, rest)) = self.data.split_first() {
            self.buffer = self.buffer << u8::BITS | u64::from(*byte);
            self.bits += u8::BITS;
            self.data = rest;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use weezl::BitOrder;
    use weezl::decode::Configuration;

    use super::*;

    fn pack(bytes: &[u8]) -> Vec<u8> {
        weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8).encode(bytes).unwrap()
    }

    /// As the library that reads TIFF asks its own library for a strip.
    fn by_library(data: &[u8], count: usize) -> Option<Vec<u8>> {
        let mut decoder = Configuration::with_tiff_size_switch(BitOrder::Msb, 8)
            .with_yield_on_full_buffer(true)
            .build();
        let (mut read, mut written) = (0, 0);
        let mut out = vec![0; count];
        while written < count {
            let result = decoder.decode_bytes(&data[read..], &mut out[written..]);
            read += result.consumed_in;
            written += result.consumed_out;
            if result.status.is_err() || (result.consumed_in == 0 && result.consumed_out == 0) {
                return None;
            }
        }
        Some(out)
    }

    fn here(data: &[u8], count: usize) -> Option<Vec<u8>> {
        Lzw::new(count)?.strip(data, count).map(<[u8]>::to_vec)
    }

    #[test]
    fn a_strip_is_what_was_packed() {
        let noise: Vec<u8> = (0..60_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
        let cases = [
            ("nothing", Vec::new()),
            ("one byte", vec![7]),
            ("words that end in their own first byte", vec![7; 50_000]),
            ("noise that fills the table over and over", noise.clone()),
            ("both", [vec![255; 9_000], noise, vec![0; 9_000]].concat()),
        ];
        for (name, bytes) in cases {
            let packed = pack(&bytes);
            assert!(here(&packed, bytes.len()).as_deref() == Some(&bytes), "{name}");
            assert_eq!(here(&packed, bytes.len() + 1), None, "{name}, and no more than that");
            assert_eq!(here(&packed[..packed.len() / 2], bytes.len()), None, "{name}, cut off");
        }
    }

    #[test]
    fn one_decoder_reads_many_strips() {
        let mut decoder = Lzw::new(300).unwrap();
        for byte in [1, 2, 3] {
            let bytes = vec![byte; 100 * usize::from(byte)];
            assert_eq!(decoder.strip(&pack(&bytes), bytes.len()), Some(bytes.as_slice()));
        }
        assert_eq!(decoder.strip(&pack(&[9; 301]), 301), None, "more than it was made for");
    }

    proptest! {
        #[test]
        fn what_is_read_here_is_what_the_library_reads(
            bytes in proptest::collection::vec(0_u8..5, 1..9000),
            damage in proptest::collection::vec((any::<u16>(), any::<u8>()), 0..4),
            count in 0_usize..10_000,
        ) {
            let mut packed = pack(&bytes);
            for (at, byte) in damage {
                let at = usize::from(at) % packed.len();
                packed[at] = byte;
            }
            if let Some(read) = here(&packed, count) {
                prop_assert_eq!(Some(read), by_library(&packed, count));
            }
        }

        #[test]
        fn no_bytes_make_it_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
            count in 0_usize..5_000,
        ) {
            let cleared = [b"\x80".as_slice(), &bytes].concat();
            for data in [&bytes, &cleared] {
                if let Some(read) = here(data, count) {
                    prop_assert_eq!(Some(read), by_library(data, count));
                }
            }
        }
    }
}
