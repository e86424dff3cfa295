//! The cases: found, read, and taken one after the other.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use ivendor_core::ids::TenantId;
use ivendor_core::request::VerificationRequest;
use ivendor_core::verdict::Verdict;
use ivendor_store::reference::Scope;
use ivendor_store::result::DocumentRef;
use ivendor_store::review::{
    After, Comment, Filter, NextCase, Order, Record, ReviewError, Said, Sort, State as CaseState,
};
use ivendor_store::store::Store as _;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::view::tagged;
use crate::access::Access;
use crate::extract::{Body, Path, Query};
use crate::problem::Problem;
use crate::serve::App;

/// `GET /v1/cases`, `POST /v1/cases/claim`, and a case with its comments.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/v1/cases", get(list))
        .route("/v1/cases/claim", post(claim_next))
        .route("/v1/tenants/{tenant}/cases/{case}", get(read))
        .route("/v1/tenants/{tenant}/cases/{case}/comments", post(comment))
}

/// Which cases, in which order, from where on.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    tenant: Option<TenantId>,
    /// States, separated by commas.
    state: Option<String>,
    r#type: Option<String>,
    reason: Option<String>,
    assignee: Option<String>,
    confidence_min: Option<f32>,
    confidence_max: Option<f32>,
    opened_from: Option<Timestamp>,
    opened_before: Option<Timestamp>,
    #[serde(default)]
    sort: Sort,
    cursor: Option<String>,
    limit: Option<usize>,
}

/// A page of cases.
#[derive(Debug, Serialize)]
struct ListAnswer {
    cases: Vec<Record>,
    /// Send it as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What a person wants next.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ClaimRequest {
    order: Order,
    tenant: Option<TenantId>,
}

/// A case with everything that a person needs for it.
#[derive(Debug, Serialize)]
struct CaseAnswer {
    #[serde(flatten)]
    record: Record,
    /// What was asked.
    request: Option<VerificationRequest>,
    /// What the engine said.
    verdict: Option<Verdict>,
    /// What people said; those of others only where this one cannot be swayed by them any more.
    opinions: Vec<Said>,
    comments: Vec<Comment>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommentRequest {
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

async fn list(
    State(app): State<App>,
    access: Access,
    Query(query): Query<ListQuery>,
) -> Result<Response, Problem> {
    access.needs(&[Scope::Read, Scope::Review, Scope::Admin])?;
    let texts = [&query.r#type, &query.reason, &query.assignee];
    if texts.into_iter().flatten().any(|text| text.len() > 256 || text.contains('\0')) {
        return Err(Problem::wrong("a filter is longer than 256 bytes or holds a zero character"));
    }
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
    Ok(Json(ListAnswer { cases: page.records, next }).into_response())
}

async fn claim_next(
    State(app): State<App>,
    access: Access,
    Body(wanted): Body<ClaimRequest>,
) -> Result<Response, Problem> {
    access.needs(&[Scope::Review, Scope::Admin])?;
    let tenants = tenants(&access, wanted.tenant)?;
    let next = NextCase {
        reviewer: access.reviewer(),
        tenants: tenants.as_deref(),
        order: wanted.order,
        lease: app.settings.lease(),
    };
    match app.cluster.shards.claim_next(next).await? {
        Some(claimed) => Ok(tagged(&claimed.record, &claimed.record)),
        None => Ok(StatusCode::NO_CONTENT.into_response()),
    }
}

async fn read(
    State(app): State<App>,
    access: Access,
    Path((tenant, case)): Path<(TenantId, String)>,
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

async fn comment(
    State(app): State<App>,
    access: Access,
    Path((tenant, case)): Path<(TenantId, String)>,
    Body(comment): Body<CommentRequest>,
) -> Result<StatusCode, Problem> {
    access.may_decide(&tenant)?;
    let written = (access.reviewer().name, comment.body.as_str());
    let done = app.cluster.shards.comment((&tenant, &case), written).await;
    done.map_err(|error: ReviewError| Problem::from(error))?;
    Ok(StatusCode::CREATED)
}
