//! Signed and sealed values as they travel: a CMS `ContentInfo` with a type for what is inside.
//!
//! These types only carry octets; [`crate::treatment`] makes and opens them. A party that lacks
//! the key, or has not verified the signature, cannot get at the content.

use std::fmt;
use std::marker::PhantomData;

use counterfoil_crypto::cms::ContentInfo;
use der::{DecodeValue, EncodeValue, FixedTag, Header, Length, Reader, Tag, Writer};

use crate::codec::table::sequence;
use crate::codec::{Asn1, DecodeError, Field, Presence, Shape, TypeInfo, field};
use crate::primitive::BrandCrlIdentifier;
use crate::primitive::foreign::content_info_error;

/// A value that has a content type: it can be digested (DD) and signed (S, SO).
pub trait Content: Asn1 {
    /// The last arc of its content type.
    const CONTENT_TYPE: u32;

    /// The BrandCRLIdentifier that it carries, if any: the verifier may need it to judge the very
    /// signature over this content.
    fn brand_crl_identifier(&self) -> Option<&BrandCrlIdentifier> {
        None
    }
}

/// Content that travels signed and then sealed (Enc, EncK).
pub trait Sealable: Content {
    /// The last arc of the content type of the envelope.
    const SEALED_TYPE: u32;
}

/// Content that names baggage: EncB signs the content and the digest of the baggage.
pub trait WithBaggage: Asn1 {
    /// What travels beside the envelope.
    type Baggage: Content;
    /// The last arc of the content type that is signed.
    const SIGNED_TYPE: u32;
    /// The last arc of the content type of the envelope.
    const SEALED_TYPE: u32;

    /// As [`Content::brand_crl_identifier`].
    fn brand_crl_identifier(&self) -> Option<&BrandCrlIdentifier> {
        None
    }
}

/// Content that goes with card or account data in an envelope of its own (EX, EncX, EncBX).
pub trait WithExtra: Asn1 {
    /// What travels in the inner envelope.
    type Extra: Content;
    /// The last arc of the content type that is signed; 0 where nothing is (EX).
    const SIGNED_TYPE_X: u32;
    /// The last arc of the content type of the outer envelope.
    const SEALED_TYPE_X: u32;
}

/// Most octets of a name like `EncB(AuthReqData, PI)`.
const NOTATION_BYTES_MAX: usize = 64;

/// A name put together while compiling.
struct Notation {
    octets: [u8; NOTATION_BYTES_MAX],
    len: usize,
}

impl Notation {
    const fn of(parts: &[&str]) -> Self {
        let mut joined = Self { octets: [0; NOTATION_BYTES_MAX], len: 0 };
        let mut part = 0;
        while part < parts.len() {
            let octets = parts[part].as_bytes();
            let mut place = 0;
            while place < octets.len() {
                joined.octets[joined.len] = octets[place];
                joined.len += 1;
                place += 1;
            }
            part += 1;
        }
        joined
    }

    const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.octets.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => panic!("names are ASCII"),
        }
    }
}

macro_rules! containers {
    ($($(#[$meta:meta])* $name:ident $asn1:literal)*) => {$(
        $(#[$meta])*
        pub struct $name<T>(ContentInfo, PhantomData<fn() -> T>);

        impl<T> $name<T> {
            /// Takes `content` for such a value; what it is shows when it is opened.
            pub fn new(content: ContentInfo) -> Self {
                Self(content, PhantomData)
            }

            /// The CMS structure.
            pub fn content_info(&self) -> &ContentInfo {
                &self.0
            }
        }

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                Self::new(self.0.clone())
            }
        }

        impl<T> PartialEq for $name<T> {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }

        impl<T> Eq for $name<T> {}

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", $asn1, self.0)
            }
        }

        impl<T> FixedTag for $name<T> {
            const TAG: Tag = Tag::Sequence;
        }

        impl<'r, T> DecodeValue<'r> for $name<T> {
            type Error = DecodeError;

            fn decode_value<R: Reader<'r>>(
                reader: &mut R,
                header: Header,
            ) -> Result<Self, DecodeError> {
                let start = field::offset(reader);
                ContentInfo::decode_value(reader, header)
                    .map(Self::new)
                    .map_err(|error| content_info_error(error, start))
            }
        }

        impl<T> EncodeValue for $name<T> {
            fn value_len(&self) -> der::Result<Length> {
                self.0.value_len()
            }

            fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
                self.0.encode_value(writer)
            }
        }

        impl<T: Asn1> $name<T> {
            const NOTATION: Notation = Notation::of(&[$asn1, "(", T::NAME, ")"]);
        }

        impl<T: Asn1> Asn1 for $name<T> {
            const NAME: &'static str = Self::NOTATION.as_str();

            fn accepts(tag: Tag) -> bool {
                tag == Tag::Sequence
            }

            fn read<'r, R: Reader<'r>>(reader: &mut R) -> Result<Self, DecodeError> {
                field::element(reader)
            }
        }
    )*};
}

