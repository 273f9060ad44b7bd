//! What somebody who holds certain private keys makes of a message: which envelopes open, whose
//! signatures are there and hold. It tries, and says what came of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use counterfoil_crypto::cms::enveloped;
use counterfoil_crypto::cms::recipient::IssuerAndSerial;
use counterfoil_crypto::cms::signed::{Expected, SignedData, SignerId, SignerName};
use counterfoil_crypto::cms::{AUTH_ENVELOPED_DATA, ContentInfo, SIGNED_DATA};
use counterfoil_crypto::digest::{DetachedDigest, sha256};
use counterfoil_crypto::key::ExchangeKey;
use counterfoil_crypto::oid::{self, Oid, content_type};
use counterfoil_message::codec;
use counterfoil_message::container::Content as _;
use counterfoil_message::exchange::purchase::PReq;
use counterfoil_message::instruction::{PiContext, PiData, PiDualSignedTbe, PiTbs};
use counterfoil_message::primitive::{BrandId, Digest, Xid};
use counterfoil_message::treatment::{Binding, digest_of};
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_pki::{Certificate, Roles};
use counterfoil_secret::SecretBytes;

/// Lengths that the head of a DER SEQUENCE can have.
const HEAD_OCTETS: std::ops::RangeInclusive<usize> = 2..=5;

/// What everybody knows of a purchase: its number, and who took part.
pub struct Purchase {
    /// XID.
    pub xid: Xid,
    /// The suite.
    pub suite: Oid,
    /// The brand.
    pub brand: BrandId,
    /// The merchant's signature certificate.
    pub merchant: Certificate,
    /// The gateway's key-exchange certificate.
    pub gateway: Certificate,
}

/// Certificates by thumb, to name signers and recipients by.
#[derive(Default)]
pub struct Known(BTreeMap<[u8; 32], Certificate>);

/// What there is to see in a message.
#[derive(Default)]
pub struct Seen {
    /// What the keys opened.
    pub opened: Vec<SecretBytes>,
    /// Who signed, and whether the signature was verified just now.
    pub signers: BTreeMap<String, bool>,
    /// For whom envelopes are that can be seen, opened or not.
    pub sealed_for: BTreeSet<String>,
}

impl Known {
    /// Adds a certificate.
    pub fn add(&mut self, certificate: Certificate) {
        self.0.insert(*certificate.thumb().as_bytes(), certificate);
    }

    /// Adds the certificates that came along with the signatures in a message.
    pub fn learn(&mut self, octets: &[u8]) {
        for info in containers(octets, SIGNED_DATA) {
            let Ok(data) = SignedData::parse(&info) else { continue };
            let read = data.certificates.iter().map(|der| Certificate::from_der(der));
            read.flatten().for_each(|certificate| self.add(certificate));
        }
    }

    fn named(&self, name: &IssuerAndSerial<'_>) -> Option<&Certificate> {
        self.0.values().find(|certificate| {
            certificate.issuer_der() == name.issuer_der
                && certificate.serial_der() == name.serial_der
        })
    }
}

/// The role of a certificate, in a word.
fn role(certificate: &Certificate) -> String {
    let names = [
        (Roles::CARD, "cardholder"),
        (Roles::MER, "merchant"),
        (Roles::PGWY, "gateway"),
        (Roles::CCA, "cca"),
        (Roles::MCA, "mca"),
        (Roles::PCA, "pca"),
        (Roles::BCA, "brand-ca"),
        (Roles::RCA, "root-ca"),
    ];
    let found = names.iter().find(|(role, _)| certificate.roles().intersects(*role));
    found.map_or_else(|| "somebody".into(), |(_, name)| (*name).to_owned())
}

