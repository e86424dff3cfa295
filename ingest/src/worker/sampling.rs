//! Which accepted documents a person looks at all the same, so that the error of the machine is
//! measured and not assumed.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ivendor_core::ids::{Sha256, TenantId};
use ivendor_core::result_key::ResultKey;
use ivendor_core::verdict::Decision;
use ivendor_store::reference::Reference;
use ivendor_store::result::NewResult;

/// The tenant's setting, a number from 0 to 1.
const SETTING: &str = "sampled_share";
/// For how long a tenant's share is taken for true.
const FRESH: Duration = Duration::from_secs(60);
/// Tenants that are remembered; past it all are asked for again.
const TENANTS_MAX: usize = 100_000;
/// How long the reference database may take.
const ANSWER_MAX: Duration = Duration::from_secs(1);

/// The shares of the tenants.
#[derive(Debug)]
pub(crate) struct Sampling {
    default_share: f64,
    shares: Mutex<HashMap<TenantId, (Instant, f64)>>,
}

impl Sampling {
    /// With the share of tenants that have set none.
    pub(crate) fn new(default_share: f64) -> Self {
        Self { default_share, shares: Mutex::default() }
    }

    /// Whether a person looks at this accepted document. The same result is always drawn alike, so
    /// that one that is written again is not drawn again.
    pub(crate) async fn draw(&self, reference: &Reference, result: &NewResult) -> bool {
        if result.verdict.decision != Decision::Accept {
            return false;
        }
        let share = self.share(reference, &result.verdict.tenant_id).await;
        share > 0.0 && position(ResultKey::of(&result.verdict).digest()) < share
    }

    async fn share(&self, reference: &Reference, tenant: &TenantId) -> f64 {
        let known = |shares: &HashMap<TenantId, (Instant, f64)>| shares.get(tenant).copied();
        let last = known(&self.shares.lock().unwrap_or_else(PoisonError::into_inner));
        if let Some((at, share)) = last
            && at.elapsed() < FRESH
        {
            return share;
        }
        let asked = tokio::time::timeout(ANSWER_MAX, reference.settings(tenant)).await;
        let share = match asked {
            Ok(Ok(settings)) => settings.get(SETTING).and_then(serde_json::Value::as_f64),
            // What was true before is likelier than the default.
            Ok(Err(_)) | Err(_) => last.map(|(_, share)| share),
        };
        let share = share.filter(|share| (0.0..=1.0).contains(share));
        let share = share.unwrap_or(self.default_share);
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if shares.len() >= TENANTS_MAX {
            shares.clear();
        }
        shares.insert(tenant.clone(), (Instant::now(), share));
        share
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
