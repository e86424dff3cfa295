//! Cases found, across all shards.

use futures_util::future::try_join_all;
use ivendor_core::ids::TenantId;
use ivendor_core::limits::ReviewLimits;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgPool, Postgres, QueryBuilder, Row as _};

use super::error::ReviewError;
use super::record::{COLUMNS, Comment, Record, STANDING, Said, State, standing, timestamp};
use crate::error::{Place, StoreError};
use crate::shards::Shards;
use crate::store::Store as _;

/// In which order cases are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// The nearest deadline first.
    #[default]
    Due,
    /// The least certain first.
    Doubt,
    /// The newest first.
    Newest,
}

impl Sort {
    /// What a row is sorted by, higher after lower or the other way round.
    fn value(self, record: &Record) -> f64 {
        // Whole microseconds below 2^53 and single precision are exact in double precision.
        match self {
            Self::Due => record.due_at.as_microsecond() as f64,
            Self::Doubt => f64::from(record.doubt),
            Self::Newest => record.opened_at.as_microsecond() as f64,
        }
    }
}

/// The last case of the page before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct After {
    /// What it is sorted by.
    pub value: f64,
    /// Which.
    pub case_id: String,
}

/// Which cases.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter {
    /// Of these tenants; `None` for all.
    pub tenants: Option<Vec<TenantId>>,
    /// In one of these states; any where it is empty.
    pub states: Vec<State>,
    /// Of this type of document.
    pub document_type: Option<String>,
    /// With this reason among theirs.
    pub reason: Option<String>,
    /// In this person's hand.
    pub assignee: Option<String>,
    /// With a confidence from here on.
    pub confidence_min: Option<f32>,
    /// With a confidence up to here.
    pub confidence_max: Option<f32>,
    /// Opened at this moment or later.
    pub opened_from: Option<Timestamp>,
    /// Opened before this moment.
    pub opened_before: Option<Timestamp>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The cases.
    pub records: Vec<Record>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<After>,
}

/// A case with everything that was said of it.
pub type Told = (Record, Vec<Said>, Vec<Comment>);

/// The comments on the case $2 of the tenant $1, as a list.
const COMMENTS: &str = "
select json_agg(json_build_array(author, body, epoch_us(written_at)) order by number)::text
from review_comment where tenant_id = $1 and case_id = $2";

impl Shards {
    /// A page of the cases that pass the filter, over all shards.
    ///
    /// # Errors
    /// [`ReviewError::Store`] where a shard cannot be asked: a list that lacks some would lie.
    pub async fn list(
        &self,
        filter: &Filter,
        (sort, after): (Sort, Option<&After>),
        limit: usize,
    ) -> Result<Page, ReviewError> {
        let limit = limit.clamp(1, ReviewLimits::PAGE_MAX);
        let asked = Asked { filter, sort, after, limit };
        let by_shard = self.by_shard(filter.tenants.as_deref());
        let parts = by_shard.into_iter().map(|(shard, tenants)| async move {
            let of = tenants.as_deref();
            self.on(shard, |pool| asked.page(pool, Place::Shard(shard), of)).await
        });
        let mut records: Vec<Record> = try_join_all(parts).await?.into_iter().flatten().collect();
        records.sort_by(|one, other| {
            let (a, b) = (sort.value(one), sort.value(other));
            match sort {
                Sort::Due => a.total_cmp(&b).then_with(|| one.case_id.cmp(&other.case_id)),
                Sort::Doubt => b.total_cmp(&a).then_with(|| one.case_id.cmp(&other.case_id)),
                Sort::Newest => b.total_cmp(&a).then_with(|| other.case_id.cmp(&one.case_id)),
            }
        });
        let is_last = records.len() <= limit;
        records.truncate(limit);
        let last = records.last().filter(|_| !is_last);
        let next =
            last.map(|last| After { value: sort.value(last), case_id: last.case_id.clone() });
        Ok(Page { records, next })
    }

    /// A case with what was said of it.
    ///
    /// # Errors
    /// [`ReviewError::NotFound`], also where it is another tenant's.
    pub async fn case(&self, tenant: &TenantId, case_id: &str) -> Result<Told, ReviewError> {
        let shard = self.route(tenant).shard;
        let place = Place::Shard(shard);
        let found = self.on(shard, |pool| get(pool, place, (tenant, case_id))).await?;
        found.ok_or(ReviewError::NotFound)
    }
}

async fn get(
    pool: PgPool,
    place: Place,
    (tenant, case_id): (&TenantId, &str),
) -> Result<Option<Told>, StoreError> {
    let failed = StoreError::at(place);
    let sql = format!(
        "select {COLUMNS}, ({STANDING}) as said, ({COMMENTS}) as comments
        from review_case_now where tenant_id = $1 and case_id = $2"
    );
    let row = sqlx::query(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(case_id)
        .fetch_optional(&pool)
        .await
        .map_err(failed)?;
    let Some(row) = row else { return Ok(None) };
    let record = Record::read(place, &row)?;
    let said: Option<String> = row.try_get("said").map_err(failed)?;
    let said = standing(place, said.as_deref())?;
    let comments: Option<String> = row.try_get("comments").map_err(failed)?;
    let wrong = |error: serde_json::Error| StoreError::Row { place, problem: error.to_string() };
    let comments: Vec<(String, String, i64)> =
        serde_json::from_str(comments.as_deref().unwrap_or("[]")).map_err(wrong)?;
    let comment = |(author, body, at)| Ok(Comment { author, body, at: timestamp(place, at)? });
    let comments = comments.into_iter().map(comment).collect::<Result<_, StoreError>>()?;
    Ok(Some((record, said, comments)))
}

/// Everything that one shard is asked.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    filter: &'a Filter,
    sort: Sort,
    after: Option<&'a After>,
    limit: usize,
}

