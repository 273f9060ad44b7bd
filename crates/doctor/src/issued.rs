//! Who issued a certificate, as far as the certificates at hand tell.

use counterfoil_pki::Certificate;
use counterfoil_pki::path::{CurrentAlgorithms, SignatureCheck as _, Signed, SignedKind};

/// Certificates of a path that are followed.
const PATH_MAX: usize = 8;

/// Did the key of `issuer` sign `certificate`, under its name?
pub fn issued(issuer: &Certificate, certificate: &Certificate) -> bool {
    issuer.subject() == certificate.issuer()
        && CurrentAlgorithms
            .check(&Signed {
                kind: SignedKind::Certificate,
                signer: issuer,
                algorithm_der: certificate.signature_algorithm_der(),
                message: certificate.tbs_der(),
                signature: certificate.signature(),
            })
            .is_ok()
}

/// The issuers of `leaf` among `pool`, one above the other, as far as they are there; a root is
/// the last.
pub fn issuers(leaf: &Certificate, pool: &[Certificate]) -> Vec<Certificate> {
    let mut path: Vec<Certificate> = Vec::new();
    while path.len() < PATH_MAX {
        let last = path.last().unwrap_or(leaf);
        if last.is_self_issued() {
            break;
        }
        let Some(next) = pool.iter().find(|other| issued(other, last)) else { break };
        path.push(next.clone());
    }
    path
}
