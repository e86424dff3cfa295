//! The cases: found, read, and taken one after the other.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use ivendor_core::ids::TenantId;
use ivendor_core::request::VerificationRequest;
use ivendor_core::verdict::Verdict;
use ivendor_store::reference::Scope;
use ivendor_store::result::DocumentRef;
use ivendor_store::review::{
    After, Comment, Filter, NewComment, NextCase, Order, Record, ReviewError, Said, Sort,
    State as CaseState,
};
use ivendor_store::store::Store as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::view::{CasePath, tagged};
use crate::access::Access;
use crate::extract::{Body, KeyOnly, Path, Query};
use crate::problem::{Problem, ProblemBody};
use crate::serve::App;

/// `GET /v1/cases`, `POST /v1/cases/claim`, and a case with its comments.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_cases))
        .routes(routes!(claim_next))
        .routes(routes!(read_case))
        .routes(routes!(comment))
}

/// Which cases, in which order, from where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Of this tenant alone; of all that the token may see where it is not given.
    tenant: Option<TenantId>,
    /// In one of these states, separated by commas.
    #[param(
        pattern = "^(open|claimed|escalated|decided|superseded)\
        (,(open|claimed|escalated|decided|superseded))*$",
        example = "open,escalated"
    )]
    state: Option<String>,
    /// Of this type of document.
    #[param(max_length = 64, example = "invoice")]
    r#type: Option<String>,
    /// With this reason among theirs.
    #[param(max_length = 64, example = "claim.total.mismatch")]
    reason: Option<String>,
    /// In this person's hand.
    #[param(max_length = 64)]
    assignee: Option<String>,
    /// With a confidence from here on.
    #[param(minimum = 0, maximum = 1)]
    confidence_min: Option<f32>,
    /// With a confidence up to here.
    #[param(minimum = 0, maximum = 1)]
    confidence_max: Option<f32>,
    /// Opened at this moment or later.
    opened_from: Option<Timestamp>,
    /// Opened before this moment.
    opened_before: Option<Timestamp>,
    /// In which order.
    #[serde(default)]
    #[param(inline, required = false)]
    sort: Sort,
    /// The `next` of the page before; of the same filter and order.
    #[param(pattern = "^[0-9a-f]{17,128}$")]
    cursor: Option<String>,
    /// Cases of the page; 50 where it is not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<usize>,
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
struct ListAnswer {
    /// In the order that was asked for.
    cases: Vec<Record>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What a person wants next.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct ClaimRequest {
    /// Which case comes first.
    order: Order,
    /// Of this tenant alone; of all that the token may see where it is not given.
    tenant: Option<TenantId>,
}

/// A case with everything that a person needs for it.
#[derive(Debug, Serialize, ToSchema)]
struct CaseAnswer {
    #[serde(flatten)]
    record: Record,
    /// What was asked.
    request: Option<VerificationRequest>,
    /// What the engine said.
    verdict: Option<Verdict>,
    /// What people said; those of others only where this one cannot be swayed by them any more.
    opinions: Vec<Said>,
    /// What people wrote beside it.
    comments: Vec<Comment>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CommentRequest {
    /// In his own words.
    #[schema(min_length = 1, max_length = 4096)]
    body: String,
}

/// Where the next page begins, in digits that mean nothing to others.
fn cursor(after: &After) -> String {
    format!("{:016x}{}", after.value.to_bits(), after.case_id)
}

fn read_cursor(text: &str) -> Result<After, Problem> {
    let wrong = || Problem::wrong("the cursor is not one that a list has given");
    let is_hex = text.len() <= 128 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (value, case_id) = text.split_at_checked(16).filter(|_| is_hex).ok_or_else(wrong)?;
    let bits = u64::from_str_radix(value, 16).map_err(|_| wrong())?;
    let value = f64::from_bits(bits);
    // Past it there is no moment that a database could hold.
    if !(0.0..=2.0e17).contains(&value) {
        return Err(wrong());
    }
    Ok(After { value, case_id: case_id.to_owned() })
}

fn states(text: &str) -> Result<Vec<CaseState>, Problem> {
    let state = |name: &str| {
        let known = CaseState::ALL.into_iter().find(|state| state.name() == name);
        known.ok_or_else(|| {
            let names = CaseState::ALL.map(CaseState::name).join(", ");
            Problem::wrong(format!("state must name some of {names}, with commas between"))
        })
    };
    text.split(',').map(state).collect()
}

/// Refuses texts to look for that no row can hold.
pub(super) fn check_texts(texts: [&Option<String>; 3]) -> Result<(), Problem> {
    if texts.into_iter().flatten().any(|text| text.len() > 256 || text.contains('\0')) {
        return Err(Problem::wrong("a filter is longer than 256 bytes or holds a zero character"));
    }
    Ok(())
}

/// The tenants that are asked for, as far as they are this person's.
pub(super) fn tenants(
    access: &Access,
    wanted: Option<TenantId>,
) -> Result<Option<Vec<TenantId>>, Problem> {
    match wanted {
        None => Ok(access.tenants()),
        Some(tenant) => {
            access.may_see(&tenant)?;
            Ok(Some(vec![tenant]))
        }
    }
}

/// Cases, page by page, over all shards
#[utoipa::path(get, path = "/v1/cases", tag = "cases", params(ListQuery),
    responses(
        (status = 200, description = "A page of cases.", body = ListAnswer),
        (status = 404, description = "`not_found`: the tenant is none that this token may see.",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn list_cases(
    State(app): State<App>,
    access: Access,
    Query(query): Query<ListQuery>,
) -> Result<Json<ListAnswer>, Problem> {
    access.needs(&[Scope::Read, Scope::Review, Scope::Admin])?;
    check_texts([&query.r#type, &query.reason, &query.assignee])?;
    let filter = Filter {
        tenants: tenants(&access, query.tenant)?,
        states: query.state.as_deref().map(states).transpose()?.unwrap_or_default(),
        document_type: query.r#type,
        reason: query.reason,
        assignee: query.assignee,
        confidence_min: query.confidence_min,
        confidence_max: query.confidence_max,
        opened_from: query.opened_from,
        opened_before: query.opened_before,
    };
    let after = query.cursor.as_deref().map(read_cursor).transpose()?;
    let from = (query.sort, after.as_ref());
    let page = app.cluster.shards.list(&filter, from, query.limit.unwrap_or(50)).await?;
    let next = page.next.as_ref().map(cursor);
    Ok(Json(ListAnswer { cases: page.records, next }))
}

/// Takes the next case
///
/// Nobody gets a case that somebody else holds. With a key, a repeat gets the case of the first
/// time, as it was then. It is held for `lease_s` of the session.
#[utoipa::path(post, path = "/v1/cases/claim", tag = "cases", params(KeyOnly),
    request_body = ClaimRequest,
    responses(
        (status = 200, description = "The case, held.", body = Record,
            headers(("ETag" = String, description = "Its version."))),
        (status = 204, description = "None is free."),
        (status = 409, description = "`request_in_progress`: the first request with this key is \
            on its way.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`request_wrong`; `idempotency_key_reused`: sent with \
            another request.", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: the tenant is none that this token may see.",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn claim_next(
    State(app): State<App>,
    access: Access,
    (KeyOnly(key), Body(wanted)): (KeyOnly, Body<ClaimRequest>),
) -> Result<Response, Problem> {
    access.needs(&[Scope::Review, Scope::Admin])?;
    let tenants = tenants(&access, wanted.tenant)?;
    let next = NextCase {
        reviewer: access.reviewer(),
        tenants: tenants.as_deref(),
        order: wanted.order,
        lease: app.settings.lease(),
        traceparent: access.trace(),
    };
    let shards = &app.cluster.shards;
    let claimed = match &key {
        None => shards.claim_next(next).await?,
        Some(key) => shards.claim_next_once(next, key).await?,
    };
    match claimed {
        Some(claimed) => Ok(tagged(&claimed.record, &claimed.record)),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

/// A case with everything that a person needs for it
#[utoipa::path(get, path = "/v1/tenants/{tenant}/cases/{case}", tag = "cases", params(CasePath),
    responses((status = 200, description = "The case.", body = CaseAnswer,
        headers(("ETag" = String, description = "Its version.")))))]
async fn read_case(
    State(app): State<App>,
    access: Access,
    Path(CasePath { tenant, case }): Path<CasePath>,
) -> Result<Response, Problem> {
    access.may_see(&tenant)?;
    let (record, opinions, comments) = app.cluster.shards.case(&tenant, &case).await?;
    let of = DocumentRef { tenant, document: record.document_id.clone() };
    let history = app.cluster.shards.history(&of).await?;
    let about = history.into_iter().find(|result| result.key == record.result_key);
    let (request, verdict) = about.map(|result| (result.request, result.verdict)).unzip();
    let opinions = seen_by(&access, &record, opinions);
    let answer = CaseAnswer { record, request, verdict, opinions, comments };
    Ok(tagged(&answer.record, &answer))
}

/// Of two people who decide a case neither sees the other's opinion before it is decided or is for
/// somebody senior.
fn seen_by(access: &Access, record: &Record, opinions: Vec<Said>) -> Vec<Said> {
    let reviewer = access.reviewer();
    let is_open = record.state != CaseState::Decided;
    let is_blind = is_open && !(record.is_escalated && reviewer.is_senior);
    opinions.into_iter().filter(|said| !is_blind || said.reviewer == reviewer.name).collect()
}

/// Writes a comment beside a case
#[utoipa::path(post, path = "/v1/tenants/{tenant}/cases/{case}/comments", tag = "cases",
    params(CasePath, KeyOnly), request_body = CommentRequest,
    responses(
        (status = 201, description = "It is written."),
        (status = 422, description = "`answer_wrong`: it is empty, too long or has a zero \
            character; `request_wrong`; `idempotency_key_reused`: sent with another request.",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn comment(
    State(app): State<App>,
    access: Access,
    Path(CasePath { tenant, case }): Path<CasePath>,
    (KeyOnly(key), Body(comment)): (KeyOnly, Body<CommentRequest>),
) -> Result<StatusCode, Problem> {
    access.may_decide(&tenant)?;
    let reviewer = access.reviewer();
    let written = NewComment { author: reviewer.name, body: &comment.body, key: key.as_deref() };
    let done = app.cluster.shards.comment((&tenant, &case), written).await;
    done.map_err(|error: ReviewError| Problem::from(error))?;
    Ok(StatusCode::CREATED)
}
