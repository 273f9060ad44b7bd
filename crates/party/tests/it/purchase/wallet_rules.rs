//! The wallet's rules on PInitRes, PRes and InqRes, each broken alone by a merchant that signs
//! what it should not.

use counterfoil_crypto::oid::{Oid, suite};
use counterfoil_message::exchange::authorization::AuthCode;
use counterfoil_message::exchange::inquiry::InqRes;
use counterfoil_message::exchange::purchase::{CompletionCode, PRes, PResData};
use counterfoil_message::exchange::purchase_init::{PInitRes, PInitResData};
use counterfoil_message::primitive::{
    CertThumb, Challenge, Date, LocalId, MsgExtension, OpenType, Ratio, Rrpid, Xid,
};
use counterfoil_party::identity::Identity;
use jiff::SignedDuration;

use super::course::shown;
use super::forge::Forge;
use super::market::{ANSWER, Fate, Market, Network, Who, merchant_data, plan};

fn extension(critical: bool) -> MsgExtension {
    let extn_value = OpenType::new(&[5, 0]).unwrap();
    MsgExtension { extn_id: Oid::from_arcs(&[1, 2, 3]), critical, extn_value }
}

fn init(
    forge: &mut Forge,
    identity: &Identity,
    body: &[u8],
    change: impl FnOnce(&mut PInitResData),
) -> Vec<u8> {
    forge.resign(identity, body, |PInitRes(signed)| signed, PInitRes, change)
}

/// Bends every PInitRes.
fn bent_init(change: impl Fn(&mut PInitResData) + 'static) -> Network {
    Box::new(move |forge, leg, name, body| {
        if leg != ANSWER || name != "PInitRes" {
            return Fate::Pass;
        }
        let merchant = forge.merchant();
        Fate::Replace(init(forge, &merchant, body, &change))
    })
}

/// Pays, and gives the verdict and how many PReq were sent.
fn pay_through(market: &mut Market, network: Network) -> (String, usize) {
    let order = market.order("49.99", &[]);
    market.network = network;
    let verdict = shown(&market.pay(order).verdict);
    (verdict, market.sent("PReq").len())
}

fn check_init(change: impl Fn(&mut PInitResData) + 'static, expected: &str) {
    let mut market = Market::open();
    let (verdict, sent) = pay_through(&mut market, bent_init(change));
    assert_eq!(verdict, expected);
    let paid = expected.starts_with("paid");
    assert_eq!(sent, usize::from(paid), "nothing is signed after a PInitRes that is refused");
}

#[test]
fn p_init_res_repeats_what_was_asked() {
    check_init(|_| (), "paid 49.99 USD, captured 0.00 USD");
    check_init(|data| data.rrpid = Rrpid::new([0; 20]), "refused: rrpid-unknown");
    let label = || LocalId::new(b"other").unwrap();
    check_init(move |data| data.trans_ids.lid_c = label(), "refused: label-unknown");
    check_init(move |data| data.trans_ids.lid_m = Some(label()), "refused: label-unknown");
    check_init(|data| data.thumbs = None, "refused: thumbs-mismatch");
    check_init(|data| data.chall_c = Challenge::new([0; 32]), "refused: challenge-mismatch");
    check_init(|data| data.trans_ids.xid = Xid::new([0; 20]), "refused: wrapper-mismatch");
}

#[test]
fn nobody_talks_the_suite_down() {
    check_init(|data| data.suites = vec![suite(1)].into(), "refused: suites-altered");
    check_init(|data| data.suite = suite(7), "refused: suite-not-offered");
    check_init(|data| data.suite = suite(2), "refused: suite-mismatch");
}

