//! The `openssl` program as a second opinion: it parses, verifies and opens what we make.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder of files for one test, and the program.
pub(crate) struct OpenSsl {
    folder: TempDir,
}

impl OpenSsl {
    /// None, with a loud line, when there is no such program.
    pub(crate) fn find() -> Option<Self> {
        let found = Command::new("openssl").arg("version").output().is_ok();
        if !found {
            println!("SKIPPED: openssl not found");
            return None;
        }
        Some(Self { folder: tempfile::tempdir().unwrap() })
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    #[expect(clippy::disallowed_methods, reason = "tests hand files to another program")]
    pub(crate) fn write(&self, name: &str, octets: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), octets).unwrap();
    }

    /// Runs one command line; words are separated by blanks, so file names have none.
    pub(crate) fn run(&self, line: &str) -> Output {
        Command::new("openssl")
            .args(line.split_whitespace())
            .current_dir(self.folder.path())
            .env("OPENSSL_CONF", Path::new("/dev/null"))
            .output()
            .unwrap()
    }

    /// Runs one command line, which has to succeed, and gives what it printed.
    pub(crate) fn expect(&self, line: &str) -> Vec<u8> {
        let output = self.run(line);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {line}\n{errors}");
        output.stdout
    }
}

use counterfoil_crypto::suite::P256;
use counterfoil_message::codec::encode;
use counterfoil_message::dual::Instruction;
use counterfoil_message::exchange::EXCHANGES;
use counterfoil_message::exchange::authorization::AuthReq;
use counterfoil_message::exchange::purchase::{AuthRevReceipt, PRes, PResData};
use counterfoil_message::instruction::{Pi, PiTbs};
use counterfoil_message::primitive::MerchantId;
use counterfoil_message::treatment::{self, Binding, digest_of};
use counterfoil_message::wrapper::{MessageWrapper, RawPdu};
use counterfoil_pki::Roles;

use crate::deployment::{Deployment, check, rng};
use crate::payment::{auth_req_data, context, header, oi_data, purchase, rrpid, trans_ids, xid};
use crate::sample::{self, Dice, Fill};

#[test]
fn openssl_parses_every_message() {
    let Some(openssl) = OpenSsl::find() else { return };
    for message in EXCHANGES.iter().flat_map(|exchange| exchange.messages) {
        for (fill, seed) in [(Fill::Nothing, 0), (Fill::Everything, 1), (Fill::Random, 2)] {
            let der = sample::encode(message.info.unwrap(), fill, &mut Dice::new(seed));
            let wrapper = MessageWrapper {
                header: header(),
                message: RawPdu { tag: message.tag, der },
                mw_extensions: None,
            };
            openssl.write("message.der", wrapper.encode().unwrap());
            openssl.expect("asn1parse -inform DER -in message.der");
        }
    }
}

#[test]
fn openssl_verifies_a_purchase_response() {
    let Some(openssl) = OpenSsl::find() else { return };
    let deployment = Deployment::new();
    let content = PResData {
        trans_ids: trans_ids(),
        rrpid: rrpid(),
        chall_c: oi_data().chall_c,
        brand_crl_identifier: None,
        p_res_payload_seq: Vec::new().into(),
    };
    let response =
        PRes(treatment::sign(&deployment.merchant.sender(), &content, &mut rng(1)).unwrap());
    openssl.write("signed.der", encode(&response).unwrap());
    let verified = openssl.expect("cms -verify -inform DER -binary -noverify -in signed.der");
    assert_eq!(verified, encode(&content).unwrap());
}

