//! Who did what to what: entries in a chain, each of which holds the digest of the one before, so
//! that an entry that is changed, taken out or put in later breaks it.
//!
//! There is one chain a tenant. It is stored elsewhere; here is what an entry is and how it is
//! linked.

use jiff::Timestamp;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::ids::{Sha256, TenantId};
use crate::limits::AuditLimits;

/// What happened, before it has its place in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// In whose chain.
    pub tenant: TenantId,
    /// Who did it, e.g. a reviewer or a program.
    pub actor: String,
    /// What was done, as a dotted name, e.g. `review.decided`.
    pub action: String,
    /// To what, e.g. a case or a document.
    pub resource: String,
    /// More of it, as the text of a JSON object.
    pub detail: String,
    /// When, in whole microseconds since 1970, which is what a database keeps.
    pub at_us: i64,
}

/// An entry that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AuditError {
    /// A field is empty, too long, or holds a control character.
    #[error("the audit entry's {0} must have 1 to {max} bytes and no control character",
        max = AuditLimits::FIELD_LEN_MAX)]
    Field(&'static str),
    /// The detail is too long.
    #[error("the audit entry's detail has {0} bytes; at most {max} are allowed",
        max = AuditLimits::DETAIL_LEN_MAX)]
    Detail(usize),
}

/// The actor, the action and the resource of an entry.
#[derive(Debug, Clone, Copy)]
pub struct Deed<'a> {
    /// Who.
    pub actor: &'a str,
    /// What.
    pub action: &'a str,
    /// To what.
    pub resource: &'a str,
}

impl AuditEntry {
    /// An entry, where nothing in it is past its limit.
    ///
    /// # Errors
    /// [`AuditError`] names the field.
    pub fn new(
        tenant: TenantId,
        deed: Deed<'_>,
        detail: Map<String, Value>,
        at: Timestamp,
    ) -> Result<Self, AuditError> {
        let fields = [("actor", deed.actor), ("action", deed.action), ("resource", deed.resource)];
        for (name, text) in fields {
            let length = 1..=AuditLimits::FIELD_LEN_MAX;
            if !length.contains(&text.len()) || text.chars().any(char::is_control) {
                return Err(AuditError::Field(name));
            }
        }
        let detail = Value::Object(detail).to_string();
        if detail.len() > AuditLimits::DETAIL_LEN_MAX {
            return Err(AuditError::Detail(detail.len()));
        }
        let [actor, action, resource] = fields.map(|(_, text)| text.to_owned());
        Ok(Self { tenant, actor, action, resource, detail, at_us: at.as_microsecond() })
    }
}

/// An entry in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its number in the tenant's chain, from 1.
    pub number: u64,
    /// What happened.
    pub entry: AuditEntry,
    /// The digest of the record before and of this one.
    pub hash: Sha256,
}

/// The digest before the first record of a chain.
#[must_use]
pub fn start() -> Sha256 {
    Sha256::of(b"ivendor.audit/1\n")
}

/// The digest of a record: SHA-256 of the digest before it, its number, its time, and each of its
/// texts with its length in bytes before it. Stored chains hold it: it never changes.
#[must_use]
pub fn link(previous: Sha256, number: u64, entry: &AuditEntry) -> Sha256 {
    let AuditEntry { tenant, actor, action, resource, detail, at_us } = entry;
    let mut text = format!("{previous}\n{number}\n{at_us}\n");
    for field in [tenant.as_str(), actor, action, resource, detail] {
        text.push_str(&format!("{} {field}\n", field.len()));
    }
    Sha256::of(text.as_bytes())
}

/// Where a chain is known to be whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainEnd {
    /// Records up to here.
    pub number: u64,
    /// The digest of the last one.
    pub hash: Sha256,
}

/// A record that is not what was once written.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the audit log is broken at record {number}: it was changed, or one is missing before it")]
pub struct BrokenChain {
    /// The first record that does not fit.
    pub number: u64,
}

impl ChainEnd {
    /// Before the first record.
    #[must_use]
    pub fn start() -> Self {
        Self { number: 0, hash: start() }
    }

    /// The next record after this end.
    #[must_use]
    pub fn append(self, entry: AuditEntry) -> AuditRecord {
        let number = self.number + 1;
        AuditRecord { number, hash: link(self.hash, number, &entry), entry }
    }

