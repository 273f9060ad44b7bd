//! rustls accepts the TLS certificates of a deployment, for their purpose and their names.

use std::{sync::Arc, time::Duration};

use counterfoil_crypto::key::KeyUse;
use counterfoil_pki::{general_name::GeneralName, issue::profile};
use rustls::{
    RootCertStore,
    client::{WebPkiServerVerifier, danger::ServerCertVerifier as _},
    crypto::aws_lc_rs::default_provider,
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::WebPkiClientVerifier,
};

use crate::deployment::{Maker, name, now, template};

#[test]
fn rustls_accepts_servers_and_clients_of_the_deployments_tls_ca() {
    let mut maker = Maker::new(6);
    let subject = |common| name("Counterfoil", "TLS", common);
    let ca = maker.root(&template(subject("TLS CA"), profile::tls_ca(), 1000));
    let names = vec![GeneralName::Dns("localhost".into()), GeneralName::Ip(vec![127, 0, 0, 1])];
    let server = template(subject("gateway"), profile::tls_server(names.clone()), 365);
    let server = maker.issue(&ca, &server, KeyUse::Sign).certificate;
    let client = template(subject("bank link"), profile::tls_client(names), 365);
    let client = maker.issue(&ca, &client, KeyUse::Sign).certificate;

    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(ca.certificate.der().to_vec())).unwrap();
    let (roots, provider) = (Arc::new(roots), Arc::new(default_provider()));
    let at = UnixTime::since_unix_epoch(Duration::from_secs(now().as_second() as u64));
    let servers =
        WebPkiServerVerifier::builder_with_provider(roots.clone(), provider.clone()).build();
    let servers = servers.unwrap();
    let accepts = |der: &[u8], name: &'static str| {
        let name = ServerName::try_from(name).unwrap();
        servers.verify_server_cert(&CertificateDer::from(der), &[], &name, &[], at).is_ok()
    };
    assert!(accepts(server.der(), "localhost"));
    assert!(accepts(server.der(), "127.0.0.1"));
    assert!(!accepts(server.der(), "elsewhere"));
    assert!(!accepts(client.der(), "localhost"));

    let clients = WebPkiClientVerifier::builder_with_provider(roots, provider).build().unwrap();
    let accepts =
        |der: &[u8]| clients.verify_client_cert(&CertificateDer::from(der), &[], at).is_ok();
    assert!(accepts(client.der()));
    assert!(!accepts(server.der()));
}
