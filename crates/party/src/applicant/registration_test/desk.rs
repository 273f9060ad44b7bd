//! An applicant made by hand, that can break one rule at a time, and reads what the CA answers.

use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_crypto::suite::P256;
use counterfoil_message::exchange::card_init::CardCInitReq;
use counterfoil_message::exchange::certificate_inquiry::{CertInqReq, CertInqReqTbs, CertInqRes};
use counterfoil_message::exchange::certificate_request::{
    CertReq, CertReqData, CertRes, CertResData, PublicKeySorE,
};
use counterfoil_message::exchange::error_message::ErrorMessage;
use counterfoil_message::exchange::merchant_acquirer_init::{MeAqCInitReq, MeAqCInitRes};
use counterfoil_message::exchange::reg_form::{RegFormReq, RegFormReqData, RegFormRes};
use counterfoil_message::primitive::foreign::PublicKey;
use counterfoil_message::primitive::text::{Count, PrivateText, ShortText};
use counterfoil_message::primitive::{
    AcctInfo, BackKey, BackKeyData, Bin, BrandId, CardExpiry, CardNumber, CardSecret, Challenge,
    Date, ExNonce, Language, LocalId, MerchantId, PanData0, PanOnly, Rrpid,
};
use counterfoil_message::registration::{
    IdData, MerchantAcquirerId, RegFormItem, RegFormOrReferral, RequestType,
};
use counterfoil_message::treatment::registration::{Applicant as Signers, enc, enc_x, sign_by_key};
use counterfoil_message::treatment::{self, Binding, Check, Recipient, Sender};
use counterfoil_message::wrapper::{MessageHeader, MessageWrapper};
use counterfoil_pki::trust::{Need, Trust};
use counterfoil_pki::{Certificate, Roles};
use counterfoil_secret::Pan;

use super::world::{BIN, EXPIRY, PAN, PASSPHRASE, QUESTION, World, founded_ca};
use crate::ca::{BACK_KEY_ALGORITHM, CaConfig, CaKind, applicant_ids};
use crate::conversation::header::{header, wrap};

pub(super) struct Desk {
    pub(super) world: World,
    kind: CaKind,
    /// Makes every id and key different from the last.
    next: u8,
}

/// An open session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) lid_ca: LocalId,
    pub(super) chall_ca: Challenge,
}

/// A certificate request before it is signed and sealed.
pub(super) struct Draft {
    pub(super) header: MessageHeader,
    pub(super) content: CertReqData,
    pub(super) card: PanData0,
    /// Signs instead of the key in the content.
    pub(super) key: KeyPair,
    /// Signs as well.
    pub(super) present: Option<(KeyPair, Certificate)>,
    /// Sends the other form of CertReq than this kind of CA takes.
    pub(super) other_form: bool,
    /// Takes another header for the wrapper than for the envelope.
    pub(super) other_header: bool,
}

pub(super) fn lid_ee() -> LocalId {
    LocalId::new(b"applicant").unwrap()
}

fn back_key() -> BackKey {
    BackKey::new([3; 32])
}

impl Desk {
    pub(super) fn new(kind: CaKind) -> Self {
        Self::with(kind, |_| ())
    }

    pub(super) fn with(kind: CaKind, change: impl Fn(&mut CaConfig)) -> Self {
        Self { world: World::with(kind, change), kind, next: 0 }
    }

    pub(super) fn fresh(&mut self) -> u8 {
        self.next += 1;
        self.next
    }

    fn header(&mut self) -> MessageHeader {
        let rrpid = Rrpid::new([self.fresh(); 20]);
        header(self.world.now, Some(applicant_ids(lid_ee())), rrpid)
    }

    pub(super) fn key(&mut self, key_use: KeyUse) -> KeyPair {
        KeyPair::generate(&DETERMINISTIC, &P256, key_use, &mut self.world.rng).unwrap()
    }

    pub(super) fn recipient(&self) -> Recipient {
        let ca = founded_ca(&self.world.founded, self.kind);
        Recipient::new(&ca.exchange.as_ref().unwrap().certificate).unwrap()
    }

    fn trust(&self) -> Trust {
        self.world.founded.trust(self.world.now).unwrap()
    }

    fn role(&self) -> Roles {
        match self.kind {
            CaKind::Cca => Roles::CCA,
            CaKind::Mca => Roles::MCA,
            _ => Roles::PCA,
        }
    }

