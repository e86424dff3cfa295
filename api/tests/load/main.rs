//! The program `ivendor-review` under load, as it runs: many people at once, some of whom die with
//! a case in their hand, a shard that is killed, and the program itself that is killed. Whatever
//! happens, each case is decided once, or twice where two people are asked.

#![allow(clippy::unwrap_used, reason = "a test ends where its ground is missing")]

mod crowd;
mod outage;
mod restart;
mod site;
#[path = "../common/tokens.rs"]
mod tokens;
mod work;
