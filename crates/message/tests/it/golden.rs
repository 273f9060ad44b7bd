//! Octets that stay what they are: the test vectors of the wire format.
//!
//! An implementation in another language that gives these octets from these inputs agrees with
//! this one. Keys are drawn from ChaCha20 with the seed that is given; signatures are those of
//! RFC 6979.

use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::oid::suite;
use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_crypto::suite::P256;
use counterfoil_crypto::token::TokenKey;
use counterfoil_message::account::{cardholder_id, pan_secret, trans_stain};
use counterfoil_message::codec::{Asn1, encode};
use counterfoil_message::container::{Content, TokenBox};
use counterfoil_message::exchange::authorization_reversal::{
    AuthResDataNew, AuthRevCode, AuthRevReqData, AuthRevResData, AuthRevTags,
};
use counterfoil_message::exchange::certificate_inquiry::{CertInqReq, CertInqReqTbs};
use counterfoil_message::exchange::error_message::{
    BadWrapper, ErrorCode, ErrorMessage, ErrorMsg, ErrorTbs,
};
use counterfoil_message::exchange::purchase::AuthRevReceipt;
use counterfoil_message::exchange::purchase_init::PInitReq;
use counterfoil_message::instruction::{PiContext, PiData};
use counterfoil_message::pdu::Pdu;
use counterfoil_message::primitive::{
    Bin, BrandId, CardSecret, CertThumb, Challenge, CurrencyAmount, Date, Digest, DigestAlgorithm,
    Language, LocalId, MerchantId, Nonce, NonceCca, Thumbs,
};
use counterfoil_message::token::{CapTokenData, TokenOpaque};
use counterfoil_message::treatment::{Binding, digest_of, registration};
use counterfoil_message::wrapper::MessageWrapper;
use expect_test::{Expect, expect};

use crate::deployment::{card, now, rng};
use crate::payment::{
    amount, auth_req_data, auth_tags, header, hod, oi_data, pan_data, pi_head, rrpid, trans_ids,
    xid,
};

fn check(bytes: &[u8], expect: Expect) {
    let lines: Vec<String> = bytes.chunks(36).map(hex::encode).collect();
    expect.assert_eq(&lines.join("\n"));
}

fn check_value(value: &impl Asn1, expect: Expect) {
    check(&encode(value).unwrap(), expect);
}

fn check_message(message: &impl Pdu, expect: Expect) {
    check(&MessageWrapper::new(header(), message).unwrap().encode().unwrap(), expect);
}

fn check_digest(value: &impl Content, expect: Expect) {
    check(&digest_of(value).unwrap().digest, expect);
}

