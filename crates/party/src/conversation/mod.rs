//! What merchant and wallet share when they speak: a turn and its journal, headers, refusals.

pub mod header;
pub mod order_digest;
pub mod refusal;
pub mod stored;
pub mod turn;

pub use refusal::Refusal;
pub use stored::Stored;
pub use turn::{About, Turn};
