//! Each rule of the CA broken alone, and the one answer that says so.

use counterfoil_crypto::key::KeyUse;
use counterfoil_message::exchange::certificate_request::PublicKeySorE;
use counterfoil_message::primitive::foreign::OpenType;
use counterfoil_message::primitive::text::{Count, PrivateText, ShortText};
use counterfoil_message::primitive::{
    BrandId, CardExpiry, CardNumber, CertThumb, Challenge, LocalId, MsgExtension, Rrpid,
};
use counterfoil_message::registration::{RegFormItem, RequestType};
use counterfoil_message::wrapper::{MessageHeader, MessageWrapper};
use counterfoil_pki::Certificate;
use counterfoil_secret::Pan;

use super::desk::{Desk, Draft, lid_ee, merchant, public};
use super::world::{BIN, later};
use crate::ca::config::Admission;
use crate::ca::{
    CaKind, REQUEST_AGE_MS_MAX, REQUEST_SKEW_MS_MAX, REQUESTS_PER_SESSION_MAX, applicant_ids,
};
use crate::event::Level;

/// Another card of the same issuer, and one of another issuer.
const OTHER_PAN: &str = "4929120000000006";
const FOREIGN_PAN: &str = "4000000000000002";

const NOT_ADMITTED: &str = "the bank has not admitted this registration; ask the bank for a \
                            passphrase";

fn other_rrpid(header: &mut MessageHeader) {
    header.rrpid = Some(Rrpid::new([0xee; 20]));
}

fn other_label(header: &mut MessageHeader) {
    header.message_ids = Some(applicant_ids(LocalId::new(b"other").unwrap()));
}

#[test]
fn card_init_rules() {
    let mut desk = Desk::new(CaKind::Cca);
    let mut check = |change: &dyn Fn(&mut MessageHeader, &mut _), expected: &str| {
        let body = desk.card_init(change);
        assert_eq!(desk.ask(&body), expected);
    };
    check(&|_, _| (), "CardCInitRes");
    check(&|header, _| header.message_ids = None, "CardCInitRes");
    check(&|header, _| other_rrpid(header), "Error wrapperMsgMismatch");
    check(&|header, _| other_label(header), "Error wrapperMsgMismatch");
    check(
        &|_, request| request.brand_id = BrandId::new("Other").unwrap(),
        "Error unspecifiedFailure",
    );
    check(&|_, request| request.brand_id = BrandId::new("acme:Gold").unwrap(), "CardCInitRes");
}

#[test]
fn reg_form_rules() {
    let mut desk = Desk::new(CaKind::Cca);
    let mut check = |change: &dyn Fn(&mut MessageHeader, &mut _), expected: &str| {
        let body = desk.reg_form(change);
        assert_eq!(desk.ask(&body), expected);
    };
    check(&|_, _| (), "RegFormRes");
    check(&|header, _| other_rrpid(header), "Error wrapperMsgMismatch");
    check(&|header, _| other_label(header), "Error wrapperMsgMismatch");
    check(
        &|_, request| request.request_type = RequestType::MerInitialSig,
        "Error messageNotSupported",
    );
}

#[test]
fn merchant_init_rules() {
    let mut desk = Desk::new(CaKind::Mca);
    let mut check = |change: &dyn Fn(&mut MessageHeader, &mut _), expected: &str| {
        let body = desk.merchant_init(change);
        assert_eq!(desk.ask(&body), expected);
    };
    check(&|_, _| (), "Me-AqCInitRes");
    check(&|header, _| other_rrpid(header), "Error wrapperMsgMismatch");
    check(
        &|_, request| request.brand_id = BrandId::new("Other").unwrap(),
        "Error unspecifiedFailure",
    );
    check(
        &|_, request| request.request_type = RequestType::PgwyInitialBoth,
        "Error messageNotSupported",
    );
}

#[test]
fn each_kind_of_ca_takes_its_own_messages() {
    let mut cca = Desk::new(CaKind::Cca);
    let merchant = cca.merchant_init(|_, _| ());
    assert_eq!(cca.ask(&merchant), "Error messageNotSupported");
    let mut mca = Desk::new(CaKind::Mca);
    let card = mca.card_init(|_, _| ());
    assert_eq!(mca.ask(&card), "Error messageNotSupported");
    let mut brand = Desk::new(CaKind::Brand);
    let card = brand.card_init(|_, _| ());
    assert_eq!(brand.ask(&card), "unsigned Error messageNotSupported");
}

