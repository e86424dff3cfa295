//! The routes together, and the server that answers them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};
use ivendor_settings::ReviewSettings;
use ivendor_store::cluster::Cluster;
use tokio::net::TcpListener;

use crate::guard::{self, Guard};
use crate::page;
use crate::pictures::Pictures;
use crate::problem::Problem;
use crate::routes::{self, statistics::Answers};
use crate::session::SignIns;
use crate::sweep;

/// Bytes of a request's body.
const BODY_LEN_MAX: usize = 256 << 10;

/// What every route has at hand.
#[derive(Debug, Clone)]
pub struct App {
    /// The store.
    pub cluster: Arc<Cluster>,
    /// How reviews run.
    pub settings: Arc<ReviewSettings>,
    /// How often signing in has failed.
    pub sign_ins: Arc<SignIns>,
    /// The pages of documents.
    pub pictures: Arc<Pictures>,
    /// How the queue stood a moment ago.
    pub statistics: Answers,
}

impl App {
    /// Over this store.
    #[must_use]
    pub fn new(cluster: Cluster, settings: ReviewSettings, pictures: Pictures) -> Self {
        let ReviewSettings { sign_ins_failed_max, sign_ins_failed_all_max, .. } = settings;
        let sign_ins = SignIns::new((sign_ins_failed_max, sign_ins_failed_all_max));
        let (cluster, settings) = (Arc::new(cluster), Arc::new(settings));
        let (sign_ins, pictures) = (Arc::new(sign_ins), Arc::new(pictures));
        Self { cluster, settings, sign_ins, pictures, statistics: Answers::default() }
    }
}

/// Every route.
pub fn router(app: App) -> Router {
    let ReviewSettings { requests_max, request_s_max, .. } = *app.settings;
    let time_max = Duration::from_secs(request_s_max.into());
    let bounds = Guard::new(requests_max, time_max);
    Router::new()
        .merge(page::routes())
        .merge(routes::health::routes())
        .merge(routes::cases::routes())
        .merge(routes::leases::routes())
        .merge(routes::decisions::routes())
        .merge(routes::documents::routes())
        .merge(routes::audit::routes())
        .merge(routes::pages::routes())
        .merge(routes::session::routes())
        .merge(routes::statistics::routes())
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async {
            let status = axum::http::StatusCode::METHOD_NOT_ALLOWED;
            Problem::new(status, "method_not_allowed", "this address takes another method")
        })
        .layer(DefaultBodyLimit::max(BODY_LEN_MAX))
        .layer(middleware::from_fn_with_state(bounds, guard::guard))
        .with_state(app)
}

/// Answers until `end` is done, and then what is in hand.
///
/// # Errors
/// Where the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: App,
    end: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let cluster = Arc::clone(&app.cluster);
    let routes = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, routes).with_graceful_shutdown(end);
    tokio::select! {
        ended = async { served.await } => ended,
        () = sweep::for_ever(&cluster) => Ok(()),
    }
}
