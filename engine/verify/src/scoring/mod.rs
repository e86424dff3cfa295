//! The claim put to the picture: how likely a claimed text is on a line's image, beside what is
//! read there.
//!
//! Comparing two texts cannot tell a misread letter from a changed one; the probabilities behind
//! the reading can. [`alphabet`] turns a text into classes of the recogniser, [`forms`] says how a
//! date or an amount may be written, `window` cuts out the part of the line that is asked,
//! [`forward`] adds up the probability of all the ways to write the claim there, and [`score`]
//! sets that beside the likeliest reading of the same place.
//!
//! This room knows lines and texts, but no pages, documents or roles: whether a value stands where
//! it should is for the checks to say.

pub mod alphabet;
pub mod forms;
pub mod forward;
pub mod score;

mod window;