#[test]
fn rules_of_every_message() {
    let mut desk = Desk::new(CaKind::Cca);
    assert_eq!(desk.ask(b"not a message"), "dropped");
    let mut body = desk.card_init(|header, _| header.rrpid = None);
    assert_eq!(desk.ask(&body), "dropped");
    body = desk.card_init(|_, _| ());
    body.push(0);
    assert_eq!(desk.ask(&body), "dropped");
    let now = desk.world.now;
    let seconds = |ms: u64| i64::try_from(ms / 1000).unwrap();
    let (old, new) = (seconds(REQUEST_AGE_MS_MAX), seconds(REQUEST_SKEW_MS_MAX));
    let mut dated = |offset: i64| {
        let body = desk.card_init(|header, _| header.date = later(now, offset).into());
        desk.ask(&body)
    };
    assert_eq!(dated(-old), "CardCInitRes");
    assert_eq!(dated(-old - 1), "Error messageTooOld");
    assert_eq!(dated(new), "CardCInitRes");
    assert_eq!(dated(new + 1), "Error messageTooNew");
    let mut extended = |critical| {
        let mut wrapper = MessageWrapper::decode(&desk.card_init(|_, _| ())).unwrap();
        let extension = MsgExtension {
            extn_id: counterfoil_crypto::oid::suite(9),
            critical,
            extn_value: OpenType::new(&[5, 0]).unwrap(),
        };
        wrapper.mw_extensions = Some(vec![extension].into());
        desk.ask(&wrapper.encode().unwrap())
    };
    assert_eq!(extended(false), "CardCInitRes");
    assert_eq!(extended(true), "Error unrecognizedExtension");
}

#[test]
fn undecodable_and_unknown_messages() {
    let mut desk = Desk::new(CaKind::Cca);
    let mut altered = |change: &dyn Fn(&mut MessageWrapper)| {
        let mut wrapper = MessageWrapper::decode(&desk.card_init(|_, _| ())).unwrap();
        change(&mut wrapper);
        desk.ask(&wrapper.encode().unwrap())
    };
    assert_eq!(altered(&|wrapper| wrapper.message.tag = 600), "Error messageNotSupported");
    assert_eq!(altered(&|wrapper| wrapper.message.tag = 0), "Error messageNotSupported");
    assert_eq!(altered(&|wrapper| wrapper.message.der = vec![0x30, 0]), "Error decodingFailure");
}

#[test]
fn the_same_octets_get_the_same_answer_and_others_are_refused() {
    let mut desk = Desk::new(CaKind::Cca);
    let session = desk.session();
    let draft = desk.draft(&session);
    let body = desk.seal(&draft);
    let first = desk.world.ask_ca(&body).unwrap();
    assert_eq!(desk.world.ask_ca(&body).unwrap(), first);
    assert_eq!((desk.world.issued(), desk.world.told("message.repeated")), (1, 1));
    // Sealed anew: the same RRPID with other octets.
    let other = desk.seal(&draft);
    assert_eq!(desk.ask(&other), "Error unknownRRPID");
    let reused = desk
        .world
        .events
        .iter()
        .find(|event| event.fields.get("error").is_some_and(|id| id == "rrpid-reused"));
    assert_eq!(reused.unwrap().level, Level::Warning);
    assert_eq!(desk.world.issued(), 1);
}

#[test]
fn garbage_does_not_burn_the_rrpid_of_a_request_on_its_way() {
    let mut desk = Desk::new(CaKind::Cca);
    let body = desk.card_init(|_, _| ());
    let mut wrapper = MessageWrapper::decode(&body).unwrap();
    wrapper.message.der = vec![0x30, 0];
    assert_eq!(desk.ask(&wrapper.encode().unwrap()), "Error decodingFailure");
    assert_eq!(desk.ask(&body), "CardCInitRes");
}

#[test]
fn an_error_is_never_answered() {
    let mut desk = Desk::new(CaKind::Cca);
    let refused = desk.card_init(|header, _| other_rrpid(header));
    let error = desk.world.ask_ca(&refused).unwrap();
    assert_eq!(desk.ask(&error), "dropped");
    assert_eq!(desk.world.told("error.received"), 1);
}

/// Checks requests of cardholders: each in a session of its own at a CA of its own.
fn cardholder(change: impl Fn(&mut Draft), expected: &str) {
    let mut desk = Desk::new(CaKind::Cca);
    assert_eq!(desk.request(change), expected);
    assert_eq!(desk.world.issued() > 0, expected == "requestComplete");
}

fn merchants(change: impl Fn(&mut Draft), expected: &str) {
    let mut desk = Desk::new(CaKind::Mca);
    assert_eq!(desk.request(change), expected);
    assert_eq!(desk.world.issued() > 0, expected == "requestComplete");
}

