//! Brings a line as it was read to the width of its format, and each character to the class that
//! its place asks for. A reader loses and doubles fillers and takes letters for digits; nothing
//! else is mended here, and the check digits decide among what is possible.

use super::digits::{FILLER, as_digit, as_letter};

/// Ways to bring one line to its width that are looked at.
const FITS_MAX: usize = 60;
/// Characters that a reader may have added.
const EXTRA_MAX: usize = 14;
/// Characters that are cut from an end at most.
const CUT_MAX: usize = 4;
/// Changes that a gap counts for where no filler stood.
const NEW_GAP: usize = 2;
/// Changes that a doubled digit or letter counts for.
const DOUBLED: usize = 4;

/// A line of the right width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fit {
    pub(super) text: Vec<u8>,
    /// How much was changed.
    pub(super) edits: usize,
}

/// The ways in which `read` may stand for a line with data, least changed first. `classes` names
/// what may stand at each place: `A` a letter, `N` a digit, `#` a check digit, `S` the sex, `X` any
/// character; a filler may stand anywhere.
pub(super) fn fits(read: &[u8], classes: &[u8]) -> Vec<Fit> {
    let width = classes.len();
    let ways = if read.len() <= width {
        if width - read.len() > width / 2 {
            return Vec::new();
        }
        widened(read, width)
    } else if read.len() - width <= EXTRA_MAX {
        narrowed(read, width)
    } else {
        return Vec::new();
    };
    let mut fits: Vec<Fit> = ways.into_iter().filter_map(|fit| placed(fit, classes)).collect();
    fits.sort_by(|a, b| a.edits.cmp(&b.edits).then_with(|| a.text.cmp(&b.text)));
    fits.dedup_by(|b, a| a.text == b.text);
    fits.truncate(FITS_MAX);
    fits
}

/// Fillers put in at one place, or at two where fillers stood already; or one character doubled.
fn widened(read: &[u8], width: usize) -> Vec<Fit> {
    let missing = width - read.len();
    if missing == 0 {
        return vec![Fit { text: read.to_vec(), edits: 0 }];
    }
    let with = |at: usize, c: u8, count: usize, text: &[u8]| {
        let mut text = text.to_vec();
        text.splice(at..at, std::iter::repeat_n(c, count));
        text
    };
    let mut ways = Vec::new();
    // No line begins with a filler.
    for at in 1..=read.len() {
        let cost = match at {
            _ if beside_filler(read, at) || at == read.len() => 0,
            _ if is_gap(read, at) => 1,
            _ => NEW_GAP,
        };
        ways.push(Fit { text: with(at, FILLER, missing, read), edits: missing + cost });
        if missing <= 2 && read.get(at) == Some(&read[at - 1]) && read[at] != FILLER {
            ways.push(Fit { text: with(at, read[at], missing, read), edits: missing * DOUBLED });
        }
    }
    let gaps: Vec<usize> = (1..=read.len()).filter(|at| is_gap(read, *at)).collect();
    for (i, first) in gaps.iter().enumerate() {
        for second in &gaps[i + 1..] {
            for count in 1..missing {
                let text = with(*second, FILLER, missing - count, read);
                let text = with(*first, FILLER, count, &text);
                ways.push(Fit { text, edits: missing + NEW_GAP + 1 });
            }
        }
    }
    ways
}

/// Fillers taken out of one run or of two, or characters cut from the ends.
fn narrowed(read: &[u8], width: usize) -> Vec<Fit> {
    let extra = read.len() - width;
    let runs = filler_runs(read);
    let mut ways = Vec::new();
    for (i, (start, length)) in runs.iter().enumerate() {
        let here = extra.min(*length);
        let mut text = read.to_vec();
        text.drain(*start..start + here);
        if here == extra {
            ways.push(Fit { text, edits: extra });
            continue;
        }
        for (other, more) in &runs[i + 1..] {
            if here + more >= extra {
                let mut text = text.clone();
                text.drain(other - here..other - here + (extra - here));
                ways.push(Fit { text, edits: extra + NEW_GAP });
            }
        }
    }
    for front in 0..=extra {
        if front <= CUT_MAX && extra - front <= CUT_MAX {
            let text = read[front..front + width].to_vec();
            ways.push(Fit { text, edits: extra * NEW_GAP });
        }
    }
    ways
}

fn beside_filler(read: &[u8], at: usize) -> bool {
    read.get(at) == Some(&FILLER) || at > 0 && read[at - 1] == FILLER
}

/// The end of a run of fillers, or one of the last places, where check digits end a line.
fn is_gap(read: &[u8], at: usize) -> bool {
    let run_ends = at > 0 && read[at - 1] == FILLER && read.get(at) != Some(&FILLER);
    run_ends || (at + 2 >= read.len() && !beside_filler(read, at))
}

