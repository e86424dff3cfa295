//! A shard is killed under the program, and comes back.

use ivendor_core::ids::TenantId;
use ivendor_core::sharding::ShardId;
use ivendor_store::store::Store as _;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::crowd::crowd;
use crate::site::{Site, tenants};
use crate::work::with_json;

const CASES: usize = 800;
const PEOPLE: usize = 10;
/// Cases that are decided before the shard is killed, and at least while it is away.
const BEFORE: usize = 100;
const MEANWHILE: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_shard_is_away_for_its_own_tenants_and_afterwards_nothing_is_missing() {
    let owners = tenants(12);
    let site = Site::new(CASES, &owners, &["--lease-s", "5"]).await;
    let on = |shard: u16| {
        let is_there = |owner: &&TenantId| site.cluster.shards.route(owner).shard == ShardId(shard);
        owners.iter().find(is_there).unwrap().clone()
    };
    let (lost, there) = (on(0), on(1));
    let token = site.token("watcher").await;
    let (shared, people) = crowd(&site, (PEOPLE, CASES), 0).await;
    let mut decided = shared.decided.subscribe();
    decided.wait_for(|decided| *decided >= BEFORE).await.unwrap();
    let status = site.stack.status().unwrap();
    let shard = status.iter().find(|service| service.name == "shard-0").unwrap();
    kill(Pid::from_raw(shard.process.unwrap().cast_signed()), Signal::SIGKILL).unwrap();
    // From here on only the other shard's cases can be decided, and those are soon all.
    let by_now = *decided.borrow();
    let ask = async |path: String| -> Response {
        site.client.get(site.url(&path)).bearer_auth(&token).send().await.unwrap()
    };
    let list = |owner: &TenantId| format!("/v1/cases?tenant={owner}");
    // What serves a connection may outlive its server by a moment.
    let mut answer = ask(list(&lost)).await;
    while answer.status() == StatusCode::OK {
        answer = ask(list(&lost)).await;
    }
    assert_away(answer).await;
    assert_away(ask("/v1/cases".to_owned()).await).await;
    assert_away(ask(format!("/v1/tenants/{lost}/cases/x")).await).await;
    assert_eq!(ask(list(&there)).await.status(), StatusCode::OK);
    let claim = site.client.request(Method::POST, site.url("/v1/cases/claim"));
    let claim = with_json(claim.bearer_auth(&token), &json!({"tenant": lost}));
    assert_away(claim.send().await.unwrap()).await;
    let ready = ask("/readyz".to_owned()).await;
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(body(ready).await["not_ready"], json!(["shard 0"]));
    decided.wait_for(|decided| *decided >= by_now + MEANWHILE).await.unwrap();
    site.stack.restart().unwrap();
    people.join_all().await;
    site.assert_all_decided(CASES, 0.0, &owners).await;
    assert_eq!(ask(list(&lost)).await.status(), StatusCode::OK);
}

async fn assert_away(answer: Response) {
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()["retry-after"], "1");
    assert_eq!(body(answer).await["type"], "urn:ivendor:problem:store_away");
}

async fn body(answer: Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}
