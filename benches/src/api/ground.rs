//! What the measurement stands on: private databases full of cases, and people with tokens.

use futures_util::future::try_join_all;
use ivendor_core::ids::{Sha256, TenantId};
use ivendor_core::sharding::bucket_of;
use ivendor_core::verdict::Verdict;
use ivendor_store::cluster::Cluster;
use ivendor_store::reference::{NewToken, Scope, Token};
use ivendor_store::settings::{Address, StoreSettings};
use ivendor_store::store::Store as _;
use ivendor_store::testing::databases::Databases;
use ivendor_store::testing::stack::Stack;
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _};

use super::{ApiArgs, failed};
use crate::error::BenchError;

/// Tenants of the cases.
const TENANTS: u32 = 1000;
/// Tenants whose cases one of those sees who do not see all.
const TENANTS_OF_ONE: usize = 8;
/// Cases that one statement makes.
const STEP: i64 = 20_000;
/// Cases of each shard that people look at.
const SEEN: i64 = 2500;

const FILL: &str = include_str!("fill.sql");

/// Rows come without the triggers and the checks of keys that a program would pass: they are whole.
const BEFORE: &str = "set statement_timeout = 0; set session_replication_role = replica";
const AFTER: &str = "vacuum analyze";

const SEEN_CASES: &str = "
select tenant_id, case_id from review_case where state = 'open' order by case_id limit $1";

const CONNECTIONS: &str = "
select count(*) from pg_stat_activity
where backend_type = 'client backend' and pid <> pg_backend_pid()";

/// Who asks.
#[derive(Debug, Clone)]
pub(super) struct Person {
    /// The header that says so.
    pub(super) authorization: String,
    /// A tenant whose cases this person sees.
    pub(super) tenant: TenantId,
}

/// The services and what is on them.
pub(super) struct Ground {
    pub(super) stack: Stack,
    pub(super) databases: Databases,
    pub(super) people: Vec<Person>,
    /// Tenant and identifier of cases that every other person may see.
    pub(super) cases: Vec<(String, String)>,
}

impl Ground {
    /// Starts services, and fills them.
    pub(super) async fn make(args: &ApiArgs) -> Result<Self, BenchError> {
        let stack = Stack::start(args.shards).map_err(|e| failed("start services", e))?;
        let ready = Databases::ready(&stack).await;
        let (databases, cluster) = ready.map_err(|e| failed("make databases", e))?;
        let tenants = tenants()?;
        let per_shard = i64::from(args.cases.div_ceil(u32::from(args.shards)));
        let shards = databases.shards.iter();
        let filled = shards.map(|(shard, address)| {
            let here = tenants.iter().filter(|tenant| cluster.shards.route(tenant).shard == *shard);
            let here: Vec<&TenantId> = here.collect();
            fill((&databases.settings, address), here, per_shard)
        });
        let cases = try_join_all(filled).await?.concat();
        let count = args.connections.iter().copied().max().unwrap_or(1);
        let people = people(&cluster, &tenants, count as usize).await?;
        Ok(Self { stack, databases, people, cases })
    }

    /// Connections to all databases, but for the ones that count.
    pub(super) async fn connections(&self) -> Result<i64, BenchError> {
        let shards = self.databases.shards.iter().map(|(_, address)| address);
        let all = shards.chain(&self.databases.settings.reference);
        let counts = all.map(|address| async {
            let mut own = connect(&self.databases.settings, address).await?;
            let count: i64 = sqlx::query_scalar(CONNECTIONS).fetch_one(&mut own).await?;
            own.close().await.map(|()| count)
        });
        let counts = try_join_all(counts).await.map_err(|e| failed("count connections", e))?;
        Ok(counts.iter().sum())
    }

    /// The processes of the databases' servers.
    pub(super) fn servers(&self) -> Vec<u32> {
        self.stack.services().iter().filter_map(|service| service.process).collect()
    }
}

fn tenants() -> Result<Vec<TenantId>, BenchError> {
    let tenant = |n| format!("tenant-{n}").parse().map_err(|e| failed("name a tenant", e));
    (0..TENANTS).map(tenant).collect()
}

async fn connect(settings: &StoreSettings, address: &Address) -> sqlx::Result<PgConnection> {
    let path = settings.password_file.as_deref();
    let password = path.map(std::fs::read_to_string).transpose()?.unwrap_or_default();
    let options: PgConnectOptions = format!("postgres://{address}").parse()?;
    options.username(&settings.user).password(password.trim_end()).connect().await
}

