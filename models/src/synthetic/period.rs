//! The times for which documents are valid, beside the day on which they are judged.

use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::rng::Rng;

/// The first day on which a drawn document may be handed in: none is dated later than that.
const HANDED_IN_FROM: Date = date(2026, 1, 5);

/// The day on which a document is handed in, and what holds on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Judged {
    pub(crate) on: Date,
    /// Whether the time of its validity has passed by then.
    pub(crate) expired: bool,
}

impl Judged {
    /// A day in the first half of 2026, on which the document is valid or no longer so.
    pub(crate) fn draw(rng: &mut Rng, expired: bool) -> Self {
        Self { on: HANDED_IN_FROM.saturating_add(rng.between(0, 170).days()), expired }
    }

    /// The first and last day of a validity of `months`. The same stream gives an expired
    /// document the same length of validity as its valid twin, only earlier.
    pub(crate) fn period(self, rng: &mut Rng, months: i64) -> (Date, Date) {
        let days = months * 30;
        let used = rng.between(days / 20, days * 9 / 10);
        let late = rng.between(8, 420);
        let back = if self.expired { days + months + late } else { used };
        let first = self.on.saturating_sub(back.days());
        (first, first.saturating_add(months.months()).saturating_sub(1.day()))
    }

    /// A day at most `days` before.
    pub(crate) fn shortly_before(self, rng: &mut Rng, days: i64) -> Date {
        self.on.saturating_sub(rng.between(1, days).days())
    }
}

#[cfg(test)]
mod tests {
    use proptest::{prop_assert, prop_assert_eq, proptest};

    use super::*;

    proptest! {
        #[test]
        fn the_day_lies_in_the_period_unless_it_has_expired(seed: u64, months in 6_i64..=120) {
            let judged = Judged::draw(&mut Rng::new(seed), false);
            let (first, last) = judged.period(&mut Rng::new(seed), months);
            prop_assert!(first <= judged.on && judged.on <= last);
            let expired = Judged { expired: true, ..judged };
            let (earlier, ended) = expired.period(&mut Rng::new(seed), months);
            prop_assert!(ended < judged.on, "{ended} is not before {}", judged.on);
            prop_assert!(earlier < ended);
            prop_assert_eq!(expired.on, judged.on);
        }
    }
}
