//! The characters of a machine-readable zone: the arithmetic of its check digits (ICAO Doc 9303,
//! part 3, section 4.9) and which characters a reader takes for one another.

/// What fills a field behind its value, and stands for a space in names.
pub(super) const FILLER: u8 = b'<';

/// The check digit of `chars`: weights 7, 3, 1 over and over, modulo 10.
pub(super) fn check_digit<'a>(chars: impl IntoIterator<Item = &'a u8>) -> u8 {
    let weights = [7, 3, 1].iter().cycle();
    let sum: u32 = chars.into_iter().zip(weights).map(|(c, weight)| value(*c) * weight).sum();
    b"0123456789"[sum as usize % 10]
}

fn value(c: u8) -> u32 {
    match c {
        b'0'..=b'9' => u32::from(c - b'0'),
        b'A'..=b'Z' => u32::from(c - b'A') + 10,
        _ => 0,
    }
}

/// The digit that a letter was read for.
pub(super) fn as_digit(letter: u8) -> Option<u8> {
    Some(match letter {
        b'O' | b'Q' | b'D' | b'U' => b'0',
        b'I' | b'J' | b'L' => b'1',
        b'Z' => b'2',
        b'A' => b'4',
        b'S' => b'5',
        b'G' => b'6',
        b'T' => b'7',
        b'B' => b'8',
        _ => return None,
    })
}

/// The letter that a digit was read for.
pub(super) fn as_letter(digit: u8) -> Option<u8> {
    Some(match digit {
        b'0' => b'O',
        b'1' => b'I',
        b'2' => b'Z',
        b'4' => b'A',
        b'5' => b'S',
        b'6' => b'G',
        b'7' => b'T',
        b'8' => b'B',
        _ => return None,
    })
}

/// The character of the other class that is read for `c` most easily.
pub(super) fn twin(c: u8) -> Option<u8> {
    Some(match c {
        b'O' | b'Q' | b'D' => b'0',
        b'I' => b'1',
        b'Z' => b'2',
        b'S' => b'5',
        b'B' => b'8',
        b'0' => b'O',
        b'1' => b'I',
        b'2' => b'Z',
        b'5' => b'S',
        b'8' => b'B',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_digits_of_the_standards_examples_come_out() {
        let cases = [
            ("date", "520727", b'3'),
            ("number with a filler", "AB2134<<<", b'5'),
            ("number", "L898902C3", b'6'),
            ("birth", "740812", b'2'),
            ("personal number", "ZE184226B<<<<<", b'1'),
            ("composite", "L898902C3674081221204159ZE184226B<<<<<1", b'0'),
            ("nothing", "", b'0'),
        ];
        for (name, chars, expected) in cases {
            assert_eq!(check_digit(chars.as_bytes()), expected, "{name}");
        }
    }

    #[test]
    fn what_stands_for_a_digit_is_a_letter_and_back() {
        for c in (b'0'..=b'9').chain(b'A'..=b'Z') {
            for other in [twin(c), if c.is_ascii_digit() { as_letter(c) } else { as_digit(c) }] {
                let digit = other.is_some_and(|other| other.is_ascii_digit());
                assert!(other.is_none() || digit != c.is_ascii_digit(), "{}", char::from(c));
            }
        }
    }
}
