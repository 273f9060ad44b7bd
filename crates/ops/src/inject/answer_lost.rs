//! Loses the gateway's answer to a merchant that gives up soon, and puts both right again: what is
//! left is a payment that the gateway knows and the merchant does not.

use super::relay::Act;
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "answer-lost", fault: "payment-in-doubt", run };

/// Time for the merchant to give up.
const GIVE_UP_MS_MAX: u64 = 60_000;
const CONFIG: &str = "merchant/config.toml";

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let settings = bench.read(CONFIG)?;
    let timeout = bench.chance.between(2_000, 4_000);
    bench.set("merchant", "party.gateway_tries_max", "1")?;
    bench.set("merchant", "party.gateway_timeout_ms", &timeout.to_string())?;
    bench.reload("merchant");
    // A first purchase opens the connection on which the next question still arrives.
    bench.buy("1.00 USD")?;
    bench.relay("gateway", Act { swallow_answers: true, ..Act::default() })?;
    let (order, url) = bench.order("3.00 USD")?;
    let customer = bench.customer(&url)?;
    let is_undecided = || {
        let status = bench.command(&["order", "status", &order]);
        status.is_ok_and(|status| status["state"] == "undecided")
    };
    bench.wait(GIVE_UP_MS_MAX, is_undecided, "the merchant does not give up")?;
    bench.relay("gateway", Act::default())?;
    bench.write(CONFIG, &settings, 0o644)?;
    bench.reload("merchant");
    let what = format!("the gateway's answer about order {order} was lost for good");
    let injected = bench.injected(INJECTOR.fault, "merchant", what);
    Ok(Injected { processes: vec![customer], ..injected })
}
