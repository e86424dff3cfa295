//! The known keys, what kind of value each has, and the nearest one to a mistake.

use std::path::Path;

use ivendor_core::limits::DecodeLimits;
use toml::{Table, Value};

use super::SettingsError;

/// What a value is, and so how a variable of the environment is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text as it stands.
    Text,
    /// A path.
    Path,
    /// Paths, separated by `:` in a variable.
    Paths,
    /// Texts, separated by `,` in a variable.
    Texts,
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Whole,
    /// A number.
    Number,
}

/// One key of one section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) section: &'static str,
    pub(super) name: String,
    pub(super) kind: Kind,
}

impl Key {
    /// The key with its section, as a person writes it.
    pub(super) fn dotted(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }
}

const KEYS: [(&str, &str, Kind); 99] = [
    ("engine", "device", Kind::Text),
    ("engine", "canary_s", Kind::Number),
    ("engine", "rest_s_first", Kind::Number),
    ("engine", "rest_s_max", Kind::Number),
    ("engine", "read_s_max", Kind::Number),
    ("engine", "budget_px", Kind::Whole),
    ("engine", "streams", Kind::Whole),
    ("engine", "precision", Kind::Text),
    ("engine", "second_reader", Kind::Text),
    ("engine", "models_dir", Kind::Path),
    ("engine", "policy", Kind::Path),
    ("engine", "threads", Kind::Whole),
    ("backfill", "roots", Kind::Paths),
    ("backfill", "tenant", Kind::Text),
    ("backfill", "batch_bytes_max", Kind::Whole),
    ("backfill", "batch_age_s_max", Kind::Number),
    ("kafka", "brokers", Kind::Text),
    ("kafka", "topic", Kind::Text),
    ("kafka", "dead_letter_topic", Kind::Text),
    ("kafka", "events_topic", Kind::Text),
    ("kafka", "group", Kind::Text),
    ("kafka", "instance", Kind::Text),
    ("kafka", "partition_by", Kind::Text),
    ("kafka", "partitions", Kind::Whole),
    ("kafka", "replicas", Kind::Whole),
    ("kafka", "session_s_max", Kind::Number),
    ("kafka", "commit_s", Kind::Number),
    ("kafka", "security", Kind::Text),
    ("kafka", "sasl_mechanism", Kind::Text),
    ("kafka", "user", Kind::Text),
    ("kafka", "password", Kind::Text),
    ("kafka", "password_file", Kind::Path),
    ("kafka", "tls_authorities", Kind::Path),
    ("store", "reference", Kind::Text),
    ("store", "user", Kind::Text),
    ("store", "password", Kind::Text),
    ("store", "password_file", Kind::Path),
    ("store", "tls", Kind::Text),
    ("store", "tls_authorities", Kind::Path),
    ("store", "connections_max", Kind::Whole),
    ("store", "fleet_programs", Kind::Whole),
    ("store", "fleet_connections_max", Kind::Whole),
    ("store", "connect_s_max", Kind::Number),
    ("store", "statement_s_max", Kind::Number),
    ("store", "lock_s_max", Kind::Number),
    ("store", "idle_s_max", Kind::Number),
    ("store", "retry_deadline_s", Kind::Number),
    ("store", "retry_wait_s_first", Kind::Number),
    ("store", "retry_wait_s_max", Kind::Number),
    ("fetch", "roots", Kind::Paths),
    ("fetch", "buckets", Kind::Texts),
    ("fetch", "timeout_s_max", Kind::Number),
    ("fetch", "tries_max", Kind::Whole),
    ("fetch", "endpoint", Kind::Text),
    ("fetch", "region", Kind::Text),
    ("fetch", "allow_http", Kind::Flag),
    ("batch", "documents_max", Kind::Whole),
    ("batch", "bytes_max", Kind::Whole),
    ("batch", "px_max", Kind::Whole),
    ("batch", "age_s_max", Kind::Number),
    ("batch", "quiet_s_max", Kind::Number),
    ("worker", "listen", Kind::Text),
    ("worker", "journal_dir", Kind::Path),
    ("worker", "in_flight_max", Kind::Whole),
    ("worker", "in_flight_bytes_max", Kind::Whole),
    ("worker", "fetches_max", Kind::Whole),
    ("worker", "fetched_bytes_max", Kind::Whole),
    ("worker", "retry_age_s_max", Kind::Number),
    ("worker", "retry_tries_max", Kind::Whole),
    ("worker", "drain_s_max", Kind::Number),
    ("worker", "grace_s_max", Kind::Number),
    ("worker", "sampled_share", Kind::Number),
    ("worker", "due_within_s", Kind::Whole),
    ("worker", "ready_when_degraded", Kind::Flag),
    ("review", "listen", Kind::Text),
    ("review", "lease_s", Kind::Whole),
    ("review", "grace_s", Kind::Whole),
    ("review", "second_opinion_share", Kind::Number),
    ("review", "session_s_max", Kind::Whole),
    ("review", "sign_ins_failed_max", Kind::Whole),
    ("review", "sign_ins_failed_all_max", Kind::Whole),
    ("review", "requests_max", Kind::Whole),
    ("review", "request_s_max", Kind::Whole),
    ("review", "requests_of_one_at_once", Kind::Whole),
    ("review", "requests_of_one_per_minute", Kind::Whole),
    ("review", "header_s_max", Kind::Whole),
    ("review", "body_s_max", Kind::Whole),
    ("review", "tokens_kept_ms", Kind::Whole),
    ("review", "tls_certificates", Kind::Path),
    ("review", "tls_key", Kind::Path),
    ("review", "renders_max", Kind::Whole),
    ("review", "pages_bytes_max", Kind::Whole),
    ("log", "filter", Kind::Text),
    ("log", "format", Kind::Text),
    ("trace", "endpoint", Kind::Text),
    ("trace", "sampled_share", Kind::Number),
    ("trace", "service", Kind::Text),
    ("trace", "queue_max", Kind::Whole),
    ("trace", "flush_s_max", Kind::Number),
];

