//! Decisions: given, and taken back within the grace period.

use axum::extract::State;
use axum::response::Response;
use ivendor_core::ids::TenantId;
use ivendor_core::review::answer::Answer;
use ivendor_store::reference::TenantKey;
use ivendor_store::review::{Change, Record, Request};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{CasePath, tagged};
use crate::access::Access;
use crate::extract::{Body, Conditions, Path};
use crate::problem::{Problem, ProblemBody};
use crate::serve::App;

/// `POST` and `DELETE /v1/tenants/{tenant}/cases/{case}/decision`.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(decide, undo))
}

/// An answer under a lease.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecisionRequest {
    /// The fencing token of the lease.
    fence: u64,
    answer: Answer,
    /// In his own words.
    #[schema(max_length = 4096)]
    #[serde(default)]
    note: String,
}

/// Whoever wants to change which case, under which conditions.
pub(super) struct Asked {
    pub(super) access: Access,
    pub(super) of: CasePath,
    pub(super) conditions: Conditions,
}

/// Changes a case and gives it as it is then.
pub(super) async fn change(app: &App, asked: Asked, change: Change) -> Result<Response, Problem> {
    let Asked { access, of: CasePath { tenant, case }, conditions } = asked;
    access.may_decide(&tenant)?;
    let share = match &change {
        Change::Decide { .. } => second_opinion_share(app, &tenant).await?,
        _ => 0.0,
    };
    let request = Request {
        reviewer: access.reviewer(),
        version: conditions.version,
        key: conditions.key.as_deref(),
        lease: app.settings.lease(),
        grace: app.settings.grace(),
        second_opinion_share: share,
        traceparent: access.trace(),
    };
    let changed = app.cluster.shards.change((&tenant, &case), &change, request).await?;
    Ok(tagged(&changed.record, &changed.record))
}

async fn second_opinion_share(app: &App, tenant: &TenantId) -> Result<f64, Problem> {
    let set = app.cluster.reference.settings(tenant).await?;
    let share = TenantKey::SecondOpinionShare.of(&set);
    Ok(share.unwrap_or(app.settings.second_opinion_share))
}

/// Answers a case
///
/// The answer counts under the lease alone whose `fence` it names, so that nobody decides what
/// somebody else holds.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/cases/{case}/decision", tag = "decisions",
    params(CasePath, Conditions), request_body = DecisionRequest,
    responses(
        (status = 200, description = "The case, as it is with this answer.", body = Record,
            headers(("ETag" = String, description = "Its version."))),
        (status = 409, description = "`lease_lost`: it has ended, or somebody else has it now; \
            `case_closed`; `has_answered`; `not_senior`; `nothing_above`: it was escalated \
            already.",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`answer_wrong`: the detail says why; `request_wrong`; \
            `idempotency_key_reused`: sent with another request.",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn decide(
    State(app): State<App>,
    access: Access,
    Path(of): Path<CasePath>,
    (conditions, Body(wanted)): (Conditions, Body<DecisionRequest>),
) -> Result<Response, Problem> {
    let DecisionRequest { fence, answer, note } = wanted;
    change(&app, Asked { access, of, conditions }, Change::Decide { fence, answer, note }).await
}

/// Takes the own last answer back
///
/// That is possible for `grace_s` of the session.
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/cases/{case}/decision", tag = "decisions",
    params(CasePath, Conditions),
    responses(
        (status = 200, description = "The case, held again.", body = Record,
            headers(("ETag" = String, description = "Its version."))),
        (status = 409, description = "`nothing_to_undo`: this person has given no answer, or \
            somebody has come after; `too_late`; `case_taken`; `case_closed`.",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`idempotency_key_reused`: sent with another request.",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn undo(
    State(app): State<App>,
    access: Access,
    Path(of): Path<CasePath>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    change(&app, Asked { access, of, conditions }, Change::Undo).await
}
