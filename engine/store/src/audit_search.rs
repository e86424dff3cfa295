//! The audit logs of many tenants, searched over all shards: by who did what to what, and when.

use futures_util::future::try_join_all;
use ivendor_core::audit::AuditRecord;
use ivendor_core::ids::TenantId;
use jiff::Timestamp;
use serde::Deserialize;
use sqlx::postgres::PgRow;
use sqlx::{PgPool, Postgres, QueryBuilder, Row as _};

use crate::audit::record;
use crate::error::{Place, StoreError};
use crate::shards::Shards;

/// Records of one page.
pub const PAGE_MAX: usize = 500;

/// Which records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuditFilter {
    /// Of these tenants; `None` for all.
    pub tenants: Option<Vec<TenantId>>,
    /// Of this person or program.
    pub actor: Option<String>,
    /// To this resource.
    pub resource: Option<String>,
    /// With this action.
    pub action: Option<String>,
    /// At this moment or later.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub before: Option<Timestamp>,
}

/// In which order records are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AuditOrder {
    /// The newest first.
    #[default]
    Newest,
    /// The earliest first.
    Oldest,
}

/// The place of a record among those of all tenants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditPlace {
    /// When it was written.
    pub at_us: i64,
    /// In whose log.
    pub tenant: TenantId,
    /// Where in it.
    pub number: u64,
}

impl AuditPlace {
    fn of(record: &AuditRecord) -> Self {
        let AuditRecord { number, entry, .. } = record;
        Self { at_us: entry.at_us, tenant: entry.tenant.clone(), number: *number }
    }
}

/// A page of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditPage {
    /// The records.
    pub records: Vec<AuditRecord>,
    /// The last of them, after which the next page begins; `None` on the last page.
    pub next: Option<AuditPlace>,
}

impl Shards {
    /// A page of the records that pass the filter, over all shards.
    ///
    /// # Errors
    /// [`StoreError`] where a shard cannot be asked: a log that lacks some would lie.
    pub async fn search_audit(
        &self,
        filter: &AuditFilter,
        (order, after): (AuditOrder, Option<&AuditPlace>),
        limit: usize,
    ) -> Result<AuditPage, StoreError> {
        let limit = limit.clamp(1, PAGE_MAX);
        let asked = Asked { filter, order, after, limit };
        let parts = self.by_shard(filter.tenants.as_deref()).into_keys().map(|shard| async move {
            self.on(shard, |pool| asked.page(pool, Place::Shard(shard))).await
        });
        let parts = try_join_all(parts).await?;
        let mut records: Vec<AuditRecord> = parts.into_iter().flatten().collect();
        records.sort_by_cached_key(AuditPlace::of);
        if order == AuditOrder::Newest {
            records.reverse();
        }
        let is_last = records.len() <= limit;
        records.truncate(limit);
        let next = records.last().filter(|_| !is_last).map(AuditPlace::of);
        Ok(AuditPage { records, next })
    }
}

/// Everything that one shard is asked.
#[derive(Debug, Clone, Copy)]
struct Asked<'a> {
    filter: &'a AuditFilter,
    order: AuditOrder,
    after: Option<&'a AuditPlace>,
    limit: usize,
}

impl Asked<'_> {
    async fn page(self, pool: PgPool, place: Place) -> Result<Vec<AuditRecord>, StoreError> {
        let failed = StoreError::at(place);
        let mut query = QueryBuilder::<Postgres>::new(
            "select tenant_id, number, actor, action, resource, detail, at_us, hash
            from audit_log where true",
        );
        self.push_filter(&mut query);
        let (later, direction) = match self.order {
            AuditOrder::Newest => (" < ", " desc"),
            AuditOrder::Oldest => (" > ", ""),
        };
        if let Some(AuditPlace { at_us, tenant, number }) = self.after {
            query.push(" and (at_us, tenant_id collate \"C\", number)").push(later);
            query.push("(").push_bind(*at_us).push(", ").push_bind(tenant.to_string());
            query.push(", ").push_bind(number.cast_signed()).push(")");
        }
        query.push(" order by at_us").push(direction);
        query.push(", tenant_id collate \"C\"").push(direction).push(", number").push(direction);
        // One more than the page, to know whether there is another one.
        query.push(" limit ").push_bind(i64::try_from(self.limit + 1).unwrap_or(i64::MAX));
        let rows = query.build().fetch_all(&pool).await.map_err(failed)?;
        let read = |row: &PgRow| {
            let tenant: String = row.try_get("tenant_id").map_err(failed)?;
            let wrong = |error: ivendor_core::ids::IdError| StoreError::Row {
                place,
                problem: error.to_string(),
            };
            record(place, &TenantId::try_from(tenant).map_err(wrong)?, row)
        };
        rows.iter().map(read).collect()
    }

    fn push_filter(self, query: &mut QueryBuilder<Postgres>) {
        let AuditFilter { tenants, actor, resource, action, from, before } = self.filter;
        if let Some(tenants) = tenants {
            let names: Vec<String> = tenants.iter().map(ToString::to_string).collect();
            query.push(" and tenant_id = any(").push_bind(names).push(")");
        }
        let texts =
            [(" and actor = ", actor), (" and resource = ", resource), (" and action = ", action)];
        for (condition, text) in texts {
            if let Some(text) = text {
                query.push(condition).push_bind(text.clone());
            }
        }
        for (condition, moment) in [(" and at_us >= ", from), (" and at_us < ", before)] {
            if let Some(moment) = moment {
                query.push(condition).push_bind(moment.as_microsecond());
            }
        }
    }
}