/// All keys. Those of the limits are the fields of the limits themselves.
pub(super) fn all() -> Vec<Key> {
    let mut keys: Vec<Key> = KEYS
        .iter()
        .map(|&(section, name, kind)| Key { section, name: name.to_owned(), kind })
        .collect();
    let limits = Table::try_from(DecodeLimits::default()).unwrap_or_default();
    keys.extend(limits.into_iter().map(|(name, value)| {
        let kind = if value.is_integer() { Kind::Whole } else { Kind::Number };
        Key { section: "limits", name, kind }
    }));
    keys
}

/// Refuses the first key of a file that is not known.
pub(super) fn check(table: &Table, origin: &str) -> Result<(), SettingsError> {
    let keys = all();
    let unknown = |key: String| {
        Err(SettingsError::UnknownKey {
            nearest: nearest(&keys, &key),
            origin: origin.to_owned(),
            key,
        })
    };
    for (section, value) in table {
        if !keys.iter().any(|key| key.section == section) {
            // A key that stands before any section belongs to one of them.
            let sections = keys.iter().map(|key| key.section.to_owned());
            return match value {
                Value::Table(_) => Err(SettingsError::UnknownKey {
                    nearest: most_like(section, sections),
                    origin: origin.to_owned(),
                    key: section.clone(),
                }),
                _ => unknown(section.clone()),
            };
        }
        for name in value.as_table().into_iter().flat_map(Table::keys) {
            if !keys.iter().any(|key| key.section == section && key.name == *name) {
                return unknown(format!("{section}.{name}"));
            }
        }
    }
    Ok(())
}

/// The known key that is most like `key`, which has a section or has none.
pub(super) fn nearest(keys: &[Key], key: &str) -> String {
    if let Some((_, name)) = key.split_once('.') {
        // The right key in the wrong section.
        if let Some(known) = keys.iter().find(|known| known.name == name) {
            return known.dotted();
        }
        return most_like(key, keys.iter().map(Key::dotted));
    }
    let name = most_like(key, keys.iter().map(|key| key.name.clone()));
    keys.iter().find(|key| key.name == name).map(Key::dotted).unwrap_or_default()
}

fn most_like(text: &str, known: impl Iterator<Item = String>) -> String {
    known.min_by_key(|known| strsim::damerau_levenshtein(text, known)).unwrap_or_default()
}

/// Makes the paths of a file count from its folder.
pub(super) fn resolve_paths(table: &mut Table, folder: &Path) {
    let resolve = |value: &mut Value| {
        if let Value::String(path) = value {
            *path = folder.join(&*path).to_string_lossy().into_owned();
        }
    };
    for key in all() {
        let value = table.get_mut(key.section).and_then(|section| section.get_mut(&key.name));
        match (key.kind, value) {
            (Kind::Path, Some(value)) => resolve(value),
            (Kind::Paths, Some(Value::Array(values))) => values.iter_mut().for_each(resolve),
            _ => {}
        }
    }
}
