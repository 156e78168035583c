//! The trace that a caller's program names with a request (W3C Trace Context, level 1).

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Name of the header, and of the place in a kept request.
pub const TRACEPARENT: &str = "traceparent";

/// A trace and the span in it that the request came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TraceParent {
    /// The trace; never all zeros.
    pub trace: [u8; 16],
    /// The span; never all zeros.
    pub span: [u8; 8],
}

/// A text that names no trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a traceparent is `00-`, 32 hexadecimal digits, `-`, 16 of them, `-`, and two")]
pub struct TraceParentError;

impl FromStr for TraceParent {
    type Err = TraceParentError;

    fn from_str(text: &str) -> Result<Self, TraceParentError> {
        let mut parts = text.split('-');
        let mut next = || parts.next().ok_or(TraceParentError);
        let (version, trace, span, flags) = (next()?, next()?, next()?, next()?);
        let known = version == "00" && parts.next().is_none() && hex::<1>(flags).is_some();
        let trace = hex(trace).filter(|bytes| *bytes != [0; 16]);
        let span = hex(span).filter(|bytes| *bytes != [0; 8]);
        match (known, trace, span) {
            (true, Some(trace), Some(span)) => Ok(Self { trace, span }),
            (_, _, _) => Err(TraceParentError),
        }
    }
}

impl TryFrom<String> for TraceParent {
    type Error = TraceParentError;

    fn try_from(text: String) -> Result<Self, TraceParentError> {
        text.parse()
    }
}

impl From<TraceParent> for String {
    fn from(one: TraceParent) -> Self {
        one.to_string()
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (trace, span) = (HEXLOWER.encode(&self.trace), HEXLOWER.encode(&self.span));
        write!(formatter, "00-{trace}-{span}-01")
    }
}

/// Bytes of lower-case hexadecimal digits, if there are just so many.
pub(super) fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// The trace in a kept request.
pub fn traceparent_of(request: Option<&Value>) -> Option<TraceParent> {
    request?.get(TRACEPARENT)?.as_str()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_names_a_trace_is_read_and_nothing_else() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let read: TraceParent = text.parse().unwrap();
        assert_eq!(read.to_string(), text);
        for wrong in [
            "",
            "00",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0é",
        ] {
            assert_eq!(
                wrong.parse::<TraceParent>(),
                Err(TraceParentError),
                "{wrong}"
            );
        }
    }
}
