//! One device on its own plain thread: takes groups from the board, reads them, and keeps the
//! device's life.
//!
//! Only this thread touches the device. Whatever goes wrong, it ends here: a document that the
//! device does not read comes back unread, and the CPU reads it.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::board::{Answer, Board, DeviceRead, Order, Pages, Taken};
use super::budget::{self, BUDGET_PX_MIN, Budget};
use super::canary::{Canary, Parity, full_page};
use super::fault::{Fault, FaultKind};
use super::life::{DeviceRules, DeviceState, Event, Life, Want};
use super::networks::{Networks, Opened, Opener};
use super::watch::Book;
use crate::contain::contain;
use crate::error::EngineError;
use crate::reading::reader::PageRead;

/// Documents of a group at most: their lines are many of each width, and fill the micro-batches.
pub(crate) const GROUP_DOCUMENTS_MAX: usize = 128;
/// How often the budget is halved for one group, before the group itself is.
pub(crate) const HALVINGS_MAX: u32 = 3;
/// Copies of a full page on which the budget is measured.
const MEASURED_PAGES: usize = 8;

/// A device that takes longer for a page, the first one included, is not measured further.
const SLOW: Duration = Duration::from_secs(5);

/// What all stations share.
#[derive(Debug, Clone)]
pub(crate) struct Common {
    pub(crate) board: Arc<Board>,
    pub(crate) canary: Arc<Canary>,
    pub(crate) rules: DeviceRules,
    /// The budget, where it is not to be measured.
    pub(crate) budget_px: Option<usize>,
}

/// A device with its life.
pub(crate) struct Station {
    number: usize,
    opener: Box<dyn Opener>,
    networks: Option<Box<dyn Networks>>,
    life: Life,
    budget: Budget,
    common: Common,
    book: Book,
}

impl Station {
    /// Begins with a device that was opened: it must pass its canary, and its budget is measured.
    ///
    /// # Errors
    /// What is wrong with the device.
    pub(crate) fn begin(
        number: usize,
        opener: Box<dyn Opener>,
        opened: Opened,
        common: Common,
    ) -> Result<Self, EngineError> {
        let Opened { networks, name, facts } = opened;
        let (parity, budget) = match prove(networks.as_ref(), opener.dtype(), &common) {
            Ok(proven) => proven,
            Err(fault) => {
                // What dropping a device does that has just failed is not known.
                std::mem::forget(networks);
                let device = opener.name().to_owned();
                return Err(match fault.kind {
                    FaultKind::Wrong => EngineError::Canary { device, problem: fault.detail },
                    _ => EngineError::Device { device, problem: fault.to_string() },
                });
            }
        };
        let book = Book::new(name, opener.dtype().to_owned(), parity);
        book.lock().facts = facts;
        let life = Life::serving(common.rules, Instant::now());
        let station = Self { number, opener, networks: Some(networks), life, budget, common, book };
        station.publish();
        Ok(station)
    }

    /// Where its report stands.
    pub(crate) fn book(&self) -> Book {
        self.book.clone()
    }

    /// Works until the board is closed.
    pub(crate) fn run(mut self) {
        loop {
            match self.life.want(Instant::now()) {
                Want::Read(until) => match self.common.board.take(self.number, until) {
                    Taken::Order(order) => self.serve(&order),
                    Taken::Nothing => {}
                    Taken::Closed => return,
                },
                Want::Canary => self.sing(),
                Want::Open => self.open_anew(),
                Want::Rest(until) => {
                    if !self.common.board.rest(until) {
                        return;
                    }
                }
            }
            self.publish();
        }
    }

    fn serve(&mut self, order: &Order) {
        let answers = self.read(order);
        if order.is_wanted() {
            self.book.lock().documents += answers.iter().flatten().count() as u64;
        }
        // Whoever has the answers finds the report up to date.
        self.publish();
        if !order.done(answers) {
            // Nobody waited so long, and that was counted: only a canary says what this was.
            self.life.on(Event::Fault, Instant::now());
        }
    }

    /// Reads a group. A document that breaks it is found by halving it; what the device cannot
    /// read, or must not any more, stays unread.
    fn read(&mut self, order: &Order) -> Vec<Answer> {
        let documents = &order.documents;
        let mut answers: Vec<Answer> = vec![None; documents.len()];
        let mut todo: Vec<Range<usize>> = std::iter::once(0..documents.len()).collect();
        let mut halvings = 0;
        while let Some(part) = todo.pop() {
            if self.life.state() != DeviceState::Serving || !order.is_wanted() {
                break;
            }
            match self.attempt(&documents[part.clone()]) {
                Ok(mut reads) => {
                    self.life.on(Event::Read, Instant::now());
                    self.budget.read();
                    for place in part.rev() {
                        let pages = reads.split_off(reads.len() - documents[place].len());
                        answers[place] = Some(DeviceRead { pages, station: self.number });
                    }
                }
                Err(fault) => {
                    self.heard(&fault, part.len());
                    let fits_less = fault.kind == FaultKind::OutOfMemory
                        && halvings < HALVINGS_MAX
                        && self.budget.halve();
                    if fits_less {
                        halvings += 1;
                        todo.push(part);
                    } else {
                        todo.extend(halves(part));
                    }
                }
            }
        }
        answers
    }

