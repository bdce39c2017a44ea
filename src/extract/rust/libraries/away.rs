//! How libraries name failures: those of one that does not answer, and those of one that does.

/// Codes of gRPC, variants of errors and methods that are for one that does not answer, or not in time.
const AWAY: &[&str] = &[
    "Unavailable",
    "DeadlineExceeded",
    "Timeout",
    "TimedOut",
    "Elapsed",
    "PoolTimedOut",
    "PoolClosed",
    "Io",
    "Connect",
    "Connection",
    "ConnectionRefused",
    "ConnectionReset",
    "Transport",
    "is_timeout",
    "is_connect",
    "is_connection_dropped",
    "is_connection_refusal",
    "is_io_error",
    "is_unrecoverable_error",
];

/// Those that say that the other side has answered.
const ANSWERED: &[&str] = &[
    "NotFound",
    "AlreadyExists",
    "InvalidArgument",
    "PermissionDenied",
    "Unauthenticated",
    "Unauthorized",
    "Forbidden",
    "FailedPrecondition",
    "OutOfRange",
    "Unimplemented",
    "RowNotFound",
    "Conflict",
    "BadRequest",
    "Decode",
    "NOT_FOUND",
    "CONFLICT",
    "UNAUTHORIZED",
    "FORBIDDEN",
    "BAD_REQUEST",
    "is_unique_violation",
    "is_foreign_key_violation",
    "is_decode",
    "is_body",
];

/// Whether a word is for the failure of one that does not answer; none if it does not tell.
#[must_use]
pub fn says_away(word: &str) -> Option<bool> {
    if AWAY.contains(&word) {
        return Some(true);
    }
    ANSWERED.contains(&word).then_some(false)
}