    /// CardCInitReq with a change.
    pub(super) fn card_init(
        &mut self,
        change: impl Fn(&mut MessageHeader, &mut CardCInitReq),
    ) -> Vec<u8> {
        let mut header = self.header();
        let mut request = CardCInitReq {
            rrpid: header.rrpid.unwrap(),
            lid_ee: lid_ee(),
            chall_ee: Challenge::new([1; 32]),
            brand_id: BrandId::new("Acme").unwrap(),
            thumbs: None,
        };
        change(&mut header, &mut request);
        wrap(header, &request).unwrap()
    }

    /// RegFormReq with a change.
    pub(super) fn reg_form(
        &mut self,
        change: impl Fn(&mut MessageHeader, &mut RegFormReqData),
    ) -> Vec<u8> {
        let mut header = self.header();
        let mut request = RegFormReqData {
            rrpid: header.rrpid.unwrap(),
            lid_ee: lid_ee(),
            chall_ee2: Challenge::new([1; 32]),
            lid_ca: None,
            request_type: RequestType::CardInitialSig,
            language: Language::new("en").unwrap(),
            thumbs: None,
        };
        let card =
            PanOnly { pan: CardNumber(Pan::parse(PAN).unwrap()), ex_nonce: ExNonce::new([4; 32]) };
        change(&mut header, &mut request);
        let recipient = self.recipient();
        let sealed =
            treatment::ex(&recipient, &header, &request, &card, &mut self.world.rng).unwrap();
        wrap(header, &RegFormReq(sealed)).unwrap()
    }

    /// Me-AqCInitReq with a change.
    pub(super) fn merchant_init(
        &mut self,
        change: impl Fn(&mut MessageHeader, &mut MeAqCInitReq),
    ) -> Vec<u8> {
        let mut header = self.header();
        let mut request = MeAqCInitReq {
            rrpid: header.rrpid.unwrap(),
            lid_ee: lid_ee(),
            chall_ee: Challenge::new([1; 32]),
            request_type: RequestType::MerInitialBoth,
            id_data: merchant("M-1"),
            brand_id: BrandId::new("Acme").unwrap(),
            language: Language::new("en").unwrap(),
            thumbs: None,
        };
        change(&mut header, &mut request);
        wrap(header, &request).unwrap()
    }

    /// Opens a session.
    pub(super) fn session(&mut self) -> Session {
        self.session_for(RequestType::MerInitialBoth)
    }

    pub(super) fn session_for(&mut self, request_type: RequestType) -> Session {
        let body = match self.kind {
            CaKind::Cca => self.reg_form(|_, request| {
                if request_type.name().starts_with("card") {
                    request.request_type = request_type;
                }
            }),
            _ => self.merchant_init(|_, request| request.request_type = request_type),
        };
        self.opened(&body)
    }

    pub(super) fn session_of(&mut self, id: IdData) -> Session {
        let body = self.merchant_init(|_, request| request.id_data = id.clone());
        self.opened(&body)
    }

    /// The certificates that the CA has issued.
    pub(super) fn certificates(&self) -> Vec<Certificate> {
        use base64::Engine;
        let engine = base64::engine::general_purpose::STANDARD;
        let rows = self.world.ca_records.rows().filter(|(table, ..)| *table == "ca-issued");
        rows.map(|(.., row)| {
            let row: serde_json::Value = serde_json::from_slice(row).unwrap();
            let der = engine.decode(row["der"].as_str().unwrap()).unwrap();
            Certificate::from_der(&der).unwrap()
        })
        .collect()
    }

    fn opened(&mut self, body: &[u8]) -> Session {
        let answer = self.world.ask_ca(body).unwrap();
        let message = MessageWrapper::decode(&answer).unwrap().message;
        let mut trust = self.trust();
        let need = Need::sign(self.role());
        let mut check = Check { trust: &mut trust, now: self.world.now, need };
        let (lid_ca, chall_ca, form) = match self.kind {
            CaKind::Cca => {
                let RegFormRes(signed) = message.decode().unwrap();
                let content = treatment::verify(&signed, &mut check).unwrap().into_content();
                (content.lid_ca, content.chall_ca, content.reg_form_or_referral)
            }
            _ => {
                let MeAqCInitRes(signed) = message.decode().unwrap();
                let content = treatment::verify(&signed, &mut check).unwrap().into_content();
                (content.lid_ca, content.chall_ca, content.reg_form_or_referral)
            }
        };
        assert!(matches!(form, RegFormOrReferral::RegFormData(_)));
        Session { lid_ca: lid_ca.unwrap(), chall_ca }
    }

