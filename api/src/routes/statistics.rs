//! How the queue stands.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::State;
use ivendor_core::ids::TenantId;
use ivendor_store::reference::Scope;
use ivendor_store::review::Statistics;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::cases::tenants;
use crate::access::Access;
use crate::extract::Query;
use crate::meters;
use crate::problem::{Problem, ProblemBody};
use crate::serve::App;

/// How long an answer is given again.
const FRESH: Duration = Duration::from_secs(5);
/// Sets of tenants of which answers are kept.
const KEPT_MAX: usize = 256;

/// `GET /v1/statistics`.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(statistics))
}

/// The tenants that an answer is about; `None` for all.
pub(super) type Of = Option<Vec<TenantId>>;

/// The last answers, with the moment of each.
#[derive(Debug, Clone, Default)]
pub struct Answers(Arc<Mutex<BTreeMap<Of, (Instant, StatisticsAnswer)>>>);

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct StatisticsQuery {
    /// Of this tenant alone; of all that the token may see where it is not given.
    tenant: Option<TenantId>,
}

/// How the queue stands. What was decided counts for 30 days.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct StatisticsAnswer {
    /// When it was counted.
    at: Timestamp,
    /// Cases that wait or are held.
    waiting: Waiting,
    /// How many of these have each reason, the most first.
    by_reason: Vec<ByReason>,
    /// How many of these are of each type of document, the most first.
    by_type: Vec<ByType>,
    /// Ages of these in seconds, to 2.5 %.
    age_s: Ages,
    /// How many were decided in each hour of the last 24.
    decided_by_hour: Vec<ByHour>,
    /// How many got each answer, the most first.
    answers: Vec<ByDecision>,
    /// Cases that two people answered.
    agreement: Agreement,
    /// Documents that the engine had accepted, drawn to measure its error.
    sampled: Sampled,
}

/// Cases that wait or are held.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Waiting {
    /// They wait.
    open: u64,
    /// Somebody holds them.
    claimed: u64,
    /// They wait for somebody senior.
    escalated: u64,
    /// Those of all these whose deadline is past.
    overdue: u64,
}

/// Ages in seconds.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[allow(missing_docs, reason = "a percentile is its own name")]
struct Ages {
    p50: f64,
    p90: f64,
    p99: f64,
    max: f64,
}

/// Cases that two people answered.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Agreement {
    /// All of them.
    pairs: u64,
    /// Those on which they agreed.
    agreed: u64,
}

/// Documents that the engine had accepted.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Sampled {
    /// All that were decided.
    decided: u64,
    /// Those that were not approved.
    not_approved: u64,
}

macro_rules! counts {
    ($($name:ident: $key:ident $type:ty, $meaning:literal;)*) => {$(
        #[doc = $meaning]
        #[derive(Debug, Clone, Serialize, ToSchema)]
        struct $name {
            /// Which.
            $key: $type,
            /// How many.
            cases: u64,
        }

        impl From<($type, u64)> for $name {
            fn from(($key, cases): ($type, u64)) -> Self {
                Self { $key, cases }
            }
        }
    )*};
}

counts! {
    ByReason: reason String, "Cases with a reason.";
    ByType: r#type String, "Cases of a type of document.";
    ByDecision: decision String, "Cases with an answer.";
    ByHour: hour Timestamp, "Cases that were decided in an hour.";
}

/// How the queue stands
///
/// At most 5 s old.
#[utoipa::path(get, path = "/v1/statistics", tag = "statistics", params(StatisticsQuery),
    responses(
        (status = 200, description = "How it stands.", body = StatisticsAnswer),
        (status = 404, description = "`not_found`: the tenant is none that this token may see.",
            body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn statistics(
    State(app): State<App>,
    access: Access,
    Query(query): Query<StatisticsQuery>,
) -> Result<Json<StatisticsAnswer>, Problem> {
    access.needs(&[Scope::Read, Scope::Review, Scope::Admin])?;
    let of = tenants(&access, query.tenant)?;
    now(&app, of).await.map(Json)
}

/// How the queue of these tenants stood a moment ago.
pub(super) async fn now(app: &App, of: Of) -> Result<StatisticsAnswer, Problem> {
    // Whoever asks while another one's question is on its way waits for its answer.
    let mut answers = app.statistics.0.lock().await;
    if let Some((_, answer)) = answers.get(&of).filter(|(at, _)| at.elapsed() < FRESH) {
        return Ok(answer.clone());
    }
    let answer = shown(&app.cluster.shards.statistics(of.as_deref()).await?);
    answers.retain(|_, (at, _)| at.elapsed() < FRESH);
    if answers.len() < KEPT_MAX {
        answers.insert(of, (Instant::now(), answer.clone()));
    }
    Ok(answer)
}

impl StatisticsAnswer {
    /// Tells Prometheus.
    pub(super) fn measure(&self) {
        let Waiting { open, claimed, escalated, overdue } = self.waiting;
        for (state, cases) in
            [("open", open), ("claimed", claimed), ("escalated", escalated), ("overdue", overdue)]
        {
            meters::cases(state, cases);
        }
    }
}

fn shown(of: &Statistics) -> StatisticsAnswer {
    let hour = |(us, cases): (&i64, &u64)| Some((Timestamp::from_microsecond(*us).ok()?, *cases));
    StatisticsAnswer {
        at: Timestamp::now(),
        waiting: Waiting {
            open: of.open,
            claimed: of.claimed,
            escalated: of.escalated,
            overdue: of.overdue,
        },
        by_reason: most_first(&of.reasons),
        by_type: most_first(&of.types),
        age_s: Ages {
            p50: of.age_s(0.5),
            p90: of.age_s(0.9),
            p99: of.age_s(0.99),
            max: of.age_s(1.0),
        },
        decided_by_hour: of.hours.iter().filter_map(hour).map(ByHour::from).collect(),
        answers: most_first(&of.answers),
        agreement: Agreement { pairs: of.pairs, agreed: of.agreed },
        sampled: Sampled { decided: of.sampled, not_approved: of.sampled_wrong },
    }
}

fn most_first<T: From<(String, u64)>>(counts: &BTreeMap<String, u64>) -> Vec<T> {
    let mut counts: Vec<(String, u64)> = counts.iter().map(|(k, n)| (k.clone(), *n)).collect();
    counts.sort_by_key(|(_, cases)| std::cmp::Reverse(*cases));
    counts.into_iter().map(T::from).collect()
}