#[test]
fn authorization_reversal() {
    let rr_tags = auth_tags().auth_rr_tags;
    let data = AuthRevReqData {
        auth_rev_tags: AuthRevTags { auth_rev_rr_tags: rr_tags.clone(), auth_ret_num: None },
        m_thumbs: None,
        auth_req_data: Some(auth_req_data()),
        auth_res_payload: None,
        auth_new_amt: CurrencyAmount::minor(978, 0, 2).unwrap(),
        a_rv_rq_extensions: None,
    };
    check_value(
        &data,
        expect![[r#"
        30820165303330310414222222222222222222222222222222222222222230080c065348
        4f502d31180f32303236303630313132303030305aa18201203082011930733031041422
        2222222222222222222222222222222222222230080c0653484f502d31180f3230323630
        3630313132303030305a303e040877616c6c65742d3180076f726465722d310414111111
        1111111111111111111111111111111111180f32303236303630313132303030305a1a02
        6465a081903046061569e69febc0b7d4ba80ff8bffd091f9d7f2912c0003300b06096086
        480165030402010420be6629bdb4cf0657ffe1a2032d48ef36bbe7d1250e68a24d6487d3
        4d35b80fcf3046061569e69febc0b7d4ba80ff8bffd091f9d7f2912c0007300b06096086
        480165030402010420ae12deb1cf9ec0914c765491074b89a206c95de2b245443624c736
        f33e1e32cc300f300b020203d20202137e0201fe30000101ff300a020203d20201000201
        fe"#]],
    );
    let answer = AuthRevResData {
        auth_rev_code: AuthRevCode::Approved,
        auth_rev_tags: AuthRevTags { auth_rev_rr_tags: rr_tags, auth_ret_num: None },
        brand_crl_identifier: None,
        pe_thumb: None,
        auth_new_amt: CurrencyAmount::minor(978, 0, 2).unwrap(),
        auth_res_data_new: AuthResDataNew { trans_ids: trans_ids(), auth_res_payload_new: None },
        a_rv_rs_extensions: None,
    };
    check_value(
        &answer,
        expect![[r#"
        3081860a0100303330310414222222222222222222222222222222222222222230080c06
        53484f502d31180f32303236303630313132303030305a300a020203d20201000201fe30
        40303e040877616c6c65742d3180076f726465722d310414111111111111111111111111
        1111111111111111180f32303236303630313132303030305a1a026465"#]],
    );
    let receipt = AuthRevReceipt {
        xid: xid(),
        auth_rrpid: rrpid(),
        merchant_id: MerchantId::new("SHOP-1").unwrap(),
        hod: hod(),
        rev_date: Date::new(now()),
        auth_ratio: None,
    };
    check_value(
        &receipt,
        expect![[r#"
        30818d041411111111111111111111111111111111111111110414222222222222222222
        22222222222222222222220c0653484f502d313046061569e69febc0b7d4ba80ff8bffd0
        91f9d7f2912c0007300b06096086480165030402010420ae12deb1cf9ec0914c76549107
        4b89a206c95de2b245443624c736f33e1e32cc180f32303236303630313132303030305a"#]],
    );
    check_digest(
        &receipt,
        expect!["23c423006591c43cd04a4b00c96c97d5c9160107da6f2b9ee97ff5d259287cf1"],
    );
}

#[test]
fn purchase_initialization_request() {
    let thumbs = Thumbs {
        digest_algorithm: DigestAlgorithm::Sha256,
        cert_thumbs: Some(vec![Digest::new([0xaa; 32])].into()),
        crl_thumbs: None,
        brand_crl_id_thumbs: Some(vec![Digest::new([0xbb; 32])].into()),
    };
    let message = PInitReq {
        rrpid: rrpid(),
        language: Language::new("de").unwrap(),
        lid_c: LocalId::new(b"wallet-1").unwrap(),
        lid_m: Some(LocalId::new(b"order-1").unwrap()),
        chall_c: Challenge::new([0x44; 32]),
        brand_id: BrandId::new("Acme Card").unwrap(),
        bin: Bin::new("492912").unwrap(),
        thumbs: Some(thumbs),
        pi_rq_extensions: None,
        suites: vec![suite(1), suite(2)].into(),
    };
    check_message(
        &message,
        expect![[r#"
        308201623068020102180f32303236303630313132303030305aa029800877616c6c6574
        2d3181076f726465722d3182141111111111111111111111111111111111111111811422
        222222222222222222222222222222222222221a11636f756e746572666f696c20746573
        7473a081f5a081f23081ef041422222222222222222222222222222222222222221a0264
        65040877616c6c65742d3180076f726465722d3104204444444444444444444444444444
        4444444444444444444444444444444444440c0941636d65204361726412063439323931
        32a15b3059300b0609608648016503040201a02430220420aaaaaaaaaaaaaaaaaaaaaaaa
        aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa22430220420bbbbbbbbbbbbbbbbbbbb
        bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbba32e061569e69febc0b7d4ba80ff
        8bffd091f9d7f2912c0101061569e69febc0b7d4ba80ff8bffd091f9d7f2912c0102"#]],
    );
}

#[test]
fn order_half() {
    check_value(
        &oi_data(),
        expect![[r#"
        3082010c303e040877616c6c65742d3180076f726465722d310414111111111111111111
        1111111111111111111111180f32303236303630313132303030305a1a02646504142222
        222222222222222222222222222222222222042044444444444444444444444444444444
        444444444444444444444444444444443046061569e69febc0b7d4ba80ff8bffd091f9d7
        f2912c0007300b06096086480165030402010420ae12deb1cf9ec0914c765491074b89a2
        06c95de2b245443624c736f33e1e32cc0420333333333333333333333333333333333333
        333333333333333333333333333304205555555555555555555555555555555555555555
        5555555555555555555555551206343932393132"#]],
    );
    check_digest(
        &oi_data(),
        expect!["be6629bdb4cf0657ffe1a2032d48ef36bbe7d1250e68a24d6487d34d35b80fcf"],
    );
    check(
        &hod().digest,
        expect!["ae12deb1cf9ec0914c765491074b89a206c95de2b245443624c736f33e1e32cc"],
    );
}

#[test]
fn instruction_half() {
    check_value(
        &pi_head(),
        expect![[r#"
        3081d4303e040877616c6c65742d3180076f726465722d31041411111111111111111111
        11111111111111111111180f32303236303630313132303030305a1a0264653055304606
        1569e69febc0b7d4ba80ff8bffd091f9d7f2912c0007300b060960864801650304020104
        20ae12deb1cf9ec0914c765491074b89a206c95de2b245443624c736f33e1e32cc300b02
        0203d20202137e0201fe0c0653484f502d310420fce26dd561d45d98e617208480e4f996
        6d9f2b22fe07e91a457fd77fa186637d1a11636f756e746572666f696c207465737473"#]],
    );
    check_digest(
        &pan_data(),
        expect!["2e4b184ca0da576c7338069fb05cf13ddf15321b85e13d06a4b94c2b2faaf031"],
    );
    let h_pan_data = digest_of(&pan_data()).unwrap();
    check_digest(
        &PiData { pi_head: pi_head(), h_pan_data },
        expect!["900d35bd8fe805da7e3f1b7b6734bd56c209ae9aaae8d67ef268792b44ea8a09"],
    );
}

#[test]
fn bindings() {
    let context = PiContext {
        suite: suite(1),
        xid: xid(),
        merchant_cert_hash: Digest::new([0xcc; 32]),
        gateway_cert_hash: Digest::new([0xdd; 32]),
    };
    check(
        Binding::of_header(&header()).unwrap().as_bytes(),
        expect!["6052ab3b42e2bd15b101081569da01d851f7c0cf6b31cdecebbae4f43baf2d70"],
    );
    check(
        Binding::of_instruction(&context).unwrap().as_bytes(),
        expect!["32d00ed3454b2e2c677cf072f377348003ff2332610cd1d9b3c60e832b99552f"],
    );
    check(
        Binding::of_purchase(&xid()).unwrap().as_bytes(),
        expect!["311e7ae71984c638e175cdce7ad02811b430369f8da9ecb16b3fcf29363aaa21"],
    );
}

#[test]
fn account_and_certificate() {
    let secret = CardSecret::new([1; 32]);
    check(
        pan_secret(&secret, &NonceCca::new([2; 32])).expose(),
        expect!["a622b36866c1d1d39a9348c7b56fd7f8d42b2330f63614b322634dcefcf67328"],
    );
    check(
        trans_stain(&secret, &xid()).as_bytes(),
        expect!["f761912c6202c00222df170b27657e050f003070bc4291bdfe31046044a310cb"],
    );
    let (pan, expiry, secret) = card();
    let id = cardholder_id(&pan, &expiry, &secret).unwrap();
    expect!["oXNjCgUFcTrLRD357ZwVBUEkEvIfo8qbMFdgrily1eA"].assert_eq(&id);
}

#[test]
fn certificate_inquiry_signed_by_a_key() {
    let content = CertInqReqTbs {
        rrpid: rrpid(),
        lid_ee: LocalId::new(b"wallet-1").unwrap(),
        chall_ee3: Challenge::new([1; 32]),
        lid_ca: LocalId::new(b"ca-1").unwrap(),
    };
    let pair = KeyPair::generate(&DETERMINISTIC, &P256, KeyUse::Sign, &mut rng(1)).unwrap();
    let key = pair.signing_key().unwrap();
    let signed = registration::sign_by_key(&*key, &content, &mut rng(2)).unwrap();
    check_message(
        &CertInqReq(signed),
        expect![[r#"
        3082020a3068020102180f32303236303630313132303030305aa029800877616c6c6574
        2d3181076f726465722d3182141111111111111111111111111111111111111111811422
        222222222222222222222222222222222222221a11636f756e746572666f696c20746573
        7473a082019cbe8201983082019406092a864886f70d010702a082018530820181020103
        310d300b06096086480165030402013065061569e69febc0b7d4ba80ff8bffd091f9d7f2
        912c0030a04c044a30480414222222222222222222222222222222222222222204087761
        6c6c65742d31042001010101010101010101010101010101010101010101010101010101
        01010101040463612d31318201043082010002010380147eea0228f6e4a629df30ff94fd
        7ce6b7fa687aef300b0609608648016503040201a08181302406092a864886f70d010903
        3117061569e69febc0b7d4ba80ff8bffd091f9d7f2912c0030302806092a864886f70d01
        0934311b3019300b0609608648016503040201a10a06082a8648ce3d040302302f06092a
        864886f70d01090431220420c5a3ecfd28d4b0f21402d0efb69a4416d4dcd3330a0d3c28
        c829683146b6f892300a06082a8648ce3d0403020448304602210082de1966f064eba62a
        3201ef6676cce1e5e39e25640bc838f86139c784dee9290221009f232235805130e4cbe2
        fabf2c4bd4455198a2a472506ee72ef95bc004e2fcd2"#]],
    );
}

#[test]
fn error_without_a_signature() {
    let content = ErrorTbs {
        error_code: ErrorCode::DecodingFailure,
        error_nonce: Nonce::new([1; 32]),
        error_oid: None,
        error_thumb: Some(CertThumb::new([2; 32])),
        error_msg: ErrorMsg::BadWrapper(BadWrapper::new(b"garbage").unwrap()),
    };
    check_message(
        &ErrorMessage::Unsigned(content),
        expect![[r#"
        3081d73068020102180f32303236303630313132303030305aa029800877616c6c65742d
        3181076f726465722d318214111111111111111111111111111111111111111181142222
        2222222222222222222222222222222222221a11636f756e746572666f696c2074657374
        73a06bbf876767a16530630a010304200101010101010101010101010101010101010101
        010101010101010101010101a131302f300b060960864801650304020104200202020202
        020202020202020202020202020202020202020202020202020202a20981076761726261
        6765"#]],
    );
}

#[test]
fn capture_token() {
    let content = CapTokenData {
        auth_rrpid: rrpid(),
        auth_amt: amount(),
        token_opaque: TokenOpaque::new(b"opaque").unwrap(),
    };
    check_value(
        &content,
        expect![[r#"
        302b04142222222222222222222222222222222222222222300b020203d20202137e0201
        fe04066f7061717565"#]],
    );
    let key = TokenKey::generate(&mut rng(1));
    check_value(
        &TokenBox::seal(&key, &content, &mut rng(2)).unwrap(),
        expect![[r#"
        305704089a3744504560639e040c8e0bb7534fcf4f12ac7458fb043d8023f7c3b54820c5
        5f55c162bad696e0d94fd5f0ae365eba8c25a0bd59bb4d8d1140ac58bb261f9a2ead30ec
        6b493e6da9532fc0682fbd6189dc607b36"#]],
    );
}
