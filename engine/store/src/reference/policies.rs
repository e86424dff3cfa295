//! The policies, and which of them is in force for whom.

use ivendor_core::ids::{Sha256, TenantId};
use ivendor_core::policy::Policy;

use super::{Reference, failed, wrong_row};
use crate::error::StoreError;

const PUT: &str = "
insert into policy (digest, name, body) values ($1, $2, $3) on conflict (digest) do nothing";

const ENFORCE: &str = "
insert into policy_in_force (tenant_id, document_type, digest) values ($1, $2, $3)
on conflict (tenant_id, document_type) do update set digest = excluded.digest, since = now()";

/// The closest scope wins: the tenant's own before that of all, and then the type's.
const IN_FORCE: &str = "
select p.body
from policy_in_force f join policy p using (digest)
where (f.tenant_id = $1 or f.tenant_id is null)
    and (f.document_type = $2 or f.document_type is null)
order by f.tenant_id is null, f.document_type is null
limit 1";

impl Reference {
    /// Keeps a policy, given as the text of its file.
    ///
    /// # Errors
    /// [`StoreError::Usage`] where the text is no policy; else where the database fails.
    pub async fn put_policy(&self, text: &str) -> Result<Policy, StoreError> {
        let policy = Policy::parse(text).map_err(|error| StoreError::Usage(error.to_string()))?;
        sqlx::query(PUT)
            .bind(policy.reference().digest.as_bytes().as_slice())
            .bind(&policy.name)
            .bind(text)
            .execute(self.pool())
            .await
            .map_err(failed)?;
        Ok(policy)
    }

    /// Puts a policy in force for a tenant and a type of document, or for all where one is `None`.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails, or does not have the policy.
    pub async fn enforce(
        &self,
        policy: Sha256,
        tenant: Option<&TenantId>,
        document_type: Option<&str>,
    ) -> Result<(), StoreError> {
        sqlx::query(ENFORCE)
            .bind(tenant.map(TenantId::as_str))
            .bind(document_type)
            .bind(policy.as_bytes().as_slice())
            .execute(self.pool())
            .await
            .map(drop)
            .map_err(failed)
    }

    /// The policy for a document: the tenant's own before that of all tenants, and among those the
    /// one for its type before that for all types. `None` where none is in force.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails or holds what is no policy.
    pub async fn policy(
        &self,
        tenant: &TenantId,
        document_type: &str,
    ) -> Result<Option<Policy>, StoreError> {
        let text: Option<String> = sqlx::query_scalar(IN_FORCE)
            .bind(tenant.as_str())
            .bind(document_type)
            .fetch_optional(self.pool())
            .await
            .map_err(failed)?;
        text.map(|text| Policy::parse(&text).map_err(wrong_row)).transpose()
    }
}
