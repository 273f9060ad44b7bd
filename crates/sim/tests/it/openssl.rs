//! OpenSSL agrees: it verifies, opens and parses what the parties of a whole purchase exchanged.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use counterfoil_crypto::oid;
use counterfoil_crypto::suite::P256;
use counterfoil_message::codec;
use counterfoil_message::exchange::authorization::AuthReq;
use counterfoil_message::exchange::purchase::{PReq, PRes};
use counterfoil_message::instruction::PiTbs;
use counterfoil_message::primitive::{BrandId, Digest};
use counterfoil_message::treatment::digest_of;
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_party::records::JournalEntry;
use counterfoil_pki::Certificate;
use counterfoil_sim::deployment::Deployment;
use counterfoil_sim::world::{self, World};

/// A purchase, and a folder with what OpenSSL needs.
struct Laboratory {
    folder: tempfile::TempDir,
    deployment: Arc<Deployment>,
    world: World,
}

impl Laboratory {
    /// `None`, said loudly, where there is no `openssl`.
    fn open() -> Option<Self> {
        if Command::new("openssl").arg("version").output().is_err() {
            let _ = writeln!(std::io::stderr(), "SKIPPED: openssl not found");
            return None;
        }
        let deployment = Deployment::found();
        let world = world::one_purchase(3, &deployment).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let laboratory = Self { folder, deployment, world };
        laboratory.write_trust();
        Some(laboratory)
    }

    fn write_trust(&self) {
        let founded = self.deployment.founded();
        let mut trusted = founded.root.issuing.certificate.to_pem();
        for crl in &founded.crls {
            trusted.push_str(&crl.to_pem());
        }
        self.write("trust.pem", trusted.as_bytes());
        let cas = [&founded.brand, &founded.cca, &founded.mca, &founded.pca];
        let chain: String = cas.iter().map(|ca| ca.issuing.certificate.to_pem()).collect();
        self.write("chain.pem", chain.as_bytes());
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The first message of this name in a party's journal.
    fn message(&self, party: &str, name: &str) -> MessageWrapper {
        let found = self.entries(party).iter().find(|entry| entry.message == name);
        let entry = found.unwrap_or_else(|| panic!("{party} has no {name}"));
        MessageWrapper::decode(&entry.body).unwrap()
    }

    fn entries(&self, party: &str) -> &[JournalEntry] {
        self.world.journal(party)
    }

    /// The journal of the wallet that paid.
    fn payer(&self) -> &'static str {
        ["wallet-1", "wallet-2"]
            .into_iter()
            .find(|wallet| !self.entries(wallet).is_empty())
            .expect("somebody paid")
    }

    /// Verifies a SignedData up to the root, with every CRL checked.
    fn verify(&self, container: &Path, detached: Option<&Path>) -> String {
        let at = self.deployment.start().as_second().to_string();
        let mut command = Command::new("openssl");
        command.args(["cms", "-verify", "-inform", "DER", "-binary", "-purpose", "any"]);
        command.args(["-ignore_critical", "-crl_check_all", "-attime", &at]);
        command.arg("-in").arg(container);
        command.arg("-CAfile").arg(self.folder.path().join("trust.pem"));
        command.arg("-certfile").arg(self.folder.path().join("chain.pem"));
        if let Some(content) = detached {
            command.arg("-content").arg(content);
        }
        told(command.arg("-out").arg(self.folder.path().join("content")))
    }
}

