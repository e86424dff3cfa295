//! Cases found, across all shards.

use futures_util::future::try_join_all;
use ivendor_core::ids::TenantId;
use ivendor_core::limits::ReviewLimits;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgPool, Postgres, QueryBuilder};

use super::error::ReviewError;
use super::record::{COLUMNS, Comment, Record, Said, State, standing, timestamp};
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

const COMMENTS: &str = "
select author, body, epoch_us(written_at) from review_comment where case_id = $1 order by number";

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
        let parts = self.shards_of(filter.tenants.as_deref()).into_iter().map(|shard| async move {
            self.on(shard, |pool| asked.page(pool, Place::Shard(shard))).await
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
    let mut connection = pool.acquire().await.map_err(failed)?;
    let sql =
        format!("select {COLUMNS} from review_case_now where tenant_id = $1 and case_id = $2");
    let row = sqlx::query(AssertSqlSafe(sql))
        .bind(tenant.as_str())
        .bind(case_id)
        .fetch_optional(&mut *connection)
        .await
        .map_err(failed)?;
    let Some(row) = row else { return Ok(None) };
    let record = Record::read(place, &row)?;
    let said = standing(&mut connection, place, case_id).await?;
    let comments: Vec<(String, String, i64)> =
        sqlx::query_as(COMMENTS).bind(case_id).fetch_all(&mut *connection).await.map_err(failed)?;
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

impl Asked<'_> {
    async fn page(self, pool: PgPool, place: Place) -> Result<Vec<Record>, StoreError> {
        let failed = StoreError::at(place);
        let mut query = QueryBuilder::<Postgres>::new("select ");
        query.push(COLUMNS).push(" from review_case_now where true");
        self.push_filter(&mut query);
        self.push_after(&mut query);
        query.push(match self.sort {
            Sort::Due => " order by due_at, case_id",
            Sort::Doubt => " order by doubt desc, case_id",
            Sort::Newest => " order by opened_at desc, case_id desc",
        });
        // One more than the page, to know whether there is another one.
        query.push(" limit ").push_bind(i64::try_from(self.limit + 1).unwrap_or(i64::MAX));
        let rows = query.build().fetch_all(&pool).await.map_err(failed)?;
        rows.iter().map(|row| Record::read(place, row)).collect()
    }

    fn push_filter(self, query: &mut QueryBuilder<Postgres>) {
        let Filter { tenants, states, document_type, reason, assignee, .. } = self.filter;
        if let Some(tenants) = tenants {
            let names: Vec<String> = tenants.iter().map(ToString::to_string).collect();
            query.push(" and tenant_id = any(").push_bind(names).push(")");
        }
        if !states.is_empty() {
            let names: Vec<&str> = states.iter().map(|state| state.name()).collect();
            query.push(" and state = any(").push_bind(names).push(")");
            let waits = |state: &State| !matches!(state, State::Decided | State::Superseded);
            if states.iter().all(waits) {
                // So that the indices of the waiting ones serve.
                query.push(" and stored_state in ('open', 'claimed', 'escalated')");
            }
        }
        let texts = [(" and document_type = ", document_type), (" and holder = ", assignee)];
        for (condition, text) in texts {
            if let Some(text) = text {
                query.push(condition).push_bind(text.clone());
            }
        }
        if let Some(reason) = reason {
            query.push(" and ").push_bind(reason.clone()).push(" = any(reasons)");
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
    query.push("timestamptz 'epoch' + ").push_bind(us).push(" * interval '1 microsecond'");
}
