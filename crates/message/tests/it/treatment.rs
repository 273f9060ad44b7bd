//! The operators: what goes in comes out, and each thing that may be wrong is seen, and looks
//! from outside as it should.

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::suite::P256;
use counterfoil_crypto::token::TokenKey;
use counterfoil_message::codec::Asn1;
use counterfoil_message::container::TokenBox;
use counterfoil_message::container::{EncB, EncBx, Signed};
use counterfoil_message::exchange::authorization::AuthReqData;
use counterfoil_message::exchange::inquiry::InqReqData;
use counterfoil_message::exchange::purchase::{
    AcqCardCode, AcqCardCodeMsg, AcqCardMsgData, PResData,
};
use counterfoil_message::exchange::reg_form::RegFormReqData;
use counterfoil_message::instruction::Pi;
use counterfoil_message::primitive::{
    BackKey, Challenge, ExNonce, Language, LocalId, PanOnly, PanToken, Rrpid,
};
use counterfoil_message::registration::RequestType;
use counterfoil_message::token::{AuthTokenData, AuthTokenTbe, CapTokenData, TokenOpaque};
use counterfoil_message::treatment::{self, Binding, TreatmentError};
use counterfoil_message::wrapper::MessageHeader;
use counterfoil_pki::Roles;
use counterfoil_pki::trust::Trust;
use counterfoil_secret::Report;

use crate::deployment::{Deployment, card, check, rng};
use crate::payment::{
    amount, auth_req_data, auth_res_data, context, header, no_baggage, purchase, rrpid, trans_ids,
    xid,
};

/// What the peer is told and what this side logs.
fn said(error: &TreatmentError) -> String {
    format!("{} [{}]", error.id(), error.log_id())
}

fn other_header() -> MessageHeader {
    MessageHeader { rrpid: Some(Rrpid::new([0; 20])), ..header() }
}

fn inquiry() -> InqReqData {
    InqReqData {
        trans_ids: trans_ids(),
        rrpid: rrpid(),
        chall_c2: Challenge::new([1; 32]),
        inq_rq_extensions: None,
    }
}

/// The same container with one octet changed, counted from its end.
fn flipped(info: &ContentInfo, from_end: usize) -> ContentInfo {
    let mut der = info.as_der().to_vec();
    let place = der.len() - from_end;
    der[place] ^= 1;
    ContentInfo::from_der(der).unwrap()
}

mod s {
    use super::*;

    fn verify(signed: &Signed<InqReqData>, trust: &mut Trust, roles: Roles) -> String {
        match treatment::verify(signed, &mut check(trust, roles)) {
            Ok(authentic) => {
                assert_eq!(authentic.content(), &inquiry());
                "authentic".to_owned()
            }
            Err(error) => said(&error),
        }
    }

    #[test]
    fn what_is_signed_verifies_and_every_other_case_is_named() {
        let deployment = Deployment::new();
        let sender = deployment.cardholder.sender();
        let signed = treatment::sign(&sender, &inquiry(), &mut rng(2)).unwrap();
        let mut trust = deployment.trust();
        assert_eq!(verify(&signed, &mut trust, Roles::CARD), "authentic");
        assert_eq!(verify(&signed, &mut trust, Roles::MER), "wrong-role [wrong-role]");
        let changed = Signed::new(flipped(signed.content_info(), 1));
        let answer = verify(&changed, &mut trust, Roles::CARD);
        assert_eq!(answer, "signature-invalid [signature-invalid]");
    }

    #[test]
    fn a_certificate_that_is_known_need_not_come_along() {
        let deployment = Deployment::new();
        let mut trust = deployment.trust();
        let sender = deployment.cardholder.sender();
        let bare = treatment::Sender { chain: &[], ..sender };
        let signed = treatment::sign(&bare, &inquiry(), &mut rng(2)).unwrap();
        assert_eq!(verify(&signed, &mut trust, Roles::CARD), "authentic");
    }

    #[test]
    fn content_of_another_type_is_refused() {
        let deployment = Deployment::new();
        let mut trust = deployment.trust();
        let signed =
            treatment::sign(&deployment.cardholder.sender(), &inquiry(), &mut rng(2)).unwrap();
        let taken: Signed<PResData> = Signed::new(signed.content_info().clone());
        let error = treatment::verify(&taken, &mut check(&mut trust, Roles::CARD)).err().unwrap();
        assert_eq!(said(&error), "content-type-mismatch [content-type-mismatch]");
    }

