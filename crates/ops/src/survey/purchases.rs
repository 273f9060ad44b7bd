//! Merchants' and gateways' journals: the last purchases' dual signatures checked once more, salts
//! compared, and exchanges that were answered twice.
//!
//! Nothing is opened: what is looked at is what the party itself saw in the clear.

use std::collections::{BTreeMap, BTreeSet};

use counterfoil_crypto::cms::signed::{Expected, SignedData, SignerId, SignerName};
use counterfoil_crypto::digest::{DetachedDigest, sha256};
use counterfoil_crypto::oid::{self, content_type};
use counterfoil_crypto::suite::Suite;
use counterfoil_doctor::fact::{
    AnsweredTwice, Fact, Flaw, FlawedRequest, Observation as _, Reverified, SharedSalt,
};
use counterfoil_message::codec;
use counterfoil_message::container::Content as _;
use counterfoil_message::exchange::purchase::{PReq, PReqDualSigned};
use counterfoil_message::exchange::purchase_init::PInitRes;
use counterfoil_message::instruction::PiTbs;
use counterfoil_message::pdu::Pdu as _;
use counterfoil_message::primitive::{BrandId, Digest, Xid};
use counterfoil_message::treatment::digest_of;
use counterfoil_message::wrapper::MessageWrapper;
use counterfoil_party::machine::Role;
use counterfoil_party::merchant::ledger::Purchase;
use counterfoil_party::records::{Direction, JournalEntry};
use counterfoil_pki::Certificate;
use counterfoil_store::{Inspector, StoreError};

use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "purchases", run };

/// Lines of a journal that are looked at, from its end.
const LINES_MAX: usize = 400;
/// Requests whose signatures are checked.
const REQUESTS_MAX: usize = 40;
/// Answers that must not differ when a request comes again.
const ANSWERS: [&str; 4] = ["AuthRes", "CapRes", "AuthRevRes", "CredRes"];

fn run(place: &Place) -> Vec<Fact> {
    let mut facts = Vec::new();
    for (entry, material) in place.materials() {
        if !matches!(entry.role, Role::Merchant | Role::Gateway) {
            continue;
        }
        let file = material.folder().state();
        if !file.exists() {
            continue;
        }
        let source = place.name_of(&file);
        match look(&file, entry.role) {
            Ok(seen) => facts.push(Fact::of(&entry.name, source, place.now, &seen)),
            Err(error) => {
                facts.push(place.unseen(&entry.name, &source, Reverified::KIND, error));
            }
        }
    }
    facts
}

fn look(file: &std::path::Path, role: Role) -> Result<Reverified, StoreError> {
    let store = Inspector::open(file)?;
    let lines = last_lines(&store)?;
    let mut seen = Reverified {
        sound: 0,
        unchecked: 0,
        flawed: Vec::new(),
        salts: Vec::new(),
        answers: answered_twice(&lines),
    };
    if role == Role::Merchant {
        let requests = requests(&lines);
        seen.salts = shared_salts(&requests);
        for request in requests.iter().rev().take(REQUESTS_MAX) {
            match judge(&store, request, &requests)? {
                Judged::Sound => seen.sound += 1,
                Judged::Unchecked => seen.unchecked += 1,
                Judged::Flawed(flawed) => seen.flawed.push(flawed),
            }
        }
        if seen.sound == 0 {
            // Where none holds, it is rather that they are checked with the wrong things.
            let all = seen.flawed.len();
            seen.flawed.retain(|flawed| flawed.flaw != Flaw::Broken);
            seen.unchecked += (all - seen.flawed.len()) as u64;
        }
    }
    Ok(seen)
}

/// The last lines of a journal. Their numbers rise: the end is found by halving.
fn last_lines(store: &Inspector) -> Result<Vec<JournalEntry>, StoreError> {
    let is_after = |seq: i64| Ok::<_, StoreError>(!store.journal_after(seq, 1)?.is_empty());
    let mut high: i64 = 1;
    while is_after(high)? {
        high = high.saturating_mul(2);
    }
    let mut low = high / 2;
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if is_after(middle)? { low = middle } else { high = middle }
    }
    let from = high.saturating_sub(i64::try_from(LINES_MAX).unwrap_or(i64::MAX)).max(0);
    let lines = store.journal_after(from, LINES_MAX)?;
    Ok(lines.into_iter().map(|line| line.entry).collect())
}

/// A signed purchase request as it was received.
struct Request {
    xid: String,
    sha256: String,
    request: PReqDualSigned,
}

