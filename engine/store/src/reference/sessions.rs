//! The sessions of people who have signed in with a token. Of a session only its hash is kept.

use ivendor_core::ids::Sha256;
use jiff::{SignedDuration, Timestamp};

use super::access::{Token, TokenRow};
use super::{Reference, failed, wrong_row};
use crate::error::StoreError;

/// Sessions of one token at a time; a new one past it ends the oldest.
const OF_ONE_TOKEN_MAX: i64 = 32;

/// A session that is to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// SHA-256 of its identifier.
    pub hash: Sha256,
    /// SHA-256 of the token with which somebody signed in.
    pub token: Sha256,
    /// What must come beside the cookie where something is to be changed.
    pub csrf: String,
    /// How long it lasts; its token may end before.
    pub length: SignedDuration,
}

/// A session that goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of its identifier.
    pub hash: Sha256,
    /// SHA-256 of its token.
    pub token_hash: Sha256,
    /// What its token allows.
    pub token: Token,
    /// What must come beside the cookie where something is to be changed.
    pub csrf: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

const START: &str = "
with crowd as (
    delete from session where hash in (
        select hash from session where token_hash = $2 order by created_at desc, hash
        offset $5
    )
)
insert into session (hash, token_hash, csrf, expires_at)
select $1, hash, $3, least(from_epoch_us(epoch_us(now()) + $4), expires_at)
from token
where hash = $2 and revoked_at is null and (expires_at is null or expires_at > now())";

const SESSION: &str = "
select s.token_hash, s.csrf, epoch_us(s.expires_at), t.reviewer_id, t.scopes, t.tenants
from session s join token t on t.hash = s.token_hash
where s.hash = $1 and s.expires_at > now() and t.revoked_at is null
    and (t.expires_at is null or t.expires_at > now())";

const END: &str = "delete from session where hash = $1";

const SWEEP: &str = "
delete from session s using token t
where t.hash = s.token_hash and (s.expires_at <= now() or t.revoked_at is not null)";

impl Reference {
    /// Begins a session; `None` where its token is not let in.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn start_session(&self, new: &NewSession) -> Result<Option<Session>, StoreError> {
        sqlx::query(START)
            .bind(new.hash.as_bytes().as_slice())
            .bind(new.token.as_bytes().as_slice())
            .bind(&new.csrf)
            .bind(i64::try_from(new.length.as_micros()).unwrap_or(i64::MAX))
            .bind(OF_ONE_TOKEN_MAX - 1)
            .execute(self.pool())
            .await
            .map_err(failed)?;
        self.session(new.hash).await
    }

    /// The session of this hash; `None` for one that is not known or has ended, also with its
    /// token.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails or holds what cannot be read.
    pub async fn session(&self, hash: Sha256) -> Result<Option<Session>, StoreError> {
        type Row = (Vec<u8>, String, i64, String, Vec<String>, Option<Vec<String>>);
        let row: Option<Row> = sqlx::query_as(SESSION)
            .bind(hash.as_bytes().as_slice())
            .fetch_optional(self.pool())
            .await
            .map_err(failed)?;
        let Some((token_hash, csrf, expires_us, reviewer, scopes, tenants)) = row else {
            return Ok(None);
        };
        let token: TokenRow = (reviewer, scopes, tenants);
        Ok(Some(Session {
            hash,
            token_hash: crate::audit::digest(super::PLACE, &token_hash)?,
            token: Token::read(token)?,
            csrf,
            expires_at: Timestamp::from_microsecond(expires_us).map_err(wrong_row)?,
        }))
    }

    /// Ends a session; says whether it went on before.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn end_session(&self, hash: Sha256) -> Result<bool, StoreError> {
        let end = sqlx::query(END).bind(hash.as_bytes().as_slice());
        let done = end.execute(self.pool()).await.map_err(failed)?;
        Ok(done.rows_affected() > 0)
    }

    /// Removes the sessions that have ended, and says how many.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn sweep_sessions(&self) -> Result<u64, StoreError> {
        let done = sqlx::query(SWEEP).execute(self.pool()).await.map_err(failed)?;
        Ok(done.rows_affected())
    }
}
