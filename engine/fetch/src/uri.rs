//! What the `uri` of a request names: a relative path or an absolute one.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

/// A path that a `uri` names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// Counts from the folder of the request file.
    Relative(PathBuf),
    /// Must lie under a root.
    Absolute(PathBuf),
}

/// Reads a plain path, or a `file:` URI as RFC 8089 writes it (with an empty host or
/// `localhost`, percent-encoded). The error says what to do.
pub(super) fn parse(uri: &str) -> Result<Target, String> {
    let Some((scheme, rest)) = scheme(uri) else {
        return Ok(target(PathBuf::from(uri)));
    };
    match scheme.to_ascii_lowercase().as_str() {
        "file" => file(uri, rest),
        "s3" | "gs" | "az" | "http" | "https" => Err(format!(
            "{uri:?} is not on this machine; ivendor-backfill reads files only: copy the document \
             into a folder and name its path"
        )),
        _ => Err(format!(
            "{uri:?} has the unknown scheme {scheme:?}; for a file of this name write \"./{uri}\""
        )),
    }
}

/// The scheme by the grammar of RFC 3986, if there is one.
pub(super) fn scheme(uri: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = uri.split_once(':')?;
    let mut characters = scheme.chars();
    let first = characters.next()?.is_ascii_alphabetic();
    let others = characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    (first && others).then_some((scheme, rest))
}

fn file(uri: &str, rest: &str) -> Result<Target, String> {
    if rest.contains(['?', '#']) {
        return Err(format!("{uri:?} has a query or a fragment; write ? as %3F and # as %23"));
    }
    let path = match rest.strip_prefix("//") {
        None => rest,
        Some(rest) => {
            let slash = rest.find('/').unwrap_or(rest.len());
            let (host, path) = rest.split_at(slash);
            if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
                return Err(format!("{uri:?} names the machine {host:?}; only this one is read"));
            }
            path
        }
    };
    let bytes: Vec<u8> = percent_decode_str(path).collect();
    if bytes.is_empty() || bytes.contains(&0) {
        return Err(format!("{uri:?} names no file"));
    }
    Ok(target(PathBuf::from(OsString::from_vec(bytes))))
}

fn target(path: PathBuf) -> Target {
    if path.is_absolute() { Target::Absolute(path) } else { Target::Relative(path) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_uri_names_a_path_or_is_refused_with_words() {
        let relative = |p: &str| Ok(Target::Relative(p.into()));
        let absolute = |p: &str| Ok(Target::Absolute(p.into()));
        let cases = [
            ("plain", "a/b c.png", relative("a/b c.png")),
            ("plain with percent", "a%20b.png", relative("a%20b.png")),
            ("colon after a slash", "./scan:1.png", relative("./scan:1.png")),
            ("absolute", "/a/b.png", absolute("/a/b.png")),
            ("file, no host", "file:///a/b.png", absolute("/a/b.png")),
            ("file, one slash", "file:/a/b.png", absolute("/a/b.png")),
            ("file, localhost", "FILE://LocalHost/a", absolute("/a")),
            ("file, relative", "file:a/b.png", relative("a/b.png")),
            ("file, encoded", "file:///a%20b%C3%A9", absolute("/a bé")),
            ("file, encoded parent", "file:%2e%2e/a", relative("../a")),
            ("other host", "file://server/a", Err("server")),
            ("query", "file:///a?b", Err("%3F")),
            ("empty", "file:", Err("no file")),
            ("zero byte", "file:///a%00b", Err("no file")),
            ("s3", "s3://bucket/a", Err("files only")),
            ("gs", "gs://bucket/a", Err("files only")),
            ("az", "az://bucket/a", Err("files only")),
            ("http", "http://example.org/a", Err("files only")),
            ("https", "HTTPS://example.org/a", Err("files only")),
            ("unknown", "scan:1.png", Err("./scan:1.png")),
        ];
        for (name, uri, expected) in cases {
            match (parse(uri), expected) {
                (Ok(found), Ok(wanted)) => assert_eq!(found, wanted, "{name}"),
                (Err(found), Err(wanted)) => assert!(found.contains(wanted), "{name}: {found}"),
                (found, wanted) => panic!("{name}: {found:?} instead of {wanted:?}"),
            }
        }
    }

    proptest! {
        #[test]
        fn garbage_never_panics(uri in ".{0,60}") {
            let _ = parse(&uri);
            let _ = parse(&format!("file:{uri}"));
        }
    }
}