containers! {
    /// S(s, t): SignedData with its content.
    Signed "S"
    /// SO(s, t): SignedData without its content.
    Detached "SO"
    /// Enc(s, r, t): S in AuthEnvelopedData.
    Enc "Enc"
    /// EncK(k, s, t): S in AuthEnvelopedData under a key that both have.
    EncK "EncK"
    /// EX(r, t, p): t and an envelope for p in AuthEnvelopedData; nobody signs.
    Ex "EX"
    /// EncX(s, r, t, p): like EX, with a signature over t and the digest of p.
    EncX "EncX"
}

/// EncB(s, r, t, b): `SEQUENCE { Enc(s, r, L(t, b)), b }`.
pub struct EncB<T: WithBaggage> {
    /// The sealed content.
    pub sealed: ContentInfo,
    /// What travels beside it.
    pub baggage: T::Baggage,
}

/// EncBX(s, r, t, b, p): `SEQUENCE { EncX(s, r, L(t, b), p), b }`.
pub struct EncBx<T: WithBaggage> {
    /// The sealed content.
    pub sealed: ContentInfo,
    /// What travels beside it.
    pub baggage: T::Baggage,
}

const fn required_field<T: Asn1>(name: &'static str, doc: &'static str) -> Field {
    Field {
        name,
        doc,
        type_name: T::NAME,
        list: T::LIST,
        tag: None,
        presence: Presence::Required,
        info: T::INFO,
    }
}

macro_rules! with_baggage {
    ($($name:ident $asn1:literal)*) => {$(
        impl<T: WithBaggage> Clone for $name<T>
        where
            T::Baggage: Clone,
        {
            fn clone(&self) -> Self {
                Self { sealed: self.sealed.clone(), baggage: self.baggage.clone() }
            }
        }

        impl<T: WithBaggage> PartialEq for $name<T>
        where
            T::Baggage: PartialEq,
        {
            fn eq(&self, other: &Self) -> bool {
                self.sealed == other.sealed && self.baggage == other.baggage
            }
        }

        impl<T: WithBaggage> Eq for $name<T> where T::Baggage: Eq {}

        impl<T: WithBaggage> fmt::Debug for $name<T>
        where
            T::Baggage: fmt::Debug,
        {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct($asn1)
                    .field("sealed", &self.sealed)
                    .field("baggage", &self.baggage)
                    .finish()
            }
        }

        impl<T: WithBaggage> FixedTag for $name<T> {
            const TAG: Tag = Tag::Sequence;
        }

        impl<'r, T: WithBaggage> DecodeValue<'r> for $name<T> {
            type Error = DecodeError;

            fn decode_value<R: Reader<'r>>(
                reader: &mut R,
                _header: Header,
            ) -> Result<Self, DecodeError> {
                let sealed = field::required(reader, "sealed")?;
                let baggage = field::required(reader, "baggage")?;
                Ok(Self { sealed, baggage })
            }
        }

        impl<T: WithBaggage> EncodeValue for $name<T> {
            fn value_len(&self) -> der::Result<Length> {
                use der::Encode;
                self.sealed.encoded_len()? + self.baggage.encoded_len()?
            }

            fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
                use der::Encode;
                self.sealed.encode(writer)?;
                self.baggage.encode(writer)
            }
        }

        impl<T: WithBaggage> $name<T> {
            const NOTATION: Notation =
                Notation::of(&[$asn1, "(", T::NAME, ", ", T::Baggage::NAME, ")"]);
            /// The table of this type.
            pub const INFO: &'static TypeInfo = &TypeInfo {
                name: Self::NOTATION.as_str(),
                doc: "Sealed content, and what travels beside it.",
                shape: Shape::Sequence(&[
                    required_field::<ContentInfo>("sealed", "The sealed content."),
                    required_field::<T::Baggage>("baggage", "What travels beside it."),
                ]),
            };
        }

        impl<T: WithBaggage> Asn1 for $name<T> {
            const NAME: &'static str = Self::NOTATION.as_str();
            const INFO: Option<&'static TypeInfo> = Some(Self::INFO);

            fn accepts(tag: Tag) -> bool {
                tag == Tag::Sequence
            }

            fn read<'r, R: Reader<'r>>(reader: &mut R) -> Result<Self, DecodeError> {
                field::element(reader)
            }
        }
    )*};
}

with_baggage! {
    EncB "EncB"
    EncBx "EncBX"
}

sequence! {
    /// A value that the gateway seals to itself under a symmetric key (CapToken, AuthToken).
    TokenBox "TokenBox" {
        /// Which of the gateway's keys.
        key_id: TokenKeyId = "keyId",
        /// Fresh for each token.
        nonce: TokenNonce = "nonce",
        /// AES-256-GCM ciphertext and tag; the associated data is the content type.
        ciphertext: TokenCiphertext = "ciphertext",
    }
}

crate::primitive::leaf::octets! {
    /// Names a token key of the gateway.
    TokenKeyId "TokenKeyId" 8
}

crate::primitive::leaf::octets! {
    /// Nonce of AES-GCM.
    TokenNonce "TokenNonce" 12
}

crate::primitive::leaf::octet_string! {
    /// Ciphertext and tag.
    TokenCiphertext "TokenCiphertext" 16 4096
}
