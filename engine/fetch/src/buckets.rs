//! Opens the buckets that the configuration names. Opening asks nothing of any service.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};

use super::address::{Bucket, Service};
use super::client::Connector;
use ivendor_settings::{FetchSettings, SettingsError, Variables};

/// The longest wait between two tries.
const WAIT_MAX: Duration = Duration::from_secs(5);

/// A service of Azure that hands out credentials, under the name that Azure gives it.
const AZURE_IDENTITY: &str = "IDENTITY_ENDPOINT";

/// The shortest value of a variable that is taken for a secret.
const SECRET_LEN_MIN: usize = 6;

/// The buckets that may be read.
pub(super) type Buckets = HashMap<Bucket, Arc<dyn ObjectStore>>;

/// Opens all buckets of `settings` with the credentials of `variables`.
pub(super) fn open(
    settings: &FetchSettings,
    variables: &Variables,
) -> Result<Buckets, SettingsError> {
    settings
        .buckets
        .iter()
        .map(|text| {
            let wrong = |problem: String| SettingsError::Value {
                origin: format!("fetch.buckets: {text}"),
                problem,
            };
            let bucket = Bucket::parse(text).ok_or_else(|| wrong("is no bucket".to_owned()))?;
            let store = open_one(&bucket, settings, variables).map_err(wrong)?;
            Ok((bucket, store))
        })
        .collect()
}

fn open_one(
    bucket: &Bucket,
    settings: &FetchSettings,
    variables: &Variables,
) -> Result<Arc<dyn ObjectStore>, String> {
    let timeout = Duration::from_secs_f64(settings.timeout_s_max);
    // A try that hears nothing leaves time for the others.
    let connector = Connector::new(timeout / settings.tries_max)
        .map_err(|error| format!("the cryptography cannot be set up: {error}"))?;
    let options = ClientOptions::new().with_allow_http(settings.allow_http);
    let retry = RetryConfig {
        backoff: BackoffConfig { max_backoff: WAIT_MAX, ..BackoffConfig::default() },
        max_retries: settings.tries_max as usize - 1,
        retry_timeout: timeout,
    };
    let name = bucket.name.as_str();
    let opened: Result<Arc<dyn ObjectStore>, object_store::Error> = match bucket.service {
        Service::S3 => s3(settings, variables)
            .with_bucket_name(name)
            .with_client_options(options)
            .with_retry(retry)
            .with_http_connector(connector)
            .build()
            .map(|store| Arc::new(store) as _),
        Service::Google => google(variables)
            .with_bucket_name(name)
            .with_client_options(options)
            .with_retry(retry)
            .with_http_connector(connector)
            .build()
            .map(|store| Arc::new(store) as _),
        Service::Azure => azure(variables)
            .with_container_name(name)
            .with_client_options(options)
            .with_retry(retry)
            .with_http_connector(connector)
            .build()
            .map(|store| Arc::new(store) as _),
    };
    opened.map_err(|error| {
        let error = without_values(error.to_string(), variables);
        let variables = match bucket.service {
            Service::S3 => "AWS_…",
            Service::Google => "GOOGLE_…",
            Service::Azure => "AZURE_…",
        };
        format!("cannot be opened; look at the variables {variables} of the environment: {error}")
    })
}

/// The variables, and over them what the configuration says.
fn s3(settings: &FetchSettings, variables: &Variables) -> AmazonS3Builder {
    let mut builder = named(variables, "AWS_", "")
        .fold(AmazonS3Builder::new(), |builder, (key, value)| builder.with_config(key, value));
    if let Some(endpoint) = &settings.endpoint {
        builder = builder.with_config(AmazonS3ConfigKey::S3Endpoint, endpoint);
    }
    if let Some(region) = &settings.region {
        builder = builder.with_region(region);
    }
    builder
}

fn google(variables: &Variables) -> GoogleCloudStorageBuilder {
    named::<GoogleConfigKey>(variables, "GOOGLE_", "SERVICE_ACCOUNT")
        .fold(GoogleCloudStorageBuilder::new(), |builder, (key, value)| {
            builder.with_config(key, value)
        })
}

fn azure(variables: &Variables) -> MicrosoftAzureBuilder {
    named::<AzureConfigKey>(variables, "AZURE_", AZURE_IDENTITY)
        .fold(MicrosoftAzureBuilder::new(), |builder, (key, value)| builder.with_config(key, value))
}

/// The variables that a service knows: those that begin with `prefix`, and `own`.
fn named<K: FromStr>(
    variables: &Variables,
    prefix: &'static str,
    own: &'static str,
) -> impl Iterator<Item = (K, String)> {
    variables.iter().filter_map(move |(name, value)| {
        let (name, value) = (name.to_str()?, value.to_str()?);
        let meant = !value.is_empty() && (name.starts_with(prefix) || name == own);
        let key = meant.then(|| name.to_ascii_lowercase().parse().ok())??;
        Some((key, value.to_owned()))
    })
}

/// What a library says, without the values of the variables that it was given: some are secrets.
fn without_values(text: String, variables: &Variables) -> String {
    let meant = |name: &str| ["AWS_", "AZURE_", "GOOGLE_"].iter().any(|p| name.starts_with(p));
    let values = variables.iter().filter_map(|(name, value)| {
        let value = value.to_str()?;
        (meant(name.to_str()?) && value.len() >= SECRET_LEN_MIN).then_some(value)
    });
    values.fold(text, |text, value| text.replace(value, "…"))
}
