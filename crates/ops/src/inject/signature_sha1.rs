//! Has OpenSSL sign a TLS certificate again with SHA-1 and the real CA's key.

use super::reissue::{TLS_FILES, party, pick};
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "signature-sha1", fault: "signature-algorithm-weak", run };

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let file = pick(bench, &TLS_FILES)?;
    let old = bench.certificate(file)?;
    let new = bench.reissue_with_openssl(file, &["-sha1"])?;
    bench.put_in_place(&old, &new)?;
    Ok(bench.injected(INJECTOR.fault, party(file), format!("{file} is signed with SHA-1")))
}
