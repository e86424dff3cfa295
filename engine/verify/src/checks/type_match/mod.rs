//! Whether a document looks like the type that it is said to be: the words and structures of each
//! type, found in its text and weighed against one another.
//!
//! Each phrase of a profile that stands on the document adds the logarithm of how many times
//! likelier it is on that type than on others; the sums are compared. The check fails only where
//! another type is clearly ahead, and does not appear where the words say too little. A document
//! of the type `other` may look like anything.

use ivendor_core::check::Check;
use ivendor_core::reason::Reason;
use ivendor_core::verdict::PageText;
use ivendor_models::profile::{self, Profile, TypeWords};

use words::Words;

mod words;

/// The name of the check.
const NAME: &str = "type.match";

/// The type that anything may be.
const OTHER: &str = "other";

/// Logarithm of the odds of a phrase that hardly stands on a document of another type: 20 to 1.
const SURE: f32 = 3.0;

/// The same for a word that stands on many documents of its type: 3 to 1.
const USUAL: f32 = 1.1;

/// The same for a machine-readable zone: 400 to 1.
const ZONE: f32 = 6.0;

/// What a page of words adds for no known type: 50 to 1. Each type has words of its own that a
/// full page of it hardly lacks.
const STRANGE: f32 = 4.0;

/// Words of such a page.
const PAGE_WORDS: usize = 120;

/// Less than this says nothing of the type: three usual words.
const LEAST: f32 = 3.3;

/// How far another type must be ahead: 1,000 to 1, since words come together and so say less
/// than their sum.
const AHEAD: f32 = 7.0;

/// Types between which the words cannot decide: a till's receipt calls itself an invoice, and an
/// invoice that was paid a receipt.
const KIN: [[&str; 2]; 1] = [["receipt", "invoice"]];

/// How much further a type of the same kin must be ahead.
const AHEAD_OF_KIN: f32 = 14.0;

/// Checks the type of a document by the text of all of its pages: one check, or none where the
/// text does not say enough.
#[must_use]
pub fn check(profile: &Profile, pages: &[PageText]) -> Vec<Check> {
    if profile.name == OTHER {
        return Vec::new();
    }
    let text = Words::new(pages);
    let scored: Vec<(&Profile, f32)> = profile::names()
        .filter_map(profile::profile)
        .map(|known| (known, score(known, &text)))
        .collect();
    judge(profile, &scored).into_iter().collect()
}

/// How the scores of all types bear on the claimed one.
fn judge(claimed: &Profile, scored: &[(&Profile, f32)]) -> Option<Check> {
    let of = |name: &str| scored.iter().find(|(known, _)| known.name == name).map(|(_, s)| *s);
    let own = of(&claimed.name)?;
    let rivals = scored.iter().filter(|(known, _)| known.name != claimed.name);
    let (best, most) = rivals
        .max_by(|a, b| (a.1 - margin(claimed, a.0)).total_cmp(&(b.1 - margin(claimed, b.0))))?;
    if own.max(*most) < LEAST {
        return None;
    }
    let check = if most - own >= margin(claimed, best) {
        let belief = 1.0 / (1.0 + (most - own).exp());
        Check::failed(NAME, belief, Reason::TYPE_MISMATCH).finding(best.name.clone())
    } else if own >= LEAST {
        Check::passed(NAME, 0.99).finding(claimed.name.clone())
    } else {
        // Little speaks for the claimed type, and not enough for another one.
        return None;
    };
    Some(check.expecting(claimed.name.clone()))
}

/// How far `rival` must be ahead of the claimed type to be clearly likelier.
fn margin(claimed: &Profile, rival: &Profile) -> f32 {
    let both = [claimed.name.as_str(), rival.name.as_str()];
    let kin = KIN.iter().any(|pair| both.iter().all(|name| pair.contains(name)));
    if kin { AHEAD_OF_KIN } else { AHEAD }
}

/// What the text says for a type.
fn score(profile: &Profile, text: &Words) -> f32 {
    let TypeWords { sure, words } = &profile.type_words;
    let found = |list: &[String], weight: f32| -> Vec<(String, f32)> {
        list.iter().filter(|phrase| text.holds(phrase)).map(|p| (p.clone(), weight)).collect()
    };
    let mut all = found(sure, SURE);
    all.extend(found(words, USUAL));
    // A phrase inside a longer one that was found as well says nothing more.
    let alone = |(phrase, _): &&(String, f32)| {
        !all.iter()
            .any(|(longer, _)| longer.len() > phrase.len() && longer.contains(phrase.as_str()))
    };
    let sum: f32 = all.iter().filter(alone).map(|(_, weight)| weight).sum();
    let structure = match profile.name.as_str() {
        "id_document" if text.has_zone => ZONE,
        OTHER => STRANGE * text.count.min(PAGE_WORDS) as f32 / PAGE_WORDS as f32,
        _ => 0.0,
    };
    sum + structure
}

#[cfg(test)]
mod tests;
