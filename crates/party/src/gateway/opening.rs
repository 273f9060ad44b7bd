//! Opening what merchants send: envelope, signature, certificates, payment instruction.

use counterfoil_crypto::digest::{DetachedDigest, sha256};
use counterfoil_message::account::is_cardholder;
use counterfoil_message::codec;
use counterfoil_message::container::Ex;
use counterfoil_message::container::TokenBox;
use counterfoil_message::dual::{Context, Instruction};
use counterfoil_message::exchange::authorization::{AuthReq, AuthReqData};
use counterfoil_message::exchange::capture::{CapReq, CapReqData};
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::instruction::{Pi, PiDualSigned, PiOiLink};
use counterfoil_message::primitive::{CardExpiry, CardNumber, PanData, PanToken};
use counterfoil_message::token::AuthTokenTbe;
use counterfoil_message::treatment::{self, Authentic, Binding, Check, Opener};
use counterfoil_message::wrapper::{MessageHeader, MessageWrapper};
use counterfoil_pki::trust::{Need, Verified};
use counterfoil_pki::{Certificate, KeyUsage, Roles};

use super::authorize::OpenedAuthorization;
use super::capture::OpenedCapture;
use super::judge::{Form, Instructed};
use super::ledger::{MERCHANT_CERTIFICATES, MerchantKeys};
use super::response::unable;
use super::{Failed, Gateway, Outcome};
use crate::amount::Amount;
use crate::bank_link::{CardData, Expiry};
use crate::conversation::header::{InnerIds, check_ids};
use crate::conversation::refusal::check_extensions;
use crate::conversation::{Refusal, Turn};
use crate::records::Octets;

/// Most certificates that a run remembers to have recorded; recording one again does no harm.
const FILED_MAX: usize = 4_096;

/// A payment instruction, opened, with its card.
struct OpenedInstruction {
    instructed: Instructed,
    pan_token: PanToken,
    trans_stain: Option<[u8; 32]>,
}

impl Gateway {
    /// Steps 1 and 2 of the AuthReq processing: envelope, signature, instruction.
    pub(super) fn open_authorization(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        wrapper: &MessageWrapper,
    ) -> Result<OpenedAuthorization, Failed> {
        let request: AuthReq = wrapper.message.decode().map_err(Refusal::from)?;
        let binding = Binding::of_header(&wrapper.header).map_err(unable)?;
        let exchange = self.exchange.clone();
        let opener = Opener { key: exchange.key.as_ref(), certificate: &exchange.certificate };
        let brand = self.settings.brand.clone();
        let need = Need::sign(Roles::MER).of_brand(&brand);
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let authentic = treatment::open_enc_b(&request.0, &opener, &binding, &mut check)
            .map_err(Refusal::from)?;
        self.check_authorization(&wrapper.header, authentic.content())?;
        let merchant = self.merchant_keys(turn, &authentic)?;
        let sign_certificate = authentic.signer().certificate().clone();
        let data = authentic.into_content();
        let opened = match &request.0.baggage {
            Pi::DualSigned(pi) => self.open_dual(turn, &data, pi, &sign_certificate)?,
            Pi::Unsigned(pi) => self.open_unsigned(&data, pi, &wrapper.header)?,
            Pi::AuthToken(token) => self.open_auth_token(token)?,
        };
        let instruction = sha256(&codec::encode(&request.0.baggage).map_err(unable)?);
        Ok(OpenedAuthorization {
            request: data,
            merchant,
            card: card_of(&opened.pan_token)?,
            instructed: opened.instructed,
            pan_token: opened.pan_token,
            trans_stain: opened.trans_stain,
            instruction,
        })
    }

    fn check_authorization(
        &self,
        header: &MessageHeader,
        data: &AuthReqData,
    ) -> Result<(), Refusal> {
        let tags = &data.auth_req_item.auth_tags;
        check_ids(header, InnerIds::of(&tags.auth_rr_tags.rrpid, &tags.trans_ids))?;
        let payload = &data.auth_req_item.auth_req_payload;
        check_extensions([payload.a_rq_extensions.as_ref()])
    }

