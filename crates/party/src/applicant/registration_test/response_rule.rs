//! Each rule of the applicant broken alone: the CA's answer is changed and signed anew by the CA.

use counterfoil_message::container::{Content, Signed};
use counterfoil_message::exchange::card_init::{CardCInitRes, CardCInitResTbs};
use counterfoil_message::exchange::certificate_request::{CertRes, CertResData, CertStatusCode};
use counterfoil_message::exchange::error_message::{ErrorCode, ErrorMessage};
use counterfoil_message::exchange::merchant_acquirer_init::{MeAqCInitRes, MeAqCInitResTbs};
use counterfoil_message::exchange::reg_form::{RegFormRes, RegFormResTbs};
use counterfoil_message::pdu::Pdu;
use counterfoil_message::primitive::{
    BackKey, CertThumb, Challenge, Digest, LocalId, NonceCca, Rrpid, Thumbs,
};
use counterfoil_message::registration::RequestType;
use counterfoil_message::treatment::{self, Binding, Check, Sender};
use counterfoil_message::wrapper::{MessageHeader, MessageWrapper, RawPdu};
use counterfoil_pki::extension::MerchantData;
use counterfoil_pki::issue::{Issuer, Template, issue, profile};
use counterfoil_pki::trust::Need;
use counterfoil_pki::{Certificate, Crl};
use counterfoil_secret::Secret;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::world::{Fate, Weather, World, founded_ca, order, register, shown, start};
use crate::applicant::ledger::{REGISTRATIONS, Secrets};
use crate::ca::CaKind;
use crate::conversation::refusal::Refusal;
use crate::founding::Founded;
use crate::memory::MemoryRecords;

/// The CA's own means to sign, for answers that it would never give.
struct Forge {
    founded: Founded,
    kind: CaKind,
    rng: ChaCha20Rng,
}

/// What an answer brought along.
struct Bag {
    certificates: Vec<Certificate>,
    crls: Vec<Crl>,
}

impl Forge {
    fn new(world: &World, kind: CaKind) -> Self {
        let rng = ChaCha20Rng::seed_from_u64(7);
        Self { founded: world.founded.clone(), kind, rng }
    }

