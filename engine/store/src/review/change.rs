//! A change of one case that was named.

use ivendor_core::audit::{AuditEntry, Deed};
use ivendor_core::ids::{Sha256, TenantId};
use ivendor_core::limits::ReviewLimits;
use ivendor_core::review::answer::Answer;
use ivendor_core::review::case::{Case, Refusal, Reviewer, Stage};
use ivendor_core::review::is_drawn_for_two;
use ivendor_core::sharding::map::Route;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, PgConnection, PgPool, Row as _};

use super::error::ReviewError;
use super::event::{Happened, event};
use super::keep;
use super::record::{COLUMNS, Record, Said, standing, timestamp};
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
}

/// A case after a change.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The case.
    pub record: Record,
    /// Whether it was changed before, by the same request.
    pub is_repeated: bool,
}

const FOR_UPDATE: &str = "select case_id from review_case
where tenant_id = $1 and case_id = $2 for update";

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
        let mut transaction = pool.begin().await.map_err(failed)?;
        let owned = ownership::check(&mut transaction, [route]).await.map_err(failed)?;
        if !owned.allows(route) {
            return Err(StoreError::Fenced { place }.into());
        }
        // First the lock: of two who send the same request at once, the second one then finds the
        // answer of the first.
        self.lock(&mut transaction).await?;
        let key = self.request.key.map(|key| (self.request.reviewer.name, key, self.digest()));
        if let Some(key) = key
            && let Some(answer) = keep::answered(&mut transaction, place, key).await?
        {
            return Ok(Changed { record: self.read_answer(&answer)?, is_repeated: true });
        }
        let (mut record, said, now) = self.read(&mut transaction).await?;
        if let Some(expected) = self.request.version.filter(|version| *version != record.version) {
            return Err(ReviewError::Version { expected, found: record.version });
        }
        let before = record.case(&said);
        let after = self.apply(before, now)?;
        record.take_over(&after, now);
        keep::update(&mut transaction, place, &record).await?;
        self.keep_answer_of(&mut transaction, (&record, &after), now).await?;
        if let Some(happened) = self.happened(&after) {
            let event = event(&record, happened, (self.request.reviewer.name, now));
            keep::tell(&mut transaction, place, (&record, &event)).await?;
        }
        if let Some(key) = key {
            let answer = serde_json::to_string(&record).map_err(|error| self.wrong(&error))?;
            keep::keep_answer(&mut transaction, place, (key, &answer)).await?;
        }
        if let Some(entry) = self.entry(&record, now)? {
            audit::append(&mut transaction, place, entry).await?;
        }
        transaction.commit().await.map_err(failed)?;
        Ok(Changed { record, is_repeated: false })
    }

    /// Keeps the case as it is until the transaction ends.
    async fn lock(self, transaction: &mut PgConnection) -> Result<(), ReviewError> {
        let locked: Option<String> = sqlx::query_scalar(FOR_UPDATE)
            .bind(self.tenant.as_str())
            .bind(self.case_id)
            .fetch_optional(transaction)
            .await
            .map_err(StoreError::at(self.place))?;
        locked.map(drop).ok_or(ReviewError::NotFound)
    }

    /// The case, what was said of it, and the shard's time.
    async fn read(
        self,
        transaction: &mut PgConnection,
    ) -> Result<(Record, Vec<Said>, Timestamp), StoreError> {
        let place = self.place;
        let failed = StoreError::at(place);
        // The view tells time by the transaction, which may have waited for the lock: so does this.
        let sql = format!(
            "select {COLUMNS}, epoch_us(now()) as now_us from review_case_now
            where tenant_id = $1 and case_id = $2"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(self.tenant.as_str())
            .bind(self.case_id)
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed)?;
        let now = timestamp(place, row.try_get("now_us").map_err(failed)?)?;
        let record = Record::read(place, &row)?;
        let said = standing(transaction, place, self.case_id).await?;
        Ok((record, said, now))
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

    /// Writes down what was said, or that it was taken back.
    async fn keep_answer_of(
        self,
        transaction: &mut PgConnection,
        (record, after): (&Record, &Case),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match self.change {
            Change::Decide { answer, note, .. } => {
                let when_escalated = after.given.last().is_some_and(|given| given.when_escalated);
                let reviewer = self.request.reviewer.name.to_owned();
                let (answer, note) = (answer.clone(), note.clone());
                let said = Said { reviewer, answer, note, at: now, when_escalated };
                keep::say(transaction, self.place, (record, &said)).await
            }
            Change::Undo => keep::unsay(transaction, self.place, self.case_id).await,
            Change::Claim | Change::Renew { .. } | Change::Release { .. } => Ok(()),
        }
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
