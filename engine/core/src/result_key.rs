//! What makes two results the same one: the idempotency key under which a verdict is stored.

use std::collections::BTreeMap;

use crate::ids::{DocumentId, Sha256, TenantId};
use crate::verdict::Verdict;

/// The document, its bytes, and what judged them. A result that comes again under the same key is
/// the same result; one under another key of the same document supersedes or is history.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResultKey {
    /// Whose document it is.
    pub tenant: TenantId,
    /// Which document.
    pub document: DocumentId,
    /// The digest of the bytes that were read; `None` where none could be.
    pub sha256: Option<Sha256>,
    /// The digest of all networks, as [`models_digest`] gives it.
    pub models: Sha256,
    /// The digest of the policy.
    pub policy: Sha256,
}

impl ResultKey {
    /// The key of a verdict.
    #[must_use]
    pub fn of(verdict: &Verdict) -> Self {
        Self {
            tenant: verdict.tenant_id.clone(),
            document: verdict.document_id.clone(),
            sha256: verdict.sha256,
            models: models_digest(&verdict.provenance.models),
            policy: verdict.provenance.policy.digest,
        }
    }

    /// SHA-256 of the parts as text, a line each. No part holds a line break, so that no two keys
    /// have one text. Stored rows and identifiers of events hold it: it never changes.
    #[must_use]
    pub fn digest(&self) -> Sha256 {
        let Self { tenant, document, sha256, models, policy } = self;
        let bytes = sha256.map_or_else(|| "-".to_owned(), String::from);
        let text = format!("ivendor.result/1\n{tenant}\n{document}\n{bytes}\n{models}\n{policy}\n");
        Sha256::of(text.as_bytes())
    }
}

/// One digest for a set of networks: SHA-256 over each name's length in bytes, name and digest, as
/// text, in the order of the names. The length keeps any two sets apart, whatever is in a name.
#[must_use]
pub fn models_digest(models: &BTreeMap<String, Sha256>) -> Sha256 {
    let lines = models.iter().map(|(name, sha256)| format!("{} {name} {sha256}\n", name.len()));
    Sha256::of(lines.collect::<String>().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn key() -> ResultKey {
        ResultKey {
            tenant: "acme".parse().unwrap(),
            document: "r-2041".parse().unwrap(),
            sha256: Some(Sha256::of(b"bytes")),
            models: Sha256::of(b"models"),
            policy: Sha256::of(b"policy"),
        }
    }

    #[test]
    fn a_key_keeps_its_digest_for_ever() {
        let unread = ResultKey { sha256: None, ..key() };
        let cases = [("read", key(), READ), ("no bytes", unread, UNREAD)];
        for (name, key, digest) in cases {
            assert_eq!(key.digest().to_string(), digest, "{name}");
        }
        let models = BTreeMap::from([("detector".to_owned(), Sha256::of(b"weights"))]);
        assert_eq!(models_digest(&models).to_string(), MODELS);
    }

    #[test]
    fn each_part_of_a_key_counts() {
        let other = Sha256::of(b"other");
        let cases = [
            ("tenant", ResultKey { tenant: "acm".parse().unwrap(), ..key() }),
            ("document", ResultKey { document: "er-2041".parse().unwrap(), ..key() }),
            ("bytes", ResultKey { sha256: Some(other), ..key() }),
            ("no bytes", ResultKey { sha256: None, ..key() }),
            ("models", ResultKey { models: other, ..key() }),
            ("policy", ResultKey { policy: other, ..key() }),
        ];
        for (name, changed) in cases {
            assert_ne!(changed.digest(), key().digest(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn sets_of_networks_that_differ_have_digests_that_differ(
            a in proptest::collection::btree_map(".{0,6}", any::<[u8; 32]>(), 0..3),
            b in proptest::collection::btree_map(".{0,6}", any::<[u8; 32]>(), 0..3),
        ) {
            let set = |set: &BTreeMap<String, [u8; 32]>| {
                set.iter().map(|(name, digest)| (name.clone(), Sha256::from(*digest))).collect()
            };
            prop_assert_eq!(models_digest(&set(&a)) == models_digest(&set(&b)), a == b);
        }
    }

    const READ: &str = "cffef7f5f5199771a7a824d33dd64bf2869abc021e9582d2479823d32fd3182a";
    const UNREAD: &str = "27165db150bc8e90d2e4e58d223be8c5b779749bb0b4a578c1a85ed723f98fb2";
    const MODELS: &str = "1d1c416b85cd83cf84142dc26cf956d3685befa17fac0e95a4c9f8b4581519ee";
}
