//! The broker: how it is reached, what its topics are called and hold, and what goes there.
//!
//! [`consumer`], [`letter`] and [`ledger`] bring messages in and offsets out. Nothing here knows
//! what a verdict is or where one is kept: messages are keys, bytes and headers.

pub mod client;
pub mod consumer;
pub mod dead_letter;
pub mod error;
pub mod headers;
pub mod ledger;
pub mod letter;
pub mod partitioner;
pub mod producer;
pub mod pulse;
pub mod topics;