#[test]
fn a_fitting_request_is_fulfilled() {
    cardholder(|_| (), "requestComplete");
    merchants(|_| (), "requestComplete");
}

#[test]
fn request_errors_in_their_order() {
    cardholder(|draft| draft.other_form = true, "Error messageNotSupported");
    merchants(|draft| draft.other_form = true, "Error messageNotSupported");
    // The envelope is bound to the header.
    cardholder(|draft| draft.other_header = true, "Error signatureFailure");
    cardholder(|draft| other_rrpid(&mut draft.header), "Error wrapperMsgMismatch");
    cardholder(|draft| other_label(&mut draft.header), "Error wrapperMsgMismatch");
    cardholder(|draft| draft.content.lid_ca = None, "Error unknownLID");
    let other = LocalId::new(b"other").unwrap();
    cardholder(|draft| draft.content.lid_ca = Some(other.clone()), "Error unknownLID");
    cardholder(
        |draft| {
            draft.content.lid_ee = other.clone();
            draft.header.message_ids = None;
        },
        "Error unknownLID",
    );
    cardholder(|draft| draft.content.chall_ca = None, "Error challengeMismatch");
    let stale = Challenge::new([0; 32]);
    cardholder(|draft| draft.content.chall_ca = Some(stale), "Error challengeMismatch");
}

#[test]
fn possession_of_the_new_key_is_proved() {
    for kind in [CaKind::Cca, CaKind::Mca] {
        let mut desk = Desk::new(kind);
        let stranger = desk.key(KeyUse::Sign);
        let named = public(&stranger);
        let answer = desk.request(|draft| {
            draft.content.public_key_sor_e.public_key_s = Some(named.clone());
        });
        assert_eq!(answer, "Error signatureFailure");
        assert_eq!(desk.world.issued(), 0);
    }
}

#[test]
fn identity_and_type_are_those_of_the_form() {
    let type_of = |request_type| move |draft: &mut Draft| draft.content.request_type = request_type;
    let other_type = "rejectedByCA: the request is of another type than the form";
    cardholder(type_of(RequestType::CardRenewalSig), other_type);
    merchants(type_of(RequestType::MerInitialSig), other_type);
    let other_applicant = "rejectedByCA: the request is for another applicant than the form";
    merchants(|draft| draft.content.id_data = Some(merchant("M-2")), other_applicant);
    merchants(|draft| draft.content.id_data = None, other_applicant);
    cardholder(|draft| draft.content.id_data = Some(merchant("M-1")), other_applicant);
}

#[test]
fn the_form_is_filled_in_as_it_asks() {
    let items = |items: &[(&str, &str)]| {
        let items: Vec<_> = items
            .iter()
            .map(|(name, value)| RegFormItem {
                field_name: ShortText::new(name).unwrap(),
                field_value: PrivateText::new(value).unwrap(),
            })
            .collect();
        move |draft: &mut Draft| draft.content.reg_form = Some(items.clone().into())
    };
    let begin = "regFormAnswerMalformed: answers are missing or do not fit";
    let question = super::world::QUESTION;
    let passphrase = (question, super::world::PASSPHRASE);
    cardholder(items(&[passphrase, ("Name", "A. Cardholder")]), "requestComplete");
    cardholder(|draft| draft.content.reg_form = None, &format!("{begin} 0:must be answered"));
    cardholder(items(&[passphrase, passphrase]), &format!("{begin} 0:is answered twice"));
    let long = [passphrase, ("Name", "twenty-one characters")];
    cardholder(items(&long), &format!("{begin} 1:is longer than 20 characters"));
    let unasked = format!("{begin} 2:answers a question that the form does not ask");
    cardholder(items(&[passphrase, ("Shoe size", "43")]), &unasked);
    let card = "regFormAnswerMalformed: leave the card number out of the form";
    cardholder(items(&[passphrase, ("Name", "4929 12341234-1232")]), card);
    let other = "regFormAnswerMalformed: another form was sent; begin again";
    cardholder(|draft| draft.content.reg_form_id = Count::new(8).unwrap(), other);
}

#[test]
fn the_card_is_the_one_of_the_form_and_valid() {
    let pan = |pan: &'static str| {
        move |draft: &mut Draft| draft.card.pan = CardNumber(Pan::parse(pan).unwrap())
    };
    let expiry = |text: &'static str| {
        move |draft: &mut Draft| draft.card.card_expiry = CardExpiry::new(text).unwrap()
    };
    cardholder(pan(FOREIGN_PAN), "invalidBIN: the card is of another issuer than the form");
    cardholder(expiry("202610"), "rejectedByIssuer: the card has expired");
    cardholder(pan(OTHER_PAN), &format!("rejectedByIssuer: {NOT_ADMITTED}"));
    cardholder(expiry("202801"), &format!("rejectedByIssuer: {NOT_ADMITTED}"));
}

