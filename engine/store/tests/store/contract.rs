//! What every store promises of verdicts and cases.

use ivendor_core::sharding::ShardId;
use ivendor_core::verdict::Decision;
use ivendor_store::error::Kind;
use ivendor_store::result::{Known, Outcome};
use ivendor_store::store::Store;

use crate::given::{Given, results, words};
use crate::subject::Subject;

/// Each promise as a test of either store.
macro_rules! promises {
    ($($name:ident),* $(,)?) => {
        mod memory {
            use crate::subject::{Memory, Subject};
            $(#[tokio::test] async fn $name() { super::$name(Memory::new().await).await })*
        }
        mod postgres {
            use crate::subject::{Postgres, Subject};
            $(#[tokio::test] async fn $name() { super::$name(Postgres::new().await).await })*
        }
    };
}
pub(crate) use promises;

promises! {
    a_result_is_stored_once_however_often_it_comes,
    a_verdict_is_read_as_it_was_written,
    the_latest_verdict_is_the_current_one_in_whatever_order_they_come,
    only_a_review_or_a_sampled_accept_opens_a_case,
    a_newer_verdict_brings_the_open_case_up_to_date_or_makes_it_needless,
    a_case_that_a_person_took_is_never_touched,
    a_case_whose_lease_has_ended_is_brought_up_to_date_or_made_needless,
    other_bytes_are_another_case,
    a_batch_leaves_what_its_results_leave_one_by_one,
    a_stale_epoch_is_refused_and_only_that,
    a_shard_that_is_away_fails_only_its_own,
    a_result_that_cannot_be_stored_fails_alone,
    what_is_known_is_told_in_the_order_of_the_keys,
}

async fn write<S: Subject>(subject: &S, given: &[Given]) -> Vec<&'static str> {
    words(&subject.store().write(&results(given)).await)
}

/// The states of a document's cases with their reasons.
async fn cases<S: Subject>(subject: &S, given: &Given) -> Vec<String> {
    let cases = subject.store().cases(&given.of()).await.unwrap();
    cases.iter().map(|case| format!("{} {}", case.state, case.reasons.join(" "))).collect()
}

/// The places in the history of the results that are current.
async fn current<S: Subject>(subject: &S, given: &Given) -> Vec<usize> {
    let history = subject.store().history(&given.of()).await.unwrap();
    (0..history.len()).filter(|i| history[*i].is_current).collect()
}

async fn a_result_is_stored_once_however_often_it_comes<S: Subject>(subject: S) {
    let given = Given::review(&subject.tenant_on(0), "d");
    assert_eq!(write(&subject, &[given.clone(), given.clone()]).await, ["stored", "there"]);
    let later = Given { at_s: 9, ..given.clone() };
    assert_eq!(write(&subject, std::slice::from_ref(&later)).await, ["there"]);
    assert_eq!(subject.store().history(&given.of()).await.unwrap().len(), 1);
    assert_eq!(cases(&subject, &given).await.len(), 1);
    let shard = subject.store().route(&given.tenant).shard;
    assert_eq!(subject.store().lag(shard).await.unwrap().events, 1);
}

async fn a_verdict_is_read_as_it_was_written<S: Subject>(subject: S) {
    let given = Given::review(&subject.tenant_on(1), "d");
    let mut result = given.result();
    result.verdict.confidence = 0.1;
    result.request.claims.insert("name".to_owned(), "O\u{2019}Neil \\u0000 \"x\"".to_owned());
    result.request.uri = "a\u{0}b".to_owned();
    assert_eq!(words(&subject.store().write(std::slice::from_ref(&result)).await), ["stored"]);
    let stored = subject.store().history(&given.of()).await.unwrap().remove(0);
    assert_eq!(stored.verdict, result.verdict);
    assert_eq!(stored.request.claims, result.request.claims);
    assert_eq!(stored.request.uri, "a\u{fffd}b");
    assert_eq!(stored.key, given.key().digest());
}

async fn the_latest_verdict_is_the_current_one_in_whatever_order_they_come<S: Subject>(subject: S) {
    let tenant = subject.tenant_on(0);
    let first = Given::accept(&tenant, "d");
    let second = first.again(Decision::Reject);
    let third = Given { models: "third", at_s: 2, ..first.clone() };
    for (next, is_current) in [(&second, 0), (&first, 1), (&third, 2)] {
        assert_eq!(write(&subject, std::slice::from_ref(next)).await, ["stored"]);
        assert_eq!(current(&subject, next).await, [is_current]);
    }
    let history = subject.store().history(&first.of()).await.unwrap();
    let keys: Vec<_> = history.iter().map(|result| result.key).collect();
    assert_eq!(keys, [&first, &second, &third].map(|given| given.key().digest()));
    // What comes again from the past does not become current by that.
    let late = Given { at_s: 99, ..second };
    assert_eq!(write(&subject, &[late]).await, ["there"]);
    assert_eq!(current(&subject, &first).await, [2]);
}

async fn only_a_review_or_a_sampled_accept_opens_a_case<S: Subject>(subject: S) {
    let tenant = subject.tenant_on(2);
    let sampled = Given { sampled: true, ..Given::accept(&tenant, "sampled") };
    let unread = Given { bytes: None, ..Given::review(&tenant, "unread") };
    let reject = Given { decision: Decision::Reject, ..Given::accept(&tenant, "reject") };
    let expected = [
        (Given::accept(&tenant, "accept"), vec![]),
        (reject, vec![]),
        (Given::review(&tenant, "review"), vec!["open claim.total.mismatch"]),
        (sampled, vec!["open policy.sampled"]),
        (unread, vec!["open claim.total.mismatch"]),
    ];
    let batch: Vec<Given> = expected.iter().map(|(given, _)| given.clone()).collect();
    assert_eq!(write(&subject, &batch).await, ["stored"; 5]);
    for (given, expected) in &expected {
        assert_eq!(cases(&subject, given).await, *expected, "{}", given.document);
    }
}

async fn a_newer_verdict_brings_the_open_case_up_to_date_or_makes_it_needless<S: Subject>(
    subject: S,
) {
    let tenant = subject.tenant_on(0);
    let first = Given::review(&tenant, "d");
    let second = first.again(Decision::Review);
    let third = Given { models: "third", ..second.again(Decision::Accept) };
    let fourth = Given { models: "fourth", ..third.again(Decision::Review) };
    for (given, state) in
        [(&first, "open"), (&second, "open"), (&third, "superseded"), (&fourth, "open")]
    {
        assert_eq!(write(&subject, std::slice::from_ref(given)).await, ["stored"]);
        let found = subject.store().cases(&given.of()).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].state, state, "{}", given.models);
        if state == "open" {
            assert_eq!(found[0].key, given.key().digest(), "{}", given.models);
        }
    }
}

