//! Mends what no place decides: letters and digits that a reader takes for one another in fields
//! that may hold both. A repair counts only where it is the only one that makes the check digits
//! right, and none of a digit by another digit is tried: that would mend a forgery too.

use std::ops::Range;

use super::digits::twin;
use super::layout::{Field, FieldCheck, Layout};

/// Mends a zone in place; the number of characters that were changed.
pub(super) fn mend(layout: &Layout, zone: &mut [u8]) -> usize {
    let failing = wrong(&layout.verify(zone));
    let fails = |field: Field| failing.contains(&field);
    let long = layout.number(zone).len() > layout.number.len();
    if fails(Field::Number) && !long {
        return mend_in(layout, zone, std::slice::from_ref(&layout.number), Field::Number);
    }
    if fails(Field::Personal) {
        return mend_in(layout, zone, &layout.optional[..1], Field::Personal);
    }
    if failing == [Field::Composite] {
        return mend_in(layout, zone, &layout.optional, Field::Composite);
    }
    0
}

/// The fields whose check digits do not hold.
pub(super) fn wrong(checks: &[FieldCheck]) -> Vec<Field> {
    checks.iter().filter(|check| !check.holds()).map(|check| check.field).collect()
}

fn mend_in(layout: &Layout, zone: &mut [u8], places: &[Range<usize>], field: Field) -> usize {
    let before = wrong(&layout.verify(zone));
    let right = |candidate: &[u8]| {
        let after = wrong(&layout.verify(candidate));
        // A zone with a wrong date keeps it; what is mended must hold by its own digit and, where
        // nothing else is wrong, by the composite one.
        let rest = before.iter().filter(|f| ![field, Field::Composite].contains(*f)).count();
        !after.contains(&field)
            && after.iter().all(|f| before.contains(f))
            && (rest > 0 || after.is_empty())
    };
    let mut found: Vec<Vec<u8>> = Vec::new();
    for candidate in candidates(zone, places) {
        if right(&candidate) && !found.contains(&candidate) {
            found.push(candidate);
        }
    }
    let [only] = found.as_slice() else { return 0 };
    let changed = only.iter().zip(zone.iter()).filter(|(a, b)| a != b).count();
    zone.copy_from_slice(only);
    changed
}

/// The zone with one character taken for its twin, or with each letter of one kind. A check digit
/// alone proves little: so a digit is taken for a letter only among letters, as numbers begin.
fn candidates(zone: &[u8], places: &[Range<usize>]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for place in places {
        for at in place.clone() {
            let Some(other) = twin(zone[at]) else { continue };
            let letter = |at: usize| !place.contains(&at) || zone[at].is_ascii_uppercase();
            if zone[at].is_ascii_digit() && !(letter(at - 1) && letter(at + 1)) {
                continue;
            }
            let mut one = zone.to_vec();
            one[at] = other;
            all.push(one);
            if zone[at].is_ascii_uppercase() {
                let mut every = zone.to_vec();
                for i in place.clone().filter(|i| zone[*i] == zone[at]) {
                    every[i] = other;
                }
                all.push(every);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::mrz::layout::Format;

    fn mended(lines: [&str; 2]) -> (String, usize) {
        let mut zone = lines.concat().into_bytes();
        let changed = mend(Format::Td3.layout(), &mut zone);
        (String::from_utf8(zone[44..].to_vec()).unwrap(), changed)
    }

    #[test]
    fn only_the_one_repair_that_the_check_digits_ask_for_is_made() {
        let upper = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<";
        let good = "L898902C36UTO7408122F1204159ZE184226B<<<<<10";
        let cases = [
            ("nothing to mend", good, good, 0),
            ("letter in the number", "LB98902C36UTO7408122F1204159ZE184226B<<<<<10", good, 1),
            ("letter O", "L8989O2C36UTO7408122F1204159ZE184226B<<<<<10", good, 1),
            ("digit in the personal data", "L898902C36UTO7408122F12041592E184226B<<<<<10", good, 1),
            (
                "two letters that may be digits stay",
                "L898902C36UTO7408122F1204159ZE1842Z6B<<<<<10",
                "L898902C36UTO7408122F1204159ZE1842Z6B<<<<<10",
                0,
            ),
            (
                "another digit stays",
                "L898903C36UTO7408122F1204159ZE184226B<<<<<10",
                "L898903C36UTO7408122F1204159ZE184226B<<<<<10",
                0,
            ),
        ];
        for (name, read, expected, changed) in cases {
            assert_eq!(mended([upper, read]), (expected.to_owned(), changed), "{name}");
        }
    }
}
