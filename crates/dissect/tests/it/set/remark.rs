//! Each remark has a message that breaks just that.

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::suite::{P256, RSA3072};
use counterfoil_dissect::key::Keys;
use counterfoil_dissect::layer::set;
use counterfoil_dissect::message::Moment;
use counterfoil_message::container::Signed;
use counterfoil_message::exchange::error_message::{
    BadWrapper, ErrorCode, ErrorMessage, ErrorMsg, ErrorTbs,
};
use counterfoil_message::exchange::inquiry::InqRes;
use counterfoil_message::exchange::purchase::{PReq, PReqUnsigned, PResData};
use counterfoil_message::exchange::purchase_init::{PInitReq, PInitRes};
use counterfoil_message::primitive::{
    Challenge, Digest, DigestAlgorithm, Language, LocalId, Thumbs,
};
use counterfoil_message::treatment::{self, Sender};
use counterfoil_message::wrapper::MessageHeader;

use super::{
    Session, auth_req, gateway_key, header_of, p_init_req, p_init_res, p_init_res_data, p_req,
    remarks, rrpid, wrap,
};
use crate::deployment::{Deployment, rng};
use crate::payment::{self, trans_ids};
use crate::sample::{tlv, tlv_high};

fn session() -> Session {
    Session::new(Keys::default())
}

/// What is remarked of one message that nothing came before.
fn alone(bytes: &[u8]) -> String {
    remarks(&session().read(bytes))
}

fn p_init_req_bytes() -> Vec<u8> {
    wrap(header_of(1), &p_init_req())
}

/// A session that has seen PInitReq and PInitRes.
fn after_init(deployment: &Deployment) -> Session {
    let mut session = session();
    session.fine(&p_init_req_bytes());
    let answer = p_init_res(deployment, &p_init_res_data(deployment));
    session.fine(&wrap(header_of(1), &answer));
    session
}

/// The place of `needle`, which stands there once.
fn place(bytes: &[u8], needle: &[u8]) -> usize {
    let places: Vec<_> =
        bytes.windows(needle.len()).enumerate().filter(|(_, window)| *window == needle).collect();
    assert_eq!(places.len(), 1, "{places:?}");
    places[0].0
}

#[test]
fn every_kind_is_listed_under_an_id_of_its_own() {
    let mut ids: Vec<_> = set::LAYER.kinds.iter().map(|kind| kind.id).collect();
    assert!(set::LAYER.kinds.iter().all(|kind| kind.group == "set" && !kind.page.is_empty()));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), set::LAYER.kinds.len());
}

mod form {
    use super::*;

    #[test]
    fn a_field_that_is_cut_off_is_named() {
        let bytes = p_init_req_bytes();
        let reading = session().read(&bytes[..bytes.len() - 7]);
        assert_eq!(remarks(&reading), "set-field-truncated");
        let summary = &reading.remarks[0].remark.summary;
        assert!(summary.contains("lacks 7 of its octets"), "{summary}");
    }

    #[test]
    fn a_field_that_is_missing_is_named() {
        // Without `bin`: NumericString 492912.
        let mut bytes = p_init_req_bytes();
        let at = place(&bytes, &tlv(0x12, b"492912"));
        bytes.drain(at..at + 8);
        // The lengths around it: wrapper, message, alternative, PInitReq.
        shrink(&mut bytes, at, 8);
        assert_eq!(alone(&bytes), "set-field-missing");
    }

    /// Takes `by` off the length of every structure that contains octet `at`.
    fn shrink(bytes: &mut [u8], at: usize, by: usize) {
        let mut from = 0;
        while from < at {
            let tag_len = if bytes[from] & 0x1f == 0x1f { 2 } else { 1 };
            let first = usize::from(bytes[from + tag_len]);
            let (len, header) = match first {
                0x81 => (usize::from(bytes[from + tag_len + 1]), tag_len + 2),
                0x82 => (
                    usize::from(bytes[from + tag_len + 1]) << 8
                        | usize::from(bytes[from + tag_len + 2]),
                    tag_len + 3,
                ),
                short => (short, tag_len + 1),
            };
            let is_around = from + header + len + by > at && bytes[from] & 0x20 != 0;
            if !is_around || from + header + len < at {
                from += header + len;
                continue;
            }
            let shorter = len - by;
            match first {
                0x81 => bytes[from + tag_len + 1] = shorter as u8,
                0x82 => {
                    bytes[from + tag_len + 1] = (shorter >> 8) as u8;
                    bytes[from + tag_len + 2] = shorter as u8;
                }
                _ => bytes[from + tag_len] = shorter as u8,
            }
            from += header;
        }
    }

