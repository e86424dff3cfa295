//! Who did what: the tenants' audit logs searched, and whether the chain of one is whole.

use axum::Json;
use axum::extract::State;
use ivendor_core::audit::AuditRecord;
use ivendor_core::ids::{Sha256, TenantId};
use ivendor_store::audit_search::{AuditFilter, AuditOrder, AuditPlace};
use ivendor_store::reference::Scope;
use ivendor_store::store::Store as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::cases::{check_texts, tenants};
use crate::access::Access;
use crate::extract::Query;
use crate::problem::{Problem, ProblemBody};
use crate::serve::App;

/// `GET /v1/audit`, `GET /v1/audit/verify`.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(search_audit)).routes(routes!(verify_audit))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct SearchQuery {
    /// In this tenant's log alone; in those of all that the token may see where it is not given.
    tenant: Option<TenantId>,
    /// Who did it.
    #[param(max_length = 128, example = "ann")]
    actor: Option<String>,
    /// To what it was done.
    #[param(max_length = 128, example = "case/6f1e")]
    resource: Option<String>,
    /// What was done.
    #[param(max_length = 128, example = "review.answered")]
    action: Option<String>,
    /// Done at this moment or later.
    from: Option<Timestamp>,
    /// Done before this moment.
    before: Option<Timestamp>,
    /// In which order.
    #[serde(default)]
    #[param(inline, required = false)]
    order: AuditOrder,
    /// The `next` of the page before; of the same filter and order.
    #[param(max_length = 256)]
    cursor: Option<String>,
    /// Records of the page; 100 where it is not given.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<usize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct VerifyQuery {
    /// Whose log.
    tenant: TenantId,
}

/// What somebody did.
#[derive(Debug, Serialize, ToSchema)]
struct AuditEntryAnswer {
    /// In whose log it stands.
    tenant: TenantId,
    /// Its place in the tenant's log, from 1.
    number: u64,
    /// Who.
    actor: String,
    /// What.
    #[schema(example = "review.answered")]
    action: String,
    /// To what.
    resource: String,
    /// With what.
    #[schema(value_type = Object)]
    detail: Value,
    /// Of this record and all before it.
    hash: Sha256,
    /// When.
    at: Option<Timestamp>,
}

/// A page of an audit log.
#[derive(Debug, Serialize, ToSchema)]
struct AuditAnswer {
    /// In the order that was asked for.
    records: Vec<AuditEntryAnswer>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Whether a log is whole.
#[derive(Debug, Default, Serialize, ToSchema)]
struct ChainAnswer {
    /// Whether it is as it was written.
    is_whole: bool,
    /// Its records, where it is whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
    /// The hash of the last record, where it is whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    hash: Option<Sha256>,
    /// The first record that is not as it was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_broken: Option<u64>,
}

fn shown(AuditRecord { number, entry, hash }: AuditRecord) -> AuditEntryAnswer {
    AuditEntryAnswer {
        tenant: entry.tenant,
        number,
        actor: entry.actor,
        action: entry.action,
        resource: entry.resource,
        detail: serde_json::from_str(&entry.detail).unwrap_or_default(),
        hash,
        at: Timestamp::from_microsecond(entry.at_us).ok(),
    }
}

/// Where the next page begins, in text that means nothing to others.
fn cursor(place: &AuditPlace) -> String {
    format!("{:x}.{:x}.{}", place.at_us, place.number, place.tenant)
}

fn read_cursor(text: &str) -> Result<AuditPlace, Problem> {
    let mut parts = text.splitn(3, '.');
    let mut number = || i64::from_str_radix(parts.next()?, 16).ok().filter(|n| *n >= 0);
    let found = number().zip(number());
    let place = found.zip(parts.next()).and_then(|((at_us, number), tenant)| {
        let tenant = tenant.parse().ok()?;
        Some(AuditPlace { at_us, tenant, number: number.unsigned_abs() })
    });
    place.ok_or_else(|| Problem::wrong("the cursor is not one that the log has given"))
}

/// What people did, newest first, over all shards
#[utoipa::path(get, path = "/v1/audit", tag = "audit", params(SearchQuery),
    responses(
        (status = 200, description = "A page of what was done.", body = AuditAnswer),
        (status = 404, description = "`not_found`: the tenant is none that this token may see.",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn search_audit(
    State(app): State<App>,
    access: Access,
    Query(query): Query<SearchQuery>,
) -> Result<Json<AuditAnswer>, Problem> {
    let tenants = tenants(&access, query.tenant)?;
    access.needs(&[Scope::Admin])?;
    check_texts([&query.actor, &query.resource, &query.action])?;
    let filter = AuditFilter {
        tenants,
        actor: query.actor,
        resource: query.resource,
        action: query.action,
        from: query.from,
        before: query.before,
    };
    let after = query.cursor.as_deref().map(read_cursor).transpose()?;
    let from = (query.order, after.as_ref());
    let limit = query.limit.unwrap_or(100);
    let page = app.cluster.shards.search_audit(&filter, from, limit).await?;
    let next = page.next.as_ref().map(cursor);
    Ok(Json(AuditAnswer { records: page.records.into_iter().map(shown).collect(), next }))
}

/// Whether a tenant's audit log is whole
///
/// Each record holds the hash of the one before, so that none can be changed, removed or put in
/// without it showing here.
#[utoipa::path(get, path = "/v1/audit/verify", tag = "audit", params(VerifyQuery),
    responses(
        (status = 200, description = "Whether it is.", body = ChainAnswer),
        (status = 404, description = "`not_found`: the tenant is none that this token may see.",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn verify_audit(
    State(app): State<App>,
    access: Access,
    Query(query): Query<VerifyQuery>,
) -> Result<Json<ChainAnswer>, Problem> {
    access.may_see(&query.tenant)?;
    access.needs(&[Scope::Admin])?;
    Ok(Json(match app.cluster.shards.verify_audit(&query.tenant).await? {
        Ok(end) => ChainAnswer {
            is_whole: true,
            records: Some(end.number),
            hash: Some(end.hash),
            first_broken: None,
        },
        Err(broken) => ChainAnswer { first_broken: Some(broken.number), ..ChainAnswer::default() },
    }))
}
