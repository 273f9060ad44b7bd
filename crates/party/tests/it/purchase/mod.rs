//! The purchase with every party: its course, each rule of merchant and wallet, repetitions,
//! crashes, and who learns what.

mod course;
mod crash;
mod forge;
mod gateway_answers;
mod market;
mod merchant_rules;
mod repetition;
mod secrecy;
mod trust;
mod void;
mod void_answers;
mod wallet_rules;
