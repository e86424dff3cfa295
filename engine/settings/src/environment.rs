//! Variables of the environment: `IVENDOR_<SECTION>_<KEY>`, and the names that deployments
//! already use.

use std::ffi::OsString;

use toml::{Table, Value};

use super::SettingsError;
use super::keys::{self, Key, Kind};

/// Names and values, as the environment gives them.
pub type Variables = Vec<(OsString, OsString)>;

/// Names of their own: the variable, its section, its key.
const OWN_NAMES: [(&str, &str, &str); 6] = [
    ("KAFKA_BROKERS", "kafka", "brokers"),
    ("KAFKA_TOPIC", "kafka", "topic"),
    ("WORKER_THREADS", "engine", "threads"),
    ("IVENDOR_LOG", "log", "filter"),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "trace", "endpoint"),
    ("OTEL_SERVICE_NAME", "trace", "service"),
];

const PREFIX: &str = "IVENDOR_";

/// Lays the variables over what the file says. An empty variable counts as not set. Variables
/// of other programs' sections are passed over; a wrong key of a known section is an error.
pub(super) fn lay_over(table: &mut Table, variables: Variables) -> Result<(), SettingsError> {
    let keys = keys::all();
    let mut variables: Vec<(String, OsString)> = variables
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .collect();
    // A name of its own yields to the regular one, which comes later.
    variables.sort_by_key(|(name, _)| (!OWN_NAMES.iter().any(|own| own.0 == name), name.clone()));
    for (name, value) in variables {
        let Some(key) = key_of(&keys, &name)? else { continue };
        let wrong = |problem: String| SettingsError::Value { origin: name.clone(), problem };
        let text = value.into_string().map_err(|_| wrong("is not UTF-8".to_owned()))?;
        let value = read(key, &text).map_err(wrong)?;
        let section = table.entry(key.section).or_insert_with(|| Value::Table(Table::new()));
        if let Value::Table(section) = section {
            section.insert(key.name.clone(), value);
        }
    }
    Ok(())
}

fn key_of<'a>(keys: &'a [Key], variable: &str) -> Result<Option<&'a Key>, SettingsError> {
    let find = |section: &str, name: &str| {
        keys.iter().find(|key| key.section == section && key.name == name)
    };
    if let Some((_, section, name)) = OWN_NAMES.iter().find(|own| own.0 == variable) {
        return Ok(find(section, name));
    }
    let Some(rest) = variable.strip_prefix(PREFIX) else { return Ok(None) };
    let rest = rest.to_ascii_lowercase();
    let Some((section, name)) = rest.split_once('_') else { return Ok(None) };
    if !keys.iter().any(|key| key.section == section) {
        return Ok(None);
    }
    match find(section, name) {
        Some(key) => Ok(Some(key)),
        None => {
            let nearest = keys::nearest(keys, &format!("{section}.{name}"));
            let nearest = format!("{PREFIX}{}", nearest.replace('.', "_").to_ascii_uppercase());
            let origin = "the environment".to_owned();
            Err(SettingsError::UnknownKey { origin, key: variable.to_owned(), nearest })
        }
    }
}

fn read(key: &Key, text: &str) -> Result<Value, String> {
    match key.kind {
        Kind::Text | Kind::Path => Ok(Value::String(text.to_owned())),
        Kind::Paths => Ok(list(text.split(':'))),
        Kind::Texts => Ok(list(text.split(',').map(str::trim))),
        Kind::Flag => match text {
            "true" => Ok(Value::Boolean(true)),
            "false" => Ok(Value::Boolean(false)),
            _ => Err(format!("{text:?} is neither true nor false")),
        },
        Kind::Whole => match text.parse::<i64>() {
            Ok(number) if number >= 0 => Ok(Value::Integer(number)),
            _ => Err(format!("{text:?} is no whole number from 0 up")),
        },
        Kind::Number => match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Float(number)),
            _ => Err(format!("{text:?} is no number")),
        },
    }
}

fn list<'a>(parts: impl Iterator<Item = &'a str>) -> Value {
    let parts = parts.filter(|part| !part.is_empty());
    Value::Array(parts.map(|part| Value::String(part.to_owned())).collect())
}
