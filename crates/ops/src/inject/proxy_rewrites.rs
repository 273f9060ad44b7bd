//! Puts a proxy in front of a party that ends TLS, with the party's knowledge, and changes what
//! passes.

use super::forgery::By;
use super::relay::Act;
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "proxy-rewrites", fault: "proxy-rewrites", run };

/// What is replaced by what.
const REWRITES: [(&str, &str); 4] = [
    ("application/set-payment", "application/octet-stream"),
    ("application/json", "text/html; charset=utf-8"),
    ("HTTP/1.1 415 ", "HTTP/1.1 200 "),
    ("media-type-refused", "media-type-allowed"),
];

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant"]);
    let (old, new) = *bench.pick(&REWRITES);
    let shown = bench.forge(party, By::RealCa)?;
    let front = bench.read(&shown.chain.display().to_string())?;
    bench.write(&format!("{party}/certs/front.pem"), &front, 0o644)?;
    let rewrites = vec![(old.to_owned(), new.to_owned())];
    bench.relay(party, Act { tls: Some(shown), rewrites, ..Act::default() })?;
    let what = format!("a proxy in front of {party} makes {old:?} into {new:?}");
    Ok(bench.injected(INJECTOR.fault, party, what))
}