    #[test]
    fn who_holds_only_the_root_is_told_what_is_missing() {
        let deployment = Deployment::new();
        let mut trust = deployment.new_trust();
        let signed =
            treatment::sign(&deployment.cardholder.sender(), &inquiry(), &mut rng(2)).unwrap();
        let answer = verify(&signed, &mut trust, Roles::CARD);
        assert_eq!(answer, "revocation-unknown [revocation-unknown]");
    }
}

mod first_contact {
    use counterfoil_crypto::oid::suite;
    use counterfoil_message::exchange::purchase_init::PInitResData;
    use counterfoil_message::primitive::CertThumb;

    use super::*;

    /// The wallet knows a root and nothing else; CRLs and BCI come with the first answer.
    #[test]
    fn crls_and_bci_of_the_first_answer_are_enough_to_believe_it() {
        let deployment = Deployment::new();
        let mut trust = deployment.new_trust();
        let content = PInitResData {
            trans_ids: trans_ids(),
            rrpid: rrpid(),
            chall_c: Challenge::new([1; 32]),
            chall_m: Challenge::new([2; 32]),
            brand_crl_identifier: Some(deployment.bci.clone()),
            pe_thumb: CertThumb::new([3; 32]),
            thumbs: None,
            pi_rs_extensions: None,
            suites: vec![suite(1)].into(),
            suite: suite(1),
        };
        let mut chain = deployment.merchant.chain.clone();
        chain.extend(deployment.cardholder.chain.iter().take(1).cloned());
        chain.extend(deployment.gateway.chain.iter().take(1).cloned());
        chain.push(deployment.gateway_exchange.certificate.clone());
        let sender = treatment::Sender {
            chain: &chain,
            crls: &deployment.crls,
            ..deployment.merchant.sender()
        };
        let signed = treatment::sign(&sender, &content, &mut rng(3)).unwrap();
        let authentic = treatment::verify(&signed, &mut check(&mut trust, Roles::MER)).unwrap();
        assert_eq!(authentic.content(), &content);
        assert!(authentic.bag().contains(&deployment.gateway_exchange.certificate));
    }
}

mod enc_b {
    use super::*;

    fn pi(deployment: &Deployment, seed: u64) -> Pi {
        let context = context(deployment, &P256);
        let gateway = deployment.gateway_exchange.recipient();
        let cardholder = deployment.cardholder.sender();
        let request = purchase().sign(&context, &cardholder, &gateway, &mut rng(seed)).unwrap();
        Pi::DualSigned(request.pi_dual_signed)
    }

    fn seal(deployment: &Deployment) -> EncB<AuthReqData> {
        let binding = Binding::of_header(&header()).unwrap();
        treatment::enc_b(
            &deployment.merchant.sender(),
            &deployment.gateway_exchange.recipient(),
            &binding,
            &auth_req_data(),
            pi(deployment, 4),
            &mut rng(5),
        )
        .unwrap()
    }

    fn open(deployment: &Deployment, sealed: &EncB<AuthReqData>, header: &MessageHeader) -> String {
        let mut trust = deployment.trust();
        let binding = Binding::of_header(header).unwrap();
        let opener = deployment.gateway_exchange.opener();
        let check = &mut check(&mut trust, Roles::MER);
        match treatment::open_enc_b(sealed, &opener, &binding, check) {
            Ok(authentic) => {
                assert_eq!(authentic.content(), &auth_req_data());
                "authentic".to_owned()
            }
            Err(error) => said(&error),
        }
    }

    #[test]
    fn what_is_sealed_opens() {
        let deployment = Deployment::new();
        assert_eq!(open(&deployment, &seal(&deployment), &header()), "authentic");
    }

    #[test]
    fn another_header_does_not_open() {
        let deployment = Deployment::new();
        let answer = open(&deployment, &seal(&deployment), &other_header());
        assert_eq!(answer, "unopened [envelope]");
    }

    #[test]
    fn other_baggage_does_not_open() {
        let deployment = Deployment::new();
        let mut sealed = seal(&deployment);
        sealed.baggage = pi(&deployment, 6);
        assert_eq!(open(&deployment, &sealed, &header()), "unopened [baggage-mismatch]");
    }

    #[test]
    fn a_changed_octet_does_not_open() {
        let deployment = Deployment::new();
        let mut sealed = seal(&deployment);
        sealed.sealed = flipped(&sealed.sealed, 1);
        assert_eq!(open(&deployment, &sealed, &header()), "unopened [envelope]");
    }

