//! How the services of objects are spoken to: encrypted, to the named address alone, and with a
//! note of what a service said, since the errors of `object_store` keep that to themselves.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::BytesMut;
use futures_util::StreamExt as _;
use object_store::ClientOptions;
use object_store::client::{
    ClientConfigKey, HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpService,
};
use rustls::RootCertStore;
use rustls::crypto::ring;

/// Bytes of the body of an error that are read.
const ERROR_BYTES_MAX: usize = 16 << 10;

/// Characters of the longest code that is believed.
const CODE_LEN_MAX: usize = 64;

/// Seconds within which a connection stands.
const CONNECT_MAX: Duration = Duration::from_secs(5);

/// What a service answered last when it did not give the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The HTTP status.
    pub(super) status: u16,
    /// What the service calls it, e.g. `NoSuchKey`.
    pub(super) code: Option<String>,
}

/// Goes with one `get` through all its tries.
#[derive(Debug, Clone, Default)]
pub(super) struct Note(Arc<Mutex<Option<Said>>>);

impl Note {
    /// The last answer, if it was a refusal.
    pub(super) fn said(&self) -> Option<Said> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn put(&self, said: Option<Said>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = said;
    }
}

/// Makes the clients.
#[derive(Debug)]
pub(super) struct Connector {
    tls: rustls::ClientConfig,
    silent_max: Duration,
}

impl Connector {
    /// Clients that give a try up when nothing comes for `silent_max`.
    ///
    /// # Errors
    /// Where the cryptography cannot be set up.
    pub(super) fn new(silent_max: Duration) -> Result<Self, rustls::Error> {
        let mut roots = RootCertStore::empty();
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "certificates of authorities cannot be read");
        }
        roots.add_parsable_certificates(found.certs);
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls, silent_max })
    }
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let allow_http = options.get_config_value(&ClientConfigKey::AllowHttp);
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .https_only(allow_http.as_deref() != Some("true"))
            // An answer must not lead to an address that nobody configured.
            .redirect(reqwest::redirect::Policy::none())
            .http1_only()
            .user_agent(concat!("ivendor-verify/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.silent_max.min(CONNECT_MAX))
            .read_timeout(self.silent_max)
            .build();
        match client {
            Ok(client) => Ok(HttpClient::new(Noting { client })),
            Err(error) => {
                Err(object_store::Error::Generic { store: "HTTP client", source: Box::new(error) })
            }
        }
    }
}

/// Notes refusals, and reads no more of them than it needs.
#[derive(Debug)]
struct Noting {
    client: reqwest::Client,
}

#[async_trait]
impl HttpService for Noting {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let note = request.extensions().get::<Note>().cloned().unwrap_or_default();
        note.put(None);
        let response = self.client.call(request).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let mut stream = body.bytes_stream();
        let mut read = BytesMut::new();
        // A body that breaks off takes nothing from what the status says.
        while let Some(Ok(chunk)) = stream.next().await {
            let room = ERROR_BYTES_MAX - read.len();
            read.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if read.len() == ERROR_BYTES_MAX {
                break;
            }
        }
        let text = String::from_utf8_lossy(&read).into_owned();
        note.put(Some(Said { status: status.as_u16(), code: code(&text) }));
        Ok(HttpResponse::from_parts(parts, text.into()))
    }
}

/// The `<Code>` of an error, in which all three services agree. The rest of the body may repeat
/// what was signed, and is not looked at.
fn code(body: &str) -> Option<String> {
    let (_, rest) = body.split_once("<Code>")?;
    let (code, _) = rest.split_once("</Code>")?;
    let good =
        (1..=CODE_LEN_MAX).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
    good.then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_code_is_taken_from_an_error() {
        let long = format!("<Code>{}</Code>", "a".repeat(CODE_LEN_MAX + 1));
        let cases = [
            ("<?xml?><Error><Code>NoSuchKey</Code><Key>a</Key></Error>", Some("NoSuchKey")),
            ("<Code></Code>", None),
            ("<Code>No such key</Code>", None),
            ("<Code><b></Code>", None),
            ("<Code>NoSuchKey", None),
            ("</Code><Code>", None),
            (&long, None),
            ("", None),
        ];
        for (body, expected) in cases {
            assert_eq!(code(body).as_deref(), expected, "{body}");
        }
    }
}
