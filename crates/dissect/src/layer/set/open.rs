//! Opens envelopes with the keys that the user offered, and with those that were found inside.
//!
//! What an envelope is bound to (docs/wire-format.md, E) comes from the message itself, and for
//! payment instructions from what was read before: the certificates of merchant and gateway.

use counterfoil_crypto::cms::{ContentInfo, enveloped};
use counterfoil_crypto::digest::{DetachedDigest, sha256, sha256_of};
use counterfoil_crypto::oid::content_type;
use counterfoil_crypto::suite::SUITES;
use counterfoil_message::codec;
use counterfoil_message::container::Content;
use counterfoil_message::instruction::{PiContext, PiDualSignedTbe, PiHead};
use counterfoil_message::primitive::{Digest, Xid};
use counterfoil_remark::{Kind, Severity};
use der::Encode;

use super::form::Form;
use super::memory::Memory;
use super::part::{Part, Source};
use super::walk::Walk;
use super::{Findings, signed};
use crate::tree::Span;

/// Most ways in which one payment instruction is tried.
const CONTEXTS_MAX: usize = 64;
/// Envelopes inside each other that are opened.
const OPENED_DEEP_MAX: usize = 4;

/// Content type of AcqCardCodeMsgTBE, which is bound to the purchase.
const ACQ_CARD_CODE_MSG_TBE: u32 = 58;
/// Content types that travel in an envelope inside of another one.
const INNER: [u32; 4] = [0, 1, 2, 104];

pub(super) static ENVELOPE_UNOPENED: Kind = Kind {
    id: "set-envelope-unopened",
    group: "set",
    severity: Severity::Warning,
    title: "An envelope names a certificate whose key was offered, and does not open.",
    page: "The envelope is addressed to the certificate that the offered key belongs to, and the \
           key does not open it. Envelopes are bound to their surroundings: to the header of the \
           message, or to purchase, merchant and gateway for a payment instruction. So either the \
           header or the envelope was changed on its way, or a certificate that the binding \
           names was not seen in this capture.\n\nThe receiver sees the same and answers with \
           Error `signatureFailure`. Give a capture that has the PInitRes of the purchase, and \
           compare the header with what the sender's journal has.",
    reference: "docs/wire-format.md, E; RFC 5083 section 2",
};

/// What the message has told so far about what its envelopes are bound to.
#[derive(Default)]
pub(super) struct Told {
    /// DER of the header.
    header: Vec<u8>,
    xids: Vec<[u8; 20]>,
    merchants: Vec<[u8; 32]>,
    gateways: Vec<[u8; 32]>,
}

impl Told {
    /// What a message tells whose header has this DER.
    pub(super) fn by_header(header: Vec<u8>) -> Self {
        Self { header, ..Self::default() }
    }
}

/// What surrounds an envelope.
#[derive(Clone, Default)]
struct Around {
    /// What an inner envelope is bound to.
    inner_binding: Option<[u8; 32]>,
    depth: usize,
}

/// Opens what can be opened in one message.
pub(super) struct Opening<'m> {
    pub(super) memory: &'m mut Memory,
    pub(super) findings: &'m mut Findings,
    pub(super) told: Told,
}

struct Plain {
    bytes: Vec<u8>,
    with: String,
    around: Around,
}

