//! What the store does for others. One suite of tests holds every implementation to it.

use ivendor_core::audit::{AuditEntry, AuditRecord, BrokenChain, ChainEnd};
use ivendor_core::ids::TenantId;
use ivendor_core::result_key::ResultKey;
use ivendor_core::sharding::ShardId;
use ivendor_core::sharding::map::Route;

use crate::error::StoreError;
use crate::outbox::{Lag, Taken};
use crate::result::{DocumentRef, Known, NewResult, Outcome, ReviewCase, StoredResult};

/// Records of a chain that are checked at a time.
const AUDIT_PAGE: usize = 1000;

/// Verdicts, review cases, events and audit logs, each on the shard of its tenant.
pub trait Store: Send + Sync {
    /// Where a tenant's rows are. Whoever must not wait for a shard that is away writes the results
    /// of each shard by themselves.
    fn route(&self, tenant: &TenantId) -> Route;

    /// Stores results and says of each, in their order, what became of it. The verdict, its case
    /// and its event are stored together or not at all, and a result that is there already changes
    /// nothing. A document's latest verdict is its current one. A verdict that wants a person opens
    /// a case, one for a document and its bytes; a later verdict brings an open case up to date or
    /// makes it needless, and never touches one that a person has taken or decided.
    fn write(&self, batch: &[NewResult]) -> impl Future<Output = Vec<Outcome>> + Send;

    /// Says of each result, in their order, whether it is there already.
    fn known(&self, keys: &[ResultKey]) -> impl Future<Output = Vec<Known>> + Send;

    /// Every verdict of a document, the earliest first.
    ///
    /// # Errors
    /// [`StoreError`] where the shard cannot be asked or holds what cannot be read.
    fn history(
        &self,
        of: &DocumentRef,
    ) -> impl Future<Output = Result<Vec<StoredResult>, StoreError>> + Send;

    /// Every case of a document, the first opened first.
    ///
    /// # Errors
    /// As [`Store::history`].
    fn cases(
        &self,
        of: &DocumentRef,
    ) -> impl Future<Output = Result<Vec<ReviewCase>, StoreError>> + Send;

    /// Takes the first `limit` events of a shard's outbox, in the order in which they were written,
    /// or `None` while another one has taken them. They stay until they are done.
    ///
    /// # Errors
    /// As [`Store::history`].
    fn take(
        &self,
        shard: ShardId,
        limit: usize,
    ) -> impl Future<Output = Result<Option<Taken>, StoreError>> + Send;

    /// How far a shard's outbox is behind.
    ///
    /// # Errors
    /// As [`Store::history`].
    fn lag(&self, shard: ShardId) -> impl Future<Output = Result<Lag, StoreError>> + Send;

    /// Appends an entry to its tenant's audit log.
    ///
    /// # Errors
    /// [`StoreError`] where the shard cannot be asked or does not own the tenant.
    fn append_audit(
        &self,
        entry: AuditEntry,
    ) -> impl Future<Output = Result<AuditRecord, StoreError>> + Send;

    /// The records of a tenant's audit log after number `after`, at most `limit`.
    ///
    /// # Errors
    /// As [`Store::history`].
    fn audit(
        &self,
        tenant: &TenantId,
        after: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<AuditRecord>, StoreError>> + Send;

    /// Follows a tenant's audit log from its start to its end.
    ///
    /// # Errors
    /// [`StoreError`] where it cannot be read; the inner [`BrokenChain`] where it was changed.
    fn verify_audit(
        &self,
        tenant: &TenantId,
    ) -> impl Future<Output = Result<Result<ChainEnd, BrokenChain>, StoreError>> + Send {
        async move {
            let mut end = ChainEnd::start();
            loop {
                let records = self.audit(tenant, end.number, AUDIT_PAGE).await?;
                match end.follow(&records) {
                    Ok(next) if records.is_empty() => return Ok(Ok(next)),
                    Ok(next) => end = next,
                    Err(broken) => return Ok(Err(broken)),
                }
            }
        }
    }
}
