//! Headers of messages. Names and values come from anywhere, so nothing here trusts them.
//!
//! Only [`value`] and [`text`] read headers: the client library's own iterator panics at a name
//! that is no UTF-8, and one such message must not end a worker again and again.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;

use rdkafka::message::{Header, Headers, OwnedHeaders};

/// The trace that a message belongs to, as the W3C Trace Context recommendation writes it.
pub const TRACEPARENT: &str = "traceparent";

/// Headers of one message that are looked at.
const HEADERS_MAX: usize = 64;

/// The value of the last header called `name`; `None` where there is none, or it has no value.
pub fn value<'a, H: Headers>(headers: &'a H, name: &str) -> Option<&'a [u8]> {
    (0..headers.count().min(HEADERS_MAX))
        .rev()
        .filter_map(|index| header(headers, index))
        .find(|header| header.key == name)
        .and_then(|header| header.value)
}

/// As [`value`], where it is UTF-8.
pub fn text<'a, H: Headers>(headers: &'a H, name: &str) -> Option<&'a str> {
    std::str::from_utf8(value(headers, name)?).ok()
}

/// As [`text`], where it reads as a `T`.
pub fn parsed<H: Headers, T: FromStr>(headers: &H, name: &str) -> Option<T> {
    text(headers, name)?.trim().parse().ok()
}

/// `headers` with one more.
#[must_use]
pub fn with(headers: OwnedHeaders, name: &str, value: &str) -> OwnedHeaders {
    headers.insert(Header { key: name, value: Some(value) })
}

fn header<'a, H: Headers>(headers: &'a H, index: usize) -> Option<Header<'a, &'a [u8]>> {
    catch_unwind(AssertUnwindSafe(|| headers.try_get(index))).ok().flatten()
}

/// A `traceparent` of version 00 or later that says what it must.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceParent(String);

impl TraceParent {
    /// As it was read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The trace: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        &self.0[3..35]
    }

    /// The span that the message was sent in: 16 hexadecimal digits.
    #[must_use]
    pub fn parent_id(&self) -> &str {
        &self.0[36..52]
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is no `traceparent`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a traceparent is 00-TRACE-SPAN-FLAGS with 32, 16 and 2 lower-case hexadecimal digits")]
pub struct TraceParentError;

impl FromStr for TraceParent {
    type Err = TraceParentError;

    fn from_str(text: &str) -> Result<Self, TraceParentError> {
        let is_hex = |part: &str, len: usize| {
            part.len() == len && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_zero = |part: &str| part.bytes().all(|b| b == b'0');
        let mut parts = text.split('-');
        let mut next = || parts.next().unwrap_or_default();
        let (version, trace, span, flags) = (next(), next(), next(), next());
        let whole = is_hex(version, 2) && is_hex(trace, 32) && is_hex(span, 16) && is_hex(flags, 2);
        // A later version may say more; what it says is cut off, and only 00 is passed on.
        let known = version != "ff" && (version != "00" || parts.next().is_none());
        if whole && known && !is_zero(trace) && !is_zero(span) {
            Ok(Self(format!("00-{trace}-{span}-{flags}")))
        } else {
            Err(TraceParentError)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GOOD: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    /// Headers as the client library gives them where a name is no UTF-8.
    struct Broken;

    impl Headers for Broken {
        fn count(&self) -> usize {
            2
        }

        fn try_get(&self, index: usize) -> Option<Header<'_, &[u8]>> {
            assert!(index == 0, "the name is no UTF-8");
            Some(Header { key: "good", value: Some(b"yes") })
        }
    }

    #[test]
    fn a_header_is_read_whatever_stands_beside_it() {
        assert_eq!(text(&Broken, "good"), Some("yes"));
        assert_eq!(text(&Broken, "other"), None);
        let headers = with(with(OwnedHeaders::new(), "n", "1"), "n", " 22 ");
        let headers = headers
            .insert(Header { key: "bytes", value: Some(b"\xff".as_slice()) })
            .insert::<str>(Header { key: "nothing", value: None });
        assert_eq!(parsed::<_, u32>(&headers, "n"), Some(22), "the last one counts");
        assert_eq!(parsed::<_, u8>(&with(headers, "n", "300"), "n"), None);
        let headers = OwnedHeaders::new().insert(Header { key: "b", value: Some(&b"\xff"[..]) });
        assert_eq!((value(&headers, "b"), text(&headers, "b")), (Some(&b"\xff"[..]), None));
        let nothing = OwnedHeaders::new().insert::<str>(Header { key: "b", value: None });
        assert_eq!(value(&nothing, "b"), None);
    }

    #[test]
    fn a_trace_is_passed_on_only_where_it_is_one() {
        let parsed: TraceParent = GOOD.parse().unwrap();
        assert_eq!(parsed.as_str(), GOOD);
        assert_eq!(parsed.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(parsed.parent_id(), "00f067aa0ba902b7");
        let later = GOOD.replacen("00-", "01-", 1) + "-more";
        assert_eq!(later.parse::<TraceParent>().unwrap().as_str(), GOOD);
        let cases = [
            ("empty", String::new()),
            ("more in version 00", format!("{GOOD}-more")),
            ("capitals", GOOD.to_uppercase()),
            ("version ff", GOOD.replacen("00-", "ff-", 1)),
            ("no trace", GOOD.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32))),
            ("no span", GOOD.replace("00f067aa0ba902b7", &"0".repeat(16))),
            ("short", GOOD[..54].to_owned()),
        ];
        for (name, text) in cases {
            assert!(text.parse::<TraceParent>().is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn garbage_never_panics(text in "\\PC{0,70}", digits in "[0-9a-f-]{50,60}") {
            let _ = text.parse::<TraceParent>();
            if let Ok(trace) = digits.parse::<TraceParent>() {
                prop_assert_eq!(trace.trace_id().len() + trace.parent_id().len(), 48);
            }
        }
    }
}