#[test]
fn p_init_res_names_a_gateway_that_came_along() {
    let thumb = CertThumb::new([0; 32]);
    let change = move |data: &mut PInitResData| data.pe_thumb = thumb.clone();
    check_init(change, "refused: gateway-certificate-missing");
    let expected = "refused: extension-unrecognized";
    check_init(|data| data.pi_rs_extensions = Some(vec![extension(true)].into()), expected);
    let ignored = |data: &mut PInitResData| {
        data.pi_rs_extensions = Some(vec![extension(false)].into());
    };
    check_init(ignored, "paid 49.99 USD, captured 0.00 USD");
}

#[test]
fn the_date_that_the_cardholder_signs_is_todays() {
    for (hours, name) in [(-1, "past"), (1, "future")] {
        let change = move |data: &mut PInitResData| {
            let date = data.trans_ids.p_req_date.timestamp() + SignedDuration::from_hours(hours);
            data.trans_ids.p_req_date = Date::new(date);
        };
        let mut market = Market::open();
        let verdict = pay_through(&mut market, bent_init(change)).0;
        assert_eq!(verdict, "refused: purchase-date", "{name}");
    }
}

/// Replaces the gateway's certificate that the merchant names.
#[test]
fn the_gateway_must_be_one_for_key_exchange() {
    // A merchant that is configured with another merchant's key-exchange certificate names that.
    for (what, expected) in
        [("signature", "refused: wrong-key-usage"), ("merchant", "refused: wrong-role")]
    {
        let mut market = Market::open();
        let order = market.order("49.99", &[]);
        market.network = Box::new(move |forge, leg, name, body| {
            if leg != ANSWER || name != "PInitRes" {
                return Fate::Pass;
            }
            let merchant = forge.merchant();
            let other = match what {
                "signature" => forge.gateway.signature.certificate.clone(),
                _ => forge.shop.exchange.as_ref().unwrap().certificate.clone(),
            };
            let wrapper = counterfoil_message::wrapper::MessageWrapper::decode(body).unwrap();
            let PInitRes(signed) = wrapper.message.decode().unwrap();
            let mut data = super::forge::content_of(&signed);
            data.pe_thumb = CertThumb::new(*other.thumb().as_bytes());
            let chain = [forge.gateway.chain.clone(), merchant.chain.clone(), vec![other]].concat();
            let signed = forge.sign(&merchant, &data, &chain, &[]);
            Fate::Replace(super::forge::wrapped(wrapper.header, &PInitRes(signed)))
        });
        assert_eq!(shown(&market.pay(order).verdict), expected);
        assert!(market.sent("PReq").is_empty());
    }
}

/// Signs PInitRes as somebody else.
fn signed_by(who: fn(&Forge) -> Identity) -> String {
    let mut market = Market::open();
    let network: Network = Box::new(move |forge, leg, name, body| {
        if leg != ANSWER || name != "PInitRes" {
            return Fate::Pass;
        }
        let identity = who(forge);
        Fate::Replace(init(forge, &identity, body, |_| ()))
    });
    pay_through(&mut market, network).0
}

#[test]
fn only_a_merchant_signs_p_init_res() {
    assert_eq!(signed_by(Forge::merchant), "paid 49.99 USD, captured 0.00 USD");
    assert_eq!(signed_by(Forge::gateway), "refused: wrong-role");
    assert_eq!(signed_by(|forge| forge.card.identity.clone()), "refused: wrong-role");
}

#[test]
fn a_merchant_of_another_brand_is_refused() {
    let mut market = Market::open();
    let mut other = plan(market.now);
    other.brand = "OtherCard".into();
    let founded = other.found(&mut market.rng).unwrap();
    let data = merchant_data("SHOP-1");
    let shop = other.merchant(&founded.mca, &data, &mut market.rng).unwrap();
    let identity = shop.identity().unwrap();
    let network: Network = Box::new(move |forge, leg, name, body| {
        if leg != ANSWER || name != "PInitRes" {
            return Fate::Pass;
        }
        Fate::Replace(init(forge, &identity, body, |_| ()))
    });
    assert_eq!(pay_through(&mut market, network).0, "refused: issuer-unknown");
}

