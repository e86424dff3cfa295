//! A case as its shard holds it.

use ivendor_core::ids::{DocumentId, Sha256, TenantId};
use ivendor_core::review::answer::Answer;
use ivendor_core::review::case::{Case, Given, Lease, Stage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::audit::digest;
use crate::error::{Place, StoreError};
use crate::result::DocumentRef;

/// What a case looks like to those who look for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits.
    Open,
    /// Somebody has it.
    Claimed,
    /// It waits for somebody senior.
    Escalated,
    /// It is done.
    Decided,
    /// A later verdict made it needless.
    Superseded,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Open, Self::Claimed, Self::Escalated, Self::Decided, Self::Superseded];

    /// As in the tables and in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed => "claimed",
            Self::Escalated => "escalated",
            Self::Decided => "decided",
            Self::Superseded => "superseded",
        }
    }
}

/// A case without what was said of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Record {
    /// Which.
    pub case_id: String,
    /// Whose.
    pub tenant_id: TenantId,
    /// About which document.
    pub document_id: DocumentId,
    /// Of which vendor.
    pub vendor_id: Option<String>,
    /// What the document is said to be.
    pub document_type: Option<String>,
    /// Of which bytes; none where none could be read.
    pub sha256: Option<Sha256>,
    /// The digest of the key of the verdict that it is about.
    pub result_key: Sha256,
    /// Where it stands now.
    pub state: State,
    /// Whether it is for somebody senior, held or not.
    pub is_escalated: bool,
    /// The confidence of the verdict, 0–1.
    pub confidence: f32,
    /// How far the verdict is from sure, 0–0.5, rounded as the shard does, which sorts by it.
    #[serde(default)]
    pub doubt: f32,
    /// Why a person is asked.
    pub reasons: Vec<String>,
    /// Counts the changes.
    pub version: u32,
    /// The fencing token of the last lease.
    pub fence: u64,
    /// Who has it.
    pub holder: Option<String>,
    /// Until when.
    pub lease_until: Option<Timestamp>,
    /// Opinions that decide it.
    pub opinions_needed: u8,
    /// What was decided.
    pub outcome: Option<Answer>,
    /// When it came.
    pub opened_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// By when it should be decided.
    pub due_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}

/// An answer that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Said {
    /// Who gave it.
    pub reviewer: String,
    /// What.
    pub answer: Answer,
    /// In his own words.
    pub note: String,
    /// When.
    pub at: Timestamp,
    /// Whether the case was escalated then.
    pub when_escalated: bool,
}

/// What somebody wrote beside a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Comment {
    /// Who.
    pub author: String,
    /// What.
    pub body: String,
    /// When.
    pub at: Timestamp,
}

/// The columns of [`Record::read`], of `review_case_now`.
pub(super) const COLUMNS: &str = "case_id, tenant_id, document_id, vendor_id, document_type, \
    sha256, result_key, state, is_escalated, confidence, reasons, version, fence, holder, \
    epoch_us(lease_until), opinions_needed, outcome::text, epoch_us(opened_at), \
    epoch_us(changed_at), epoch_us(due_at), epoch_us(decided_at), doubt";

/// The answers that stand of the case $2 of the tenant $1, the first one first, as a list.
pub(super) const STANDING: &str = "
select json_agg(json_build_array(reviewer_id, detail, note, epoch_us(decided_at), when_escalated)
    order by number)::text
from review_decision where tenant_id = $1 and case_id = $2 and undone_at is null";

