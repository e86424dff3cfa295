//! What is told of the devices while they work.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::canary::Parity;
use super::fault::{Fault, FaultKind};
use super::life::DeviceState;
use super::probe::Facts;

/// How one device does.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceReport {
    /// Its full name, as in verdicts.
    pub name: String,
    /// The type of number in which it computes.
    pub dtype: String,
    /// How far it is trusted.
    pub state: DeviceState,
    /// What went wrong last, where it does not serve.
    pub problem: Option<String>,
    /// Columns of lines that it takes at a time.
    pub budget_px: usize,
    /// Documents that it read.
    pub documents: u64,
    /// How often it answered its known question as it should.
    pub canaries: u64,
    /// How far its last such answer lay from that of the reference.
    pub parity: Parity,
    /// What the driver told of it, where there is one to ask.
    pub facts: Option<Facts>,
    /// What went wrong, in the order of [`FaultKind::ALL`].
    faults: [u64; FaultKind::ALL.len()],
}

impl DeviceReport {
    /// How often something of this kind went wrong.
    #[must_use]
    pub fn faults(&self, kind: FaultKind) -> u64 {
        self.faults[kind as usize]
    }
}

/// The report of one device, as its thread and whoever waits for it write it.
#[derive(Debug, Clone)]
pub(crate) struct Book(Arc<Mutex<DeviceReport>>);

impl Book {
    /// The report of a device that was opened and has answered for the first time.
    pub(crate) fn new(name: String, dtype: String, parity: Parity) -> Self {
        Self(Arc::new(Mutex::new(DeviceReport {
            name,
            dtype,
            state: DeviceState::Probation,
            problem: None,
            budget_px: 0,
            documents: 0,
            canaries: 1,
            parity,
            facts: None,
            faults: [0; FaultKind::ALL.len()],
        })))
    }

    /// Counts what went wrong.
    pub(crate) fn fault(&self, fault: &Fault) {
        let mut report = self.lock();
        report.faults[fault.kind as usize] += 1;
        report.problem = Some(fault.to_string());
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, DeviceReport> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells how the devices of an engine do, from any thread.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    pub(crate) books: Vec<Book>,
    pub(crate) fallbacks: Arc<AtomicU64>,
}

impl Watch {
    /// The devices other than the CPU, in the order in which they were asked for.
    #[must_use]
    pub fn devices(&self) -> Vec<DeviceReport> {
        self.books.iter().map(|book| book.lock().clone()).collect()
    }

    /// Documents that the CPU computed in the place of a device.
    #[must_use]
    pub fn fallbacks(&self) -> u64 {
        self.fallbacks.load(Ordering::Relaxed)
    }

    /// The devices that do not serve, and why.
    #[must_use]
    pub fn degraded(&self) -> Vec<(String, String)> {
        let down = |report: DeviceReport| {
            let serves = report.state == DeviceState::Serving;
            (!serves).then(|| (report.name, report.problem.unwrap_or_default()))
        };
        self.devices().into_iter().filter_map(down).collect()
    }
}
