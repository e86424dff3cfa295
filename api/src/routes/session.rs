//! Signing in at the page with a token, and out again.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use ivendor_core::ids::TenantId;
use ivendor_store::reference::{NewSession, Scope, Session, Token};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{self, chance, hash};
use crate::extract::Body;
use crate::meters::{self, Refused};
use crate::problem::{Problem, ProblemBody};
use crate::serve::App;
use crate::session::{COOKIE, PREFIX, SignedIn, unknown};

/// `POST`, `GET` and `DELETE /v1/session`.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(sign_in, read_session, sign_out))
}

/// What lets a person in.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SignInRequest {
    /// A token, as `ivendor-review token create` prints it.
    #[schema(example = "ivr_…")]
    token: String,
}

/// Who has signed in, what he may, and what his page must know.
#[derive(Debug, Serialize, ToSchema)]
struct SessionAnswer {
    /// Who.
    reviewer: String,
    /// What he may.
    scopes: Vec<Scope>,
    /// His tenants; null for all.
    tenants: Option<Vec<TenantId>>,
    /// Send it as `X-CSRF-Token` with whatever changes something.
    csrf: String,
    /// When the session ends.
    expires_at: Timestamp,
    /// Seconds that a lease lasts.
    lease_s: u32,
    /// Seconds within which an answer can be taken back.
    grace_s: u32,
}

fn answer(app: &App, session: Session) -> SessionAnswer {
    let Session { token: Token { reviewer, scopes, tenants }, csrf, expires_at, .. } = session;
    SessionAnswer {
        reviewer,
        scopes: scopes.into_iter().collect(),
        tenants: tenants.map(|tenants| tenants.into_iter().collect()),
        csrf,
        expires_at,
        lease_s: app.settings.lease_s,
        grace_s: app.settings.grace_s,
    }
}

/// The header that keeps a session in the browser, or with nothing in it takes it from there.
fn keep(session: &str) -> Result<HeaderMap, Problem> {
    let end = if session.is_empty() { "; Max-Age=0" } else { "" };
    let text = format!("{COOKIE}={session}; Path=/; Secure; HttpOnly; SameSite=Strict{end}");
    let cookie = HeaderValue::from_str(&text).map_err(|_| unknown())?;
    Ok(HeaderMap::from_iter([(header::SET_COOKIE, cookie)]))
}

/// Signs in
///
/// The cookie of the answer stands for the token from then on.
#[utoipa::path(post, path = "/v1/session", tag = "session", request_body = SignInRequest,
    responses(
        (status = 200, description = "Who has signed in.", body = SessionAnswer,
            headers(("Set-Cookie" = String, description = "The session."))),
        (status = 429, description = "`too_many_requests`: signing in has failed too often.",
            body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u64, description = "Seconds to wait."))),
    ))]
async fn sign_in(
    State(app): State<App>,
    from: Option<Extension<ConnectInfo<SocketAddr>>>,
    Body(wanted): Body<SignInRequest>,
) -> Result<Response, Problem> {
    let from: Option<IpAddr> = from.map(|Extension(ConnectInfo(address))| address.ip());
    app.sign_ins.begin(from).map_err(|wait| {
        meters::refused(Refused::SignIn);
        Problem::too_many("signing in has failed too often; wait before the next try", wait)
    })?;
    if !access::is_token(&wanted.token) {
        return Err(unknown());
    }
    let no_chance = |error: getrandom::Error| {
        tracing::error!(%error, "the system gives no random bytes");
        Problem::busy("no session can be made now; try again in a second")
    };
    let id = format!("{PREFIX}{}", chance().map_err(no_chance)?);
    let new = NewSession {
        hash: hash(&id),
        token: hash(&wanted.token),
        csrf: chance().map_err(no_chance)?.to_string(),
        length: SignedDuration::from_secs(app.settings.session_s_max.into()),
    };
    let started = app.cluster.reference.start_session(&new).await?;
    let session = started.ok_or_else(unknown)?;
    app.sign_ins.succeeded(from);
    Ok((keep(&id)?, Json(answer(&app, session))).into_response())
}

/// Who has signed in
#[utoipa::path(get, path = "/v1/session", tag = "session", security(("session" = [])),
    responses((status = 200, description = "Whose session it is.", body = SessionAnswer)))]
async fn read_session(State(app): State<App>, SignedIn(session): SignedIn) -> Json<SessionAnswer> {
    Json(answer(&app, session))
}

/// Signs out
#[utoipa::path(delete, path = "/v1/session", tag = "session",
    security(("session" = [], "csrf" = [])),
    responses((status = 204, description = "The session has ended.",
        headers(("Set-Cookie" = String, description = "Takes the session from the browser.")))))]
async fn sign_out(
    State(app): State<App>,
    SignedIn(session): SignedIn,
) -> Result<Response, Problem> {
    app.cluster.reference.end_session(session.hash).await?;
    app.sessions.forget(&session.hash);
    Ok((StatusCode::NO_CONTENT, keep("")?).into_response())
}
