//! The trace that a request belongs to, as the W3C Trace Context recommendation writes it, and as
//! it travels: in headers of messages and of HTTP requests, and in events.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// A `traceparent` of version 00 or later that says what it must.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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

    /// Whether whoever sent it keeps its spans of the trace.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        u8::from_str_radix(&self.0[53..55], 16).is_ok_and(|flags| flags & 1 == 1)
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

    #[test]
    fn a_trace_is_passed_on_only_where_it_is_one() {
        let parsed: TraceParent = GOOD.parse().unwrap();
        assert_eq!(parsed.as_str(), GOOD);
        assert_eq!(parsed.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(parsed.parent_id(), "00f067aa0ba902b7");
        for (flags, sampled) in [("00", false), ("01", true), ("02", false), ("ff", true)] {
            let parsed: TraceParent = GOOD.replace("-01", &format!("-{flags}")).parse().unwrap();
            assert_eq!(parsed.is_sampled(), sampled, "{flags}");
        }
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
