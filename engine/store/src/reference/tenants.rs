//! The tenants, and what each of them has set.

use std::collections::BTreeMap;

use ivendor_core::ids::TenantId;
use serde_json::Value;

use super::{Reference, failed, wrong_row};
use crate::error::StoreError;

const PUT: &str = "
insert into tenant (tenant_id, name) values ($1, $2)
on conflict (tenant_id) do update set name = excluded.name";

const ALL: &str = "select tenant_id, name from tenant order by tenant_id";

/// A tenant that is set something is known from then on.
const SET: &str = "
with known as (
    insert into tenant (tenant_id, name) values ($1, $1) on conflict do nothing
)
insert into tenant_setting (tenant_id, key, value) values ($1, $2, $3::jsonb)
on conflict (tenant_id, key) do update set value = excluded.value, changed_at = now()";

const SETTINGS: &str = "
select key, value::text from tenant_setting where tenant_id = $1";

impl Reference {
    /// Adds a tenant, or changes its name.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn put_tenant(&self, tenant: &TenantId, name: &str) -> Result<(), StoreError> {
        let put = sqlx::query(PUT).bind(tenant.as_str()).bind(name);
        put.execute(self.pool()).await.map(drop).map_err(failed)
    }

    /// Every tenant with its name.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails or holds what cannot be read.
    pub async fn tenants(&self) -> Result<BTreeMap<TenantId, String>, StoreError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as(ALL).fetch_all(self.pool()).await.map_err(failed)?;
        let tenant = |(id, name): (String, String)| Ok((id.try_into().map_err(wrong_row)?, name));
        rows.into_iter().map(tenant).collect()
    }

    /// Sets one key of a tenant, and adds a tenant that is not known.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn set(&self, tenant: &TenantId, key: &str, value: &Value) -> Result<(), StoreError> {
        let set = sqlx::query(SET).bind(tenant.as_str()).bind(key).bind(value.to_string());
        set.execute(self.pool()).await.map(drop).map_err(failed)
    }

    /// Everything that a tenant has set; nothing for one that is not known.
    ///
    /// # Errors
    /// As [`Reference::tenants`].
    pub async fn settings(&self, tenant: &TenantId) -> Result<BTreeMap<String, Value>, StoreError> {
        let rows: Vec<(String, String)> = sqlx::query_as(SETTINGS)
            .bind(tenant.as_str())
            .fetch_all(self.pool())
            .await
            .map_err(failed)?;
        let setting = |(key, value): (String, String)| {
            Ok((key, serde_json::from_str(&value).map_err(wrong_row)?))
        };
        rows.into_iter().map(setting).collect()
    }
}
