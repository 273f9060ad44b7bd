//! The operators of SET over typed content: S, SO, E, EX, Enc, EncK, EncX, EncB, EncBX.
//!
//! Each makes one of the types of [`crate::container`] and opens it again. What comes out of a
//! verification is an [`Authentic`] value: nothing outside of this module can build one, so code
//! that holds it needs no second check.
//!
//! | operator | make | open |
//! |---|---|---|
//! | S | [`sign`] | [`verify`] |
//! | SO | [`sign_detached`] | [`verify_detached`] |
//! | Enc | [`enc`] | [`open_enc`] |
//! | EncK | [`enc_k`] | [`open_enc_k`] |
//! | EncB | [`enc_b`] | [`open_enc_b`] |
//! | EncBX | [`enc_bx`] | [`open_enc_bx`] |
//! | EncX | [`enc_x`] | [`open_enc_x`] |
//! | EX, EXH | [`ex`] | [`open_ex`] |
//!
//! Registration signs with keys that have no certificate yet: [`registration`].

mod check;
mod error;
mod extra;
mod pieces;
pub mod registration;
mod sealed;
mod signed;
mod who;

pub use check::Check;
pub use error::{TreatmentError, UnopenedReason};
pub use extra::{SealedExtra, enc_bx, enc_x, ex, open_enc_bx, open_enc_x, open_ex};
pub use sealed::{enc, enc_b, enc_k, open_enc, open_enc_b, open_enc_k};
pub use signed::{Authentic, sign, sign_detached, verify, verify_detached};
pub use who::{Opener, Recipient, Sender};

pub(crate) use extra::seal_extra;
pub(crate) use sealed::unopened;

use counterfoil_crypto::digest::{DetachedDigest, sha256, sha256_of};
use counterfoil_crypto::oid::content_type;

use crate::codec::{self, Asn1, EncodeError};
use crate::container::Content;
use crate::instruction::PiContext;
use crate::primitive::Xid;
use crate::wrapper::MessageHeader;

/// What an envelope is bound to: under another binding it does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding([u8; 32]);

impl Binding {
    /// For what belongs to one message: SHA-256 over the DER of its header.
    ///
    /// # Errors
    /// [`EncodeError`], which only a header that this side built wrongly can give.
    pub fn of_header(header: &MessageHeader) -> Result<Self, EncodeError> {
        Self::of(header)
    }

    /// For a payment instruction, which travels on: SHA-256 over the DER of its context.
    ///
    /// # Errors
    /// [`EncodeError`], as above.
    pub fn of_instruction(context: &PiContext) -> Result<Self, EncodeError> {
        Self::of(context)
    }

    /// For what belongs to a purchase and travels in several messages (AcqCardMsg): SHA-256 over
    /// the DER of its XID.
    ///
    /// # Errors
    /// [`EncodeError`], as above.
    pub fn of_purchase(xid: &Xid) -> Result<Self, EncodeError> {
        Self::of(xid)
    }

    fn of<T: Asn1>(context: &T) -> Result<Self, EncodeError> {
        Ok(Self(sha256(&codec::encode(context)?)))
    }

    /// For the inner envelope of card or account data: SHA-256 over what the outer envelope is
    /// bound to, and the digest of the content it goes with.
    ///
    /// # Errors
    /// [`EncodeError`], as above.
    pub(crate) fn of_extra(
        context: &impl Asn1,
        companion: &DetachedDigest,
    ) -> Result<Self, EncodeError> {
        let pieces = [codec::encode(context)?, codec::encode(companion)?];
        Ok(Self(sha256_of(&[&pieces[0], &pieces[1]])))
    }

    /// The 32 octets.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// DD(t): the digest of `value` under its content type.
///
/// # Errors
/// [`EncodeError`] when `value` is over a limit.
pub fn digest_of<T: Content>(value: &T) -> Result<DetachedDigest, EncodeError> {
    let der = codec::encode_secret(value)?;
    Ok(DetachedDigest::of(content_type(T::CONTENT_TYPE), der.expose()))
}
