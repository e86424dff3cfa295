//! The claim put to the picture: how likely a claimed text is on a line's image, beside what is
//! read there.
//!
//! Comparing two texts cannot tell a misread letter from a changed one; the probabilities behind
//! the reading can. [`alphabet`] turns a text into classes of the recogniser, [`forward`] adds up
//! the probability of all the ways to write it, [`score`] sets that beside the likeliest reading
//! of the same place, and [`adjust`] lets a check hear of it. [`evidence`] says to which lines a
//! claim is put, [`forms`] how a date or an amount may be written.
//!
//! This room knows lines and texts, but no pages, documents or roles: whether a value stands where
//! it should is for the checks to say.

pub mod adjust;
pub mod alphabet;
pub mod evidence;
pub mod forms;
pub mod forward;
pub mod score;
