//! How the queue stands.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use ivendor_core::ids::TenantId;
use ivendor_store::reference::Scope;
use ivendor_store::review::Statistics;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use super::cases::tenants;
use crate::access::Access;
use crate::extract::Query;
use crate::problem::Problem;
use crate::serve::App;

/// How long an answer is given again.
const FRESH: Duration = Duration::from_secs(5);
/// Sets of tenants of which answers are kept.
const KEPT_MAX: usize = 256;

/// `GET /v1/statistics`.
pub fn routes() -> Router<App> {
    Router::new().route("/v1/statistics", get(statistics))
}

/// The tenants that an answer is about; `None` for all.
type Of = Option<Vec<TenantId>>;

/// The last answers, with the moment of each.
#[derive(Debug, Clone, Default)]
pub struct Answers(Arc<Mutex<BTreeMap<Of, (Instant, Value)>>>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatisticsQuery {
    tenant: Option<TenantId>,
}

async fn statistics(
    State(app): State<App>,
    access: Access,
    Query(query): Query<StatisticsQuery>,
) -> Result<Json<Value>, Problem> {
    access.needs(&[Scope::Read, Scope::Review, Scope::Admin])?;
    let of = tenants(&access, query.tenant)?;
    // Whoever asks while another one's question is on its way waits for its answer.
    let mut answers = app.statistics.0.lock().await;
    if let Some((_, answer)) = answers.get(&of).filter(|(at, _)| at.elapsed() < FRESH) {
        return Ok(Json(answer.clone()));
    }
    let answer = shown(&app.cluster.shards.statistics(of.as_deref()).await?);
    answers.retain(|_, (at, _)| at.elapsed() < FRESH);
    if answers.len() < KEPT_MAX {
        answers.insert(of, (Instant::now(), answer.clone()));
    }
    Ok(Json(answer))
}

fn shown(of: &Statistics) -> Value {
    let counts = |name: &str, counts: &BTreeMap<String, u64>| -> Vec<Value> {
        let mut counts: Vec<_> = counts.iter().collect();
        counts.sort_by_key(|(_, cases)| std::cmp::Reverse(**cases));
        counts.into_iter().map(|(value, cases)| json!({name: value, "cases": cases})).collect()
    };
    let hour = |(us, cases): (&i64, &u64)| {
        let hour = Timestamp::from_microsecond(*us).ok()?;
        Some(json!({"hour": hour, "cases": cases}))
    };
    json!({
        "at": Timestamp::now(),
        "waiting": {
            "open": of.open, "claimed": of.claimed, "escalated": of.escalated,
            "overdue": of.overdue,
        },
        "by_reason": counts("reason", &of.reasons),
        "by_type": counts("type", &of.types),
        "age_s": {
            "p50": of.age_s(0.5), "p90": of.age_s(0.9), "p99": of.age_s(0.99),
            "max": of.age_s(1.0),
        },
        "decided_by_hour": of.hours.iter().filter_map(hour).collect::<Vec<_>>(),
        "answers": counts("decision", &of.answers),
        "agreement": {"pairs": of.pairs, "agreed": of.agreed},
        "sampled": {"decided": of.sampled, "not_approved": of.sampled_wrong},
    })
}
