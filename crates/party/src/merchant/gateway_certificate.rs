//! PCertReq -> PCertRes: the gateway's key-exchange certificate, and the brand's revocation state
//! with it; and choosing the certificate of a purchase.
//!
//! The merchant asks at start for each brand without a usable certificate or with a
//! BrandCRLIdentifier that ends soon, and again whenever one of them is about to end.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use counterfoil_crypto::key::RecipientKey;
use counterfoil_crypto::oid::Oid;
use counterfoil_crypto::suite::Suite;
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::gateway_certificate::{
    BrandAndBin, PCertCode, PCertReq, PCertReqData, PCertRes,
};
use counterfoil_message::primitive::{BrandCrlIdentifier, Rrpid};
use counterfoil_message::treatment::{self, Check};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_pki::bci::Bci;
use counterfoil_pki::trust::Need;
use counterfoil_pki::{Certificate, KeyUsage, Roles};
use counterfoil_secret::Fault;

use super::gateway_call::{GatewayCall, Purpose, later};
use super::setup::Brand;
use super::{Merchant, Turn};
use crate::conversation::header::{InnerIds, check_ids, header, wrap};
use crate::conversation::held;
use crate::conversation::refusal::{check_extensions, unable};
use crate::conversation::{Failed, Refusal};
use crate::event::Event;
use crate::records::{Octets, RecordsError, Table};

/// What the gateways of a brand sent, by brand. The alarm asks them again.
pub(super) const GATEWAYS: Table<Gateways> = Table::new("gateway_certificate");

/// How long before its end a certificate or BrandCRLIdentifier is asked for anew.
const RENEW_BEFORE_MS: u64 = 60 * 60_000;
/// Shortest wait between two such questions.
const RENEW_WAIT_MS_MIN: u64 = 60_000;

/// Certificates that a PCertRes or AuthRes brought for a brand.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Gateways {
    /// Key-exchange certificates of gateways, DER, newest first.
    certificates: Vec<Octets>,
    /// CA certificates above them, DER.
    chain: Vec<Octets>,
    /// Whether a PCertReq is without an answer.
    open: bool,
    /// When the last PCertReq was made.
    asked_at: Option<Timestamp>,
}

/// Most key-exchange certificates that are kept for one brand.
const GATEWAYS_PER_BRAND_MAX: usize = 4;
/// Most CA certificates that are kept with them.
const GATEWAY_CHAIN_MAX: usize = 16;

/// The gateway of a purchase.
pub(super) struct Chosen {
    /// Its key-exchange certificate, verified.
    pub(super) certificate: Certificate,
    /// The CA certificates above it, without the root.
    pub(super) chain: Vec<Certificate>,
    /// The suite that seals for it.
    pub(super) suite: &'static Suite,
}

impl Merchant {
    /// The first of the wallet's suites for which there is a verified gateway certificate.
    pub(super) fn choose_gateway(
        &mut self,
        turn: &mut Turn<'_, '_>,
        brand: &Brand,
        offered: &[Oid],
    ) -> Result<Chosen, Failed> {
        let held = GATEWAYS.get(turn.env.records, brand.name.as_str().as_bytes())?;
        let pool = pool(brand, &held.unwrap_or_default());
        let mut refused = None;
        for suite in offered.iter().filter_map(|oid| self.suites.iter().find(|s| s.oid == *oid)) {
            for certificate in pool.iter().filter(|c| suite_of(c) == Some(suite)) {
                let need = Need::exchange(Roles::PGWY).of_brand(brand.name.as_str());
                match self.trust.verify(certificate, &pool, turn.env.now, &need) {
                    Ok(verified) => {
                        let chain = verified.chain();
                        let chain = chain[1..chain.len().saturating_sub(1).max(1)].to_vec();
                        return Ok(Chosen { certificate: certificate.clone(), chain, suite });
                    }
                    Err(error) => refused = Some(Refusal::from(&error)),
                }
            }
        }
        if let Some(refusal) = refused {
            return Err(Refusal::unable(refusal.id, refusal.message).into());
        }
        if pool.iter().any(|certificate| suite_of(certificate).is_some()) {
            let message = "wallet, merchant and gateway have no suite in common";
            let code = ErrorCode::UnspecifiedFailure;
            let refusal = Refusal::new(code, "suite-none-common", message);
            return Err(Refusal { fault: Fault::PeerIncompatible, ..refusal }.into());
        }
        let message = "the gateway's key-exchange certificate is not here yet";
        Err(Refusal::unable("gateway-certificate-missing", message).into())
    }

