//! The policies that are built in, as the text of their files: the domain reads them.

/// The policy in force until one is fitted on labelled documents.
pub const UNCALIBRATED: &str = include_str!("../policies/uncalibrated.toml");
