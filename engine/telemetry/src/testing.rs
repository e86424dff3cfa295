//! A receiver of traces, OTLP over HTTP, that keeps what it gets. For tests.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

/// Bytes of one request at most.
const BODY_LEN_MAX: usize = 64 << 20;

/// A span as it was received.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// What its program is called.
    pub service: String,
    /// The trace, in hexadecimal digits.
    pub trace: String,
    /// The span, in hexadecimal digits.
    pub id: String,
    /// The span that it belongs to, in hexadecimal digits; empty for none.
    pub parent: String,
    /// Its name.
    pub name: String,
    /// Nanoseconds since 1970 when it began and ended.
    pub times: (u64, u64),
    /// Traces and spans that it names.
    pub links: Vec<(String, String)>,
    /// What it says of itself, as texts.
    pub says: Vec<(String, String)>,
}

impl Received {
    /// What it says under this key.
    #[must_use]
    pub fn said(&self, key: &str) -> Option<&str> {
        self.says.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }
}

/// Listens on a port of its own for as long as the process lives.
#[derive(Debug, Clone)]
pub struct Receiver {
    address: SocketAddr,
    spans: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// Listens from now on.
    ///
    /// # Errors
    /// Where the system does not let it.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let spans: Arc<Mutex<Vec<Received>>> = Arc::default();
        let kept = Arc::clone(&spans);
        thread::Builder::new().name("receiver".to_owned()).spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                thread::spawn(move || serve(&stream, &kept));
            }
        })?;
        Ok(Self { address, spans })
    }

    /// The base address, as it stands in `trace.endpoint`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has come so far.
    #[must_use]
    pub fn spans(&self) -> Vec<Received> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Answers one connection until its client leaves it or says what cannot be understood.
fn serve(stream: &TcpStream, kept: &Mutex<Vec<Received>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let body = body(&mut reader)?;
        let request = ExportTraceServiceRequest::decode(body.as_slice()).ok()?;
        kept.lock().unwrap_or_else(PoisonError::into_inner).extend(spans(request));
        let answer = "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\n\
                      content-length: 0\r\n\r\n";
        (&mut &*stream).write_all(answer.as_bytes()).ok()?;
    }
}

/// The body of the next request for the address of traces.
fn body(reader: &mut BufReader<&TcpStream>) -> Option<Vec<u8>> {
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    first.starts_with("POST /v1/traces HTTP/1.1").then_some(())?;
    let mut len = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|len| *len > 0)?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            len = value.trim().parse().ok().filter(|len| *len <= BODY_LEN_MAX)?;
        }
    }
    let mut body = vec![0; len];
    reader.read_exact(&mut body).ok()?;
    Some(body)
}

fn spans(request: ExportTraceServiceRequest) -> Vec<Received> {
    let mut found = Vec::new();
    for resource in request.resource_spans {
        let says = resource.resource.map(|resource| texts(&resource.attributes));
        let service = says.into_iter().flatten().find(|(key, _)| key == "service.name");
        let service = service.map(|(_, name)| name).unwrap_or_default();
        let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
        found.extend(spans.map(|span| received(&service, span)));
    }
    found
}

fn received(service: &str, span: Span) -> Received {
    let links = span.links.iter().map(|link| (hex(&link.trace_id), hex(&link.span_id)));
    Received {
        service: service.to_owned(),
        trace: hex(&span.trace_id),
        id: hex(&span.span_id),
        parent: hex(&span.parent_span_id),
        times: (span.start_time_unix_nano, span.end_time_unix_nano),
        links: links.collect(),
        says: texts(&span.attributes),
        name: span.name,
    }
}

fn texts(attributes: &[KeyValue]) -> Vec<(String, String)> {
    let text = |attribute: &KeyValue| {
        let value = attribute.value.as_ref()?.value.as_ref()?;
        Some(match value {
            Value::StringValue(text) => text.clone(),
            Value::BoolValue(value) => value.to_string(),
            Value::IntValue(value) => value.to_string(),
            Value::DoubleValue(value) => value.to_string(),
            other => format!("{other:?}"),
        })
    };
    let pair = |attribute: &KeyValue| Some((attribute.key.clone(), text(attribute)?));
    attributes.iter().filter_map(pair).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