    #[test]
    fn who_signed_for_another_recipient_is_refused() {
        let deployment = Deployment::new();
        let mut sealed = seal(&deployment);
        let for_merchant: EncB<AuthReqData> = treatment::enc_b(
            &deployment.merchant.sender(),
            &deployment.merchant_exchange.recipient(),
            &Binding::of_header(&header()).unwrap(),
            &auth_req_data(),
            sealed.baggage.clone(),
            &mut rng(5),
        )
        .unwrap();
        sealed.sealed = for_merchant.sealed;
        assert_eq!(open(&deployment, &sealed, &header()), "unopened [envelope]");
    }

    #[test]
    fn a_signer_in_the_wrong_role_is_named() {
        let deployment = Deployment::new();
        let sealed = treatment::enc_b(
            &deployment.cardholder.sender(),
            &deployment.gateway_exchange.recipient(),
            &Binding::of_header(&header()).unwrap(),
            &auth_req_data(),
            pi(&deployment, 4),
            &mut rng(5),
        )
        .unwrap();
        assert_eq!(open(&deployment, &sealed, &header()), "wrong-role [wrong-role]");
    }

    #[test]
    fn from_outside_all_failures_inside_look_the_same() {
        let deployment = Deployment::new();
        let mut other_baggage = seal(&deployment);
        other_baggage.baggage = pi(&deployment, 6);
        let mut changed = seal(&deployment);
        changed.sealed = flipped(&changed.sealed, 1);
        let mut trust = deployment.trust();
        let mut sentence = |sealed: &EncB<AuthReqData>| {
            let binding = Binding::of_header(&header()).unwrap();
            let opener = deployment.gateway_exchange.opener();
            let check = &mut check(&mut trust, Roles::MER);
            let error = treatment::open_enc_b(sealed, &opener, &binding, check).err().unwrap();
            format!("{error} {} {} {:?}", error.id(), error.hint(), error.fault())
        };
        assert_eq!(sentence(&other_baggage), sentence(&changed));
    }
}

mod extra {
    use super::*;

    fn pan_token() -> PanToken {
        let (pan, card_expiry, _) = card();
        PanToken { pan, card_expiry, ex_nonce: ExNonce::new([8; 32]) }
    }

    fn seal(
        deployment: &Deployment,
    ) -> EncBx<counterfoil_message::exchange::authorization::AuthResData> {
        treatment::enc_bx(
            &deployment.gateway.sender(),
            &deployment.merchant_exchange.recipient(),
            &header(),
            &auth_res_data(),
            no_baggage(),
            &pan_token(),
            &mut rng(9),
        )
        .unwrap()
    }

    #[test]
    fn enc_bx_gives_content_baggage_and_card() {
        let deployment = Deployment::new();
        let mut trust = deployment.trust();
        let opener = deployment.merchant_exchange.opener();
        let check = &mut check(&mut trust, Roles::PGWY);
        let (authentic, extra) =
            treatment::open_enc_bx(&seal(&deployment), &opener, &header(), check).unwrap();
        assert_eq!(authentic.content(), &auth_res_data());
        assert_eq!(extra.open(&opener).unwrap(), pan_token());
    }

    #[test]
    fn enc_bx_under_another_header_does_not_open() {
        let deployment = Deployment::new();
        let mut trust = deployment.trust();
        let opener = deployment.merchant_exchange.opener();
        let check = &mut check(&mut trust, Roles::PGWY);
        let error = treatment::open_enc_bx(&seal(&deployment), &opener, &other_header(), check)
            .err()
            .unwrap();
        assert_eq!(said(&error), "unopened [envelope]");
    }

    #[test]
    fn enc_bx_with_other_baggage_does_not_open() {
        let deployment = Deployment::new();
        let mut trust = deployment.trust();
        let mut sealed = seal(&deployment);
        sealed.baggage.cap_token =
            Some(counterfoil_message::token::CapToken::Absent(der::asn1::Null));
        let opener = deployment.merchant_exchange.opener();
        let check = &mut check(&mut trust, Roles::PGWY);
        let error = treatment::open_enc_bx(&sealed, &opener, &header(), check).err().unwrap();
        assert_eq!(said(&error), "unopened [baggage-mismatch]");
    }