/// Fills a shard, and gives some of its cases.
async fn fill(
    (settings, address): (&StoreSettings, &Address),
    tenants: Vec<&TenantId>,
    cases: i64,
) -> Result<Vec<(String, String)>, BenchError> {
    let broken = |error: sqlx::Error| failed("fill a shard", error);
    let (request, verdict) = document()?;
    let names: Vec<&str> = tenants.iter().map(|tenant| tenant.as_str()).collect();
    let buckets: Vec<i32> = tenants.iter().map(|t| i32::from(bucket_of(t).number())).collect();
    let mut connection = connect(settings, address).await.map_err(broken)?;
    connection.execute(BEFORE).await.map_err(broken)?;
    for from in (1..=cases).step_by(STEP.unsigned_abs() as usize) {
        sqlx::query(FILL)
            .bind(from)
            .bind(cases.min(from + STEP - 1))
            .bind(&names)
            .bind(&buckets)
            .bind(request.to_string())
            .bind(verdict.to_string())
            .execute(&mut connection)
            .await
            .map_err(broken)?;
    }
    connection.execute(AFTER).await.map_err(broken)?;
    let seen = sqlx::query_as(SEEN_CASES).bind(SEEN).fetch_all(&mut connection).await;
    connection.close().await.map_err(broken)?;
    seen.map_err(broken)
}

/// A request and its verdict, as large as those of a receipt.
fn document() -> Result<(Value, Value), BenchError> {
    let digest = Sha256::of(b"bench");
    let claims = json!({"company": "Corner Shop", "date": "2026-03-09", "total": "9.00"});
    let request = json!({
        "schema": "ivendor.verification.request/1", "tenant_id": "t", "vendor_id": "v",
        "document_id": "d", "document_type": "receipt", "uri": "scans/r.jpg", "claims": claims,
    });
    let check = |name: &str, text: &str| {
        json!({
            "check": name, "outcome": "passed", "confidence": 0.97, "kind": "text",
            "expected": text, "found": text,
            "measures": {"similarity": 0.98, "reading": 0.99, "scored": -0.02},
            "evidence": [{"page": 1, "text": text, "polygon":
                [[52.1, 210.4], [310.7, 211.0], [310.6, 236.2], [52.0, 235.5]]}],
        })
    };
    let names = [
        "claim.company",
        "claim.date",
        "claim.total",
        "quality.blur",
        "quality.glare",
        "type.match",
        "sums.total",
        "identifier.tax",
    ];
    let checks: Vec<Value> = names.iter().map(|name| check(name, "Corner Shop 9.00")).collect();
    let verdict = json!({
        "schema": "ivendor.verification.verdict/1", "tenant_id": "t", "vendor_id": "v",
        "document_id": "d", "document_type": "receipt", "sha256": digest, "decision": "review",
        "confidence": 0.4, "reasons": ["claim.total.mismatch"], "checks": checks,
        "provenance": {
            "engine": env!("CARGO_PKG_VERSION"), "models": {"detector": digest,
            "recogniser": digest}, "policy": {"name": "standard", "digest": digest},
            "device": "cpu", "dtype": "f32", "fallback": false,
        },
        "timings_ms": {"fetch": 1.0, "decode": 9.0, "detect": 90.0, "recognise": 200.0,
            "check": 4.0, "total": 304.0},
        "verified_at": "2026-03-09T10:00:00Z",
    });
    // What is no verdict would be measured as an error.
    serde_json::from_value::<Verdict>(verdict.clone()).map_err(|e| failed("make a verdict", e))?;
    Ok((request, verdict))
}

/// Lets people in: every other one sees all tenants, the others some of them.
async fn people(
    cluster: &Cluster,
    tenants: &[TenantId],
    count: usize,
) -> Result<Vec<Person>, BenchError> {
    let broken = |error| failed("let people in", error);
    let mut people = Vec::with_capacity(count);
    for number in 0..count {
        let reviewer = format!("person-{number}");
        let token = format!("ivr_{}", Sha256::of(reviewer.as_bytes()));
        let from = number * TENANTS_OF_ONE;
        let theirs = (from..from + TENANTS_OF_ONE).map(|n| tenants[n % tenants.len()].clone());
        let tenants = (number % 2 == 1).then(|| theirs.clone().collect());
        cluster.reference.put_reviewer(&reviewer, &reviewer).await.map_err(broken)?;
        let allows = Token { reviewer, scopes: [Scope::Review].into(), tenants };
        let hash = Sha256::of(token.as_bytes());
        let new = NewToken { hash, token: allows, expires_at: None };
        cluster.reference.add_token(&new).await.map_err(broken)?;
        let tenant = theirs.clone().next().ok_or_else(|| failed("let people in", "no tenant"))?;
        people.push(Person { authorization: format!("Bearer {token}"), tenant });
    }
    Ok(people)
}
