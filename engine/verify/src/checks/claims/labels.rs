//! The words beside a value that say what it is: its role.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use ivendor_models::profile::{ClaimKind, ClaimSpec, Profile};

use super::text::{Glyph, Span, Text};

/// Labels of at least so many letters are found inside a longer run of letters, and with one
/// letter misread: readers lose spaces. Shorter ones must stand alone.
const LONG: usize = 5;
/// A label of at least so many letters that begins a line is a caption for what stands below, as
/// forms have them, whatever else the line asks for.
const CAPTION: usize = 10;

/// What stands beside a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Role {
    /// A label that says that it is something else.
    Against,
    /// No label.
    Unlabelled,
    /// A label with other values between, one that was misread, or a heading above it.
    Near,
    /// A label that usually stands there.
    Labelled,
    /// A label that leaves no doubt.
    Sure,
}

impl Role {
    /// The role as measures of a check.
    pub(super) fn measures(self) -> [(&'static str, f32); 4] {
        let is = |role: Self| if self == role { 1.0 } else { 0.0 };
        [
            ("role_against", is(Self::Against)),
            ("role_near", is(Self::Near)),
            ("role_labelled", is(Self::Labelled)),
            ("role_sure", is(Self::Sure)),
        ]
    }

    fn weaker(self) -> Self {
        match self {
            Self::Sure => Self::Labelled,
            Self::Labelled | Self::Near => Self::Near,
            other => other,
        }
    }
}

/// Values by line and place: what stands between a label and a value takes the label for itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'a>(pub(crate) &'a [Span]);

impl Values<'_> {
    fn on(&self, line: usize) -> &[Span] {
        let first = self.0.partition_point(|span| span.line < line);
        let count = self.0[first..].partition_point(|span| span.line == line);
        &self.0[first..first + count]
    }
}

/// A label in a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hit {
    pub(super) role: Role,
    /// The character of the line after the label.
    pub(super) end: usize,
    /// Whether the line holds hardly anything else.
    alone: bool,
    /// Whether the line begins with it.
    leads: bool,
    /// Its letters.
    length: usize,
}

impl Hit {
    /// Whether it is a heading for what stands below.
    fn heads(&self) -> bool {
        self.alone || self.leads && self.length >= CAPTION
    }

    /// Whether it is a label and no word of a sentence, in a line of these characters.
    fn names(&self, line: &[char]) -> bool {
        let next = line.iter().skip(self.end).find(|c| !c.is_whitespace());
        self.heads() || self.leads && next.is_some_and(|c| matches!(c, ':' | '：'))
    }
}

/// The labels of one claim.
#[derive(Debug)]
pub(crate) struct Labels {
    /// By first letter.
    by_letter: BTreeMap<char, Vec<(Vec<char>, Role)>>,
    /// What was found in each whole line.
    seen: RefCell<HashMap<usize, Option<Hit>>>,
}

impl Labels {
    /// The labels of a claim.
    pub(super) fn of(spec: &ClaimSpec) -> Self {
        Self::new(&[
            (&spec.labels_sure, Role::Sure),
            (&spec.labels, Role::Labelled),
            (&spec.labels_against, Role::Against),
        ])
    }

    /// The labels of a claim that is put in words: beside the label of somebody else's name stands
    /// somebody else.
    pub(super) fn among(profile: &Profile, spec: &ClaimSpec) -> Self {
        let lists = |spec: &ClaimSpec| [spec.labels_sure.clone(), spec.labels.clone()].concat();
        let own = lists(spec);
        let name = |other: &&ClaimSpec| spec.kind == ClaimKind::Name && other.kind == spec.kind;
        let others = profile.keys().map(|key| profile.claim(key)).filter(name).flat_map(lists);
        let mut against: Vec<String> = others.filter(|label| !own.contains(label)).collect();
        against.extend(spec.labels_against.iter().cloned());
        Self::new(&[
            (&spec.labels_sure, Role::Sure),
            (&spec.labels, Role::Labelled),
            (&against, Role::Against),
        ])
    }

