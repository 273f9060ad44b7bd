//! Log lines to events, and events to sessions, rates and anomalies.
//!
//! An [`Analysis`] is fed the octets of files and finished once; the [`Report`] says when trouble
//! began, with which codes, who stands out, which step fails, what happened just before and what
//! is slow. Nothing here reads a file or a clock, and memory is bounded whatever the input
//! ([`limit`]).
//!
//! Where one new thing goes: a format is a file of [`mod@format`], a detector one of [`detector`].

pub mod analysis;
pub mod card;
pub mod cut;
pub mod detector;
pub mod event;
pub mod facts;
pub mod field;
pub mod follow;
pub mod format;
pub mod hash;
pub mod json;
pub mod limit;
pub mod redact;
pub mod report;
pub mod sample;
pub mod settings;
pub mod shape;
pub mod source;
pub mod split;
pub mod statistic;
pub mod tally;
pub mod time;

pub use analysis::{Analysis, FileId, OpenError};
pub use report::Report;
pub use settings::Settings;
