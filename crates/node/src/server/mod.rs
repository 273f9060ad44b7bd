//! Servers: the party's `/set` over TLS 1.3, the operator's on the loopback, the bank's link.
//!
//! Every connection is counted, every step of it has a time and every body a size: a silent or
//! slow peer costs a place in a table and never a worker.

mod answer;
mod doorkeeper;
mod http1;
pub mod limits;
mod listener;
mod operations;
mod pulse;
pub mod set;
pub mod visitors;

pub use self::http1::{Body, Close, Http, Peer, Service};
pub use self::limits::Limits;
pub use self::listener::{Protocol, Server, Stop, stop_signal};
pub use self::operations::{ApiRoutes, NoRoutes, Operations};
pub use self::set::SetService;
pub use self::visitors::{Visit, Visitors};
