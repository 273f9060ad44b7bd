//! Durable records and the journal: the only crate that touches storage.