async fn a_case_that_a_person_took_is_never_touched<S: Subject>(subject: S) {
    for state in ["claimed", "escalated", "decided"] {
        let first = Given::review(&subject.tenant_on(1), state);
        write(&subject, std::slice::from_ref(&first)).await;
        subject.set_case_state(&first.of(), state).await;
        let before = subject.store().cases(&first.of()).await.unwrap();
        let second = first.again(Decision::Review);
        let third = Given { models: "third", ..second.again(Decision::Accept) };
        assert_eq!(write(&subject, &[second, third]).await, ["stored"; 2]);
        assert_eq!(subject.store().cases(&first.of()).await.unwrap(), before, "{state}");
        assert_eq!(current(&subject, &first).await, [2]);
    }
}

async fn a_case_whose_lease_has_ended_is_brought_up_to_date_or_made_needless<S: Subject>(
    subject: S,
) {
    let tenant = subject.tenant_on(1);
    let mismatch = "claim.total.mismatch";
    let later: [(&str, Decision, Option<&'static str>, Vec<String>); 3] = [
        ("review", Decision::Review, Some("bytes"), vec![format!("open {mismatch}")]),
        ("accept", Decision::Accept, Some("bytes"), vec![format!("superseded {mismatch}")]),
        (
            "others",
            Decision::Review,
            Some("others"),
            vec![format!("open {mismatch}"), format!("superseded {mismatch}")],
        ),
    ];
    for (name, decision, bytes, expected) in later {
        let first = Given::review(&tenant, name);
        write(&subject, std::slice::from_ref(&first)).await;
        subject.let_lapse(&first.of()).await;
        let second = Given { bytes, ..first.again(decision) };
        assert_eq!(write(&subject, std::slice::from_ref(&second)).await, ["stored"]);
        let mut found = cases(&subject, &first).await;
        found.sort();
        assert_eq!(found, expected, "{name}");
        let of_second = subject.store().cases(&first.of()).await.unwrap();
        let is_newest = of_second.iter().any(|case| case.key == second.key().digest());
        assert_eq!(is_newest, decision == Decision::Review, "{name}");
    }
}

async fn other_bytes_are_another_case<S: Subject>(subject: S) {
    let tenant = subject.tenant_on(0);
    let first = Given::review(&tenant, "d");
    let handed_in_again = Given { bytes: Some("others"), at_s: 5, ..first.clone() };
    write(&subject, &[first.clone(), handed_in_again]).await;
    let mismatch = "claim.total.mismatch";
    let expected = [format!("superseded {mismatch}"), format!("open {mismatch}")];
    let mut found = cases(&subject, &first).await;
    found.sort_by_key(|case| case.starts_with("open"));
    assert_eq!(found, expected);
    // The decided case stays, and the new bytes have their own.
    let decided = Given::review(&tenant, "e");
    write(&subject, std::slice::from_ref(&decided)).await;
    subject.set_case_state(&decided.of(), "decided").await;
    write(&subject, &[Given { bytes: None, at_s: 5, ..decided.clone() }]).await;
    let mut found = cases(&subject, &decided).await;
    found.sort();
    assert_eq!(found, [format!("decided {mismatch}"), format!("open {mismatch}")]);
}

async fn a_batch_leaves_what_its_results_leave_one_by_one<S: Subject>(subject: S) {
    let tenants = [0, 1, 2].map(|shard| subject.tenant_on(shard));
    let batch: Vec<Given> = (0..60_u8)
        .map(|i| {
            let document = format!("d{}", i % 7);
            let decision = if i % 3 == 0 { Decision::Accept } else { Decision::Review };
            Given {
                models: ["first", "second", "third", "fourth"][usize::from(i % 4)],
                bytes: [Some("bytes"), Some("others"), None][usize::from(i % 3)],
                decision,
                at_s: i64::from(i) * 37 % 60,
                sampled: i % 6 == 0,
                ..Given::accept(&tenants[usize::from(i % 3)], &document)
            }
        })
        .collect();
    let alone = S::new().await;
    let mut one_by_one = Vec::new();
    for given in &batch {
        one_by_one.extend(write(&alone, std::slice::from_ref(given)).await);
    }
    assert_eq!(write(&subject, &batch).await, one_by_one);
    for given in &batch {
        let (ours, theirs) = (subject.store(), alone.store());
        let of = given.of();
        assert_eq!(ours.history(&of).await.unwrap(), theirs.history(&of).await.unwrap());
        let sorted = |mut cases: Vec<_>| {
            cases.sort_by(|a: &ivendor_store::result::ReviewCase, b| a.case_id.cmp(&b.case_id));
            cases
        };
        let cases = (ours.cases(&of).await.unwrap(), theirs.cases(&of).await.unwrap());
        assert_eq!(sorted(cases.0), sorted(cases.1));
    }
}

async fn a_stale_epoch_is_refused_and_only_that<S: Subject>(subject: S) {
    let moved = subject.tenant_on(0);
    let others = (0..).map(|i| format!("other-{i}").parse().unwrap());
    let stays = others.into_iter().find(|tenant| {
        let (a, b) = (subject.store().route(tenant), subject.store().route(&moved));
        a.shard == b.shard && a.bucket != b.bucket
    });
    let batch = [Given::review(&moved, "d"), Given::review(&stays.unwrap(), "d")];
    subject.raise_epoch(&moved).await;
    assert_eq!(write(&subject, &batch).await, ["fenced", "stored"]);
    assert!(subject.store().history(&batch[0].of()).await.unwrap().is_empty());
    assert!(cases(&subject, &batch[0]).await.is_empty());
    assert_eq!(subject.store().lag(ShardId(0)).await.unwrap().events, 1);
    subject.refresh().await;
    assert_eq!(write(&subject, &batch).await, ["stored", "there"]);
}

async fn a_shard_that_is_away_fails_only_its_own<S: Subject>(mut subject: S) {
    let tenants = [0, 1, 2, 1].map(|shard| subject.tenant_on(shard));
    let mut batch: Vec<Given> = tenants.iter().map(|t| Given::review(t, "d")).collect();
    batch[3].document = "e".to_owned();
    subject.take_away(ShardId(1)).await;
    assert_eq!(write(&subject, &batch).await, ["stored", "later", "stored", "later"]);
    let keys: Vec<_> = batch.iter().map(Given::key).collect();
    let known = subject.store().known(&keys).await;
    assert!(matches!(known[0], Known::Stored) && matches!(known[2], Known::Stored));
    assert!(matches!(&known[1], Known::Unclear(error) if error.is_transient()));
    assert!(subject.store().history(&batch[1].of()).await.unwrap_err().is_transient());
    assert!(subject.store().lag(ShardId(1)).await.is_err());
}

async fn a_result_that_cannot_be_stored_fails_alone<S: Subject>(subject: S) {
    let tenant = subject.tenant_on(0);
    let mut batch: Vec<_> =
        ["a", "b", "c", "d"].iter().map(|d| Given::review(&tenant, d).result()).collect();
    batch[1].verdict.confidence = f32::NAN;
    batch[2].request.tenant_id = subject.tenant_on(1);
    let outcomes = subject.store().write(&batch).await;
    assert_eq!(words(&outcomes), ["stored", "never", "never", "stored"]);
    let Outcome::Failed(error) = &outcomes[2] else { panic!("{:?}", outcomes[2]) };
    assert_eq!(error.kind(), Kind::Permanent);
    assert!(error.to_string().contains("its request is that of document c"), "{error}");
}

async fn what_is_known_is_told_in_the_order_of_the_keys<S: Subject>(subject: S) {
    let stored = Given::accept(&subject.tenant_on(0), "d");
    let other = Given::accept(&subject.tenant_on(1), "d");
    write(&subject, &[stored.clone(), other.clone()]).await;
    let keys = [
        ("other models", stored.again(Decision::Accept).key(), false),
        ("stored", stored.key(), true),
        ("other bytes", Given { bytes: None, ..stored.clone() }.key(), false),
        ("on another shard", other.key(), true),
        ("a document that never came", Given::accept(&stored.tenant, "x").key(), false),
    ];
    let asked: Vec<_> = keys.iter().map(|(_, key, _)| key.clone()).collect();
    let known = subject.store().known(&asked).await;
    for ((name, _, expected), known) in keys.iter().zip(&known) {
        assert_eq!(matches!(known, Known::Stored), *expected, "{name}");
        assert_eq!(matches!(known, Known::New), !expected, "{name}");
    }
    assert!(subject.store().known(&[]).await.is_empty());
}
