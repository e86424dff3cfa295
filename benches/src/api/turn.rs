//! What somebody does: look at a case, list cases, take one and give it back, take one and decide.

use std::time::{Duration, Instant};

use hyper::body::Bytes;
use hyper::{Method, StatusCode};
use ivendor_core::ids::TenantId;
use serde::Deserialize;

use super::ground::Person;
use super::line::{Ask, Line};

/// What everybody does in one pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Work {
    /// Looks at cases.
    Get,
    /// Lists the first cases, as the page does.
    List,
    /// Takes the next case and gives it back.
    Claim,
    /// Takes the next case and decides it.
    Decide,
}

impl Work {
    pub(super) const ALL: [Self; 4] = [Self::Get, Self::List, Self::Claim, Self::Decide];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Claim => "claim",
            Self::Decide => "decide",
        }
    }
}

/// The lists that people look at, in turns; `TENANT` stands for one of theirs.
pub(super) const LISTS: [(&str, &str); 8] = [
    ("list: open, due", "state=open&sort=due"),
    ("list: open, doubt", "state=open&sort=doubt"),
    ("list: waiting, newest", "state=open,claimed,escalated&sort=newest"),
    ("list: a tenant's, doubt", "tenant=TENANT&state=open&sort=doubt"),
    ("list: decided, due", "state=decided&sort=due"),
    ("list: all, due", "sort=due"),
    ("list: a type", "state=open&type=tax_form&sort=due"),
    ("list: a rare reason", "state=open&reason=mrz.check_digit&sort=due"),
];

/// A request that was answered, or not.
#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub(super) what: &'static str,
    pub(super) began: Instant,
    pub(super) took: Duration,
    /// Why it does not count as done.
    pub(super) problem: Option<String>,
}

/// A case in somebody's hand.
#[derive(Debug, Deserialize)]
struct Held {
    case_id: String,
    tenant_id: TenantId,
    fence: u64,
}

/// Somebody at work: a connection, and what was asked on it.
pub(super) struct Desk<'a> {
    pub(super) line: Line,
    pub(super) cases: &'a [(String, String)],
    pub(super) samples: Vec<Sample>,
}

impl Desk<'_> {
    /// Does it once, as this person. Times count from `due`, when it should have begun.
    pub(super) async fn turn(
        &mut self,
        work: Work,
        (person, number): (&Person, usize),
        due: Instant,
    ) {
        match work {
            Work::Get => {
                let (tenant, case) = &self.cases[number % self.cases.len()];
                let path = format!("/v1/tenants/{tenant}/cases/{case}");
                self.ask("get", (Method::GET, path, None), (person, due)).await;
            }
            Work::List => {
                let (_, query) = LISTS[number % LISTS.len()];
                self.list("list", query, (person, due)).await;
            }
            Work::Claim => {
                let Some(held) = self.claim((person, number), due).await else { return };
                let Held { case_id, tenant_id, fence } = held;
                let path = format!("/v1/tenants/{tenant_id}/cases/{case_id}/lease?fence={fence}");
                let now = Instant::now();
                self.ask("give back", (Method::DELETE, path, None), (person, now)).await;
            }
            Work::Decide => {
                let Some(held) = self.claim((person, number), due).await else { return };
                let Held { case_id, tenant_id, fence } = held;
                let path = format!("/v1/tenants/{tenant_id}/cases/{case_id}/decision");
                let answer = r#"{"decision":"approve"}"#;
                let body = format!(r#"{{"fence":{fence},"answer":{answer},"note":"as claimed"}}"#);
                let now = Instant::now();
                self.ask("decide", (Method::POST, path, Some(body)), (person, now)).await;
            }
        }
    }

    pub(super) async fn list(
        &mut self,
        what: &'static str,
        query: &str,
        (person, due): (&Person, Instant),
    ) {
        let query = query.replace("TENANT", person.tenant.as_str());
        let path = format!("/v1/cases?{query}&limit=50");
        self.ask(what, (Method::GET, path, None), (person, due)).await;
    }

    async fn claim(&mut self, (person, number): (&Person, usize), due: Instant) -> Option<Held> {
        let order = if number % 3 == 0 { "doubt" } else { "due" };
        let body = format!(r#"{{"order":"{order}"}}"#);
        let asked = (Method::POST, "/v1/cases/claim".to_owned(), Some(body));
        let body = self.ask("claim", asked, (person, due)).await?;
        serde_json::from_slice(&body).ok()
    }

    async fn ask(
        &mut self,
        what: &'static str,
        (method, path, body): (Method, String, Option<String>),
        (person, began): (&Person, Instant),
    ) -> Option<Bytes> {
        let authorization = &person.authorization;
        let answer = self.line.ask(Ask { method, path, authorization, body }).await;
        let problem = match &answer {
            Ok((StatusCode::OK, _)) => None,
            Ok((status, _)) => Some(status.to_string()),
            Err(problem) => Some(problem.clone()),
        };
        let is_fine = problem.is_none();
        self.samples.push(Sample { what, began, took: began.elapsed(), problem });
        answer.ok().filter(|_| is_fine).map(|(_, body)| body)
    }
}
