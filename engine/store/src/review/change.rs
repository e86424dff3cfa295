//! A change of one case that was named.

use ivendor_core::audit::{AuditEntry, Deed};
use ivendor_core::ids::{Sha256, TenantId};
use ivendor_core::limits::ReviewLimits;
use ivendor_core::review::answer::Answer;
use ivendor_core::review::case::{Case, Refusal, Reviewer, Stage};
use ivendor_core::review::is_drawn_for_two;
use ivendor_core::sharding::map::Route;
use ivendor_core::trace::TraceParent;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row as _};

use super::error::ReviewError;
use super::event::{By, Happened, event};
use super::keep::{self, Left};
use super::record::{COLUMNS, Record, STANDING, Said, standing, timestamp};
use crate::audit;
use crate::error::{Place, StoreError};
use crate::shards::{Shards, ownership};
use crate::store::Store as _;

/// What somebody wants to do to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// Take it.
    Claim,
    /// Hold it longer.
    Renew {
        /// The fencing token of the lease.
        fence: u64,
    },
    /// Give it back.
    Release {
        /// The fencing token of the lease.
        fence: u64,
    },
    /// Answer it.
    Decide {
        /// The fencing token of the lease.
        fence: u64,
        /// What.
        answer: Answer,
        /// In his own words.
        note: String,
    },
    /// Take the last answer back.
    Undo,
}

/// Who asks, and under which conditions.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who.
    pub reviewer: Reviewer<'a>,
    /// The version that he has read; any where he names none.
    pub version: Option<u32>,
    /// The same key with the same change gets the first answer again.
    pub key: Option<&'a str>,
    /// How long a lease is.
    pub lease: SignedDuration,
    /// How long an answer can be taken back.
    pub grace: SignedDuration,
    /// The share of the tenant's cases that two people decide, 0–1.
    pub second_opinion_share: f64,
    /// The trace that it belongs to: its event names it.
    pub traceparent: Option<&'a TraceParent>,
}

/// A case after a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The case.
    pub record: Record,
    /// Whether it was changed before, by the same request.
    pub is_repeated: bool,
}

/// What was said of the case, and what the same request was told before, if it was.
const BEFORE: &str = "
from (select) one left join idempotent_answer a on a.actor = $3 and a.key = $4";

/// The answer that a key got, and the digest of what was asked then.
type Answered = (Vec<u8>, String);

impl Shards {
    /// Changes a case, with everything that belongs to the change, or not at all.
    ///
    /// # Errors
    /// [`ReviewError`] says why the case stays as it is.
    pub async fn change(
        &self,
        (tenant, case_id): (&TenantId, &str),
        change: &Change,
        request: Request<'_>,
    ) -> Result<Changed, ReviewError> {
        if let Change::Decide { answer, note, .. } = change {
            answer.check()?;
            if note.len() > ReviewLimits::NOTE_LEN_MAX || note.contains('\0') {
                return Err(ReviewError::Note);
            }
        }
        let route = self.route(tenant);
        let place = Place::Shard(route.shard);
        // Only errors of the store are worth another try; a refusal is an answer.
        let call = |pool: PgPool| {
            let route = &route;
            async move {
                let asked = Asked { tenant, case_id, change, request, place };
                match asked.run(pool, route).await {
                    Err(ReviewError::Store(error)) => Err(error),
                    answered => Ok(answered),
                }
            }
        };
        self.on(route.shard, call).await?
    }
}

/// Everything that one try needs.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    tenant: &'a TenantId,
    case_id: &'a str,
    change: &'a Change,
    request: Request<'a>,
    place: Place,
}

