//! The review queue over HTTP, on real shards: whole reviews, and everything that must be refused.

#![allow(clippy::unwrap_used, reason = "a test ends where its ground is missing")]

mod desk;
mod pages;
mod refusals;
mod review;
mod session;
mod statistics;
