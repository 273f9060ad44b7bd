//! Sets what the standard profile does not: waits that are too long or too short, limits that are
//! too low, a clock that is wrong.

use super::{Bench, InjectError, Injected, Injector};

pub(super) static INVERTED: Injector =
    Injector { name: "waits-inverted", fault: "timeouts-inverted", run: inverted };
pub(super) static DRIFT: Injector =
    Injector { name: "profile-left", fault: "profile-drift", run: drift };
pub(super) static CLOCK: Injector =
    Injector { name: "clock-moved", fault: "clock-skew", run: clock };

fn inverted(bench: &mut Bench) -> Result<Injected, InjectError> {
    let (party, key, low, high) = *bench.pick(&[
        ("gateway", "party.bank_wait_ms_max", 14_000, 20_000),
        ("merchant", "party.gateway_timeout_ms", 5_000, 11_000),
        ("merchant", "party.pres_wait_ms_max", 28_500, 40_000),
        ("wallet", "party.call_timeout_ms", 10_000, 21_000),
    ]);
    let value = bench.chance.between(low, high);
    bench.set(party, key, &value.to_string())?;
    bench.reload(party);
    Ok(bench.injected(INVERTED.fault, party, format!("{key} of {party} is {value}")))
}

fn drift(bench: &mut Bench) -> Result<Injected, InjectError> {
    let (party, key, value) = *bench.pick(&[
        ("gateway", "party.retry_ms_max", "86400000"),
        ("gateway", "party.echo_ms", "3600000"),
        ("gateway", "party.message_skew_ms_max", "3600000"),
        ("merchant", "party.clock_skew_ms_max", "3600000"),
        ("bank", "party.hold_hours", "1000"),
        ("gateway", "node.limits.connections_max", "20"),
    ]);
    bench.set(party, key, value)?;
    bench.reload(party);
    Ok(bench.injected(DRIFT.fault, party, format!("{key} of {party} is {value}")))
}

fn clock(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant", "bank", "cca"]);
    let minutes = i64::try_from(bench.chance.between(2, 180)).unwrap_or(10);
    let minutes = if bench.chance.below(2) == 0 { minutes } else { -minutes };
    bench.set(party, "node.clock_offset_ms", &(minutes * 60_000).to_string())?;
    bench.reload(party);
    let what = format!("the clock of {party} is {minutes} minutes ahead");
    Ok(bench.injected(CLOCK.fault, party, what))
}
