//! What people decided in the review queue makes a policy.

#![allow(clippy::unwrap_used, reason = "a test ends where its ground is missing")]

use std::fs;
use std::process::Command;

use ivendor_api::labels::{Exported, export};
use ivendor_bench::accuracy::Labelled;
use ivendor_bench::jsonl;
use ivendor_core::check::Check;
use ivendor_core::ids::{DocumentId, Sha256};
use ivendor_core::policy::Policy;
use ivendor_core::reason::Reason;
use ivendor_core::review::answer::Answer;
use ivendor_core::review::case::Reviewer;
use ivendor_core::verdict::Decision;
use ivendor_store::cluster::Cluster;
use ivendor_store::result::{DocumentRef, NewResult, Outcome, case_id};
use ivendor_store::review::{Change, LabelFilter, Request, State};
use ivendor_store::store::Store as _;
use ivendor_store::testing::databases::Databases;
use ivendor_store::testing::sample::undecided;
use ivendor_store::testing::stack::Stack;
use jiff::SignedDuration;

/// Documents of each kind: enough for a model of the type.
const DOCUMENTS: usize = 24;

/// A verdict on an amount that the picture speaks for (near 0) or against (far below).
fn result(number: usize, ratio: f32) -> NewResult {
    let document: DocumentId = format!("d{number}").parse().unwrap();
    let tenant = format!("tenant-{}", number % 3).parse().unwrap();
    let digest = Sha256::of(document.as_str().as_bytes());
    let check = Check::failed("claim.total", 0.3, Reason::claim_mismatch("total"));
    let mut result = undecided(&DocumentRef { tenant, document }, digest);
    result.verdict.checks = vec![check.compared_as("money").measuring("ratio", ratio)];
    result
}

/// Somebody takes the case of this result and answers it; the case is then in this state.
async fn answer(
    cluster: &Cluster,
    result: &NewResult,
    (name, answer, share): (&str, Answer, f64),
) -> State {
    let tenant = &result.verdict.tenant_id;
    let document = result.verdict.document_id.clone();
    let case = case_id(&DocumentRef { tenant: tenant.clone(), document }, result.verdict.sha256);
    let is_senior = name == "dora";
    let request = Request {
        reviewer: Reviewer { name, is_senior },
        version: None,
        key: None,
        lease: SignedDuration::from_mins(5),
        grace: SignedDuration::ZERO,
        second_opinion_share: share,
        traceparent: None,
    };
    let of = (tenant, case.as_str());
    let held = cluster.shards.change(of, &Change::Claim, request).await.unwrap().record;
    let change = Change::Decide { fence: held.fence, answer, note: String::new() };
    cluster.shards.change(of, &change, request).await.unwrap().record.state
}

async fn exported(cluster: &Cluster, filter: &LabelFilter) -> (Exported, Vec<Labelled>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.jsonl");
    let mut file = fs::File::create(&path).unwrap();
    let exported = export(cluster, filter, &mut file).await.unwrap();
    (exported, jsonl::read(&path).unwrap())
}

fn reject() -> Answer {
    Answer::Reject { reasons: vec![Reason::claim_mismatch("total")] }
}

#[tokio::test]
async fn what_people_decided_makes_a_policy_and_what_they_dispute_does_not() {
    let stack = Stack::start(2).unwrap();
    let (databases, cluster) = Databases::ready(&stack).await.unwrap();
    let ratio =
        |number: usize| -0.01 * number as f32 - if number.is_multiple_of(2) { 0.0 } else { 8.0 };
    let results: Vec<NewResult> =
        (0..2 * DOCUMENTS + 3).map(|number| result(number, ratio(number))).collect();
    let outcomes = cluster.shards.write(&results).await;
    assert!(outcomes.iter().all(Outcome::is_stored));
    let (decided, others) = results.split_at(2 * DOCUMENTS);
    for (number, result) in decided.iter().enumerate() {
        let said = match number % 4 {
            0 | 2 => Answer::Approve {},
            1 => reject(),
            _ => Answer::Correct { values: [("total".to_owned(), "8.00".to_owned())].into() },
        };
        assert_eq!(answer(&cluster, result, ("ann", said, 0.0)).await, State::Decided);
    }
    let picture = Answer::RequestPicture { reasons: vec![Reason::IMAGE_BLURRED] };
    answer(&cluster, &others[0], ("ann", picture, 0.0)).await;
    answer(&cluster, &others[1], ("ann", Answer::Approve {}, 1.0)).await;
    let disputed = answer(&cluster, &others[1], ("bob", reject(), 1.0)).await;
    assert_eq!(disputed, State::Escalated, "two people disagree");

    let (counts, labelled) = exported(&cluster, &LabelFilter::default()).await;
    assert_eq!(counts, Exported { labels: 2 * DOCUMENTS, left_out: 1 });
    let of = |number: usize| {
        let name = format!("tenant-{}/d{number}", number % 3);
        labelled.iter().find(|one| one.document == name)
    };
    for (number, result) in decided.iter().enumerate() {
        let one = of(number).unwrap();
        assert_eq!(
            (one.label, one.false_keys.contains("total")),
            (number % 2 == 0, number % 2 == 1)
        );
        assert_eq!(one.verdict.checks, result.verdict.checks, "the measures");
    }
    assert!(of(2 * DOCUMENTS + 1).is_none(), "what is disputed is no label");
    answer(&cluster, &others[1], ("dora", reject(), 1.0)).await;
    let (counts, _) = exported(&cluster, &LabelFilter::default()).await;
    assert_eq!(counts.labels, 2 * DOCUMENTS + 1, "until it is resolved");
    let tenants = Some(vec!["tenant-1".parse().unwrap()]);
    let (_, own) = exported(&cluster, &LabelFilter { tenants, decided_from: None }).await;
    assert!(own.iter().all(|one| one.document.starts_with("tenant-1/")) && !own.is_empty());
    let later = Some("2100-01-01T00:00:00Z".parse().unwrap());
    let later = LabelFilter { tenants: None, decided_from: later };
    assert_eq!(exported(&cluster, &later).await.0, Exported::default());
    drop(databases);
    fits(&labelled);
}

/// `ivendor-bench fit` makes a policy of them that tells the true from the false.
fn fits(labelled: &[Labelled]) {
    let folder = tempfile::tempdir().unwrap();
    let (labels, out) = (folder.path().join("labels.jsonl"), folder.path().join("people.toml"));
    jsonl::write(&labels, labelled).unwrap();
    let mut bench = Command::new(env!("CARGO_BIN_EXE_ivendor-bench"));
    let fit = bench.arg("fit").arg(&labels).arg("--out").arg(&out).args(["--error-max", "0.05"]);
    let done = fit.output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let policy = Policy::parse(&fs::read_to_string(&out).unwrap()).unwrap();
    assert_eq!(policy.fitted.as_ref().unwrap().documents, 2 * DOCUMENTS as u64);
    for one in labelled {
        let mut checks = one.verdict.checks.clone();
        policy.weigh("receipt", &mut checks);
        let judged = policy.judge("receipt", &checks);
        assert_eq!(judged.decision == Decision::Accept, one.label, "{}", one.document);
    }
}
