//! How the brokers are reached: what the settings say, as the client library wants it.

use std::fs;
use std::time::Duration;

use ivendor_store::settings::Secret;
use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;

use super::error::QueueError;
use ivendor_settings::{KafkaSettings, SettingsError};

/// How long a broker may take to answer a question about topics, offsets or groups.
pub const ANSWER_MAX: Duration = Duration::from_secs(10);

/// Seconds that a message may wait for its acknowledgement: time enough for a broker that was
/// killed to come back.
pub const ACKNOWLEDGE_S_MAX: u64 = 60;

/// Bytes of a message with its key and headers. The dead-letter topic takes as much, so that
/// whatever the queue holds fits there with what is said about it.
pub const MESSAGE_BYTES_MAX: usize = 2 << 20;

/// Bytes of an event: it holds a whole verdict.
pub const EVENT_BYTES_MAX: usize = 20 << 20;

/// Bytes of messages that wait to be sent, in KiB.
const BUFFER_KIB_MAX: usize = 16 << 10;

/// The brokers, and what every client of them is configured with.
#[derive(Debug, Clone)]
pub struct Broker {
    brokers: String,
    base: ClientConfig,
}

impl Broker {
    /// Checks the settings; nothing is connected to yet.
    ///
    /// # Errors
    /// [`QueueError::Settings`] names the key that is missing or contradicts another.
    pub fn new(settings: &KafkaSettings) -> Result<Self, QueueError> {
        let brokers = settings.brokers.as_deref().map_or("", str::trim);
        if brokers.is_empty() {
            let problem = "no broker is named; set KAFKA_BROKERS, or brokers in [kafka], to \
                           host:port";
            return Err(wrong("kafka.brokers", problem));
        }
        let mut base = ClientConfig::new();
        base.set("bootstrap.servers", brokers)
            .set("client.id", "ivendor")
            .set("security.protocol", &settings.security)
            // A mistyped name must not become a topic.
            .set("allow.auto.create.topics", "false")
            .set("reconnect.backoff.max.ms", "2000");
        if let Some(path) = &settings.tls_authorities {
            base.set("ssl.ca.location", path.display().to_string());
        }
        sign_in(settings, &mut base)?;
        Ok(Self { brokers: brokers.to_owned(), base })
    }

    /// The addresses, for messages to people.
    #[must_use]
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// The configuration of a client that only asks.
    #[must_use]
    pub fn client(&self) -> ClientConfig {
        self.base.clone()
    }

    /// The configuration of a consumer in `group`. Nothing is committed that is not committed in so
    /// many words, and a group without offsets begins at the start.
    #[must_use]
    pub fn consumer(&self, group: &str) -> ClientConfig {
        let mut config = self.client();
        config
            .set("group.id", group)
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest");
        config
    }

    /// The configuration of a producer whose messages every replica in step has taken before they
    /// count as sent, in order and without repeats as long as the process lives.
    #[must_use]
    pub fn producer(&self) -> ClientConfig {
        let mut config = self.client();
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("compression.type", "lz4")
            .set("message.timeout.ms", (ACKNOWLEDGE_S_MAX * 1000).to_string())
            .set("message.max.bytes", MESSAGE_BYTES_MAX.to_string())
            .set("queue.buffering.max.kbytes", BUFFER_KIB_MAX.to_string());
        config
    }

    /// Makes an error of the client library say what was tried, and where.
    pub fn failed(&self, doing: impl Into<String>) -> impl FnOnce(KafkaError) -> QueueError {
        let (doing, brokers) = (doing.into(), self.brokers.clone());
        move |source| QueueError::Broker { doing, brokers, source: Box::new(source) }
    }
}