fn requests(lines: &[JournalEntry]) -> Vec<Request> {
    let received = lines.iter().filter(|line| line.direction == Direction::Received);
    received
        .filter_map(|line| {
            let xid = line.xid.clone()?;
            let wrapper = MessageWrapper::decode(&line.body).ok()?;
            let PReq::DualSigned(request) = wrapper.message.decode().ok()? else { return None };
            Some(Request { xid, sha256: hex::encode(sha256(&line.body)), request })
        })
        .collect()
}

/// Salts of more than one purchase.
fn shared_salts(requests: &[Request]) -> Vec<SharedSalt> {
    let mut by_salt: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for Request { xid, request, .. } in requests {
        let salt = &request.oi_dual_signed.oi_data.od_salt;
        by_salt.entry(hex::encode(sha256(salt.as_bytes()))).or_default().insert(xid);
    }
    let shared = by_salt.into_iter().filter(|(_, xids)| xids.len() > 1);
    shared
        .map(|(sha256, xids)| SharedSalt {
            sha256,
            xids: xids.into_iter().map(str::to_owned).collect(),
        })
        .collect()
}

/// Exchanges with answers that differ.
fn answered_twice(lines: &[JournalEntry]) -> Vec<AnsweredTwice> {
    let mut answers: BTreeMap<(&str, &str, &str), BTreeSet<String>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.direction == Direction::Sent) {
        let (Some(rrpid), Some(xid)) = (&line.rrpid, &line.xid) else { continue };
        if ANSWERS.contains(&line.message.as_str()) {
            let key = (rrpid.as_str(), xid.as_str(), line.message.as_str());
            answers.entry(key).or_default().insert(hex::encode(sha256(&line.body)));
        }
    }
    // Another request under the same id is the sender's doing, and gets another answer.
    let mut asked: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for line in lines.iter().filter(|line| line.direction == Direction::Received) {
        let Some(rrpid) = &line.rrpid else { continue };
        asked.entry(rrpid).or_default().insert(hex::encode(sha256(&line.body)));
    }
    let is_same = |rrpid: &str| asked.get(rrpid).is_some_and(|digests| digests.len() == 1);
    let twice =
        answers.into_iter().filter(|((rrpid, ..), digests)| digests.len() > 1 && is_same(rrpid));
    twice
        .map(|((rrpid, xid, message), digests)| AnsweredTwice {
            rrpid: rrpid.to_owned(),
            xid: xid.to_owned(),
            message: message.to_owned(),
            sha256: digests.into_iter().collect(),
        })
        .collect()
}

enum Judged {
    Sound,
    Unchecked,
    Flawed(FlawedRequest),
}

/// Checks one request with what the merchant itself has of the purchase.
fn judge(store: &Inspector, one: &Request, all: &[Request]) -> Result<Judged, StoreError> {
    let order = &one.request.oi_dual_signed.oi_data;
    let xid = order.trans_ids.xid;
    let record = store.record("purchase", xid.as_bytes())?;
    let purchase = record.and_then(|record| serde_json::from_slice::<Purchase>(&record).ok());
    let Some(purchase) = purchase else { return Ok(Judged::Unchecked) };
    let Some(context) = context(store, &purchase, xid)? else { return Ok(Judged::Unchecked) };
    let others = all.iter().filter(|other| other.xid != one.xid);
    let others: Vec<DetachedDigest> =
        others.filter_map(|other| digest_of(&other.request.oi_dual_signed.oi_data).ok()).collect();
    if !has_signer(&one.request) {
        return Ok(Judged::Unchecked);
    }
    let Some(flaw) = flaw(&one.request, &context, &others) else { return Ok(Judged::Sound) };
    let accepted = purchase.request.is_some_and(|request| {
        request.rrpid.0 == order.rrpid.as_bytes() && request.oi_data.0 == *order
    });
    let (xid, sha256) = (one.xid.clone(), one.sha256.clone());
    Ok(Judged::Flawed(FlawedRequest { xid, sha256, flaw, accepted }))
}

/// What the cardholder has to have signed besides the two digests.
struct Context {
    suite: &'static Suite,
    brand_id: BrandId,
    xid: Xid,
    /// Thumbs of the certificates with which the merchant signed its offers.
    merchant: Vec<[u8; 32]>,
    gateway: Certificate,
}

/// From the merchant's records and its signed offer; nothing where one of them is gone.
fn context(
    store: &Inspector,
    purchase: &Purchase,
    xid: Xid,
) -> Result<Option<Context>, StoreError> {
    let lines = store.journal_of_purchase(&xid.to_string())?;
    let merchant: Vec<[u8; 32]> = lines
        .iter()
        .filter(|line| line.entry.direction == Direction::Sent)
        .flat_map(|line| offer_signers(&line.entry.body).unwrap_or_default())
        .collect();
    let read = || {
        let gateway = Certificate::from_der(&purchase.gateway_exchange.0).ok()?;
        let brand_id = BrandId::new(gateway.brand()?).ok()?;
        let suite = Suite::by_name(&purchase.suite).ok()?;
        (!merchant.is_empty()).then_some(Context { suite, brand_id, xid, merchant, gateway })
    };
    Ok(read())
}