    /// A certificate request that the CA would fulfil.
    pub(super) fn draft(&mut self, session: &Session) -> Draft {
        let header = self.header();
        let key = self.key(KeyUse::Sign);
        let cardholder = self.kind == CaKind::Cca;
        let exchange = (!cardholder).then(|| self.key(KeyUse::Exchange));
        let item = RegFormItem {
            field_name: ShortText::new(QUESTION).unwrap(),
            field_value: PrivateText::new(PASSPHRASE).unwrap(),
        };
        let content = CertReqData {
            rrpid: header.rrpid.unwrap(),
            lid_ee: lid_ee(),
            chall_ee3: Challenge::new([2; 32]),
            lid_ca: Some(session.lid_ca.clone()),
            chall_ca: Some(session.chall_ca),
            request_type: if cardholder {
                RequestType::CardInitialSig
            } else {
                RequestType::MerInitialBoth
            },
            request_date: Date::new(self.world.now),
            id_data: (!cardholder).then(|| merchant("M-1")),
            reg_form_id: Count::new(7).unwrap(),
            reg_form: Some(vec![item].into()),
            ca_back_key_data: cardholder
                .then(|| BackKeyData { back_alg: BACK_KEY_ALGORITHM, back_key: back_key() }),
            public_key_sor_e: PublicKeySorE {
                public_key_s: Some(public(&key)),
                public_key_e: exchange.as_ref().map(public),
            },
            ee_thumb: None,
            thumbs: None,
        };
        let card = PanData0 {
            pan: CardNumber(Pan::parse(PAN).unwrap()),
            card_expiry: CardExpiry::new(EXPIRY).unwrap(),
            card_secret: CardSecret::new([5; 32]),
            ex_nonce: ExNonce::new([6; 32]),
        };
        Draft { header, content, card, key, present: None, other_form: false, other_header: false }
    }

    /// Signs and seals a request.
    pub(super) fn seal(&mut self, draft: &Draft) -> Vec<u8> {
        let key = draft.key.signing_key().unwrap();
        let present = draft
            .present
            .as_ref()
            .map(|(key, certificate)| (key.signing_key().unwrap(), certificate));
        let chain = [founded_ca(&self.world.founded, self.kind).issuing.certificate.clone()];
        let names_key = draft.content.public_key_sor_e.public_key_s.is_some();
        let signers = Signers {
            new_key: names_key.then_some(&*key),
            present: present.as_ref().map(|(key, certificate)| Sender {
                key: &**key,
                certificate,
                chain: &chain,
                crls: &[],
            }),
        };
        let (recipient, rng) = (self.recipient(), &mut self.world.rng);
        let (header, content) = (&draft.header, &draft.content);
        let request = if (self.kind == CaKind::Cca) == draft.other_form {
            CertReq::Enc(enc(&signers, &recipient, header, content, rng).unwrap())
        } else {
            let extra = AcctInfo::PanData0(draft.card.clone());
            CertReq::EncX(enc_x(&signers, &recipient, header, content, &extra, rng).unwrap())
        };
        let mut header = header.clone();
        if draft.other_header {
            header.message_ids = None;
        }
        wrap(header, &request).unwrap()
    }

    /// What comes of a request with a change, in a session of its own.
    pub(super) fn request(&mut self, change: impl Fn(&mut Draft)) -> String {
        let session = self.session();
        self.request_in(&session, change)
    }

    pub(super) fn request_in(&mut self, session: &Session, change: impl Fn(&mut Draft)) -> String {
        let mut draft = self.draft(session);
        change(&mut draft);
        let body = self.seal(&draft);
        self.ask(&body)
    }

