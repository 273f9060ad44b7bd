//! Has OpenSSL make a short key and the real CA's key certify it.

use super::reissue::{TLS_FILES, party, pick, work_folder};
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector = Injector { name: "key-weak", fault: "key-too-weak", run };

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let file = pick(bench, &TLS_FILES)?;
    let bits = *bench.pick(&["768", "1024", "1536"]);
    let work = work_folder(bench)?;
    let path = |name: &str| work.join(name).display().to_string();
    let (key, public) = (path("key.pem"), path("public.pem"));
    bench.openssl(&["genrsa", "-out", &key, bits])?;
    bench.openssl(&["pkey", "-in", &key, "-pubout", "-out", &public])?;
    let pem = std::fs::read(&key).map_err(|error| bench.failed(error))?;
    // The folder is the same one, and gone afterwards.
    let keep = bench.path("lab/weak-public.pem").display().to_string();
    std::fs::copy(&public, &keep).map_err(|error| bench.failed(error))?;
    let new = bench.reissue_with_openssl(file, &["-sha256", "-force_pubkey", &keep])?;
    bench.write(&file.replace("/certs/", "/keys/"), &pem, 0o600)?;
    bench.write(file, new.to_pem().as_bytes(), 0o644)?;
    bench.reload(party(file));
    Ok(bench.injected(INJECTOR.fault, party(file), format!("{file} has an RSA key of {bits} bits")))
}