/// Where runs of fillers begin, and how long they are.
fn filler_runs(read: &[u8]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (at, _) in read.iter().enumerate().filter(|(_, c)| **c == FILLER) {
        match runs.last_mut() {
            Some((start, length)) if *start + *length == at => *length += 1,
            _ => runs.push((at, 1)),
        }
    }
    runs
}

/// Each character in the class of its place; none where one cannot be.
fn placed(mut fit: Fit, classes: &[u8]) -> Option<Fit> {
    for (c, class) in fit.text.iter_mut().zip(classes) {
        let digit = c.is_ascii_digit();
        let other = match class {
            _ if *c == FILLER => *c,
            b'A' if digit => as_letter(*c)?,
            b'N' | b'#' if !digit => as_digit(*c)?,
            b'S' => match *c {
                b'M' | b'F' | b'X' => *c,
                b'N' | b'H' | b'W' => b'M',
                b'E' | b'P' => b'F',
                b'K' | b'C' => FILLER,
                _ => return None,
            },
            _ => *c,
        };
        if *c != other {
            *c = other;
            fit.edits += 1;
        }
    }
    Some(fit)
}

/// Reads that stand for fillers: `K`s and `C`s in a run of three, or between fillers.
pub(super) fn with_fillers(read: &[u8]) -> Vec<u8> {
    let mut text = read.to_vec();
    let mut at = 0;
    while at < text.len() {
        let run = text[at..].iter().take_while(|c| matches!(**c, b'K' | b'C')).count();
        let filler = |at: Option<usize>| at.is_some_and(|at| text.get(at) == Some(&FILLER));
        let between = filler(at.checked_sub(1)) && filler(Some(at + run));
        let around = filler(at.checked_sub(2)) || filler(Some(at + run + 1));
        if run >= 3 || run > 0 && between && around {
            text[at..at + run].fill(FILLER);
        }
        at += run.max(1);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LINE: &[u8] = b"XXXXXXXXX#AAANNNNNN#SNNNNNN#XXXXXXX#";
    const TRUE: &str = "D231458907UTO7408122F1204159<<<<<<<6";

    #[test]
    fn the_true_line_is_among_the_ways_to_read_a_damaged_one() {
        let cases = [
            ("as it is", TRUE),
            ("letters for digits", "D231458907UTO74O8I22F12O4I59<<<<<<<G"),
            ("digits for letters", "D231458907UT07408122F1204159<<<<<<<6"),
            ("fillers lost", "D231458907UTO7408122F1204159<6"),
            ("all fillers lost", "D231458907UTO7408122F12041596"),
            ("fillers doubled", "D231458907UTO7408122F1204159<<<<<<<<<<<6"),
            ("something before it", "I1D231458907UTO7408122F1204159<<<<<<<6"),
            ("something behind it", "D231458907UTO7408122F1204159<<<<<<<6I"),
        ];
        for (name, read) in cases {
            let fits = fits(read.as_bytes(), LINE);
            assert!(fits.iter().any(|fit| fit.text == TRUE.as_bytes()), "{name}: {fits:?}");
        }
        assert_eq!(fits(TRUE.as_bytes(), LINE)[0].edits, 0);
    }

    #[test]
    fn what_no_place_can_hold_is_no_line() {
        for read in ["", "D231458907", "M<<<<<<<<<M<<MMMMMMMM<<MMMMMMM<<MMMM", "REPUBLIC"] {
            assert_eq!(fits(read.as_bytes(), LINE), [], "{read}");
        }
    }

    #[test]
    fn letters_among_fillers_are_fillers() {
        let cases = [
            ("ANNA<<<<KK<<<", "ANNA<<<<<<<<<"),
            ("ANNA<KCKCK", "ANNA<<<<<<"),
            ("ERIKSSON<<ANNA<K<MARIA<", "ERIKSSON<<ANNA<K<MARIA<"),
            ("JACK<<JIM<<", "JACK<<JIM<<"),
            ("", ""),
        ];
        for (read, expected) in cases {
            assert_eq!(String::from_utf8(with_fillers(read.as_bytes())).unwrap(), expected);
        }
    }

    proptest! {
        #[test]
        fn every_fit_has_the_width_and_the_classes(read in "[A-Z0-9<]{0,60}") {
            for fit in fits(read.as_bytes(), LINE) {
                prop_assert_eq!(fit.text.len(), LINE.len());
                for (c, class) in fit.text.iter().zip(LINE) {
                    let right = match class {
                        b'A' => !c.is_ascii_digit(),
                        b'N' | b'#' => !c.is_ascii_uppercase(),
                        b'S' => b"MFX<".contains(c),
                        _ => true,
                    };
                    prop_assert!(right || *c == FILLER);
                }
            }
        }

        #[test]
        fn filling_changes_no_length(read in "[A-Z0-9<]{0,60}") {
            prop_assert_eq!(with_fillers(read.as_bytes()).len(), read.len());
        }
    }
}