#[test]
fn a_certificate_ends_with_its_card() {
    let mut desk = Desk::with(CaKind::Cca, |config| {
        let Admission::Listed { cards, .. } = &mut config.issuers[0].admission else { return };
        cards[0].expiry = None;
    });
    let answer = desk.request(|draft| draft.card.card_expiry = CardExpiry::new("202611").unwrap());
    assert_eq!(answer, "requestComplete");
    let certificate = desk.certificates().remove(0);
    assert_eq!(certificate.not_after().to_string(), "2026-11-30T23:59:59Z");
}

#[test]
fn keys_are_of_a_suite_different_and_never_certified() {
    let asked = "rejectedByCA: the keys are not the ones that the request type asks for";
    merchants(|draft| draft.content.public_key_sor_e.public_key_e = None, asked);
    cardholder(
        |draft| {
            let key = draft.content.public_key_sor_e.public_key_s.clone();
            draft.content.public_key_sor_e.public_key_e = key;
        },
        asked,
    );
    merchants(
        |draft| {
            let key = draft.content.public_key_sor_e.public_key_s.clone();
            draft.content.public_key_sor_e.public_key_e = key;
        },
        "rejectedByCA: one key cannot both sign and open",
    );
    let foreign = counterfoil_message::primitive::foreign::PublicKey::new(&[0x30, 0]).unwrap();
    merchants(
        |draft| draft.content.public_key_sor_e.public_key_e = Some(foreign.clone()),
        "rejectedByCA: no suite has such a key",
    );
}

#[test]
fn a_key_is_certified_once() {
    let mut desk = Desk::with(CaKind::Mca, |config| {
        let mut second = config.acquirers[0].merchants[0].clone();
        second.id = "M-2".into();
        second.passphrase =
            super::world::marks().passphrase(&format!("{BIN}:M-2"), super::world::PASSPHRASE);
        config.acquirers[0].merchants.push(second);
    });
    let session = desk.session();
    let first = desk.draft(&session);
    let body = desk.seal(&first);
    assert_eq!(desk.ask(&body), "requestComplete");
    let body = desk.merchant_init(|_, request| request.id_data = merchant("M-2"));
    assert_eq!(desk.ask(&body), "Me-AqCInitRes");
    let session = desk.session_of(merchant("M-2"));
    let mut check = |change: &dyn Fn(&mut Draft), expected: &str| {
        let answer = desk.request_in(&session, |draft| {
            draft.content.id_data = Some(merchant("M-2"));
            change(draft);
        });
        assert_eq!(answer, expected);
    };
    let used = "rejectedByCA: the key was certified before";
    check(
        &|draft| {
            draft.key = first.key.clone();
            draft.content.public_key_sor_e.public_key_s = Some(public(&first.key));
        },
        used,
    );
    let PublicKeySorE { public_key_e, .. } = &first.content.public_key_sor_e;
    check(&|draft| draft.content.public_key_sor_e.public_key_e = public_key_e.clone(), used);
    check(&|_| (), "requestComplete");
}

#[test]
fn a_challenge_is_answered_a_few_times_and_not_after_a_certificate() {
    let mut desk = Desk::new(CaKind::Cca);
    let session = desk.session();
    let malformed = "regFormAnswerMalformed: answers are missing or do not fit 0:must be answered";
    for _ in 0..REQUESTS_PER_SESSION_MAX - 1 {
        assert_eq!(desk.request_in(&session, |draft| draft.content.reg_form = None), malformed);
    }
    assert_eq!(desk.request_in(&session, |_| ()), "requestComplete");
    assert_eq!(desk.request_in(&session, |_| ()), "Error challengeMismatch");
    let session = desk.session();
    for _ in 0..REQUESTS_PER_SESSION_MAX {
        assert_eq!(desk.request_in(&session, |draft| draft.content.reg_form = None), malformed);
    }
    assert_eq!(desk.request_in(&session, |_| ()), "Error challengeMismatch");
}

#[test]
fn an_answer_that_cannot_be_sealed_is_signed_and_empty() {
    let unable = "unableToEncryptCertRes: no usable back key";
    cardholder(|draft| draft.content.ca_back_key_data = None, unable);
    cardholder(
        |draft| {
            let data = draft.content.ca_back_key_data.as_mut().unwrap();
            data.back_alg = counterfoil_crypto::oid::suite(1);
        },
        unable,
    );
}

