//! The page in a browser, against the program and real shards: whole reviews from the keyboard,
//! what everything looks like, and what is said where something goes wrong. The pictures that the
//! tests take lie in the folder `browser` of cargo's target directory.

#![allow(clippy::unwrap_used, reason = "a test ends where its ground is missing")]

mod drawn;
mod program;
mod script;
#[path = "../common/tokens.rs"]
mod tokens;

use std::collections::BTreeMap;

use ivendor_core::review::answer::Answer;
use ivendor_store::reference::Scope;
use ivendor_store::review::State;
use serde_json::json;

use crate::drawn::invoice;
use crate::program::{Case, Program};
use crate::script::{nothing, run};

/// What most cases here claim wrongly: a swapped digit.
const WRONG: (&str, &str) = ("total", "1,723.80");

/// Cases whose claimed total is wrong, the first one due first.
async fn cases(program: &Program, count: u32) -> Vec<Case> {
    let mut cases = Vec::new();
    for number in 2041..2041 + count {
        let drawn = invoice(number, &[WRONG]);
        cases.push(program.case("acme", &format!("inv-{number}"), &drawn).await);
    }
    cases
}

fn of<'a>(cases: &'a [Case], document: &str) -> &'a Case {
    cases.iter().find(|case| case.document == document).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_review_is_done_from_the_keyboard() {
    let program = Program::start("").await;
    let cases = cases(&program, 7).await;
    let token = program.token("ann", (Scope::Review, &[])).await;
    let plan = json!({"base": program.base(), "token": token, "cases": cases.len()});
    let mut said = String::new();
    run("review", &plan, |answers| said = answers.to_owned());
    let said: BTreeMap<String, String> = serde_json::from_str(&said).unwrap();
    for (name, document) in &said {
        let (record, opinions, comments) = program.stored(of(&cases, document)).await;
        let (state, note) = (record.state, opinions[0].note.as_str());
        let codes = |answer: &Answer| answer.reasons().iter().map(ToString::to_string).collect();
        let outcome = record.outcome.as_ref();
        let reasons: Vec<String> = outcome.map(codes).unwrap_or_default();
        let answer = outcome.map(Answer::name);
        let found = (state, answer, reasons.first().map(String::as_str), note, comments.len());
        let decided = State::Decided;
        let expected = match name.as_str() {
            "approve" | "last" => (decided, Some("approve"), None, "", 0),
            "reject" => (decided, Some("reject"), Some("document.forged"), "", 0),
            "correct" => (decided, Some("correct"), None, "", 0),
            "request_picture" => (decided, Some("request_picture"), Some("image.blurred"), "", 0),
            "escalate" => (State::Escalated, None, None, "The stamp looks odd.", 0),
            "undone" => (decided, Some("reject"), Some("document.expired"), "", 1),
            other => panic!("{other}"),
        };
        assert_eq!(found, expected, "{name}");
        if let Some(Answer::Correct { values }) = outcome {
            assert_eq!(values["total"], "1,273.80", "what was read");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_can_be_seen_and_heard_in_light_and_in_dark() {
    look_at(&["light", "dark"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_view_can_be_seen_and_heard_at_twice_the_size_and_on_a_small_screen() {
    look_at(&["twice", "small"]).await;
}

async fn look_at(sizes: &[&str]) {
    let program = Program::start("").await;
    let drawn = invoice(2041, &[WRONG, ("date", "9 May 2026"), ("purchase_order", "PO-7781")]);
    program.case("acme", "inv-2041", &drawn).await;
    cases(&program, 9).await;
    let token = program.token("ann", (Scope::Review, &[])).await;
    run("looks", &json!({"base": program.base(), "token": token, "sizes": sizes}), nothing);
}

#[tokio::test(flavor = "multi_thread")]
async fn markup_and_scripts_in_texts_are_shown_as_they_stand() {
    let program = Program::start("").await;
    let texts = [
        "<img src=x onerror=\"window.wasRun=1\">",
        "<script>window.wasRun=1</script>",
        "\"><svg onload=alert(1)><b>9.00</b>",
        "javascript:alert(1)//<iframe srcdoc='<script>parent.wasRun=1</script>'>",
    ];
    let keys = ["company", "total", "date", "iban"];
    let claims: Vec<_> = keys.into_iter().zip(texts).collect();
    let mut drawn = invoice(2041, &claims);
    // What was read is as foreign as what was claimed.
    for (check, text) in drawn.checks.iter_mut().zip(texts) {
        check.found = Some(format!("read {text}"));
        check.evidence.iter_mut().for_each(|evidence| evidence.text = text.to_owned());
    }
    let key = "<b onclick=alert(1)>key</b>";
    drawn.claims.push((key.to_owned(), texts[0].to_owned()));
    let case = program.case("acme", "inv-2041", &drawn).await;
    let token = program.token("ann", (Scope::Review, &[])).await;
    let plan = json!({"base": program.base(), "token": token, "case": case, "texts": texts});
    run("texts", &plan, nothing);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_not_let_in_sees_nothing() {
    let program = Program::start("").await;
    let cases = cases(&program, 1).await;
    let token = program.token("ann", (Scope::Review, &["acme"])).await;
    let other = program.token("eve", (Scope::Review, &["globex"])).await;
    let plan = json!({"base": program.base(), "token": token, "other": other, "case": cases[0]});
    run("stranger", &plan, nothing);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ended_session_is_said_and_what_was_typed_is_sent_after_signing_in() {
    end_session(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_finds_the_session_ended_last_is_sent_after_signing_in_too() {
    end_session(true).await;
}

async fn end_session(is_late: bool) {
    let program = Program::start("").await;
    let cases = cases(&program, 1).await;
    let token = program.token("ann", (Scope::Review, &[])).await;
    let plan = json!({"base": program.base(), "token": token, "isLate": is_late});
    let mut typed = String::new();
    run("session", &plan, |say| typed = say.to_owned());
    let typed: BTreeMap<String, String> = serde_json::from_str(&typed).unwrap();
    let (record, opinions, _) = program.stored(of(&cases, &typed["document"])).await;
    assert_eq!(record.outcome.as_ref().map(Answer::name), Some("reject"));
    assert_eq!((opinions.len(), &opinions[0].note), (1, &typed["note"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_that_has_ended_is_said_and_what_was_typed_stays() {
    let program = Program::start("lease_s = 5").await;
    let case = cases(&program, 1).await.remove(0);
    let token = program.token("ann", (Scope::Review, &[])).await;
    let bob = program.token("bob", (Scope::Review, &[])).await;
    let plan = json!({"base": program.base(), "token": token, "bob": bob, "case": case});
    run("lease", &plan, nothing);
    let (record, opinions, _) = program.stored(&case).await;
    assert_eq!((record.outcome, opinions.len()), (None, 0), "nobody decided it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_without_its_lease_is_refused_in_words_and_what_was_typed_stays() {
    let program = Program::start("").await;
    let case = cases(&program, 1).await.remove(0);
    let token = program.token("ann", (Scope::Review, &[])).await;
    let bob = program.token("bob", (Scope::Review, &[])).await;
    let mut plan = json!({"base": program.base(), "token": token, "bob": bob, "case": case});
    plan["isTaken"] = json!(true);
    run("lease", &plan, nothing);
    let (record, opinions, _) = program.stored(&case).await;
    assert_eq!((record.outcome, opinions.len()), (None, 0), "nobody decided it");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_the_next_case_stands_at_once_and_decisions_arrive_later_and_once() {
    let mut program = Program::start("").await;
    let cases = cases(&program, 2).await;
    let token = program.token("ann", (Scope::Review, &[])).await;
    let plan = json!({"base": program.base(), "token": token});
    let mut decided = Vec::new();
    run("away", &plan, |asked| match asked {
        "the power is cut" => program.kill(),
        "the power is back" => program.again(),
        documents => decided = serde_json::from_str(documents).unwrap(),
    });
    let decided: Vec<String> = decided;
    let notes = ["", "Seen while away"];
    for (document, note) in decided.iter().zip(notes) {
        let (record, opinions, _) = program.stored(of(&cases, document)).await;
        assert_eq!(record.outcome, Some(Answer::Approve {}), "{document}");
        assert_eq!((opinions.len(), opinions[0].note.as_str()), (1, note), "{document}");
    }
    assert_eq!(decided.len(), 2);
}
