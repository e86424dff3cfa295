//! One room a resource: its routes on top, then its requests and answers, then its handlers.

pub mod audit;
pub mod cases;
pub mod decisions;
pub mod documents;
pub mod health;
pub mod leases;
pub mod pages;
pub mod session;
pub mod statistics;
mod view;
