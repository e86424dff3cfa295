//! Lays a long claim along the text: exact runs first, found through groups of three characters,
//! then what is left between them by edit distance.
//!
//! The runs may lie apart (a line break, another column between) or in another order, each at a
//! price. Everything is bounded: a claim of n characters costs about 100 n steps.

use std::ops::Range;

use super::fold::alike;
use super::grams::{GRAM, Grams};
use super::text::{Glyph, Stroke, Text};

/// Places that are tried for one run: so many behind the last one and half as many before it.
const TRIES: usize = 16;

/// Characters between two runs that still belong to one place.
const NEAR: usize = 160;

/// The length of a part of the text, as far as a claim is no longer; and where a form puts the
/// parts of a claim into boxes with captions, among which the boxes beside them are read.
const PART: usize = 64;
const PART_OF_FORM: usize = 384;

/// Characters of the claim that are compared by edit distance at a time; a longer stretch that
/// has no run of its own is not on the page.
const STRETCH_MAX: usize = 48;

/// Characters by which a run may begin later where it is longer by so many more.
const LATER_MAX: usize = 2;
const LATER_MORE: usize = 3;

/// A part of the claim and the part of the text that stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) claim: Range<usize>,
    pub(super) text: Range<usize>,
}

/// How a claim lies along the text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Fit {
    /// What covers the claim, in its order.
    pub(super) segments: Vec<Segment>,
    /// Characters that are wrong, missing or too many; less than one for look-alikes.
    pub(super) cost: f32,
    /// Digits of the claim that stand otherwise in the text.
    pub(super) digits_wrong: usize,
    /// Digits of the claim for which a look-alike stands in the text.
    pub(super) digits_doubtful: usize,
    /// How often the claim goes on far away or before.
    pub(super) jumps: usize,
    /// Digits in the text between two parts.
    pub(super) digits_skipped: usize,
}

/// A claim to be laid along a text.
pub(super) struct Aligner<'a> {
    pub(super) text: &'a Text<'a>,
    pub(super) grams: &'a Grams,
    /// The claim's folded characters.
    pub(super) claim: &'a [char],
    /// Whether the claim may go on further below, as an address does in the boxes of a form.
    pub(super) goes_on: bool,
}