    fn open_dual(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        data: &AuthReqData,
        pi: &PiDualSigned,
        merchant: &Certificate,
    ) -> Result<OpenedInstruction, Failed> {
        let exchange = self.exchange.clone();
        let opener = Opener { key: exchange.key.as_ref(), certificate: &exchange.certificate };
        let context =
            Context::new(exchange.key.suite(), merchant, &exchange.certificate).map_err(unable)?;
        let xid = data.auth_req_item.auth_tags.trans_ids.xid;
        let need = Need::sign(Roles::CARD);
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let opened =
            Instruction::open(pi, &opener, &context, xid, &mut check).map_err(Refusal::from)?;
        let head = opened.pi_head();
        check_extensions([head.pi_extensions.as_ref()])?;
        let pan_data: PanData = opened.pan_data().open(&opener).map_err(Refusal::from)?;
        let cardholder = opened.cardholder().certificate();
        let name = cardholder.common_name().unwrap_or_default();
        let form = Form::DualSigned {
            brand: cardholder.brand().map(brand_name).unwrap_or_default(),
            account_matches: is_cardholder(name, &pan_data),
        };
        Ok(OpenedInstruction {
            instructed: Instructed {
                form,
                trans_ids: head.trans_ids.clone(),
                merchant_id: head.merchant_id.clone(),
                purchase: head.inputs.purch_amt,
                hod: head.inputs.hod,
                h_oi_data: Some(*opened.h_oi_data()),
                install_recur: head.install_recur_data.clone(),
            },
            trans_stain: Some(*head.trans_stain.as_bytes()),
            pan_token: PanToken {
                pan: pan_data.pan.clone(),
                card_expiry: pan_data.card_expiry.clone(),
                ex_nonce: pan_data.ex_nonce.clone(),
            },
        })
    }

    /// An unsigned instruction is opened so that the refusal is about what it says, and so that
    /// a gateway whose certificate allows it can take it.
    fn open_unsigned(
        &self,
        data: &AuthReqData,
        pi: &Ex<PiOiLink>,
        header: &MessageHeader,
    ) -> Result<OpenedInstruction, Failed> {
        if self.card_certificate_required() {
            return Err(Refusal::new(
                ErrorCode::SignatureRequired,
                "signature-required",
                "this gateway takes payment instructions only from cardholders with certificates",
            )
            .into());
        }
        let opener =
            Opener { key: self.exchange.key.as_ref(), certificate: &self.exchange.certificate };
        let (link, sealed) = treatment::open_ex(pi, &opener, header).map_err(Refusal::from)?;
        let pan_token = sealed.open(&opener).map_err(Refusal::from)?;
        let head = link.pi_head;
        let _ = data;
        Ok(OpenedInstruction {
            instructed: Instructed {
                form: Form::Unsigned,
                trans_ids: head.trans_ids,
                merchant_id: head.merchant_id,
                purchase: head.inputs.purch_amt,
                hod: head.inputs.hod,
                h_oi_data: Some(link.h_oi_data),
                install_recur: head.install_recur_data,
            },
            trans_stain: None,
            pan_token,
        })
    }

    fn open_auth_token(&self, token: &TokenBox) -> Result<OpenedInstruction, Failed> {
        let AuthTokenTbe { auth_token_data: data, pan_token } = self.open_token(token)?;
        let opaque = data.auth_token_opaque.as_ref().map_or(&[][..], |opaque| opaque.as_bytes());
        let hod: DetachedDigest = codec::decode(opaque).map_err(Refusal::from)?;
        let total = data.total_auth_amount.as_ref().map(Amount::from_wire);
        let purchase = Amount::from_wire(&data.purch_amt).map_err(unable)?;
        let none = Amount { minor: 0, ..purchase };
        Ok(OpenedInstruction {
            instructed: Instructed {
                form: Form::Token {
                    count: data.recurring_count.map_or(1, |count| count.get()),
                    previous: data.prev_auth_date_time.timestamp(),
                    total: total.transpose().map_err(unable)?.unwrap_or(none),
                },
                trans_ids: data.trans_ids,
                merchant_id: data.merchant_id,
                purchase: data.purch_amt,
                hod,
                h_oi_data: None,
                install_recur: data.install_recur_data,
            },
            trans_stain: None,
            pan_token,
        })
    }

