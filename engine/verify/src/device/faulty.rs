//! A device that fails on demand, for tests: the CPU's networks, or none at all, behind faults that
//! a test switches on and off while the device works.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use image::RgbImage;

use super::fault::{Fault, FaultKind};
use super::networks::{Networks, Opened, Opener};
use crate::error::EngineError;
use crate::reading::reader::PageRead;

/// What goes wrong at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// There is no memory for it.
    OutOfMemory,
    /// The device is lost, and every later call fails until it is opened anew.
    Lost,
    /// The call fails.
    Passing,
    /// The library panics.
    Panic,
    /// The call does not come back before [`Faults::release`].
    Hang,
    /// From this call on the device computes wrongly.
    Wrong,
    /// From this call on it computes rightly again.
    Right,
}

impl FromStr for Trouble {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "out_of_memory" => Ok(Self::OutOfMemory),
            "lost" => Ok(Self::Lost),
            "passing" => Ok(Self::Passing),
            "panic" => Ok(Self::Panic),
            "hang" => Ok(Self::Hang),
            "wrong" => Ok(Self::Wrong),
            "right" => Ok(Self::Right),
            _ => Err(format!("{text:?} is no trouble")),
        }
    }
}

/// The faults of one device.
#[derive(Debug, Default)]
pub struct Faults {
    state: Mutex<State>,
    released: Condvar,
}

#[derive(Debug, Default)]
struct State {
    calls: u64,
    at: BTreeMap<u64, Trouble>,
    lost: bool,
    gone: bool,
    wrong: bool,
    memory_px: Option<usize>,
    poison: Option<(u32, u32)>,
    held: bool,
    opened: u64,
    dropped_lost: u64,
}

impl Faults {
    /// Lets something go wrong at a call, counted from the next one, which is 0. Known questions
    /// are calls, too.
    pub fn at(&self, call: u64, trouble: Trouble) {
        let mut state = self.lock();
        let number = state.calls + call;
        state.held |= trouble == Trouble::Hang;
        state.at.insert(number, trouble);
    }

    /// Several of them, as `lost@0,passing@7`.
    ///
    /// # Errors
    /// Which of them is none.
    pub fn script(&self, text: &str) -> Result<(), String> {
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let wrong = || format!("{part:?} is not TROUBLE@CALL");
            let (trouble, call) = part.split_once('@').ok_or_else(wrong)?;
            self.at(call.parse().map_err(|_| wrong())?, trouble.parse()?);
        }
        Ok(())
    }

    /// Whether the device computes wrongly.
    pub fn wrong(&self, wrong: bool) {
        self.lock().wrong = wrong;
    }

    /// Whether the device cannot be opened.
    pub fn gone(&self, gone: bool) {
        self.lock().gone = gone;
    }

    /// Columns of lines for which there is memory.
    pub fn memory_px(&self, px: Option<usize>) {
        self.lock().memory_px = px;
    }

    /// The size of a page on which the device always fails.
    pub fn poison(&self, size: (u32, u32)) {
        self.lock().poison = Some(size);
    }

    /// Lets a call that hangs come back.
    pub fn release(&self) {
        self.lock().held = false;
        self.released.notify_all();
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// How often the device was opened.
    pub fn opened(&self) -> u64 {
        self.lock().opened
    }

    /// How often what held a lost device was dropped: with a real one the process may end.
    pub fn dropped_lost(&self) -> u64 {
        self.lock().dropped_lost
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One call: what goes wrong with it, and whether its results are wrong.
    fn call(&self, pages: &[&RgbImage], budget_px: usize) -> Result<bool, Fault> {
        let fault = |kind, detail: &str| Err(Fault { kind, detail: detail.to_owned() });
        let mut state = self.lock();
        let number = state.calls;
        state.calls += 1;
        let trouble = state.at.remove(&number);
        state.lost |= trouble == Some(Trouble::Lost);
        state.wrong = match trouble {
            Some(Trouble::Wrong) => true,
            Some(Trouble::Right) => false,
            _ => state.wrong,
        };
        if state.lost {
            return fault(FaultKind::Lost, "the device was made to be lost");
        }
        if let Some(size) = state.poison
            && pages.iter().any(|page| page.dimensions() == size)
        {
            return fault(FaultKind::Passing, "a page that this device cannot read");
        }
        match trouble {
            Some(Trouble::OutOfMemory) => fault(FaultKind::OutOfMemory, "once"),
            Some(Trouble::Passing) => fault(FaultKind::Passing, "once"),
            Some(Trouble::Panic) => {
                drop(state);
                panic!("what a library says")
            }
            Some(Trouble::Hang) => {
                while state.held {
                    let waited = self.released.wait(state);
                    state = waited.unwrap_or_else(PoisonError::into_inner);
                }
                Ok(state.wrong)
            }
            _ if state.memory_px.is_some_and(|px| budget_px > px) => {
                fault(FaultKind::OutOfMemory, "more than there is")
            }
            Some(Trouble::Lost | Trouble::Wrong | Trouble::Right) | None => Ok(state.wrong),
        }
    }
}

/// Brings networks to a device that fails on demand.
type Bring = Box<dyn Fn() -> Result<Box<dyn Networks>, EngineError> + Send>;

/// Opens a device that fails on demand.
pub(crate) struct FaultyDevice {
    pub(crate) name: String,
    pub(crate) faults: Arc<Faults>,
    pub(crate) bring: Bring,
}

impl FaultyDevice {
    /// A device without networks; see [`super::drawn::Drawn`].
    #[cfg(test)]
    pub(crate) fn drawn(name: &str, faults: &Arc<Faults>) -> Self {
        let bring = || Ok(Box::new(super::drawn::Drawn) as Box<dyn Networks>);
        Self { name: name.to_owned(), faults: Arc::clone(faults), bring: Box::new(bring) }
    }
}

impl Opener for FaultyDevice {
    fn name(&self) -> &str {
        &self.name
    }

    fn dtype(&self) -> &'static str {
        "f32"
    }

    fn open(&self) -> Result<Opened, EngineError> {
        if self.faults.lock().gone {
            let problem = "it was made to be gone".to_owned();
            return Err(EngineError::Device { device: self.name.clone(), problem });
        }
        let networks = (self.bring)()?;
        let mut state = self.faults.lock();
        state.lost = false;
        state.opened += 1;
        drop(state);
        let faults = Arc::clone(&self.faults);
        let networks = Box::new(Faulty { networks, faults });
        Ok(Opened { networks, name: format!("{} stand-in", self.name), facts: None })
    }
}

/// Networks behind faults.
struct Faulty {
    networks: Box<dyn Networks>,
    faults: Arc<Faults>,
}

impl Networks for Faulty {
    fn read(&self, pages: &[&RgbImage], budget_px: usize) -> Result<Vec<PageRead>, Fault> {
        let wrong = self.faults.call(pages, budget_px)?;
        let mut reads = self.networks.read(pages, budget_px)?;
        if wrong {
            // The text stays: only numbers tell.
            let seen = reads.iter_mut().flat_map(|read| &mut read.seen);
            seen.flat_map(|line| &mut line.values).for_each(|value| *value *= 1.5);
        }
        Ok(reads)
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        let mut state = self.faults.lock();
        state.dropped_lost += u64::from(state.lost);
    }
}