    /// At start: asks for the certificates of every brand that has no usable one.
    pub(super) fn seek_gateways(&mut self, turn: &mut Turn<'_, '_>) -> Result<(), RecordsError> {
        let suites: Vec<Oid> = self.suites.iter().map(|suite| suite.oid).collect();
        for brand in self.brands.clone() {
            match self.choose_gateway(turn, &brand, &suites) {
                Ok(_) => self.plan_renewal(turn, &brand),
                Err(Failed::Records(error)) => return Err(error),
                Err(Failed::Refused(_)) => self.seek_gateway(turn, &brand)?,
            }
        }
        Ok(())
    }

    /// Asks for a brand's certificate, unless that was done a moment ago.
    pub(super) fn seek_gateway(
        &mut self,
        turn: &mut Turn<'_, '_>,
        brand: &Brand,
    ) -> Result<(), RecordsError> {
        let key = brand.name.as_str().as_bytes();
        let gateways = GATEWAYS.get(turn.env.records, key)?.unwrap_or_default();
        let again = gateways.asked_at.map(|at| later(at, RENEW_WAIT_MS_MIN));
        if gateways.open || again.is_some_and(|at| turn.env.now < at) {
            return Ok(());
        }
        self.ask_certificate(turn, brand)
    }

    /// The alarm of a brand's gateways: something ends soon.
    pub(super) fn gateway_due(
        &mut self,
        turn: &mut Turn<'_, '_>,
        key: &[u8],
    ) -> Result<(), RecordsError> {
        let brand = std::str::from_utf8(key).ok().and_then(|name| self.brand(name));
        match brand {
            Some(brand) => self.ask_certificate(turn, &brand),
            None => {
                GATEWAYS.set_alarm(turn.env.records, key, None);
                Ok(())
            }
        }
    }

    fn ask_certificate(
        &mut self,
        turn: &mut Turn<'_, '_>,
        brand: &Brand,
    ) -> Result<(), RecordsError> {
        let key = brand.name.as_str().as_bytes();
        let mut gateways = GATEWAYS.get(turn.env.records, key)?.unwrap_or_default();
        let rrpid = Rrpid::random(turn.env.rng);
        let body = match self.certificate_request(turn, brand, rrpid) {
            Ok(body) => body,
            Err(Failed::Records(error)) => return Err(error),
            Err(Failed::Refused(refusal)) => {
                turn.event(Event::error("merchant.unable").with("reason", refusal.to_string()));
                return Ok(());
            }
        };
        (gateways.open, gateways.asked_at) = (true, Some(turn.env.now));
        GATEWAYS.put(turn.env.records, key, &gateways);
        GATEWAYS.set_alarm(turn.env.records, key, None);
        let purpose = Purpose::Certificate { brand: brand.name.to_string() };
        self.place_call(turn, rrpid, GatewayCall::new(purpose, body));
        Ok(())
    }

    fn certificate_request(
        &self,
        turn: &mut Turn<'_, '_>,
        brand: &Brand,
        rrpid: Rrpid,
    ) -> Result<Vec<u8>, Failed> {
        let wanted = BrandAndBin { brand_id: brand.name.clone(), bin: None };
        let data = PCertReqData {
            p_cert_rr_tags: brand.request_tags(rrpid, turn.env.now),
            m_thumbs: Some(held::thumbs(&self.trust, brand.name.as_str())),
            brand_and_bin_seq: vec![wanted].into(),
            p_c_rq_extensions: None,
        };
        let chain = brand.chain_for_gateway();
        let signed = treatment::sign(&brand.sender(&chain), &data, turn.env.rng)?;
        let header = header(turn.env.now, None, rrpid);
        Ok(wrap(header, &PCertReq(signed)).map_err(unable)?)
    }

