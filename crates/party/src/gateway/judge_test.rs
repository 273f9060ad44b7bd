//! Each check of [`super::judge`], broken alone.

use counterfoil_crypto::oid::content_type;
use counterfoil_message::exchange::authorization::{
    AuthReqItem, AuthReqPayload, AuthTags, CheckDigests, MerchData,
};
use counterfoil_message::primitive::text::Count;
use counterfoil_message::primitive::{
    Date, Language, LocalId, MerTermIds, Recurring, RrTags, Rrpid, Xid,
};

use super::*;

const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_second(NOW).unwrap()
}

fn digest(n: u8) -> DetachedDigest {
    DetachedDigest::of(content_type(7), &[n])
}

fn ids(xid: u8, lid_c: &[u8], lid_m: Option<&[u8]>) -> TransIds {
    TransIds {
        lid_c: LocalId::new(lid_c).unwrap(),
        lid_m: lid_m.map(|lid| LocalId::new(lid).unwrap()),
        xid: Xid::new([xid; 20]),
        p_req_date: Date::new(now()),
        pay_sys_id: None,
        language: Language::new("en").unwrap(),
    }
}

fn dollars(cents: u64) -> CurrencyAmount {
    CurrencyAmount::minor(840, cents, 2).unwrap()
}

/// A request, an instruction and a policy that agree.
struct Case {
    request: AuthReqData,
    instructed: Instructed,
    brand: &'static str,
    merchant: &'static str,
    card_certificate_required: bool,
    capture_now: bool,
    used: bool,
    token_cancelled: bool,
}

impl Case {
    fn agreeing() -> Self {
        let merchant_id = MerchantId::new("M-1").unwrap();
        let request = AuthReqData {
            auth_req_item: AuthReqItem {
                auth_tags: AuthTags {
                    auth_rr_tags: RrTags {
                        rrpid: Rrpid::new([9; 20]),
                        mer_term_ids: MerTermIds {
                            merchant_id: merchant_id.clone(),
                            terminal_id: None,
                            agent_num: None,
                            chain_num: None,
                            store_num: None,
                        },
                        current_date: Date::new(now()),
                    },
                    trans_ids: ids(1, b"c", Some(b"m")),
                    auth_ret_num: None,
                },
                check_digests: Some(CheckDigests { h_oi_data: digest(1), hod2: digest(2) }),
                auth_req_payload: AuthReqPayload {
                    subsequent_auth_ind: false,
                    auth_req_amt: dollars(4999),
                    avs_data: None,
                    special_processing: None,
                    card_suspect: None,
                    request_card_type_ind: false,
                    install_recur_data: None,
                    market_spec_auth_data: None,
                    merch_data: MerchData { merch_cat_code: None, merch_group: None },
                    a_rq_extensions: None,
                },
            },
            m_thumbs: None,
            capture_now: false,
            sale_detail: None,
        };
        let instructed = Instructed {
            form: Form::DualSigned { brand: "Visa".into(), account_matches: true },
            trans_ids: ids(1, b"c", Some(b"m")),
            merchant_id,
            purchase: dollars(4999),
            hod: digest(2),
            h_oi_data: Some(digest(1)),
            install_recur: None,
        };
        Self {
            request,
            instructed,
            brand: "Visa",
            merchant: "M-1",
            card_certificate_required: true,
            capture_now: true,
            used: false,
            token_cancelled: false,
        }
    }

    /// The second part of a purchase of 49.99 of which 20.00 was authorized `days` ago.
    fn token(days: i64, terms: Option<InstallRecurInd>) -> Self {
        let mut case = Self::agreeing();
        let previous = Timestamp::from_second(NOW - days * DAY_SECONDS).unwrap();
        let total = Amount { currency: 840, minor: 2000 };
        case.instructed.form = Form::Token { count: 1, previous, total };
        case.instructed.h_oi_data = None;
        case.instructed.install_recur = terms
            .map(|install_recur_ind| InstallRecurData { install_recur_ind, ir_extensions: None });
        case.request.auth_req_item.check_digests = None;
        case.asking(2999)
    }

    fn asking(mut self, cents: u64) -> Self {
        self.request.auth_req_item.auth_req_payload.auth_req_amt = dollars(cents);
        self
    }

    fn judge(&self) -> Result<Judged, AuthCode> {
        let policy = Policy {
            brand: self.brand,
            card_certificate_required: self.card_certificate_required,
            capture_now: self.capture_now,
            merchant_certificate_id: self.merchant,
            instruction_used: self.used,
            token_cancelled: self.token_cancelled,
            now: now(),
        };
        judge(&self.request, &self.instructed, &policy)
    }
}

/// Breaks one thing of an agreeing case and expects just this code.
#[track_caller]
fn refused(expected: AuthCode, breaking: impl FnOnce(&mut Case)) {
    let mut case = Case::agreeing();
    breaking(&mut case);
    assert_eq!(case.judge(), Err(expected));
}

#[test]
fn what_agrees_is_authorized() {
    let judged = Case::agreeing().judge().unwrap();
    assert_eq!(judged.asked.minor, 4999);
    let mut without = Case::agreeing();
    without.instructed.trans_ids.lid_m = None;
    assert!(without.judge().is_ok(), "LID-M is compared only where both have one");
}

