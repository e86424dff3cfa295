//! The store put to the test: one suite of promises for PostgreSQL and for the twin in memory, and
//! beside it what only a real database can show.
//!
//! The private clusters are started once and shared; each test has databases of its own on them.
//! Those that kill or reconfigure clusters have their own.

#![allow(clippy::unwrap_used, reason = "helpers of tests are not seen as tests")]

mod cluster;
mod contract;
mod crash;
mod given;
mod migrations;
mod outgoing;
mod postgres;
mod reference;
mod review;
mod review_crowd;
mod review_next;
mod stack;
mod subject;
mod tls;

use std::sync::OnceLock;

use ivendor_store::testing::stack::Stack;

/// The clusters that the tests share: a reference database and three shards. They end with this
/// process, since the stack watches it.
pub(crate) fn shared() -> &'static Stack {
    static SHARED: OnceLock<Stack> = OnceLock::new();
    SHARED.get_or_init(|| Stack::start(3).unwrap())
}
