//! hod: the digest of order and amount that wallet and merchant each compute for themselves.

use counterfoil_crypto::digest::DetachedDigest;
use counterfoil_crypto::oid;
use counterfoil_message::codec;
use counterfoil_message::container::Content;
use counterfoil_message::exchange::purchase::{HodInput, OrderDescription};
use counterfoil_message::primitive::Nonce;

use crate::amount::Amount;

/// DD(HODInput) of an order; nothing when the order is beyond what a message can hold.
pub fn order_digest(description: &str, amount: Amount, od_salt: Nonce) -> Option<DetachedDigest> {
    let input = HodInput {
        od: OrderDescription::new(description.as_bytes()).ok()?,
        purch_amt: amount.to_wire().ok()?,
        od_salt,
        install_recur_data: None,
        od_extensions: None,
    };
    let der = codec::encode(&input).ok()?;
    Some(DetachedDigest::of(oid::content_type(HodInput::CONTENT_TYPE), &der))
}
