//! A claim that names a key: whoever sends it again gets the case of the first time.
//!
//! Which shard has the next case is not known before it is taken, so the answer is kept on a shard
//! that the key alone chooses. First the key is taken there, then a case wherever it is, then the
//! answer is written down. No connection is held meanwhile, so that those who claim at once never
//! wait for each other's.

use ivendor_core::ids::Sha256;
use ivendor_core::sharding::ShardId;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;

use super::claim::{Claimed, NextCase};
use super::error::ReviewError;
use super::keep::Key;
use super::record::Record;
use crate::error::{Place, StoreError};
use crate::shards::Shards;

/// Seconds after which whoever took a key and said nothing counts as dead.
const DEAD_S: f64 = 30.0;

/// The key becomes ours where it is new, or whoever took it is dead. `null` is no answer yet.
const TAKE: &str = "
insert into idempotent_answer (actor, key, request_sha256, answer) values ($1, $2, $3, 'null')
on conflict (actor, key) do update set answered_at = now()
where idempotent_answer.request_sha256 = excluded.request_sha256
    and idempotent_answer.answer::text = 'null'
    and idempotent_answer.answered_at < now() - $4 * interval '1 second'
returning true";

const READ: &str = "
select request_sha256, answer::text from idempotent_answer where actor = $1 and key = $2";

const WRITE: &str = "
update idempotent_answer set answer = $4::json, answered_at = now()
where actor = $1 and key = $2 and request_sha256 = $3";

const GIVE_BACK: &str = "
delete from idempotent_answer
where actor = $1 and key = $2 and request_sha256 = $3 and answer::text = 'null'";

/// What was answered: a case, or that there is none.
#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    case: Option<Record>,
}

/// How a key stands.
enum Stand {
    Ours,
    Answered(Option<Box<Record>>),
}

impl Shards {
    /// [`Shards::claim_next`], once for each key of the reviewer: a repeat gets the case of the
    /// first time, as it was then.
    ///
    /// # Errors
    /// [`ReviewError::KeyReused`] where the key was sent with another request,
    /// [`ReviewError::InProgress`] while the first one is on its way; else as without a key.
    pub async fn claim_next_once(
        &self,
        wanted: NextCase<'_>,
        key: &str,
    ) -> Result<Option<Claimed>, ReviewError> {
        let reviewer = wanted.reviewer.name;
        let asked = (wanted.order, wanted.tenants);
        let asked = serde_json::to_string(&asked).unwrap_or_default();
        let key: Key<'_> = (reviewer, key, Sha256::of(format!("claim\n{asked}").as_bytes()));
        let home = self.home(key)?;
        let place = Place::Shard(home);
        match self.on(home, |pool| stand(pool, place, key)).await?? {
            Stand::Ours => {}
            Stand::Answered(case) => {
                return Ok(case.map(|record| Claimed { record: *record, away: Vec::new() }));
            }
        }
        let claimed = self.claim_next(wanted).await;
        match &claimed {
            Ok(found) => {
                let case = found.as_ref().map(|claimed| claimed.record.clone());
                let wrong = |error: serde_json::Error| StoreError::Row {
                    place,
                    problem: error.to_string(),
                };
                let answer = serde_json::to_string(&Answered { case }).map_err(wrong)?;
                self.on(home, |pool| write(pool, place, (key, &answer))).await?;
            }
            // The next try need not wait until this one counts as dead.
            // What it says is the claim's, whether the key could be given back or not.
            Err(_) => {
                if let Err(error) = self.on(home, |pool| give_back(pool, place, key)).await {
                    tracing::warn!(%error, "a key of a claim that failed is not given back");
                }
            }
        }
        claimed
    }

    /// The shard that keeps the answer to this key.
    fn home(&self, (reviewer, key, _): Key<'_>) -> Result<ShardId, StoreError> {
        let shards: Vec<ShardId> = self.ids().into_iter().collect();
        let digest = Sha256::of(format!("{reviewer}\n{key}").as_bytes());
        let chosen = usize::from(digest.as_bytes()[0]).checked_rem(shards.len());
        let home = chosen.and_then(|chosen| shards.get(chosen)).copied();
        home.ok_or_else(|| StoreError::Usage("there is no shard".to_owned()))
    }
}

async fn stand(
    pool: PgPool,
    place: Place,
    (reviewer, key, asked): Key<'_>,
) -> Result<Result<Stand, ReviewError>, StoreError> {
    let failed = StoreError::at(place);
    let digest = asked.as_bytes().as_slice();
    let take = sqlx::query(TAKE).bind(reviewer).bind(key).bind(digest).bind(DEAD_S);
    if take.fetch_optional(&pool).await.map_err(failed)?.is_some() {
        return Ok(Ok(Stand::Ours));
    }
    let found: Option<(Vec<u8>, String)> = sqlx::query_as(READ)
        .bind(reviewer)
        .bind(key)
        .fetch_optional(&pool)
        .await
        .map_err(failed)?;
    // Given back between the two: the client asks again.
    let Some((known, answer)) = found else { return Ok(Err(ReviewError::InProgress)) };
    if known != digest {
        return Ok(Err(ReviewError::KeyReused));
    }
    let wrong = |error: serde_json::Error| StoreError::Row { place, problem: error.to_string() };
    let answered: Option<Answered> = serde_json::from_str(&answer).map_err(wrong)?;
    Ok(answered.map_or(Err(ReviewError::InProgress), |a| Ok(Stand::Answered(a.case.map(Box::new)))))
}

async fn write(
    pool: PgPool,
    place: Place,
    ((reviewer, key, asked), answer): (Key<'_>, &str),
) -> Result<(), StoreError> {
    let write = sqlx::query(WRITE).bind(reviewer).bind(key).bind(asked.as_bytes().as_slice());
    write.bind(answer).execute(&pool).await.map(drop).map_err(StoreError::at(place))
}

async fn give_back(
    pool: PgPool,
    place: Place,
    (reviewer, key, asked): Key<'_>,
) -> Result<(), StoreError> {
    let back = sqlx::query(GIVE_BACK).bind(reviewer).bind(key).bind(asked.as_bytes().as_slice());
    back.execute(&pool).await.map(drop).map_err(StoreError::at(place))
}
