//! Private databases, and the store's twin in memory.

pub mod memory;