    /// Goes on over `records` as long as they fit, and gives the new end.
    ///
    /// # Errors
    /// [`BrokenChain`] names the first that does not fit.
    pub fn follow(self, records: &[AuditRecord]) -> Result<Self, BrokenChain> {
        records.iter().try_fold(self, |end, record| {
            let number = end.number + 1;
            let hash = link(end.hash, number, &record.entry);
            if record.number != number || record.hash != hash {
                return Err(BrokenChain { number });
            }
            Ok(Self { number, hash })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(actor: &str) -> AuditEntry {
        let deed = Deed { actor, action: "review.decided", resource: "case/1" };
        let detail = Map::from_iter([("decision".to_owned(), "approve".into())]);
        let at = "2026-03-09T10:00:00.000001Z".parse().unwrap();
        AuditEntry::new("acme".parse().unwrap(), deed, detail, at).unwrap()
    }

    fn chain() -> Vec<AuditRecord> {
        let mut end = ChainEnd::start();
        let append = |actor: &str| {
            let record = end.append(entry(actor));
            end = ChainEnd { number: record.number, hash: record.hash };
            record
        };
        ["ann", "ben", "cleo", "dan"].map(append).to_vec()
    }

    #[test]
    fn a_chain_that_was_tampered_with_is_broken_where_it_was() {
        let change = |at: usize, change: fn(&mut AuditRecord)| {
            let mut records = chain();
            change(&mut records[at]);
            records
        };
        let mut without = chain();
        without.remove(1);
        let mut swapped = chain();
        swapped.swap(1, 2);
        // One who changes an entry and computes its digest anew is found at the next one.
        let forged = change(1, |record| {
            record.entry.actor = "eve".to_owned();
            record.hash = link(chain()[0].hash, 2, &record.entry);
        });
        let cases = [
            ("whole", chain(), Ok(4)),
            ("the actor", change(2, |r| r.entry.actor = "eve".to_owned()), Err(3)),
            ("the detail", change(0, |r| r.entry.detail.push(' ')), Err(1)),
            ("the time", change(3, |r| r.entry.at_us += 1), Err(4)),
            ("the number", change(1, |r| r.number = 7), Err(2)),
            ("the digest", change(1, |r| r.hash = start()), Err(2)),
            ("one is missing", without, Err(2)),
            ("two are swapped", swapped, Err(2)),
            ("a forged digest", forged, Err(3)),
        ];
        for (name, records, expected) in cases {
            let found = ChainEnd::start().follow(&records);
            assert_eq!(
                found.map(|end| end.number).map_err(|broken| broken.number),
                expected,
                "{name}"
            );
        }
    }

    #[test]
    fn a_chain_may_be_followed_in_parts() {
        let records = chain();
        let middle = ChainEnd::start().follow(&records[..2]).unwrap();
        assert_eq!(middle.follow(&records[2..]), ChainEnd::start().follow(&records));
    }

    #[test]
    fn where_one_field_ends_and_the_next_begins_counts() {
        let moved = AuditEntry { actor: "an".to_owned(), action: "nx".to_owned(), ..entry("a") };
        let other = AuditEntry { actor: "ann".to_owned(), action: "x".to_owned(), ..entry("a") };
        assert_ne!(link(start(), 1, &moved), link(start(), 1, &other));
    }

    #[test]
    fn an_entry_past_its_limits_is_refused() {
        let long = "a".repeat(AuditLimits::FIELD_LEN_MAX + 1);
        let cases = [
            ("empty", "", AuditError::Field("actor")),
            ("too long", long.as_str(), AuditError::Field("actor")),
            ("a zero byte", "a\0b", AuditError::Field("actor")),
            ("a line break", "a\nb", AuditError::Field("actor")),
        ];
        let new = |actor: &str, detail| {
            let deed = Deed { actor, action: "a", resource: "r" };
            AuditEntry::new("acme".parse().unwrap(), deed, detail, Timestamp::UNIX_EPOCH)
        };
        for (name, actor, expected) in cases {
            assert_eq!(new(actor, Map::new()), Err(expected), "{name}");
        }
        let huge = "x".repeat(AuditLimits::DETAIL_LEN_MAX);
        let detail = Map::from_iter([("a".to_owned(), huge.into())]);
        assert!(matches!(new("ann", detail), Err(AuditError::Detail(_))));
    }
}
