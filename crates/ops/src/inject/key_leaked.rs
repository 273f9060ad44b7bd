//! Lists the key of a party as leaked.

use counterfoil_crypto::digest::sha256;

use super::reissue::party;
use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "key-leaked", fault: "key-known-leaked", run };

const FILES: [&str; 5] = [
    "gateway/certs/tls.pem",
    "bank/certs/tls.pem",
    "merchant/certs/tls.pem",
    "mca/certs/tls.pem",
    "cca/certs/tls.pem",
];

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let file = *bench.pick(&FILES);
    let digest = hex::encode(sha256(bench.certificate(file)?.spki_der()));
    let folder = bench.path(crate::repair::FOLDER);
    std::fs::create_dir_all(folder).map_err(|error| bench.failed(error))?;
    let list = format!("# published by somebody\n{digest}\n");
    bench.write("doctor/leaked-keys.txt", list.as_bytes(), 0o644)?;
    Ok(bench.injected(INJECTOR.fault, party(file), format!("the key of {file} is listed")))
}
