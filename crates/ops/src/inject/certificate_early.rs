//! Has a CA issue a certificate again with a validity that has not begun.

use super::reissue::{FILES, hours, now, party, pick};
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "certificate-early", fault: "certificate-not-yet-valid", run };

/// Hours that it will be valid.
const VALID_HOURS: u64 = 200 * 24;

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let file = pick(bench, &FILES)?;
    let from = now() + hours(bench.chance.between(2, 30 * 24));
    bench.reissue(file, (from, from + hours(VALID_HOURS)), Vec::new())?;
    Ok(bench.injected(INJECTOR.fault, party(file), format!("{file} begins {from}")))
}
