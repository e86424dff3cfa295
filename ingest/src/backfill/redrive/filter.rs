//! Which dead letters are meant, and what is told of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ivendor_core::request::VerificationRequest;
use jiff::Timestamp;
use serde::Serialize;

use crate::kafka::dead_letter::DeadLetter;

/// Different codes that are counted by themselves: a header may hold anything.
const CODES_MAX: usize = 200;

/// The code under which all others are counted.
const OTHERS: &str = "(others)";

/// Which letters are meant; what is empty means all.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    pub(super) codes: BTreeSet<String>,
    pub(super) tenants: BTreeSet<String>,
    pub(super) since: Option<Timestamp>,
}

impl Filter {
    /// Whether `letter`, which holds `request` if it is one and was written at `written`, is meant.
    pub(super) fn takes(
        &self,
        letter: &DeadLetter,
        request: Option<&VerificationRequest>,
        written: Option<Timestamp>,
    ) -> bool {
        let tenant = || match request {
            Some(request) => Some(request.tenant_id.as_str()),
            None => tenant_of_key(letter.key.as_deref()?),
        };
        (self.codes.is_empty() || self.codes.contains(&letter.code))
            && (self.tenants.is_empty() || tenant().is_some_and(|t| self.tenants.contains(t)))
            && self.since.is_none_or(|since| written.is_some_and(|written| written >= since))
    }
}

/// The tenant in the key `tenant_id/document_id`.
fn tenant_of_key(key: &[u8]) -> Option<&str> {
    std::str::from_utf8(key).ok()?.split_once('/').map(|(tenant, _)| tenant)
}

/// What became of the letters.
#[derive(Debug, Default, Serialize)]
pub(super) struct Counts {
    schema: &'static str,
    pub(super) dry_run: bool,
    /// Letters that went, or would go.
    pub(super) letters: u64,
    /// The same by their codes.
    codes: BTreeMap<String, u64>,
    /// Letters that are not meant.
    pub(super) left: u64,
    /// Letters among those read that went before.
    pub(super) went_before: u64,
}

impl Counts {
    pub(super) fn new(dry_run: bool) -> Self {
        Self { schema: "ivendor.backfill.redrive/1", dry_run, ..Self::default() }
    }

    /// A letter that goes.
    pub(super) fn letter(&mut self, code: &str) {
        self.letters += 1;
        if let Some(count) = self.codes.get_mut(code) {
            *count += 1;
        } else {
            let code = if self.codes.len() < CODES_MAX { code } else { OTHERS };
            *self.codes.entry(code.to_owned()).or_default() += 1;
        }
    }

    /// A table for a person. A code may hold what would harm a terminal.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{:>12}  code\n", "letters");
        for (code, count) in &self.codes {
            // Writing to a String cannot fail, here and below.
            let _ = writeln!(text, "{count:>12}  {}", code.escape_debug());
        }
        let _ = writeln!(text, "{:>12}  all", self.letters);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kafka::dead_letter::Origin;

    fn letter(code: &str, key: &[u8]) -> DeadLetter {
        DeadLetter {
            key: Some(key.to_vec()),
            payload: None,
            origin: Origin { topic: "q".to_owned(), partition: 0, offset: 0 },
            code: code.to_owned(),
            error: String::new(),
            attempts: 1,
            failed_at: Timestamp::UNIX_EPOCH,
            traceparent: None,
        }
    }

    #[test]
    fn a_letter_is_meant_where_everything_that_is_asked_holds() {
        let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let at = |second| Timestamp::from_second(second).ok();
        let filter = Filter { codes: set(&["a", "b"]), tenants: set(&["t"]), since: at(10) };
        let cases = [
            ("all hold", &filter, "a", &b"t/d"[..], at(10), true),
            ("the other code", &filter, "b", b"t/d", at(11), true),
            ("another code", &filter, "c", b"t/d", at(10), false),
            ("another tenant", &filter, "a", b"tt/d", at(10), false),
            ("no tenant", &filter, "a", b"t", at(10), false),
            ("key of garbage", &filter, "a", b"\xff/d", at(10), false),
            ("before", &filter, "a", b"t/d", at(9), false),
            ("no time", &filter, "a", b"t/d", None, false),
            ("nothing asked", &Filter::default(), "c", b"\xff", None, true),
        ];
        for (name, filter, code, key, written, meant) in cases {
            assert_eq!(filter.takes(&letter(code, key), None, written), meant, "{name}");
        }
    }

    #[test]
    fn codes_that_are_garbage_neither_fill_the_memory_nor_reach_the_terminal() {
        let mut counts = Counts::new(true);
        for number in 0..2 * CODES_MAX {
            counts.letter(&format!("\u{1b}[31m{number}"));
        }
        assert_eq!(counts.codes.len(), CODES_MAX + 1);
        assert_eq!(counts.codes.values().sum::<u64>(), counts.letters);
        assert!(!counts.text().contains('\u{1b}'));
    }
}
