//! Documents that are drawn, so that their truth is known.