/// The rows of one state, each as the shard holds it. A lease that has ended does not count, so
/// some of what is open or escalated was in somebody's hand.
fn sources(state: State) -> &'static [&'static str] {
    match state {
        State::Open => &[
            "stored_state = 'open'",
            "stored_state = 'claimed' and last_lease_until <= now() and not is_escalated",
        ],
        // Most of them have it, so the index of the order serves better than that of leases.
        State::Claimed => &["stored_state = 'claimed' and last_lease_until + interval '0' > now()"],
        State::Escalated => &[
            "stored_state = 'escalated'",
            "stored_state = 'claimed' and last_lease_until <= now() and is_escalated",
        ],
        State::Decided => &["stored_state = 'decided'"],
        State::Superseded => &["stored_state = 'superseded'"],
    }
}

impl Asked<'_> {
    /// A page of one shard, of which only the cases of these tenants count. The first rows of each
    /// state, and of each tenant, come from an index in their order, and are then put together.
    async fn page(
        self,
        pool: PgPool,
        place: Place,
        tenants: Option<&[String]>,
    ) -> Result<Vec<Record>, StoreError> {
        let failed = StoreError::at(place);
        let sources = self.sources();
        if sources.is_empty() {
            return Ok(Vec::new());
        }
        let mut query = QueryBuilder::<Postgres>::new("select ");
        query.push(COLUMNS).push(" from (");
        for (number, source) in sources.into_iter().enumerate() {
            query.push(if number == 0 { "" } else { " union all " });
            if let Some(tenants) = tenants {
                query.push("(select r.* from unnest(").push_bind(tenants);
                query.push(") as t (owner), lateral (select * from review_case_now where ");
                query.push("tenant_id = t.owner and ").push(source);
            } else {
                query.push("(select * from (select * from review_case_now where ").push(source);
            }
            self.push_filter(&mut query);
            self.push_after(&mut query);
            self.push_order(&mut query);
            query.push(") r)");
        }
        query.push(") found");
        self.push_order(&mut query);
        // A plan for all values of a filter would fit none of them.
        let query = query.build().persistent(!self.is_picky());
        let rows = query.fetch_all(&pool).await.map_err(failed)?;
        rows.iter().map(|row| Record::read(place, row)).collect()
    }

    /// Where the wanted cases are.
    fn sources(self) -> Vec<&'static str> {
        let mut states = self.filter.states.clone();
        states.sort_unstable();
        states.dedup();
        if states.is_empty() {
            states.extend(State::ALL);
        }
        if self.filter.assignee.is_some() {
            // Nobody else is in anybody's hand.
            states.retain(|state| *state == State::Claimed);
        }
        states.iter().flat_map(|state| sources(*state)).copied().collect()
    }

    /// Whether only few of the wanted cases may pass the filter.
    fn is_picky(self) -> bool {
        let Filter { document_type, reason, confidence_min, confidence_max, .. } = self.filter;
        let Filter { opened_from, opened_before, .. } = self.filter;
        document_type.is_some()
            || reason.is_some()
            || confidence_min.or(*confidence_max).is_some()
            || opened_from.or(*opened_before).is_some()
    }

    fn push_order(self, query: &mut QueryBuilder<Postgres>) {
        query.push(match self.sort {
            Sort::Due => " order by due_at, case_id",
            Sort::Doubt => " order by doubt desc, case_id",
            Sort::Newest => " order by opened_at desc, case_id desc",
        });
        // One more than the page, to know whether there is another one. It is part of the text,
        // so that the shard plans for few rows.
        query.push(format!(" limit {}", self.limit + 1));
    }

    fn push_filter(self, query: &mut QueryBuilder<Postgres>) {
        let Filter { document_type, reason, assignee, .. } = self.filter;
        let texts = [(" and document_type = ", document_type), (" and last_holder = ", assignee)];
        for (condition, text) in texts {
            if let Some(text) = text {
                query.push(condition).push_bind(text.clone());
            }
        }
        if let Some(reason) = reason {
            query.push(" and reasons @> array[").push_bind(reason.clone()).push("]");
        }
        let numbers = [
            (" and confidence >= ", self.filter.confidence_min),
            (" and confidence <= ", self.filter.confidence_max),
        ];
        for (condition, number) in numbers {
            if let Some(number) = number {
                query.push(condition).push_bind(number);
            }
        }
        let moments = [
            (" and opened_at >= ", self.filter.opened_from),
            (" and opened_at < ", self.filter.opened_before),
        ];
        for (condition, moment) in moments {
            if let Some(moment) = moment {
                query.push(condition);
                push_moment(query, moment.as_microsecond());
            }
        }
    }

    fn push_after(self, query: &mut QueryBuilder<Postgres>) {
        let Some(After { value, case_id }) = self.after else { return };
        match self.sort {
            Sort::Due => {
                query.push(" and (due_at, case_id) > (");
                push_moment(query, *value as i64);
                query.push(", ").push_bind(case_id.clone()).push(")");
            }
            Sort::Doubt => {
                query.push(" and doubt <= ").push_bind(*value as f32);
                query.push(" and (doubt < ").push_bind(*value as f32);
                query.push(" or case_id > ").push_bind(case_id.clone()).push(")");
            }
            Sort::Newest => {
                query.push(" and (opened_at, case_id) < (");
                push_moment(query, *value as i64);
                query.push(", ").push_bind(case_id.clone()).push(")");
            }
        }
    }
}

fn push_moment(query: &mut QueryBuilder<Postgres>, us: i64) {
    query.push("from_epoch_us(").push_bind(us).push(")");
}