#[test]
fn a_renewal_is_signed_under_the_certificate_that_it_names() {
    let mut desk = Desk::new(CaKind::Mca);
    let session = desk.session();
    let first = desk.draft(&session);
    let body = desk.seal(&first);
    assert_eq!(desk.ask(&body), "requestComplete");
    let certificates = desk.certificates();
    let is_key = |c: &&Certificate| c.spki_der() == first.key.spki_der();
    let present = certificates.iter().find(is_key).unwrap().clone();
    let exchange = certificates.iter().find(|c| !is_key(c)).unwrap().clone();
    let thumb = |c: &Certificate| Some(CertThumb::new(*c.thumb().as_bytes()));
    let mut check = |change: &dyn Fn(&mut Draft), expected: &str| {
        let session = desk.session_for(RequestType::MerRenewalBoth);
        let answer = desk.request_in(&session, |draft| {
            draft.content.request_type = RequestType::MerRenewalBoth;
            draft.content.ee_thumb = thumb(&present);
            draft.present = Some((first.key.clone(), present.clone()));
            change(draft);
        });
        assert_eq!(answer, expected);
    };
    let sig = |text: &str| format!("sigValidationFail: {text}");
    check(&|draft| draft.present = None, &sig("the present certificate has not signed"));
    check(&|draft| draft.content.ee_thumb = None, &sig("eeThumb names no certificate"));
    let unknown = Some(CertThumb::new([0; 32]));
    check(
        &|draft| draft.content.ee_thumb = unknown.clone(),
        &sig("eeThumb names an unknown certificate"),
    );
    check(
        &|draft| draft.content.ee_thumb = thumb(&exchange),
        &sig("another certificate than eeThumb names has signed"),
    );
    check(&|_| (), "requestComplete");
    let serial = hex::encode(present.serial());
    let reason = Default::default();
    desk.world.operator(crate::ca::Command::Revoke { serial, reason });
    let session = desk.session_for(RequestType::MerRenewalBoth);
    let answer = desk.request_in(&session, |draft| {
        draft.content.request_type = RequestType::MerRenewalBoth;
        draft.content.ee_thumb = thumb(&present);
        draft.present = Some((first.key.clone(), present.clone()));
    });
    assert_eq!(answer, "Error revokedCertificate");
}

#[test]
fn inquiry_rules() {
    let mut desk = Desk::with(CaKind::Cca, |config| config.issuers[0].review = true);
    let session = desk.session();
    let draft = desk.draft(&session);
    let key = draft.key.clone();
    let early = desk.inquiry(&session, &key, |_, _| ());
    assert_eq!(desk.ask(&early), "Error unknownLID", "nothing was asked for yet");
    let body = desk.seal(&draft);
    let pended = "requestPended: the request waits for a person to decide; ask again later";
    assert_eq!(desk.ask(&body), pended);
    let progress =
        "requestInProgress: an earlier request of this registration waits for a decision";
    assert_eq!(desk.request_in(&session, |_| ()), progress);
    let stranger = desk.key(KeyUse::Sign);
    let mut check = |key: &_, change: &dyn Fn(&mut MessageHeader, &mut _), expected: &str| {
        let body = desk.inquiry(&session, key, change);
        assert_eq!(desk.ask(&body), expected);
    };
    check(&key, &|_, _| (), "requestPended: nobody has decided yet");
    check(&stranger, &|_, _| (), "Error signatureFailure");
    check(&key, &|header, _| other_rrpid(header), "Error wrapperMsgMismatch");
    check(&key, &|_, content| content.lid_ca = lid_ee(), "Error unknownLID");
    check(
        &key,
        &|header, content| {
            content.lid_ee = LocalId::new(b"other").unwrap();
            header.message_ids = None;
        },
        "Error unknownLID",
    );
}

#[test]
fn changed_octets_never_lead_to_a_certificate() {
    let mut desk = Desk::new(CaKind::Cca);
    let session = desk.session();
    let draft = desk.draft(&session);
    let body = desk.seal(&draft);
    for place in (0..body.len()).step_by(5) {
        let mut changed = body.clone();
        changed[place] ^= 1;
        let answer = desk.ask(&changed);
        assert!(answer == "dropped" || answer.starts_with("Error"), "{place}: {answer}");
    }
    assert_eq!(desk.world.issued(), 0);
    assert_eq!(desk.ask(&body), "requestComplete");
}
