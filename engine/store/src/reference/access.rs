//! The reviewers, and the tokens that let them in. Of a token only its hash is kept.

use std::collections::BTreeSet;

use ivendor_core::ids::{Sha256, TenantId};
use jiff::Timestamp;
use serde::Serialize;

use super::{Reference, failed, wrong_row};
use crate::error::StoreError;

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// To decide cases.
    Review,
    /// To change how the deployment works.
    Admin,
    /// To look.
    Read,
}

impl Scope {
    fn text(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Admin => "admin",
            Self::Read => "read",
        }
    }

    fn read(text: &str) -> Result<Self, StoreError> {
        [Self::Review, Self::Admin, Self::Read]
            .into_iter()
            .find(|scope| scope.text() == text)
            .ok_or_else(|| wrong_row(format!("the scope {text:?}")))
    }
}

/// A token that is to be let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// SHA-256 of the token.
    pub hash: Sha256,
    /// What it allows.
    pub token: Token,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
}

/// What a token that is let in allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose it is.
    pub reviewer: String,
    /// What it allows.
    pub scopes: BTreeSet<Scope>,
    /// Of which tenants; `None` for all.
    pub tenants: Option<BTreeSet<TenantId>>,
}

/// The reviewer, the scopes and the tenants of a token.
pub(super) type TokenRow = (String, Vec<String>, Option<Vec<String>>);

impl Token {
    pub(super) fn read((reviewer, scopes, tenants): TokenRow) -> Result<Self, StoreError> {
        let tenant = |text: String| TenantId::try_from(text).map_err(wrong_row);
        let tenants = tenants.map(|t| t.into_iter().map(tenant).collect::<Result<_, _>>());
        let scopes = scopes.iter().map(|text| Scope::read(text)).collect::<Result<_, _>>()?;
        Ok(Self { reviewer, scopes, tenants: tenants.transpose()? })
    }
}

const PUT_REVIEWER: &str = "
insert into reviewer (reviewer_id, name) values ($1, $2)
on conflict (reviewer_id) do update set name = excluded.name";

const ADD_TOKEN: &str = "
insert into token (hash, reviewer_id, scopes, tenants, expires_at)
values ($1, $2, $3, $4, from_epoch_us($5))";

const TOKEN: &str = "
select reviewer_id, scopes, tenants from token
where hash = $1 and revoked_at is null and (expires_at is null or expires_at > now())";

const REVOKE: &str = "
update token set revoked_at = now() where hash = $1 and revoked_at is null";

impl Reference {
    /// Adds a reviewer, or changes the name.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn put_reviewer(&self, reviewer: &str, name: &str) -> Result<(), StoreError> {
        let put = sqlx::query(PUT_REVIEWER).bind(reviewer).bind(name);
        put.execute(self.pool()).await.map(drop).map_err(failed)
    }

    /// Lets a token in.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails, does not know the reviewer, or has the token.
    pub async fn add_token(&self, new: &NewToken) -> Result<(), StoreError> {
        let Token { reviewer, scopes, tenants } = &new.token;
        let tenants = tenants.as_ref().map(|t| t.iter().map(ToString::to_string).collect());
        sqlx::query(ADD_TOKEN)
            .bind(new.hash.as_bytes().as_slice())
            .bind(reviewer)
            .bind(scopes.iter().map(|scope| scope.text()).collect::<Vec<_>>())
            .bind::<Option<Vec<String>>>(tenants)
            .bind(new.expires_at.map(Timestamp::as_microsecond))
            .execute(self.pool())
            .await
            .map(drop)
            .map_err(failed)
    }

    /// What the token of this hash allows; `None` for one that is not known, has ended or was
    /// revoked.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails or holds what cannot be read.
    pub async fn token(&self, hash: Sha256) -> Result<Option<Token>, StoreError> {
        let row: Option<TokenRow> = sqlx::query_as(TOKEN)
            .bind(hash.as_bytes().as_slice())
            .fetch_optional(self.pool())
            .await
            .map_err(failed)?;
        row.map(Token::read).transpose()
    }

    /// Lets a token in no more; says whether it was let in before.
    ///
    /// # Errors
    /// [`StoreError`] where the database fails.
    pub async fn revoke_token(&self, hash: Sha256) -> Result<bool, StoreError> {
        let revoke = sqlx::query(REVOKE).bind(hash.as_bytes().as_slice());
        let done = revoke.execute(self.pool()).await.map_err(failed)?;
        Ok(done.rows_affected() > 0)
    }
}
