//! One room a resource: its routes on top, then its requests and answers, then its handlers.

pub mod audit;
pub mod cases;
pub mod decisions;
pub mod documents;
pub mod health;
pub mod leases;
pub mod pages;
pub mod session;
pub mod statistics;
mod view;

use utoipa::OpenApi as _;
use utoipa_axum::router::OpenApiRouter;

use crate::openapi;
use crate::serve::App;

/// Every route of the API, with its description.
pub(crate) fn api() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::Base::openapi())
        .merge(cases::routes())
        .merge(leases::routes())
        .merge(decisions::routes())
        .merge(documents::routes())
        .merge(pages::routes())
        .merge(statistics::routes())
        .merge(audit::routes())
        .merge(session::routes())
        .merge(health::routes())
        .merge(openapi::routes())
}
