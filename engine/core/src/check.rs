//! One question put to a document, its answer, and where on the page the answer stands.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::geometry::Polygon;
use crate::reason::Reason;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The document shows what was asked.
    Passed,
    /// The document shows something else, or nothing.
    Failed,
    /// The check could not run; never counted as passed.
    NotExecuted,
}

/// A place on a page and the text that was read there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Evidence {
    /// The page, from 1.
    pub page: u32,
    /// Where, in pixels of the page as rendered.
    pub polygon: Polygon,
    /// What was read there.
    pub text: String,
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Check {
    /// The dotted name, e.g. `claim.total`.
    pub check: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How sure the check is that what it asked is true of the document, 0–1.
    pub confidence: f32,
    /// As what a claim was compared, e.g. `money`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
    /// What was asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expected: Option<String>,
    /// What was found.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub found: Option<String>,
    /// Why it failed or could not run; always present on those.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Reason>,
    /// What the check measured, by name: what a policy weighs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub measures: BTreeMap<String, f32>,
    /// Where the answer stands.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
}

impl Check {
    /// A check that passed.
    #[must_use]
    pub fn passed(name: impl Into<String>, confidence: f32) -> Self {
        Self::new(name, Outcome::Passed, confidence, None)
    }

    /// A check that failed for `reason`; `confidence` is that of the claim, so it is low.
    #[must_use]
    pub fn failed(name: impl Into<String>, confidence: f32, reason: Reason) -> Self {
        Self::new(name, Outcome::Failed, confidence, Some(reason))
    }

    /// A check that could not run for `reason`.
    #[must_use]
    pub fn not_executed(name: impl Into<String>, reason: Reason) -> Self {
        Self::new(name, Outcome::NotExecuted, 0.0, Some(reason))
    }

    fn new(
        name: impl Into<String>,
        outcome: Outcome,
        confidence: f32,
        reason: Option<Reason>,
    ) -> Self {
        Self {
            check: name.into(),
            outcome,
            confidence,
            kind: None,
            expected: None,
            found: None,
            reason,
            measures: BTreeMap::new(),
            evidence: Vec::new(),
        }
    }

    /// The same check with what was asked for.
    #[must_use]
    pub fn expecting(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// The same check with what was found.
    #[must_use]
    pub fn finding(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// The same check with what its claim was compared as.
    #[must_use]
    pub fn compared_as(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// The same check with one more measured value; one that is no number is left out.
    #[must_use]
    pub fn measuring(mut self, name: &str, value: f32) -> Self {
        self.measure(name, value);
        self
    }

    /// Adds a measured value; one that is no number is left out.
    pub fn measure(&mut self, name: &str, value: f32) {
        if value.is_finite() {
            self.measures.insert(name.to_owned(), value);
        }
    }

    /// The same check with where it was found.
    #[must_use]
    pub fn at(mut self, evidence: Vec<Evidence>) -> Self {
        self.evidence = evidence;
        self
    }
}
