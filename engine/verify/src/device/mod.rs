//! The devices: which one computes, how far it is trusted, and what is done when it fails.
//!
//! A device other than the CPU lives on a plain thread of its own (`station`) that takes groups
//! of documents from a `board`. It must pass its `canary` before it serves and after anything
//! went wrong; `life` says when it is used. What a device does not read comes back unread, and
//! the engine reads it on the CPU. This room knows nothing of requests, claims or verdicts.

pub(crate) mod board;
pub(crate) mod budget;
pub(crate) mod canary;
mod choice;
#[cfg(test)]
mod drawn;
mod fault;
mod lanes;
mod life;
pub(crate) mod networks;
pub(crate) mod pool;
pub mod probe;
pub(crate) mod station;
mod watch;

#[cfg(any(test, feature = "testing"))]
pub mod faulty;

pub use canary::Parity;
pub use choice::{DeviceChoice, Gpus, PrecisionChoice};
pub use fault::{Fault, FaultKind};
pub use life::{DeviceRules, DeviceState};
pub use watch::{DeviceReport, Watch};
