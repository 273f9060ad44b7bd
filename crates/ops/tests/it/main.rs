//! Probes of real servers on loopback: OpenSSL's, nginx, rustls, and ones that misbehave.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests of the edge open sockets and run programs; one that cannot go on panics"
)]
#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod chains;
mod hostile;
mod old_versions;
mod openssl;
mod peer;
mod rustls_server;
mod scanners;
mod starttls;
