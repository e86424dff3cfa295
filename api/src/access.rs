//! Who asks, and what he may: a bearer token, or a session that began with one. Of both only the
//! hash is known here.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use ivendor_core::ids::{Sha256, TenantId};
use ivendor_core::review::case::Reviewer;
use ivendor_core::trace::TraceParent;
use ivendor_store::reference::{Scope, Token};

use crate::limiter::{Limiter, Rate};
use crate::meters::{self, Refused};
use crate::problem::Problem;
use crate::serve::App;
use crate::session::{SignedIn, unknown};
use crate::trace::Onward;

/// What every token begins with, so that one that leaked is found by those who scan for it.
const PREFIX: &str = "ivr_";
/// Tokens that may be in use at a time.
const TOKENS_MAX: usize = 100_000;
/// Bytes of chance in a token.
const CHANCE: usize = 32;
/// Bytes past which nothing is a token.
const TOKEN_LEN_MAX: usize = 128;

/// A new token.
///
/// # Errors
/// Where the system gives no random bytes.
pub fn new_token() -> Result<String, getrandom::Error> {
    Ok(format!("{PREFIX}{}", chance()?))
}

/// 256 bits that nobody can guess. The digest of chance is chance, and is written in hexadecimal
/// digits already.
pub(crate) fn chance() -> Result<Sha256, getrandom::Error> {
    let mut bytes = [0; CHANCE];
    getrandom::fill(&mut bytes)?;
    Ok(Sha256::of(&bytes))
}

/// Whether the text could be a token.
pub(crate) fn is_token(text: &str) -> bool {
    text.len() <= TOKEN_LEN_MAX && text.starts_with(PREFIX)
}

/// What is kept of a token.
#[must_use]
pub fn hash(token: &str) -> Sha256 {
    Sha256::of(token.as_bytes())
}

/// How often a token may ask, with the sessions that began with it.
#[derive(Debug)]
pub struct Rates(Limiter<Sha256>);

impl Rates {
    /// At this rate each.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self(Limiter::new(rate, TOKENS_MAX))
    }

    /// Takes a request of the token of this hash.
    ///
    /// # Errors
    /// [`Problem`] with status 429.
    pub(crate) fn take(&self, token: Sha256) -> Result<(), Problem> {
        self.0.take(token).map_err(|wait| {
            meters::refused(Refused::Rate);
            Problem::too_many("your token asks too often; wait before the next request", wait)
        })
    }
}

/// Whoever sent the request.
#[derive(Debug, Clone)]
pub struct Access {
    token: Token,
    trace: Option<TraceParent>,
}

impl Access {
    /// As the cases know him.
    #[must_use]
    pub fn reviewer(&self) -> Reviewer<'_> {
        let is_senior = self.token.scopes.contains(&Scope::Admin);
        Reviewer { name: &self.token.reviewer, is_senior }
    }

    /// The trace that the request belongs to.
    #[must_use]
    pub fn trace(&self) -> Option<&TraceParent> {
        self.trace.as_ref()
    }

    /// The tenants that he may see; `None` for all.
    #[must_use]
    pub fn tenants(&self) -> Option<Vec<TenantId>> {
        self.token.tenants.as_ref().map(|tenants| tenants.iter().cloned().collect())
    }

    /// Refuses whoever has none of these scopes.
    ///
    /// # Errors
    /// [`Problem`] with status 403.
    pub fn needs(&self, scopes: &[Scope]) -> Result<(), Problem> {
        if scopes.iter().any(|scope| self.token.scopes.contains(scope)) {
            return Ok(());
        }
        let detail = "your token does not allow this; ask for one with another scope";
        Err(Problem::new(StatusCode::FORBIDDEN, "scope_missing", detail))
    }

    /// Whether he may look at anything, and at this tenant's.
    ///
    /// # Errors
    /// [`Problem`]: for a tenant that is not his, as for one that is not there.
    pub fn may_see(&self, tenant: &TenantId) -> Result<(), Problem> {
        self.needs(&[Scope::Read, Scope::Review, Scope::Admin])?;
        let is_his = self.token.tenants.as_ref().is_none_or(|tenants| tenants.contains(tenant));
        if is_his { Ok(()) } else { Err(Problem::not_found()) }
    }

    /// Whether he may decide this tenant's cases.
    ///
    /// # Errors
    /// As [`Access::may_see`].
    pub fn may_decide(&self, tenant: &TenantId) -> Result<(), Problem> {
        self.may_see(tenant)?;
        self.needs(&[Scope::Review, Scope::Admin])
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

impl FromRequestParts<App> for Access {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let trace = parts.extensions.get::<Onward>().map(|Onward(trace)| trace.clone());
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            let SignedIn(session) = SignedIn::read(parts, app).await?;
            return Ok(Self { token: session.token, trace });
        }
        // Whoever sends a token means it, whatever the browser adds.
        let token = bearer(&parts.headers).filter(|token| is_token(token));
        let hash = hash(token.ok_or_else(unknown)?);
        let found = app.tokens.get(&hash, app.cluster.reference.token(hash)).await?;
        let token = found.ok_or_else(unknown)?;
        app.rates.take(hash)?;
        Ok(Self { token, trace })
    }
}
