//! Files with certificates, in PEM or DER.

use std::path::Path;

use counterfoil_node::files;
use counterfoil_pki::watch::{Facts, Holding, Unseen};
use counterfoil_pki::{Certificate, purpose};

/// The certificates of a file as one holding.
pub(super) fn gather(path: &Path, anchors: &[Certificate], facts: &mut Facts) {
    let place = path.display().to_string();
    match read(path) {
        Ok(chain) => {
            let mut holding = Holding::at(place, chain);
            let is_server = holding.chain[0].is_for_tls_servers();
            let purpose = if is_server { "tls-server" } else { "any" };
            // Without anybody's trust there is nothing to validate against.
            holding.purpose = purpose::named(purpose).filter(|_| !anchors.is_empty());
            holding.anchors = anchors.to_vec();
            facts.holdings.push(holding);
        }
        Err(why) => facts.unseen.push(Unseen { place, why }),
    }
}

pub(super) fn read(path: &Path) -> Result<Vec<Certificate>, String> {
    let octets = files::read(path).map_err(|error| error.to_string())?;
    let found = match octets.first() {
        Some(0x30) => Certificate::from_der(&octets).map(|one| vec![one]),
        _ => Certificate::from_pem_all(&String::from_utf8_lossy(&octets)),
    };
    found.map_err(|error| error.to_string().trim_end_matches('.').to_owned())
}