fn sign_in(settings: &KafkaSettings, base: &mut ClientConfig) -> Result<(), QueueError> {
    if !settings.security.starts_with("sasl_") {
        if settings.user.is_some() || settings.sasl_mechanism.is_some() {
            let problem = format!(
                "is {:?}, which has no users, yet kafka.user or kafka.sasl_mechanism is set; \
                 choose sasl_ssl or sasl_plaintext",
                settings.security
            );
            return Err(wrong("kafka.security", &problem));
        }
        return Ok(());
    }
    let needed = |key: &str, value: Option<&String>| {
        let problem = format!("must be set where kafka.security is {:?}", settings.security);
        value.cloned().ok_or_else(|| wrong(key, &problem))
    };
    let mechanism = needed("kafka.sasl_mechanism", settings.sasl_mechanism.as_ref())?;
    let user = needed("kafka.user", settings.user.as_ref())?;
    let Some(password) = password(settings)? else {
        return Err(wrong("kafka.password", "or kafka.password_file must be set for kafka.user"));
    };
    base.set("sasl.mechanism", mechanism)
        .set("sasl.username", user)
        .set("sasl.password", password.reveal());
    Ok(())
}

fn password(settings: &KafkaSettings) -> Result<Option<Secret>, QueueError> {
    let Some(path) = settings.password_file.as_ref().filter(|_| settings.password.is_none()) else {
        return Ok(settings.password.clone());
    };
    let text = fs::read_to_string(path).map_err(|error| {
        wrong("kafka.password_file", &format!("cannot read {}: {error}", path.display()))
    })?;
    Ok(Some(Secret::from(text.trim_end_matches(['\r', '\n']).to_owned())))
}

fn wrong(key: &str, problem: &str) -> QueueError {
    SettingsError::Value { origin: key.to_owned(), problem: problem.to_owned() }.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn settings() -> KafkaSettings {
        KafkaSettings { brokers: Some("127.0.0.1:9092".to_owned()), ..KafkaSettings::default() }
    }

    fn sasl() -> KafkaSettings {
        KafkaSettings {
            security: "sasl_ssl".to_owned(),
            sasl_mechanism: Some("SCRAM-SHA-512".to_owned()),
            user: Some("worker".to_owned()),
            password: Some("hunter2".to_owned().into()),
            ..settings()
        }
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused_with_their_key() {
        let cases = [
            ("no broker", KafkaSettings { brokers: None, ..settings() }, "KAFKA_BROKERS"),
            ("blank", KafkaSettings { brokers: Some(" ".into()), ..settings() }, "kafka.brokers"),
            ("no user", KafkaSettings { user: None, ..sasl() }, "kafka.user"),
            ("no password", KafkaSettings { password: None, ..sasl() }, "kafka.password_file"),
            (
                "no mechanism",
                KafkaSettings { sasl_mechanism: None, ..sasl() },
                "kafka.sasl_mechanism",
            ),
            ("user without sasl", KafkaSettings { user: sasl().user, ..settings() }, "sasl_ssl"),
            (
                "password file gone",
                KafkaSettings {
                    password: None,
                    password_file: Some("/nowhere/password".into()),
                    ..sasl()
                },
                "/nowhere/password",
            ),
        ];
        for (name, settings, words) in cases {
            let error = Broker::new(&settings).unwrap_err();
            assert!(error.to_string().contains(words), "{name}: {error}");
            assert!(!error.is_transient(), "{name}");
        }
    }

    #[test]
    fn the_client_library_takes_every_configuration() {
        for settings in [settings(), sasl()] {
            let broker = Broker::new(&settings).unwrap();
            for config in [broker.client(), broker.consumer("g"), broker.producer()] {
                config.create_native_config().unwrap();
            }
        }
    }

    #[test]
    fn the_password_comes_from_its_file_and_is_never_shown() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "hunter2").unwrap();
        let path = Some(file.path().to_owned());
        let settings = KafkaSettings { password: None, password_file: path, ..sasl() };
        let broker = Broker::new(&settings).unwrap();
        assert_eq!(broker.client().get("sasl.password"), Some("hunter2"));
        assert!(!format!("{broker:?}{settings:?}").contains("hunter2"));
    }
}