    /// PCertRes: the certificate is verified and kept.
    pub(super) fn certificate_answered(
        &mut self,
        turn: &mut Turn<'_, '_>,
        rrpid: &Rrpid,
        brand: &str,
        wrapper: &MessageWrapper,
    ) -> Result<(), Failed> {
        let brand = self.brand(brand).ok_or_else(|| {
            Refusal::unable("brand-not-accepted", "the brand is no longer accepted")
        })?;
        let PCertRes(signed) = wrapper.message.decode()?;
        let need = Need::sign(Roles::PGWY).of_brand(brand.name.as_str());
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let answer = treatment::verify(&signed, &mut check)?;
        let data = answer.content();
        let inner =
            InnerIds { rrpid: &data.p_cert_rr_tags.rrpid, lid_c: None, lid_m: None, xid: None };
        check_ids(&wrapper.header, inner)?;
        let ours = data.p_cert_rr_tags.mer_term_ids.merchant_id == brand.merchant_id;
        if data.p_cert_rr_tags.rrpid != *rrpid || !ours {
            let message = "the answer is to another request";
            return Err(Refusal::new(ErrorCode::UnknownRrpid, "rrpid-unknown", message).into());
        }
        check_extensions([data.p_c_rs_extensions.as_ref()])?;
        let bag = answer.bag().to_vec();
        for bci in data.brand_crl_identifier_seq.iter().flatten() {
            self.learn_bci(turn, bci, &bag);
        }
        let thumb = match &data.p_cert_res_item_seq[..] {
            [item] if item.p_cert_code == PCertCode::Success => item.cert_thumb.as_ref(),
            _ => None,
        };
        let thumb = thumb.map(|thumb| *thumb.thumbprint.as_bytes()).ok_or_else(|| {
            let message = "the gateway has no certificate for this brand";
            Refusal::new(ErrorCode::MissingCertificate, "gateway-certificate-refused", message)
        })?;
        self.keep_gateway(turn, &brand, thumb, &bag)?;
        let key = brand.name.as_str().as_bytes();
        let mut gateways = GATEWAYS.get(turn.env.records, key)?.unwrap_or_default();
        gateways.open = false;
        GATEWAYS.put(turn.env.records, key, &gateways);
        self.plan_renewal(turn, &brand);
        Ok(())
    }

    fn learn_bci(
        &mut self,
        turn: &mut Turn<'_, '_>,
        bci: &BrandCrlIdentifier,
        bag: &[Certificate],
    ) {
        let now = turn.env.now;
        let taken = Bci::from_content_info(bci.0.clone())
            .map_err(|error| error.to_string())
            .and_then(|bci| self.trust.set_bci(&bci, bag, now).map_err(|error| error.to_string()));
        if let Err(reason) = taken {
            turn.event(Event::warning("bci.refused").with("reason", reason));
        }
    }

    /// Takes note of a new key-exchange certificate that AuthRes or CapRes brings. One that does
    /// not hold is no reason to doubt the answer.
    pub(super) fn renew_gateway(
        &mut self,
        turn: &mut Turn<'_, '_>,
        brand: &Brand,
        thumb: [u8; 32],
        bag: &[Certificate],
    ) -> Result<(), RecordsError> {
        match self.keep_gateway(turn, brand, thumb, bag) {
            Ok(()) => Ok(()),
            Err(Failed::Records(error)) => Err(error),
            Err(Failed::Refused(refusal)) => {
                let event = Event::warning("gateway_certificate.refused");
                turn.event(event.with("error", refusal.id).with("reason", refusal.to_string()));
                Ok(())
            }
        }
    }

