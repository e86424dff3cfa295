//! Why a document could not be had, and whether it is worth another try.

use std::io;

use ivendor_core::content::ContentError;
use ivendor_core::reason::Reason;
use rustix::io::Errno;
use thiserror::Error;

/// A document that was not had.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum FetchError {
    /// It cannot be had whenever it is asked for: this belongs into its verdict.
    #[error("{}", .0.detail)]
    Content(ContentError),
    /// It may be had later: the service is away, busy or wrongly set up, or it took too long.
    #[error("{detail}")]
    Transient {
        /// What happened, where, and what to do.
        detail: String,
    },
}

impl FetchError {
    /// Whether the same call may succeed later without a change to the request.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Transient { .. })
    }

    /// What the verdict says where no other try follows.
    #[must_use]
    pub fn into_content(self) -> ContentError {
        match self {
            Self::Content(error) => error,
            Self::Transient { detail } => {
                ContentError { reason: Reason::CONTENT_UNREACHABLE, detail }
            }
        }
    }
}

/// No further try will find it.
pub(super) fn unreachable(detail: String) -> FetchError {
    FetchError::Content(ContentError { reason: Reason::CONTENT_UNREACHABLE, detail })
}

/// `what` has more bytes than a document may have.
pub(super) fn too_large(what: impl std::fmt::Display, bytes_max: u64) -> FetchError {
    let detail =
        format!("{what} has more than {bytes_max} bytes, the most that limits.bytes_max allows");
    FetchError::Content(ContentError { reason: Reason::CONTENT_TOO_LARGE, detail })
}

/// Whether an error of the file system says something of the machine and nothing of the file.
pub(super) fn may_pass(error: &io::Error) -> bool {
    const PASSING: [Errno; 13] = [
        Errno::AGAIN,
        Errno::BUSY,
        Errno::HOSTDOWN,
        Errno::HOSTUNREACH,
        Errno::INTR,
        Errno::IO,
        Errno::MFILE,
        Errno::NETDOWN,
        Errno::NETUNREACH,
        Errno::NFILE,
        Errno::NOMEM,
        Errno::STALE,
        Errno::TIMEDOUT,
    ];
    Errno::from_io_error(error).is_some_and(|errno| PASSING.contains(&errno))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_machine_lacks_passes() {
        let cases = [
            ("missing", Errno::NOENT, false),
            ("refused", Errno::ACCESS, false),
            ("endless link", Errno::LOOP, false),
            ("name too long", Errno::NAMETOOLONG, false),
            ("a socket", Errno::NXIO, false),
            ("too many open files", Errno::MFILE, true),
            ("the disk cannot be read", Errno::IO, true),
            ("the server of the files is away", Errno::TIMEDOUT, true),
        ];
        for (name, errno, passes) in cases {
            let error = io::Error::from_raw_os_error(errno.raw_os_error());
            assert_eq!(may_pass(&error), passes, "{name}");
        }
        assert!(!may_pass(&io::Error::from(io::ErrorKind::PermissionDenied)));
    }

    #[test]
    fn a_passing_failure_becomes_unreachable_when_no_try_follows() {
        let transient = FetchError::Transient { detail: "away".to_owned() };
        assert!(transient.is_transient());
        assert_eq!(transient.to_string(), "away");
        let content = transient.into_content();
        assert_eq!(content.reason, Reason::CONTENT_UNREACHABLE);
        let large = too_large("it", 10);
        assert!(!large.is_transient());
        assert_eq!(large.into_content().reason, Reason::CONTENT_TOO_LARGE);
    }
}
