//! The review queue over HTTP, on real shards: whole reviews, and everything that must be refused.

#![allow(clippy::unwrap_used, reason = "a test ends where its ground is missing")]

mod audit;
mod bounds;
mod contract;
mod desk;
mod generated;
mod hostile;
mod pages;
mod refusals;
mod repeats;
mod review;
mod session;
mod statistics;
mod tenants;
mod tls;
#[path = "../common/tokens.rs"]
mod tokens;
mod traced;