/// What OpenSSL says: the last line of its standard error.
fn told(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    text.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn openssl_verifies_the_purchase_response_and_refuses_a_changed_one() {
    let Some(laboratory) = Laboratory::open() else { return };
    let wrapper = laboratory.message(laboratory.payer(), "PRes");
    let PRes(signed) = wrapper.message.decode().unwrap();
    let der = signed.content_info().as_der();
    let path = laboratory.write("pres.der", der);
    assert_eq!(laboratory.verify(&path, None), "CMS Verification successful");
    let mut changed = der.to_vec();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    let path = laboratory.write("changed.der", &changed);
    assert_ne!(laboratory.verify(&path, None), "CMS Verification successful");
}

#[test]
fn openssl_verifies_the_dual_signature_over_its_context() {
    let Some(laboratory) = Laboratory::open() else { return };
    let wrapper = laboratory.message("merchant", "PReq");
    let PReq::DualSigned(request) = wrapper.message.decode().unwrap() else {
        panic!("the purchase is not signed")
    };
    let founded = laboratory.deployment.founded();
    let merchant = &laboratory.deployment.merchant_entity().signature.certificate;
    let gateway = &founded.gateway.exchange.as_ref().unwrap().certificate;
    let order = &request.oi_dual_signed;
    let to_be_signed = PiTbs {
        protocol: oid::PROTOCOL_DUAL_SIGNATURE,
        suite: P256.oid,
        brand_id: BrandId::new("Visa").unwrap(),
        xid: order.oi_data.trans_ids.xid,
        merchant_cert_hash: Digest::new(*merchant.thumb().as_bytes()),
        gateway_cert_hash: Digest::new(*gateway.thumb().as_bytes()),
        h_pi_data: order.h_pi_data,
        h_oi_data: digest_of(&order.oi_data).unwrap(),
    };
    let content = laboratory.write("pi-tbs.der", &codec::encode(&to_be_signed).unwrap());
    let signature = request.pi_dual_signed.pi_signature.content_info().as_der();
    let signature = laboratory.write("pi-signature.der", signature);
    let said = laboratory.verify(&signature, Some(&content));
    assert_eq!(said, "CMS Verification successful");
    let other = PiTbs { gateway_cert_hash: to_be_signed.merchant_cert_hash, ..to_be_signed };
    let content = laboratory.write("other.der", &codec::encode(&other).unwrap());
    let said = laboratory.verify(&signature, Some(&content));
    assert_ne!(said, "CMS Verification successful", "another gateway was not signed");
}

#[test]
fn openssl_opens_an_authorization_with_the_gateways_key_and_verifies_the_merchant() {
    let Some(laboratory) = Laboratory::open() else { return };
    let wrapper = laboratory.message("gateway", "AuthReq");
    let AuthReq(sealed) = wrapper.message.decode().unwrap();
    let envelope = laboratory.write("authreq.der", sealed.sealed.as_der());
    let exchange = laboratory.deployment.founded().gateway.exchange.as_ref().unwrap();
    let key = laboratory.write("key.pem", exchange.key.to_pkcs8_pem().expose().as_bytes());
    let certificate = laboratory.write("gateway.pem", exchange.certificate.to_pem().as_bytes());
    let opened = laboratory.folder.path().join("opened.der");
    let output = Command::new("openssl")
        .args(["cms", "-decrypt", "-inform", "DER", "-binary"])
        .arg("-in")
        .arg(&envelope)
        .arg("-inkey")
        .arg(&key)
        .arg("-recip")
        .arg(&certificate)
        .arg("-out")
        .arg(&opened)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(laboratory.verify(&opened, None), "CMS Verification successful");
}

#[test]
fn openssl_accepts_every_chain_with_every_crl() {
    let Some(laboratory) = Laboratory::open() else { return };
    let at = laboratory.deployment.start().as_second().to_string();
    for (name, certificate) in leaves(&laboratory.deployment) {
        let leaf = laboratory.write("leaf.pem", certificate.to_pem().as_bytes());
        let output = Command::new("openssl")
            .args(["verify", "-ignore_critical", "-crl_check_all", "-attime", &at])
            .arg("-CAfile")
            .arg(laboratory.folder.path().join("trust.pem"))
            .arg("-untrusted")
            .arg(laboratory.folder.path().join("chain.pem"))
            .arg(&leaf)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{name}: {said}");
    }
}

fn leaves(deployment: &Deployment) -> Vec<(&'static str, Certificate)> {
    let founded = deployment.founded();
    let merchant = deployment.merchant_entity();
    let exchange = |entity: &counterfoil_party::founding::EndEntity| {
        entity.exchange.as_ref().unwrap().certificate.clone()
    };
    vec![
        ("cardholder", deployment.cards()[0].identity.sign_certificate.clone()),
        ("merchant", merchant.signature.certificate.clone()),
        ("merchant key exchange", exchange(merchant)),
        ("gateway", founded.gateway.signature.certificate.clone()),
        ("gateway key exchange", exchange(&founded.gateway)),
    ]
}

#[test]
fn openssl_parses_every_message() {
    let Some(laboratory) = Laboratory::open() else { return };
    let mut names = std::collections::BTreeSet::new();
    for party in [laboratory.payer(), "merchant", "gateway"] {
        for entry in laboratory.entries(party) {
            if entry.peer == "bank" {
                continue;
            }
            let path = laboratory.write("message.der", &entry.body);
            let output = Command::new("openssl")
                .args(["asn1parse", "-inform", "DER", "-in"])
                .arg(&path)
                .output()
                .unwrap();
            assert!(output.status.success(), "{party} {}", entry.message);
            names.insert(entry.message.clone());
        }
    }
    let expected = ["AuthReq", "AuthRes", "PInitReq", "PInitRes", "PReq", "PRes"];
    for name in expected {
        assert!(names.contains(name), "{name} was not exchanged: {names:?}");
    }
}
