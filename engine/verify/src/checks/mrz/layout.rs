//! Which field of a machine-readable zone stands where (ICAO Doc 9303, parts 4 to 6), and whether
//! its check digits hold. A zone is one run of characters here: its lines one after another.

use std::ops::Range;

use super::digits::{FILLER, check_digit};

/// The size of a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// Three lines of 30 characters: cards.
    Td1,
    /// Two lines of 36 characters: large cards.
    Td2,
    /// Two lines of 44 characters: passports.
    Td3,
}

impl Format {
    /// The name in the standard.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Td1 => "TD1",
            Self::Td2 => "TD2",
            Self::Td3 => "TD3",
        }
    }

    /// Characters of a line.
    #[must_use]
    pub fn width(self) -> usize {
        match self {
            Self::Td1 => 30,
            Self::Td2 => 36,
            Self::Td3 => 44,
        }
    }

    pub(super) fn layout(self) -> &'static Layout {
        match self {
            Self::Td1 => &TD1,
            Self::Td2 => &TD2,
            Self::Td3 => &TD3,
        }
    }
}

/// What a check digit covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The number of the document.
    Number,
    /// The date of birth.
    Birth,
    /// The date of expiry.
    Expiry,
    /// The personal number or other optional data of a passport.
    Personal,
    /// Most of the zone.
    Composite,
}

impl Field {
    /// The name for people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "document number",
            Self::Birth => "date of birth",
            Self::Expiry => "date of expiry",
            Self::Personal => "personal number",
            Self::Composite => "composite",
        }
    }
}

/// One check digit, as read and as computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldCheck {
    /// What it covers.
    pub field: Field,
    /// The digit that stands there; a filler counts as 0 behind an empty field.
    pub read: char,
    /// The digit that the field asks for.
    pub computed: char,
}

impl FieldCheck {
    /// Whether both agree.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.read == self.computed
    }
}

/// Where the fields stand.
#[derive(Debug)]
pub(super) struct Layout {
    /// Where a line with the document's code and its issuer begins.
    pub(super) code: Range<usize>,
    pub(super) issuer: Range<usize>,
    pub(super) names: Range<usize>,
    pub(super) number: Range<usize>,
    pub(super) nationality: Range<usize>,
    pub(super) birth: Range<usize>,
    pub(super) sex: usize,
    pub(super) expiry: Range<usize>,
    /// Optional data; the first continues a long number on cards.
    pub(super) optional: [Range<usize>; 2],
    /// Whether the first optional data has a check digit behind it.
    personal: bool,
    composite: usize,
    composite_of: [Range<usize>; 4],
    /// What may stand at each place of the lines with data, a letter a class: see `fit`.
    pub(super) data: &'static [&'static [u8]],
}

const TD1: Layout = Layout {
    code: 0..2,
    issuer: 2..5,
    names: 60..90,
    number: 5..14,
    nationality: 45..48,
    birth: 30..36,
    sex: 37,
    expiry: 38..44,
    optional: [15..30, 48..59],
    personal: false,
    composite: 59,
    composite_of: [5..30, 30..37, 38..45, 48..59],
    data: &[b"AXAAAXXXXXXXXX#XXXXXXXXXXXXXXX", b"NNNNNN#SNNNNNN#AAAXXXXXXXXXXX#"],
};

const TD2: Layout = Layout {
    code: 0..2,
    issuer: 2..5,
    names: 5..36,
    number: 36..45,
    nationality: 46..49,
    birth: 49..55,
    sex: 56,
    expiry: 57..63,
    optional: [64..71, 71..71],
    personal: false,
    composite: 71,
    composite_of: [36..46, 49..56, 57..71, 71..71],
    data: &[b"XXXXXXXXX#AAANNNNNN#SNNNNNN#XXXXXXX#"],
};

const TD3: Layout = Layout {
    code: 0..2,
    issuer: 2..5,
    names: 5..44,
    number: 44..53,
    nationality: 54..57,
    birth: 57..63,
    sex: 64,
    expiry: 65..71,
    optional: [72..86, 86..86],
    personal: true,
    composite: 87,
    composite_of: [44..54, 57..64, 65..87, 87..87],
    data: &[b"XXXXXXXXX#AAANNNNNN#SNNNNNN#XXXXXXXXXXXXXX##"],
};

impl Layout {
    /// Every check digit of the zone.
    pub(super) fn verify(&self, zone: &[u8]) -> Vec<FieldCheck> {
        let mut checks = vec![self.number_check(zone)];
        checks.push(behind(zone, &self.birth, Field::Birth));
        checks.push(behind(zone, &self.expiry, Field::Expiry));
        if self.personal {
            checks.push(behind(zone, &self.optional[0], Field::Personal));
        }
        let covered = self.composite_of.iter().flat_map(|range| &zone[range.clone()]);
        checks.push(FieldCheck {
            field: Field::Composite,
            read: char::from(zone[self.composite]),
            computed: char::from(check_digit(covered)),
        });
        checks
    }

    /// The number of the document: a long one continues in the optional data of a card.
    pub(super) fn number(&self, zone: &[u8]) -> Vec<u8> {
        let mut number = zone[self.number.clone()].to_vec();
        if let Some((rest, _)) = self.rest_of_number(zone) {
            number.extend_from_slice(rest);
        }
        number
    }

    fn number_check(&self, zone: &[u8]) -> FieldCheck {
        match self.rest_of_number(zone) {
            Some((_, read)) => FieldCheck {
                field: Field::Number,
                read: char::from(read),
                computed: char::from(check_digit(&self.number(zone))),
            },
            None => behind(zone, &self.number, Field::Number),
        }
    }

    /// The part of a long number in the optional data, and its check digit behind it.
    fn rest_of_number<'a>(&self, zone: &'a [u8]) -> Option<(&'a [u8], u8)> {
        if self.personal || zone[self.number.end] != FILLER {
            return None;
        }
        let rest = zone[self.optional[0].clone()].split(|c| *c == FILLER).next()?;
        rest.split_last().filter(|(_, rest)| !rest.is_empty()).map(|(check, rest)| (rest, *check))
    }
}

/// The check digit that stands right behind its field.
fn behind(zone: &[u8], range: &Range<usize>, field: Field) -> FieldCheck {
    let read = zone[range.end];
    let empty = zone[range.clone()].iter().all(|c| *c == FILLER);
    let read = if empty && read == FILLER { b'0' } else { read };
    FieldCheck {
        field,
        read: char::from(read),
        computed: char::from(check_digit(&zone[range.clone()])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_of_a_zone_has_a_class_and_every_field_lies_inside() {
        for format in [Format::Td1, Format::Td2, Format::Td3] {
            let layout = format.layout();
            let lines = if format == Format::Td1 { 3 } else { 2 };
            assert_eq!(layout.data.len() + 1, lines, "{format:?}");
            assert!(layout.data.iter().all(|line| line.len() == format.width()), "{format:?}");
            assert!(layout.names.end <= lines * format.width(), "{format:?}");
            assert!(layout.composite < lines * format.width(), "{format:?}");
        }
    }

    #[test]
    fn a_long_number_of_a_card_is_checked_over_both_its_parts() {
        let mut zone = b"I<UTOD23145890<7349<<<<<<<<<<<3407127M9507122UTO<<<<<<<<<<<2".to_vec();
        zone.extend_from_slice(b"STEVENSON<<PETER<JOHN<<<<<<<<<");
        let layout = Format::Td1.layout();
        assert_eq!(layout.number(&zone), b"D23145890734");
        let checks = layout.verify(&zone);
        assert!(checks.iter().all(FieldCheck::holds), "{checks:?}");
    }
}
