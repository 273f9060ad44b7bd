//! Cuts or turns the chain of certificates in a party's file.

use counterfoil_pki::Certificate;

use super::{Bench, InjectError, Injected, Injector};

pub(super) static CUT: Injector =
    Injector { name: "chain-cut", fault: "chain-incomplete", run: cut };
pub(super) static TURNED: Injector =
    Injector { name: "chain-turned", fault: "chain-disordered", run: turn };

const FILES: [(&str, &str); 4] = [
    ("gateway", "gateway/certs/signature.pem"),
    ("merchant", "merchant/certs/signature.pem"),
    ("cca", "cca/certs/signature.pem"),
    ("mca", "mca/certs/signature.pem"),
];

fn cut(bench: &mut Bench) -> Result<Injected, InjectError> {
    let (party, file) = *bench.pick(&FILES);
    let mut chain = chain(bench, file)?;
    // All issuers, or the one in the middle.
    if bench.chance.below(2) == 0 || chain.len() < 3 {
        chain.truncate(1);
    } else {
        chain.remove(1);
    }
    put(bench, file, &chain)?;
    bench.reload(party);
    let what = format!("{file} holds {} certificates", chain.len());
    Ok(bench.injected(CUT.fault, party, what))
}

fn turn(bench: &mut Bench) -> Result<Injected, InjectError> {
    let (party, file) = *bench.pick(&FILES);
    let mut chain = chain(bench, file)?;
    if bench.chance.below(2) == 0 || chain.len() < 3 {
        chain.reverse();
    } else {
        chain.swap(1, 2);
    }
    put(bench, file, &chain)?;
    bench.reload(party);
    Ok(bench.injected(TURNED.fault, party, format!("{file} is in another order")))
}

fn chain(bench: &Bench, file: &str) -> Result<Vec<Certificate>, InjectError> {
    let text = String::from_utf8_lossy(&bench.read(file)?).into_owned();
    let chain = Certificate::from_pem_all(&text).map_err(|error| bench.failed(error))?;
    if chain.len() < 2 { Err(bench.failed(format!("{file} holds no chain"))) } else { Ok(chain) }
}

fn put(bench: &mut Bench, file: &str, chain: &[Certificate]) -> Result<(), InjectError> {
    let text: String = chain.iter().map(Certificate::to_pem).collect();
    bench.write(file, text.as_bytes(), 0o644)
}
