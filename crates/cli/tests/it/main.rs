//! Tests of the tree itself (`tidy`, `layers`) and of the binary as a person uses it.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "tests of the edge read the disk and run programs"
)]
#![allow(unreachable_pub, reason = "a test binary has no outside")]

mod bench;
mod cert_files;
mod cert_paths;
mod commands;
mod demo;
mod deployment;
mod dissect;
mod doctor;
mod evidence;
mod incident;
mod kill;
mod layers;
mod live;
mod logs;
mod output;
mod probe;
mod secrecy;
mod shop;
mod tidy;
