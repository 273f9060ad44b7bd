//! The `openssl` program comes to the same result with what is in the file alone.

use std::path::Path;
use std::process::{Command, Output};

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_pki::{Certificate, Crl};
use tempfile::TempDir;

use super::payment::Payment;
use super::world::{World, now};
use crate::codec::encode;
use crate::evidence::format::to_der;
use crate::evidence::{Evidence, EvidenceFile};

/// A folder of files, and the program; nothing, said loudly, where there is none.
struct OpenSsl(TempDir);

impl OpenSsl {
    fn find() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            println!("SKIPPED: openssl not found");
            return None;
        }
        Some(Self(tempfile::tempdir().unwrap()))
    }

    #[expect(clippy::disallowed_methods, reason = "tests hand files to another program")]
    fn write(&self, name: &str, octets: impl AsRef<[u8]>) {
        std::fs::write(self.0.path().join(name), octets).unwrap();
    }

    fn run(&self, line: &str) -> Output {
        Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(self.0.path())
            .env("OPENSSL_CONF", Path::new("/dev/null"))
            .output()
            .unwrap()
    }

    fn expect(&self, line: &str) -> Vec<u8> {
        let output = self.run(line);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {line}\n{errors}");
        output.stdout
    }
}

/// Verifies one signature with the certificates and CRLs of the file.
fn verifies(openssl: &OpenSsl, info: &ContentInfo, detached: Option<&[u8]>) -> Vec<u8> {
    openssl.write("signed.der", info.as_der());
    let mut line = format!(
        "cms -verify -inform DER -binary -in signed.der -certfile certificates.pem \
         -CAfile trust.pem -crl_check_all -ignore_critical -purpose any -attime {}",
        now().as_second()
    );
    if let Some(content) = detached {
        openssl.write("content.der", content);
        line.push_str(" -content content.der");
    }
    openssl.expect(&line)
}

fn unpack(openssl: &OpenSsl, world: &World, evidence: &Evidence) {
    let certificates = evidence
        .certificates
        .iter()
        .map(|der| Certificate::from_der(der.as_der()).unwrap().to_pem());
    openssl.write("certificates.pem", certificates.collect::<String>());
    let crls = evidence.crls.iter().map(|der| Crl::from_der(der.as_der()).unwrap());
    trust(openssl, world, evidence, &crls.collect::<Vec<_>>());
}

/// The file of the root, from which `cms` takes CAs and CRLs as well. Without `-partial_chain`
/// nothing in it is trusted but what signs itself.
fn trust(openssl: &OpenSsl, world: &World, evidence: &Evidence, crls: &[Crl]) {
    let all = evidence.certificates.iter().map(|der| Certificate::from_der(der.as_der()).unwrap());
    let cas = all.filter(|certificate| certificate.basic_constraints().ca);
    let mut pem = world.root.certificate.to_pem();
    pem.extend(cas.map(|certificate| certificate.to_pem()));
    pem.extend(crls.iter().map(Crl::to_pem));
    openssl.write("trust.pem", pem);
}

#[test]
fn openssl_verifies_every_signature_of_the_file() {
    let Some(openssl) = OpenSsl::find() else { return };
    let world = World::new();
    let payment = Payment::new(&world);
    let file = payment.export(&payment.journal_with_inquiry()).file;
    let EvidenceFile { evidence, seal, .. } = &file;
    unpack(&openssl, &world, evidence);
    let purchase = &evidence.purchase;
    let pi_tbs = encode(&purchase.pi_tbs).unwrap();
    verifies(&openssl, purchase.pi_signature.content_info(), Some(&pi_tbs));
    verifies(&openssl, seal.content_info(), Some(&to_der(evidence).unwrap()));
    verifies(&openssl, evidence.offer.as_ref().unwrap().content_info(), None);
    for answer in &evidence.answers {
        verifies(&openssl, answer.answer.content_info(), None);
        if let Some(inquiry) = &answer.inquiry {
            verifies(&openssl, inquiry.content_info(), None);
        }
    }
    let receipt = payment.receipt(|_| ());
    verifies(&openssl, receipt.content_info(), None);
    for receipt in &evidence.cap_receipts {
        verifies(&openssl, receipt.content_info(), None);
    }
    for bci in &evidence.bcis {
        verifies(&openssl, &bci.0, None);
    }
}

#[test]
fn openssl_refuses_another_context_and_a_revoked_signer() {
    let Some(openssl) = OpenSsl::find() else { return };
    let world = World::new();
    let payment = Payment::new(&world);
    let evidence = payment.evidence();
    unpack(&openssl, &world, &evidence);
    let mut other = evidence.purchase.pi_tbs.clone();
    other.h_oi_data.digest = [0; 32];
    openssl.write("signed.der", evidence.purchase.pi_signature.content_info().as_der());
    openssl.write("content.der", encode(&other).unwrap());
    let line = format!(
        "cms -verify -inform DER -binary -in signed.der -content content.der -certfile \
         certificates.pem -CAfile trust.pem -crl_check_all -ignore_critical -purpose any \
         -attime {}",
        now().as_second()
    );
    assert!(!openssl.run(&line).status.success());
    openssl.write("content.der", encode(&evidence.purchase.pi_tbs).unwrap());
    openssl.expect(&line);
    let crls = world.crls(2, -1, &[(&world.cardholder.certificate, -2)]);
    trust(&openssl, &world, &evidence, &crls);
    let refused = openssl.run(&line);
    let errors = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && errors.contains("revoked"), "{errors}");
}

#[test]
fn openssl_parses_the_file() {
    let Some(openssl) = OpenSsl::find() else { return };
    let world = World::new();
    let payment = Payment::new(&world);
    let file = payment.export(&payment.journal()).file;
    let der = file.encode().unwrap();
    openssl.write("evidence.pem", crate::evidence::armour::armour(&der).unwrap());
    openssl.expect("asn1parse -inform PEM -in evidence.pem -out evidence.der");
    openssl.write("made.der", &der);
    let digest = |name: &str| openssl.expect(&format!("dgst -sha256 -r {name}"))[..64].to_vec();
    assert_eq!(digest("evidence.der"), digest("made.der"));
}
