//! Machine-readable zones: how many are found, and read without a mistake, beside PassportEye.

use std::collections::BTreeMap;

use ivendor_core::check::Outcome;
use ivendor_core::verdict::Verdict;
use serde::{Deserialize, Serialize};

use crate::error::BenchError;
use crate::peer;
use crate::progress::Progress;
use crate::samples::{Sample, TrueZone};
use crate::side::Side;
use crate::table::Table;

/// The peer that is missing, and why.
pub const FASTMRZ_LEFT_OUT: &str = "fastmrz (its weights for Tesseract, mrz.traineddata, are in \
    no registry of packages; with those for English it reads none of the zones)";

/// Documents that the peer gets at a time.
const PEER_GROUP: usize = 4;
const FOUND: &str = "mrz.found";
const CHECK_DIGITS: &str = "mrz.check_digits";

/// How well the zones of documents were read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ZonesResult {
    /// How many documents have a zone.
    pub documents: usize,
    /// By this project.
    pub ours: ZoneCounts,
    /// Zones whose check digits this project judged rightly: right ones passed, wrong ones failed.
    pub digits_judged: usize,
    /// By PassportEye.
    pub peer: Option<ZoneCounts>,
    /// Who that was: its version and those of what it uses.
    pub peer_details: BTreeMap<String, String>,
    /// Every document.
    pub zones: Vec<ZoneResult>,
}

/// Zones of many documents.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct ZoneCounts {
    /// Zones of which anything was read. PassportEye answers on nearly any picture, so for it this
    /// says little.
    pub found: usize,
    /// Zones of which all characters of all rows are right.
    pub correct: usize,
    /// The share of all characters that is right; those of a zone that was not found are wrong.
    pub characters: f64,
}

/// One zone as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZoneResult {
    /// The document.
    pub id: String,
    /// By this project.
    pub ours: ZoneReading,
    /// By PassportEye, where it was asked.
    pub peer: Option<ZoneReading>,
}

/// How one zone was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ZoneReading {
    /// Whether anything was read.
    pub found: bool,
    /// Characters of the zone.
    pub characters: usize,
    /// Changes from what was read to what stands there: the edit distance, row by row, and no more
    /// than there are characters.
    pub wrong: usize,
}

/// Measures the samples that have a zone by their verdicts, and with `side`, which must be
/// [`peer::PASSPORT_EYE`]; `None` where no sample has one.
///
/// # Errors
/// [`BenchError::Side`] where the peer goes wrong.
pub fn measure(
    samples: &[Sample],
    verdicts: &[&Verdict],
    side: Option<Side>,
) -> Result<Option<ZonesResult>, BenchError> {
    let zoned = samples.iter().zip(verdicts);
    let zoned: Vec<(&Sample, &TrueZone, &Verdict)> =
        zoned.filter_map(|(s, &v)| Some((s, s.zone.as_ref()?, v))).collect();
    if zoned.is_empty() {
        return Ok(None);
    }
    let ours: Vec<ZoneReading> =
        zoned.iter().map(|(_, zone, verdict)| reading(&zone.rows, &rows(verdict))).collect();
    let mut peer_details = BTreeMap::new();
    let peer = match side {
        None => None,
        Some(mut side) => {
            peer_details.clone_from(&side.ready.details);
            peer_details.insert("version".to_owned(), side.ready.version.clone());
            let read = read_peer(&mut side, &zoned)?;
            side.finish()?;
            Some(read)
        }
    };
    let zone = |(i, (sample, ..)): (usize, &(&Sample, &TrueZone, &Verdict))| ZoneResult {
        id: sample.id.clone(),
        ours: ours[i],
        peer: peer.as_ref().map(|peer| peer[i]),
    };
    Ok(Some(ZonesResult {
        documents: zoned.len(),
        ours: ZoneCounts::of(&ours),
        digits_judged: zoned.iter().filter(|(_, zone, v)| judged_rightly(zone, v)).count(),
        peer: peer.as_deref().map(ZoneCounts::of),
        peer_details,
        zones: zoned.iter().enumerate().map(zone).collect(),
    }))
}

fn read_peer(
    side: &mut Side,
    zoned: &[(&Sample, &TrueZone, &Verdict)],
) -> Result<Vec<ZoneReading>, BenchError> {
    let progress = Progress::new(peer::PASSPORT_EYE.name, zoned.len());
    let mut read = Vec::with_capacity(zoned.len());
    for group in zoned.chunks(PEER_GROUP) {
        let paths: Vec<_> = group.iter().map(|(sample, ..)| sample.path.as_path()).collect();
        let documents = side.read(&paths)?.documents;
        let both = group.iter().zip(&documents);
        read.extend(both.map(|((_, zone, _), document)| reading(&zone.rows, &document.lines)));
        progress.add(group.len());
    }
    Ok(read)
}

