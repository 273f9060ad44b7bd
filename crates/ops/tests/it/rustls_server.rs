//! A server with rustls, as a party of Counterfoil has it: TLS 1.3 alone, hybrid group first.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection};

use crate::peer::{has, ids, look, scripted, self_signed, suites, versions};

#[test]
fn a_party_of_counterfoil_is_told_to_be_well() {
    if !has("openssl", "version") {
        return;
    }
    let read = |name: &str| std::fs::read(self_signed().join(name)).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(&read("ec.pem")).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(&read("ec.key")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let port = scripted(move |mut stream| {
        let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        while connection.complete_io(&mut stream).is_ok() && !connection.is_handshaking() {
            let mut buffer = [0; 64];
            if connection.reader().read(&mut buffer).unwrap_or(0) == 0 {
                break;
            }
        }
        let _ = connection.complete_io(&mut stream);
        let _ = stream.flush();
    });
    let report = look(port);
    assert_eq!(versions(&report), ["TLS 1.3"]);
    assert_eq!(suites(&report, "TLS 1.3").len(), 3);
    assert_eq!(report.groups.names[0], "X25519MLKEM768");
    let ids = ids(&report);
    assert!(!ids.iter().any(|id| id.starts_with("suite-") || id.starts_with("group-")), "{ids:?}");
    assert_eq!(report.facts.chains.len(), 1);
}