    #[test]
    fn a_field_that_no_table_has_is_shown_and_remarked() {
        let header = tlv(0x30, &[]);
        let message = tlv_high(0xa0, 0, &tlv_high(0xa0, 6, &header));
        let extra = tlv(0x04, b"x");
        let whole = [minimal_header(), message, extra].concat();
        let ids = alone(&tlv(0x30, &whole));
        assert!(ids.contains("set-field-unexpected"), "{ids}");
    }

    fn minimal_header() -> Vec<u8> {
        let date = tlv(0x18, b"20260601120000Z");
        tlv(0x30, &[tlv(2, &[2]), date, tlv(0x1a, b"x")].concat())
    }

    #[test]
    fn a_value_out_of_bounds_is_named() {
        let mut bytes = p_init_req_bytes();
        let at = place(&bytes, b"492912");
        bytes[at] = 0xff;
        assert_eq!(alone(&bytes), "set-value-out-of-bounds");
    }

    #[test]
    fn octets_that_are_no_der_are_remarked() {
        let mut bytes = p_init_req_bytes();
        // The length of `swIdent` in the indefinite form.
        let at = place(&bytes, b"counterfoil tests");
        bytes[at - 1] = 0x80;
        let ids = alone(&bytes);
        assert!(ids.starts_with("set-not-der"), "{ids}");
    }

    #[test]
    fn a_message_that_no_exchange_has_is_named() {
        let message = tlv_high(0xa0, 0, &tlv_high(0xa0, 14, &tlv(0x30, &[])));
        let reading = session().read(&tlv(0x30, &[minimal_header(), message].concat()));
        assert_eq!(remarks(&reading), "set-message-unknown");
        assert_eq!(reading.summary, "CredReq");
    }

    #[test]
    fn a_message_over_the_limit_is_remarked() {
        let body = vec![0; 600_000];
        let message = tlv_high(0xa0, 0, &tlv_high(0xa0, 6, &tlv(4, &body)));
        let ids = alone(&tlv(0x30, &[minimal_header(), message].concat()));
        assert!(ids.contains("set-message-too-big"), "{ids}");
    }

    #[test]
    fn versions_other_than_2_are_told_apart() {
        let with = |version: u8| {
            let mut bytes = p_init_req_bytes();
            let at = place(&bytes, &[2, 1, 2, 0x18]);
            bytes[at + 2] = version;
            alone(&bytes)
        };
        assert_eq!(with(1), "set-version-1");
        assert_eq!(with(3), "set-version-unknown");
        assert_eq!(alone(&[0x30, 3, 0x30, 0x80, 0]), "set-not-der set-version-unknown");
    }
}

mod header {
    use super::*;

    #[test]
    fn ids_of_header_and_body_are_compared() {
        let other = wrap(header_of(9), &p_init_req());
        assert_eq!(alone(&other), "set-header-mismatch");
        let ids = header_of(1).message_ids.map(|mut ids| {
            ids.lid_c = Some(LocalId::new(b"another").unwrap());
            ids
        });
        let other = MessageHeader { message_ids: ids, ..header_of(1) };
        assert_eq!(alone(&wrap(other, &p_init_req())), "set-header-mismatch");
    }

    #[test]
    fn a_date_far_from_the_capture_is_remarked() {
        let mut session = session();
        session.time = Moment(session.time.0 + 299_000_000_000);
        assert_eq!(remarks(&session.read(&p_init_req_bytes())), "");
        session.time = Moment(session.time.0 + 9_000_000_000_000);
        let ids = remarks(&session.read(&p_init_req_bytes()));
        assert_eq!(ids, "set-message-repeated set-date-skewed");
    }

    #[test]
    fn the_media_type_is_held_against_the_message() {
        let bytes = p_init_req_bytes();
        let of = |media_type| remarks(&session().read_as(media_type, &bytes));
        assert_eq!(of(Some("application/set-registration")), "set-media-type-mismatch");
        assert_eq!(of(Some("application/set-payment")), "");
        assert_eq!(of(None), "");
    }

