//! What merchant and wallet share when they speak: a turn and its journal, headers, refusals.

pub mod error_message;
pub mod header;
pub mod held;
pub mod learned;
pub mod order_digest;
pub mod refusal;
pub mod stored;
pub mod turn;

pub use learned::Learned;
pub use refusal::{Failed, Refusal};
pub use stored::Stored;
pub use turn::{About, Turn};
