//! What travels along so that the other side can verify, and what is left out; revocation.

use counterfoil_crypto::cms::signed::SignedData;
use counterfoil_message::exchange::purchase_init::PInitRes;
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_party::merchant;
use counterfoil_party::wallet::Wallet;
use counterfoil_pki::bci::Bci;
use counterfoil_pki::crl::Reason;
use counterfoil_pki::issue::{BciTemplate, CrlTemplate, Issuer, Revoked};
use counterfoil_pki::trust::{Trust, TrustSettings};
use counterfoil_pki::{Certificate, Crl};
use jiff::SignedDuration;

use super::course::{shown, shown_order};
use super::market::{Market, Who};

/// How many certificates and CRLs a PInitRes carries.
fn carried(body: &[u8]) -> (usize, usize) {
    let wrapper = MessageWrapper::decode(body).unwrap();
    let PInitRes(signed) = wrapper.message.decode().unwrap();
    let data = SignedData::parse(signed.content_info()).unwrap();
    (data.certificates.len(), data.crls.len())
}

/// A wallet that knows nothing but the root and its own card.
fn newborn(market: &Market) -> Wallet {
    let root = market.founded.root.issuing.certificate.clone();
    let trust = Trust::new(vec![root], TrustSettings::default()).unwrap();
    let cards = vec![market.forge.card.clone()];
    Wallet::new(market.wallet_settings.clone(), cards, trust).unwrap()
}

#[test]
fn a_wallet_that_knows_only_the_root_gets_everything_along() {
    let mut market = Market::open();
    market.wallet = newborn(&market);
    let order = market.order("49.99", &[]);
    assert_eq!(shown(&market.pay(order).verdict), "paid 49.99 USD, captured 0.00 USD");
    let order = market.order("5.00", &[]);
    assert_eq!(shown(&market.pay(order).verdict), "paid 5.00 USD, captured 0.00 USD");
    let sent = market.sent("PInitRes");
    // Merchant, gateway, and the CAs of merchants, gateways, cardholders and the brand, of which
    // the wallet has the last two; then only merchant and gateway.
    assert_eq!([carried(sent[0]), carried(sent[1])], [(4, 5), (2, 0)]);
}

/// A CRL of the gateways' CA that revokes `certificate`, with the BCI that names it.
fn revoke(market: &mut Market, certificate: &Certificate) -> (Vec<Crl>, Bci) {
    let now = market.now;
    let until = now + SignedDuration::from_hours(24);
    let pca = market.founded.pca.issuing.clone();
    let brand = market.founded.brand.issuing.clone();
    let serial = certificate.serial().to_vec();
    let revoked = Revoked { serial, revoked_at: now, reason: Reason::KeyCompromise };
    let key = pca.key.signing_key().unwrap();
    let issuer = Issuer { certificate: &pca.certificate, key: &*key };
    let template =
        CrlTemplate { number: 2, this_update: now, next_update: until, revoked: &[revoked] };
    let crl = issuer.crl(&template, &mut market.rng).unwrap();
    let others = market.founded.crls.iter().filter(|other| other.issuer() != crl.issuer());
    let crls: Vec<Crl> = others.cloned().chain([crl.clone()]).collect();
    let key = brand.key.signing_key().unwrap();
    let issuer = Issuer { certificate: &brand.certificate, key: &*key };
    let template = BciTemplate { sequence: 2, not_before: now, not_after: until, crls: &crls };
    let bci = issuer.bci(&template, &mut market.rng).unwrap();
    (crls, bci)
}

