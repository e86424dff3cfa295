//! The shards: one PostgreSQL database each, with the rows of the tenants that the map gives it.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::join_all;
use ivendor_core::audit::{AuditEntry, AuditRecord};
use ivendor_core::ids::TenantId;
use ivendor_core::result_key::ResultKey;
use ivendor_core::sharding::ShardId;
use ivendor_core::sharding::map::{Route, ShardMap};
use ivendor_core::verdict::Decision;
use sqlx::PgPool;
use tokio::time::timeout;

use crate::audit;
use crate::error::{Place, StoreError};
use crate::outbox::{self, Lag, Taken};
use crate::result::{DocumentRef, Known, NewResult, Outcome, ReviewCase, StoredResult};
use crate::row::Row;
use crate::settings::{Address, StoreSettings};
use crate::store::Store;
use absence::Absence;

pub(crate) mod absence;
pub(crate) mod batch;
pub(crate) mod locks;
pub(crate) mod ownership;
mod read;
mod write;

/// Seconds within which a shard must answer those who can do without it.
const SOON_S: f64 = 1.0;

/// The map and the connections to whom it names, as they were read together.
#[derive(Debug)]
struct State {
    map: ShardMap,
    pools: BTreeMap<ShardId, (Address, PgPool)>,
}

/// All shards, each with a pool of connections that opens them when they are needed.
#[derive(Debug)]
pub struct Shards {
    settings: StoreSettings,
    state: RwLock<Arc<State>>,
    absence: Absence,
}

impl Shards {
    /// The shards at their addresses, and who owns what. Nothing is connected to yet, so that a
    /// shard that is away is no error here.
    ///
    /// # Errors
    /// [`StoreError::Usage`] where the settings cannot be, or the map names a shard without an
    /// address.
    pub fn new(
        settings: &StoreSettings,
        addresses: &BTreeMap<ShardId, Address>,
        map: ShardMap,
    ) -> Result<Self, StoreError> {
        let state = Self::state(settings, addresses, map, &BTreeMap::new())?;
        let state = RwLock::new(Arc::new(state));
        Ok(Self { settings: settings.clone(), state, absence: Absence::default() })
    }

    /// Takes up a new map. Connections to shards that stayed where they were are kept.
    ///
    /// # Errors
    /// As [`Shards::new`].
    pub fn refresh(
        &self,
        addresses: &BTreeMap<ShardId, Address>,
        map: ShardMap,
    ) -> Result<(), StoreError> {
        let fresh = Self::state(&self.settings, addresses, map, &self.now().pools)?;
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        Ok(())
    }

    fn state(
        settings: &StoreSettings,
        addresses: &BTreeMap<ShardId, Address>,
        map: ShardMap,
        open: &BTreeMap<ShardId, (Address, PgPool)>,
    ) -> Result<State, StoreError> {
        if let Some(shard) = map.shards().into_iter().find(|id| !addresses.contains_key(id)) {
            let problem = format!("the map names shard {shard}, which has no address");
            return Err(StoreError::Usage(problem));
        }
        let pool = |(shard, address): (&ShardId, &Address)| {
            let kept = open.get(shard).filter(|(at, _)| at == address).map(|(_, pool)| pool);
            let pool = kept.map_or_else(|| settings.pool(address), |pool| Ok(pool.clone()))?;
            Ok((*shard, (address.clone(), pool)))
        };
        let pools = addresses.iter().map(pool).collect::<Result<_, StoreError>>()?;
        Ok(State { map, pools })
    }

    fn now(&self) -> Arc<State> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The shards, by their numbers.
    #[must_use]
    pub fn ids(&self) -> BTreeSet<ShardId> {
        self.now().pools.keys().copied().collect()
    }

    /// The connections to a shard.
    ///
    /// # Errors
    /// [`StoreError::Usage`] where there is no such shard.
    pub fn pool(&self, shard: ShardId) -> Result<PgPool, StoreError> {
        let state = self.now();
        let found = state.pools.get(&shard).map(|(_, pool)| pool.clone());
        found.ok_or_else(|| StoreError::Usage(format!("there is no shard {shard}")))
    }

    /// Asks a shard whether it is there.
    ///
    /// # Errors
    /// [`StoreError`] where it is not.
    pub async fn ping(&self, shard: ShardId) -> Result<(), StoreError> {
        let pool = self.pool(shard)?;
        let answer = sqlx::query("select 1").execute(&pool).await;
        answer.map(drop).map_err(StoreError::at(Place::Shard(shard)))
    }

    /// How many documents of a shard have each decision, by their current verdicts. The database
    /// looks at every verdict that it has for it: not for what is asked all the time.
    ///
    /// # Errors
    /// [`StoreError`] where the shard cannot be asked or holds what cannot be read.
    pub async fn decisions(&self, shard: ShardId) -> Result<BTreeMap<Decision, u64>, StoreError> {
        self.on(shard, |pool| read::decisions(pool, Place::Shard(shard))).await
    }