    #[test]
    fn a_purchase_that_nobody_signed_is_remarked() {
        let deployment = Deployment::new();
        let PReq::DualSigned(signed) = p_req(&deployment) else { panic!() };
        let unsigned = PReqUnsigned {
            pi_unsigned: counterfoil_message::container::Ex::new(signed.pi_dual_signed.ex_pi_data),
            oi_unsigned: signed.oi_dual_signed,
        };
        let bytes = wrap(header_of(2), &PReq::Unsigned(unsigned));
        assert_eq!(alone(&bytes), "set-unsigned-purchase");
    }
}

mod signature {
    use super::*;

    /// PInitRes with one octet of its container changed.
    fn changed(deployment: &Deployment, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let answer = p_init_res(deployment, &p_init_res_data(deployment));
        let mut der = answer.0.content_info().as_der().to_vec();
        change(&mut der);
        wrap(header_of(1), &PInitRes(Signed::new(ContentInfo::from_der(der).unwrap())))
    }

    fn told(change: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut session = session();
        session.fine(&p_init_req_bytes());
        remarks(&session.read(&changed(&Deployment::new(), change)))
    }

    #[test]
    fn content_that_was_changed_has_another_digest() {
        // chall-M is nowhere else.
        assert_eq!(
            told(|der| {
                let at = place(der, &[0x55; 32]);
                der[at] ^= 1;
            }),
            "set-digest-mismatch"
        );
    }

    #[test]
    fn a_signature_that_was_changed_does_not_hold() {
        let last = |der: &mut Vec<u8>| *der.last_mut().unwrap() ^= 1;
        assert_eq!(told(last), "set-signature-invalid");
    }

    #[test]
    fn signed_data_that_contradicts_itself_is_refused() {
        // The version of the SignedData, right behind its two headers.
        let at = |der: &mut Vec<u8>| {
            let at = der.windows(4).position(|window| window == [2, 1, 3, 0x31]).unwrap();
            der[at + 2] = 1;
        };
        assert_eq!(told(at), "set-container-malformed");
    }

    #[test]
    fn an_algorithm_of_1997_is_named() {
        let ids = told(|der| {
            let sha256 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
            let at = der.windows(9).position(|window| window == sha256).unwrap();
            der[at + 8] = 4; // SHA-224
        });
        assert!(ids.contains("set-algorithm-refused"), "{ids}");
    }

    #[test]
    fn a_signer_whose_certificate_was_not_seen_is_a_notice() {
        let deployment = Deployment::new();
        let data = p_init_res_data(&deployment);
        // Its certificate always goes along, so it is taken out: [0] of the SignedData.
        let sender = Sender { chain: &[], ..deployment.merchant.sender() };
        let signed = treatment::sign(&sender, &data, &mut rng(2)).unwrap();
        let der = without_certificates(signed.content_info().as_der());
        let answer = PInitRes(Signed::new(ContentInfo::from_der(der).unwrap()));
        let mut session = session();
        session.fine(&p_init_req_bytes());
        let ids = remarks(&session.read(&wrap(header_of(1), &answer)));
        assert_eq!(ids, "set-signer-unknown");
    }

    fn without_certificates(der: &[u8]) -> Vec<u8> {
        use der::{Decode, Encode};
        let outer = der::asn1::AnyRef::from_der(der).unwrap();
        let pieces = |bytes: &[u8]| {
            let mut rest = bytes;
            let mut found = Vec::new();
            while !rest.is_empty() {
                let (any, after) = der::Any::from_der_partial(rest).unwrap();
                found.push(any.to_der().unwrap());
                rest = after;
            }
            found
        };
        let parts = pieces(outer.value());
        let explicit = der::asn1::AnyRef::from_der(&parts[1]).unwrap();
        let data = der::asn1::AnyRef::from_der(explicit.value()).unwrap();
        let kept: Vec<u8> =
            pieces(data.value()).into_iter().filter(|piece| piece[0] != 0xa0).flatten().collect();
        let content = tlv(0xa0, &tlv(0x30, &kept));
        tlv(0x30, &[parts[0].clone(), content].concat())
    }

    #[test]
    fn an_order_under_another_signature_is_remarked() {
        let deployment = Deployment::new();
        let mut session = after_init(&deployment);
        let PReq::DualSigned(mut signed) = p_req(&deployment) else { panic!() };
        signed.oi_dual_signed.oi_data.chall_m = Some(Challenge::new([1; 32]));
        let ids = remarks(&session.read(&wrap(header_of(2), &PReq::DualSigned(signed))));
        assert_eq!(ids, "set-dual-signature-mismatch");
    }
}

