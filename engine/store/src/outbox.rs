//! Events on their way out: written with what they tell of, taken in order, and gone when done.
//!
//! One at a time takes from a shard, by a lock that its transaction holds: so the events of a
//! document leave in the order in which they were written, and when the one that took them dies,
//! the lock goes and the next one begins with the same events. Events reach the broker at least
//! once; their identifiers stay the same.

use ivendor_core::limits::StoreLimits;
use ivendor_core::trace::TraceParent;
use sqlx::{PgPool, Postgres, Transaction};

use crate::error::{Place, StoreError};
use crate::event::traceparent;
use crate::result::DocumentRef;
use crate::shards::locks;

/// An event that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its place in the outbox of its shard.
    pub number: i64,
    /// What it is about: whatever has the same key leaves in order.
    pub of: DocumentRef,
    /// The CloudEvent as JSON.
    pub json: String,
    /// The trace that it belongs to.
    pub traceparent: Option<TraceParent>,
}

/// How far an outbox is behind.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Lag {
    /// Events that wait.
    pub events: u64,
    /// Seconds since the first of them was written; 0 where none waits.
    pub age_s: f64,
}

/// Events that nobody else can take as long as this lives.
#[derive(Debug)]
pub struct Taken {
    events: Vec<Event>,
    hold: Hold,
}

#[derive(Debug)]
enum Hold {
    Shard(Place, Transaction<'static, Postgres>),
    #[cfg(feature = "testing")]
    Memory(crate::testing::memory::Hold),
}

impl Taken {
    /// The events, in the order in which they were written.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Takes the events of these numbers out of the outbox for good, and lets go of the others. Of
    /// one document, whoever could not send an event must not name a later one.
    ///
    /// # Errors
    /// [`StoreError`] where the shard went away: then all of them will be taken again.
    pub async fn done(self, numbers: &[i64]) -> Result<(), StoreError> {
        match self.hold {
            Hold::Shard(place, mut transaction) => {
                let failed = StoreError::at(place);
                sqlx::query("delete from outbox where number = any($1)")
                    .bind(numbers)
                    .execute(&mut *transaction)
                    .await
                    .map_err(failed)?;
                transaction.commit().await.map_err(failed)
            }
            #[cfg(feature = "testing")]
            Hold::Memory(hold) => {
                hold.done(numbers);
                Ok(())
            }
        }
    }

    #[cfg(feature = "testing")]
    pub(crate) fn of_memory(events: Vec<Event>, hold: crate::testing::memory::Hold) -> Self {
        Self { events, hold: Hold::Memory(hold) }
    }
}

const TAKE: &str = "
select number, tenant_id, document_id, event::text from outbox order by number limit $1";

const LAG: &str = "
select count(*),
    coalesce((
        select greatest(extract(epoch from clock_timestamp() - created_at), 0)
        from outbox order by number limit 1
    ), 0)::float8
from outbox";

pub(crate) async fn take(
    pool: PgPool,
    place: Place,
    limit: usize,
) -> Result<Option<Taken>, StoreError> {
    let failed = StoreError::at(place);
    let mut transaction = pool.begin().await.map_err(failed)?;
    if !locks::try_alone(&mut transaction, locks::OUTBOX).await.map_err(failed)? {
        return Ok(None);
    }
    let limit = i64::try_from(limit.min(StoreLimits::EVENTS_MAX)).unwrap_or(i64::MAX);
    let rows: Vec<(i64, String, String, String)> =
        sqlx::query_as(TAKE).bind(limit).fetch_all(&mut *transaction).await.map_err(failed)?;
    let events = rows.into_iter().map(|(number, tenant, document, json)| {
        let of = DocumentRef::read(place, tenant, document)?;
        Ok(Event { number, of, traceparent: traceparent(&json), json })
    });
    let events = events.collect::<Result<_, StoreError>>()?;
    Ok(Some(Taken { events, hold: Hold::Shard(place, transaction) }))
}

pub(crate) async fn lag(pool: PgPool, place: Place) -> Result<Lag, StoreError> {
    let (events, age_s): (i64, f64) =
        sqlx::query_as(LAG).fetch_one(&pool).await.map_err(StoreError::at(place))?;
    Ok(Lag { events: u64::try_from(events).unwrap_or(0), age_s })
}
