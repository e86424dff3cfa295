//! A case, and every change that it allows.
//!
//! ```text
//!            claim                 decide, one opinion needed, or two that agree
//!   open ───────────▶ claimed ──────────────────────────────────────▶ decided
//!    ▲ ◀─────────────   │ │                                              │
//!    │  release, lease  │ │ escalate, or two that disagree               │ undo, inside the
//!    │  ends, first of  │ ▼                                              │ grace period
//!    │  two opinions    │ escalated ──claim by a senior──▶ claimed ◀─────┘
//!    └──────────────────┘
//! ```
//!
//! A lease is a promise for a while: it has an end, and a fencing token that rises with every new
//! holder, so that whoever lost it is told, however late the word comes.

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;

use super::answer::Answer;

/// Where a case is on its way, whoever holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// It waits for an opinion.
    Open,
    /// It waits for somebody senior.
    Escalated,
    /// It is done.
    Decided,
    /// A later verdict made it needless.
    Superseded,
}

/// Who has a case before him, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Who.
    pub holder: String,
    /// The end, from which on it does not count.
    pub until: Timestamp,
}

/// An answer that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// Who gave it.
    pub reviewer: String,
    /// What it is.
    pub answer: Answer,
    /// When.
    pub at: Timestamp,
    /// Whether the case was escalated then.
    pub when_escalated: bool,
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Where it is.
    pub stage: Stage,
    /// Who holds it, if anybody; the lease may have ended.
    pub lease: Option<Lease>,
    /// The fencing token of the last lease.
    pub fence: u64,
    /// Counts the changes.
    pub version: u32,
    /// The answers that stand, in their order.
    pub given: Vec<Given>,
    /// Opinions that decide it, where they agree: 1 or 2.
    pub opinions_needed: u8,
}

/// Who asks for a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reviewer<'a> {
    /// The name.
    pub name: &'a str,
    /// Whether escalated cases are for him.
    pub is_senior: bool,
}

/// Why a change cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Somebody else holds the case.
    #[error("somebody else has the case; take another one, or wait until the lease ends")]
    Taken,
    /// The lease ended, or another one holds the case now.
    #[error("the lease of the case was lost; claim it again")]
    LeaseLost,
    /// It is decided or superseded.
    #[error("the case is closed; there is nothing left to decide")]
    Closed,
    /// The same person gave the other opinion.
    #[error("you have given your opinion of this case; the next one must be another person's")]
    HasAnswered,
    /// It is escalated.
    #[error("the case was escalated; it takes a token with the scope admin")]
    NotSenior,
    /// It is escalated already.
    #[error("the case is escalated already; it must be decided here")]
    NothingAbove,
    /// The last answer is not this person's, or somebody has the case again.
    #[error("there is no decision of yours that could be undone")]
    NothingToUndo,
    /// The grace period is over.
    #[error("the time to undo the decision is over")]
    TooLate,
}

impl Case {
    /// A new one.
    #[must_use]
    pub fn new() -> Self {
        Self {
            stage: Stage::Open,
            lease: None,
            fence: 0,
            version: 1,
            given: Vec::new(),
            opinions_needed: 1,
        }
    }

    /// The lease that counts at `now`.
    #[must_use]
    pub fn held(&self, now: Timestamp) -> Option<&Lease> {
        self.lease.as_ref().filter(|lease| now < lease.until)
    }

    /// Whether this person may take the case, were it free.
    ///
    /// # Errors
    /// [`Refusal`] says why not.
    pub fn is_for(&self, who: Reviewer<'_>) -> Result<(), Refusal> {
        match self.stage {
            Stage::Decided | Stage::Superseded => return Err(Refusal::Closed),
            Stage::Escalated if !who.is_senior => return Err(Refusal::NotSenior),
            Stage::Open | Stage::Escalated => {}
        }
        let is_own = |given: &Given| given.reviewer == who.name && given.answer.is_opinion();
        if self.given.iter().any(is_own) { Err(Refusal::HasAnswered) } else { Ok(()) }
    }

