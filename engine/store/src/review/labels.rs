//! What people decided, as labels: verdicts of which it is known whether the claims are true.
//!
//! Only what is decided is a label: where two people disagree, the case waits for somebody senior,
//! and is none until then. Whoever asked for another picture said nothing of the claims.

use std::collections::BTreeSet;

use ivendor_core::ids::TenantId;
use ivendor_core::review::answer::Answer;
use ivendor_core::sharding::ShardId;
use ivendor_core::verdict::Verdict;
use jiff::Timestamp;
use serde::Serialize;
use sqlx::PgPool;

use crate::error::{Place, StoreError};
use crate::shards::Shards;

/// Cases that are read at a time.
const PAGE: i64 = 500;

const DECIDED: &str = "
select c.case_id, c.outcome::text, v.verdict::text
from review_case c
join verification v on v.tenant_id = c.tenant_id and v.document_id = c.document_id
    and v.result_key = c.result_key
where c.state = 'decided' and c.outcome is not null and c.case_id > $1
    and ($2::text[] is null or c.tenant_id = any($2))
    and ($3::bigint is null
        or c.decided_at >= timestamptz 'epoch' + $3 * interval '1 microsecond')
order by c.case_id limit $4";

/// Which decided cases.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelFilter {
    /// Of these tenants; `None` for all.
    pub tenants: Option<Vec<TenantId>>,
    /// Decided at this moment or later.
    pub decided_from: Option<Timestamp>,
}

/// A verdict of which a person said whether the claims are true.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Label {
    /// The tenant and the document: labels of one document are never parted.
    pub document: String,
    /// Whether every claim is true.
    pub label: bool,
    /// The claims that are false, as far as the person named them.
    pub false_keys: BTreeSet<String>,
    /// The verdict, without the text of the pages.
    pub verdict: Verdict,
}

/// A page of labels.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelPage {
    /// The labels.
    pub labels: Vec<Label>,
    /// Decided cases of this page that say nothing of the claims.
    pub left_out: usize,
    /// The last case of this page, after which the next one begins; `None` on the last one.
    pub next: Option<String>,
}

impl Shards {
    /// The labels of a shard after this case, in the order of the cases.
    ///
    /// # Errors
    /// [`StoreError`] where the shard cannot be asked or holds what cannot be read.
    pub async fn labels(
        &self,
        shard: ShardId,
        filter: &LabelFilter,
        after: &str,
    ) -> Result<LabelPage, StoreError> {
        self.on(shard, |pool| page(pool, Place::Shard(shard), (filter, after))).await
    }
}

async fn page(
    pool: PgPool,
    place: Place,
    (filter, after): (&LabelFilter, &str),
) -> Result<LabelPage, StoreError> {
    let tenants = filter.tenants.as_ref();
    let tenants: Option<Vec<&str>> = tenants.map(|t| t.iter().map(TenantId::as_str).collect());
    let rows: Vec<(String, String, String)> = sqlx::query_as(DECIDED)
        .bind(after)
        .bind(tenants)
        .bind(filter.decided_from.map(Timestamp::as_microsecond))
        .bind(PAGE)
        .fetch_all(&pool)
        .await
        .map_err(StoreError::at(place))?;
    let is_last = i64::try_from(rows.len()).is_ok_and(|count| count < PAGE);
    let next = rows.last().filter(|_| !is_last).map(|(case_id, ..)| case_id.clone());
    let wrong = |error: serde_json::Error| StoreError::Row { place, problem: error.to_string() };
    let mut page = LabelPage { labels: Vec::new(), left_out: 0, next };
    for (_, outcome, verdict) in rows {
        let outcome: Answer = serde_json::from_str(&outcome).map_err(wrong)?;
        match said(&outcome) {
            None => page.left_out += 1,
            Some((label, false_keys)) => {
                let verdict: Verdict = serde_json::from_str(&verdict).map_err(wrong)?;
                let document = format!("{}/{}", verdict.tenant_id, verdict.document_id);
                let verdict = Verdict { pages: None, ..verdict };
                page.labels.push(Label { document, label, false_keys, verdict });
            }
        }
    }
    Ok(page)
}

/// Whether an answer says that all claims are true, and which ones it names as false.
fn said(answer: &Answer) -> Option<(bool, BTreeSet<String>)> {
    match answer {
        Answer::Approve {} => Some((true, BTreeSet::new())),
        Answer::Correct { values } => Some((false, values.keys().cloned().collect())),
        Answer::Reject { reasons } => {
            let key =
                |code: &str| Some(code.strip_prefix("claim.")?.rsplit_once('.')?.0.to_owned());
            Some((false, reasons.iter().filter_map(|reason| key(reason.as_str())).collect()))
        }
        Answer::RequestPicture { .. } | Answer::Escalate {} => None,
    }
}

#[cfg(test)]
mod tests {
    use ivendor_core::reason::Reason;

    use super::*;

    #[test]
    fn an_answer_says_whether_the_claims_are_true_and_which_are_not() {
        let reasons = |codes: &[&'static str]| codes.iter().map(|code| Reason::new(code)).collect();
        let values = [("total".to_owned(), "8.00".to_owned())].into();
        let cases = [
            ("approve", Answer::Approve {}, Some((true, vec![]))),
            ("correct", Answer::Correct { values }, Some((false, vec!["total"]))),
            (
                "reject for claims",
                Answer::Reject {
                    reasons: reasons(&["claim.total.mismatch", "claim.date.not_found"]),
                },
                Some((false, vec!["date", "total"])),
            ),
            (
                "reject for something else",
                Answer::Reject { reasons: reasons(&["document.forged"]) },
                Some((false, vec![])),
            ),
            (
                "another picture",
                Answer::RequestPicture { reasons: reasons(&["image.blurred"]) },
                None,
            ),
            ("escalate", Answer::Escalate {}, None),
        ];
        for (name, answer, expected) in cases {
            let expected = expected.map(|(label, keys)| {
                (label, keys.into_iter().map(str::to_owned).collect::<BTreeSet<_>>())
            });
            assert_eq!(said(&answer), expected, "{name}");
        }
    }
}
