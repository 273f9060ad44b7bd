//! Has a CA issue a certificate again with an end that is near.

use super::reissue::{FILES, hours, now, party, pick};
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "certificate-ends-soon", fault: "certificate-expires-soon", run };

/// Hours since it is valid.
const VALID_HOURS: u64 = 350 * 24;

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let file = pick(bench, &FILES)?;
    let until = now() + hours(bench.chance.between(12, 29 * 24));
    bench.reissue(file, (now() - hours(VALID_HOURS), until), Vec::new())?;
    Ok(bench.injected(INJECTOR.fault, party(file), format!("{file} ends {until}")))
}
