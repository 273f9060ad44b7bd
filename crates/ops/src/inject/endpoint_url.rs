//! Sends a party to an address where the one that it means does not listen.

use super::{Bench, InjectError, Injected, Injector};

pub(super) static GATEWAY: Injector =
    Injector { name: "gateway-url", fault: "gateway-address-wrong", run: gateway };
pub(super) static CA: Injector = Injector { name: "ca-url", fault: "ca-address-wrong", run: ca };
pub(super) static BANK: Injector =
    Injector { name: "bank-host", fault: "bank-address-wrong", run: bank };

/// Addresses of this machine where nobody listens, and a name that nobody has (RFC 6761).
const HOSTS: [&str; 3] = ["127.0.0.77", "127.0.1.1", "bank.invalid"];

fn gateway(bench: &mut Bench) -> Result<Injected, InjectError> {
    let wrong = url(bench, "merchant", "node.endpoints.gateway.url", "mca")?;
    bench.reload("merchant");
    Ok(bench.injected(GATEWAY.fault, "merchant", format!("the merchant calls {wrong}")))
}

fn ca(bench: &mut Bench) -> Result<Injected, InjectError> {
    let (party, other) = *bench.pick(&[("merchant", "pca"), ("wallet", "mca")]);
    let wrong = url(bench, party, "node.endpoints.ca.url", other)?;
    bench.reload(party);
    Ok(bench.injected(CA.fault, party, format!("{party} calls {wrong}")))
}

fn bank(bench: &mut Bench) -> Result<Injected, InjectError> {
    let host = *bench.pick(&HOSTS);
    bench.set("gateway", "node.bank_link.host", &format!("\"{host}\""))?;
    bench.reload("gateway");
    Ok(bench.injected(BANK.fault, "gateway", format!("the gateway calls the bank at {host}")))
}

/// Sets a URL to a wrong port, a wrong host, or where `other` listens.
fn url(bench: &mut Bench, party: &str, key: &str, other: &str) -> Result<String, InjectError> {
    let port = bench.chance.between(1, 19);
    let wrong = match bench.chance.below(3) {
        0 => format!("https://127.0.0.1:{port}/set"),
        1 => format!("https://127.0.0.77:{port}/set"),
        _ => format!("https://{}/set", listener(bench, other)?),
    };
    bench.set(party, key, &format!("\"{wrong}\""))?;
    Ok(wrong)
}

fn listener(bench: &Bench, party: &str) -> Result<String, InjectError> {
    let text = String::from_utf8_lossy(&bench.read(&format!("{party}/config.toml"))?).into_owned();
    let settings: toml::Table = text.parse().map_err(|error| bench.failed(error))?;
    let set = settings.get("node").and_then(|node| node.get("set"));
    let listen = set.and_then(|set| set.get("listen")).and_then(toml::Value::as_str);
    listen.map(str::to_owned).ok_or_else(|| bench.failed(format!("{party} has no listener")))
}
