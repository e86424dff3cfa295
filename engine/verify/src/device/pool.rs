//! The devices of an engine other than the CPU: their threads, and the board at which they meet.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::board::{Answer, Board, Order, Pages};
use super::canary::Canary;
use super::fault::{Fault, FaultKind};
use super::life::{DeviceRules, DeviceState};
use super::networks::{Opened, Opener};
use super::station::{Common, Station};
use super::watch::Watch;
use crate::error::EngineError;

/// How long the threads may take to end.
const END_MAX: Duration = Duration::from_secs(5);

/// The devices, each with its thread.
#[derive(Debug)]
pub(crate) struct Pool {
    board: Arc<Board>,
    watch: Watch,
    read_max: Duration,
    /// Ends when the last thread has.
    ended: Mutex<Receiver<()>>,
}

/// With what devices are opened.
#[derive(Debug, Clone, Default)]
pub(crate) struct PoolConfig {
    pub(crate) rules: DeviceRules,
    /// The budget, where it is not to be measured.
    pub(crate) budget_px: Option<usize>,
}

impl Pool {
    /// No device at all: every order comes back at once.
    pub(crate) fn empty() -> Self {
        let ended = Mutex::new(channel().1);
        let board = Arc::new(Board::new(0));
        Self { board, watch: Watch::default(), read_max: Duration::MAX, ended }
    }

    /// Opens all devices and starts their threads. What the known question's answer is, `learn`
    /// finds out where there is a device to ask.
    ///
    /// # Errors
    /// What is wrong with the first one that cannot be used.
    pub(crate) fn open(
        openers: Vec<Box<dyn Opener>>,
        learn: impl FnOnce() -> Result<Canary, EngineError>,
        config: &PoolConfig,
    ) -> Result<Self, EngineError> {
        if openers.is_empty() {
            return Ok(Self::empty());
        }
        let opened: Vec<Opened> =
            openers.iter().map(|opener| opener.open()).collect::<Result<_, _>>()?;
        let board = Arc::new(Board::new(opened.len()));
        let common = Common {
            board: Arc::clone(&board),
            canary: Arc::new(learn()?),
            rules: config.rules,
            budget_px: config.budget_px,
        };
        let both = openers.into_iter().zip(opened).enumerate();
        let stations: Vec<Station> = both
            .map(|(number, (opener, opened))| {
                Station::begin(number, opener, opened, common.clone())
            })
            .collect::<Result<_, _>>()?;
        let books = stations.iter().map(Station::book).collect();
        let watch = Watch { books, ..Watch::default() };
        let (alive, ended) = channel();
        for station in stations {
            start(station, alive.clone())?;
        }
        let ended = Mutex::new(ended);
        Ok(Self { board, watch, read_max: config.rules.read_max, ended })
    }

    /// How many devices there are.
    pub(crate) fn len(&self) -> usize {
        self.watch.books.len()
    }

    /// Puts a group up for the devices.
    pub(crate) fn put(&self, documents: Vec<Pages>, urgent: bool) -> Arc<Order> {
        self.board.put(documents, urgent)
    }

    /// Waits for the answers of a group, one a document.
    pub(crate) fn answers(&self, order: &Order) -> Vec<Answer> {
        self.board.answers(order, self.read_max, |station| {
            let book = &self.watch.books[station];
            let seconds = self.read_max.as_secs_f64();
            let detail = format!("a group of documents took longer than {seconds} s");
            book.fault(&Fault { kind: FaultKind::Stuck, detail });
            let mut report = book.lock();
            report.state = DeviceState::Broken;
            tracing::warn!(device = report.name, "the device is stuck; the CPU computes");
        })
    }

    /// How the devices do.
    pub(crate) fn watch(&self) -> &Watch {
        &self.watch
    }
}

fn start(station: Station, alive: Sender<()>) -> Result<(), EngineError> {
    let device = station.book().lock().name.clone();
    let spawned = thread::Builder::new().name(device.clone()).spawn(move || {
        let _alive = alive;
        station.run();
    });
    match spawned {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(EngineError::Device { device, problem: format!("no thread for it: {error}") })
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.board.close();
        // Nothing is ever sent: the channel ends with the last thread.
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(END_MAX) {
            tracing::warn!("a device does not end; it is left behind");
        }
    }
}