#[test]
fn refuses_another_purchase_than_the_signed_one() {
    let set = |trans_ids: TransIds| {
        move |case: &mut Case| case.request.auth_req_item.auth_tags.trans_ids = trans_ids
    };
    refused(AuthCode::PiAuthMismatch, set(ids(2, b"c", Some(b"m"))));
    refused(AuthCode::PiAuthMismatch, set(ids(1, b"d", Some(b"m"))));
    refused(AuthCode::PiAuthMismatch, set(ids(1, b"c", Some(b"n"))));
}

#[test]
fn refuses_a_card_of_another_brand() {
    refused(AuthCode::CardMerchBrandMismatch, |case| case.brand = "MasterCard");
}

#[test]
fn refuses_an_account_that_the_certificate_does_not_name() {
    refused(AuthCode::PiAuthMismatch, |case| {
        case.instructed.form = Form::DualSigned { brand: "Visa".into(), account_matches: false };
    });
}

#[test]
fn refuses_an_unsigned_instruction_unless_the_certificate_allows_it() {
    refused(AuthCode::SignatureRequired, |case| case.instructed.form = Form::Unsigned);
    let mut allowed = Case::agreeing();
    allowed.instructed.form = Form::Unsigned;
    allowed.card_certificate_required = false;
    assert!(allowed.judge().is_ok());
}

#[test]
fn refuses_an_instruction_that_was_used() {
    refused(AuthCode::PiPreviouslyUsed, |case| case.used = true);
}

#[test]
fn refuses_the_token_of_an_authorization_that_was_cancelled() {
    let mut case = Case::token(1, None);
    case.token_cancelled = true;
    assert_eq!(case.judge(), Err(AuthCode::InvalidTransaction));
    case.token_cancelled = false;
    assert!(case.judge().is_ok());
}

#[test]
fn refuses_a_merchant_and_a_cardholder_with_two_orders() {
    refused(AuthCode::PiAuthMismatch, |case| case.instructed.hod = digest(3));
    refused(AuthCode::PiAuthMismatch, |case| case.instructed.h_oi_data = Some(digest(3)));
    refused(AuthCode::PiAuthMismatch, |case| case.request.auth_req_item.check_digests = None);
}

#[test]
fn refuses_a_merchant_that_the_cardholder_did_not_mean() {
    refused(AuthCode::PiAuthMismatch, |case| case.merchant = "M-2");
    refused(AuthCode::PiAuthMismatch, |case| {
        case.instructed.merchant_id = MerchantId::new("M-2").unwrap();
    });
}

#[test]
fn refuses_more_than_the_cardholder_agreed_to() {
    assert_eq!(Case::agreeing().asking(5000).judge(), Err(AuthCode::AmountError));
    refused(AuthCode::AmountError, |case| {
        case.instructed.purchase = CurrencyAmount::minor(978, 4999, 2).unwrap();
    });
    refused(AuthCode::AmountError, |case| {
        case.instructed.purchase = CurrencyAmount::minor(840, 4999, 3).unwrap();
    });
}

#[test]
fn refuses_a_sale_where_the_gateway_only_authorizes() {
    refused(AuthCode::CaptureNotSupported, |case| {
        case.request.capture_now = true;
        case.capture_now = false;
    });
}

#[test]
fn the_parts_of_a_split_purchase_add_up_to_no_more_than_the_whole() {
    let judged = Case::token(1, None).judge().unwrap();
    assert_eq!((judged.count, judged.earlier_minor, judged.asked.minor), (1, 2000, 2999));
    assert_eq!(Case::token(1, None).asking(3000).judge(), Err(AuthCode::AmountError));
}

#[test]
fn instalments_end_with_the_number_that_the_cardholder_agreed_to() {
    let terms = |most| Some(InstallRecurInd::InstallTotalTrans(Count::new(most).unwrap()));
    assert!(Case::token(1, terms(2)).judge().is_ok());
    assert_eq!(Case::token(1, terms(1)).judge(), Err(AuthCode::InstallRecurMismatch));
}

#[test]
fn recurring_payments_keep_their_interval_and_their_end() {
    let terms = |ends_in_days: i64| {
        Some(InstallRecurInd::Recurring(Recurring {
            recurring_frequency: Count::new(28).unwrap(),
            recurring_expiry: Date::new(
                Timestamp::from_second(NOW + ends_in_days * DAY_SECONDS).unwrap(),
            ),
        }))
    };
    assert!(Case::token(28, terms(1)).asking(4999).judge().is_ok());
    assert_eq!(Case::token(27, terms(1)).judge(), Err(AuthCode::RecurringTooSoon));
    assert_eq!(Case::token(28, terms(-1)).judge(), Err(AuthCode::RecurringExpired));
}

#[test]
fn refuses_terms_that_the_cardholder_did_not_sign() {
    refused(AuthCode::InstallRecurMismatch, |case| {
        case.request.auth_req_item.auth_req_payload.install_recur_data = Some(InstallRecurData {
            install_recur_ind: InstallRecurInd::InstallTotalTrans(Count::new(3).unwrap()),
            ir_extensions: None,
        });
    });
}
