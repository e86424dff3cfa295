//! The operations of the networks that candle does slowly or not at all.