#[test]
fn a_revoked_gateway_is_sealed_for_by_nobody() {
    let mut market = Market::open();
    let gateway = market.configured[0].clone();
    let (crls, bci) = revoke(&mut market, &gateway);
    // The wallet has heard of it, the merchant has not.
    let mut trust = market.founded.trust(market.now).unwrap();
    trust.add_crls(&crls, &[], market.now).unwrap();
    trust.set_bci(&bci, &[], market.now).unwrap();
    let cards = vec![market.forge.card.clone()];
    market.wallet = Wallet::new(market.wallet_settings.clone(), cards, trust).unwrap();
    let order = market.order("49.99", &[]);
    assert_eq!(shown(&market.pay(order).verdict), "refused: certificate-revoked");
    assert!(market.sent("PReq").is_empty());
}

/// Rows in which a party keeps what messages taught it of revocation.
fn learned(market: &Market, who: Who) -> usize {
    market.records[&who].rows().filter(|(table, _, _)| *table == "learned_revocation").count()
}

#[test]
fn what_an_answer_teaches_of_revocation_survives_a_restart() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    market.pay(order);
    let files_alone = [Who::Wallet, Who::Merchant, Who::Gateway].map(|who| learned(&market, who));
    assert_eq!(files_alone, [0; 3], "what files say is not kept twice");
    // The gateway hears of newer CRLs, and its answer tells the merchant.
    let nobody = market.founded.tls.certificate.clone();
    let newer = revoke(&mut market, &nobody);
    let old = (market.founded.crls.clone(), market.founded.bci.clone());
    (market.founded.crls, market.founded.bci) = newer.clone();
    market.restart(Who::Gateway);
    (market.founded.crls, market.founded.bci) = old;
    let status = market.status(merchant::Command::Capture { order, amount: None });
    assert_eq!(shown_order(&status), "captured: 49.99 USD authorized, 49.99 USD captured");
    assert_eq!(learned(&market, Who::Merchant), 2, "a CRL and the list that names it");
    market.restart(Who::Merchant);
    let order = market.order("5.00", &[]);
    assert_eq!(shown(&market.pay(order).verdict), "paid 5.00 USD, captured 0.00 USD");
    assert!(market.told.iter().any(|(_, told)| told.contains("revocation.restored")));
    assert_eq!(learned(&market, Who::Merchant), 2, "they are believed again");
    // The files catch up: nothing has to be remembered beside them any more.
    (market.founded.crls, market.founded.bci) = newer;
    market.restart(Who::Merchant);
    market.order("1.00", &[]);
    assert_eq!(learned(&market, Who::Merchant), 0);
}

#[test]
fn a_wallet_remembers_what_the_merchant_taught_it() {
    let mut market = Market::open();
    market.wallet = newborn(&market);
    let order = market.order("49.99", &[]);
    assert_eq!(shown(&market.pay(order).verdict), "paid 49.99 USD, captured 0.00 USD");
    let kept = learned(&market, Who::Wallet);
    assert!(kept > 5, "CRLs, their signers and the list: {kept}");
    market.wallet = newborn(&market);
    let order = market.order("5.00", &[]);
    assert_eq!(shown(&market.pay(order).verdict), "paid 5.00 USD, captured 0.00 USD");
    let sent = market.sent("PInitRes");
    assert_eq!(carried(sent[1]), (2, 0), "it says what it holds, and is sent nothing twice");
    assert_eq!(learned(&market, Who::Wallet), kept);
}

#[test]
fn an_inquiry_brings_the_brands_new_state() {
    let mut market = Market::open();
    let order = market.order("49.99", &[]);
    let paid = market.pay(order);
    // A merchant that has a newer BrandCRLIdentifier, and a wallet whose own has ended.
    let nobody = market.founded.tls.certificate.clone();
    market.now += SignedDuration::from_hours(24 * 89);
    let (crls, bci) = revoke(&mut market, &nobody);
    let old = market.founded.clone();
    (market.founded.crls, market.founded.bci) = (crls, bci);
    market.restart(Who::Merchant);
    market.founded = old;
    let again = market.inquire(paid.xid.as_deref().unwrap());
    assert_eq!(shown(&again.verdict), "paid 49.99 USD, captured 0.00 USD");
}
