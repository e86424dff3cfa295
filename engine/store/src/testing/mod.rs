//! For the tests of this package and of those above it: private databases, and the store's twin in
//! memory.

pub mod databases;
pub mod memory;
pub mod sample;
pub mod stack;