impl<'a> Asked<'a> {
    async fn run(self, pool: PgPool, route: &Route) -> Result<Changed, ReviewError> {
        let place = self.place;
        let failed = StoreError::at(place);
        let mut transaction = ownership::begin(&pool).await.map_err(failed)?;
        let owned = ownership::owned(&mut transaction, [route]).await.map_err(failed)?;
        if !owned.allows(route) {
            return Err(StoreError::Fenced { place }.into());
        }
        // First the lock: of two who send the same request at once, the second one then finds the
        // answer of the first.
        let (mut record, now) = self.lock(&mut transaction).await?;
        let (said, answered) = self.before(&mut transaction).await?;
        if let Some((digest, answer)) = answered {
            let is_same = digest == self.digest().as_bytes();
            let again = || Ok(Changed { record: self.read_answer(&answer)?, is_repeated: true });
            return if is_same { again() } else { Err(ReviewError::KeyReused) };
        }
        if let Some(expected) = self.request.version.filter(|version| *version != record.version) {
            return Err(ReviewError::Version { expected, found: record.version });
        }
        let after = self.apply(record.case(&said), now)?;
        record.take_over(&after, now);
        let left = self.left((&record, &after), now)?;
        keep::keep(&mut transaction, place, (&record, &left)).await?;
        if let Some(entry) = self.entry(&record, now)? {
            audit::append(&mut transaction, place, entry).await?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(Changed { record, is_repeated: false })
    }

    /// Keeps the case as it is until the transaction ends, and gives it with the shard's time.
    async fn lock(
        self,
        transaction: &mut PgConnection,
    ) -> Result<(Record, Timestamp), ReviewError> {
        let place = self.place;
        let failed = StoreError::at(place);
        // The view tells time by the transaction, which may have waited for the lock: so does this.
        let sql = format!(
            "select {COLUMNS}, epoch_us(now()) as now_us from review_case_now
            where tenant_id = $1 and case_id = $2 for update"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(self.tenant.as_str())
            .bind(self.case_id)
            .fetch_optional(transaction)
            .await
            .map_err(failed)?;
        let row = row.ok_or(ReviewError::NotFound)?;
        let now = timestamp(place, row.try_get("now_us").map_err(failed)?)?;
        Ok((Record::read(place, &row)?, now))
    }

    /// What was said of the case, and what the same request was told before.
    async fn before(
        self,
        transaction: &mut PgConnection,
    ) -> Result<(Vec<Said>, Option<Answered>), StoreError> {
        let place = self.place;
        let sql = format!("select ({STANDING}) as said, a.request_sha256, a.answer::text {BEFORE}");
        let key = self.request.key;
        let (said, digest, answer): (Option<String>, Option<Vec<u8>>, Option<String>) =
            sqlx::query_as(AssertSqlSafe(sql))
                .bind(self.tenant.as_str())
                .bind(self.case_id)
                .bind(key.map(|_| self.request.reviewer.name))
                .bind(key)
                .fetch_one(transaction)
                .await
                .map_err(StoreError::at(place))?;
        Ok((standing(place, said.as_deref())?, digest.zip(answer)))
    }

    fn apply(self, mut case: Case, now: Timestamp) -> Result<Case, Refusal> {
        let Request { reviewer, lease, grace, second_opinion_share, .. } = self.request;
        let until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
        match self.change {
            Change::Claim => case.claim(reviewer, now, until),
            Change::Renew { fence } => case.renew((reviewer, *fence), now, until),
            Change::Release { fence } => case.release((reviewer, *fence), now),
            Change::Decide { fence, answer, .. } => {
                // Drawn at the first opinion, when the tenant's share is known.
                if case.given.is_empty() && is_drawn_for_two(self.case_id, second_opinion_share) {
                    case.opinions_needed = 2;
                }
                case.decide((reviewer, *fence), now, answer.clone())
            }
            Change::Undo => case.undo((reviewer, grace), now, until),
        }
    }

    /// What the change leaves besides the case.
    fn left(
        self,
        (record, after): (&Record, &Case),
        now: Timestamp,
    ) -> Result<Left<'a>, StoreError> {
        let Request { reviewer, key, traceparent, .. } = self.request;
        let mut left = Left { is_unsaid: *self.change == Change::Undo, ..Left::default() };
        if let Change::Decide { answer, note, .. } = self.change {
            let when_escalated = after.given.last().is_some_and(|given| given.when_escalated);
            let (answer, note) = (answer.clone(), note.clone());
            let reviewer = reviewer.name.to_owned();
            left.said = Some(Said { reviewer, answer, note, at: now, when_escalated });
        }
        let wrong = |error| self.wrong(&error);
        if let Some(happened) = self.happened(after) {
            let event = event(record, happened, (By::of(reviewer, traceparent), now));
            left.event = Some(event.map_err(wrong)?);
        }
        if let Some(key) = key {
            let key = (reviewer.name, key, self.digest());
            left.answer = Some((key, serde_json::to_string(record).map_err(wrong)?));
        }
        Ok(left)
    }

    fn happened(self, after: &Case) -> Option<Happened> {
        match self.change {
            Change::Claim => Some(Happened::Claimed),
            Change::Renew { .. } | Change::Release { .. } => None,
            Change::Undo => Some(Happened::Reopened),
            Change::Decide { .. } => Some(match after.stage {
                Stage::Decided => Happened::Decided,
                Stage::Escalated => Happened::Escalated,
                Stage::Open | Stage::Superseded => Happened::Answered,
            }),
        }
    }

    /// What the audit log says of it: of every answer, and of every one that was taken back.
    fn entry(self, record: &Record, now: Timestamp) -> Result<Option<AuditEntry>, ReviewError> {
        let mut detail = Map::new();
        let action = match self.change {
            Change::Decide { answer, note, .. } => {
                detail.insert("answer".to_owned(), self.json(answer)?);
                detail.insert("note".to_owned(), Value::from(note.as_str()));
                "review.answered"
            }
            Change::Undo => "review.undone",
            Change::Claim | Change::Renew { .. } | Change::Release { .. } => return Ok(None),
        };
        detail.insert("document_id".to_owned(), self.json(&record.document_id)?);
        detail.insert("state".to_owned(), Value::from(record.state.name()));
        detail.insert("version".to_owned(), Value::from(record.version));
        let resource = format!("case/{}", self.case_id);
        let deed = Deed { actor: self.request.reviewer.name, action, resource: &resource };
        Ok(Some(AuditEntry::new(self.tenant.clone(), deed, detail, now)?))
    }

    /// Of what is asked, to tell the same request from another one with the same key.
    fn digest(self) -> Sha256 {
        let change = serde_json::to_string(self.change).unwrap_or_default();
        let Self { tenant, case_id, .. } = self;
        Sha256::of(format!("{tenant}\n{case_id}\n{change}\n").as_bytes())
    }

    fn read_answer(self, answer: &str) -> Result<Record, StoreError> {
        serde_json::from_str(answer).map_err(|error| self.wrong(&error))
    }

    fn json(self, value: &impl Serialize) -> Result<Value, StoreError> {
        serde_json::to_value(value).map_err(|error| self.wrong(&error))
    }

    fn wrong(self, error: &serde_json::Error) -> StoreError {
        StoreError::Row { place: self.place, problem: error.to_string() }
    }
}
