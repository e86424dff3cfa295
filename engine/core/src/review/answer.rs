//! What a person says of a case.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::limits::{RequestLimits, ReviewLimits};
use crate::reason::Reason;

/// A person's answer to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "decision", rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// The document shows what is claimed.
    Approve {},
    /// It does not.
    Reject {
        /// Why: one code or more.
        #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 16))]
        reasons: Vec<Reason>,
    },
    /// It would, if these claims had other values.
    Correct {
        /// What the document says, by the key of the claim.
        values: BTreeMap<String, String>,
    },
    /// Nobody can say from this picture.
    RequestPicture {
        /// What is wrong with it: one code or more.
        #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 16))]
        reasons: Vec<Reason>,
    },
    /// Somebody else should say.
    Escalate {},
}

/// An answer that cannot be.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// No reason, or too many.
    #[error("name 1 to {max} reasons", max = ReviewLimits::REASONS_MAX)]
    Reasons,
    /// A reason that is no code.
    #[error(
        "{0:?} is no reason code: lower-case words of letters, digits and _, with dots between"
    )]
    Reason(String),
    /// No corrected value, or too many.
    #[error("correct 1 to {max} values", max = RequestLimits::CLAIMS_MAX)]
    Values,
    /// A value that is empty or past its limit.
    #[error("the value for {0:?} must have 1 to {max} bytes, and its key at most {key_max}",
        max = RequestLimits::CLAIM_VALUE_LEN_MAX, key_max = RequestLimits::CLAIM_KEY_LEN_MAX)]
    Value(String),
}

impl Answer {
    /// Its name, as in JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Approve {} => "approve",
            Self::Reject { .. } => "reject",
            Self::Correct { .. } => "correct",
            Self::RequestPicture { .. } => "request_picture",
            Self::Escalate {} => "escalate",
        }
    }

    /// Why, where it names reasons.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Reject { reasons } | Self::RequestPicture { reasons } => reasons,
            _ => &[],
        }
    }

    /// Whether it says something of the document.
    #[must_use]
    pub fn is_opinion(&self) -> bool {
        !matches!(self, Self::Escalate {})
    }

    /// Whether two people say the same: the same answer, and the same corrections. Why they reject
    /// may differ.
    #[must_use]
    pub fn agrees_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Correct { values }, Self::Correct { values: others }) => values == others,
            _ => self.name() == other.name(),
        }
    }

    /// Says whether it can be.
    ///
    /// # Errors
    /// [`AnswerError`] says what is wrong with it.
    pub fn check(&self) -> Result<(), AnswerError> {
        if let Self::Reject { reasons } | Self::RequestPicture { reasons } = self {
            if !(1..=ReviewLimits::REASONS_MAX).contains(&reasons.len()) {
                return Err(AnswerError::Reasons);
            }
            let wrong = reasons.iter().map(Reason::as_str).find(|code| !is_code(code));
            return wrong.map_or(Ok(()), |code| Err(AnswerError::Reason(shown(code))));
        }
        let Self::Correct { values } = self else { return Ok(()) };
        if !(1..=RequestLimits::CLAIMS_MAX).contains(&values.len()) {
            return Err(AnswerError::Values);
        }
        let is_wrong = |(key, value): &(&String, &String)| {
            key.is_empty()
                || key.chars().count() > RequestLimits::CLAIM_KEY_LEN_MAX
                || !(1..=RequestLimits::CLAIM_VALUE_LEN_MAX).contains(&value.len())
                || value.contains('\0')
                || key.contains('\0')
        };
        let wrong = values.iter().find(is_wrong);
        wrong.map_or(Ok(()), |(key, _)| Err(AnswerError::Value(shown(key))))
    }
}

/// The start of a text that may be of any length.
fn shown(text: &str) -> String {
    text.chars().take(64).collect()
}

fn is_code(code: &str) -> bool {
    let word = |word: &str| {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        !word.is_empty() && word.chars().all(allowed)
    };
    code.len() <= ReviewLimits::REASON_LEN_MAX && code.split('.').all(word)
}