    /// Verifies and keeps the key-exchange certificate that an answer names by thumb.
    fn keep_gateway(
        &mut self,
        turn: &mut Turn<'_, '_>,
        brand: &Brand,
        thumb: [u8; 32],
        bag: &[Certificate],
    ) -> Result<(), Failed> {
        let key = brand.name.as_str().as_bytes();
        let mut gateways = GATEWAYS.get(turn.env.records, key)?.unwrap_or_default();
        let known = pool(brand, &gateways);
        let named = |certificate: &&Certificate| *certificate.thumb().as_bytes() == thumb;
        let certificate = bag.iter().chain(&known).find(named).cloned().ok_or_else(|| {
            let message = "the gateway's key-exchange certificate did not come along";
            Refusal::new(ErrorCode::MissingCertificate, "certificate-missing", message)
        })?;
        let need = Need::exchange(Roles::PGWY).of_brand(brand.name.as_str());
        let verified = self
            .trust
            .verify(&certificate, bag, turn.env.now, &need)
            .map_err(|error| Refusal::from(&error).with_thumb(thumb))?;
        let newest = std::iter::once(&certificate);
        let leaves = newest.chain(known.iter().filter(|c| !c.basic_constraints().ca && !named(c)));
        let above = &verified.chain()[1..];
        gateways.certificates = octets(leaves.take(GATEWAYS_PER_BRAND_MAX));
        gateways.chain = octets(above.iter().take(GATEWAY_CHAIN_MAX));
        GATEWAYS.put(turn.env.records, key, &gateways);
        let event = Event::info("gateway_certificate.stored").with("brand", brand.name.as_str());
        turn.event(event.with("thumb", certificate.thumb().to_string()));
        Ok(())
    }

    /// Nothing came of the question: it is asked again later.
    pub(super) fn certificate_failed(
        &mut self,
        turn: &mut Turn<'_, '_>,
        brand: &str,
    ) -> Result<(), RecordsError> {
        let mut gateways = GATEWAYS.get(turn.env.records, brand.as_bytes())?.unwrap_or_default();
        gateways.open = false;
        GATEWAYS.put(turn.env.records, brand.as_bytes(), &gateways);
        let at = later(turn.env.now, RENEW_WAIT_MS_MIN);
        GATEWAYS.set_alarm(turn.env.records, brand.as_bytes(), Some(at));
        Ok(())
    }

    /// Arms the alarm that asks anew before a certificate or the BrandCRLIdentifier ends.
    fn plan_renewal(&mut self, turn: &mut Turn<'_, '_>, brand: &Brand) {
        let now = turn.env.now;
        let bci = self.trust.bci(brand.name.as_str()).map(Bci::not_after);
        let end = [Some(brand.exchange.certificate.not_after()), bci].into_iter().flatten().min();
        let end = end.unwrap_or(now);
        let left_ms = u64::try_from(end.as_millisecond() - now.as_millisecond()).unwrap_or(0);
        let before = RENEW_BEFORE_MS.min(left_ms / 2);
        let wait = (left_ms - before).max(RENEW_WAIT_MS_MIN);
        GATEWAYS.set_alarm(
            turn.env.records,
            brand.name.as_str().as_bytes(),
            Some(later(now, wait)),
        );
    }
}

/// The suite that seals for a gateway's key-exchange certificate; nothing for other certificates.
fn suite_of(certificate: &Certificate) -> Option<&'static Suite> {
    let exchange = KeyUsage::KEY_AGREEMENT | KeyUsage::KEY_ENCIPHERMENT;
    let usage = certificate.key_usage().is_some_and(|usage| usage.intersects(exchange));
    if !usage || !certificate.roles().intersects(Roles::PGWY) {
        return None;
    }
    RecipientKey::from_spki(certificate.spki_der()).ok().map(|key| key.suite())
}

/// Every certificate that is configured or was received for a brand.
fn pool(brand: &Brand, held: &Gateways) -> Vec<Certificate> {
    let received = held.certificates.iter().chain(&held.chain);
    let received = received.filter_map(|der| Certificate::from_der(&der.0).ok());
    received.chain(brand.gateway_certificates.iter().cloned()).collect()
}

fn octets<'a>(certificates: impl Iterator<Item = &'a Certificate>) -> Vec<Octets> {
    certificates.map(|certificate| Octets(certificate.der().to_vec())).collect()
}
