//! ISO 8583:1987 messages: codec, bank dialects and message authentication.
//!
//! [`message`] holds a message apart from how it is written; a [`dialect`] is the table of how
//! one kind of host writes it, one file each; [`codec`] reads and writes by that table;
//! [`frame`] puts messages on a stream; [`mac`] authenticates them; [`redact`] makes their bytes
//! fit for a journal. Everything is a pure function of its arguments, bounded, and answers
//! hostile bytes with an error that names the field and the offset.

pub mod codec;
pub mod dialect;
pub mod error;
pub mod field;
pub mod frame;
pub mod mac;
pub mod message;
pub mod mti;
pub mod original;
pub mod private_data;
pub mod redact;
pub mod response_code;

pub use dialect::Dialect;
pub use error::{DecodeError, EncodeError, FieldError, FieldProblem};
pub use message::{FieldValue, Message};
pub use mti::Mti;
pub use response_code::ResponseCode;
