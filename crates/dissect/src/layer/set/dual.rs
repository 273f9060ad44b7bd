//! The dual signature: what the cardholder signed, put together from the half that is here and
//! from what earlier messages told of merchant, gateway and suite.

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_crypto::oid::{PROTOCOL_DUAL_SIGNATURE, content_type};
use counterfoil_message::codec;
use counterfoil_message::container::Content;
use counterfoil_message::exchange::purchase::OiData;
use counterfoil_message::instruction::{PiData, PiTbs};
use counterfoil_message::primitive::{BrandId, Digest, Xid};
use counterfoil_remark::{Kind, Severity};
use der::Decode;

use super::memory::{Memory, Purchase};
use super::part::Part;

pub(super) static DUAL_SIGNATURE_MISMATCH: Kind = Kind {
    id: "set-dual-signature-mismatch",
    group: "set",
    severity: Severity::Error,
    title: "The dual signature was not made over this order, this instruction and these parties.",
    page: "The cardholder's signature covers suite, brand, purchase, the certificates of merchant \
           and gateway, and the digests of both halves. Put together from PInitRes and from the \
           half in this message, that gives another digest than the one that was signed.\n\nSo \
           an order or an instruction was exchanged, or the purchase is on its way to another \
           merchant or gateway than the cardholder agreed to. The receiver answers with Error \
           `signatureFailure`. Compare OIData with the wallet's record of the purchase.",
    reference: "docs/wire-format.md, The dual signature; SET 1.0 Book 2",
};

/// The field that holds the cardholder's signature.
pub(super) const SIGNATURE: &str = "piSignature";

/// The DER of what a dual signature should cover, when everything for it is known.
pub(super) fn to_be_signed(
    signature: &Part,
    around: &Part,
    root: &Part,
    memory: &Memory,
) -> Option<Vec<u8>> {
    if signature.name != SIGNATURE {
        return None;
    }
    let (h_oi_data, h_pi_data) = halves(around, root)?;
    let xid = root.find(&|part| part.type_name == "XID")?.octets();
    let purchase = memory.purchases.get(&xid.to_vec())?;
    let context = to_be_signed_under(purchase, memory, xid, h_pi_data, h_oi_data)?;
    codec::encode(&context).ok()
}

fn to_be_signed_under(
    purchase: &Purchase,
    memory: &Memory,
    xid: &[u8],
    h_pi_data: DetachedDigest,
    h_oi_data: DetachedDigest,
) -> Option<PiTbs> {
    let gateway = memory.certificates.get(&purchase.gateway)?;
    Some(PiTbs {
        protocol: PROTOCOL_DUAL_SIGNATURE,
        suite: purchase.suite,
        brand_id: BrandId::new(gateway.brand()?).ok()?,
        xid: Xid::new(xid.try_into().ok()?),
        merchant_cert_hash: Digest::new(purchase.merchant),
        gateway_cert_hash: Digest::new(purchase.gateway),
        h_pi_data,
        h_oi_data,
    })
}

/// Both digests: from the order half that stands beside the signature (PReq), or from the
/// instruction half that was opened (AuthReq).
fn halves(around: &Part, root: &Part) -> Option<(DetachedDigest, DetachedDigest)> {
    let detached = |part: &Part| DetachedDigest::from_der(part.der()).ok();
    if let Some(order) = root.named("oiDualSigned") {
        let h_pi_data = detached(order.child("hPIData")?)?;
        let oi_data = order.child("oiData")?;
        let h_oi_data = DetachedDigest::of(content_type(OiData::CONTENT_TYPE), oi_data.der());
        return Some((h_oi_data, h_pi_data));
    }
    let instruction = around.find(&|part| part.child("piOILink").is_some())?;
    let link = instruction.child("piOILink")?;
    let pi_data = PiData {
        pi_head: codec::decode(link.child("piHead")?.der()).ok()?,
        h_pan_data: detached(instruction.child("hPANData")?)?,
    };
    let der = codec::encode(&pi_data).ok()?;
    let h_pi_data = DetachedDigest::of(content_type(PiData::CONTENT_TYPE), &der);
    Some((detached(link.child("hOIData")?)?, h_pi_data))
}
