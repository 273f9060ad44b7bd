//! The messages of one purchase, as tests need them.

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_crypto::suite::Suite;
use counterfoil_message::account::trans_stain;
use counterfoil_message::dual::{Context, Purchase};
use counterfoil_message::exchange::authorization::{
    AuthCode, AuthHeader, AuthReqData, AuthReqItem, AuthReqPayload, AuthResBaggage, AuthResData,
    AuthResPayload, AuthTags, CheckDigests, MerchData, ResponseData,
};
use counterfoil_message::exchange::purchase::{HodInput, OiData, OrderDescription};
use counterfoil_message::instruction::{PiHead, PiInputs};
use counterfoil_message::primitive::text::Count;
use counterfoil_message::primitive::{
    Bin, CardSecret, Challenge, CurrencyAmount, Date, ExNonce, Language, LocalId, MerTermIds,
    MerchantId, Nonce, PanData, RrTags, Rrpid, SwIdent, TransIds, Xid,
};
use counterfoil_message::treatment::digest_of;
use counterfoil_message::wrapper::{MessageHeader, MessageIds, Version};

use crate::deployment::{Deployment, card, now};

pub(crate) fn xid() -> Xid {
    Xid::new([0x11; 20])
}

pub(crate) fn rrpid() -> Rrpid {
    Rrpid::new([0x22; 20])
}

pub(crate) fn trans_ids() -> TransIds {
    TransIds {
        lid_c: LocalId::new(b"wallet-1").unwrap(),
        lid_m: Some(LocalId::new(b"order-1").unwrap()),
        xid: xid(),
        p_req_date: Date::new(now()),
        pay_sys_id: None,
        language: Language::new("de").unwrap(),
    }
}

pub(crate) fn header() -> MessageHeader {
    let ids = MessageIds {
        lid_c: Some(LocalId::new(b"wallet-1").unwrap()),
        lid_m: Some(LocalId::new(b"order-1").unwrap()),
        xid: Some(xid()),
    };
    MessageHeader {
        version: Version,
        revision: Count::ZERO,
        date: Date::new(now()),
        message_ids: Some(ids),
        rrpid: Some(rrpid()),
        sw_ident: SwIdent::new("counterfoil tests").unwrap(),
    }
}

pub(crate) fn amount() -> CurrencyAmount {
    CurrencyAmount::minor(978, 4_990, 2).unwrap()
}

pub(crate) fn hod() -> DetachedDigest {
    let input = HodInput {
        od: OrderDescription::new(b"2 x paper, 1 x ink").unwrap(),
        purch_amt: amount(),
        od_salt: Nonce::new([0x33; 32]),
        install_recur_data: None,
        od_extensions: None,
    };
    digest_of(&input).unwrap()
}

pub(crate) fn oi_data() -> OiData {
    OiData {
        trans_ids: trans_ids(),
        rrpid: rrpid(),
        chall_c: Challenge::new([0x44; 32]),
        hod: hod(),
        od_salt: Nonce::new([0x33; 32]),
        chall_m: Some(Challenge::new([0x55; 32])),
        brand_id: None,
        bin: Bin::new("492912").unwrap(),
        od_ext_oids: None,
        oi_extensions: None,
    }
}

pub(crate) fn pi_head() -> PiHead {
    PiHead {
        trans_ids: trans_ids(),
        inputs: PiInputs { hod: hod(), purch_amt: amount() },
        merchant_id: MerchantId::new("SHOP-1").unwrap(),
        install_recur_data: None,
        trans_stain: trans_stain(&CardSecret::new([0x66; 32]), &xid()),
        sw_ident: SwIdent::new("counterfoil tests").unwrap(),
        acq_back_key_data: None,
        pi_extensions: None,
    }
}

pub(crate) fn pan_data() -> PanData {
    let (pan, card_expiry, pan_secret) = card();
    PanData { pan, card_expiry, pan_secret, ex_nonce: ExNonce::new([0x77; 32]) }
}

pub(crate) fn purchase() -> Purchase {
    Purchase { oi_data: oi_data(), pi_head: pi_head(), pan_data: pan_data() }
}

pub(crate) fn context(deployment: &Deployment, suite: &'static Suite) -> Context {
    let (merchant, gateway) = (&deployment.merchant, &deployment.gateway_exchange);
    Context::new(suite, &merchant.certificate, &gateway.certificate).unwrap()
}

pub(crate) fn auth_tags() -> AuthTags {
    AuthTags {
        auth_rr_tags: RrTags {
            rrpid: rrpid(),
            mer_term_ids: MerTermIds {
                merchant_id: MerchantId::new("SHOP-1").unwrap(),
                terminal_id: None,
                agent_num: None,
                chain_num: None,
                store_num: None,
            },
            current_date: Date::new(now()),
        },
        trans_ids: trans_ids(),
        auth_ret_num: None,
    }
}

pub(crate) fn auth_req_data() -> AuthReqData {
    let payload = AuthReqPayload {
        subsequent_auth_ind: false,
        auth_req_amt: amount(),
        avs_data: None,
        special_processing: None,
        card_suspect: None,
        request_card_type_ind: false,
        install_recur_data: None,
        market_spec_auth_data: None,
        merch_data: MerchData { merch_cat_code: None, merch_group: None },
        a_rq_extensions: None,
    };
    let check_digests = CheckDigests { h_oi_data: digest_of(&oi_data()).unwrap(), hod2: hod() };
    AuthReqData {
        auth_req_item: AuthReqItem {
            auth_tags: auth_tags(),
            check_digests: Some(check_digests),
            auth_req_payload: payload,
        },
        m_thumbs: None,
        capture_now: true,
        sale_detail: None,
    }
}

pub(crate) fn auth_res_data() -> AuthResData {
    let auth_header = AuthHeader {
        auth_amt: amount(),
        auth_code: AuthCode::Approved,
        response_data: ResponseData {
            auth_val_codes: None,
            resp_reason: None,
            card_type: None,
            avs_result: None,
            log_ref_id: None,
        },
        batch_status: None,
        curr_conv: None,
    };
    AuthResData {
        auth_tags: auth_tags(),
        brand_crl_identifier: None,
        pe_thumb: None,
        auth_res_payload: AuthResPayload {
            auth_header,
            cap_res_payload: None,
            a_rs_extensions: None,
        },
    }
}

pub(crate) fn no_baggage() -> AuthResBaggage {
    AuthResBaggage { cap_token: None, acq_card_msg: None, auth_token: None, receipt: None }
}
