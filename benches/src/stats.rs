//! Medians, percentiles and intervals.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The middle of several runs and how far they lie apart.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Spread {
    /// The middle value.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The greatest.
    pub max: f64,
}

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Share {
    /// Hits over trials, 0–1; 0 where there were no trials.
    pub share: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

/// A difference with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Interval {
    /// The value itself.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The `q` quantile (0–1) of `values`, between neighbours by linear interpolation; 0 of none.
#[must_use]
pub fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let at = q.clamp(0.0, 1.0) * last as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(last);
    sorted[below] + (sorted[above] - sorted[below]) * (at - below as f64)
}

impl Spread {
    /// The spread of `values`; zeros of none.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        Self {
            median: quantile(values, 0.5),
            min: quantile(values, 0.0),
            max: quantile(values, 1.0),
        }
    }
}

impl Share {
    /// `hits` of `trials` with the interval of Wilson (1927), which is honest for small counts
    /// and for shares near 0 or 1.
    #[must_use]
    pub fn of(hits: u64, trials: u64) -> Self {
        if trials == 0 {
            return Self { share: 0.0, low: 0.0, high: 1.0 };
        }
        let z = 1.959_964;
        let (n, share) = (trials as f64, hits as f64 / trials as f64);
        let scale = 1.0 + z * z / n;
        let centre = (share + z * z / (2.0 * n)) / scale;
        let half = z / scale * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
        Self { share, low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
    }
}

/// How often documents are drawn anew for an interval.
const RESAMPLES: usize = 2000;

/// The percentile bootstrap (Efron 1979) over documents: `statistic` of resampled document
/// indices, its value on all `n` documents once, and the middle 95 % of its values. The same seed
/// gives the same interval.
pub fn bootstrap(n: usize, seed: u64, statistic: impl Fn(&[usize]) -> f64) -> Interval {
    let all: Vec<usize> = (0..n).collect();
    let value = statistic(&all);
    if n == 0 {
        return Interval { value, low: value, high: value };
    }
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut drawn = vec![0; n];
    let values: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            drawn.fill_with(|| rng.usize(0..n));
            statistic(&drawn)
        })
        .collect();
    Interval { value, low: quantile(&values, 0.025), high: quantile(&values, 0.975) }
}

/// As [`bootstrap`], where rows of the same group are drawn together: the sets of claims of one
/// document are not independent. `statistic` gets the indices of rows.
pub fn bootstrap_groups(
    groups: &[&str],
    seed: u64,
    statistic: impl Fn(&[usize]) -> f64,
) -> Interval {
    let mut rows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (row, group) in groups.iter().enumerate() {
        rows.entry(group).or_default().push(row);
    }
    let rows: Vec<Vec<usize>> = rows.into_values().collect();
    let of = |drawn: &[usize]| -> Vec<usize> {
        drawn.iter().flat_map(|&group| rows[group].iter().copied()).collect()
    };
    bootstrap(rows.len(), seed, |drawn| statistic(&of(drawn)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_worked_out_by_hand() {
        let cases: [(&str, &[f64], f64, f64); 6] = [
            ("none", &[], 0.5, 0.0),
            ("one", &[3.0], 0.99, 3.0),
            ("odd", &[3.0, 1.0, 2.0], 0.5, 2.0),
            ("even", &[4.0, 1.0, 2.0, 3.0], 0.5, 2.5),
            ("between", &[0.0, 10.0], 0.95, 9.5),
            ("beyond", &[1.0, 2.0], 7.0, 2.0),
        ];
        for (name, values, q, expected) in cases {
            assert!((quantile(values, q) - expected).abs() < 1e-12, "{name}");
        }
        assert_eq!(Spread::of(&[2.0, 9.0, 1.0]), Spread { median: 2.0, min: 1.0, max: 9.0 });
    }

    #[test]
    fn a_share_of_few_trials_has_a_wide_interval() {
        let none = Share::of(0, 160);
        assert_eq!((none.share, none.low), (0.0, 0.0));
        assert!((none.high - 0.023_446).abs() < 1e-5, "{none:?}");
        let half = Share::of(5, 10);
        assert!((half.low - 0.236_593).abs() < 1e-5 && (half.high - 0.763_407).abs() < 1e-5);
        assert_eq!(Share::of(0, 0), Share { share: 0.0, low: 0.0, high: 1.0 });
    }

    #[test]
    fn the_same_seed_gives_the_same_interval_and_it_holds_the_value() {
        let values = [0.1, 0.4, 0.2, 0.9, 0.3, 0.5];
        let mean = |at: &[usize]| at.iter().map(|&i| values[i]).sum::<f64>() / at.len() as f64;
        let (a, b) = (bootstrap(6, 7, mean), bootstrap(6, 7, mean));
        assert_eq!(a, b);
        assert_ne!(a, bootstrap(6, 8, mean));
        assert!((a.value - 0.4).abs() < 1e-12 && a.low < 0.3 && a.high > 0.5, "{a:?}");
        let still = bootstrap(4, 1, |_| 0.25);
        assert_eq!((still.low, still.high), (0.25, 0.25));
        assert_eq!(bootstrap(0, 1, |_| 0.0), Interval::default());
    }
}
