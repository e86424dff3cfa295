//! Where verdicts live.
