//! Makes the address in a request mean the same wherever it is read.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use ivendor_core::request::{RequestError, VerificationRequest};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use serde::Deserialize;
use serde_json::value::RawValue;

/// What is written as `%XX` in the path of a `file:` URI: all but the unreserved characters of
/// RFC 3986 and the slash.
const ESCAPED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The bytes to send for the request in `line` where they are not the line itself: a relative
/// `uri` is made a `file:` URI below `folder`, an absolute path without links; all else stays.
pub(super) fn settled(
    line: &[u8],
    request: &VerificationRequest,
    folder: &Path,
) -> Result<Option<Vec<u8>>, RequestError> {
    let Some(uri) = absolute(&request.uri, folder) else { return Ok(None) };
    let settled = with_uri(line, &uri)?;
    // It is longer now, and must keep to the bounds all the same.
    VerificationRequest::parse(&settled)?;
    Ok(Some(settled))
}

/// The address as a `file:` URI where it is relative.
fn absolute(uri: &str, folder: &Path) -> Option<String> {
    let path = match scheme(uri) {
        None => PathBuf::from(uri),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("file") => {
            // With a host, a query or nothing at all it is no path; who fetches it says so.
            if rest.is_empty() || rest.starts_with("//") || rest.contains(['?', '#']) {
                return None;
            }
            PathBuf::from(OsString::from_vec(percent_decode_str(rest).collect()))
        }
        Some(_) => return None,
    };
    if path.is_absolute() {
        return None;
    }
    // Steps to the same folder are left out; steps out of it stay, and are refused when fetched.
    let path: PathBuf = folder.join(path).components().collect();
    Some(format!("file://{}", percent_encode(path.as_os_str().as_bytes(), ESCAPED)))
}

/// The scheme by the grammar of RFC 3986, if there is one.
fn scheme(uri: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = uri.split_once(':')?;
    let mut characters = scheme.chars();
    let first = characters.next()?.is_ascii_alphabetic();
    let others = characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    (first && others).then_some((scheme, rest))
}

/// The line with another `uri` in the place of its own.
fn with_uri(line: &[u8], uri: &str) -> Result<Vec<u8>, RequestError> {
    #[derive(Deserialize)]
    struct Addressed<'a> {
        #[serde(borrow)]
        uri: &'a RawValue,
    }
    let raw = serde_json::from_slice::<Addressed<'_>>(line)?.uri.get();
    // It is a part of the line, so the difference of the addresses is its place there.
    let start = raw.as_ptr().addr() - line.as_ptr().addr();
    let quoted = serde_json::to_string(uri)?;
    Ok([&line[..start], quoted.as_bytes(), &line[start + raw.len()..]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    #[test]
    fn a_relative_address_becomes_a_file_below_the_folder() {
        let cases = [
            ("plain", "a.png", Some("file:///data/in/a.png")),
            ("deeper", "b/./c.png", Some("file:///data/in/b/c.png")),
            ("dot first", "./scan:1.png", Some("file:///data/in/scan%3A1.png")),
            ("blank and percent", "a b%20.png", Some("file:///data/in/a%20b%2520.png")),
            ("not ASCII", "é.png", Some("file:///data/in/%C3%A9.png")),
            ("parent stays", "../a.png", Some("file:///data/in/../a.png")),
            ("relative file URI", "file:b/a%20b.png", Some("file:///data/in/b/a%20b.png")),
            ("absolute path", "/x/a.png", None),
            ("absolute file URI", "file:/x/a.png", None),
            ("file URI with a host", "file://localhost/x/a.png", None),
            ("file URI of nothing", "file:", None),
            ("bucket", "s3://bucket/a.png", None),
            ("unknown scheme", "scan:1.png", None),
        ];
        for (name, uri, wanted) in cases {
            let found = absolute(uri, Path::new("/data/in"));
            assert_eq!(found.as_deref(), wanted, "{name}");
        }
    }

    fn line(uri: &str) -> String {
        // A field of a later version, numbers that a float cannot hold, blanks, and the name of
        // the field in another place.
        let uri = serde_json::to_string(uri).unwrap();
        [
            r#"{ "later": {"uri": [1.10, 123456789012345678901]},"#,
            r#""schema":"ivendor.verification.request/1", "tenant_id":"t", "vendor_id":"v","#,
            r#""document_id":"d","document_type":"other", "uri" : "#,
            &uri,
            r#" ,"claims":{"a":"\u0041"}}"#,
        ]
        .concat()
    }

    #[test]
    fn nothing_but_the_address_changes() {
        let text = line("a \"b\".png");
        let request = VerificationRequest::parse(text.as_bytes()).unwrap();
        let sent = settled(text.as_bytes(), &request, Path::new("/in")).unwrap();
        let wanted = text.replace(r#""a \"b\".png""#, r#""file:///in/a%20%22b%22.png""#);
        assert_eq!(String::from_utf8(sent.unwrap()).unwrap(), wanted);
        let text = line("s3://bucket/a.png");
        let request = VerificationRequest::parse(text.as_bytes()).unwrap();
        let sent = settled(text.as_bytes(), &request, Path::new("/in")).unwrap();
        assert_eq!(sent, None);
    }

    #[test]
    fn an_address_that_grows_past_its_bound_is_refused() {
        let text = line(&"a".repeat(4090));
        let request = VerificationRequest::parse(text.as_bytes()).unwrap();
        let error = settled(text.as_bytes(), &request, Path::new("/a/folder")).unwrap_err();
        assert_eq!(error.code(), "request.field");
    }

    proptest! {
        #[test]
        fn any_address_is_put_in_its_place(uri in "[^\\x00]{1,40}") {
            let text = line(&uri);
            let request = VerificationRequest::parse(text.as_bytes()).unwrap();
            let sent = settled(text.as_bytes(), &request, Path::new("/in")).unwrap();
            let sent = sent.unwrap_or_else(|| text.clone().into_bytes());
            let (mut before, after): (Value, Value) =
                (serde_json::from_str(&text).unwrap(), serde_json::from_slice(&sent).unwrap());
            let expected = absolute(&uri, Path::new("/in")).unwrap_or(uri);
            before["uri"] = json!(expected);
            prop_assert_eq!(before, after);
        }
    }
}
