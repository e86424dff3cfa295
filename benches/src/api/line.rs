//! One connection to the server, kept alive from request to request.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is asked.
#[derive(Debug, Clone)]
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) authorization: &'a str,
    pub(super) body: Option<String>,
}

/// A connection; one that broke is made anew by the next request.
pub(super) struct Line {
    to: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Line {
    pub(super) fn new(to: SocketAddr) -> Self {
        Self { to, sender: None }
    }

    /// Connects, where it is not.
    ///
    /// # Errors
    /// What went wrong, in few words: it is counted by them.
    pub(super) async fn open(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, String> {
        if self.sender.as_ref().is_none_or(SendRequest::is_closed) {
            let stream = TcpStream::connect(self.to).await;
            let stream = stream.map_err(|error| format!("connect: {}", error.kind()))?;
            stream.set_nodelay(true).map_err(|error| format!("connect: {}", error.kind()))?;
            let made = handshake(TokioIo::new(stream)).await;
            let (sender, connection) = made.map_err(|error| format!("connect: {error}"))?;
            tokio::spawn(connection);
            self.sender = Some(sender);
        }
        self.sender.as_mut().ok_or_else(|| "connect".to_owned())
    }

    /// Sends a request, and gives status and body of the answer.
    ///
    /// # Errors
    /// As [`Line::open`].
    pub(super) async fn ask(&mut self, ask: Ask<'_>) -> Result<(StatusCode, Bytes), String> {
        let host = self.to.to_string();
        let answered = tokio::time::timeout(PATIENCE, async {
            let sender = self.open().await?;
            let lost = |error: hyper::Error| format!("send: {error}");
            sender.ready().await.map_err(lost)?;
            let request = Request::builder()
                .method(ask.method)
                .uri(ask.path)
                .header("host", host)
                .header("authorization", ask.authorization)
                .header("content-type", "application/json")
                .body(Full::from(ask.body.unwrap_or_default()))
                .map_err(|error| error.to_string())?;
            let answer = sender.send_request(request).await.map_err(lost)?;
            let status = answer.status();
            let body = answer.into_body().collect().await.map_err(lost)?;
            Ok((status, body.to_bytes()))
        });
        let answer = answered.await.unwrap_or_else(|_| Err("no answer".to_owned()));
        if answer.is_err() {
            self.sender = None;
        }
        answer
    }
}
