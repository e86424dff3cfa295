//! The routes together, and the server that answers them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::{Router, middleware};
use axum_server::tls_rustls::RustlsAcceptor;
use axum_server::{Handle, Server};
use ivendor_core::ids::Sha256;
use ivendor_settings::ReviewSettings;
use ivendor_store::cluster::Cluster;
use ivendor_store::reference::{Session, Token};
use tokio::net::TcpListener;

use crate::access::Rates;
use crate::guard::{self, Guard};
use crate::kept::Kept;
use crate::limiter::Rate;
use crate::meters;
use crate::openapi;
use crate::page;
use crate::pictures::Pictures;
use crate::problem::Problem;
use crate::routes::{self, statistics::Answers};
use crate::session::SignIns;
use crate::sweep;
use crate::tls;
use crate::trace;

/// Bytes of a request's body.
const BODY_LEN_MAX: usize = 256 << 10;

/// Tokens, and sessions, of which it is remembered whose they are.
const TOKENS_KEPT_MAX: usize = 10_000;

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
    /// Whose a token is.
    pub tokens: Arc<Kept<Sha256, Token>>,
    /// Whose a session is.
    pub sessions: Arc<Kept<Sha256, Session>>,
    /// How often each of them asks.
    pub rates: Arc<Rates>,
}

impl App {
    /// Over this store.
    #[must_use]
    pub fn new(cluster: Cluster, settings: ReviewSettings, pictures: Pictures) -> Self {
        let ReviewSettings { sign_ins_failed_max, sign_ins_failed_all_max, .. } = settings;
        let sign_ins = SignIns::new((sign_ins_failed_max, sign_ins_failed_all_max));
        let kept = Duration::from_millis(settings.tokens_kept_ms.into());
        let rate = Rate {
            at_once: settings.requests_of_one_at_once,
            per_minute: settings.requests_of_one_per_minute,
        };
        Self {
            cluster: Arc::new(cluster),
            settings: Arc::new(settings),
            sign_ins: Arc::new(sign_ins),
            pictures: Arc::new(pictures),
            statistics: Answers::default(),
            tokens: Arc::new(Kept::new(kept, TOKENS_KEPT_MAX)),
            sessions: Arc::new(Kept::new(kept, TOKENS_KEPT_MAX)),
            rates: Arc::new(Rates::new(rate)),
        }
    }
}

/// Every route.
pub fn router(app: App) -> Router {
    let bounds = Guard::new(app.settings.requests_max, app.settings.request_time());
    Router::new()
        .merge(routes::api())
        .merge(openapi::page())
        .merge(page::routes())
        .fallback(|| async { Problem::not_found() })
        .method_not_allowed_fallback(|| async {
            let status = axum::http::StatusCode::METHOD_NOT_ALLOWED;
            Problem::new(status, "method_not_allowed", "this address takes another method")
        })
        .layer(DefaultBodyLimit::max(BODY_LEN_MAX))
        .layer(middleware::from_fn_with_state(bounds, guard::guard))
        .layer(middleware::from_fn(trace::trace))
        .with_state(app)
}

/// Answers until `end` is done, and then what is in hand. Where the settings name a certificate,
/// it answers over TLS alone.
///
/// # Errors
/// Where the listener fails, or the certificate cannot be used.
pub async fn serve(
    listener: TcpListener,
    app: App,
    end: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    meters::install();
    let (cluster, settings) = (Arc::clone(&app.cluster), Arc::clone(&app.settings));
    let tls = tls::config(&settings)?;
    let routes = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let handle = Handle::new();
    let (time, ending) = (settings.request_time(), handle.clone());
    let end = async move {
        end.await;
        ending.graceful_shutdown(Some(time));
        // What is in hand is answered by the server itself.
        std::future::pending::<()>().await;
    };
    let time = settings.header_time();
    let mut server = Server::<SocketAddr>::from_listener(listener).handle(handle);
    server = server.http1_only().first_request_timeout(time);
    server.http_builder().http1().header_read_timeout(time);
    let served = async move {
        match tls {
            None => server.serve(routes).await,
            Some(tls) => {
                let acceptor = RustlsAcceptor::new(tls).handshake_timeout(time);
                server.acceptor(acceptor).serve(routes).await
            }
        }
    };
    tokio::select! {
        ended = served => ended,
        () = end => Ok(()),
        () = sweep::for_ever(&cluster) => Ok(()),
    }
}