    /// Runs a call on a shard until it succeeds, fails for good, or the time is up.
    pub(crate) async fn on<T, F>(
        &self,
        shard: ShardId,
        call: impl Fn(PgPool) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let pool = self.pool(shard)?;
        let deadline = self.settings.retry().deadline();
        let answer = deadline.retry(Place::Shard(shard), || call(pool.clone())).await;
        answer.inspect(|_| self.absence.answered(shard))
    }

    /// Runs a call once, for those who can do without this shard. It must answer soon, unless
    /// others are answered and it only is busy; and where it is known to be away it is not asked.
    pub(crate) async fn soon<T, F>(
        &self,
        shard: ShardId,
        call: impl Fn(PgPool) -> F,
    ) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let late = || StoreError::TimedOut { place: Place::Shard(shard), limit_s: SOON_S };
        if self.absence.is_away(shard) {
            return Err(late());
        }
        let mut call = pin!(call(self.pool(shard)?));
        loop {
            match timeout(Duration::from_secs_f64(SOON_S), call.as_mut()).await {
                Ok(Ok(answer)) => {
                    self.absence.answered(shard);
                    return Ok(answer);
                }
                Ok(Err(error)) => {
                    if error.is_transient() {
                        self.absence.was_silent(shard);
                    }
                    return Err(error);
                }
                Err(_) if self.absence.was_silent(shard) => return Err(late()),
                Err(_) => {}
            }
        }
    }
}

impl Store for Shards {
    fn route(&self, tenant: &TenantId) -> Route {
        self.now().map.route(tenant)
    }

    async fn write(&self, batch: &[NewResult]) -> Vec<Outcome> {
        let mut rows: BTreeMap<ShardId, Vec<(usize, Row)>> = BTreeMap::new();
        let mut outcomes = BTreeMap::new();
        for (place, result) in batch.iter().enumerate() {
            match Row::new(result, self.route(&result.verdict.tenant_id)) {
                Ok(row) => rows.entry(row.route.shard).or_default().push((place, row)),
                Err(error) => {
                    outcomes.insert(place, Outcome::Failed(Arc::new(error)));
                }
            }
        }
        let parts = rows.into_iter().map(|(shard, rows)| async move {
            let deadline = self.settings.retry().deadline();
            batch::write(self.pool(shard), (Place::Shard(shard), deadline), rows).await
        });
        outcomes.extend(join_all(parts).await.into_iter().flatten());
        outcomes.into_values().collect()
    }

    async fn known(&self, keys: &[ResultKey]) -> Vec<Known> {
        let mut asked: BTreeMap<ShardId, Vec<(usize, &ResultKey)>> = BTreeMap::new();
        for (place, key) in keys.iter().enumerate() {
            asked.entry(self.route(&key.tenant).shard).or_default().push((place, key));
        }
        let parts = asked.into_iter().map(|(shard, asked)| async move {
            let keys: Vec<&ResultKey> = asked.iter().map(|(_, key)| *key).collect();
            let known = self.on(shard, |pool| read::known(pool, Place::Shard(shard), &keys)).await;
            let known = known.map_err(Arc::new);
            let answer = |i: usize| match &known {
                Ok(stored) if stored.contains(&i) => Known::Stored,
                Ok(_) => Known::New,
                Err(error) => Known::Unclear(Arc::clone(error)),
            };
            asked.iter().enumerate().map(|(i, (place, _))| (*place, answer(i))).collect::<Vec<_>>()
        });
        let answers: BTreeMap<usize, Known> = join_all(parts).await.into_iter().flatten().collect();
        answers.into_values().collect()
    }

    async fn history(&self, of: &DocumentRef) -> Result<Vec<StoredResult>, StoreError> {
        let shard = self.route(&of.tenant).shard;
        self.on(shard, |pool| read::history(pool, Place::Shard(shard), of)).await
    }

    async fn cases(&self, of: &DocumentRef) -> Result<Vec<ReviewCase>, StoreError> {
        let shard = self.route(&of.tenant).shard;
        self.on(shard, |pool| read::cases(pool, Place::Shard(shard), of)).await
    }

    async fn take(&self, shard: ShardId, limit: usize) -> Result<Option<Taken>, StoreError> {
        self.on(shard, |pool| outbox::take(pool, Place::Shard(shard), limit)).await
    }

    async fn lag(&self, shard: ShardId) -> Result<Lag, StoreError> {
        self.on(shard, |pool| outbox::lag(pool, Place::Shard(shard))).await
    }

    async fn append_audit(&self, entry: AuditEntry) -> Result<AuditRecord, StoreError> {
        let route = self.route(&entry.tenant);
        self.on(route.shard, |pool| audit::append_alone(pool, &route, entry.clone())).await
    }

    async fn audit(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let shard = self.route(tenant).shard;
        let page = (after, limit);
        self.on(shard, |pool| audit::read(pool, Place::Shard(shard), tenant, page)).await
    }
}
