//! The codes that say why: stable, dotted, and the same in verdicts, logs and statistics.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A reason code such as `content.damaged` or `claim.total.mismatch`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reason(Cow<'static, str>);

impl Reason {
    /// The bytes could not be fetched: the file is gone, or its place may not be read.
    pub const CONTENT_UNREACHABLE: Self = Self::new("content.unreachable");
    /// A limit on bytes, pages, pixels or seconds was exceeded.
    pub const CONTENT_TOO_LARGE: Self = Self::new("content.too_large");
    /// The document is encrypted and no one gave a password.
    pub const CONTENT_ENCRYPTED: Self = Self::new("content.encrypted");
    /// Not a type of document that is read.
    pub const CONTENT_UNSUPPORTED: Self = Self::new("content.unsupported");
    /// The type is known, the bytes are broken.
    pub const CONTENT_DAMAGED: Self = Self::new("content.damaged");
    /// The bytes are not those that the request names.
    pub const CONTENT_SHA256: Self = Self::new("content.sha256");
    /// The same document, or nearly the same picture, came before under another identifier.
    pub const CONTENT_DUPLICATE: Self = Self::new("content.duplicate");
    /// There is no profile for the type that the document is said to be.
    pub const TYPE_UNKNOWN: Self = Self::new("type.unknown");
    /// No text was found on any page.
    pub const TEXT_NONE: Self = Self::new("text.none");
    /// The text is too small in pixels to be read well.
    pub const IMAGE_LOW_RESOLUTION: Self = Self::new("image.low_resolution");
    /// The text is out of focus or smeared.
    pub const IMAGE_BLURRED: Self = Self::new("image.blurred");
    /// Glare hides a part of the text.
    pub const IMAGE_GLARE: Self = Self::new("image.glare");
    /// The ink is hardly darker than the paper.
    pub const IMAGE_LOW_CONTRAST: Self = Self::new("image.low_contrast");
    /// Text runs off the edge of the picture.
    pub const IMAGE_CROPPED: Self = Self::new("image.cropped");
    /// The text layer of a PDF says something else than its pixels show.
    pub const TEXT_LAYER_DIFFERS: Self = Self::new("text_layer.differs");
    /// The text is clearly that of another type of document than the claimed one.
    pub const TYPE_MISMATCH: Self = Self::new("type.mismatch");
    /// An identifier is not of the form that its kind has.
    pub const IDENTIFIER_FORMAT: Self = Self::new("identifier.format");
    /// The check digits of an identifier do not fit the rest of it.
    pub const IDENTIFIER_CHECK_DIGIT: Self = Self::new("identifier.check_digit");
    /// The amounts of the document do not add up to its total.
    pub const ARITHMETIC_MISMATCH: Self = Self::new("arithmetic.mismatch");
    /// A passport's number is claimed, and no machine-readable zone could be read.
    pub const MRZ_NOT_FOUND: Self = Self::new("mrz.not_found");
    /// A check digit of the machine-readable zone is wrong.
    pub const MRZ_CHECK_DIGIT: Self = Self::new("mrz.check_digit");
    /// The machine-readable zone says something else than what is claimed.
    pub const MRZ_CLAIM_MISMATCH: Self = Self::new("mrz.claim_mismatch");
    /// The document is no longer valid.
    pub const VALIDITY_EXPIRED: Self = Self::new("validity.expired");
    /// The document is not valid yet.
    pub const VALIDITY_NOT_YET: Self = Self::new("validity.not_yet");
    /// A claim was in doubt, and there is no second reader to ask about it.
    pub const SECOND_READER_ABSENT: Self = Self::new("second_reader.absent");
    /// The engine failed on this document; nothing is known of it.
    pub const ENGINE_FAILED: Self = Self::new("engine.failed");
    /// The confidence lies between the thresholds of the policy.
    pub const POLICY_UNCERTAIN: Self = Self::new("policy.uncertain");
    /// The request makes no claim, so there is nothing to accept.
    pub const POLICY_NO_CLAIMS: Self = Self::new("policy.no_claims");
    /// An accepted document that a person looks at all the same, so that errors are measured.
    pub const POLICY_SAMPLED: Self = Self::new("policy.sampled");

    /// A code `family.what` that is known when the program is compiled.
    #[must_use]
    pub const fn new(code: &'static str) -> Self {
        Self(Cow::Borrowed(code))
    }

    /// `claim.KEY.mismatch`: another value than the claimed one was found.
    #[must_use]
    pub fn claim_mismatch(key: &str) -> Self {
        Self(Cow::Owned(format!("claim.{key}.mismatch")))
    }

    /// `claim.KEY.not_found`: nothing like the claimed value was found.
    #[must_use]
    pub fn claim_not_found(key: &str) -> Self {
        Self(Cow::Owned(format!("claim.{key}.not_found")))
    }

    /// `claim.KEY.invalid`: the claimed value is not of the kind that its profile asks for.
    #[must_use]
    pub fn claim_invalid(key: &str) -> Self {
        Self(Cow::Owned(format!("claim.{key}.invalid")))
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
