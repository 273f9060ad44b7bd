//! Asks a TLS server what it speaks and says what is wrong with it.
//!
//! [`probe()`] is the whole of it: a target and options in, a [`ProbeReport`] out. Questions and
//! judgement are those of [`counterfoil_tls::probe`] and [`counterfoil_tls::rule`]; here are
//! sockets, time-outs and the dialogues before TLS ([`starttls`]).
//!
//! A probe is gentle: at most [`limit::PARALLEL_MAX`] connections at a time and
//! [`limit::CONNECTIONS_MAX`] in all, no broken messages, nothing exploited. A server that
//! cannot be looked at is a [`ProbeError`]; a question without an answer is a remark.

mod ask;
mod error;
pub mod limit;
pub mod report;
mod resume;
mod run;
pub mod starttls;
mod target;
mod tls13;

pub use error::ProbeError;
pub use report::ProbeReport;
pub use target::Target;

use std::time::Duration;

use counterfoil_pki::Certificate;

use self::starttls::StartTls;

/// How to probe.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name for server_name and for the judgement of the certificate; the target's host, when
    /// it is a name and nothing else is said.
    pub name: Option<String>,
    /// The protocol that TLS begins in; none when it begins at once.
    pub starttls: Option<&'static StartTls>,
    /// Roots to judge the chain by; none judges its structure alone.
    pub trust: Option<Vec<Certificate>>,
    /// Most connections at a time.
    pub parallel_max: usize,
    /// Most connections in all.
    pub connections_max: usize,
    /// Longest time for a connection to be made.
    pub connect_time_max: Duration,
    /// Longest time for one answer.
    pub answer_time_max: Duration,
    /// Longest time for everything.
    pub total_time_max: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            name: None,
            starttls: None,
            trust: None,
            parallel_max: limit::PARALLEL_MAX,
            connections_max: limit::CONNECTIONS_MAX,
            connect_time_max: limit::CONNECT_SECONDS_MAX,
            answer_time_max: limit::ANSWER_SECONDS_MAX,
            total_time_max: limit::TOTAL_SECONDS_MAX,
        }
    }
}

/// Probes one server.
///
/// # Errors
/// [`ProbeError`] when nothing can be said of it: no address, no connection, silence, no TLS.
pub async fn probe(target: &Target, options: &Options) -> Result<ProbeReport, ProbeError> {
    run::Run::begin(target, options).await?.finish().await
}
