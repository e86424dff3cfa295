//! The tokens of the people in these tests.

use ivendor_api::access::{hash, new_token};
use ivendor_store::reference::{NewToken, Reference, Scope, Token};

/// A token of this person for these tenants; for all where none is named.
pub(crate) async fn token(
    reference: &Reference,
    name: &str,
    (scopes, tenants): (&[Scope], &[&str]),
) -> String {
    let token = new_token().unwrap();
    reference.put_reviewer(name, name).await.unwrap();
    let tenants = tenants.iter().map(|tenant| tenant.parse().unwrap()).collect();
    let allows = Token {
        reviewer: name.to_owned(),
        scopes: scopes.iter().copied().collect(),
        tenants: Some(tenants).filter(|all: &std::collections::BTreeSet<_>| !all.is_empty()),
    };
    let new = NewToken { hash: hash(&token), token: allows, expires_at: None };
    reference.add_token(&new).await.unwrap();
    token
}
