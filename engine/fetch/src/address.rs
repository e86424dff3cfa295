//! Whether a `uri` names a file or an object in a bucket.

use std::fmt;

use object_store::path::Path as Key;

use super::uri;

/// Bytes of the longest key that each of the services allows.
const KEY_LEN_MAX: usize = 1024;

/// Characters of an address that an error repeats.
const SHOWN_LEN_MAX: usize = 200;

/// A kind of service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Service {
    S3,
    Google,
    Azure,
}

/// A bucket, or a container.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Bucket {
    pub(super) service: Service,
    pub(super) name: String,
}

impl Bucket {
    /// Reads `s3://name`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = uri::scheme(text)?;
        let service = service(scheme)?;
        Some(Self { service, name: rest.strip_prefix("//")?.to_owned() })
    }
}

impl fmt::Display for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = match self.service {
            Service::S3 => "s3",
            Service::Google => "gs",
            Service::Azure => "az",
        };
        write!(f, "{scheme}://{}", self.name)
    }
}

/// What a `uri` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Address {
    /// A file; which one is for [`uri::parse`] to say.
    File,
    /// An object.
    Object { bucket: Bucket, key: Key },
}

/// Tells files and objects apart. A key stands for itself: nothing in it is decoded. The error
/// says what to do.
pub(super) fn parse(uri: &str) -> Result<Address, String> {
    let Some((scheme, rest)) = uri::scheme(uri) else { return Ok(Address::File) };
    if matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
        return Err(format!(
            "{} is not fetched: name a file, or an object as s3://, gs:// or az://",
            shown(uri)
        ));
    }
    let Some(service) = service(scheme) else { return Ok(Address::File) };
    let wrong = |problem: &str| Err(format!("{} {problem}", shown(uri)));
    let Some((name, key)) = rest.strip_prefix("//").and_then(|rest| rest.split_once('/')) else {
        return wrong("names no object; write scheme://bucket/key");
    };
    if name.is_empty() || key.is_empty() {
        return wrong("names no object; write scheme://bucket/key");
    }
    if key.len() > KEY_LEN_MAX {
        return wrong("has a key of more than 1024 bytes, which no service has");
    }
    if key.contains(['?', '#']) {
        return wrong("has a query or a fragment, which is refused: name the object alone");
    }
    if key.chars().any(|c| c.is_control() || c == '\\') {
        return wrong("has a control character or a backslash in its key, which is refused");
    }
    if key.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return wrong("has an empty part, \".\" or \"..\" in its key, which is refused");
    }
    match Key::parse(key) {
        Ok(key) => {
            let bucket = Bucket { service, name: name.to_owned() };
            Ok(Address::Object { bucket, key })
        }
        Err(_) => wrong("has a key that cannot be asked for"),
    }
}

fn service(scheme: &str) -> Option<Service> {
    match scheme.to_ascii_lowercase().as_str() {
        "s3" => Some(Service::S3),
        "gs" => Some(Service::Google),
        "az" => Some(Service::Azure),
        _ => None,
    }
}

/// The address for an error: in quotes, not too long, and without what may be a signature.
pub(super) fn shown(uri: &str) -> String {
    let plain = uri.split('?').next().unwrap_or_default();
    let mut short: String = plain.chars().take(SHOWN_LEN_MAX).collect();
    if short.len() < uri.len() {
        short.push('…');
    }
    format!("{short:?}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_address_is_a_file_or_an_object_or_is_refused_with_words() {
        let object = |bucket: &str, key: &str| {
            let bucket = Bucket::parse(bucket).unwrap();
            Ok(Address::Object { bucket, key: Key::parse(key).unwrap() })
        };
        let long = format!("s3://b/{}", "a".repeat(KEY_LEN_MAX + 1));
        let cases = [
            ("plain", "a/b.png", Ok(Address::File)),
            ("file", "file:///a/b.png", Ok(Address::File)),
            ("for the files to refuse", "scan:1.png", Ok(Address::File)),
            ("s3", "s3://b/tenants/t/1.png", object("s3://b", "tenants/t/1.png")),
            ("gs", "gs://b/1.png", object("gs://b", "1.png")),
            ("az", "az://b/1.png", object("az://b", "1.png")),
            ("capitals", "S3://b/A.png", object("s3://b", "A.png")),
            ("spaces and letters", "s3://b/a é.png", object("s3://b", "a é.png")),
            ("nothing is decoded", "s3://b/%2e%2e/a", object("s3://b", "%2e%2e/a")),
            ("dots in a name", "s3://b/a..b", object("s3://b", "a..b")),
            ("another bucket's name", "s3://u:p@b/a", object("s3://u:p@b", "a")),
            ("no slashes", "s3:b/a", Err("names no object")),
            ("no key", "s3://b", Err("names no object")),
            ("empty key", "s3://b/", Err("names no object")),
            ("no bucket", "s3:///a", Err("names no object")),
            ("parent", "s3://b/../c/a", Err("\"..\"")),
            ("parent at the end", "s3://b/a/..", Err("\"..\"")),
            ("dot", "s3://b/./a", Err("\"..\"")),
            ("double slash", "s3://b//a", Err("empty part")),
            ("slash at the end", "s3://b/a/", Err("empty part")),
            ("backslash", "s3://b/a\\..\\b", Err("backslash")),
            ("zero byte", "s3://b/a\0", Err("control")),
            ("line end", "s3://b/a\nb", Err("control")),
            ("query", "s3://b/a?X-Amz-Signature=hidden", Err("query")),
            ("fragment", "gs://b/a#1", Err("fragment")),
            ("long", &long, Err("1024")),
            ("http", "http://example.org/a", Err("is not fetched")),
            ("https", "HTTPS://example.org/a", Err("is not fetched")),
        ];
        for (name, uri, expected) in cases {
            match (parse(uri), expected) {
                (Ok(found), Ok(wanted)) => assert_eq!(found, wanted, "{name}"),
                (Err(found), Err(wanted)) => {
                    assert!(found.contains(wanted), "{name}: {found}");
                    assert!(!found.contains("hidden"), "{name}: {found}");
                    assert!(found.len() < 400, "{name}: {found}");
                }
                (found, wanted) => panic!("{name}: {found:?} instead of {wanted:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn no_uri_panics_and_no_object_has_an_odd_key(
            uri in ".{0,60}",
            rest in "(//)?[a-z./%?#\\\\]{0,20}",
        ) {
            let _ = parse(&uri);
            for scheme in ["s3:", "gs://b/", "az://", "https:"] {
                for rest in [&uri, &rest] {
                    let Ok(Address::Object { key, .. }) = parse(&format!("{scheme}{rest}")) else {
                        continue;
                    };
                    let parts = key.as_ref().split('/').collect::<Vec<_>>();
                    prop_assert!(!parts.iter().any(|part| matches!(*part, "" | "." | "..")));
                }
            }
        }
    }
}