mod envelope {
    use super::*;

    #[test]
    fn baggage_of_another_request_is_remarked() {
        let deployment = Deployment::new();
        let header = header_of(3);
        let mut request = auth_req(&deployment, &p_req(&deployment), &header);
        let mut other = payment::purchase();
        other.oi_data.rrpid = rrpid(4);
        let context = payment::context(&deployment, &P256);
        let gateway = deployment.gateway_exchange.recipient();
        let sender = deployment.cardholder.sender();
        let other = other.sign(&context, &sender, &gateway, &mut rng(9)).unwrap();
        request.0.baggage = counterfoil_message::instruction::Pi::DualSigned(other.pi_dual_signed);
        let ids = remarks(&Session::new(gateway_key(&deployment)).read(&wrap(header, &request)));
        assert_eq!(ids, "set-link-mismatch");
    }

    #[test]
    fn an_envelope_under_another_header_does_not_open() {
        let deployment = Deployment::new();
        let request = auth_req(&deployment, &p_req(&deployment), &header_of(3));
        let mut keys = gateway_key(&deployment);
        let certificate = deployment.gateway_exchange.certificate.to_pem();
        let pem =
            format!("{certificate}{}", deployment.gateway_exchange.pair.to_pkcs8_pem().expose());
        keys.offer("both.pem", pem.as_bytes()).unwrap();
        let ids = remarks(&Session::new(keys).read(&wrap(header_of(4), &request)));
        assert!(ids.contains("set-envelope-unopened"), "{ids}");
        // Somebody else's envelope is nobody's fault.
        assert_eq!(alone(&wrap(header_of(3), &request)), "");
    }

    #[test]
    fn envelopes_of_the_other_suite_open_as_well() {
        let deployment = Deployment::with(&RSA3072);
        let context = payment::context(&deployment, &RSA3072);
        let sender = deployment.cardholder.sender();
        let gateway = deployment.gateway_exchange.recipient();
        let signed = payment::purchase().sign(&context, &sender, &gateway, &mut rng(3)).unwrap();
        let header = header_of(3);
        let request = auth_req(&deployment, &PReq::DualSigned(signed), &header);
        let reading = Session::new(gateway_key(&deployment)).read(&wrap(header, &request));
        assert_eq!(remarks(&reading), "");
        assert!(super::super::tree(&reading).contains("pan: 492912******1232"));
    }
}

mod certificate {
    use super::*;

    fn answer_with(chain: &[counterfoil_pki::Certificate], later_days: i64) -> String {
        let deployment = Deployment::new();
        let mut data = p_init_res_data(&deployment);
        data.brand_crl_identifier = None;
        let sender = Sender { chain, ..deployment.merchant.sender() };
        let answer = PInitRes(treatment::sign(&sender, &data, &mut rng(2)).unwrap());
        let mut session = session();
        session.fine(&p_init_req_bytes());
        session.time = Moment(session.time.0 + later_days * 86_400_000_000_000);
        remarks(&session.read(&wrap(header_of(1), &answer)))
    }

    #[test]
    fn a_chain_with_a_hole_is_remarked() {
        let chain = Deployment::new().merchant.chain;
        assert_eq!(answer_with(&chain, 0), "");
        assert_eq!(answer_with(&chain[..1], 0), "set-chain-incomplete");
        assert_eq!(answer_with(&chain[1..], 0), "set-chain-incomplete");
    }

    #[test]
    fn certificates_are_held_against_the_time_of_capture() {
        let chain = Deployment::new().merchant.chain;
        assert_eq!(answer_with(&chain, 366), "set-date-skewed set-certificate-expired");
        let early = answer_with(&chain, -11);
        assert!(early.contains("set-certificate-not-yet-valid"), "{early}");
    }
}

mod conversation {
    use super::*;

    fn thumbs(octet: u8) -> Thumbs {
        Thumbs {
            digest_algorithm: DigestAlgorithm::Sha256,
            cert_thumbs: Some(vec![Digest::new([octet; 32])].into()),
            crl_thumbs: None,
            brand_crl_id_thumbs: None,
        }
    }

