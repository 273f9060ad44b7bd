//! Sends the gateway to a port where no bank listens.

use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "bank-port", fault: "bank-address-wrong", run };

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    // Ports below 1024 belong to others, and nobody listens at these on a machine like this.
    let port = bench.chance.between(1, 19);
    bench.set("gateway", "node.bank_link.port", &port.to_string())?;
    bench.reload("gateway");
    Ok(bench.injected(INJECTOR.fault, "gateway", format!("the gateway calls port {port}")))
}
