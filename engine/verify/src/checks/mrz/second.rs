//! A second reader for the lines of a zone: asked only where the first one was in doubt or where a
//! check digit fails. Where both see the same characters, the zone is surer than either reader;
//! where they differ, it is less sure.

use ivendor_core::check::Evidence;

use super::digits::FILLER;
use super::fit::with_fillers;
use super::layout::FieldCheck;
use super::zone::Zone;
use crate::second::SecondReading;
use crate::second::agreement::agreement;

/// Below this confidence of the reader a zone is in doubt. Of zones that were read right, the
/// reader's mean over all characters seldom lies lower.
const DOUBT_BELOW: f32 = 0.95;
/// Parts of a zone that are asked about: its lines, and what a line was found in.
const PARTS_MAX: usize = 6;

/// Reads the line of a zone that stands in a place; `None` where there is nobody to ask.
pub(crate) type ReadZone<'a> = dyn Fn(&Evidence) -> Option<SecondReading> + 'a;

/// How far a second reader sees the same characters in a zone that is in doubt, 0-1; `None` where
/// it was not asked. The zone's confidence follows.
pub(super) fn ask(zone: &mut Zone, second: &ReadZone<'_>) -> Option<f32> {
    let holds = zone.mrz.checks.iter().all(FieldCheck::holds);
    if zone.confidence >= DOUBT_BELOW && holds {
        return None;
    }
    let parts = zone.evidence.iter().take(PARTS_MAX);
    let readings: Vec<SecondReading> = parts.map(second).collect::<Option<_>>()?;
    let read: String = readings.iter().map(|reading| reading.text.as_str()).collect();
    let own: String = zone.mrz.lines.concat();
    let agrees = agreement(&written(&own), &written(&read));
    let count = |reading: &SecondReading| reading.text.chars().count() as f32;
    let all: f32 = readings.iter().map(count).sum();
    let sure: f32 = readings.iter().map(|reading| reading.confidence * count(reading)).sum();
    zone.confidence = both(zone.confidence, sure / all.max(1.0), agrees);
    Some(agrees)
}

/// The characters of a zone without its fillers, whose number readers hardly tell.
fn written(text: &str) -> String {
    let text = with_fillers(text.as_bytes());
    text.into_iter().filter(|c| *c != FILLER).map(char::from).collect()
}

/// What two readers are worth who agree on a share of the characters: there both would have to be
/// wrong, elsewhere the second one speaks against the first.
fn both(first: f32, second: f32, agree: f32) -> f32 {
    let (first, second) = (first.clamp(0.0, 1.0), second.clamp(0.0, 1.0));
    let same = 1.0 - (1.0 - first) * (1.0 - second);
    let other = first * (1.0 - second);
    agree * same + (1.0 - agree) * other
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::super::testing::{TD3, page};
    use super::*;

    fn zone(lower: &str, confidence: f32) -> Zone {
        let mut page = page(&[TD3[0], lower]);
        page.lines.iter_mut().for_each(|line| line.confidence = confidence);
        super::super::read(&[page], jiff::civil::date(2012, 1, 1)).unwrap()
    }

    #[test]
    fn a_second_reader_is_asked_in_doubt_alone_and_counts_both_ways() {
        let forged = TD3[1].replace("L898902C3", "L898903C3");
        let [upper, lower] = TD3;
        let noisy = [upper, "L898902C36UT07408122F12O4159ZE184226BKKKKK10"];
        type Case<'a> = (&'a str, Zone, [&'a str; 2], bool, Option<bool>);
        let cases: [Case<'_>; 5] = [
            ("no doubt", zone(lower, 0.99), [upper, lower], false, None),
            ("unsure, the same", zone(lower, 0.8), [upper, lower], true, Some(true)),
            ("unsure, a few others", zone(lower, 0.8), noisy, true, Some(true)),
            ("unsure, something else", zone(lower, 0.8), ["ABC", "1"], true, Some(false)),
            ("wrong digits, the same", zone(&forged, 0.99), [upper, &forged], true, Some(true)),
        ];
        for (name, mut zone, texts, asked, raises) in cases {
            let before = zone.confidence;
            let times = Cell::new(0);
            let second = |place: &Evidence| {
                times.set(times.get() + 1);
                let text = texts[usize::from(!place.text.starts_with('P'))].to_owned();
                Some(SecondReading { text, confidence: 0.9 })
            };
            let agrees = ask(&mut zone, &second);
            assert_eq!(times.get(), if asked { 2 } else { 0 }, "{name}");
            assert_eq!(agrees.map(|agrees| agrees > 0.8), raises, "{name}: {agrees:?}");
            let raised = (zone.confidence - before).partial_cmp(&0.0);
            let expected = raises.map_or(std::cmp::Ordering::Equal, |raises| {
                if raises { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Less }
            });
            assert_eq!(raised, Some(expected), "{name}: {before} {}", zone.confidence);
        }
    }

    #[test]
    fn nobody_to_ask_changes_nothing() {
        let mut unsure = zone(TD3[1], 0.7);
        let before = unsure.clone();
        assert_eq!(ask(&mut unsure, &|_| None), None);
        assert_eq!(unsure, before);
    }
}
