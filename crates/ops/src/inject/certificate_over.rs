//! Has a CA issue a certificate again with a validity that is over.

use super::reissue::{FILES, hours, now, party, pick};
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "certificate-over", fault: "certificate-expired", run };

/// Hours that it was valid.
const VALID_HOURS: u64 = 366 * 24;

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let file = pick(bench, &FILES)?;
    let until = now() - hours(bench.chance.between(1, 30 * 24));
    bench.reissue(file, (until - hours(VALID_HOURS), until), Vec::new())?;
    Ok(bench.injected(INJECTOR.fault, party(file), format!("{file} ended {until}")))
}