/// Looks at a message with these private keys.
pub fn look(
    message: &[u8],
    keys: &[Arc<dyn ExchangeKey>],
    purchase: &Purchase,
    known: &Known,
) -> Seen {
    let mut seen = Seen::default();
    let mut bindings = bindings(message, purchase);
    let mut dual = dual_of_order(message, purchase);
    let mut todo = vec![message.to_vec()];
    while let Some(octets) = todo.pop() {
        for info in containers(&octets, AUTH_ENVELOPED_DATA) {
            let recipients = enveloped::recipients_of(&info).unwrap_or_default();
            let names = recipients.iter().filter_map(|name| known.named(name)).map(role);
            seen.sealed_for.extend(names);
            if recipients.is_empty() {
                seen.sealed_for.insert("the requester".to_owned());
            }
            if let Some((sealed, plain)) = open(&info, keys, &bindings) {
                bindings.extend(extra_binding(message, sealed, plain.expose()));
                if let Ok(tbe) = codec::decode::<PiDualSignedTbe>(plain.expose()) {
                    bindings.extend(card_binding(&tbe, purchase));
                    dual.extend(dual_of_instruction(&tbe, purchase));
                }
                todo.push(plain.expose().clone());
                seen.opened.push(plain);
            }
        }
        for info in containers(&octets, SIGNED_DATA) {
            signers(&info, &dual, known, &mut seen.signers);
        }
    }
    seen
}

/// The bindings under which envelopes of this message may have been made.
fn bindings(message: &[u8], purchase: &Purchase) -> Vec<[u8; 32]> {
    let header = MessageWrapper::peek_header(message).ok();
    let of_header = header.and_then(|header| Binding::of_header(&header).ok());
    let of_instruction = Binding::of_instruction(&context(purchase)).ok();
    let of_purchase = Binding::of_purchase(&purchase.xid).ok();
    let all = [of_header, of_instruction, of_purchase].into_iter().flatten();
    all.map(|binding| *binding.as_bytes()).collect()
}

fn context(purchase: &Purchase) -> PiContext {
    PiContext {
        suite: purchase.suite,
        xid: purchase.xid,
        merchant_cert_hash: Digest::new(*purchase.merchant.thumb().as_bytes()),
        gateway_cert_hash: Digest::new(*purchase.gateway.thumb().as_bytes()),
    }
}

/// The binding of the card's own envelope: the instruction's context and the instruction.
fn card_binding(tbe: &PiDualSignedTbe, purchase: &Purchase) -> Option<[u8; 32]> {
    let companion = digest_of(&tbe.pi_oi_link.pi_head).ok()?;
    let mut octets = codec::encode(&context(purchase)).ok()?;
    octets.extend(codec::encode(&companion).ok()?);
    Some(sha256(&octets))
}

/// What the cardholder signed, from the merchant's half.
fn dual_of_order(message: &[u8], purchase: &Purchase) -> Vec<Vec<u8>> {
    let order = || {
        let wrapper = MessageWrapper::decode(message).ok()?;
        let PReq::DualSigned(request) = wrapper.message.decode().ok()? else { return None };
        let h_oi_data = digest_of(&request.oi_dual_signed.oi_data).ok()?;
        to_be_signed(purchase, request.oi_dual_signed.h_pi_data, h_oi_data)
    };
    order().into_iter().collect()
}

/// What the cardholder signed, from the gateway's half.
fn dual_of_instruction(tbe: &PiDualSignedTbe, purchase: &Purchase) -> Option<Vec<u8>> {
    let pi_head = tbe.pi_oi_link.pi_head.clone();
    let h_pi_data = digest_of(&PiData { pi_head, h_pan_data: tbe.h_pan_data }).ok()?;
    to_be_signed(purchase, h_pi_data, tbe.pi_oi_link.h_oi_data)
}

fn to_be_signed(
    purchase: &Purchase,
    h_pi_data: DetachedDigest,
    h_oi_data: DetachedDigest,
) -> Option<Vec<u8>> {
    let context = context(purchase);
    let signed = PiTbs {
        protocol: oid::PROTOCOL_DUAL_SIGNATURE,
        suite: context.suite,
        brand_id: purchase.brand.clone(),
        xid: context.xid,
        merchant_cert_hash: context.merchant_cert_hash,
        gateway_cert_hash: context.gateway_cert_hash,
        h_pi_data,
        h_oi_data,
    };
    codec::encode(&signed).ok()
}

