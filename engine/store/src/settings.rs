//! Where the databases are, and how this program is at their doors.

use std::fmt;
use std::fs;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use log::LevelFilter;
use serde::{Deserialize, Serialize};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions, PgSslMode};
use sqlx::{Connection as _, PgPool};

use crate::error::StoreError;
use crate::retry::Retry;

/// After so long a connection may have died unseen.
const RESTED: Duration = Duration::from_secs(2);

/// What is never shown: it is written and printed as asterisks.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Serialize for Secret {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("***")
    }
}

/// A database as `host:port/database`. Who asks, and with which password, is told apart from it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Address(String);

impl FromStr for Address {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let wrong = |problem: &str| {
            // Not the text itself: somebody may have put a password in.
            StoreError::Usage(format!("the address of a database {problem}: host:port/database"))
        };
        if text.contains('@') {
            return Err(wrong("must not hold a user or a password"));
        }
        let part_ok = |c: char| c.is_ascii_alphanumeric() || "-_.[]:".contains(c);
        let (server, database) =
            text.split_once('/').ok_or_else(|| wrong("must name the database"))?;
        let (host, port) = server.rsplit_once(':').ok_or_else(|| wrong("must name the port"))?;
        if host.is_empty() || database.is_empty() || port.parse::<u16>().is_err() {
            return Err(wrong("must name host, port and database"));
        }
        if !host.chars().chain(database.chars()).all(part_ok) {
            return Err(wrong("holds a character that cannot be"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for Address {
    type Error = StoreError;

    fn try_from(text: String) -> Result<Self, StoreError> {
        text.parse()
    }
}

impl From<Address> for String {
    fn from(address: Address) -> String {
        address.0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// Not at all: for loopback, and for a proxy beside the program.
    #[default]
    Off,
    /// Encrypted, whoever answers.
    Require,
    /// Encrypted, and the server's certificate names its host and is signed by a known authority.
    Verify,
}

/// How the databases of the store are reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreSettings {
    /// The reference database, as `host:port/database`; it names the shards.
    pub reference: Option<Address>,
    /// The user of all databases.
    pub user: String,
    /// The user's password.
    pub password: Option<Secret>,
    /// The file that the password stands in, where it is not given.
    pub password_file: Option<PathBuf>,
    /// How connections are encrypted.
    pub tls: Tls,
    /// The certificates of the authorities (PEM) in place of the system's.
    pub tls_authorities: Option<PathBuf>,
    /// Connections of this program to each database.
    pub connections_max: u32,
    /// Programs that use the store at the same time: workers and review queues.
    pub fleet_programs: u32,
    /// Connections that all of them may have to all databases together. What could come to more
    /// is warned of.
    pub fleet_connections_max: u32,
    /// Seconds to wait for a free connection or a new one.
    pub connect_s_max: f64,
    /// Seconds that a statement may take.
    pub statement_s_max: f64,
    /// Seconds that a statement may wait for a lock.
    pub lock_s_max: f64,
    /// Seconds after which the server ends a transaction that does nothing.
    pub idle_s_max: f64,
    /// Seconds for all tries of a call together.
    pub retry_deadline_s: f64,
    /// The longest wait before the second try, in seconds; it doubles from try to try.
    pub retry_wait_s_first: f64,
    /// The longest wait between two tries, in seconds.
    pub retry_wait_s_max: f64,
}

impl Default for StoreSettings {
    fn default() -> Self {
        Self {
            reference: None,
            user: "ivendor".to_owned(),
            password: None,
            password_file: None,
            tls: Tls::Off,
            tls_authorities: None,
            connections_max: 4,
            fleet_programs: 1,
            fleet_connections_max: 200,
            connect_s_max: 5.0,
            statement_s_max: 10.0,
            lock_s_max: 5.0,
            idle_s_max: 60.0,
            retry_deadline_s: 15.0,
            retry_wait_s_first: 0.05,
            retry_wait_s_max: 2.0,
        }
    }
}

impl StoreSettings {
    /// Says whether the numbers can be.
    ///
    /// # Errors
    /// [`StoreError::Usage`] names the key.
    pub fn check(&self) -> Result<(), StoreError> {
        let seconds = [
            ("connect_s_max", self.connect_s_max),
            ("statement_s_max", self.statement_s_max),
            ("lock_s_max", self.lock_s_max),
            ("idle_s_max", self.idle_s_max),
            ("retry_deadline_s", self.retry_deadline_s),
            ("retry_wait_s_first", self.retry_wait_s_first),
            ("retry_wait_s_max", self.retry_wait_s_max),
        ];
        // A limit of 0 would mean none to PostgreSQL.
        if let Some((key, _)) = seconds.iter().find(|(_, s)| !(0.001..=86_400.0).contains(s)) {
            let problem = format!("store.{key} must lie between 0.001 and 86400 seconds");
            return Err(StoreError::Usage(problem));
        }
        if !(1..=1000).contains(&self.connections_max) {
            let problem = "store.connections_max must lie between 1 and 1000";
            return Err(StoreError::Usage(problem.to_owned()));
        }
        if self.fleet_programs == 0 || self.fleet_connections_max == 0 {
            let problem = "store.fleet_programs and store.fleet_connections_max must be at least 1";
            return Err(StoreError::Usage(problem.to_owned()));
        }
        Ok(())
    }

    /// How calls are tried again.
    pub(crate) fn retry(&self) -> Retry {
        Retry {
            deadline_s: self.retry_deadline_s,
            wait_s_first: self.retry_wait_s_first,
            wait_s_max: self.retry_wait_s_max,
        }
    }

    fn secret(&self) -> Result<Option<Secret>, StoreError> {
        let Some(path) = self.password_file.as_ref().filter(|_| self.password.is_none()) else {
            return Ok(self.password.clone());
        };
        let text = fs::read_to_string(path).map_err(|error| {
            StoreError::Usage(format!("cannot read the password file {}: {error}", path.display()))
        })?;
        Ok(Some(Secret(text.trim_end_matches(['\r', '\n']).to_owned())))
    }

    /// How a connection to `address` is made; its statements have no limits yet.
    pub(crate) fn connection(&self, address: &Address) -> Result<PgConnectOptions, StoreError> {
        let wrong = |error: sqlx::Error| StoreError::Usage(format!("{address}: {error}"));
        let url = format!("postgres://{address}");
        let mode = match self.tls {
            Tls::Off => PgSslMode::Disable,
            Tls::Require => PgSslMode::Require,
            Tls::Verify => PgSslMode::VerifyFull,
        };
        let mut options = PgConnectOptions::from_str(&url)
            .map_err(wrong)?
            .username(&self.user)
            .application_name("ivendor")
            .ssl_mode(mode);
        if let Some(path) = &self.tls_authorities {
            options = options.ssl_root_cert(path);
        }
        if let Some(secret) = self.secret()? {
            options = options.password(secret.reveal());
        }
        Ok(options)
    }

    /// A pool of connections to `address`. It opens none before one is asked for.
    pub(crate) fn pool(&self, address: &Address) -> Result<PgPool, StoreError> {
        self.check()?;
        let ms = |seconds: f64| format!("{}", (seconds * 1000.0).round());
        let limits = [
            ("statement_timeout", ms(self.statement_s_max)),
            ("lock_timeout", ms(self.lock_s_max)),
            ("idle_in_transaction_session_timeout", ms(self.idle_s_max)),
        ];
        let options = self.connection(address)?.options(limits);
        Ok(PgPoolOptions::new()
            .max_connections(self.connections_max)
            .acquire_timeout(Duration::from_secs_f64(self.connect_s_max))
            // Under load everybody waits, and a line for each would be a flood.
            .acquire_slow_level(LevelFilter::Debug)
            // A connection is asked whether it lives when it is given back, and here where it has
            // rested; each time that it is taken would be a way to the server and back for nothing.
            .test_before_acquire(false)
            .before_acquire(|connection, rested| {
                Box::pin(async move {
                    if rested.idle_for > RESTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_lazy_with(options))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_password_is_never_shown() {
        let settings = StoreSettings {
            password: Some(Secret("hunter2".to_owned())),
            ..StoreSettings::default()
        };
        let shown = format!("{settings:?}");
        let written = serde_json::to_string(&settings).unwrap();
        assert!(shown.contains("***") && !shown.contains("hunter2"));
        assert!(written.contains("***") && !written.contains("hunter2"));
        let refused = "ivendor:hunter2@db:5432/main".parse::<Address>().unwrap_err();
        assert!(!refused.to_string().contains("hunter2"));
    }

    #[test]
    fn a_password_is_read_from_its_file_without_the_line_break() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "hunter2\n").unwrap();
        let mut settings = StoreSettings {
            password_file: Some(file.path().to_owned()),
            ..StoreSettings::default()
        };
        assert_eq!(settings.secret().unwrap().unwrap().reveal(), "hunter2");
        settings.password_file = Some("/nowhere/password".into());
        let error = settings.secret().unwrap_err().to_string();
        assert!(error.contains("/nowhere/password"), "{error}");
    }

    #[test]
    fn an_address_names_host_port_and_database() {
        let good = [
            ("db:5432/main", "db", 5432, "main"),
            ("127.0.0.1:1/a_b-c", "127.0.0.1", 1, "a_b-c"),
            ("shard-0.internal:6432/x", "shard-0.internal", 6432, "x"),
        ];
        for (text, host, port, database) in good {
            let options = StoreSettings::default().connection(&text.parse().unwrap()).unwrap();
            let found = (options.get_host(), options.get_port(), options.get_database());
            assert_eq!(found, (host, port, Some(database)), "{text}");
        }
        let bad = [
            "",
            "db",
            "db/main",
            "db:5432",
            "db:x/main",
            ":5432/main",
            "db:5432/",
            "db:5432/a?sslmode=disable",
            "db:5432/a/b",
            "u@db:5432/main",
            "db:99999/main",
        ];
        for text in bad {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }

    #[test]
    fn numbers_that_cannot_be_are_refused_with_their_key() {
        let default = StoreSettings::default;
        let cases = [
            ("store.connect_s_max", StoreSettings { connect_s_max: 0.0, ..default() }),
            ("store.lock_s_max", StoreSettings { lock_s_max: f64::NAN, ..default() }),
            ("store.statement_s_max", StoreSettings { statement_s_max: -1.0, ..default() }),
            ("store.connections_max", StoreSettings { connections_max: 0, ..default() }),
            ("store.fleet_programs", StoreSettings { fleet_programs: 0, ..default() }),
        ];
        for (key, settings) in cases {
            let error = settings.check().unwrap_err().to_string();
            assert!(error.starts_with(key), "{key}: {error}");
        }
        default().check().unwrap();
    }

    proptest! {
        #[test]
        fn no_address_brings_a_user_or_a_setting_in(
            text in "[a-z@?&=:\\[\\]]{0,9}:[0-9]{1,5}/.{0,9}",
        ) {
            let address = text.parse::<Address>();
            let options = address.map(|address| StoreSettings::default().connection(&address));
            if let Ok(Ok(options)) = options {
                prop_assert_eq!(options.get_username(), "ivendor");
                prop_assert_eq!(options.get_application_name(), Some("ivendor"));
                prop_assert_eq!(options.get_options(), None);
            }
        }
    }
}
