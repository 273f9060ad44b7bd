//! Applicant and CA wired to each other in memory: [`world`] is the wiring, [`desk`] an applicant
//! that can break one rule at a time.

mod ca_rule;
mod crash;
mod desk;
mod flow;
mod operator;
mod publication;
mod response_rule;
mod secrecy;
mod world;
