//! Headers of messages. Names and values come from anywhere, so nothing here trusts them.
//!
//! Only [`value`] and [`text`] read headers: the client library's own iterator panics at a name
//! that is no UTF-8, and one such message must not end a worker again and again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;

use rdkafka::message::{Header, Headers, OwnedHeaders};

/// The trace that a message belongs to: a [`TraceParent`](ivendor_core::trace::TraceParent).
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
