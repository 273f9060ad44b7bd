//! Certificates for tests, made by the `openssl` program.

use counterfoil_crypto::cms::recipient::IssuerAndSerial;
use counterfoil_crypto::cms::signed::SignerId;
use counterfoil_crypto::digest::sha256;
use counterfoil_crypto::key::KeyPair;
use der::{Decode, Encode};
use x509_cert::Certificate;

use crate::openssl::OpenSsl;

/// A self-signed certificate for a key pair, and the parts that containers name it by.
pub(crate) struct TestCertificate {
    pub(crate) der: Vec<u8>,
    issuer_der: Vec<u8>,
    serial_der: Vec<u8>,
}

impl TestCertificate {
    /// Writes `name.key` and `name.pem` and gives the certificate.
    pub(crate) fn make(openssl: &OpenSsl, name: &str, pair: &KeyPair) -> Self {
        openssl.write(&format!("{name}.key"), pair.to_pkcs8_pem().expose());
        openssl.expect(&format!(
            "req -x509 -config /dev/null -key {name}.key -sha256 -days 30 -subj /CN={name}/O=Brand \
             -out {name}.pem"
        ));
        let der = openssl.expect(&format!("x509 -in {name}.pem -outform DER"));
        let parsed = Certificate::from_der(&der).unwrap();
        let issuer_der = parsed.tbs_certificate().issuer().to_der().unwrap();
        let serial_der = parsed.tbs_certificate().serial_number().to_der().unwrap();
        Self { der, issuer_der, serial_der }
    }

    /// A certificate's names without a certificate, for tests that need no other program.
    pub(crate) fn named(name: &str) -> Self {
        let common_name = [&[0x0c, name.len() as u8], name.as_bytes()].concat();
        let attribute = sequence(0x30, &[&[6, 3, 0x55, 4, 3], common_name.as_slice()].concat());
        let issuer_der = sequence(0x30, &sequence(0x31, &attribute));
        Self { der: name.as_bytes().to_vec(), issuer_der, serial_der: vec![2, 1, 7] }
    }

    pub(crate) fn name(&self) -> IssuerAndSerial<'_> {
        IssuerAndSerial { issuer_der: &self.issuer_der, serial_der: &self.serial_der }
    }

    pub(crate) fn signer_id(&self) -> SignerId<'_> {
        SignerId::Certificate { name: self.name(), thumb: sha256(&self.der) }
    }
}

fn sequence(tag: u8, body: &[u8]) -> Vec<u8> {
    [&[tag, body.len() as u8], body].concat()
}
