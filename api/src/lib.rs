//! The review queue over HTTP: what people see of the cases, and how they decide them.
//!
//! [`serve::serve`] answers; [`access`] says who asks and what he may; [`problem`] is what goes
//! wrong; the rooms in [`routes`] are one resource each, and [`openapi`] describes them. This room
//! never reads a document and never computes a verdict.

pub mod access;
pub mod cli;
pub mod extract;
pub mod guard;
pub mod kept;
pub mod labels;
pub mod limiter;
mod meters;
pub mod openapi;
pub mod page;
pub mod pictures;
pub mod problem;
pub mod routes;
pub mod serve;
pub mod session;
pub mod sweep;
mod tls;
pub mod trace;
