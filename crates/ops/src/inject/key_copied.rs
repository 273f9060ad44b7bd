//! Gives one party the TLS key and certificate of another.

use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector = Injector { name: "key-copied", fault: "key-shared", run };

const PAIRS: [(&str, &str); 5] = [
    ("merchant", "gateway"),
    ("gateway", "merchant"),
    ("cca", "mca"),
    ("gateway", "bank"),
    ("mca", "merchant"),
];

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let (from, to) = *bench.pick(&PAIRS);
    for (folder, mode) in [("keys", 0o600), ("certs", 0o644)] {
        let octets = bench.read(&format!("{from}/{folder}/tls.pem"))?;
        bench.write(&format!("{to}/{folder}/tls.pem"), &octets, mode)?;
    }
    bench.reload(to);
    Ok(bench.injected(INJECTOR.fault, to, format!("{to} has the TLS key of {from}")))
}