    /// Whether a label of the claim itself stands on a page, other than in the words of `value`
    /// and inside a sentence.
    pub(super) fn stand(&self, text: &Text<'_>, value: &[Span]) -> bool {
        let labels = |line| {
            let hit = self.in_line(text, line);
            hit.is_some_and(|hit| hit.role >= Role::Labelled && hit.names(&text.lines[line].chars))
        };
        let other = |line: &usize| value.iter().all(|span| span.line != *line);
        !self.is_empty() && (0..text.lines.len()).filter(other).any(labels)
    }

    /// Labels with their roles; only their letters count.
    pub(crate) fn new(lists: &[(&[String], Role)]) -> Self {
        let mut by_letter: BTreeMap<char, Vec<(Vec<char>, Role)>> = BTreeMap::new();
        for (labels, role) in lists {
            for label in *labels {
                let letters: Vec<char> = super::fold::folded(label);
                if let Some(first) = letters.first() {
                    by_letter.entry(*first).or_default().push((letters, *role));
                }
            }
        }
        Self { by_letter, seen: RefCell::default() }
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.by_letter.is_empty()
    }

    /// The role of the value at `span`: by the words before it on its line, then by what stands
    /// on its row to the left, nearest first, then by the line above it.
    pub(crate) fn role(&self, text: &Text<'_>, span: &Span, values: Values<'_>) -> Role {
        if self.is_empty() {
            return Role::Unlabelled;
        }
        let before = values.on(span.line).iter().filter(|o| o.chars.end <= span.chars.start);
        let from = before.map(|other| other.chars.end).max().unwrap_or(0);
        if let Some(hit) = self.in_part(text, span.line, from..span.chars.start) {
            return hit.role;
        }
        if let Some(hit) = self.in_part(text, span.line, 0..from) {
            return hit.role.weaker();
        }
        let own = &text.lines[span.line];
        let row = text.row(span.line);
        let right = |other: &usize| text.lines[*other].x.start >= own.x.start;
        // A label before several values is that of a row in a table, and not of one of them.
        let mut between = from > 0
            || values.on(span.line).iter().any(|other| other.chars.start >= span.chars.end)
            || row.iter().filter(|other| right(other)).any(|other| !values.on(*other).is_empty());
        for other in row.into_iter().rev().filter(|other| !right(other)) {
            if let Some(hit) = self.in_line(text, other) {
                return if between { hit.role.weaker() } else { hit.role };
            }
            between |= !values.on(other).is_empty();
        }
        let box_edge = text.sign_before(span).and_then(|sign| text.above(sign));
        let headings = [text.above(span.line), box_edge].into_iter().flatten();
        let mut free = headings.filter(|line| values.on(*line).is_empty());
        let hit = free.find_map(|line| self.in_line(text, line).filter(|hit| hit.alone));
        hit.map_or(Role::Unlabelled, |hit| hit.role.weaker())
    }

    /// The role of words that may stand in a block of lines, such as an address: where nothing
    /// beside them says what they are, the heading of the block does.
    pub(super) fn block_role(&self, text: &Text<'_>, span: &Span) -> Role {
        /// Lines of a block above the words.
        const ABOVE_MAX: usize = 4;
        let role = self.role(text, span, Values(&[]));
        if role != Role::Unlabelled || self.is_empty() {
            return role;
        }
        let edge = |line: usize| text.lines[line].x.start;
        let mut line = span.line;
        for _ in 0..ABOVE_MAX {
            let flush = |above: &usize| {
                (edge(*above) - edge(span.line)).abs() <= 1.5 * text.lines[span.line].height
            };
            let Some(above) = text.above(line).filter(flush) else { break };
            match self.in_line(text, above) {
                Some(hit) if hit.heads() => return hit.role.weaker(),
                _ => line = above,
            }
        }
        Role::Unlabelled
    }

    /// The label in a whole line.
    pub(super) fn in_line(&self, text: &Text<'_>, line: usize) -> Option<Hit> {
        if let Some(seen) = self.seen.borrow().get(&line) {
            return *seen;
        }
        let hit = self.in_part(text, line, 0..text.lines[line].chars.len());
        self.seen.borrow_mut().insert(line, hit);
        hit
    }

