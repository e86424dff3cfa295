//! Which partition a request goes to. Requests of one document always share one, as long as the
//! topic keeps its number of partitions.

use std::ops::Range;
use std::str::FromStr;

use ivendor_core::request::VerificationRequest;
use twox_hash::XxHash3_64;

/// The types that have a range of their own, in the order of their ranges. The order is part of
/// the contract: a type that is added goes to the end and moves the ranges of all.
const TYPES: [&str; 8] = [
    "receipt",
    "invoice",
    "tax_form",
    "id_document",
    "business_license",
    "insurance_certificate",
    "bank_statement",
    "other",
];

/// What the requests of one partition have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartitionBy {
    /// The hash of the document.
    Document,
    /// The range of the document's type, and in it the hash of the document.
    Type,
    /// The hash of the tenant.
    Tenant,
}

impl FromStr for PartitionBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "document" => Ok(Self::Document),
            "type" => Ok(Self::Type),
            "tenant" => Ok(Self::Tenant),
            _ => Err(format!("{text:?} is none of document, type, tenant")),
        }
    }
}

impl PartitionBy {
    /// The partition of `request` in a topic of `partitions`, counted from 0. One at least is
    /// taken to be there.
    #[must_use]
    pub fn partition(self, request: &VerificationRequest, partitions: u32) -> u32 {
        let all = partitions.max(1);
        match self {
            Self::Document => place(request.document_id.as_str(), all),
            Self::Tenant => place(request.tenant_id.as_str(), all),
            Self::Type => {
                let range = range_of(&request.document_type, all);
                let size = range.end - range.start;
                range.start + place(request.document_id.as_str(), size)
            }
        }
    }
}

/// The key of a message about `request`: `tenant_id/document_id`.
#[must_use]
pub fn key(request: &VerificationRequest) -> String {
    format!("{}/{}", request.tenant_id, request.document_id)
}

/// The partitions of a type: equal parts of `partitions` in the order of `TYPES`; where there
/// are fewer partitions than types, types share one. A type without a range goes with `other`.
#[must_use]
pub fn range_of(document_type: &str, partitions: u32) -> Range<u32> {
    let last = TYPES.len() - 1;
    let index = TYPES.iter().position(|known| *known == document_type).unwrap_or(last) as u64;
    let bound = |index: u64| (index * u64::from(partitions) / TYPES.len() as u64) as u32;
    let start = bound(index);
    start..bound(index + 1).max(start + 1)
}

/// XXH3-64 with seed 0 of the text's bytes, modulo `parts`, as for the tenants' buckets.
fn place(text: &str, parts: u32) -> u32 {
    // The remainder is below `parts`.
    (XxHash3_64::oneshot(text.as_bytes()) % u64::from(parts)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use ivendor_core::request::REQUEST_SCHEMA;
    use ivendor_verify::profile;
    use serde_json::json;

    fn request(tenant: &str, document: &str, document_type: &str) -> VerificationRequest {
        let json = json!({
            "schema": REQUEST_SCHEMA, "tenant_id": tenant, "vendor_id": "v",
            "document_id": document, "document_type": document_type, "uri": "a.jpg"
        });
        VerificationRequest::parse(json.to_string().as_bytes()).unwrap()
    }

    /// Made with the xxhash package for Python: identifier, modulo 16, modulo 7, modulo 2.
    const GOLDEN: [(&str, u32, u32, u32); 6] = [
        ("d1", 2, 0, 0),
        ("d2", 11, 3, 1),
        ("invoice-2024-000017", 3, 5, 1),
        ("a", 15, 1, 1),
        ("A.b_c:d-9", 8, 1, 0),
        ("0", 5, 3, 1),
    ];

    #[test]
    fn an_identifier_keeps_its_partition_for_ever() {
        let long = "d".repeat(128);
        for (text, of_16, of_7, of_2) in GOLDEN.into_iter().chain([(long.as_str(), 5, 5, 1)]) {
            for (parts, wanted) in [(16, of_16), (7, of_7), (2, of_2), (1, 0), (0, 0)] {
                let document = request("t", text, "receipt");
                let found = PartitionBy::Document.partition(&document, parts);
                assert_eq!(found, wanted, "{text} of {parts}");
                let tenant = request(text, "d", "receipt");
                let found = PartitionBy::Tenant.partition(&tenant, parts);
                assert_eq!(found, wanted, "{text} of {parts}");
            }
        }
    }

    #[test]
    fn a_type_keeps_to_its_range_and_its_documents_spread_in_it() {
        for partitions in [1, 3, 8, 16, 17, 100] {
            for document_type in TYPES.into_iter().chain(["unheard_of"]) {
                let range = range_of(document_type, partitions);
                assert!(!range.is_empty() && range.end <= partitions, "{range:?}");
                let partitions = (0..2000).map(|n| {
                    let request = request("t", &format!("d{n}"), document_type);
                    PartitionBy::Type.partition(&request, partitions)
                });
                let used: std::collections::BTreeSet<u32> = partitions.collect();
                assert!(used.into_iter().eq(range), "{document_type}");
            }
        }
        assert_eq!(range_of("receipt", 16), 0..2);
        assert_eq!(range_of("bank_statement", 16), 12..14);
        assert_eq!(range_of("unheard_of", 16), range_of("other", 16));
    }

    #[test]
    fn from_eight_partitions_on_no_two_types_share_one() {
        for partitions in 8..40 {
            let ends = TYPES.map(|name| range_of(name, partitions));
            assert!(ends.windows(2).all(|pair| pair[0].end == pair[1].start), "{ends:?}");
            assert_eq!(ends.last().map(|range| range.end), Some(partitions));
        }
    }

    #[test]
    fn every_profile_has_a_range() {
        let mut named: Vec<&str> = profile::names().collect();
        let mut ranged = TYPES.to_vec();
        named.sort_unstable();
        ranged.sort_unstable();
        assert_eq!(named, ranged);
    }

    #[test]
    fn the_key_names_tenant_and_document() {
        assert_eq!(key(&request("t", "d1", "receipt")), "t/d1");
    }
}