    /// CertInqReq signed by `key`, with a change.
    pub(super) fn inquiry(
        &mut self,
        session: &Session,
        key: &KeyPair,
        change: impl Fn(&mut MessageHeader, &mut CertInqReqTbs),
    ) -> Vec<u8> {
        let mut header = self.header();
        let mut content = CertInqReqTbs {
            rrpid: header.rrpid.unwrap(),
            lid_ee: lid_ee(),
            chall_ee3: Challenge::new([8; 32]),
            lid_ca: session.lid_ca.clone(),
        };
        change(&mut header, &mut content);
        let key = key.signing_key().unwrap();
        let signed = sign_by_key(&*key, &content, &mut self.world.rng).unwrap();
        wrap(header, &CertInqReq(signed)).unwrap()
    }

    /// Asks the CA and reads its answer.
    pub(super) fn ask(&mut self, body: &[u8]) -> String {
        match self.world.ask_ca(body) {
            Some(answer) => self.read(&answer),
            None => "dropped".into(),
        }
    }

    /// What an answer says, once its signature was verified.
    pub(super) fn read(&mut self, answer: &[u8]) -> String {
        let wrapper = MessageWrapper::decode(answer).unwrap();
        match wrapper.message.name() {
            Some("Error") => self.read_error(&wrapper),
            Some("CertRes") => {
                self.read_status(&wrapper.header, &wrapper.message.decode().unwrap())
            }
            Some("CertInqRes") => {
                let response = match wrapper.message.decode().unwrap() {
                    CertInqRes::EncK(sealed) => CertRes::EncK(sealed),
                    CertInqRes::Signed(signed) => CertRes::Signed(signed),
                };
                self.read_status(&wrapper.header, &response)
            }
            name => name.unwrap_or("unknown").to_owned(),
        }
    }

    fn read_error(&mut self, wrapper: &MessageWrapper) -> String {
        let mut trust = self.trust();
        let need = Need::sign(self.role());
        let mut check = Check { trust: &mut trust, now: self.world.now, need };
        match wrapper.message.decode().unwrap() {
            ErrorMessage::Signed(signed) => {
                let content = treatment::verify(&signed, &mut check).unwrap().into_content();
                format!("Error {}", content.error_code)
            }
            ErrorMessage::Unsigned(content) => format!("unsigned Error {}", content.error_code),
        }
    }

    /// Opens and verifies a CertRes.
    pub(super) fn open(&mut self, header: &MessageHeader, response: &CertRes) -> CertResData {
        let mut trust = self.trust();
        let need = Need::sign(self.role());
        let check = &mut Check { trust: &mut trust, now: self.world.now, need };
        let authentic = match response {
            CertRes::EncK(sealed) => {
                let binding = Binding::of_header(header).unwrap();
                treatment::open_enc_k(sealed, &back_key(), &binding, check).unwrap()
            }
            CertRes::Signed(signed) => treatment::verify(signed, check).unwrap(),
        };
        let bag = authentic.bag().to_vec();
        let content = authentic.into_content();
        let thumbs =
            content.cert_thumbs.iter().flat_map(|t| t.cert_thumbs.iter().flat_map(|l| l.iter()));
        for thumb in thumbs {
            assert!(bag.iter().any(|c| c.thumb().as_bytes() == thumb.as_bytes()));
        }
        content
    }

    fn read_status(&mut self, header: &MessageHeader, response: &CertRes) -> String {
        let sealed = matches!(response, CertRes::EncK(_));
        let content = self.open(header, response);
        let status = &content.cert_status;
        let complete = status.cert_status_code.name() == "requestComplete";
        assert_eq!(status.nonce_cca.is_some(), complete && sealed);
        assert_eq!(content.cert_thumbs.is_some(), complete);
        let failed = status.failed_item_seq.as_deref().unwrap_or_default().iter();
        let failed: Vec<String> =
            failed.map(|item| format!(" {}:{}", item.item_number, item.item_reason)).collect();
        let message = status.ee_message.as_ref().map_or("", |message| message.as_str());
        let colon = if message.is_empty() { "" } else { ": " };
        format!("{}{colon}{message}{}", status.cert_status_code, failed.concat())
    }
}

pub(super) fn public(key: &KeyPair) -> PublicKey {
    PublicKey::new(key.spki_der()).unwrap()
}

pub(super) fn merchant(id: &str) -> IdData {
    IdData::Merchant(MerchantAcquirerId {
        merchant_bin: Bin::new(BIN).unwrap(),
        merchant_id: MerchantId::new(id).unwrap(),
    })
}
