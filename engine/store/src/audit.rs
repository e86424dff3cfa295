//! The audit logs of a shard's tenants: appended to, read, and never changed.

use ivendor_core::audit::{AuditEntry, AuditRecord, ChainEnd};
use ivendor_core::ids::{Sha256, TenantId};
use ivendor_core::sharding::map::Route;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Row};

use crate::error::{Place, StoreError};
use crate::shards::{locks, ownership};

const END: &str = "select last_number, last_hash from audit_end($1, $2)";

const APPEND: &str = "
insert into audit_log (tenant_id, number, actor, action, resource, detail, at_us, hash)
values ($1, $2, $3, $4, $5, $6, $7, $8)";

const READ: &str = "
select number, actor, action, resource, detail, at_us, hash
from audit_log where tenant_id = $1 and number > $2 order by number limit $3";

/// Appends an entry inside the caller's transaction on the tenant's shard, so that the log says
/// what happened if and only if it happened. Others who append for the tenant wait until the
/// transaction ends: do it last.
///
/// # Errors
/// [`StoreError`] where the database fails.
pub async fn append(
    transaction: &mut PgConnection,
    place: Place,
    entry: AuditEntry,
) -> Result<AuditRecord, StoreError> {
    let failed = StoreError::at(place);
    let tenant = entry.tenant.as_str();
    let last: Option<(i64, Vec<u8>)> = sqlx::query_as(END)
        .bind(locks::AUDIT_FAMILY)
        .bind(tenant)
        .fetch_optional(&mut *transaction)
        .await
        .map_err(failed)?;
    let end = match last {
        None => ChainEnd::start(),
        Some((number, hash)) => {
            ChainEnd { number: number.unsigned_abs(), hash: digest(place, &hash)? }
        }
    };
    let record = end.append(entry);
    let AuditEntry { tenant, actor, action, resource, detail, at_us } = &record.entry;
    sqlx::query(APPEND)
        .bind(tenant.as_str())
        .bind(record.number.cast_signed())
        .bind(actor)
        .bind(action)
        .bind(resource)
        .bind(detail)
        .bind(at_us)
        .bind(record.hash.as_bytes().as_slice())
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
    Ok(record)
}

/// Appends an entry by itself, where the shard owns the tenant.
pub(crate) async fn append_alone(
    pool: PgPool,
    route: &Route,
    entry: AuditEntry,
) -> Result<AuditRecord, StoreError> {
    let place = Place::Shard(route.shard);
    let failed = StoreError::at(place);
    let mut transaction = ownership::begin(&pool).await.map_err(failed)?;
    let owned = ownership::owned(&mut transaction, [route]).await.map_err(failed)?;
    if !owned.allows(route) {
        return Err(StoreError::Fenced { place });
    }
    let record = append(&mut transaction, place, entry).await?;
    transaction.commit().await.map_err(failed)?;
    Ok(record)
}

/// The records of a tenant after number `after`, at most `limit`.
pub(crate) async fn read(
    pool: PgPool,
    place: Place,
    tenant: &TenantId,
    (after, limit): (u64, usize),
) -> Result<Vec<AuditRecord>, StoreError> {
    let rows = sqlx::query(READ)
        .bind(tenant.as_str())
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&pool)
        .await
        .map_err(StoreError::at(place))?;
    rows.iter().map(|row| record(place, tenant, row)).collect()
}

pub(crate) fn record(
    place: Place,
    tenant: &TenantId,
    row: &PgRow,
) -> Result<AuditRecord, StoreError> {
    let failed = StoreError::at(place);
    let hash: Vec<u8> = row.try_get("hash").map_err(failed)?;
    let entry = AuditEntry {
        tenant: tenant.clone(),
        actor: row.try_get("actor").map_err(failed)?,
        action: row.try_get("action").map_err(failed)?,
        resource: row.try_get("resource").map_err(failed)?,
        detail: row.try_get("detail").map_err(failed)?,
        at_us: row.try_get("at_us").map_err(failed)?,
    };
    let number: i64 = row.try_get("number").map_err(failed)?;
    Ok(AuditRecord { number: number.unsigned_abs(), entry, hash: digest(place, &hash)? })
}

/// A digest as a row holds it.
pub(crate) fn digest(place: Place, bytes: &[u8]) -> Result<Sha256, StoreError> {
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| {
        let problem = format!("a digest of {} bytes", bytes.len());
        StoreError::Row { place, problem }
    })?;
    Ok(Sha256::from(bytes))
}
