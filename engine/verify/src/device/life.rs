//! The life of a device, as a value: what happened to it decides what may be done with it next.
//! Time comes from the caller.
//!
//! ```text
//!            fault                 passed
//!  Serving ─────────► Suspect ───────────────► Serving
//!     │ lost, wrong,     │ failed, lost           ▲
//!     │ again and again  ▼                        │ passed
//!     └──────────────► Broken ── rested ──► Probation
//!                         ▲     failed, not there │
//!                         └───────────────────────┘
//! ```
//!
//! Only a device that serves gets documents, and whoever serves has passed its canary since the
//! last thing that went wrong. Running out of memory is no fault of the device's, unless it does
//! so again and again.

use std::time::{Duration, Instant};

/// How far a device is trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DeviceState {
    /// It computes.
    Serving,
    /// Something went wrong: it gets no documents before it has passed its canary.
    Suspect,
    /// It is not used; after a rest it gets another chance.
    Broken,
    /// It has rested and must be opened, or pass its canary, before it serves again.
    Probation,
}

impl DeviceState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Serving, Self::Suspect, Self::Broken, Self::Probation];

    /// The name in answers and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Serving => "serving",
            Self::Suspect => "suspect",
            Self::Broken => "broken",
            Self::Probation => "probation",
        }
    }
}

/// The times of a device's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceRules {
    /// How often a device that serves is asked its known question.
    pub canary_every: Duration,
    /// The first rest of a device that broke.
    pub rest_first: Duration,
    /// The longest; each rest is twice as long as the one before.
    pub rest_max: Duration,
    /// How long one call for a group of documents may take before the device counts as stuck.
    pub read_max: Duration,
}

impl Default for DeviceRules {
    fn default() -> Self {
        Self {
            canary_every: Duration::from_secs(60),
            rest_first: Duration::from_secs(5),
            rest_max: Duration::from_secs(300),
            read_max: Duration::from_secs(120),
        }
    }
}

/// Things that went wrong in a row, without a document read between them, before the device is
/// broken. Finding the one document of a group that the device cannot read takes fewer.
pub(crate) const FAULTS_MAX: u32 = 12;
/// Groups that a device must read before its earlier breakdowns are forgotten.
const TRUSTED_READS: u32 = 32;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// Documents were read.
    Read,
    /// Documents did not fit its memory.
    OutOfMemory,
    /// A call failed.
    Fault,
    /// Every later call will fail.
    Lost,
    /// The known question was answered as it should be.
    Passed,
    /// It was not.
    Failed,
    /// It was opened anew.
    Opened,
    /// It could not be opened.
    NotOpened,
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    /// Read documents, until then.
    Read(Instant),
    /// Ask the known question.
    Canary,
    /// Open it anew: the old hold on it is worth nothing.
    Open,
    /// Leave it alone until then.
    Rest(Instant),
}

/// The life of one device.
#[derive(Debug, Clone)]
pub(crate) struct Life {
    rules: DeviceRules,
    state: DeviceState,
    /// Whether it must be opened before anything else.
    lost: bool,
    /// What went wrong since the last documents that were read.
    faults: u32,
    /// Breakdowns since it was last trusted.
    breakdowns: u32,
    /// Reads since it began to serve.
    reads: u32,
    /// The next canary of one that serves, the end of the rest of one that is broken.
    due: Instant,
}

impl Life {
    /// A device that was opened and has passed its canary.
    pub(crate) fn serving(rules: DeviceRules, now: Instant) -> Self {
        Self {
            rules,
            state: DeviceState::Serving,
            lost: false,
            faults: 0,
            breakdowns: 0,
            reads: 0,
            due: now + rules.canary_every,
        }
    }

    /// How far it is trusted.
    pub(crate) fn state(&self) -> DeviceState {
        self.state
    }

    /// Whether the hold on the device is worth nothing.
    pub(crate) fn is_lost(&self) -> bool {
        self.lost
    }

    /// What is to be done now. A device that has rested comes on probation.
    pub(crate) fn want(&mut self, now: Instant) -> Want {
        if self.state == DeviceState::Broken && now >= self.due {
            self.state = DeviceState::Probation;
        }
        match self.state {
            DeviceState::Serving if now < self.due => Want::Read(self.due),
            DeviceState::Serving | DeviceState::Suspect => Want::Canary,
            DeviceState::Broken => Want::Rest(self.due),
            DeviceState::Probation if self.lost => Want::Open,
            DeviceState::Probation => Want::Canary,
        }
    }

    /// Takes in what happened.
    pub(crate) fn on(&mut self, event: Event, now: Instant) {
        use DeviceState::{Broken, Probation, Serving, Suspect};
        self.lost = match event {
            Event::Lost => true,
            Event::Opened => false,
            _ => self.lost,
        };
        match (self.state, event) {
            (Serving, Event::Read) => {
                self.faults = 0;
                self.reads = self.reads.saturating_add(1);
                if self.reads >= TRUSTED_READS {
                    self.breakdowns = 0;
                }
            }
            (Serving, Event::OutOfMemory | Event::Fault) => {
                self.faults += 1;
                if self.faults >= FAULTS_MAX {
                    self.break_down(now);
                } else if event == Event::Fault {
                    self.state = Suspect;
                }
            }
            (Serving | Suspect, Event::Passed) => {
                self.state = Serving;
                self.due = now + self.rules.canary_every;
            }
            (Probation, Event::Passed) if !self.lost => {
                *self = Self { breakdowns: self.breakdowns, ..Self::serving(self.rules, now) };
            }
            (Serving | Suspect | Probation, Event::Failed | Event::Lost | Event::NotOpened)
            | (Suspect | Probation, Event::Fault | Event::OutOfMemory) => self.break_down(now),
            // What comes late changes nothing.
            (Broken, _)
            | (Suspect | Probation, Event::Read)
            | (Probation, Event::Passed)
            | (_, Event::Opened) => {}
        }
    }

    fn break_down(&mut self, now: Instant) {
        let doubled = self.rules.rest_first.saturating_mul(1 << self.breakdowns.min(16));
        self.state = DeviceState::Broken;
        self.due = now + doubled.min(self.rules.rest_max);
        self.breakdowns = self.breakdowns.saturating_add(1);
    }
}

#[cfg(test)]
mod tests;