    fn answered(
        question: &PInitReq,
        change: impl FnOnce(&mut counterfoil_message::exchange::purchase_init::PInitResData),
    ) -> String {
        let deployment = Deployment::new();
        let mut session = session();
        session.fine(&wrap(header_of(1), question));
        let mut data = p_init_res_data(&deployment);
        change(&mut data);
        remarks(&session.read(&wrap(header_of(1), &p_init_res(&deployment, &data))))
    }

    #[test]
    fn an_answer_needs_a_question() {
        let deployment = Deployment::new();
        let answer = p_init_res(&deployment, &p_init_res_data(&deployment));
        assert_eq!(alone(&wrap(header_of(1), &answer)), "set-answer-without-question");
    }

    #[test]
    fn an_answer_belongs_to_the_exchange_of_its_question() {
        let deployment = Deployment::new();
        let mut session = session();
        session.fine(&p_init_req_bytes());
        let data = PResData {
            trans_ids: trans_ids(),
            rrpid: rrpid(1),
            chall_c: Challenge::new([0x44; 32]),
            brand_crl_identifier: None,
            p_res_payload_seq: vec![].into(),
        };
        let sender = deployment.merchant.sender();
        let answer = InqRes(treatment::sign(&sender, &data, &mut rng(2)).unwrap());
        let ids = remarks(&session.read(&wrap(header_of(1), &answer)));
        assert_eq!(ids, "set-answer-of-another-exchange");
    }

    #[test]
    fn an_rrpid_with_other_octets_is_told_from_a_repetition() {
        let mut session = session();
        session.fine(&p_init_req_bytes());
        assert_eq!(remarks(&session.read(&p_init_req_bytes())), "set-message-repeated");
        let other = PInitReq { language: Language::new("fr").unwrap(), ..p_init_req() };
        assert_eq!(remarks(&session.read(&wrap(header_of(1), &other))), "set-rrpid-reused");
    }

    #[test]
    fn thumbs_and_challenge_are_repeated_in_the_answer() {
        let with = PInitReq { thumbs: Some(thumbs(1)), ..p_init_req() };
        assert_eq!(answered(&with, |data| data.thumbs = Some(thumbs(1))), "");
        let ids = answered(&with, |data| data.thumbs = Some(thumbs(2)));
        assert_eq!(ids, "set-thumbs-mismatch");
        let ids = answered(&p_init_req(), |data| data.chall_c = Challenge::new([9; 32]));
        assert_eq!(ids, "set-challenge-mismatch");
    }

    #[test]
    fn an_error_answers_any_question() {
        let mut session = session();
        session.fine(&p_init_req_bytes());
        let error = ErrorMessage::Unsigned(ErrorTbs {
            error_code: ErrorCode::VersionTooOld,
            error_nonce: counterfoil_message::primitive::Nonce::new([1; 32]),
            error_oid: None,
            error_thumb: None,
            error_msg: ErrorMsg::BadWrapper(BadWrapper::new(b"x").unwrap()),
        });
        let reading = session.fine(&wrap(header_of(1), &error));
        assert!(reading.summary.ends_with("versionTooOld"), "{}", reading.summary);
    }

    #[test]
    fn ids_of_a_purchase_join_its_messages() {
        let reading = session().read(&p_init_req_bytes());
        assert_eq!(reading.ids[0], ("xid", "11".repeat(20)));
        assert_eq!(reading.ids[1], ("rrpid", "01".repeat(20)));
    }
}

mod initiation {
    use super::*;

    const SHOP: &str = "SET-Initiation-Type: Payment-Initiation\r\nSET-Version: 2.0\r\n\
                        SET-LID-M: 6f72\r\n\r\none marked book";

    fn read(text: &str) -> counterfoil_dissect::layer::Reading {
        session().read_as(Some("application/set-payment-initiation"), text.as_bytes())
    }

    #[test]
    fn an_initiation_is_shown_without_its_order() {
        let reading = read(SHOP);
        assert_eq!(remarks(&reading), "");
        assert_eq!(reading.summary, "Payment-Initiation");
        let shown = super::super::tree(&reading);
        assert!(shown.contains("SET-LID-M: 6f72") && !shown.contains("book"), "{shown}");
    }

    #[test]
    fn lines_that_are_no_fields_are_remarked() {
        assert_eq!(remarks(&read("hello\r\n\r\nbook")), "set-initiation-unreadable");
        assert_eq!(remarks(&read("a: b\r\n")), "set-initiation-unreadable");
    }
}
