//! What goes wrong in a database, and whether it is worth another try.

use std::io::ErrorKind;

use ivendor_core::sharding::ShardId;
use sqlx::migrate::MigrateError;
use thiserror::Error;

/// What can be done about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The same call may succeed later: the database is away, busy, or undid the transaction.
    Transient,
    /// Another transaction was faster with the same row. The next try sees it.
    Conflict,
    /// The shard does not own the tenant at the epoch that was named: read the map again.
    Fenced,
    /// It fails every time until somebody changes something.
    Permanent,
}

/// A database of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The reference database.
    Reference,
    /// One of the shards.
    Shard(ShardId),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Reference => f.write_str("the reference database"),
            Self::Shard(shard) => write!(f, "shard {shard}"),
        }
    }
}

/// An error of the store.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A database refused, or could not be reached.
    #[error("{place}: {source}")]
    Database {
        /// Which.
        place: Place,
        /// What it or the driver says.
        source: sqlx::Error,
    },
    /// No answer in time.
    #[error("{place} gave no answer within {limit_s} s")]
    TimedOut {
        /// Which.
        place: Place,
        /// How long was waited.
        limit_s: f64,
    },
    /// Another transaction was faster.
    #[error("{place}: another writer stored the same document at the same time")]
    Raced {
        /// Where.
        place: Place,
    },
    /// The shard does not own the tenant at this epoch.
    #[error("{place} does not own the tenant at the epoch that was named; read the map again")]
    Fenced {
        /// Which.
        place: Place,
    },
    /// The schema is newer than this program.
    #[error(
        "{place} has the schema {found}, this program knows up to {known}: use a newer program"
    )]
    Newer {
        /// Which.
        place: Place,
        /// The newest migration in the database.
        found: i64,
        /// The newest that this program has.
        known: i64,
    },
    /// A migration cannot be applied.
    #[error("{place} cannot be migrated: {source}")]
    Migration {
        /// Which.
        place: Place,
        /// Why.
        source: MigrateError,
    },
    /// What the database holds is not what was written.
    #[error("{place} holds a row that cannot be read: {problem}")]
    Row {
        /// Which.
        place: Place,
        /// What is wrong with it.
        problem: String,
    },
    /// A value that is not stored.
    #[error("the result of document {document} of tenant {tenant} cannot be stored: {problem}")]
    Result {
        /// Whose.
        tenant: String,
        /// Which.
        document: String,
        /// What is wrong.
        problem: String,
    },
    /// A configuration or a call that cannot be.
    #[error("{0}")]
    Usage(String),
}

impl StoreError {
    /// An error of the driver, at a place.
    pub(crate) fn at(place: Place) -> impl Fn(sqlx::Error) -> Self + Copy {
        move |source| Self::Database { place, source }
    }

    /// What can be done about it.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Database { source, .. } => kind_of(source),
            Self::Migration { source: MigrateError::Execute(source), .. }
            | Self::Migration { source: MigrateError::ExecuteMigration(source, _), .. } => {
                kind_of(source)
            }
            Self::TimedOut { .. } => Kind::Transient,
            Self::Raced { .. } => Kind::Conflict,
            Self::Fenced { .. } => Kind::Fenced,
            Self::Newer { .. }
            | Self::Migration { .. }
            | Self::Row { .. }
            | Self::Result { .. }
            | Self::Usage(_) => Kind::Permanent,
        }
    }

    /// Whether the same call may succeed later without a change.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self.kind(), Kind::Transient | Kind::Conflict)
    }

    /// Whether a value of the rows is at fault, so that the others can be written without it.
    pub(crate) fn is_in_the_data(&self) -> bool {
        let Self::Database { source: sqlx::Error::Database(error), .. } = self else {
            return false;
        };
        self.kind() == Kind::Permanent
            && error
                .code()
                .is_some_and(|code| ["22", "23", "54"].iter().any(|class| code.starts_with(class)))
    }
}

fn kind_of(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::Database(error) => {
            error.code().map_or(Kind::Permanent, |code| kind_of_state(&code))
        }
        // A certificate that is not believed, or a file of one that cannot be read.
        sqlx::Error::Io(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidData | ErrorKind::NotFound | ErrorKind::PermissionDenied
            ) =>
        {
            Kind::Permanent
        }
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::BeginFailed => Kind::Transient,
        _ => Kind::Permanent,
    }
}

/// The kind of an SQLSTATE. Source: appendix A of the manual of PostgreSQL 15.
fn kind_of_state(code: &str) -> Kind {
    match code {
        // A unique row is there already.
        "23505" => Kind::Conflict,
        // Serialisation, deadlock, and whatever else undid the transaction.
        code if code.starts_with("40") => Kind::Transient,
        // Connections that broke, and resources that ran out.
        code if code.starts_with("08") || code.starts_with("53") => Kind::Transient,
        // A lock or a statement took too long; the transaction idled; the server shuts down,
        // crashed, or starts; a former primary that only reads now.
        "55P03" | "57014" | "25P03" | "57P01" | "57P02" | "57P03" | "57P05" | "25006" => {
            Kind::Transient
        }
        // The system below: disk, memory, files.
        code if code.starts_with("58") => Kind::Transient,
        _ => Kind::Permanent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sqlstate_has_its_kind() {
        let cases = [
            ("unique_violation", "23505", Kind::Conflict),
            ("check_violation", "23514", Kind::Permanent),
            ("serialization_failure", "40001", Kind::Transient),
            ("deadlock_detected", "40P01", Kind::Transient),
            ("connection_failure", "08006", Kind::Transient),
            ("too_many_connections", "53300", Kind::Transient),
            ("disk_full", "53100", Kind::Transient),
            ("admin_shutdown", "57P01", Kind::Transient),
            ("cannot_connect_now", "57P03", Kind::Transient),
            ("query_canceled", "57014", Kind::Transient),
            ("lock_not_available", "55P03", Kind::Transient),
            ("read_only_sql_transaction", "25006", Kind::Transient),
            ("io_error", "58030", Kind::Transient),
            ("invalid_password", "28P01", Kind::Permanent),
            ("undefined_table", "42P01", Kind::Permanent),
            ("untranslatable_character", "22P05", Kind::Permanent),
            ("no SQLSTATE at all", "", Kind::Permanent),
        ];
        for (name, code, kind) in cases {
            assert_eq!(kind_of_state(code), kind, "{name}");
        }
    }

    #[test]
    fn a_database_that_is_away_is_worth_another_try() {
        let place = Place::Shard(ShardId(3));
        let error = |source| StoreError::Database { place, source };
        let refused = std::io::Error::from(ErrorKind::ConnectionRefused);
        assert!(error(sqlx::Error::Io(refused)).is_transient());
        let not_believed = std::io::Error::from(ErrorKind::InvalidData);
        assert!(!error(sqlx::Error::Io(not_believed)).is_transient());
        assert!(error(sqlx::Error::PoolTimedOut).is_transient());
        assert!(StoreError::Raced { place }.is_transient());
        assert!(!error(sqlx::Error::PoolClosed).is_transient());
        assert!(!StoreError::Fenced { place }.is_transient());
    }
}
