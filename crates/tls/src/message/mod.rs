//! What a server says after its hello, one message a file.

pub mod certificate;
pub mod certificate_request;
pub mod certificate_status;
pub mod new_session_ticket;
pub mod server_key_exchange;

pub use certificate::Chain;
pub use certificate_request::CertificateRequest;
pub use new_session_ticket::NewSessionTicket;
pub use server_key_exchange::{KeyShare, ServerKeyExchange};