/// The binding of account data's own envelope in a registration: the message's header and the
/// content that stands first beside it.
fn extra_binding(message: &[u8], sealed: Oid, plain: &[u8]) -> Option<[u8; 32]> {
    let header = MessageWrapper::peek_header(message).ok()?;
    let first = first_element(plain)?;
    let mut octets = codec::encode(&header).ok()?;
    octets.extend(codec::encode(&DetachedDigest::of(sealed, first)).ok()?);
    Some(sha256(&octets))
}

/// The first element of a DER SEQUENCE.
fn first_element(sequence: &[u8]) -> Option<&[u8]> {
    let inside = sequence.get(sequence_head(sequence)?..)?;
    inside.get(..element_length(inside)?)
}

/// Length of the head of an element.
fn sequence_head(octets: &[u8]) -> Option<usize> {
    match *octets.get(1)? {
        short if short < 0x80 => Some(2),
        long => Some(2 + usize::from(long & 0x7f)),
    }
}

/// Length of the element that `octets` begin with.
fn element_length(octets: &[u8]) -> Option<usize> {
    let head = sequence_head(octets)?;
    let length = match octets.get(1..head)? {
        [short] => usize::from(*short),
        [_, rest @ ..] => rest.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)),
        [] => return None,
    };
    head.checked_add(length)
}

/// Opens an envelope, if one of the keys does; also says what type of content it had.
fn open(
    info: &ContentInfo,
    keys: &[Arc<dyn ExchangeKey>],
    bindings: &[[u8; 32]],
) -> Option<(Oid, SecretBytes)> {
    let sealed = enveloped::content_type_of(info).ok()?;
    let plain = keys.iter().find_map(|key| {
        bindings.iter().find_map(|binding| enveloped::open(info, &**key, sealed, binding).ok())
    })?;
    Some((sealed, plain))
}

/// Names the signers of `info` and verifies what can be verified.
fn signers(
    info: &ContentInfo,
    dual: &[Vec<u8>],
    known: &Known,
    found: &mut BTreeMap<String, bool>,
) {
    let Ok(data) = SignedData::parse(info) else { return };
    let is_dual = data.content_type == content_type(PiTbs::CONTENT_TYPE);
    for (index, signer) in data.signers.iter().enumerate() {
        let (SignerName::Certificate(name), Some(thumb)) = (signer.name, signer.certificate_thumb)
        else {
            // In a registration the new key signs, and there is no certificate of it yet.
            found.entry("the new key".to_owned()).or_default();
            continue;
        };
        let Some(certificate) = known.0.get(&thumb) else { continue };
        let holds = |content: Option<&[u8]>| {
            let id = SignerId::Certificate { name, thumb };
            let content_type = data.content_type;
            let expected = Expected { content_type, content, signer: id, recipient: None };
            let key = certificate.verifying_key();
            key.is_ok_and(|key| data.verify(index, key, &expected).is_ok())
        };
        let verified = match data.content {
            Some(_) => holds(None),
            None => dual.iter().any(|content| holds(Some(content))),
        };
        let label = if is_dual { "cardholder (dual)".to_owned() } else { role(certificate) };
        *found.entry(label).or_default() |= verified;
    }
}

/// Every ContentInfo of this kind, wherever it stands.
fn containers(octets: &[u8], kind: Oid) -> Vec<ContentInfo> {
    let oid = kind.to_der_bytes();
    let places = octets.windows(oid.len()).enumerate();
    let places = places.filter(|(_, window)| *window == oid).map(|(at, _)| at);
    places
        .filter_map(|at| HEAD_OCTETS.into_iter().find_map(|head| whole(octets, at, head)))
        .collect()
}

/// The SEQUENCE whose head of `head` octets ends at `at`.
fn whole(octets: &[u8], at: usize, head: usize) -> Option<ContentInfo> {
    let start = at.checked_sub(head)?;
    let from = octets.get(start..)?;
    if from.first() != Some(&0x30) || sequence_head(from)? != head {
        return None;
    }
    ContentInfo::from_der(from.get(..element_length(from)?)?.to_vec()).ok()
}
