//! Applicant and CA wired to each other in memory: [`world`] is the wiring.

mod flow;
mod world;
