//! How much goes to a device at a time: columns of lines in a micro-batch.
//!
//! A device that has much to do at once is faster, until it is full or its memory is. So the
//! budget is measured when a device is opened, halved when it runs out of memory, and grows back
//! slowly while nothing happens, since whatever took the memory may be gone.

use std::time::Duration;

use super::fault::{Fault, FaultKind};

/// Columns of lines in a micro-batch on the CPU: what fits its caches.
pub(crate) const CPU_BUDGET_PX: usize = 800;
/// The least on any device: a line of the greatest width alone is more all the same.
pub(crate) const BUDGET_PX_MIN: usize = CPU_BUDGET_PX;
/// The most that is tried: memory and time gain nothing beyond.
pub(crate) const BUDGET_PX_MAX: usize = 1 << 17;

/// A larger budget must be faster by this factor at least to be worth its memory.
const GAIN_MIN: f64 = 1.05;
/// A step of the measurement that takes so long is the last one.
const STEP_MAX: Duration = Duration::from_secs(2);
/// Groups that must be read before the budget grows by a step.
const CALM_READS: u32 = 16;
/// The step by which it grows is this part of what was measured.
const STEPS: usize = 8;

/// The budget of one device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    measured: usize,
    now: usize,
    calm: u32,
}

impl Budget {
    /// What was measured, kept between the bounds.
    pub(crate) fn new(measured: usize) -> Self {
        let measured = measured.clamp(BUDGET_PX_MIN, BUDGET_PX_MAX);
        Self { measured, now: measured, calm: 0 }
    }

    /// Columns of a micro-batch now.
    pub(crate) fn px(self) -> usize {
        self.now
    }

    /// The memory was not enough. Whether there is less to try.
    pub(crate) fn halve(&mut self) -> bool {
        self.calm = 0;
        let before = self.now;
        self.now = (before / 2).max(BUDGET_PX_MIN);
        self.now < before
    }

    /// A group was read.
    pub(crate) fn read(&mut self) {
        self.calm = self.calm.saturating_add(1);
        if self.calm >= CALM_READS && self.now < self.measured {
            self.calm = 0;
            self.now = (self.now + (self.measured / STEPS).max(1)).min(self.measured);
        }
    }
}

/// Finds the budget from which on a device gains nothing more, or has no memory left. `read` reads
/// always the same with the budget that it is given, and says how long that took.
///
/// # Errors
/// Where the device fails otherwise, or has no memory for the least.
pub(crate) fn measure(
    mut read: impl FnMut(usize) -> Result<Duration, Fault>,
) -> Result<usize, Fault> {
    // The first time a device reads anything it makes things ready that it keeps.
    let mut took = read(BUDGET_PX_MIN)?;
    if took < STEP_MAX {
        took = read(BUDGET_PX_MIN)?;
    }
    let mut best = BUDGET_PX_MIN;
    while took < STEP_MAX && best * 2 <= BUDGET_PX_MAX {
        match read(best * 2) {
            Ok(now) if now.mul_f64(GAIN_MIN) < took => (best, took) = (best * 2, now),
            Ok(_) => break,
            Err(fault) if fault.kind == FaultKind::OutOfMemory => break,
            Err(fault) => return Err(fault),
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_budget_is_measured_until_memory_or_time_gains_nothing_more() {
        let ms = Duration::from_millis;
        // Milliseconds at a budget; out of memory past a budget.
        type Case<'a> = (&'a str, &'a dyn Fn(usize) -> u64, usize, usize);
        let cases: [Case<'_>; 5] = [
            ("ever faster", &|px| 400_000 / px as u64, usize::MAX, 102_400),
            ("full at 6,400", &|px| 400_000 / px.min(6_400) as u64, usize::MAX, 6_400),
            ("no memory past 3,200", &|px| 400_000 / px as u64, 3_200, 3_200),
            ("never faster", &|_| 100, usize::MAX, BUDGET_PX_MIN),
            ("very slow", &|px| 80_000_000 / px as u64, usize::MAX, BUDGET_PX_MIN),
        ];
        for (name, took, memory, expected) in cases {
            let measured = measure(|px| match px <= memory {
                true => Ok(ms(took(px))),
                false => Err(Fault::of_words("CUDA_ERROR_OUT_OF_MEMORY")),
            });
            assert_eq!(measured, Ok(expected), "{name}");
        }
        let lost = measure(|px| match px {
            BUDGET_PX_MIN => Ok(ms(100)),
            _ => Err(Fault::of_words("CUDA_ERROR_LAUNCH_FAILED")),
        });
        assert_eq!(lost.unwrap_err().kind, FaultKind::Lost);
        let none = measure(|_| Err(Fault::of_words("CUDA_ERROR_OUT_OF_MEMORY")));
        assert_eq!(none.unwrap_err().kind, FaultKind::OutOfMemory);
    }

    #[test]
    fn a_budget_is_halved_at_once_and_grows_back_slowly() {
        let mut budget = Budget::new(8_000);
        assert!(budget.halve() && budget.halve());
        assert_eq!(budget.px(), 2_000);
        (1..CALM_READS).for_each(|_| budget.read());
        assert_eq!(budget.px(), 2_000);
        budget.read();
        assert_eq!(budget.px(), 3_000);
        (0..CALM_READS * 6).for_each(|_| budget.read());
        assert_eq!(budget.px(), 8_000);
        while budget.halve() {}
        assert_eq!(budget.px(), BUDGET_PX_MIN);
    }

    proptest! {
        #[test]
        fn a_budget_keeps_its_bounds_and_comes_back(
            measured in 0_usize..1 << 20, halved in proptest::collection::vec(any::<bool>(), 0..99),
        ) {
            let mut budget = Budget::new(measured);
            let whole = budget.px();
            for halve in halved {
                let before = budget.px();
                match halve {
                    true => prop_assert_eq!(budget.halve(), budget.px() < before),
                    false => budget.read(),
                }
                prop_assert!((BUDGET_PX_MIN..=whole).contains(&budget.px()));
            }
            (0..=CALM_READS * STEPS as u32).for_each(|_| budget.read());
            prop_assert_eq!(budget.px(), whole);
        }
    }
}
