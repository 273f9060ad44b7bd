//! Every limit of a probe, by name, unit last.

use std::time::Duration;

/// Most connections to one server, for everything that is asked.
pub const CONNECTIONS_MAX: usize = 250;

/// Most connections to one server at a time.
pub const PARALLEL_MAX: usize = 4;

/// Longest time for a connection to be made.
pub const CONNECT_SECONDS_MAX: Duration = Duration::from_secs(4);

/// Longest time for a dialogue before TLS, and for an answer to a hello.
pub const ANSWER_SECONDS_MAX: Duration = Duration::from_secs(5);

/// Longest time for everything.
pub const TOTAL_SECONDS_MAX: Duration = Duration::from_secs(60);

/// How long tickets of TLS 1.3 are waited for after a handshake.
pub const TICKET_WAIT_MS: Duration = Duration::from_millis(300);

/// How long after a connection that was suddenly refused the only other attempt is made.
pub const RETRY_WAIT_MS: Duration = Duration::from_millis(300);

/// Addresses of a name that are tried.
pub const ADDRESSES_MAX: usize = 4;

/// Questions after which a server that has said nothing at all is given up.
pub const SILENT_QUESTIONS_MAX: usize = 2;

/// Questions after which a server that has only said what is no TLS is given up.
pub const OTHER_QUESTIONS_MAX: usize = 2;

/// Octets that a server may say in a dialogue before TLS.
pub const DIALOGUE_BYTES_MAX: usize = 16 * 1024;

/// Octets of a handshake that are kept to find the ticket in it.
pub const FLIGHT_BYTES_KEPT_MAX: usize = 64 * 1024;
