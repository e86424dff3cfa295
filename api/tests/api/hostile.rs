//! Texts that would like to be something else: SQL, paths, scripts.

use ivendor_settings::ReviewSettings;
use ivendor_store::reference::Scope;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::desk::{Ask, Desk};

const SQL: [&str; 6] = [
    "' or 1=1 --",
    "'; drop table review_case; --",
    "\" or \"\"=\"",
    "a') union select hash from token --",
    "%",
    "\\'; select pg_sleep(60) --",
];

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[tokio::test]
async fn sql_in_any_filter_is_a_text_that_nothing_has() {
    let desk = Desk::new(ReviewSettings::default()).await;
    desk.case("acme", "a").await;
    let boss = desk.token("dora", (Scope::Admin, &[])).await;
    // Where a text is free it finds nothing; where it has a form it is refused.
    let filters = [
        ("/v1/cases?tenant=", 400),
        ("/v1/cases?state=", 400),
        ("/v1/cases?type=", 200),
        ("/v1/cases?reason=", 200),
        ("/v1/cases?assignee=", 200),
        ("/v1/cases?confidence_min=", 400),
        ("/v1/cases?confidence_max=", 400),
        ("/v1/cases?opened_from=", 400),
        ("/v1/cases?opened_before=", 400),
        ("/v1/cases?sort=", 400),
        ("/v1/cases?cursor=", 400),
        ("/v1/cases?limit=", 400),
        ("/v1/audit?tenant=", 400),
        ("/v1/audit?actor=", 200),
        ("/v1/audit?resource=", 200),
        ("/v1/audit?action=", 200),
        ("/v1/audit?from=", 400),
        ("/v1/audit?before=", 400),
        ("/v1/audit?order=", 400),
        ("/v1/audit?cursor=", 400),
        ("/v1/audit?limit=", 400),
        ("/v1/audit/verify?tenant=", 400),
        ("/v1/statistics?tenant=", 400),
    ];
    for (filter, status) in filters {
        for sql in SQL {
            let answer = desk.ask(Ask::get(format!("{filter}{}", encoded(sql)), &boss)).await;
            assert_eq!(answer.status.as_u16(), status, "{filter}{sql}: {answer:?}");
            for list in ["cases", "records"] {
                let found = answer.body[list].as_array().map_or(0, Vec::len);
                assert_eq!(found, 0, "{filter}{sql}: {answer:?}");
            }
        }
    }
    for sql in SQL {
        let case = format!("/v1/tenants/acme/cases/{}", encoded(sql));
        for path in [case.clone(), format!("{case}/pages"), format!("{case}/pages/1")] {
            let answer = desk.ask(Ask::get(path, &boss)).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{sql}: {answer:?}");
        }
        let claim = json!({"tenant": sql});
        let answer = desk.ask(Ask::send((Method::POST, "/v1/cases/claim"), &boss, &claim)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{sql}: {answer:?}");
    }
    let all = desk.ask(Ask::get("/v1/cases", &boss)).await;
    assert_eq!(all.body["cases"].as_array().unwrap().len(), 1, "nothing was dropped");
}

#[tokio::test]
async fn a_path_in_a_name_leads_nowhere() {
    let desk = Desk::new(ReviewSettings::default()).await;
    desk.case("acme", "a").await;
    let boss = desk.token("dora", (Scope::Admin, &[])).await;
    for name in ["..%2f..%2fetc%2fpasswd", "%2e%2e%2fa", "a%2fb", "..%5c..", "a%00", "%2fetc"] {
        for path in [
            format!("/v1/tenants/acme/documents/{name}/history"),
            format!("/v1/tenants/{name}/documents/a/history"),
            format!("/v1/tenants/{name}/cases/a"),
            format!("/v1/tenants/acme/cases/{name}/pages/1"),
            format!("/assets/{name}/app.js"),
            format!("/assets/0/{name}"),
        ] {
            let answer = desk.ask(Ask::get(path.as_str(), &boss)).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn a_script_in_a_claim_a_note_or_a_comment_goes_out_as_the_text_that_it_is() {
    let desk = Desk::new(ReviewSettings::default()).await;
    let script = "<script>alert(1)</script><img src=x onerror=alert(2)>";
    let case = desk.case_claiming(("acme", "a"), ("total", script)).await;
    let ann = desk.token("ann", (Scope::Review, &[])).await;
    let comment = (Method::POST, format!("{case}/comments"));
    let written = desk.ask(Ask::send(comment, &ann, &json!({"body": script}))).await;
    assert_eq!(written.status, StatusCode::CREATED);
    let lease = (Method::POST, format!("{case}/lease"));
    let held = desk.ask(Ask::send(lease, &ann, &json!({}))).await;
    let answer = json!({"decision": "correct", "values": {"total": script}});
    let body = json!({"fence": held.body["fence"], "answer": answer, "note": script});
    let done = desk.ask(Ask::send((Method::POST, format!("{case}/decision")), &ann, &body)).await;
    assert_eq!(done.status, StatusCode::OK, "{done:?}");
    // As JSON, whose kind no browser guesses: every answer here says nosniff.
    let seen = desk.ask(Ask::get(case.as_str(), &ann)).await;
    assert_eq!(seen.kind, "application/json");
    assert_eq!(seen.body["request"]["claims"]["total"], script);
    assert_eq!(seen.body["comments"][0]["body"], script);
    assert_eq!(seen.body["opinions"][0]["note"], script);
    let wrong = desk.ask(Ask::get(format!("/v1/cases?sort={}", encoded(script)), &ann)).await;
    assert_eq!(wrong.kind, "application/problem+json");
}