    /// Opens and verifies a CapReq.
    pub(super) fn open_capture(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        wrapper: &MessageWrapper,
    ) -> Result<OpenedCapture, Failed> {
        let request: CapReq = wrapper.message.decode().map_err(Refusal::from)?;
        let CapReq::EncB(request) = request else {
            return Err(Refusal::new(
                ErrorCode::MessageNotSupported,
                "capture-with-pan",
                "this gateway holds the card itself and takes no CapReq with PANToken",
            )
            .into());
        };
        let binding = Binding::of_header(&wrapper.header).map_err(unable)?;
        let exchange = self.exchange.clone();
        let opener = Opener { key: exchange.key.as_ref(), certificate: &exchange.certificate };
        let brand = self.settings.brand.clone();
        let need = Need::sign(Roles::MER).of_brand(&brand);
        let mut check = Check { trust: &mut self.trust, now: turn.env.now, need };
        let authentic: Authentic<CapReqData> =
            treatment::open_enc_b(&request, &opener, &binding, &mut check)
                .map_err(Refusal::from)?;
        let data = authentic.content();
        if wrapper.header.rrpid.as_ref() != Some(&data.cap_rr_tags.rrpid) {
            return Err(Refusal::mismatch("RRPID").into());
        }
        check_extensions([data.c_rq_extensions.as_ref()])?;
        let merchant = self.merchant_keys(turn, &authentic)?;
        let named = data.cap_rr_tags.mer_term_ids.merchant_id.as_str();
        if named != merchant.id {
            return Err(other_merchant(named).into());
        }
        let tokens = request.baggage;
        Ok(OpenedCapture { request: authentic.into_content(), tokens, merchant })
    }

    /// Records a certificate that answers will be sealed for, unless this run has done so.
    fn file_certificate(&mut self, turn: &mut Turn<'_, '_, Outcome>, certificate: &Certificate) {
        if self.filed.len() >= FILED_MAX {
            self.filed.clear();
        }
        let thumb = certificate.thumb();
        if self.filed.insert(thumb) {
            let der = Octets(certificate.der().to_vec());
            MERCHANT_CERTIFICATES.put(turn.env.records, thumb.as_bytes(), &der);
        }
    }

    /// The merchant's certificates: the one that signed, and the one that answers are sealed for.
    pub(super) fn merchant_keys<T>(
        &mut self,
        turn: &mut Turn<'_, '_, Outcome>,
        authentic: &Authentic<T>,
    ) -> Result<MerchantKeys, Refusal> {
        let signer: &Verified = authentic.signer();
        let signature = signer.certificate();
        let missing = |what: &str| {
            Refusal::new(
                ErrorCode::MissingCertificate,
                "merchant-certificate-missing",
                format!("the message carries no {what} of the merchant"),
            )
        };
        let data = signature.merchant_data().ok_or_else(|| missing("merchantData"))?;
        let exchange = authentic
            .bag()
            .iter()
            .find(|certificate| is_exchange_of(certificate, &data.mer_id))
            .ok_or_else(|| missing("key-exchange certificate"))?;
        let brand = self.settings.brand.clone();
        let need = Need::exchange(Roles::MER).of_brand(&brand);
        self.trust
            .verify(exchange, authentic.bag(), turn.env.now, &need)
            .map_err(|error| Refusal::from(&error))?;
        self.file_certificate(turn, exchange);
        Ok(MerchantKeys {
            id: data.mer_id.clone(),
            name: data.mer_names.first().map_or_else(String::new, |name| name.name.clone()),
            sign_thumb: Octets(signature.thumb().as_bytes().to_vec()),
            exchange_thumb: Octets(exchange.thumb().as_bytes().to_vec()),
        })
    }
}

/// A merchant that speaks for another.
pub(super) fn other_merchant(named: &str) -> Refusal {
    Refusal::new(
        ErrorCode::InvalidCertificate,
        "merchant-id-mismatch",
        format!(
            "the message names merchant '{named}', and another merchant's certificate signed it"
        ),
    )
}

fn is_exchange_of(certificate: &Certificate, mer_id: &str) -> bool {
    let exchange = KeyUsage::KEY_AGREEMENT | KeyUsage::KEY_ENCIPHERMENT;
    certificate.roles().contains(Roles::MER)
        && certificate.key_usage().is_some_and(|usage| usage.intersects(exchange))
        && certificate.merchant_data().is_some_and(|data| data.mer_id == mer_id)
}

/// "Brand" of "Brand:Product".
fn brand_name(brand_id: &str) -> String {
    brand_id.split(':').next().unwrap_or_default().to_owned()
}

fn card_of(token: &PanToken) -> Result<CardData, Refusal> {
    let CardNumber(pan) = &token.pan;
    let expiry: &CardExpiry = &token.card_expiry;
    let expiry = Expiry::parse(expiry.expose()).map_err(unable)?;
    Ok(CardData { pan: pan.clone(), expiry })
}
