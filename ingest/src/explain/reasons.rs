//! The reason codes in words: what each means, and what would settle it.

/// What the code means.
pub(super) fn meaning(code: &str) -> String {
    if let Some((key, kind)) = claim(code) {
        return match kind {
            "mismatch" => format!("the document shows another {key} than the claimed one"),
            "not_found" => format!("nothing like the claimed {key} was found"),
            "invalid" => format!("the claimed {key} is not of the kind that it must be"),
            _ => format!("the claimed {key} is in doubt"),
        };
    }
    words(code).0.to_owned()
}

/// What a person can do about it.
pub(super) fn remedy(code: &str) -> String {
    if let Some((key, kind)) = claim(code) {
        return match kind {
            "mismatch" => format!("Compare the {key} on the document with the claim."),
            "not_found" => format!("Look for the {key} on the document; ask for a better picture."),
            "invalid" => format!("Correct the claimed {key} in the request."),
            _ => format!("Compare the {key} on the document with the claim."),
        };
    }
    words(code).1.to_owned()
}

/// The key and the kind of a code `claim.KEY.KIND`.
fn claim(code: &str) -> Option<(&str, &str)> {
    code.strip_prefix("claim.")?.rsplit_once('.')
}

/// What a code means, and what can be done about it.
type Words = (&'static str, &'static str);

fn words(code: &str) -> Words {
    of_file(code)
        .or_else(|| of_values(code))
        .or_else(|| of_decision(code))
        .unwrap_or(("a check is in doubt", "Look at the document."))
}

/// The bytes, the picture and whether there is text.
fn of_file(code: &str) -> Option<Words> {
    let words = match code {
        "content.unreachable" => (
            "the document could not be read where the request says it is",
            "Put the document there, correct the request's uri, or allow its folder with --root.",
        ),
        "content.too_large" => (
            "the document is past a limit on bytes, pages, pixels or time",
            "Ask for a smaller copy, or raise the limit in the configuration.",
        ),
        "content.encrypted" => {
            ("the document is encrypted", "Ask for a copy that opens without a password.")
        }
        "content.unsupported" => (
            "the document is of no type that is read",
            "Ask for a PDF, JPEG, PNG, TIFF, WebP or BMP file.",
        ),
        "content.damaged" => ("the file is broken", "Ask for the file once more."),
        "content.sha256" => (
            "the bytes are not those that the request names",
            "Find out which of the two is right: the file or the request's sha256.",
        ),
        "content.duplicate" => {
            ("the same document was handed in before", "Compare it with the earlier one.")
        }
        "image.low_resolution" => {
            ("the text is too small to be read well", "Ask for a larger picture.")
        }
        "image.blurred" => ("the picture is blurred", "Ask for a sharper picture."),
        "image.glare" => {
            ("glare hides a part of the text", "Ask for a picture without the reflection.")
        }
        "image.low_contrast" => (
            "the ink is hardly darker than the paper",
            "Ask for a picture in better light, or for the original.",
        ),
        "image.cropped" => {
            ("text runs off the edge of the picture", "Ask for a picture of the whole page.")
        }
        "text_layer.differs" => (
            "the text inside the PDF says something else than its page shows",
            "Look at the page: what it shows counts.",
        ),
        "text.none" => ("no text was found on any page", "Look whether the pages show anything."),
        _ => return None,
    };
    Some(words)
}

