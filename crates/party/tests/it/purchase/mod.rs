//! The purchase with every party: its course, each rule of merchant and wallet, repetitions,
//! crashes, and who learns what.

mod course;
mod forge;
mod market;
