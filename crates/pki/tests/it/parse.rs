//! Reading certificates and CRLs that others made.

use std::collections::BTreeMap;

use counterfoil_pki::{Certificate, Crl};
use serde::Deserialize;

use crate::vectors::{base64, load};

#[derive(Deserialize)]
struct Pkits {
    certs: BTreeMap<String, String>,
    crls: BTreeMap<String, String>,
}

#[test]
fn reads_every_certificate_and_crl_of_pkits() {
    let Some(pkits) = load::<Pkits>("pkits/pkits.json") else { return };
    for (name, text) in &pkits.certs {
        let der = base64(text);
        let certificate = Certificate::from_der(&der).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(certificate.der(), der);
        let again = Certificate::from_pem_all(&certificate.to_pem()).unwrap();
        assert_eq!(again, [certificate]);
    }
    for (name, text) in &pkits.crls {
        let der = base64(text);
        let crl = Crl::from_der(&der).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(crl.der(), der);
        assert_eq!(Crl::from_pem_all(&crl.to_pem()).unwrap(), [crl]);
    }
}
