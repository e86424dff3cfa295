//! The store in memory: what PostgreSQL does for the real one, done one result after the other.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use ivendor_core::audit::{AuditEntry, AuditRecord, ChainEnd};
use ivendor_core::ids::TenantId;
use ivendor_core::limits::StoreLimits;
use ivendor_core::result_key::ResultKey;
use ivendor_core::sharding::map::{Holding, Owner, Route, ShardMap};
use ivendor_core::sharding::placement::{Candidate, place};
use ivendor_core::sharding::{Bucket, Epoch, ShardId};

use crate::error::{Place, StoreError};
use crate::event::traceparent;
use crate::outbox::{Event, Lag, Taken};
use crate::result::{DocumentRef, Known, NewResult, Outcome, ReviewCase, StoredResult};
use crate::row::Row;
use crate::store::Store;

/// Shards that live as long as this value.
#[derive(Debug)]
pub struct MemoryStore {
    /// What the caller knows of who owns what.
    map: RwLock<ShardMap>,
    shards: BTreeMap<ShardId, Arc<Mutex<Shard>>>,
}

#[derive(Debug, Default)]
struct Shard {
    is_away: bool,
    owned: HashMap<Holding, Epoch>,
    documents: BTreeMap<DocumentRef, Document>,
    outbox: BTreeMap<i64, (Event, Instant)>,
    last_event: i64,
    is_taken: bool,
    audit: BTreeMap<TenantId, Vec<AuditRecord>>,
}

#[derive(Debug, Default)]
struct Document {
    results: Vec<StoredResult>,
    cases: Vec<ReviewCase>,
}

/// Events of a shard that were taken. They can be taken again when it is dropped.
#[derive(Debug)]
pub struct Hold(Arc<Mutex<Shard>>);

