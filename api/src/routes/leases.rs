//! The lease of a case: taken, renewed, given back.

use axum::extract::State;
use axum::response::Response;
use ivendor_store::review::{Change, Record};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::decisions::{Asked, change};
use super::view::CasePath;
use crate::access::Access;
use crate::extract::{Body, Conditions, Path, Query};
use crate::problem::{Problem, ProblemBody};
use crate::serve::App;

/// `POST`, `PUT` and `DELETE /v1/tenants/{tenant}/cases/{case}/lease`.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(claim, renew, release))
}

/// The fencing token of a lease.
#[derive(Debug, Deserialize, IntoParams, ToSchema)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Fence {
    /// The `fence` of the case as it was taken.
    fence: u64,
}

/// Takes this case
///
/// It is held for `lease_s` of the session, and nobody else can decide it.
#[utoipa::path(post, path = "/v1/tenants/{tenant}/cases/{case}/lease", tag = "leases",
    params(CasePath, Conditions),
    responses(
        (status = 200, description = "The case, held.", body = Record,
            headers(("ETag" = String, description = "Its version."))),
        (status = 409, description = "`case_taken`: somebody else holds it; `case_closed`; \
            `has_answered`: this person has given an opinion; `not_senior`: it was escalated.",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`idempotency_key_reused`: sent with another request.",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn claim(
    State(app): State<App>,
    access: Access,
    Path(of): Path<CasePath>,
    conditions: Conditions,
) -> Result<Response, Problem> {
    change(&app, Asked { access, of, conditions }, Change::Claim).await
}

/// Renews the lease
#[utoipa::path(put, path = "/v1/tenants/{tenant}/cases/{case}/lease", tag = "leases",
    params(CasePath, Conditions), request_body = Fence,
    responses(
        (status = 200, description = "The case, held for longer.", body = Record,
            headers(("ETag" = String, description = "Its version."))),
        (status = 409, description = "`lease_lost`: it has ended, or somebody else has it now.",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn renew(
    State(app): State<App>,
    access: Access,
    Path(of): Path<CasePath>,
    (conditions, Body(Fence { fence })): (Conditions, Body<Fence>),
) -> Result<Response, Problem> {
    change(&app, Asked { access, of, conditions }, Change::Renew { fence }).await
}

/// Gives the case back
#[utoipa::path(delete, path = "/v1/tenants/{tenant}/cases/{case}/lease", tag = "leases",
    params(CasePath, Conditions, Fence),
    responses(
        (status = 200, description = "The case, free again.", body = Record,
            headers(("ETag" = String, description = "Its version."))),
        (status = 409, description = "`lease_lost`: it has ended, or somebody else has it now.",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`idempotency_key_reused`: sent with another request.",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn release(
    State(app): State<App>,
    access: Access,
    Path(of): Path<CasePath>,
    (conditions, Query(Fence { fence })): (Conditions, Query<Fence>),
) -> Result<Response, Problem> {
    change(&app, Asked { access, of, conditions }, Change::Release { fence }).await
}
