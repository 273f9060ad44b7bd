//! Counts that are bounded, and what can be said of them with known error.

pub mod distinct;
pub mod histogram;
pub mod hours;
pub mod raise;
pub mod tail;
pub mod timeline;