/// What the document is and says.
fn of_values(code: &str) -> Option<Words> {
    let words = match code {
        "type.unknown" => (
            "no profile has the name that the request gives as the document's type",
            "Correct the type in the request, or the --type.",
        ),
        "mrz.check_digit" => (
            "a check digit of the machine-readable zone is wrong",
            "Compare the zone with the printed fields.",
        ),
        "type.mismatch" => (
            "the text is clearly that of another type of document",
            "Correct the type in the request, or ask for the right document.",
        ),
        "identifier.format" => (
            "an identifier is not of the form that its kind has",
            "Compare the identifier with the document, letter by letter.",
        ),
        "identifier.check_digit" => (
            "the check digits of an identifier do not fit the rest of it",
            "Look for a mistyped or a changed digit in the identifier.",
        ),
        "arithmetic.mismatch" => (
            "the amounts of the document do not add up to its total",
            "Add up the amounts on the document, and look at the one that stands out.",
        ),
        "mrz.not_found" => (
            "a passport's number is claimed, but no machine-readable zone could be read",
            "Look at the foot of the page, or ask for a better picture.",
        ),
        "mrz.claim_mismatch" => (
            "the machine-readable zone says something else than the claims",
            "Compare the zone and the claims with the printed fields.",
        ),
        "validity.expired" => {
            ("the last day of validity has passed", "Ask for the document that is valid now.")
        }
        "validity.not_yet" => (
            "the first day of validity has not come",
            "Look at the dates on the document, and when it was handed in.",
        ),
        _ => return None,
    };
    Some(words)
}

/// The engine and its policy.
fn of_decision(code: &str) -> Option<Words> {
    let words = match code {
        "engine.failed" => (
            "the engine failed on this document; nothing is known of it",
            "Verify it again; if it fails again, look at it and report the failure.",
        ),
        "second_reader.absent" => (
            "a claim is in doubt, and there is no second reader to ask about it",
            "Install Tesseract and verify it again, or compare the claim with the document.",
        ),
        "policy.uncertain" => (
            "the confidence lies between the thresholds of the policy",
            "Compare the claims with the document.",
        ),
        "policy.no_claims" => (
            "nothing is claimed, so there is nothing to accept",
            "Name what the document must show with --claims or in the request.",
        ),
        "policy.sampled" => {
            ("the policy has a share of all documents looked at", "Compare the claims with it.")
        }
        _ => return None,
    };
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ivendor_core::reason::Reason;

    #[test]
    fn every_reason_of_the_domain_has_words_of_its_own() {
        let all = [
            Reason::CONTENT_UNREACHABLE,
            Reason::CONTENT_TOO_LARGE,
            Reason::CONTENT_ENCRYPTED,
            Reason::CONTENT_UNSUPPORTED,
            Reason::CONTENT_DAMAGED,
            Reason::CONTENT_SHA256,
            Reason::TYPE_UNKNOWN,
            Reason::TEXT_NONE,
            Reason::TYPE_MISMATCH,
            Reason::IDENTIFIER_FORMAT,
            Reason::IDENTIFIER_CHECK_DIGIT,
            Reason::ARITHMETIC_MISMATCH,
            Reason::CONTENT_DUPLICATE,
            Reason::IMAGE_LOW_RESOLUTION,
            Reason::IMAGE_BLURRED,
            Reason::IMAGE_GLARE,
            Reason::IMAGE_LOW_CONTRAST,
            Reason::IMAGE_CROPPED,
            Reason::TEXT_LAYER_DIFFERS,
            Reason::MRZ_NOT_FOUND,
            Reason::MRZ_CHECK_DIGIT,
            Reason::MRZ_CLAIM_MISMATCH,
            Reason::VALIDITY_EXPIRED,
            Reason::VALIDITY_NOT_YET,
            Reason::ENGINE_FAILED,
            Reason::POLICY_UNCERTAIN,
            Reason::POLICY_NO_CLAIMS,
            Reason::POLICY_SAMPLED,
            Reason::SECOND_READER_ABSENT,
            Reason::claim_mismatch("total"),
            Reason::claim_not_found("total"),
            Reason::claim_invalid("total"),
        ];
        for reason in all {
            assert_ne!(meaning(reason.as_str()), "a check is in doubt", "{reason}");
            assert_ne!(remedy(reason.as_str()), "Look at the document.", "{reason}");
        }
        assert_eq!(meaning("later.code"), "a check is in doubt");
        assert!(meaning("claim.total.later").contains("total"));
    }
}
