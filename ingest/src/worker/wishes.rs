//! What a tenant wants people to do with its documents: which accepted ones somebody looks at all
//! the same, so that the error of the machine is measured and not assumed, and how soon a case of
//! its should be decided.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ivendor_core::ids::{Sha256, TenantId};
use ivendor_core::result_key::ResultKey;
use ivendor_core::verdict::Decision;
use ivendor_settings::WorkerSettings;
use ivendor_store::reference::{Reference, TenantKey};
use ivendor_store::result::NewResult;
use serde_json::Value;

/// For how long what a tenant has set is taken for true.
const FRESH: Duration = Duration::from_secs(60);
/// Tenants that are remembered; past it all are asked for again.
const TENANTS_MAX: usize = 100_000;
/// How long the reference database may take.
const ANSWER_MAX: Duration = Duration::from_secs(1);
/// For how long it is not asked again where it gave no answer.
const AWAY: Duration = Duration::from_secs(10);

/// What one tenant wants.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Wish {
    sampled_share: f64,
    due_within: Duration,
}

impl Wish {
    /// What a tenant has set, and this where it has not.
    fn or(self, settings: &BTreeMap<String, Value>) -> Self {
        let due_within = TenantKey::DueWithinS.of(settings).map(Duration::from_secs_f64);
        Self {
            sampled_share: TenantKey::SampledShare.of(settings).unwrap_or(self.sampled_share),
            due_within: due_within.unwrap_or(self.due_within),
        }
    }
}

/// The wishes of the tenants.
#[derive(Debug)]
pub(crate) struct Wishes {
    /// Of tenants that have set nothing.
    default: Wish,
    known: Mutex<HashMap<TenantId, (Instant, Wish)>>,
    /// When the reference database last gave no answer.
    failed_at: Mutex<Option<Instant>>,
}

impl Wishes {
    /// With what holds for tenants that have set nothing.
    pub(crate) fn new(worker: &WorkerSettings) -> Self {
        let due_within = Duration::from_secs(worker.due_within_s.into());
        let default = Wish { sampled_share: worker.sampled_share, due_within };
        Self { default, known: Mutex::default(), failed_at: Mutex::default() }
    }

    /// Lays the tenant's wishes over a result. The same one is always drawn alike, so that one that
    /// is written again is not drawn again.
    pub(crate) async fn lay_over(&self, reference: &Reference, result: &mut NewResult) {
        if result.verdict.decision == Decision::Reject {
            return;
        }
        let wish = self.of(reference, &result.verdict.tenant_id).await;
        let share = wish.sampled_share;
        let is_drawn = || position(ResultKey::of(&result.verdict).digest()) < share;
        result.sampled = result.verdict.decision == Decision::Accept && share > 0.0 && is_drawn();
        result.due_within = wish.due_within;
    }

    async fn of(&self, reference: &Reference, tenant: &TenantId) -> Wish {
        let last = self.known().get(tenant).copied();
        if let Some((at, wish)) = last
            && at.elapsed() < FRESH
        {
            return wish;
        }
        // What was true before is likelier than the default.
        let otherwise = last.map_or(self.default, |(_, wish)| wish);
        if self.is_away() {
            return otherwise;
        }
        let asked = tokio::time::timeout(ANSWER_MAX, reference.settings(tenant)).await;
        let settings = match asked {
            Ok(Ok(settings)) => settings,
            Ok(Err(error)) => return self.unasked(&error, otherwise),
            Err(_) => return self.unasked(&"it takes too long", otherwise),
        };
        let wish = self.default.or(&settings);
        let mut known = self.known();
        if known.len() >= TENANTS_MAX {
            known.clear();
        }
        known.insert(tenant.clone(), (Instant::now(), wish));
        wish
    }

    /// What holds for a tenant since the reference database has not answered.
    fn unasked(&self, problem: &dyn Display, otherwise: Wish) -> Wish {
        let away_s = AWAY.as_secs();
        tracing::warn!(
            %problem,
            away_s,
            "the reference database does not say what tenants have set: what was last known holds, \
             or worker.sampled_share and worker.due_within_s; it is asked again later"
        );
        *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        otherwise
    }

    /// Whether the reference database has just failed. Nobody waits for it then, tenant by tenant.
    fn is_away(&self) -> bool {
        let failed_at = *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner);
        failed_at.is_some_and(|at| at.elapsed() < AWAY)
    }

    fn known(&self) -> MutexGuard<'_, HashMap<TenantId, (Instant, Wish)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a digest lies between 0 and 1.
fn position(digest: Sha256) -> f64 {
    let mut first = [0; 4];
    first.copy_from_slice(&digest.as_bytes()[..4]);
    f64::from(u32::from_be_bytes(first)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_lie_evenly_between_0_and_1() {
        let positions: Vec<f64> =
            (0..2000).map(|n| position(Sha256::of(format!("{n}").as_bytes()))).collect();
        assert!(positions.iter().all(|position| (0.0..1.0).contains(position)));
        let low = positions.iter().filter(|position| **position < 0.1).count();
        assert!((150..250).contains(&low), "{low} of 2000 in the first tenth");
    }
}
