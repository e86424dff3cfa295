//! Who gets which bucket at first. Later the placement lives as data, and buckets are moved.

use thiserror::Error;
use twox_hash::XxHash3_64;

use super::{Bucket, ShardId};

/// A shard that may get buckets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Which.
    pub shard: ShardId,
    /// Its share of the buckets, beside the weights of the others. Above 0.
    pub weight: f64,
}

/// Shards among which nothing can be shared out.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum PlacementError {
    /// There is none.
    #[error("there is no shard to place buckets on: add one first")]
    NoShard,
    /// A weight is not above 0, or not finite.
    #[error("shard {0} has the weight {1}; it must be a number above 0")]
    Weight(ShardId, f64),
    /// A shard is named twice.
    #[error("shard {0} is named twice")]
    Twice(ShardId),
}

/// The shard of every bucket, in the order of the buckets.
///
/// Weighted rendezvous hashing: each shard draws a number for the bucket, and the highest gets it.
/// A shard that joins takes buckets from the others and moves none between them. Source: Thaler and
/// Ravishankar, "Using name-based mappings to increase hit rates" (1998), with the logarithmic
/// weights of Schindelhauer and Schomaker, "Weighted distributed hash tables" (2005).
///
/// # Errors
/// [`PlacementError`] where there is no shard, or one is named twice or has no proper weight.
pub fn place(candidates: &[Candidate]) -> Result<Vec<ShardId>, PlacementError> {
    for (i, candidate) in candidates.iter().enumerate() {
        if !(candidate.weight.is_finite() && candidate.weight > 0.0) {
            return Err(PlacementError::Weight(candidate.shard, candidate.weight));
        }
        if candidates[..i].iter().any(|earlier| earlier.shard == candidate.shard) {
            return Err(PlacementError::Twice(candidate.shard));
        }
    }
    Bucket::all()
        .map(|bucket| {
            let drawn = candidates.iter().map(|c| (draw(bucket, *c), c.shard));
            let highest = drawn.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            highest.map(|(_, shard)| shard).ok_or(PlacementError::NoShard)
        })
        .collect()
}

fn draw(bucket: Bucket, candidate: Candidate) -> f64 {
    let [b0, b1] = bucket.number().to_le_bytes();
    let [s0, s1] = candidate.shard.0.to_le_bytes();
    let hash = XxHash3_64::oneshot(&[b0, b1, s0, s1]);
    // The middle of one of 2^53 parts between 0 and 1, so that it is neither.
    let uniform = ((hash >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
    candidate.weight / -uniform.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidates(weights: &[f64]) -> Vec<Candidate> {
        let numbered = (0_u16..).zip(weights);
        numbered.map(|(i, weight)| Candidate { shard: ShardId(i), weight: *weight }).collect()
    }

    fn share(placement: &[ShardId], shard: u16) -> usize {
        placement.iter().filter(|owner| owner.0 == shard).count()
    }

    #[test]
    fn shards_get_buckets_by_their_weights() {
        let placement = place(&candidates(&[1.0, 1.0, 2.0])).unwrap();
        // Binomial: 1024 and 2048 of 4096, with deviations of 28 and 32.
        assert!(share(&placement, 0).abs_diff(1024) < 140);
        assert!(share(&placement, 1).abs_diff(1024) < 140);
        assert!(share(&placement, 2).abs_diff(2048) < 160);
    }

    #[test]
    fn what_cannot_be_shared_out_is_refused() {
        let twice = [candidates(&[1.0]), candidates(&[1.0])].concat();
        let cases = [
            ("none", vec![], PlacementError::NoShard),
            ("no weight", candidates(&[1.0, 0.0]), PlacementError::Weight(ShardId(1), 0.0)),
            ("negative", candidates(&[-1.0]), PlacementError::Weight(ShardId(0), -1.0)),
            ("twice", twice, PlacementError::Twice(ShardId(0))),
        ];
        for (name, given, expected) in cases {
            assert_eq!(place(&given), Err(expected), "{name}");
        }
        assert!(place(&candidates(&[f64::NAN])).is_err());
    }

    proptest! {
        #[test]
        fn a_shard_that_joins_only_takes_and_order_does_not_matter(
            weights in proptest::collection::vec(0.1_f64..10.0, 2..6),
        ) {
            let all = candidates(&weights);
            let (newcomer, before) = (&all[weights.len() - 1], &all[..weights.len() - 1]);
            let after = place(&all).unwrap();
            for (old, new) in place(before).unwrap().iter().zip(&after) {
                prop_assert!(old == new || *new == newcomer.shard);
            }
            let reversed: Vec<_> = all.iter().rev().copied().collect();
            prop_assert_eq!(place(&reversed).unwrap(), after);
        }
    }
}