    fn check<R>(&self, then: impl FnOnce(&mut Check<'_>) -> R) -> R {
        let mut trust = self.founded.trust(start()).unwrap();
        then(&mut Check { trust: &mut trust, now: start(), need: Need::sign(self.kind.role()) })
    }

    fn bag(&self, certificates: &[Certificate]) -> Bag {
        Bag { certificates: certificates.to_vec(), crls: self.founded.crls.clone() }
    }

    fn with_sender<R>(
        &mut self,
        bag: &Bag,
        then: impl FnOnce(&Sender<'_>, &mut ChaCha20Rng) -> R,
    ) -> R {
        let ca = founded_ca(&self.founded, self.kind).signature.as_ref().unwrap();
        let key = ca.key.signing_key().unwrap();
        let chain: Vec<Certificate> =
            bag.certificates.iter().filter(|c| **c != ca.certificate).cloned().collect();
        let sender =
            Sender { key: &*key, certificate: &ca.certificate, chain: &chain, crls: &bag.crls };
        then(&sender, &mut self.rng)
    }

    /// Changes and signs a signed answer.
    fn signed<T: Content>(
        &mut self,
        signed: &Signed<T>,
        header: &mut MessageHeader,
        change: &dyn Fn(&mut MessageHeader, &mut T, &mut Bag),
    ) -> Signed<T> {
        let authentic = self.check(|check| treatment::verify(signed, check)).unwrap();
        let mut bag = self.bag(authentic.bag());
        let mut content = authentic.into_content();
        change(header, &mut content, &mut bag);
        self.with_sender(&bag, |sender, rng| treatment::sign(sender, &content, rng)).unwrap()
    }

    /// Changes, signs and seals a sealed answer.
    fn sealed(
        &mut self,
        response: &CertRes,
        header: &mut MessageHeader,
        back_key: &BackKey,
        change: &dyn Fn(&mut MessageHeader, &mut CertResData, &mut Bag),
    ) -> CertRes {
        let CertRes::EncK(sealed) = response else { panic!() };
        let binding = Binding::of_header(header).unwrap();
        let open = |check: &mut Check<'_>| treatment::open_enc_k(sealed, back_key, &binding, check);
        let authentic = self.check(open).unwrap();
        let mut bag = self.bag(authentic.bag());
        let mut content = authentic.into_content();
        change(header, &mut content, &mut bag);
        let binding = Binding::of_header(header).unwrap();
        let seal = |sender: &Sender<'_>, rng: &mut ChaCha20Rng| {
            treatment::enc_k(sender, back_key, &binding, &content, rng)
        };
        CertRes::EncK(self.with_sender(&bag, seal).unwrap())
    }
}

/// The key that the applicant sent for the answer.
fn back_key(records: &MemoryRecords) -> BackKey {
    let rows = REGISTRATIONS.scan(records, &[], None, 1).unwrap();
    let (lid_ee, record) = &rows[0];
    let key = Secret::new([6; 32]);
    let secrets = Secrets::open(&key, lid_ee, &record.secrets).unwrap();
    BackKey::new(*secrets.back_key.unwrap().to_octets().unwrap().expose())
}

/// Weather that changes the answers of one kind.
fn changing<M: Pdu>(
    change: impl Fn(M, &mut MessageHeader, &MemoryRecords) -> M + 'static,
) -> Weather {
    Box::new(move |number, body, records| {
        let Ok(mut wrapper) = MessageWrapper::decode(body) else { return Fate::Arrives };
        if number % 2 == 0 || wrapper.message.tag != M::TAG {
            return Fate::Arrives;
        }
        let message: M = wrapper.message.decode().unwrap();
        let message = change(message, &mut wrapper.header, records);
        wrapper.message = RawPdu::new(&message).unwrap();
        Fate::Becomes(wrapper.encode().unwrap())
    })
}

/// The outcome, and what the CA is told about its answer.
fn outcome(world: &mut World, kind: CaKind) -> String {
    let outcome = shown(world.command(register(order(kind))));
    let told = world.events.iter().find(|event| event.name == "error.received");
    let told = told.map_or("", |event| event.fields["code"].as_str().unwrap());
    format!("{outcome} [{told}]")
}

type Change<T> = dyn Fn(&mut MessageHeader, &mut T, &mut Bag);

fn card_init(change: &'static Change<CardCInitResTbs>, expected: &str) {
    let mut world = World::new(CaKind::Cca);
    let forge = std::cell::RefCell::new(Forge::new(&world, CaKind::Cca));
    world.weather = changing(move |CardCInitRes(signed), header, _| {
        CardCInitRes(forge.borrow_mut().signed(&signed, header, change))
    });
    assert_eq!(outcome(&mut world, CaKind::Cca), expected);
}

fn reg_form(change: &'static Change<RegFormResTbs>, expected: &str) {
    let mut world = World::new(CaKind::Cca);
    let forge = std::cell::RefCell::new(Forge::new(&world, CaKind::Cca));
    world.weather = changing(move |RegFormRes(signed), header, _| {
        RegFormRes(forge.borrow_mut().signed(&signed, header, change))
    });
    assert_eq!(outcome(&mut world, CaKind::Cca), expected);
}

fn merchant_init(change: &'static Change<MeAqCInitResTbs>, expected: &str) {
    let mut world = World::new(CaKind::Mca);
    let forge = std::cell::RefCell::new(Forge::new(&world, CaKind::Mca));
    world.weather = changing(move |MeAqCInitRes(signed), header, _| {
        MeAqCInitRes(forge.borrow_mut().signed(&signed, header, change))
    });
    assert_eq!(outcome(&mut world, CaKind::Mca), expected);
}

fn cardholder(change: &'static Change<CertResData>, expected: &str) {
    let mut world = World::new(CaKind::Cca);
    let forge = std::cell::RefCell::new(Forge::new(&world, CaKind::Cca));
    world.weather = changing(move |response: CertRes, header, records| {
        forge.borrow_mut().sealed(&response, header, &back_key(records), change)
    });
    assert_eq!(outcome(&mut world, CaKind::Cca), expected);
}

fn merchant(change: &'static Change<CertResData>, expected: &str) {
    let mut world = World::new(CaKind::Mca);
    let forge = std::cell::RefCell::new(Forge::new(&world, CaKind::Mca));
    world.weather = changing(move |response: CertRes, header, _| match response {
        CertRes::Signed(signed) => {
            CertRes::Signed(forge.borrow_mut().signed(&signed, header, change))
        }
        CertRes::EncK(_) => panic!("a merchant's answer is not sealed"),
    });
    assert_eq!(outcome(&mut world, CaKind::Mca), expected);
}

fn thumbs(octet: u8) -> Thumbs {
    Thumbs {
        digest_algorithm: Default::default(),
        cert_thumbs: Some(vec![Digest::new([octet; 32])].into()),
        crl_thumbs: None,
        brand_crl_id_thumbs: None,
    }
}

const REQUEST: &str = "unreachable: the answer is to another request [unknownRRPID]";
const LABEL: &str = "unreachable: LID-EE is not the one of the request [unknownLID]";
const THUMBS: &str = "unreachable: the echo of the thumbs is not what was sent [thumbsMismatch]";
const CHALLENGE: &str =
    "unreachable: the echo of the challenge is not what was sent [challengeMismatch]";
const HEADER: &str = "unreachable: header and message differ in RRPID [wrapperMsgMismatch]";

fn other_rrpid() -> Rrpid {
    Rrpid::new([0xee; 20])
}

fn other_label() -> LocalId {
    LocalId::new(b"other").unwrap()
}

#[test]
fn the_echo_of_card_init() {
    card_init(&|_, _, _| (), "registered []");
    card_init(&|header, _, _| header.rrpid = Some(other_rrpid()), HEADER);
    card_init(
        &|header, content, _| {
            header.rrpid = Some(other_rrpid());
            content.rrpid = other_rrpid();
        },
        REQUEST,
    );
    card_init(
        &|header, content, _| {
            header.message_ids = None;
            content.lid_ee = other_label();
        },
        LABEL,
    );
    card_init(&|_, content, _| content.thumbs = None, THUMBS);
    card_init(&|_, content, _| content.thumbs = Some(thumbs(1)), THUMBS);
    card_init(&|_, content, _| content.chall_ee = Challenge::new([0; 32]), CHALLENGE);
    // The earlier check decides.
    card_init(
        &|_, content, _| {
            content.chall_ee = Challenge::new([0; 32]);
            content.thumbs = None;
        },
        THUMBS,
    );
}

#[test]
fn the_certificate_to_seal_for() {
    let missing = "unreachable: the CA's key-exchange certificate did not come along \
                   [missingCertificate]";
    card_init(&|_, content, _| content.cae_thumb = CertThumb::new([0; 32]), missing);
    let mut world = World::new(CaKind::Cca);
    let forge = std::cell::RefCell::new(Forge::new(&world, CaKind::Cca));
    world.weather = changing(move |CardCInitRes(signed), header, _| {
        let mut forge = forge.borrow_mut();
        // The CA names its signature certificate instead.
        let other = founded_ca(&forge.founded, CaKind::Cca).signature.as_ref().unwrap();
        let thumb = CertThumb::new(*other.certificate.thumb().as_bytes());
        let change = |_: &mut MessageHeader, content: &mut CardCInitResTbs, _: &mut Bag| {
            content.cae_thumb = thumb.clone();
        };
        CardCInitRes(forge.signed(&signed, header, &change))
    });
    let outcome = outcome(&mut world, CaKind::Cca);
    assert!(outcome.ends_with("it is needed for key exchange. [invalidCertificate]"), "{outcome}");
}

#[test]
fn the_echo_of_the_form() {
    reg_form(&|_, _, _| (), "registered []");
    reg_form(&|header, _, _| header.rrpid = Some(other_rrpid()), HEADER);
    reg_form(&|_, content, _| content.thumbs = None, THUMBS);
    reg_form(&|_, content, _| content.chall_ee2 = Challenge::new([0; 32]), CHALLENGE);
    reg_form(
        &|_, content, _| content.request_type = RequestType::CardRenewalSig,
        "unreachable: the form is for a request of another type [unspecifiedFailure]",
    );
    reg_form(
        &|_, content, _| content.lid_ca = None,
        "unreachable: the form comes without a label of the CA [unknownLID]",
    );
    reg_form(&|_, content, _| content.cae_thumb = None, "registered []");
}

#[test]
fn the_echo_of_merchant_init() {
    merchant_init(&|_, _, _| (), "registered []");
    merchant_init(&|header, _, _| header.rrpid = Some(other_rrpid()), HEADER);
    merchant_init(&|_, content, _| content.thumbs = None, THUMBS);
    merchant_init(&|_, content, _| content.chall_ee = Challenge::new([0; 32]), CHALLENGE);
    merchant_init(
        &|_, content, _| content.request_type = RequestType::MerInitialSig,
        "unreachable: the form is for a request of another type [unspecifiedFailure]",
    );
}

#[test]
fn the_echo_of_certificates() {
    cardholder(&|_, _, _| (), "registered []");
    cardholder(&|header, _, _| header.rrpid = Some(other_rrpid()), HEADER);
    cardholder(&|_, content, _| content.thumbs = None, THUMBS);
    cardholder(&|_, content, _| content.chall_ee3 = Challenge::new([0; 32]), CHALLENGE);
    merchant(
        &|_, content, _| content.lid_ca = other_label(),
        "unreachable: LID-CA is not the one of the form [unknownLID]",
    );
}

#[test]
fn the_certificates_are_what_was_asked_for() {
    merchant(&|_, _, _| (), "registered []");
    let no_key = "unreachable: there is no certificate for our key [invalidCertificate]";
    merchant(&|_, content, _| content.cert_thumbs = None, no_key);
    merchant(&|_, content, _| content.cert_thumbs = Some(thumbs(1)), no_key);
    let nonce = "unreachable: the CA's half of PANSecret did not come along [invalidCertificate]";
    cardholder(&|_, content, _| content.cert_status.nonce_cca = None, nonce);
    let card = "unreachable: the certificate is not for this card [invalidCertificate]";
    cardholder(&|_, content, _| content.cert_status.nonce_cca = Some(NonceCca::new([0; 32])), card);
}

#[test]
fn a_certificate_for_another_merchant_is_not_taken() {
    let mut world = World::new(CaKind::Mca);
    let forge = std::cell::RefCell::new(Forge::new(&world, CaKind::Mca));
    world.weather = changing(move |response: CertRes, header, _| {
        let CertRes::Signed(signed) = response else { panic!() };
        let mut forge = forge.borrow_mut();
        let mca = forge.founded.mca.issuing.clone();
        let rng = std::cell::RefCell::new(ChaCha20Rng::seed_from_u64(8));
        let change = |_: &mut MessageHeader, content: &mut CertResData, bag: &mut Bag| {
            let place = bag.certificates.iter().position(|c| c.merchant_data().is_some()).unwrap();
            let genuine = bag.certificates[place].clone();
            let data =
                MerchantData { mer_id: "M-2".into(), ..genuine.merchant_data().unwrap().clone() };
            let key = mca.key.signing_key().unwrap();
            let issuer = Issuer { certificate: &mca.certificate, key: &*key };
            let exchange = genuine.key_usage().unwrap().to_string().contains("greement");
            let template = Template {
                subject: genuine.subject().clone(),
                profile: if exchange {
                    profile::merchant_exchange(data)
                } else {
                    profile::merchant_signature(data)
                },
                not_before: genuine.not_before(),
                not_after: genuine.not_after(),
                signing_until: None,
            };
            let forged =
                issue(&template, &issuer, genuine.spki_der(), &mut *rng.borrow_mut()).unwrap();
            let list = content.cert_thumbs.as_mut().unwrap().cert_thumbs.take().unwrap();
            let swapped = list.into_vec().into_iter().map(|thumb| {
                let is_genuine = thumb.as_bytes() == genuine.thumb().as_bytes();
                if is_genuine { Digest::new(*forged.thumb().as_bytes()) } else { thumb }
            });
            content.cert_thumbs.as_mut().unwrap().cert_thumbs = Some(swapped.collect());
            bag.certificates[place] = forged;
        };
        CertRes::Signed(forge.signed(&signed, header, &change))
    });
    let expected = "unreachable: the certificate names somebody else [invalidCertificate]";
    assert_eq!(outcome(&mut world, CaKind::Mca), expected);
}

#[test]
fn a_cardholders_certificate_comes_sealed() {
    let mut world = World::new(CaKind::Cca);
    let forge = std::cell::RefCell::new(Forge::new(&world, CaKind::Cca));
    world.weather = changing(move |response: CertRes, header, records| {
        let mut forge = forge.borrow_mut();
        let CertRes::EncK(sealed) = &response else { panic!() };
        let (key, binding) = (back_key(records), Binding::of_header(header).unwrap());
        let open = |check: &mut Check<'_>| treatment::open_enc_k(sealed, &key, &binding, check);
        let authentic = forge.check(open).unwrap();
        let bag = forge.bag(authentic.bag());
        let content = authentic.into_content();
        assert_eq!(content.cert_status.cert_status_code, CertStatusCode::RequestComplete);
        let sign =
            |sender: &Sender<'_>, rng: &mut ChaCha20Rng| treatment::sign(sender, &content, rng);
        CertRes::Signed(forge.with_sender(&bag, sign).unwrap())
    });
    let expected = "unreachable: a cardholder's certificate has to come sealed \
                    [unspecifiedFailure]";
    assert_eq!(outcome(&mut world, CaKind::Cca), expected);
}

/// An Error in place of every answer to CardCInitReq.
fn error(code: ErrorCode, signs: bool) -> String {
    let mut world = World::new(CaKind::Cca);
    let founded = world.founded.clone();
    // The applicant knows the brand's state already: an Error carries none.
    world.applicant.trust = founded.trust(start()).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(9);
    world.weather = Box::new(move |number, body, _| {
        if number % 2 == 0 {
            return Fate::Arrives;
        }
        let header = MessageWrapper::decode(body).unwrap().header;
        let refusal = Refusal::new(code, "test", "");
        let mut records = MemoryRecords::new();
        let env = &mut crate::machine::Env { now: start(), rng: &mut rng, records: &mut records };
        let body = if signs {
            let ca = founded.cca.signature.as_ref().unwrap();
            let key = ca.key.signing_key().unwrap();
            let chain = vec![founded.cca.issuing.certificate.clone()];
            let sender =
                Sender { key: &*key, certificate: &ca.certificate, chain: &chain, crls: &[] };
            use crate::conversation::error_message::{Refused, error_message};
            error_message(&sender, &refusal, Refused::Header(&header), env.now, env.rng).unwrap()
        } else {
            crate::ca::unsigned_error(&header, &refusal, env).unwrap()
        };
        assert!(ErrorMessage::TAG == MessageWrapper::decode(&body).unwrap().message.tag);
        Fate::Becomes(body)
    });
    shown(world.command(register(order(CaKind::Cca))))
}

#[test]
fn an_error_counts_when_the_ca_has_signed_it() {
    assert_eq!(error(ErrorCode::MessageNotSupported, true), "failed: messageNotSupported");
    let pass = "unreachable: the CA could not process the request";
    assert_eq!(error(ErrorCode::UnspecifiedFailure, true), pass, "the reason may pass");
    let unsigned = error(ErrorCode::MessageNotSupported, false);
    assert!(unsigned.starts_with("unreachable: an Error came (messageNotSupported)"), "{unsigned}");
}

#[test]
fn a_ca_for_others_is_not_believed() {
    let mut world = World::new(CaKind::Cca);
    let outcome = shown(world.command(register(order(CaKind::Mca))));
    assert!(outcome.starts_with("unreachable"), "{outcome}");
}

#[test]
fn changed_octets_are_noticed_and_asked_for_again() {
    for number in [1, 3, 5] {
        for step in 0..12 {
            let mut world = World::new(CaKind::Cca);
            world.weather = Box::new(move |at, body, _| {
                if at != number {
                    return Fate::Arrives;
                }
                let mut changed = body.to_vec();
                let place = body.len() * step / 12 + step;
                changed[place.min(body.len() - 1)] ^= 4;
                Fate::Becomes(changed)
            });
            let outcome = shown(world.command(register(order(CaKind::Cca))));
            assert_eq!(outcome, "registered", "{number} {step}");
            assert_eq!(world.issued(), 1);
        }
    }
}