impl Opening<'_> {
    /// Opens every envelope in `part` that opens, and puts what was inside beside it.
    pub(super) fn open(&mut self, part: &mut Part) {
        self.learn(part);
        self.visit(part, &Around::default());
    }

    fn visit(&mut self, part: &mut Part, around: &Around) {
        if is_envelope(part) && around.depth < OPENED_DEEP_MAX {
            self.envelope(part, around);
            return;
        }
        for child in &mut part.children {
            self.visit(child, around);
        }
    }

    fn envelope(&mut self, part: &mut Part, around: &Around) {
        let Ok(info) = ContentInfo::from_der(part.der().to_vec()) else { return };
        let Ok(oid) = enveloped::content_type_of(&info) else { return };
        let Some(number) = oid.content_type_number() else { return };
        let Some(plain) = self.try_keys(&info, number, around) else {
            self.unopened(part, &info);
            return;
        };
        let span = Span::of("opened", 0, plain.bytes.len() as u64);
        let source = Source::new(plain.bytes, span);
        let range = 0..source.bytes().len();
        let form = Form::of_content_number(number);
        let mut opened = Walk::new(self.findings, true).content(&source, range, "opened", &form);
        let how = format!("with {}", plain.with);
        let says = if opened.value.is_empty() { how } else { format!("{}, {how}", opened.value) };
        opened.value = says;
        self.learn(&opened);
        let mut inside = plain.around;
        inside.depth = around.depth + 1;
        if inside.inner_binding.is_none() {
            inside.inner_binding = self.companion_binding(&opened, number);
        }
        self.visit(&mut opened, &inside);
        part.children.push(opened);
    }

    fn try_keys(&self, info: &ContentInfo, number: u32, around: &Around) -> Option<Plain> {
        let oid = content_type(number);
        if number == PiDualSignedTbe::CONTENT_TYPE {
            return self.instruction(info);
        }
        let bindings: Vec<[u8; 32]> = match number {
            ACQ_CARD_CODE_MSG_TBE => {
                self.told.xids.iter().filter_map(|xid| binding_of_xid(*xid)).collect()
            }
            _ if INNER.contains(&number) => around.inner_binding.into_iter().collect(),
            _ => vec![sha256(&self.told.header)],
        };
        for binding in &bindings {
            for offered in &self.memory.keys {
                if let Ok(bytes) = enveloped::open(info, offered.key.as_ref(), oid, binding) {
                    let (bytes, with) = (bytes.expose().clone(), offered.file.clone());
                    return Some(Plain { bytes, with, around: Around::default() });
                }
            }
            for key in &self.memory.back_keys {
                if let Ok(bytes) = enveloped::open_with_key(info, key.expose(), oid, binding) {
                    let with = "the key that its reader had sent".to_owned();
                    let bytes = bytes.expose().clone();
                    return Some(Plain { bytes, with, around: Around::default() });
                }
            }
        }
        None
    }

    /// A payment instruction is bound to purchase, merchant and gateway.
    fn instruction(&self, info: &ContentInfo) -> Option<Plain> {
        let oid = content_type(PiDualSignedTbe::CONTENT_TYPE);
        for context in self.contexts(info) {
            let der = codec::encode(&context).ok()?;
            let binding = sha256(&der);
            for offered in &self.memory.keys {
                let Ok(bytes) = enveloped::open(info, offered.key.as_ref(), oid, &binding) else {
                    continue;
                };
                let bytes = bytes.expose().clone();
                let inner_binding = pan_binding(&der, &bytes);
                let around = Around { inner_binding, depth: 0 };
                return Some(Plain { bytes, with: offered.file.clone(), around });
            }
        }
        None
    }

    fn contexts(&self, info: &ContentInfo) -> Vec<PiContext> {
        let mut gateways = self.told.gateways.clone();
        gateways.extend(self.named_recipients(info));
        let mut contexts = Vec::new();
        for xid in &self.told.xids {
            let purchase = self.memory.purchases.get(&xid.to_vec());
            let merchants = self.told.merchants.iter().chain(purchase.map(|known| &known.merchant));
            let known = purchase.map(|known| &known.gateway);
            for merchant in merchants {
                for gateway in gateways.iter().chain(known) {
                    contexts.extend(SUITES.iter().map(|suite| PiContext {
                        suite: suite.oid,
                        xid: Xid::new(*xid),
                        merchant_cert_hash: Digest::new(*merchant),
                        gateway_cert_hash: Digest::new(*gateway),
                    }));
                }
            }
        }
        contexts.dedup();
        contexts.truncate(CONTEXTS_MAX);
        contexts
    }

    /// Thumbs of the certificates that an envelope is addressed to, as far as they are known.
    fn named_recipients(&self, info: &ContentInfo) -> Vec<[u8; 32]> {
        let named = enveloped::recipients_of(info).unwrap_or_default();
        self.memory
            .certificates
            .values()
            .filter(|certificate| named.contains(&certificate.issuer_and_serial()))
            .map(|certificate| certificate.thumb().0)
            .collect()
    }

    fn unopened(&mut self, part: &Part, info: &ContentInfo) {
        let thumbs = self.named_recipients(info);
        let is_offered = thumbs.iter().filter_map(|thumb| self.memory.certificates.get(thumb)).any(
            |certificate| {
                self.memory.keys.iter().any(|key| key.key.spki_der() == certificate.spki_der())
            },
        );
        if is_offered {
            let found = format!("{} does not open with the key that it is sealed for", part.name);
            self.findings.remark_part(&ENVELOPE_UNOPENED, part, found);
        }
    }

    /// What the inner envelope of EX, EncX and EncBX is bound to: the header, and what stands
    /// beside it.
    fn companion_binding(&self, opened: &Part, number: u32) -> Option<[u8; 32]> {
        opened.child("envelope")?;
        let content = opened.child("content")?;
        let digest = DetachedDigest::of(content_type(number), content.der()).to_der().ok()?;
        Some(sha256_of(&[&self.told.header, &digest]))
    }

    /// Takes in what a part tells about bindings and keys.
    fn learn(&mut self, part: &Part) {
        let Self { memory, told, .. } = self;
        part.each(&mut |part| match part.type_name {
            "XID" => push_new(&mut told.xids, part.octets()),
            "BackKey" => memory.learn_back_key(part.octets()),
            _ if signed::is_signed_data(part) => {
                for certificate in signed::certificates(part) {
                    memory.learn(&certificate);
                }
                for signer in signed::signers(part) {
                    signer.thumb.iter().for_each(|thumb| push_new(&mut told.merchants, thumb));
                    signer.recipient.iter().for_each(|thumb| push_new(&mut told.gateways, thumb));
                }
            }
            _ => {}
        });
    }
}

fn push_new<const N: usize>(known: &mut Vec<[u8; N]>, octets: &[u8]) {
    if let Ok(octets) = octets.try_into()
        && !known.contains(&octets)
        && known.len() < CONTEXTS_MAX
    {
        known.push(octets);
    }
}

fn is_envelope(part: &Part) -> bool {
    part.child("AuthEnvelopedData").is_some()
}

fn binding_of_xid(xid: [u8; 20]) -> Option<[u8; 32]> {
    Some(sha256(&codec::encode(&Xid::new(xid)).ok()?))
}

/// What the envelope of the card data is bound to: the context, and the instruction beside it.
fn pan_binding(context: &[u8], instruction: &[u8]) -> Option<[u8; 32]> {
    let instruction: PiDualSignedTbe = codec::decode(instruction).ok()?;
    let head = codec::encode(&instruction.pi_oi_link.pi_head).ok()?;
    let digest = DetachedDigest::of(content_type(PiHead::CONTENT_TYPE), &head).to_der().ok()?;
    Some(sha256_of(&[context, &digest]))
}