impl Aligner<'_> {
    /// The fits in the likeliest parts of the text, the likeliest part first.
    pub(super) fn fits(&self, most: usize) -> Vec<Fit> {
        if self.claim.len() < 2 * GRAM {
            return self.whole(most);
        }
        let mut windows = self.grams.windows(self.claim, most, PART);
        if self.goes_on {
            windows.extend(self.grams.windows(self.claim, 1, PART_OF_FORM));
        }
        windows.iter().map(|window| self.weigh(self.segments(&self.runs(window)))).collect()
    }

    /// A short claim: wherever it stands as it is, free places first.
    fn whole(&self, most: usize) -> Vec<Fit> {
        const PLACES_MAX: usize = 256;
        let glyphs = &self.text.glyphs;
        let length = self.claim.len();
        let places = (0..(glyphs.len() + 1).saturating_sub(length)).filter(|at| {
            // A word of one or two letters is inside of many longer ones.
            let free = length >= GRAM || !(self.text.joined(*at) || self.text.joined(at + length));
            let same = |i: usize| glyphs[at + i].folded == self.claim[i];
            free && length > 0 && (0..length).all(same)
        });
        let segment = |at: usize| Segment { claim: 0..length, text: at..at + length };
        let mut fits: Vec<Fit> =
            places.take(PLACES_MAX).map(|at| self.weigh(vec![segment(at)])).collect();
        fits.sort_by(|a, b| a.digits_wrong.cmp(&b.digits_wrong).then(a.cost.total_cmp(&b.cost)));
        fits.truncate(most);
        fits
    }

    fn matches(&self, claim: usize, text: usize) -> bool {
        self.claim[claim] == self.text.glyphs[text].folded
    }

    /// Exact runs inside `window`, in the order of the claim.
    fn runs(&self, window: &Range<usize>) -> Vec<Segment> {
        let end = window.end.min(self.text.glyphs.len());
        let mut runs: Vec<Segment> = Vec::new();
        let mut at = 0;
        while at + GRAM <= self.claim.len() {
            let taken = runs.last().map_or(window.start..window.start, |run| run.text.clone());
            let Some((text, length)) = self.longest(at, &taken, window.start..end) else {
                at += 1;
                continue;
            };
            // As in lazy matching (Deflate, RFC 1951): one misread character must not let a short
            // run elsewhere take the place of the long one behind it.
            let longer = |next: usize| {
                let next = Some(next).filter(|next| next + GRAM <= self.claim.len())?;
                let (_, later) = self.longest(next, &taken, window.start..end)?;
                (later > length + LATER_MORE).then_some(())
            };
            if (1..=LATER_MAX).find_map(|later| longer(at + later)).is_some() {
                at += 1;
                continue;
            }
            let floor = runs.last().map_or((0, window.start), |r| (r.claim.end, r.text.end));
            let mut back = 0;
            while at - back > floor.0
                && text - back > window.start
                && (text < floor.1 || text - back > floor.1)
                && self.matches(at - back - 1, text - back - 1)
            {
                back += 1;
            }
            runs.push(Segment { claim: at - back..at + length, text: text - back..text + length });
            at += length;
        }
        runs
    }

    /// The longest run that starts with the claim's character `at`; one that goes on where the
    /// last one ended is worth some characters more.
    fn longest(
        &self,
        at: usize,
        taken: &Range<usize>,
        window: Range<usize>,
    ) -> Option<(usize, usize)> {
        let expected = taken.end;
        let all = self.grams.places(&self.claim[at..]);
        let split = all.partition_point(|(_, place)| (*place as usize) < expected);
        let behind = all[split..].iter().take(TRIES);
        let before = all[..split].iter().rev().take(TRIES / 2);
        let mut best: Option<(usize, usize, usize)> = None;
        for place in behind.chain(before).map(|(_, place)| *place as usize) {
            if !window.contains(&place) || place + GRAM > window.end {
                continue;
            }
            let most = (self.claim.len() - at).min(window.end - place);
            let length = (0..most).take_while(|i| self.matches(at + i, place + i)).count();
            // No character of the text stands for two of the claim.
            if taken.start < place + length && place < taken.end {
                continue;
            }
            let bonus = match place.checked_sub(expected) {
                Some(0..=3) => 4,
                Some(4..=12) => 2,
                _ => 0,
            };
            // A short run far away is chance.
            if bonus == 0 && at > 0 && length < GRAM + 2 {
                continue;
            }
            if length >= GRAM && best.is_none_or(|(_, _, score)| length + bonus > score) {
                best = Some((place, length, length + bonus));
            }
        }
        best.map(|(place, length, _)| (place, length))
    }

    /// The runs with what could be found between them; what could not is left out.
    fn segments(&self, runs: &[Segment]) -> Vec<Segment> {
        let mut segments: Vec<Segment> = Vec::with_capacity(runs.len() * 2 + 1);
        let mut claim = 0;
        let all = self.text.glyphs.len();
        for at in 0..=runs.len() {
            let next = runs.get(at);
            let gap = claim..next.map_or(self.claim.len(), |run| run.claim.start);
            if !gap.is_empty() && gap.len() <= STRETCH_MAX {
                let after = at.checked_sub(1).map(|last| runs[last].text.end);
                let before = next.map(|run| run.text.start);
                let reach = gap.len() + 8;
                let mut places: Vec<Range<usize>> = Vec::new();
                match (after, before) {
                    (Some(a), Some(b)) if (a..=a + NEAR).contains(&b) => places.push(a..b),
                    _ => {
                        places.extend(after.map(|a| a..(a + reach).min(all)));
                        places.extend(before.map(|b| b.saturating_sub(reach)..b));
                    }
                }
                let found = places.into_iter().filter_map(|place| self.closest(&gap, place));
                segments.extend(found.min_by(|a, b| a.1.total_cmp(&b.1)).map(|found| found.0));
            }
            let Some(run) = next else { break };
            claim = run.claim.end;
            segments.push(run.clone());
        }
        segments
    }

    /// The part of `place` that is most like a stretch of the claim, if it is anything like it:
    /// edit distance with free ends in the text.
    fn closest(&self, gap: &Range<usize>, place: Range<usize>) -> Option<(Segment, f32)> {
        let width = place.len();
        // For each place in the text: the least cost of an alignment that ends there, and where
        // that alignment starts.
        let mut row: Vec<(f32, usize)> = (0..=width).map(|start| (0.0, start)).collect();
        for claim in gap.clone() {
            let mut diagonal = row[0];
            row[0].0 += 1.0;
            for column in 1..=width {
                let glyph = self.text.glyphs[place.start + column - 1];
                let replaced = diagonal.0 + change(self.claim[claim], glyph);
                let missing = row[column].0 + 1.0;
                let added = row[column - 1].0 + 1.0;
                let best = if replaced <= missing.min(added) {
                    (replaced, diagonal.1)
                } else if missing <= added {
                    (missing, row[column].1)
                } else {
                    (added, row[column - 1].1)
                };
                diagonal = row[column];
                row[column] = best;
            }
        }
        let (end, (cost, start)) =
            row.into_iter().enumerate().rev().min_by(|a, b| a.1.0.total_cmp(&b.1.0))?;
        let text = place.start + start..place.start + end;
        (cost <= gap.len() as f32 && !text.is_empty())
            .then_some((Segment { claim: gap.clone(), text }, cost))
    }

    fn weigh(&self, segments: Vec<Segment>) -> Fit {
        let mut fit = Fit::default();
        let mut covered = 0;
        for segment in &segments {
            self.missing(covered..segment.claim.start, &mut fit);
            covered = segment.claim.end;
            self.compare(segment, &mut fit);
        }
        self.missing(covered..self.claim.len(), &mut fit);
        if let (Some(first), Some(last)) = (segments.first(), segments.last()) {
            self.edge(first.text.start, 0, &mut fit);
            self.edge(last.text.end, usize::MAX, &mut fit);
        }
        for pair in segments.windows(2) {
            self.between(pair[0].text.end, pair[1].text.start, &mut fit);
        }
        fit.segments = segments;
        fit
    }

    fn missing(&self, claim: Range<usize>, fit: &mut Fit) {
        fit.cost += claim.len() as f32;
        fit.digits_wrong += self.claim[claim].iter().filter(|c| c.is_ascii_digit()).count();
    }

    /// What differs inside a segment.
    fn compare(&self, segment: &Segment, fit: &mut Fit) {
        let same_length = segment.claim.len() == segment.text.len();
        if same_length {
            for (claim, text) in segment.claim.clone().zip(segment.text.clone()) {
                let (a, b) = (self.claim[claim], self.text.glyphs[text].folded);
                fit.cost += change(a, self.text.glyphs[text]);
                if a != b && a.is_ascii_digit() {
                    let doubtful = alike(a, b) && !b.is_ascii_digit();
                    *(if doubtful { &mut fit.digits_doubtful } else { &mut fit.digits_wrong }) += 1;
                } else if a != b && b.is_ascii_digit() && !alike(a, b) {
                    fit.digits_wrong += 1;
                }
            }
            return;
        }
        if let Some((_, cost)) = self.closest(&segment.claim, segment.text.clone()) {
            fit.cost += cost;
        }
        let digits = |chars: &mut dyn Iterator<Item = char>| -> Vec<char> {
            chars.filter(char::is_ascii_digit).collect()
        };
        let claimed = digits(&mut self.claim[segment.claim.clone()].iter().copied());
        let glyphs = &self.text.glyphs[segment.text.clone()];
        if claimed != digits(&mut glyphs.iter().map(|glyph| glyph.folded)) {
            fit.digits_wrong += 1;
        }
    }

    /// What lies between two parts that follow each other in the claim.
    fn between(&self, end: usize, start: usize, fit: &mut Fit) {
        if end == start {
            return;
        }
        let goes_on = self.goes_on && end < start && self.text.goes_on(end - 1, start);
        if !goes_on && !(end..=end + NEAR).contains(&start) {
            fit.jumps += 1;
            self.edge(end, usize::MAX, fit);
            self.edge(start, 0, fit);
            return;
        }
        let one_word = (end..=start).all(|at| self.text.joined(at));
        if one_word {
            fit.cost += (start - end) as f32;
            // `130` is not `10`.
            let number = end - 1..start + 1;
            let is_digit = |at: usize| self.text.glyphs[at].folded.is_ascii_digit();
            fit.digits_wrong += usize::from(number.into_iter().all(is_digit));
        }
        if !one_word {
            self.edge(end, start, fit);
            self.edge(start, end, fit);
        }
        let is_digit = |at: &usize| self.text.glyphs[*at].folded.is_ascii_digit();
        // What stands beside the column in which the claim goes on is not in its way.
        let in_the_way = |at: &usize| !goes_on || self.text.shares_width(*at, start);
        fit.digits_skipped += (end..start).filter(is_digit).filter(in_the_way).count();
    }

    /// The rest of a word that is cut at `at`; `towards` lies on the side of the rest. One or two
    /// letters more make another word; a longer rest is a lost space, and one more digit is
    /// another number.
    fn edge(&self, at: usize, towards: usize, fit: &mut Fit) {
        if !self.text.joined(at) {
            return;
        }
        let glyphs = &self.text.glyphs;
        let (inner, outer) = if towards >= at { (at - 1, at) } else { (at, at - 1) };
        let digit = |at: usize| glyphs[at].folded.is_ascii_digit();
        if digit(inner) && digit(outer) {
            fit.digits_wrong += 1;
            return;
        }
        let rest = if towards >= at {
            (at..glyphs.len().min(towards).min(at + 4)).take_while(|i| self.text.joined(*i)).count()
        } else {
            (towards.max(at.saturating_sub(4)) + 1..=at)
                .rev()
                .take_while(|i| self.text.joined(*i))
                .count()
        };
        fit.cost += if rest <= 2 { 0.5 * rest as f32 } else { 0.1 };
    }
}

/// What it costs that `text` stands where `claim` should.
fn change(claim: char, text: Glyph) -> f32 {
    let mistake = claim.is_ascii_digit() != text.folded.is_ascii_digit();
    if claim == text.folded {
        0.0
    } else if matches!((claim, text.folded), ('I', 'L') | ('L', 'I'))
        && text.stroke != Stroke::Plain
    {
        if text.stroke == Stroke::Misread { 0.05 } else { 0.2 }
    } else if !alike(claim, text.folded) {
        1.0
    } else if mistake {
        // A letter among digits or a digit among letters is the reader's mistake.
        0.05
    } else {
        0.6
    }
}

#[cfg(test)]
mod tests;
