//! The worker as a process, with a real broker and real databases, killed and starved.

#![allow(clippy::unwrap_used, reason = "a test ends where its ground is missing")]

#[path = "../common/mod.rs"]
mod common;
mod device;
mod kills;
mod poison;
mod real;
mod running;
mod shares;
mod site;
mod telling;
mod traced;
mod wishes;