    /// Takes the case until then. Whoever holds it already gets more time and keeps the token.
    ///
    /// # Errors
    /// [`Refusal`] says why not.
    pub fn claim(
        &self,
        who: Reviewer<'_>,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Self, Refusal> {
        self.is_for(who)?;
        let lease = Some(Lease { holder: who.name.to_owned(), until });
        match self.held(now) {
            Some(held) if held.holder != who.name => Err(Refusal::Taken),
            Some(_) => Ok(Self { lease, ..self.changed() }),
            None => Ok(Self { lease, fence: self.fence + 1, ..self.changed() }),
        }
    }

    /// Holds it longer.
    ///
    /// # Errors
    /// [`Refusal::LeaseLost`].
    pub fn renew(
        &self,
        (who, fence): (Reviewer<'_>, u64),
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Self, Refusal> {
        self.check_lease((who, fence), now)?;
        let lease = Some(Lease { holder: who.name.to_owned(), until });
        Ok(Self { lease, ..self.changed() })
    }

    /// Gives it back.
    ///
    /// # Errors
    /// [`Refusal::LeaseLost`].
    pub fn release(
        &self,
        (who, fence): (Reviewer<'_>, u64),
        now: Timestamp,
    ) -> Result<Self, Refusal> {
        self.check_lease((who, fence), now)?;
        Ok(Self { lease: None, ..self.changed() })
    }

    /// Answers it.
    ///
    /// # Errors
    /// [`Refusal`] says why not.
    pub fn decide(
        &self,
        (who, fence): (Reviewer<'_>, u64),
        now: Timestamp,
        answer: Answer,
    ) -> Result<Self, Refusal> {
        self.check_lease((who, fence), now)?;
        let when_escalated = self.stage == Stage::Escalated;
        if when_escalated && !answer.is_opinion() {
            return Err(Refusal::NothingAbove);
        }
        let reviewer = who.name.to_owned();
        let mut next = Self { lease: None, ..self.changed() };
        next.given.push(Given { reviewer, answer, at: now, when_escalated });
        next.stage = next.stage_after();
        Ok(next)
    }

    /// Takes the last answer back, and the case into the hand of the one who gave it.
    ///
    /// # Errors
    /// [`Refusal`] says why not.
    pub fn undo(
        &self,
        (who, grace): (Reviewer<'_>, SignedDuration),
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Self, Refusal> {
        let mut next = self.changed();
        let last = next.given.pop().filter(|last| last.reviewer == who.name);
        let last = last.ok_or(Refusal::NothingToUndo)?;
        if self.held(now).is_some() || self.stage == Stage::Superseded {
            return Err(Refusal::NothingToUndo);
        }
        if now.duration_since(last.at) > grace {
            return Err(Refusal::TooLate);
        }
        next.stage = if last.when_escalated { Stage::Escalated } else { Stage::Open };
        next.lease = Some(Lease { holder: who.name.to_owned(), until });
        next.fence += 1;
        Ok(next)
    }

    /// The answer that decided it.
    #[must_use]
    pub fn outcome(&self) -> Option<&Answer> {
        let last = self.given.last().map(|given| &given.answer);
        last.filter(|_| self.stage == Stage::Decided)
    }

    fn check_lease(
        &self,
        (who, fence): (Reviewer<'_>, u64),
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if matches!(self.stage, Stage::Decided | Stage::Superseded) {
            return Err(Refusal::Closed);
        }
        let is_held = self.held(now).is_some_and(|lease| lease.holder == who.name);
        if is_held && self.fence == fence { Ok(()) } else { Err(Refusal::LeaseLost) }
    }

    /// The stage after the last answer.
    fn stage_after(&self) -> Stage {
        let Some(last) = self.given.last() else { return Stage::Open };
        if !last.answer.is_opinion() {
            return Stage::Escalated;
        }
        if last.when_escalated {
            return Stage::Decided;
        }
        let mut opinions = self.given.iter().map(|given| &given.answer).filter(|a| a.is_opinion());
        let first = opinions.next();
        let agree = opinions.clone().all(|other| first.is_some_and(|one| one.agrees_with(other)));
        match () {
            () if opinions.count() + 1 < usize::from(self.opinions_needed) => Stage::Open,
            () if agree => Stage::Decided,
            () => Stage::Escalated,
        }
    }

    fn changed(&self) -> Self {
        Self { version: self.version.saturating_add(1), ..self.clone() }
    }
}

impl Default for Case {
    fn default() -> Self {
        Self::new()
    }
}
