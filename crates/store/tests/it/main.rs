//! The store as a runner uses it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]
#![allow(clippy::disallowed_methods, reason = "the store is tested on real files")]

mod crash;
mod failures;
mod inspector;
mod overlay;
mod retention;
mod shared;