    fn in_part(&self, text: &Text<'_>, line: usize, part: Range<usize>) -> Option<Hit> {
        let glyphs = &text.glyphs[text.lines[line].glyphs.clone()];
        let from = glyphs.partition_point(|glyph| (glyph.at as usize) < part.start);
        let to = glyphs.partition_point(|glyph| (glyph.at as usize) < part.end);
        let letters = letters(&glyphs[from..to]);
        self.exact(&letters).or_else(|| self.misread(&letters))
    }

    /// The longest label; of two as long, the later one, since it stands nearer to the value.
    fn exact(&self, letters: &[Letter]) -> Option<Hit> {
        let mut best: Option<(usize, Hit)> = None;
        for (at, letter) in letters.iter().enumerate() {
            for (label, role) in self.by_letter.get(&letter.letter).into_iter().flatten() {
                let Some(part) = letters.get(at..at + label.len()) else { continue };
                let whole = (letter.starts, part[part.len() - 1].ends);
                let free = if label.len() < LONG { whole.0 && whole.1 } else { whole.0 || whole.1 };
                if !free || part.iter().zip(label).any(|(l, c)| l.letter != *c) {
                    continue;
                }
                if best.is_none_or(|(length, _)| label.len() >= length) {
                    best = Some((label.len(), hit(*role, part, letters)));
                }
            }
        }
        best.map(|(_, hit)| hit)
    }

    /// The longest label with one letter changed, lost or added.
    fn misread(&self, letters: &[Letter]) -> Option<Hit> {
        let starts = letters.iter().enumerate().filter(|(_, letter)| letter.starts);
        let mut best: Option<(usize, Hit)> = None;
        for (at, _) in starts {
            for (label, role) in self.by_letter.values().flatten() {
                if label.len() < LONG || best.is_some_and(|(length, _)| length >= label.len()) {
                    continue;
                }
                let parts = [label.len(), label.len() - 1, label.len() + 1].into_iter();
                let part = parts
                    .filter_map(|length| letters.get(at..at + length))
                    .find(|part| part[part.len() - 1].ends && one_change(part, label));
                if let Some(part) = part {
                    best = Some((label.len(), hit(role.weaker(), part, letters)));
                }
            }
        }
        best.map(|(_, hit)| hit)
    }
}

/// Whether what two words have in common at both ends leaves one letter at most.
fn one_change(part: &[Letter], label: &[char]) -> bool {
    let same = |pair: &(&Letter, &char)| pair.0.letter == *pair.1;
    let head = part.iter().zip(label).take_while(same).count();
    let tail = part.iter().rev().zip(label.iter().rev()).take_while(same).count();
    head + tail + 1 >= part.len().max(label.len())
}

fn hit(role: Role, part: &[Letter], all: &[Letter]) -> Hit {
    let first = |letters: &[Letter]| letters.first().map(|letter| letter.at);
    Hit {
        role,
        end: part.last().map_or(0, |letter| letter.at as usize + 1),
        alone: all.len() <= part.len() + 4,
        leads: first(part) == first(all),
        length: part.len(),
    }
}

/// A letter of a line and whether a word starts or ends with it.
struct Letter {
    letter: char,
    at: u32,
    starts: bool,
    ends: bool,
}

/// The letters, without digits, but for a digit inside a word that was a letter: `T0TAL`.
fn letters(glyphs: &[Glyph]) -> Vec<Letter> {
    let alphabetic = |at: usize, other: usize| {
        let beside = glyphs.get(other).filter(|g| g.at.abs_diff(glyphs[at].at) <= 1);
        beside.is_some_and(|g| g.folded.is_alphabetic())
    };
    let mut found = Vec::with_capacity(glyphs.len());
    for (at, glyph) in glyphs.iter().enumerate() {
        let (left, right) = (alphabetic(at, at.wrapping_sub(1)), alphabetic(at, at + 1));
        let letter = match glyph.folded {
            '0' if left && right => 'O',
            '1' if left && right => 'I',
            c if c.is_alphabetic() => c,
            _ => continue,
        };
        found.push(Letter { letter, at: glyph.at, starts: !left, ends: !right });
    }
    found
}

#[cfg(test)]
mod tests;
