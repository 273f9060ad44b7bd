//! Loses what the bank answers, once connections stand, makes a purchase, and leaves it so: the
//! gateway reverses and is not heard.

use std::time::Duration;

use super::relay::Act;
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "reversal-lost", fault: "reversal-never-delivered", run };

/// Time for the gateway to wait for the bank, reverse, and reverse again.
const REVERSED_MS: u64 = 42_000;

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    // Longer than an answer of the bank, shorter than what it shows of itself in a handshake.
    let shortest = usize::try_from(bench.chance.between(450, 600)).unwrap_or(500);
    bench.relay("bank", Act { short_answers_lost: Some(shortest), ..Act::default() })?;
    let (order, url) = bench.order("3.00 USD")?;
    let customer = bench.customer(&url)?;
    std::thread::sleep(Duration::from_millis(REVERSED_MS));
    let what = format!("answers of the bank below {shortest} octets are lost; order {order}");
    let injected = bench.injected(INJECTOR.fault, "bank", what);
    Ok(Injected { processes: vec![customer], ..injected })
}