#[test]
fn openssl_verifies_the_receipt_of_a_reversal() {
    let Some(openssl) = OpenSsl::find() else { return };
    let deployment = Deployment::new();
    let content = AuthRevReceipt {
        xid: xid(),
        auth_rrpid: rrpid(),
        merchant_id: MerchantId::new("SHOP-1").unwrap(),
        hod: oi_data().hod,
        rev_date: trans_ids().p_req_date,
        auth_ratio: None,
    };
    let receipt = treatment::sign(&deployment.gateway.sender(), &content, &mut rng(1)).unwrap();
    openssl.write("signed.der", receipt.content_info().as_der());
    let verified = openssl.expect("cms -verify -inform DER -binary -noverify -in signed.der");
    assert_eq!(verified, encode(&content).unwrap());
    let mut changed = receipt.content_info().as_der().to_vec();
    let place = changed.windows(20).position(|octets| octets == xid().as_bytes()).unwrap();
    changed[place] ^= 1;
    openssl.write("signed.der", changed);
    let refused = openssl.run("cms -verify -inform DER -binary -noverify -in signed.der");
    assert!(!refused.status.success());
}

#[test]
fn openssl_verifies_the_dual_signature() {
    let Some(openssl) = OpenSsl::find() else { return };
    let deployment = Deployment::new();
    let context = context(&deployment, &P256);
    let gateway = deployment.gateway_exchange.recipient();
    let cardholder = deployment.cardholder.sender();
    let request = purchase().sign(&context, &cardholder, &gateway, &mut rng(2)).unwrap();
    let to_be_signed = PiTbs {
        protocol: counterfoil_crypto::oid::PROTOCOL_DUAL_SIGNATURE,
        suite: P256.oid,
        brand_id: context.brand_id.clone(),
        xid: xid(),
        merchant_cert_hash: context.merchant_cert_hash,
        gateway_cert_hash: context.gateway_cert_hash,
        h_pi_data: request.oi_dual_signed.h_pi_data,
        h_oi_data: digest_of(&oi_data()).unwrap(),
    };
    openssl.write("content.der", encode(&to_be_signed).unwrap());
    openssl.write("signed.der", request.pi_dual_signed.pi_signature.content_info().as_der());
    openssl.expect(
        "cms -verify -inform DER -binary -noverify -in signed.der -content content.der -out out",
    );
    let other = PiTbs { xid: counterfoil_message::primitive::Xid::new([0; 20]), ..to_be_signed };
    openssl.write("content.der", encode(&other).unwrap());
    let refused = openssl.run(
        "cms -verify -inform DER -binary -noverify -in signed.der -content content.der -out out",
    );
    assert!(!refused.status.success());
}

#[test]
fn openssl_opens_an_authorization_request_with_the_gateways_key() {
    let Some(openssl) = OpenSsl::find() else { return };
    let deployment = Deployment::new();
    let context = context(&deployment, &P256);
    let gateway = &deployment.gateway_exchange;
    let cardholder = deployment.cardholder.sender();
    let request =
        purchase().sign(&context, &cardholder, &gateway.recipient(), &mut rng(2)).unwrap();
    let sealed = AuthReq(
        treatment::enc_b(
            &deployment.merchant.sender(),
            &gateway.recipient(),
            &Binding::of_header(&header()).unwrap(),
            &auth_req_data(),
            Pi::DualSigned(request.pi_dual_signed.clone()),
            &mut rng(3),
        )
        .unwrap(),
    );
    openssl.write("gateway.key", gateway.pair.to_pkcs8_pem().expose());
    openssl.write("gateway.pem", gateway.certificate.to_pem());
    openssl.write("sealed.der", sealed.0.sealed.as_der());
    let signed = openssl.expect(
        "cms -decrypt -inform DER -binary -recip gateway.pem -inkey gateway.key -in sealed.der",
    );
    openssl.write("signed.der", signed);
    let link = openssl.expect("cms -verify -inform DER -binary -noverify -in signed.der");
    assert!(
        link.windows(4).any(|window| window == [0x01, 0x01, 0xff, 0x30]),
        "captureNow, then DD"
    );
    let mut trust = deployment.trust();
    let check = &mut check(&mut trust, Roles::CARD);
    let opener = gateway.opener();
    Instruction::open(&request.pi_dual_signed, &opener, &context, xid(), check).unwrap();
}
