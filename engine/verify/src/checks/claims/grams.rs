//! Where each group of three folded characters stands, so that a long claim is looked for only
//! where some of it is.

use super::text::Glyph;

/// Characters in a group.
pub(super) const GRAM: usize = 3;

/// Groups of a claim that vote for a place; a longer claim is sampled.
const VOTERS_MAX: usize = 600;

/// Places that one group votes for; a commoner one is sampled.
const PLACES_MAX: usize = 64;

/// An index of the groups of a text.
#[derive(Debug)]
pub(super) struct Grams {
    /// Sorted by group, then by place.
    places: Vec<(u64, u32)>,
}

impl Grams {
    /// The groups of `glyphs`, across the ends of lines.
    pub(super) fn new(glyphs: &[Glyph]) -> Self {
        let mut places: Vec<(u64, u32)> = glyphs
            .windows(GRAM)
            .zip(0_u32..)
            .map(|(group, place)| (key(group.iter().map(|glyph| glyph.folded)), place))
            .collect();
        places.sort_unstable();
        Self { places }
    }

    /// The places of the group at the start of `pattern`, in order; none for a shorter pattern.
    pub(super) fn places(&self, pattern: &[char]) -> &[(u64, u32)] {
        let Some(group) = pattern.get(..GRAM) else { return &[] };
        let key = key(group.iter().copied());
        let first = self.places.partition_point(|(other, _)| *other < key);
        let count = self.places[first..].partition_point(|(other, _)| *other == key);
        &self.places[first..first + count]
    }

    /// At most `most` parts of the text that hold most of `pattern`'s groups, best first; rarer
    /// groups say more. Each part is about three times as long as the pattern, or as `wide`.
    pub(super) fn windows(
        &self,
        pattern: &[char],
        most: usize,
        wide: usize,
    ) -> Vec<std::ops::Range<usize>> {
        let wide = pattern.len().max(wide);
        let mut votes: Vec<(usize, f32)> = Vec::new();
        let step = pattern.len().div_ceil(VOTERS_MAX).max(1);
        for at in (0..pattern.len()).step_by(step) {
            let places = self.places(&pattern[at..]);
            let weight = 1.0 / (4.0 + places.len() as f32);
            let sample = places.len().div_ceil(PLACES_MAX).max(1);
            for (_, place) in places.iter().step_by(sample) {
                let bucket = *place as usize / wide;
                votes.push((bucket, weight));
                votes.push((bucket.saturating_sub(1), weight));
            }
        }
        votes.sort_by_key(|(bucket, _)| *bucket);
        let mut sums: Vec<(usize, f32)> = Vec::new();
        for (bucket, weight) in votes {
            match sums.last_mut() {
                Some((last, sum)) if *last == bucket => *sum += weight,
                _ => sums.push((bucket, weight)),
            }
        }
        sums.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let margin = wide / 2;
        let part = |(bucket, _): &(usize, f32)| {
            (bucket * wide).saturating_sub(margin)..(bucket + 2) * wide + margin
        };
        sums.iter().take(most).map(part).collect()
    }
}

/// A group as one number: a character has at most 21 bits.
fn key(group: impl Iterator<Item = char>) -> u64 {
    group.fold(0, |key, c| key << 21 | u64::from(u32::from(c)))
}

#[cfg(test)]
mod tests {
    use super::super::text::Stroke;
    use super::*;

    fn glyphs(text: &str) -> Vec<Glyph> {
        text.chars()
            .zip(0..)
            .map(|(folded, at)| Glyph { folded, at, stroke: Stroke::Plain })
            .collect()
    }

    #[test]
    fn a_group_is_found_wherever_it_stands() {
        let grams = Grams::new(&glyphs("ABCABCX"));
        let places = |text: &str| -> Vec<u32> {
            let pattern: Vec<char> = text.chars().collect();
            grams.places(&pattern).iter().map(|(_, place)| *place).collect()
        };
        assert_eq!(places("ABC"), [0, 3]);
        assert_eq!(places("BCX!"), [4]);
        assert_eq!(places("XYZ"), [0_u32; 0]);
        assert_eq!(places("AB"), [0_u32; 0]);
    }

    #[test]
    fn the_best_window_holds_the_pattern() {
        let text = format!("{}NEEDLEWORK{}", "XO".repeat(500), "YO".repeat(500));
        let pattern: Vec<char> = "NEEDLEW0RK".chars().collect();
        let windows = Grams::new(&glyphs(&text)).windows(&pattern, 2, 64);
        assert!(windows[0].contains(&1000) && windows[0].contains(&1009), "{windows:?}");
        assert!(windows[0].len() < 400);
    }
}