impl Hold {
    pub(crate) fn done(self, numbers: &[i64]) {
        lock(&self.0).outbox.retain(|number, _| !numbers.contains(number));
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        lock(&self.0).is_taken = false;
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl MemoryStore {
    /// An empty store of that many shards, which share the buckets.
    ///
    /// # Errors
    /// [`StoreError::Usage`] where there is no shard.
    pub fn new(shards: u16) -> Result<Self, StoreError> {
        let usage = |error: &dyn std::fmt::Display| StoreError::Usage(error.to_string());
        let candidates: Vec<_> =
            (0..shards).map(|id| Candidate { shard: ShardId(id), weight: 1.0 }).collect();
        let owners = place(&candidates).map_err(|error| usage(&error))?;
        let owner = |shard| Owner { shard, epoch: Epoch::FIRST };
        let owners = owners.into_iter().map(owner).collect();
        let map = ShardMap::new(owners, BTreeMap::new()).map_err(|error| usage(&error))?;
        let shard = |candidate: &Candidate| {
            let owned = map.holdings(candidate.shard).collect();
            (candidate.shard, Arc::new(Mutex::new(Shard { owned, ..Shard::default() })))
        };
        let shards = candidates.iter().map(shard).collect();
        Ok(Self { map: RwLock::new(map), shards })
    }

    /// Takes a shard away, or brings it back.
    ///
    /// # Errors
    /// [`StoreError::Usage`] where there is no such shard.
    pub fn set_away(&self, shard: ShardId, is_away: bool) -> Result<(), StoreError> {
        lock(self.shard(shard)?).is_away = is_away;
        Ok(())
    }

    /// Raises the epoch of a tenant's bucket on its shard. The map is old until it is read again.
    ///
    /// # Errors
    /// As [`MemoryStore::set_away`].
    pub fn raise_epoch(&self, tenant: &TenantId) -> Result<(), StoreError> {
        let Route { shard, holding, epoch, .. } = self.route(tenant);
        lock(self.shard(shard)?).owned.insert(holding, epoch.next());
        Ok(())
    }

    /// Reads the map again, from the shards.
    ///
    /// # Errors
    /// [`StoreError::Usage`] where a bucket has no owner.
    pub fn refresh(&self) -> Result<(), StoreError> {
        let mut owners = BTreeMap::new();
        for (id, shard) in &self.shards {
            for (holding, epoch) in &lock(shard).owned {
                owners.insert(holding.clone(), Owner { shard: *id, epoch: *epoch });
            }
        }
        let owner = |bucket| owners.get(&Holding::Bucket(bucket)).copied();
        let buckets = Bucket::all().filter_map(owner).collect();
        let map = ShardMap::new(buckets, BTreeMap::new());
        let map = map.map_err(|error| StoreError::Usage(error.to_string()))?;
        *self.map.write().unwrap_or_else(PoisonError::into_inner) = map;
        Ok(())
    }

    /// Puts a case into a state, as a person would.
    ///
    /// # Errors
    /// As [`MemoryStore::set_away`].
    pub fn set_case_state(&self, of: &DocumentRef, state: &str) -> Result<(), StoreError> {
        let mut shard = lock(self.shard(self.route(&of.tenant).shard)?);
        let document = shard.documents.entry(of.clone()).or_default();
        document.cases.iter_mut().for_each(|case| case.state = state.to_owned());
        Ok(())
    }

    fn shard(&self, id: ShardId) -> Result<&Arc<Mutex<Shard>>, StoreError> {
        let found = self.shards.get(&id);
        found.ok_or_else(|| StoreError::Usage(format!("there is no shard {id}")))
    }

    /// The shard, where it is there.
    fn reach(&self, id: ShardId) -> Result<MutexGuard<'_, Shard>, StoreError> {
        let shard = lock(self.shard(id)?);
        if shard.is_away {
            return Err(StoreError::TimedOut { place: Place::Shard(id), limit_s: 0.0 });
        }
        Ok(shard)
    }

    fn write_one(&self, result: &NewResult) -> Result<Outcome, StoreError> {
        let row = Row::new(result, self.route(&result.verdict.tenant_id))?;
        let mut shard = self.reach(row.route.shard)?;
        if shard.owned.get(&row.route.holding) != Some(&row.route.epoch) {
            return Ok(Outcome::Fenced);
        }
        shard.store(&row)
    }
}

impl Shard {
    fn store(&mut self, row: &Row) -> Result<Outcome, StoreError> {
        let place = Place::Shard(row.route.shard);
        let wrong =
            |error: serde_json::Error| StoreError::Row { place, problem: error.to_string() };
        let document = self.documents.entry(row.of.clone()).or_default();
        if document.results.iter().any(|result| result.key == row.key) {
            return Ok(Outcome::AlreadyThere);
        }
        let new = StoredResult {
            key: row.key,
            is_current: true,
            request: serde_json::from_str(&row.request).map_err(wrong)?,
            verdict: serde_json::from_str(&row.verdict).map_err(wrong)?,
        };
        let is_current = document.results.iter().all(|old| order(old) < order(&new));
        document.results.push(StoredResult { is_current, ..new });
        document.results.sort_by_key(order);
        let latest = document.results.len() - 1;
        for (i, result) in document.results.iter_mut().enumerate() {
            result.is_current = i == latest;
        }
        if is_current {
            document.settle(row);
        }
        self.last_event += 1;
        let (number, json) = (self.last_event, row.event(is_current)?);
        let traceparent = traceparent(&json);
        let event = Event { number, of: row.of.clone(), json, traceparent };
        self.outbox.insert(number, (event, Instant::now()));
        Ok(Outcome::Stored)
    }
}

/// By which results take each other's place: the time in microseconds, then the key.
fn order(result: &StoredResult) -> (i64, ivendor_core::ids::Sha256) {
    (result.verdict.verified_at.as_microsecond(), result.key)
}

impl Document {
    /// Brings the cases in line with the new current verdict.
    fn settle(&mut self, row: &Row) {
        for case in &mut self.cases {
            if case.state == "open" && !(row.case.is_some() && case.sha256 == row.sha256) {
                case.state = "superseded".to_owned();
            }
        }
        let Some(wanted) = &row.case else { return };
        let new = ReviewCase {
            case_id: wanted.id.clone(),
            sha256: row.sha256,
            key: row.key,
            state: "open".to_owned(),
            confidence: row.confidence,
            reasons: wanted.reasons.split(' ').map(str::to_owned).collect(),
        };
        match self.cases.iter_mut().find(|case| case.case_id == wanted.id) {
            Some(old) if matches!(old.state.as_str(), "open" | "superseded") => *old = new,
            Some(_) => {}
            None => self.cases.push(new),
        }
    }
}

impl Store for MemoryStore {
    fn route(&self, tenant: &TenantId) -> Route {
        self.map.read().unwrap_or_else(PoisonError::into_inner).route(tenant)
    }

