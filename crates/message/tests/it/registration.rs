//! Certificate requests: signed by the key that they name, by the present certificate, or by both.

use counterfoil_crypto::key::{KeyPair, KeyUse, SigningKey};
use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_crypto::suite::P256;
use counterfoil_message::exchange::certificate_inquiry::CertInqReqTbs;
use counterfoil_message::exchange::certificate_request::{
    CertReqData, CertResData, CertStatus, CertStatusCode, PublicKeySorE,
};
use counterfoil_message::primitive::foreign::PublicKey;
use counterfoil_message::primitive::text::Count;
use counterfoil_message::primitive::{
    AcctInfo, BackKey, CardSecret, Challenge, Date, ExNonce, LocalId, NonceCca, PanData0,
};
use counterfoil_message::registration::RequestType;
use counterfoil_message::treatment::registration::{self, Applicant};
use counterfoil_message::treatment::{self, Binding, TreatmentError};
use counterfoil_pki::Roles;
use std::sync::Arc;

use crate::deployment::{Deployment, card, check, now, rng};
use crate::payment::{header, rrpid};

fn new_key(seed: u64) -> (Arc<dyn SigningKey>, PublicKey) {
    let pair = KeyPair::generate(&DETERMINISTIC, &P256, KeyUse::Sign, &mut rng(seed)).unwrap();
    (pair.signing_key().unwrap(), PublicKey::new(pair.spki_der()).unwrap())
}

fn request(key: Option<PublicKey>) -> CertReqData {
    CertReqData {
        rrpid: rrpid(),
        lid_ee: LocalId::new(b"wallet-1").unwrap(),
        chall_ee3: Challenge::new([1; 32]),
        lid_ca: None,
        chall_ca: Some(Challenge::new([2; 32])),
        request_type: RequestType::CardInitialSig,
        request_date: Date::new(now()),
        id_data: None,
        reg_form_id: Count::ONE,
        reg_form: None,
        ca_back_key_data: None,
        public_key_sor_e: PublicKeySorE { public_key_s: key, public_key_e: None },
        ee_thumb: None,
        thumbs: None,
    }
}

fn account() -> AcctInfo {
    let (pan, card_expiry, _) = card();
    AcctInfo::PanData0(PanData0 {
        pan,
        card_expiry,
        card_secret: CardSecret::new([3; 32]),
        ex_nonce: ExNonce::new([4; 32]),
    })
}

/// Who is found to have signed, and whether the account came along.
fn apply(deployment: &Deployment, applicant: &Applicant<'_>, request: &CertReqData) -> String {
    let recipient = deployment.ca_exchange.recipient();
    let sealed =
        registration::enc_x(applicant, &recipient, &header(), request, &account(), &mut rng(5))
            .unwrap();
    let mut trust = deployment.trust();
    let opener = deployment.ca_exchange.opener();
    let check = &mut check(&mut trust, Roles::CARD);
    let opened = registration::open_enc_x(&sealed, &opener, &header(), check);
    match opened {
        Ok((applied, extra)) => {
            assert_eq!(applied.content(), request);
            assert_eq!(extra.open(&opener).unwrap(), account());
            format!(
                "new key: {}, certificate: {}",
                request.public_key_sor_e.public_key_s.is_some(),
                applied.present().is_some()
            )
        }
        Err(error) => outcome(&error),
    }
}

fn outcome(error: &TreatmentError) -> String {
    format!("{error} [{}]", error.log_id())
}

#[test]
fn a_first_request_is_signed_by_the_key_that_it_names() {
    let deployment = Deployment::new();
    let (key, public) = new_key(1);
    let applicant = Applicant { new_key: Some(&*key), present: None };
    let answer = apply(&deployment, &applicant, &request(Some(public)));
    assert_eq!(answer, "new key: true, certificate: false");
}

#[test]
fn a_renewal_is_signed_by_both() {
    let deployment = Deployment::new();
    let (key, public) = new_key(1);
    let present = deployment.cardholder.sender();
    let applicant = Applicant { new_key: Some(&*key), present: Some(present) };
    let answer = apply(&deployment, &applicant, &request(Some(public)));
    assert_eq!(answer, "new key: true, certificate: true");
}

#[test]
fn a_request_without_a_new_signature_key_is_signed_by_the_certificate() {
    let deployment = Deployment::new();
    let applicant = Applicant { new_key: None, present: Some(deployment.cardholder.sender()) };
    let answer = apply(&deployment, &applicant, &request(None));
    assert_eq!(answer, "new key: false, certificate: true");
}