impl Record {
    /// Reads a row of [`COLUMNS`].
    pub(super) fn read(place: Place, row: &PgRow) -> Result<Self, StoreError> {
        let failed = StoreError::at(place);
        let wrong = |problem: String| StoreError::Row { place, problem };
        let of = DocumentRef::read(
            place,
            row.try_get(1).map_err(failed)?,
            row.try_get(2).map_err(failed)?,
        )?;
        let sha256: Option<Vec<u8>> = row.try_get(5).map_err(failed)?;
        let key: Vec<u8> = row.try_get(6).map_err(failed)?;
        let state: String = row.try_get(7).map_err(failed)?;
        let known = State::ALL.into_iter().find(|known| known.name() == state);
        let outcome: Option<String> = row.try_get(16).map_err(failed)?;
        let outcome = outcome.map(|text| serde_json::from_str(&text)).transpose();
        let moment = |column: usize| {
            let us: Option<i64> = row.try_get(column).map_err(failed)?;
            us.map(|us| timestamp(place, us)).transpose()
        };
        let must = |column: usize| {
            moment(column)?.ok_or_else(|| wrong(format!("column {column} holds no time")))
        };
        Ok(Self {
            case_id: row.try_get(0).map_err(failed)?,
            tenant_id: of.tenant,
            document_id: of.document,
            vendor_id: row.try_get(3).map_err(failed)?,
            document_type: row.try_get(4).map_err(failed)?,
            sha256: sha256.map(|bytes| digest(place, &bytes)).transpose()?,
            result_key: digest(place, &key)?,
            state: known.ok_or_else(|| wrong(format!("the state is {state:?}")))?,
            is_escalated: row.try_get(8).map_err(failed)?,
            confidence: row.try_get(9).map_err(failed)?,
            doubt: row.try_get("doubt").map_err(failed)?,
            reasons: row.try_get(10).map_err(failed)?,
            version: row.try_get::<i32, _>(11).map_err(failed)?.unsigned_abs(),
            fence: row.try_get::<i64, _>(12).map_err(failed)?.unsigned_abs(),
            holder: row.try_get(13).map_err(failed)?,
            lease_until: moment(14)?,
            opinions_needed: if row.try_get::<i16, _>(15).map_err(failed)? == 2 { 2 } else { 1 },
            outcome: outcome.map_err(|error| wrong(error.to_string()))?,
            opened_at: must(17)?,
            changed_at: must(18)?,
            due_at: must(19)?,
            decided_at: moment(20)?,
        })
    }

    /// The state machine of the case, with the answers that stand.
    pub(super) fn case(&self, said: &[Said]) -> Case {
        let stage = match self.state {
            State::Decided => Stage::Decided,
            State::Superseded => Stage::Superseded,
            _ if self.is_escalated => Stage::Escalated,
            _ => Stage::Open,
        };
        let lease = self.holder.clone().zip(self.lease_until);
        let given = |said: &Said| Given {
            reviewer: said.reviewer.clone(),
            answer: said.answer.clone(),
            at: said.at,
            when_escalated: said.when_escalated,
        };
        Case {
            stage,
            lease: lease.map(|(holder, until)| Lease { holder, until }),
            fence: self.fence,
            version: self.version,
            given: said.iter().map(given).collect(),
            opinions_needed: self.opinions_needed,
        }
    }

    /// Takes over what the state machine says.
    pub(super) fn take_over(&mut self, case: &Case, now: Timestamp) {
        self.state = match case.stage {
            Stage::Decided => State::Decided,
            Stage::Superseded => State::Superseded,
            _ if case.lease.is_some() => State::Claimed,
            Stage::Escalated => State::Escalated,
            Stage::Open => State::Open,
        };
        self.is_escalated = case.stage == Stage::Escalated
            || case.stage == Stage::Decided && case.given.last().is_some_and(|g| g.when_escalated);
        self.version = case.version;
        self.fence = case.fence;
        self.holder = case.lease.as_ref().map(|lease| lease.holder.clone());
        self.lease_until = case.lease.as_ref().map(|lease| lease.until);
        self.opinions_needed = case.opinions_needed;
        self.outcome = case.outcome().cloned();
        self.decided_at = self.outcome.as_ref().map(|_| now);
        self.changed_at = now;
    }
}

/// Reads a list of [`STANDING`]; there is none where nobody has said anything.
pub(super) fn standing(place: Place, list: Option<&str>) -> Result<Vec<Said>, StoreError> {
    let wrong = |error: serde_json::Error| StoreError::Row { place, problem: error.to_string() };
    let list = list.unwrap_or("[]");
    let list: Vec<(String, Answer, String, i64, bool)> =
        serde_json::from_str(list).map_err(wrong)?;
    let said = |(reviewer, answer, note, at, when_escalated)| {
        Ok(Said { reviewer, answer, note, at: timestamp(place, at)?, when_escalated })
    };
    list.into_iter().map(said).collect()
}

/// A moment as it leaves the database.
pub(super) fn timestamp(place: Place, us: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(us)
        .map_err(|error| StoreError::Row { place, problem: error.to_string() })
}