    #[test]
    fn ex_gives_content_and_card_number() {
        let deployment = Deployment::new();
        let content = RegFormReqData {
            rrpid: rrpid(),
            lid_ee: LocalId::new(b"wallet-1").unwrap(),
            chall_ee2: Challenge::new([1; 32]),
            lid_ca: None,
            request_type: RequestType::CardInitialSig,
            language: Language::new("de").unwrap(),
            thumbs: None,
        };
        let extra = PanOnly { pan: card().0, ex_nonce: ExNonce::new([8; 32]) };
        let recipient = deployment.ca_exchange.recipient();
        let sealed = treatment::ex(&recipient, &header(), &content, &extra, &mut rng(9)).unwrap();
        let opener = deployment.ca_exchange.opener();
        let (opened, inside) = treatment::open_ex(&sealed, &opener, &header()).unwrap();
        assert_eq!(opened, content);
        assert_eq!(inside.open(&opener).unwrap(), extra);
        let error = treatment::open_ex(&sealed, &opener, &other_header()).err().unwrap();
        assert_eq!(said(&error), "unopened [envelope]");
    }
}

mod enc_k {
    use super::*;

    #[test]
    fn a_message_for_the_cardholder_opens_with_the_back_key_and_for_its_purchase() {
        let deployment = Deployment::new();
        let message = AcqCardCodeMsg {
            acq_card_code: AcqCardCode::MessageOfDay,
            acq_card_msg_data: AcqCardMsgData { text: None, url: None, phone: None },
        };
        let (key, binding) = (BackKey::new([1; 32]), Binding::of_purchase(&xid()).unwrap());
        let sender = deployment.gateway.sender();
        let sealed = treatment::enc_k(&sender, &key, &binding, &message, &mut rng(9)).unwrap();
        let mut trust = deployment.trust();
        let mut open = |key: &BackKey, binding: &Binding| {
            let check = &mut check(&mut trust, Roles::PGWY);
            match treatment::open_enc_k(&sealed, key, binding, check) {
                Ok(authentic) => authentic.content().acq_card_code.to_string(),
                Err(error) => said(&error),
            }
        };
        assert_eq!(open(&key, &binding), "messageOfDay");
        assert_eq!(open(&BackKey::new([2; 32]), &binding), "unopened [envelope]");
        let other = Binding::of_header(&header()).unwrap();
        assert_eq!(open(&key, &other), "unopened [envelope]");
    }
}

mod tokens {
    use super::*;

    fn cap_token() -> CapTokenData {
        CapTokenData {
            auth_rrpid: rrpid(),
            auth_amt: amount(),
            token_opaque: TokenOpaque::new(b"opaque").unwrap(),
        }
    }

    #[test]
    fn a_token_opens_with_its_key_and_as_its_type_alone() {
        let (key, other) = (TokenKey::generate(&mut rng(1)), TokenKey::generate(&mut rng(2)));
        let sealed = TokenBox::seal(&key, &cap_token(), &mut rng(3)).unwrap();
        let opened: CapTokenData = sealed.open([&other, &key]).unwrap();
        assert_eq!(opened, cap_token());
        let error = sealed.open::<CapTokenData>([&other]).err().unwrap();
        assert_eq!(said(&error), "unopened [token-envelope]");
        let error = sealed.open::<AuthTokenTbe>([&key]).err().unwrap();
        assert_eq!(said(&error), "unopened [token-envelope]");
    }

    #[test]
    fn the_token_for_another_authorization_keeps_the_card_from_the_merchant() {
        let key = TokenKey::generate(&mut rng(1));
        let (pan, card_expiry, _) = card();
        let token = AuthTokenTbe {
            auth_token_data: AuthTokenData {
                trans_ids: trans_ids(),
                purch_amt: amount(),
                merchant_id: counterfoil_message::primitive::MerchantId::new("SHOP-1").unwrap(),
                acq_back_key_data: None,
                install_recur_data: None,
                recurring_count: None,
                prev_auth_date_time: trans_ids().p_req_date,
                total_auth_amount: None,
                auth_token_opaque: None,
            },
            pan_token: PanToken { pan, card_expiry, ex_nonce: ExNonce::new([8; 32]) },
        };
        let sealed = TokenBox::seal(&key, &token, &mut rng(3)).unwrap();
        assert_eq!(sealed.open::<AuthTokenTbe>([&key]).unwrap(), token);
        let bytes = counterfoil_message::codec::encode(&sealed).unwrap();
        assert!(!bytes.windows(16).any(|window| window == b"4929123412341232"));
        assert_eq!(TokenBox::NAME, "TokenBox");
    }
}
