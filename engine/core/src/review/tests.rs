//! What a case promises, whoever tries what.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::answer::{Answer, AnswerError};
use super::case::{Case, Refusal, Reviewer, Stage};
use super::is_drawn_for_two;
use crate::reason::Reason;

const LEASE_S: i64 = 60;
const GRACE: SignedDuration = SignedDuration::from_secs(30);
const NAMES: [&str; 4] = ["ann", "bob", "cid", "dora"];

fn at(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
}

fn who(name: &str) -> Reviewer<'_> {
    Reviewer { name, is_senior: name == "dora" }
}

fn claim(case: &Case, name: &str, now: i64) -> Result<Case, Refusal> {
    case.claim(who(name), at(now), at(now + LEASE_S))
}

fn reject() -> Answer {
    Answer::Reject { reasons: vec![Reason::claim_mismatch("total")] }
}

/// Claimed and answered within a second.
fn answered(case: &Case, name: &str, (now, answer): (i64, Answer)) -> Case {
    let held = claim(case, name, now).unwrap();
    held.decide((who(name), held.fence), at(now), answer).unwrap()
}

#[test]
fn one_opinion_decides_unless_two_are_needed() {
    let case = answered(&Case::new(), "ann", (0, reject()));
    assert_eq!((case.stage, case.outcome()), (Stage::Decided, Some(&reject())));
    let two = Case { opinions_needed: 2, ..Case::new() };
    let first = answered(&two, "ann", (0, Answer::Approve {}));
    assert_eq!((first.stage, first.outcome()), (Stage::Open, None));
    assert_eq!(claim(&first, "ann", 1), Err(Refusal::HasAnswered));
    let same = answered(&first, "bob", (1, Answer::Approve {}));
    assert_eq!(same.stage, Stage::Decided);
    let other = answered(&first, "bob", (1, reject()));
    assert_eq!((other.stage, other.outcome()), (Stage::Escalated, None));
    assert_eq!(claim(&other, "cid", 2), Err(Refusal::NotSenior));
    let last = answered(&other, "dora", (2, reject()));
    assert_eq!((last.stage, last.outcome()), (Stage::Decided, Some(&reject())));
}

#[test]
fn what_was_escalated_is_decided_by_somebody_senior_and_not_escalated_again() {
    let case = answered(&Case::new(), "ann", (0, Answer::Escalate {}));
    assert_eq!(case.stage, Stage::Escalated);
    let held = claim(&case, "dora", 1).unwrap();
    let again = held.decide((who("dora"), held.fence), at(1), Answer::Escalate {});
    assert_eq!(again, Err(Refusal::NothingAbove));
    let done = held.decide((who("dora"), held.fence), at(1), Answer::Approve {}).unwrap();
    assert_eq!(done.stage, Stage::Decided);
}

#[test]
fn a_lease_that_was_lost_decides_nothing() {
    let held = claim(&Case::new(), "ann", 0).unwrap();
    let mine = (who("ann"), held.fence);
    assert_eq!(claim(&held, "bob", 59), Err(Refusal::Taken));
    let late = held.decide(mine, at(LEASE_S), Answer::Approve {});
    assert_eq!(late, Err(Refusal::LeaseLost));
    let others = claim(&held, "bob", LEASE_S).unwrap();
    assert_eq!(others.decide(mine, at(61), reject()), Err(Refusal::LeaseLost));
    let mine_again = claim(&others, "ann", 2 * LEASE_S).unwrap();
    // The same person, with the token of the first lease.
    assert_eq!(mine_again.release(mine, at(121)), Err(Refusal::LeaseLost));
    let longer = held.renew(mine, at(30), at(90)).unwrap();
    assert_eq!(claim(&longer, "bob", 80), Err(Refusal::Taken));
    let same = claim(&held, "ann", 10).unwrap();
    assert_eq!(same.fence, held.fence, "a page that was loaded again keeps its lease");
}

#[test]
fn an_answer_can_be_undone_for_a_while_by_whoever_gave_it() {
    let case = answered(&Case::new(), "ann", (0, reject()));
    let undo = |name, now| case.undo((who(name), GRACE), at(now), at(now + LEASE_S));
    assert_eq!(undo("bob", 1), Err(Refusal::NothingToUndo));
    assert_eq!(undo("ann", 31), Err(Refusal::TooLate));
    let again = undo("ann", 30).unwrap();
    assert_eq!((again.stage, again.given.len()), (Stage::Open, 0));
    assert_eq!(claim(&again, "bob", 31), Err(Refusal::Taken));
    let escalated = answered(&Case::new(), "ann", (0, Answer::Escalate {}));
    let taken = claim(&escalated, "dora", 1).unwrap();
    let too_late = taken.undo((who("ann"), GRACE), at(2), at(9));
    assert_eq!(too_late, Err(Refusal::NothingToUndo), "somebody has it before him");
}