#[test]
fn a_request_for_a_key_that_did_not_sign_is_refused() {
    let deployment = Deployment::new();
    let (key, _) = new_key(1);
    let (_, other) = new_key(2);
    let applicant = Applicant { new_key: Some(&*key), present: None };
    let answer = apply(&deployment, &applicant, &request(Some(other)));
    assert_eq!(answer, "the sealed content cannot be opened [signature-invalid]");
}

#[test]
fn a_request_that_only_the_certificate_signed_does_not_get_a_new_key_certified() {
    let deployment = Deployment::new();
    let (_, public) = new_key(1);
    let applicant = Applicant { new_key: None, present: Some(deployment.cardholder.sender()) };
    let answer = apply(&deployment, &applicant, &request(Some(public)));
    assert_eq!(answer, "the sealed content cannot be opened [signer-mismatch]");
}

#[test]
fn a_signature_by_a_key_that_the_request_does_not_name_is_refused() {
    let deployment = Deployment::new();
    let (key, _) = new_key(1);
    let applicant = Applicant { new_key: Some(&*key), present: None };
    let answer = apply(&deployment, &applicant, &request(None));
    assert_eq!(answer, "the sealed content cannot be opened [signer-mismatch]");
}

#[test]
fn a_request_without_account_data_opens_too() {
    let deployment = Deployment::new();
    let (key, public) = new_key(1);
    let applicant = Applicant { new_key: Some(&*key), present: None };
    let request = request(Some(public));
    let recipient = deployment.ca_exchange.recipient();
    let sealed =
        registration::enc(&applicant, &recipient, &header(), &request, &mut rng(5)).unwrap();
    let mut trust = deployment.trust();
    let opener = deployment.ca_exchange.opener();
    let check = &mut check(&mut trust, Roles::CARD);
    let applied = registration::open_enc(&sealed, &opener, &header(), check).unwrap();
    assert_eq!(applied.into_content(), request);
}

#[test]
fn an_inquiry_is_signed_by_the_key_of_the_request() {
    let (key, public) = new_key(1);
    let (_, other) = new_key(2);
    let inquiry = CertInqReqTbs {
        rrpid: rrpid(),
        lid_ee: LocalId::new(b"wallet-1").unwrap(),
        chall_ee3: Challenge::new([1; 32]),
        lid_ca: LocalId::new(b"ca-1").unwrap(),
    };
    let signed = registration::sign_by_key(&*key, &inquiry, &mut rng(1)).unwrap();
    assert_eq!(registration::verify_by_key(&signed, &public).unwrap(), inquiry);
    let error = registration::verify_by_key(&signed, &other).err().unwrap();
    assert_eq!(error.log_id(), "signature-invalid");
}

#[test]
fn the_answer_to_a_cardholder_opens_with_the_back_key_alone() {
    let deployment = Deployment::new();
    let content = CertResData {
        rrpid: rrpid(),
        lid_ee: LocalId::new(b"wallet-1").unwrap(),
        chall_ee3: Challenge::new([1; 32]),
        lid_ca: LocalId::new(b"ca-1").unwrap(),
        cert_status: CertStatus {
            cert_status_code: CertStatusCode::RequestComplete,
            nonce_cca: Some(NonceCca::new([5; 32])),
            ee_message: None,
            ca_msg: None,
            failed_item_seq: None,
        },
        cert_thumbs: None,
        brand_crl_identifier: None,
        thumbs: None,
    };
    let binding = Binding::of_header(&header()).unwrap();
    let (key, other) = (BackKey::new([6; 32]), BackKey::new([7; 32]));
    let sender = deployment.ca.sender();
    let sealed = treatment::enc_k(&sender, &key, &binding, &content, &mut rng(6)).unwrap();
    let mut trust = deployment.trust();
    let check = &mut check(&mut trust, Roles::CCA);
    let opened = treatment::open_enc_k(&sealed, &key, &binding, check).unwrap();
    assert_eq!(opened.content(), &content);
    let error = treatment::open_enc_k(&sealed, &other, &binding, check).err().unwrap();
    assert_eq!(outcome(&error), "the sealed content cannot be opened [envelope]");
    assert!(format!("{opened:?}").contains("nonce_cca: Some([secret])"));
}