/// The rows that the verdict names: `TD3: ROW ROW`. They hold no spaces.
fn rows(verdict: &Verdict) -> Vec<String> {
    let found = verdict.checks.iter().find(|check| check.check == FOUND);
    let said = found.and_then(|check| check.found.as_deref()?.split_once(": "));
    said.map_or_else(Vec::new, |(_, rows)| rows.split(' ').map(str::to_owned).collect())
}

fn judged_rightly(zone: &TrueZone, verdict: &Verdict) -> bool {
    let expected = if zone.digits_hold { Outcome::Passed } else { Outcome::Failed };
    verdict.checks.iter().any(|c| c.check == CHECK_DIGITS && c.outcome == expected)
}

fn reading(truth: &[String], read: &[String]) -> ZoneReading {
    let row = |rows: &[String], i: usize| rows.get(i).map_or(Vec::new(), |r| r.chars().collect());
    let characters = truth.iter().map(|row| row.chars().count()).sum();
    let changes: usize = (0..truth.len().max(read.len()))
        .map(|i| edit_distance(&row(read, i), &row(truth, i)))
        .sum();
    ZoneReading { found: !read.is_empty(), characters, wrong: changes.min(characters) }
}

/// Levenshtein's distance.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut distances: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = i;
        distances[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = distances[j + 1];
            distances[j + 1] = change.min(diagonal + 1).min(distances[j] + 1);
        }
    }
    distances[b.len()]
}

impl ZoneCounts {
    fn of(read: &[ZoneReading]) -> Self {
        let sum = |f: fn(&ZoneReading) -> usize| read.iter().map(f).sum::<usize>();
        let (wrong, all) = (sum(|r| r.wrong), sum(|r| r.characters));
        Self {
            found: sum(|r| usize::from(r.found)),
            correct: sum(|r| usize::from(r.found && r.wrong == 0)),
            characters: 1.0 - wrong as f64 / all.max(1) as f64,
        }
    }
}

impl ZonesResult {
    /// The table for a person.
    #[must_use]
    pub fn table(&self) -> Table {
        let header = ["reader", "n", "found", "all right", "characters right", "digits judged"];
        let mut table = Table::new("Machine-readable zones", &header);
        let readers = [
            ("ours", Some(self.ours), self.digits_judged.to_string()),
            (peer::PASSPORT_EYE.name, self.peer, String::new()),
        ];
        for (reader, counts, judged) in readers {
            let Some(counts) = counts else { continue };
            table.row([
                reader.to_owned(),
                self.documents.to_string(),
                counts.found.to_string(),
                counts.correct.to_string(),
                format!("{:.1} %", counts.characters * 100.0),
                judged,
            ]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(rows: &[&str]) -> Vec<String> {
        rows.iter().map(|&row| row.to_owned()).collect()
    }

    #[test]
    fn each_row_is_compared_with_its_own() {
        let truth = all(&["P<UTO<<", "L898902"]);
        let cases: [(&str, &[&str], bool, usize); 6] = [
            ("right", &["P<UTO<<", "L898902"], true, 0),
            ("a letter", &["P<UT0<<", "L898902"], true, 1),
            ("a filler less", &["P<UTO<", "L898902"], true, 1),
            ("a row less", &["P<UTO<<"], true, 7),
            ("a row more", &["P<UTO<<", "L898902", "<<"], true, 2),
            ("nothing", &[], false, 14),
        ];
        for (name, read, found, wrong) in cases {
            let expected = ZoneReading { found, characters: 14, wrong };
            assert_eq!(reading(&truth, &all(read)), expected, "{name}");
        }
    }

    #[test]
    fn a_zone_counts_as_correct_only_where_it_was_found_whole() {
        let read = |found, wrong| ZoneReading { found, characters: 10, wrong };
        let counts = ZoneCounts::of(&[read(true, 0), read(true, 2), read(false, 10)]);
        assert_eq!((counts.found, counts.correct), (2, 1));
        assert!((counts.characters - 0.6).abs() < 1e-12);
        assert_eq!(ZoneCounts::of(&[]).correct, 0);
    }

    proptest! {
        #[test]
        fn a_distance_is_that_of_the_way_back_and_never_more_than_the_longer(
            a in "[AB<]{0,12}", b in "[AB<]{0,12}",
        ) {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            let distance = edit_distance(&a, &b);
            prop_assert_eq!(distance, edit_distance(&b, &a));
            prop_assert!(distance <= a.len().max(b.len()));
            prop_assert!(distance >= a.len().abs_diff(b.len()));
            prop_assert_eq!(distance == 0, a == b);
        }
    }
}