#[test]
fn answers_have_limits() {
    let reject = |code: &str| Answer::Reject {
        reasons: vec![serde_json::from_value(serde_json::json!(code)).unwrap()],
    };
    let correct = |key: &str, value: &str| Answer::Correct {
        values: [(key.to_owned(), value.to_owned())].into(),
    };
    let long = "a".repeat(5000);
    let cases = [
        ("approve", Answer::Approve {}, None),
        ("a reason", reject("claim.total.mismatch"), None),
        ("no reason", Answer::Reject { reasons: vec![] }, Some("name 1 to 16 reasons")),
        ("words", reject("Looks bad"), Some("is no reason code")),
        ("markup", reject("<script>"), Some("is no reason code")),
        ("two dots", reject("a..b"), Some("is no reason code")),
        ("a long reason", reject(&long), Some("is no reason code")),
        ("a value", correct("total", "9.10"), None),
        ("no values", Answer::Correct { values: [].into() }, Some("correct 1 to 64 values")),
        ("an empty value", correct("total", ""), Some("the value for \"total\"")),
        ("a long value", correct("total", &long), Some("the value for \"total\"")),
        ("a zero", correct("total", "a\0"), Some("the value for \"total\"")),
    ];
    for (name, answer, expected) in cases {
        let found = answer.check().map_err(|error: AnswerError| error.to_string());
        match expected {
            None => assert_eq!(found, Ok(()), "{name}"),
            Some(words) => assert!(found.unwrap_err().contains(words), "{name}"),
        }
    }
    for garbage in ["{}", r#"{"decision":"maybe"}"#, r#"{"decision":"approve","x":1}"#] {
        assert!(serde_json::from_str::<Answer>(garbage).is_err(), "{garbage}");
    }
}

#[test]
fn the_share_for_two_is_drawn_the_same_for_ever() {
    let cases = (0..10_000).map(|n| format!("case-{n}")).collect::<Vec<_>>();
    let drawn = |share| cases.iter().filter(|case| is_drawn_for_two(case, share)).count();
    assert_eq!((drawn(0.0), drawn(1.0)), (0, 10_000));
    assert!((900..1100).contains(&drawn(0.1)), "{}", drawn(0.1));
    let first: Vec<usize> = (0..60).filter(|n| is_drawn_for_two(&cases[*n], 0.1)).collect();
    assert_eq!(first, [2, 5, 12, 22, 37, 39, 44, 49, 57, 58]);
}

#[derive(Debug, Clone)]
enum Try {
    Claim,
    Renew(u64),
    Release(u64),
    Decide(u64, Answer),
    Undo,
}

fn tries() -> impl Strategy<Value = Vec<(usize, i64, Try)>> {
    let answer = prop_oneof![
        3 => Just(Answer::Approve {}),
        2 => Just(reject()),
        1 => Just(Answer::Escalate {}),
    ];
    // How many tokens ago the one who tries got his.
    let old = prop_oneof![6 => Just(0_u64), 1 => 1..3_u64];
    let each = prop_oneof![
        4 => Just(Try::Claim),
        1 => old.clone().prop_map(Try::Renew),
        1 => old.clone().prop_map(Try::Release),
        4 => (old, answer).prop_map(|(old, answer)| Try::Decide(old, answer)),
        2 => Just(Try::Undo),
    ];
    prop::collection::vec((0..NAMES.len(), 0..50_i64, each), 0..60)
}

proptest! {
    #[test]
    fn whatever_people_try_a_case_is_decided_by_those_who_may(
        needed in 1..=2_u8, tries in tries(),
    ) {
        let mut case = Case { opinions_needed: needed, ..Case::new() };
        let mut second = 0;
        for (name, later, what) in tries {
            second += later;
            let (name, now, until) = (NAMES[name], at(second), at(second + LEASE_S));
            let held = case.held(now).map(|lease| lease.holder.clone());
            let token = |old: u64| (who(name), case.fence.saturating_sub(old));
            let is_live = held.as_deref() == Some(name);
            let (next, may) = match &what {
                Try::Claim => (case.claim(who(name), now, until), held.is_none() || is_live),
                Try::Renew(old) => (case.renew(token(*old), now, until), is_live && *old == 0),
                Try::Release(old) => (case.release(token(*old), now), is_live && *old == 0),
                Try::Decide(old, answer) => {
                    (case.decide(token(*old), now, answer.clone()), is_live && *old == 0)
                }
                Try::Undo => (case.undo((who(name), GRACE), now, until), held.is_none()),
            };
            let Ok(next) = next else { continue };
            prop_assert!(may, "{name} {what:?} {case:?}");
            prop_assert_eq!(next.version, case.version + 1);
            prop_assert!(next.fence >= case.fence);
            let new_holder = next.held(now).map(|lease| &lease.holder);
            if new_holder.is_some() && new_holder != held.as_ref() {
                prop_assert!(next.fence > case.fence, "a new holder has a new token");
            }
            if case.stage == Stage::Decided {
                prop_assert!(matches!(what, Try::Undo), "only undoing opens it again");
            }
            case = next;
            let opinions: Vec<_> = case.given.iter().filter(|g| g.answer.is_opinion()).collect();
            let people: std::collections::BTreeSet<_> =
                opinions.iter().map(|given| &given.reviewer).collect();
            prop_assert_eq!(people.len(), opinions.len(), "one opinion a person");
            if let Some(outcome) = case.outcome() {
                let agree = opinions.iter().filter(|o| o.answer.agrees_with(outcome)).count();
                let by_senior = opinions.last().is_some_and(|last| last.when_escalated);
                prop_assert!(by_senior || agree == usize::from(needed), "{case:?}");
            }
        }
    }
}
