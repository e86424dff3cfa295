//! Which shard holds a tenant's documents, found by arithmetic.
//!
//! A tenant falls into one of [`BUCKETS`] buckets by the hash of its identifier, and for good: the
//! golden vectors below hold it. Which shard owns a bucket is data: [`placement`] gives the buckets
//! out at first, and a [`map::ShardMap`] says who owns each now, since which epoch. Whoever writes
//! names the epoch that it knows, and the shard refuses one that has passed.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use twox_hash::XxHash3_64;

use crate::ids::TenantId;

pub mod map;
pub mod placement;

/// How many buckets the tenants fall into. It never changes: every stored row knows its bucket.
pub const BUCKETS: u16 = 4096;

/// One of the [`BUCKETS`] parts of all tenants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Bucket(u16);

/// A number that is no bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{0} is no bucket; they are counted from 0 to {max}", max = BUCKETS - 1)]
pub struct BucketError(u16);

impl Bucket {
    /// All buckets, in order.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        (0..BUCKETS).map(Self)
    }

    /// Its number, below [`BUCKETS`].
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }

    /// Its place in a list of all buckets.
    #[must_use]
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

impl TryFrom<u16> for Bucket {
    type Error = BucketError;

    fn try_from(number: u16) -> Result<Self, BucketError> {
        if number < BUCKETS { Ok(Self(number)) } else { Err(BucketError(number)) }
    }
}

impl From<Bucket> for u16 {
    fn from(bucket: Bucket) -> u16 {
        bucket.0
    }
}

/// The bucket of a tenant: XXH3-64 with seed 0 of the identifier's bytes, modulo [`BUCKETS`].
/// Source: the XXH3 section of the xxHash fast digest algorithm specification, version 0.8.
#[must_use]
pub fn bucket_of(tenant: &TenantId) -> Bucket {
    let hash = XxHash3_64::oneshot(tenant.as_str().as_bytes());
    // The remainder is below 4096, so that the low 16 bits hold it whole.
    Bucket((hash % u64::from(BUCKETS)) as u16)
}

/// The number of a shard, for good: a shard may move to another machine and keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShardId(pub u16);

impl fmt::Display for ShardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// How many times the ownership of a bucket or of a pinned tenant has changed hands. It only grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Epoch(pub u32);

impl Epoch {
    /// That of the first owner.
    pub const FIRST: Self = Self(1);

    /// The one after this.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_keeps_its_bucket_for_ever() {
        let long = "t".repeat(128);
        let cases = GOLDEN.iter().copied().chain([(long.as_str(), LONGEST)]);
        for (tenant, bucket) in cases {
            assert_eq!(bucket_of(&tenant.parse().unwrap()).number(), bucket, "{tenant}");
        }
    }

    #[test]
    fn tenants_spread_evenly_over_the_buckets() {
        let mut tenants = vec![0_u32; usize::from(BUCKETS)];
        for i in 0..40_960 {
            tenants[bucket_of(&format!("tenant-{i}").parse().unwrap()).index()] += 1;
        }
        // Ten are expected in each; a Poisson variable of mean 10 passes 35 once in 10^9.
        assert!(tenants.iter().all(|n| *n < 35));
        let spread: f64 = tenants.iter().map(|n| (f64::from(*n) - 10.0).powi(2) / 10.0).sum();
        // Chi-square with 4095 degrees of freedom: its mean, give or take six deviations.
        assert!((spread - 4095.0).abs() < 6.0 * (2.0 * 4095.0_f64).sqrt(), "{spread}");
    }

    #[test]
    fn a_number_past_the_last_bucket_is_refused() {
        assert_eq!(Bucket::try_from(4095).unwrap().number(), 4095);
        assert_eq!(Bucket::try_from(4096), Err(BucketError(4096)));
        assert!(serde_json::from_str::<Bucket>("4096").is_err());
        assert_eq!(Bucket::all().len(), 4096);
    }

    /// Computed with another implementation of the specification (the C library of its author).
    /// Lengths of 1, 4, 12, 17 and 128 take the different ways through the algorithm.
    const GOLDEN: [(&str, u16); 7] = [
        ("a", 3615),
        ("t1", 828),
        ("acme", 2273),
        ("local", 2865),
        ("corner-shop1", 1290),
        ("vendors.example.1", 3082),
        ("ivendor:eu-west-1:customer-0042", 674),
    ];
    const LONGEST: u16 = 735;
}