#[test]
fn a_changed_octet_is_noticed() {
    let mut market = Market::open();
    let network: Network = Box::new(|_, leg, name, body| {
        if leg != ANSWER || name != "PInitRes" {
            return Fate::Pass;
        }
        let mut changed = body.to_vec();
        let at = changed.len() - 5;
        changed[at] ^= 1;
        Fate::Replace(changed)
    });
    assert_eq!(pay_through(&mut market, network).0, "refused: signature-invalid");
}

/// Bends every PRes and InqRes; gives the verdict and the error that the wallet noted.
fn check_answers(change: impl Fn(&mut PResData) + 'static, expected: &str) {
    let mut market = Market::open();
    let network: Network = Box::new(move |forge, leg, name, body| {
        let merchant = forge.merchant();
        match name {
            "PRes" if leg == ANSWER => {
                Fate::Replace(forge.resign(&merchant, body, |PRes(signed)| signed, PRes, &change))
            }
            "InqRes" if leg == ANSWER => Fate::Replace(forge.resign(
                &merchant,
                body,
                |InqRes(signed)| signed,
                InqRes,
                &change,
            )),
            _ => Fate::Pass,
        }
    });
    let (verdict, _) = pay_through(&mut market, network);
    let refused = market.events_of(Who::Wallet).into_iter().find(|e| e.starts_with("message."));
    let noted = refused.map_or(String::new(), |event| format!(" ({event})"));
    assert_eq!(format!("{verdict}{noted}"), expected);
}

#[test]
fn an_answer_that_breaks_a_rule_says_nothing() {
    check_answers(|_| (), "paid 49.99 USD, captured 0.00 USD");
    let stale = Challenge::new([0; 32]);
    check_answers(
        |data| data.rrpid = Rrpid::new([0; 20]),
        "in doubt: rrpid-unknown (message.refused rrpid-unknown)",
    );
    check_answers(
        |data| data.trans_ids.xid = Xid::new([0; 20]),
        "in doubt: purchase-unknown (message.refused purchase-unknown)",
    );
    check_answers(
        |data| data.trans_ids.lid_c = LocalId::new(b"other").unwrap(),
        "in doubt: label-unknown (message.refused label-unknown)",
    );
    check_answers(
        move |data| data.chall_c = stale,
        "in doubt: challenge-mismatch (message.refused challenge-mismatch)",
    );
}

fn change_entries(
    data: &mut PResData,
    change: impl Fn(&mut counterfoil_message::exchange::purchase::PResPayload),
) {
    let mut entries = data.p_res_payload_seq.clone().into_vec();
    entries.iter_mut().for_each(change);
    data.p_res_payload_seq = entries.into();
}

#[test]
fn paid_only_with_the_gateways_receipt() {
    check_answers(
        |data| change_entries(data, |entry| entry.results.as_mut().unwrap().receipt = None),
        "in doubt: receipt-missing",
    );
    let half = Ratio::new(500_000_000).unwrap();
    check_answers(
        move |data| {
            change_entries(data, |entry| {
                let status = entry.results.as_mut().unwrap().auth_status.as_mut().unwrap();
                status.auth_ratio = half;
            });
        },
        "in doubt: receipt-other-amount",
    );
    let declined = |data: &mut PResData| {
        change_entries(data, |entry| {
            let status = entry.results.as_mut().unwrap().auth_status.as_mut().unwrap();
            status.auth_code = AuthCode::Declined;
        });
    };
    check_answers(declined, "refused: authorization-declined");
    let rejected = |data: &mut PResData| {
        change_entries(data, |entry| entry.completion_code = CompletionCode::OrderRejected);
    };
    check_answers(rejected, "refused: order-rejected");
}

