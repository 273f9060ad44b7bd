//! Durable records and the journal: the only crate that touches storage.
//!
//! [`Store`] keeps a party's records in one SQLite file. What one input writes is applied whole
//! or not at all, and several inputs share one transaction, so that one flush of the disk makes
//! them all durable. [`Inspector`] reads the same file while a party serves from it.
//! [`Storage`] is what a runner needs of either this or another database.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this crate is the edge to the disk: files and locks are its work"
)]

mod cache;
pub mod error;
pub mod inspect;
mod lock;
mod overlay;
mod retention;
mod schema;
pub mod sqlite;
mod statement;
pub mod storage;

pub use error::StoreError;
pub use inspect::{Alarm, Inspector, JournalLine};
pub use sqlite::{Settings, Store};
pub use storage::Storage;
