//! The certificate with which the program says who it is. The session's cookie is `Secure`: a
//! browser on another machine takes it over TLS alone.

use std::io;
use std::path::Path;
use std::sync::Arc;

use axum_server::tls_rustls::RustlsConfig;
use ivendor_settings::ReviewSettings;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What the settings name; `None` where they name nothing.
///
/// # Errors
/// Where a file cannot be read, or the key is not that of the certificate.
pub(crate) fn config(settings: &ReviewSettings) -> io::Result<Option<RustlsConfig>> {
    let Some((certificates, key)) =
        settings.tls_certificates.as_ref().zip(settings.tls_key.as_ref())
    else {
        return Ok(None);
    };
    let chain = CertificateDer::pem_file_iter(certificates)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| wrong(certificates, &error))?;
    let key_of = PrivateKeyDer::from_pem_file(key).map_err(|error| wrong(key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key_of))
        .map_err(|error| wrong(certificates, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(RustlsConfig::from_config(Arc::new(config))))
}

fn wrong(file: &Path, error: &dyn std::fmt::Display) -> io::Error {
    io::Error::other(format!(
        "the certificate or key in {} cannot be used: {error}",
        file.display()
    ))
}