#[test]
fn a_receipt_that_the_merchant_signed_proves_nothing() {
    let mut market = Market::open();
    let network: Network = Box::new(|forge, leg, name, body| {
        if leg != ANSWER || name != "PRes" {
            return Fate::Pass;
        }
        let merchant = forge.merchant();
        let wrapper = counterfoil_message::wrapper::MessageWrapper::decode(body).unwrap();
        let PRes(signed) = wrapper.message.decode().unwrap();
        let mut data = super::forge::content_of(&signed);
        let mut entries = data.p_res_payload_seq.clone().into_vec();
        let results = entries[0].results.as_mut().unwrap();
        let receipt = results.receipt.as_ref().unwrap();
        let content = super::forge::content_of(receipt);
        let like = receipt.content_info().clone();
        results.receipt = Some(forge.sign_like(&merchant, &content, &like));
        data.p_res_payload_seq = entries.into();
        let signed = forge.sign_like(&merchant, &data, signed.content_info());
        Fate::Replace(super::forge::wrapped(wrapper.header, &PRes(signed)))
    });
    assert_eq!(pay_through(&mut market, network).0, "in doubt: receipt-signer");
}

#[test]
fn an_answer_of_another_merchant_says_nothing() {
    let mut market = Market::open();
    let plan = plan(market.now);
    let mca = &market.founded.mca;
    let other = plan.merchant(mca, &merchant_data("SHOP-2"), &mut market.rng).unwrap();
    let identity = other.identity().unwrap();
    let network: Network = Box::new(move |forge, leg, name, body| match name {
        "PRes" if leg == ANSWER => {
            Fate::Replace(forge.resign(&identity, body, |PRes(signed)| signed, PRes, |_| ()))
        }
        "InqRes" if leg == ANSWER => Fate::Lose,
        _ => Fate::Pass,
    });
    let (verdict, _) = pay_through(&mut market, network);
    assert_eq!(verdict, "in doubt: merchant-silent");
    assert!(market.events_of(Who::Wallet).contains(&"message.refused other-merchant"));
}

#[test]
fn what_the_gateway_has_signed_the_merchant_cannot_take_back() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let paid = market.pay(order);
    market.network = Box::new(|forge, leg, name, body| {
        if leg != ANSWER || name != "InqRes" {
            return Fate::Pass;
        }
        let merchant = forge.merchant();
        let no = |data: &mut PResData| {
            change_entries(data, |entry| entry.completion_code = CompletionCode::OrderRejected);
        };
        Fate::Replace(forge.resign(&merchant, body, |InqRes(signed)| signed, InqRes, no))
    });
    let again = market.inquire(paid.xid.as_deref().unwrap());
    assert_eq!(shown(&again.verdict), "paid 49.99 USD, captured 0.00 USD");
}

#[test]
fn not_even_by_forgetting_the_purchase() {
    use counterfoil_message::exchange::error_message::ErrorCode;
    use counterfoil_message::treatment::Sender;
    use counterfoil_message::wrapper::MessageWrapper;
    use counterfoil_party::conversation::Refusal;
    use counterfoil_party::conversation::error_message::{Refused, error_message};

    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let paid = market.pay(order);
    market.network = Box::new(|forge, leg, name, body| {
        if leg != ANSWER || name != "InqRes" {
            return Fate::Pass;
        }
        let merchant = forge.merchant();
        let wrapper = MessageWrapper::decode(body).unwrap();
        let refusal = Refusal::new(ErrorCode::UnknownXid, "test", "test");
        let sender = Sender {
            key: merchant.sign_key.as_ref(),
            certificate: &merchant.sign_certificate,
            chain: &merchant.chain,
            crls: &[],
        };
        let header = Refused::Header(&wrapper.header);
        let (now, rng) = (forge.now, &mut forge.rng);
        Fate::Replace(error_message(&sender, &refusal, header, now, rng).unwrap())
    });
    let again = market.inquire(paid.xid.as_deref().unwrap());
    assert_eq!(shown(&again.verdict), "paid 49.99 USD, captured 0.00 USD");
}