    async fn write(&self, batch: &[NewResult]) -> Vec<Outcome> {
        let outcome = |result| {
            let written = self.write_one(result);
            written.unwrap_or_else(|error| Outcome::Failed(Arc::new(error)))
        };
        batch.iter().map(outcome).collect()
    }

    async fn known(&self, keys: &[ResultKey]) -> Vec<Known> {
        let answer = |key: &ResultKey| {
            let shard = match self.reach(self.route(&key.tenant).shard) {
                Ok(shard) => shard,
                Err(error) => return Known::Unclear(Arc::new(error)),
            };
            let of = DocumentRef { tenant: key.tenant.clone(), document: key.document.clone() };
            let mut results = shard.documents.get(&of).into_iter().flat_map(|d| &d.results);
            let digest = key.digest();
            if results.any(|result| result.key == digest) { Known::Stored } else { Known::New }
        };
        keys.iter().map(answer).collect()
    }

    async fn history(&self, of: &DocumentRef) -> Result<Vec<StoredResult>, StoreError> {
        let shard = self.reach(self.route(&of.tenant).shard)?;
        Ok(shard.documents.get(of).map(|document| document.results.clone()).unwrap_or_default())
    }

    async fn cases(&self, of: &DocumentRef) -> Result<Vec<ReviewCase>, StoreError> {
        let shard = self.reach(self.route(&of.tenant).shard)?;
        Ok(shard.documents.get(of).map(|document| document.cases.clone()).unwrap_or_default())
    }

    async fn take(&self, shard: ShardId, limit: usize) -> Result<Option<Taken>, StoreError> {
        let mut reached = self.reach(shard)?;
        if std::mem::replace(&mut reached.is_taken, true) {
            return Ok(None);
        }
        let first = reached.outbox.values().take(limit.min(StoreLimits::EVENTS_MAX));
        let events = first.map(|(event, _)| event.clone()).collect();
        drop(reached);
        Ok(Some(Taken::of_memory(events, Hold(Arc::clone(self.shard(shard)?)))))
    }

    async fn lag(&self, shard: ShardId) -> Result<Lag, StoreError> {
        let shard = self.reach(shard)?;
        let first = shard.outbox.values().next();
        let age_s = first.map_or(0.0, |(_, written)| written.elapsed().as_secs_f64());
        Ok(Lag { events: shard.outbox.len() as u64, age_s })
    }

    async fn append_audit(&self, entry: AuditEntry) -> Result<AuditRecord, StoreError> {
        let route = self.route(&entry.tenant);
        let mut shard = self.reach(route.shard)?;
        if shard.owned.get(&route.holding) != Some(&route.epoch) {
            return Err(StoreError::Fenced { place: Place::Shard(route.shard) });
        }
        let chain = shard.audit.entry(entry.tenant.clone()).or_default();
        let end = chain
            .last()
            .map_or_else(ChainEnd::start, |last| ChainEnd { number: last.number, hash: last.hash });
        let record = end.append(entry);
        chain.push(record.clone());
        Ok(record)
    }

    async fn audit(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<AuditRecord>, StoreError> {
        let shard = self.reach(self.route(tenant).shard)?;
        let chain = shard.audit.get(tenant).into_iter().flatten();
        Ok(chain.filter(|record| record.number > after).take(limit).cloned().collect())
    }
}
