//! How the queue stands, over all shards.

use std::collections::BTreeMap;

use futures_util::future::try_join_all;
use ivendor_core::ids::TenantId;
use serde::Deserialize;

use super::error::ReviewError;
use crate::error::{Place, StoreError};
use crate::shards::Shards;

/// Ages are counted in classes of which each is so much wider than the one before, since
/// percentiles of shards cannot be put together and counts can: an age is told to 2.5 %.
const CLASS: f64 = 1.05;

/// Counts of one shard. $1: tenants or null, $2: the width of the classes of age.
const COUNT: &str = "
with waiting as materialized (
    select coalesce(document_type, 'unknown') as document_type, reasons, due_at, opened_at,
        case when state <> 'claimed' or lease_until > now() then state
            when is_escalated then 'escalated' else 'open' end as state
    from review_case
    where state in ('open', 'claimed', 'escalated')
        and ($1::text[] is null or tenant_id = any($1))
), decided as materialized (
    select decided_at, outcome->>'decision' as decision, opinions_needed, is_escalated,
        reasons @> array['policy.sampled'] as is_sampled
    from review_case
    where state = 'decided' and decided_at > now() - interval '30 days'
        and ($1::text[] is null or tenant_id = any($1))
), reason as (
    select reason as name, count(*) as n from waiting, unnest(reasons) as reason group by 1
), type as (
    select document_type as name, count(*) as n from waiting group by 1
), age as (
    select floor(ln(greatest(extract(epoch from now() - opened_at), 1)::float8) / ln($2))::integer
        as name, count(*) as n
    from waiting group by 1
), hour as (
    select epoch_us(date_trunc('hour', decided_at, 'UTC')) as name, count(*) as n from decided
    where decided_at > now() - interval '24 hours' group by 1
), answer as (
    select decision as name, count(*) as n from decided where decision is not null group by 1
)
select json_build_object(
    'open', (select count(*) from waiting where state = 'open'),
    'claimed', (select count(*) from waiting where state = 'claimed'),
    'escalated', (select count(*) from waiting where state = 'escalated'),
    'overdue', (select count(*) from waiting where due_at < now()),
    'reasons', (select coalesce(json_object_agg(name, n), '{}') from reason),
    'types', (select coalesce(json_object_agg(name, n), '{}') from type),
    'ages', (select coalesce(json_object_agg(name, n), '{}') from age),
    'hours', (select coalesce(json_object_agg(name, n), '{}') from hour),
    'answers', (select coalesce(json_object_agg(name, n), '{}') from answer),
    'pairs', (select count(*) from decided where opinions_needed = 2),
    'agreed', (select count(*) from decided where opinions_needed = 2 and not is_escalated),
    'sampled', (select count(*) from decided where is_sampled),
    'sampled_wrong', (select count(*) from decided where is_sampled and decision <> 'approve')
)::text";

/// How the queue stands. What was decided counts for 30 days.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(default)]
pub struct Statistics {
    /// Cases that wait.
    pub open: u64,
    /// Cases that somebody holds.
    pub claimed: u64,
    /// Cases that wait for somebody senior.
    pub escalated: u64,
    /// Cases of all these whose deadline is past.
    pub overdue: u64,
    /// How many of these have each reason.
    pub reasons: BTreeMap<String, u64>,
    /// How many of these are of each type of document.
    pub types: BTreeMap<String, u64>,
    /// How many of these are of each class of age.
    ages: BTreeMap<i32, u64>,
    /// How many were decided in each hour of the last 24, by its beginning in microseconds since
    /// 1970.
    pub hours: BTreeMap<i64, u64>,
    /// How many got each answer.
    pub answers: BTreeMap<String, u64>,
    /// Decided cases of which two people gave their opinion.
    pub pairs: u64,
    /// Those on which they agreed.
    pub agreed: u64,
    /// Decided cases that the engine had accepted, drawn to measure its error.
    pub sampled: u64,
    /// Those that were not approved.
    pub sampled_wrong: u64,
}

impl Statistics {
    /// The age in seconds that this share of the waiting cases, 0–1, does not pass, to 2.5 %; 0
    /// where none waits.
    #[must_use]
    pub fn age_s(&self, share: f64) -> f64 {
        let all: u64 = self.ages.values().sum();
        let wanted = (all as f64 * share).ceil().max(1.0);
        let mut seen = 0;
        let found = self.ages.iter().find(|(_, count)| {
            seen += **count;
            seen as f64 >= wanted
        });
        found.map_or(0.0, |(class, _)| CLASS.powf(f64::from(*class) + 0.5))
    }

    fn add(&mut self, other: Self) {
        self.open += other.open;
        self.claimed += other.claimed;
        self.escalated += other.escalated;
        self.overdue += other.overdue;
        merge(&mut self.reasons, other.reasons);
        merge(&mut self.types, other.types);
        merge(&mut self.ages, other.ages);
        merge(&mut self.hours, other.hours);
        merge(&mut self.answers, other.answers);
        self.pairs += other.pairs;
        self.agreed += other.agreed;
        self.sampled += other.sampled;
        self.sampled_wrong += other.sampled_wrong;
    }
}

fn merge<K: Ord>(into: &mut BTreeMap<K, u64>, from: BTreeMap<K, u64>) {
    for (key, count) in from {
        *into.entry(key).or_default() += count;
    }
}

impl Shards {
    /// How the queue of these tenants stands; of all where none is named. Every waiting case is
    /// looked at: not for what is asked all the time.
    ///
    /// # Errors
    /// [`ReviewError::Store`] where a shard cannot be asked.
    pub async fn statistics(
        &self,
        tenants: Option<&[TenantId]>,
    ) -> Result<Statistics, ReviewError> {
        let parts = self.by_shard(tenants).into_iter().map(|(shard, names)| {
            let place = Place::Shard(shard);
            async move {
                let count = |pool: sqlx::PgPool| {
                    let names = names.clone();
                    async move {
                        let count = sqlx::query_scalar(COUNT).bind(names).bind(CLASS);
                        let text: String =
                            count.fetch_one(&pool).await.map_err(StoreError::at(place))?;
                        let wrong = |error: serde_json::Error| StoreError::Row {
                            place,
                            problem: error.to_string(),
                        };
                        serde_json::from_str::<Statistics>(&text).map_err(wrong)
                    }
                };
                self.on(shard, count).await
            }
        });
        let mut all = Statistics::default();
        try_join_all(parts).await?.into_iter().for_each(|part| all.add(part));
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_of_several_shards_are_put_together() {
        let part = |ages: &[(i32, u64)]| Statistics {
            ages: ages.iter().copied().collect(),
            ..Statistics::default()
        };
        let mut all = part(&[(0, 50), (10, 30)]);
        all.add(part(&[(10, 10), (20, 10)]));
        let about = |class: f64| CLASS.powf(class + 0.5);
        let cases = [(0.0, 0.0), (0.5, 0.0), (0.51, 10.0), (0.9, 10.0), (0.91, 20.0), (1.0, 20.0)];
        for (share, class) in cases {
            assert!((all.age_s(share) - about(class)).abs() < 1e-9, "{share}");
        }
        assert_eq!(Statistics::default().age_s(0.5), 0.0);
    }
}
