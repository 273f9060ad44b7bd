//! The doctor: facts in, findings and plans out.
//!
//! A [`fact`] is something that was observed in one deployment, with its source and time; a
//! [`bundle`] is a file of them. A [`fault`] is a way for a deployment to be broken: one file of
//! the catalogue, which says from the facts whether it is so. [`locate`](mod@locate) asks every
//! fault, separates causes from their consequences and puts the worst first. A [`plan`] is a
//! repair as data; who carries it out is not in this crate.
//!
//! Everything here is a pure function of the facts: the same bundle gives the same findings on any
//! machine, years later. What cannot be confirmed is called suspected or inconclusive, with what
//! would settle it.
//!
//! Where one new thing goes: a fault is a file of [`fault`], a kind of fact one of [`fact`].

mod between;
pub mod bundle;
pub mod fact;
pub mod fault;
pub mod finding;
pub mod handbook;
pub mod issued;
pub mod locate;
pub mod plan;
pub mod profile;
pub mod remedy;

pub use fact::{Fact, Facts, Observation};
pub use fault::{Class, Fault};
pub use finding::{Case, Effect, Finding, Priority, Question, Standing};
pub use locate::{Diagnosis, locate};
pub use plan::{Mode, Step};
