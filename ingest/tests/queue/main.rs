//! The queue with a real broker: what is sent is there, what is told of it is true, and dead
//! letters come back.
//!
//! The broker is started once and shared; each test has topics of its own on it. It ends with this
//! process, since the stack watches it.

#![allow(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

#[path = "../common/mod.rs"]
mod common;

mod enqueue;
mod letters;
mod redrive;
mod resume;
mod status;
mod table;
mod wire;
