//! Lets others read a private key.

use std::os::unix::fs::PermissionsExt as _;

use super::{Bench, InjectError, Injected, Injector};

pub(super) static INJECTOR: Injector =
    Injector { name: "key-mode", fault: "private-key-readable", run };

const KEYS: [(&str, &str); 5] = [
    ("gateway", "gateway/keys/exchange.pem"),
    ("gateway", "gateway/keys/tls.pem"),
    ("merchant", "merchant/keys/signature.pem"),
    ("bank", "bank/keys/bank-link.pem"),
    ("cca", "cca/keys/issuing.pem"),
];
const MODES: [u32; 3] = [0o644, 0o640, 0o666];

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let (owner, file) = *bench.pick(&KEYS);
    let mode = *bench.pick(&MODES);
    let path = bench.path(file);
    let changed = bench
        .kept
        .keep(&path)
        .and_then(|()| std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)));
    changed.map_err(|error| bench.failed(error))?;
    Ok(bench.injected(INJECTOR.fault, owner, format!("{file} has mode {mode:04o}")))
}
