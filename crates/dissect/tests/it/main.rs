//! Dissection from the outside: octets in, trees and remarks out.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may fail where it stands")]
#![allow(clippy::disallowed_methods, reason = "pages, corpora and recorded captures are read")]
#![allow(unreachable_pub, reason = "a test binary has no outside")]

#[allow(dead_code, reason = "shared with the tests of counterfoil-message")]
#[path = "../../../message/tests/it/deployment.rs"]
mod deployment;
#[allow(dead_code, reason = "shared with the tests of counterfoil-message")]
#[path = "../../../message/tests/it/payment.rs"]
mod payment;
#[allow(
    dead_code,
    unused_imports,
    unused_macros,
    reason = "shared with the tests of counterfoil-message"
)]
#[path = "../../../message/tests/it/sample.rs"]
mod sample;

mod capture;
mod follow;
mod hostile;
mod http;
mod iso8583;
mod reference;
mod scene;
mod set;
mod tcp;
mod tls;