/// Thumbs of the certificates with which an offer (PInitRes) is signed.
fn offer_signers(body: &[u8]) -> Option<Vec<[u8; 32]>> {
    let wrapper = MessageWrapper::decode(body).ok()?;
    if wrapper.message.tag != PInitRes::TAG {
        return None;
    }
    let offer: PInitRes = wrapper.message.decode().ok()?;
    let data = SignedData::parse(offer.0.content_info()).ok()?;
    Some(data.signers.iter().filter_map(|signer| signer.certificate_thumb).collect())
}

/// What is wrong with a dual signature; nothing when it holds.
fn flaw(request: &PReqDualSigned, context: &Context, others: &[DetachedDigest]) -> Option<Flaw> {
    let info = request.pi_dual_signed.pi_signature.content_info();
    let Ok(data) = SignedData::parse(info) else { return Some(Flaw::Broken) };
    let Ok(h_oi_data) = digest_of(&request.oi_dual_signed.oi_data) else {
        return Some(Flaw::Broken);
    };
    let h_pi_data = request.oi_dual_signed.h_pi_data;
    let holds = |h_oi_data: DetachedDigest| {
        context.merchant.iter().any(|merchant| {
            let signed = to_be_signed(context, *merchant, h_pi_data, h_oi_data);
            codec::encode(&signed).is_ok_and(|octets| signs(&data, &octets))
        })
    };
    if holds(h_oi_data) {
        return None;
    }
    if others.iter().any(|other| holds(*other)) {
        return Some(Flaw::Unlinked);
    }
    let bare = two_digests(h_pi_data, h_oi_data);
    if bare.is_some_and(|octets| signs(&data, &octets)) {
        return Some(Flaw::ContextMissing);
    }
    Some(Flaw::Broken)
}

fn to_be_signed(
    context: &Context,
    merchant: [u8; 32],
    h_pi_data: DetachedDigest,
    h_oi_data: DetachedDigest,
) -> PiTbs {
    PiTbs {
        protocol: oid::PROTOCOL_DUAL_SIGNATURE,
        suite: context.suite.oid,
        brand_id: context.brand_id.clone(),
        xid: context.xid,
        merchant_cert_hash: Digest::new(merchant),
        gateway_cert_hash: Digest::new(*context.gateway.thumb().as_bytes()),
        h_pi_data,
        h_oi_data,
    }
}

/// What SET 1.0 signed: a SEQUENCE of the two digests.
fn two_digests(h_pi_data: DetachedDigest, h_oi_data: DetachedDigest) -> Option<Vec<u8>> {
    let mut both = codec::encode(&h_pi_data).ok()?;
    both.extend(codec::encode(&h_oi_data).ok()?);
    let length = both.len();
    let head = match u8::try_from(length).ok()? {
        short if short < 0x80 => vec![0x30, short],
        long => vec![0x30, 0x81, long],
    };
    Some([head, both].concat())
}

/// Did the certificate of a signer come along?
fn has_signer(request: &PReqDualSigned) -> bool {
    let info = request.pi_dual_signed.pi_signature.content_info();
    SignedData::parse(info).is_ok_and(|data| {
        let thumbs = data.certificates.iter().map(|der| sha256(der));
        let thumbs: Vec<[u8; 32]> = thumbs.collect();
        data.signers
            .iter()
            .filter_map(|signer| signer.certificate_thumb)
            .any(|thumb| thumbs.contains(&thumb))
    })
}

/// Did the signer whose certificate came along sign these octets?
fn signs(data: &SignedData<'_>, content: &[u8]) -> bool {
    let certificates: Vec<Certificate> =
        data.certificates.iter().filter_map(|der| Certificate::from_der(der).ok()).collect();
    data.signers.iter().enumerate().any(|(index, signer)| {
        let (SignerName::Certificate(name), Some(thumb)) = (signer.name, signer.certificate_thumb)
        else {
            return false;
        };
        let named = certificates.iter().find(|one| *one.thumb().as_bytes() == thumb);
        let Some(certificate) = named else { return false };
        let expected = Expected {
            content_type: content_type(PiTbs::CONTENT_TYPE),
            content: Some(content),
            signer: SignerId::Certificate { name, thumb },
            recipient: None,
        };
        certificate.verifying_key().is_ok_and(|key| data.verify(index, key, &expected).is_ok())
    })
}