    /// One call to the device: the pages of all documents, in their order.
    fn attempt(&self, documents: &[Pages]) -> Result<Vec<PageRead>, Fault> {
        let pages: Vec<_> =
            documents.iter().flat_map(|pages| pages.iter()).map(|page| &page.pixels).collect();
        let Some(networks) = &self.networks else {
            return Err(Fault::of_words("CUDA_ERROR_NO_DEVICE: it is not open"));
        };
        let budget_px = self.budget.px();
        let reads = contain("the networks", || networks.read(&pages, budget_px))
            .unwrap_or_else(|panic| Err(Fault::of_words(&panic)))?;
        match reads.len() == pages.len() {
            true => Ok(reads),
            false => Err(Fault {
                kind: FaultKind::Wrong,
                detail: format!("{} pages were read of {}", reads.len(), pages.len()),
            }),
        }
    }

    /// Takes in what went wrong, and asks the known question where the device is suspect now.
    fn heard(&mut self, fault: &Fault, documents: usize) {
        let device = self.opener.name();
        tracing::warn!(device, documents, %fault, "a device failed on documents");
        self.book.fault(fault);
        let event = match fault.kind {
            FaultKind::OutOfMemory => Event::OutOfMemory,
            FaultKind::Lost => Event::Lost,
            FaultKind::Passing | FaultKind::Wrong | FaultKind::Stuck => Event::Fault,
        };
        self.happens(event);
        if self.life.state() == DeviceState::Suspect {
            self.sing();
        }
    }

    /// Asks the known question.
    fn sing(&mut self) {
        let sung = match &self.networks {
            Some(networks) => self.common.canary.sing(networks.as_ref(), self.opener.dtype()),
            None => Err(Fault::of_words("CUDA_ERROR_NO_DEVICE: it is not open")),
        };
        match sung {
            Ok(parity) => {
                let mut report = self.book.lock();
                report.canaries += 1;
                report.parity = parity;
                drop(report);
                self.happens(Event::Passed);
            }
            Err(fault) => {
                self.book.fault(&fault);
                let event = match fault.kind {
                    FaultKind::Lost => Event::Lost,
                    _ => Event::Failed,
                };
                self.happens(event);
            }
        }
    }

    fn open_anew(&mut self) {
        let opened = contain("opening the device", || self.opener.open());
        match opened.map_err(|panic| Fault::of_words(&panic)) {
            Ok(Ok(opened)) => {
                self.networks = Some(opened.networks);
                self.happens(Event::Opened);
            }
            Ok(Err(error)) => {
                self.book.fault(&Fault::of_words(&error.to_string()));
                self.happens(Event::NotOpened);
            }
            Err(fault) => {
                self.book.fault(&fault);
                self.happens(Event::NotOpened);
            }
        }
    }

    fn happens(&mut self, event: Event) {
        let before = self.life.state();
        self.life.on(event, Instant::now());
        if self.life.is_lost() {
            // Dropping what holds a broken device can end the process: it is never dropped.
            std::mem::forget(self.networks.take());
        }
        let (device, after) = (self.opener.name(), self.life.state());
        let problem = self.book.lock().problem.clone().unwrap_or_default();
        match (before, after) {
            (DeviceState::Probation, DeviceState::Serving) => {
                tracing::warn!(device, "the device serves again");
            }
            (before, DeviceState::Broken) if before != DeviceState::Broken => {
                tracing::warn!(device, problem, "the device is not used; the CPU computes");
            }
            _ => {}
        }
        self.publish();
    }

    /// Tells the board and the report how it stands. A suspect is asked at once, so what waits for
    /// it may go on waiting.
    fn publish(&self) {
        let state = self.life.state();
        let serves = matches!(state, DeviceState::Serving | DeviceState::Suspect);
        let mut report = self.book.lock();
        report.state = state;
        report.budget_px = self.budget.px();
        if state == DeviceState::Serving {
            report.problem = None;
        }
        drop(report);
        self.common.board.set_serving(self.number, serves);
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        self.common.board.set_serving(self.number, false);
        if self.life.state() != DeviceState::Serving {
            std::mem::forget(self.networks.take());
        }
    }
}

/// Both halves of a part, the first one on top; nothing of a document alone.
fn halves(part: Range<usize>) -> Vec<Range<usize>> {
    let middle = part.start + part.len() / 2;
    match part.len() {
        0 | 1 => Vec::new(),
        _ => vec![middle..part.end, part.start..middle],
    }
}

/// How far the answer to the known question lies from the reference, and the budget.
fn prove(networks: &dyn Networks, dtype: &str, common: &Common) -> Result<(Parity, Budget), Fault> {
    let parity = common.canary.sing(networks, dtype)?;
    let budget_px = match common.budget_px {
        Some(budget_px) => budget_px,
        None => measured(networks)?,
    };
    Ok((parity, Budget::new(budget_px)))
}

/// The budget of a device. One that is slow with a single page gains nothing by more at a time.
fn measured(networks: &dyn Networks) -> Result<usize, Fault> {
    let page = full_page();
    if time(networks, &[&page], BUDGET_PX_MIN)? > SLOW {
        return Ok(BUDGET_PX_MIN);
    }
    budget::measure(|budget_px| time(networks, &[&page; MEASURED_PAGES], budget_px))
}

/// How long the device takes for pages.
fn time(
    networks: &dyn Networks,
    pages: &[&image::RgbImage],
    budget_px: usize,
) -> Result<Duration, Fault> {
    let start = Instant::now();
    contain("the networks", || networks.read(pages, budget_px))
        .unwrap_or_else(|panic| Err(Fault::of_words(&panic)))?;
    Ok(start.elapsed())
}

#[cfg(test)]
mod tests;
