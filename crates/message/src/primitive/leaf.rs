//! Leaves: octet strings, texts and numbers with bounds, each type from one line.

use counterfoil_secret::{Fault, Report};

/// A value that is outside the bounds of its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{type_name} must be {expected}")]
pub struct ValueError {
    /// Name of the type as the specification spells it.
    pub type_name: &'static str,
    /// The values that are allowed.
    pub expected: &'static str,
}

impl Report for ValueError {
    fn id(&self) -> &'static str {
        "value-out-of-bounds"
    }

    fn hint(&self) -> String {
        format!("give {} for {}", self.expected, self.type_name)
    }

    fn fault(&self) -> Fault {
        Fault::OurMisuse
    }
}

/// An `OCTET STRING` of one fixed length, no secret, printed as hexadecimal digits.
macro_rules! octets {
    ($(#[doc = $doc:literal])* $name:ident $asn1:literal $len:literal) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// Number of octets.
            pub const LEN: usize = $len;
            /// The table of this type.
            pub const INFO: &'static $crate::codec::TypeInfo = &$crate::codec::TypeInfo {
                name: $asn1,
                doc: concat!($($doc),*),
                shape: $crate::codec::Shape::Octets { min: $len, max: $len },
            };

            /// A value of these octets.
            pub const fn new(octets: [u8; $len]) -> Self {
                Self(octets)
            }

            /// A fresh value from `rng`.
            pub fn random(rng: &mut dyn rand_core::CryptoRng) -> Self {
                let mut octets = [0; $len];
                rand_core::Rng::fill_bytes(rng, &mut octets);
                Self(octets)
            }

            /// The octets.
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{self}")
            }
        }

        impl der::FixedTag for $name {
            const TAG: der::Tag = der::Tag::OctetString;
        }

        impl<'r> der::DecodeValue<'r> for $name {
            type Error = $crate::codec::DecodeError;

            fn decode_value<R: der::Reader<'r>>(
                reader: &mut R,
                header: der::Header,
            ) -> Result<Self, Self::Error> {
                let mut octets = [0; $len];
                $crate::codec::field::fixed_octets(reader, header, &mut octets, concat!(
                    "an OCTET STRING of ", $len, " octets"
                ))?;
                Ok(Self(octets))
            }
        }

        impl der::EncodeValue for $name {
            fn value_len(&self) -> der::Result<der::Length> {
                der::Length::try_from(self.0.len())
            }

            fn encode_value(&self, writer: &mut impl der::Writer) -> der::Result<()> {
                writer.write(&self.0)
            }
        }

        $crate::codec::table::asn1_name!($name, $asn1, Some(Self::INFO));
    };
}

/// An `OCTET STRING` between two lengths, no secret, printed as hexadecimal digits.
macro_rules! octet_string {
    ($(#[doc = $doc:literal])* $name:ident $asn1:literal $min:literal $max:literal) => {
        $(#[doc = $doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Vec<u8>);

        impl $name {
            const EXPECTED: &'static str =
                concat!("an OCTET STRING of ", $min, " to ", $max, " octets");
            /// The table of this type.
            pub const INFO: &'static $crate::codec::TypeInfo = &$crate::codec::TypeInfo {
                name: $asn1,
                doc: concat!($($doc),*),
                shape: $crate::codec::Shape::Octets { min: $min, max: $max },
            };

            /// A value of these octets.
            ///
            /// # Errors
            /// [`ValueError`](crate::primitive::ValueError) when there are too few or too many.
            pub fn new(octets: &[u8]) -> Result<Self, $crate::primitive::ValueError> {
                if ($min..=$max).contains(&octets.len()) {
                    return Ok(Self(octets.to_vec()));
                }
                Err($crate::primitive::ValueError { type_name: $asn1, expected: Self::EXPECTED })
            }

            /// The octets.
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{self}")
            }
        }

        impl der::FixedTag for $name {
            const TAG: der::Tag = der::Tag::OctetString;
        }

        impl<'r> der::DecodeValue<'r> for $name {
            type Error = $crate::codec::DecodeError;

            fn decode_value<R: der::Reader<'r>>(
                reader: &mut R,
                header: der::Header,
            ) -> Result<Self, Self::Error> {
                let bounds = $min..=$max;
                $crate::codec::field::octets(reader, header, bounds, Self::EXPECTED).map(Self)
            }
        }

        impl der::EncodeValue for $name {
            fn value_len(&self) -> der::Result<der::Length> {
                der::Length::try_from(self.0.len())
            }

            fn encode_value(&self, writer: &mut impl der::Writer) -> der::Result<()> {
                writer.write(&self.0)
            }
        }

        $crate::codec::table::asn1_name!($name, $asn1, Some(Self::INFO));
    };
}

/// An `OCTET STRING` of 32 octets that is a secret.
macro_rules! secret_octets {
    ($(#[doc = $doc:literal])* $name:ident $asn1:literal) => {
        $(#[doc = $doc])*
        #[derive(Clone)]
        pub struct $name(counterfoil_secret::Secret<[u8; 32]>);

        impl $name {
            /// The table of this type.
            pub const INFO: &'static $crate::codec::TypeInfo = &$crate::codec::TypeInfo {
                name: $asn1,
                doc: concat!($($doc),*),
                shape: $crate::codec::Shape::Octets { min: 32, max: 32 },
            };

            /// A value of these octets.
            pub const fn new(octets: [u8; 32]) -> Self {
                Self(counterfoil_secret::Secret::new(octets))
            }

            /// A fresh value from `rng`.
            pub fn random(rng: &mut dyn rand_core::CryptoRng) -> Self {
                let mut octets = [0; 32];
                rand_core::Rng::fill_bytes(rng, &mut octets);
                Self::new(octets)
            }

            /// The octets. Every use of this call is a place to review.
            pub fn expose(&self) -> &[u8; 32] {
                self.0.expose()
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("[secret]")
            }
        }

        /// Compares every octet, whatever the first ones are.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                let pairs = self.expose().iter().zip(other.expose());
                pairs.fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
            }
        }

        impl Eq for $name {}

        impl der::FixedTag for $name {
            const TAG: der::Tag = der::Tag::OctetString;
        }

        impl<'r> der::DecodeValue<'r> for $name {
            type Error = $crate::codec::DecodeError;

            fn decode_value<R: der::Reader<'r>>(
                reader: &mut R,
                header: der::Header,
            ) -> Result<Self, Self::Error> {
                let mut octets = [0; 32];
                let expected = "an OCTET STRING of 32 octets";
                $crate::codec::field::fixed_octets(reader, header, &mut octets, expected)?;
                Ok(Self::new(octets))
            }
        }

        impl der::EncodeValue for $name {
            fn value_len(&self) -> der::Result<der::Length> {
                Ok(der::Length::new(32))
            }

            fn encode_value(&self, writer: &mut impl der::Writer) -> der::Result<()> {
                writer.write(self.expose())
            }
        }

        $crate::codec::table::asn1_name!($name, $asn1, Some(Self::INFO));
    };
}

/// A text between two numbers of characters; with `PRIVATE` it does not print.
macro_rules! text {
    (
        $(#[doc = $doc:literal])*
        $name:ident $asn1:literal $string:ident $shown:literal $min:literal $max:literal
    ) => {
        $crate::primitive::leaf::text! {
            @type $(#[doc = $doc])*
            $name $asn1 $string $shown $min $max
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    };
    (
        $(#[doc = $doc:literal])*
        $name:ident $asn1:literal $string:ident $shown:literal $min:literal $max:literal PRIVATE
    ) => {
        $crate::primitive::leaf::text! {
            @type $(#[doc = $doc])*
            $name $asn1 $string $shown $min $max
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("[private]")
            }
        }
    };
    (
        @type $(#[doc = $doc:literal])*
        $name:ident $asn1:literal $string:ident $shown:literal $min:literal $max:literal
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            const EXPECTED: &'static str =
                concat!("a ", $shown, " of ", $min, " to ", $max, " characters");
            /// The table of this type.
            pub const INFO: &'static $crate::codec::TypeInfo = &$crate::codec::TypeInfo {
                name: $asn1,
                doc: concat!($($doc),*),
                shape: $crate::codec::Shape::Text { string: $shown, min: $min, max: $max },
            };

            /// A value of this text.
            ///
            /// # Errors
            /// [`ValueError`](crate::primitive::ValueError) when it is too short or too long, or
            /// has a character that the string type does not have.
            pub fn new(text: &str) -> Result<Self, $crate::primitive::ValueError> {
                if Self::allows(text) {
                    return Ok(Self(text.to_owned()));
                }
                Err($crate::primitive::ValueError { type_name: $asn1, expected: Self::EXPECTED })
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            fn allows(text: &str) -> bool {
                ($min..=$max).contains(&text.chars().count())
                    && text.chars().all($crate::primitive::leaf::charset::$string)
            }
        }

        impl der::FixedTag for $name {
            const TAG: der::Tag = der::Tag::$string;
        }

        impl<'r> der::DecodeValue<'r> for $name {
            type Error = $crate::codec::DecodeError;

            fn decode_value<R: der::Reader<'r>>(
                reader: &mut R,
                header: der::Header,
            ) -> Result<Self, Self::Error> {
                // A character takes at most four octets in UTF-8.
                let bounds = $min..=4 * $max;
                $crate::codec::field::text(reader, header, bounds, Self::allows, Self::EXPECTED)
                    .map(Self)
            }
        }

        impl der::EncodeValue for $name {
            fn value_len(&self) -> der::Result<der::Length> {
                der::Length::try_from(self.0.len())
            }

            fn encode_value(&self, writer: &mut impl der::Writer) -> der::Result<()> {
                writer.write(self.0.as_bytes())
            }
        }

        $crate::codec::table::asn1_name!($name, $asn1, Some(Self::INFO));
    };
}

/// The characters of the string types, as SET 2 narrows them.
pub(crate) mod charset {
    #![allow(non_snake_case, reason = "named like the der crate's tags")]

    /// Printable ASCII and the space.
    pub(crate) fn VisibleString(character: char) -> bool {
        matches!(character, ' '..='~')
    }

    /// Digits; SET 2 has no use for the space that X.680 allows.
    pub(crate) fn NumericString(character: char) -> bool {
        character.is_ascii_digit()
    }

    /// Everything but control characters.
    pub(crate) fn Utf8String(character: char) -> bool {
        !character.is_control()
    }
}

/// An `INTEGER` between two bounds.
macro_rules! number {
    (
        $(#[doc = $doc:literal])*
        $name:ident $asn1:literal $repr:ident $min:literal $max:literal
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name($repr);

        impl $name {
            const EXPECTED: &'static str = concat!("an INTEGER from ", $min, " to ", $max);
            /// The table of this type.
            pub const INFO: &'static $crate::codec::TypeInfo = &$crate::codec::TypeInfo {
                name: $asn1,
                doc: concat!($($doc),*),
                shape: $crate::codec::Shape::Number { min: $min, max: $max },
            };

            /// A value of this number.
            ///
            /// # Errors
            /// [`ValueError`](crate::primitive::ValueError) when it is out of bounds.
            pub fn new(number: $repr) -> Result<Self, $crate::primitive::ValueError> {
                if ($min..=$max).contains(&number) {
                    return Ok(Self(number));
                }
                Err($crate::primitive::ValueError { type_name: $asn1, expected: Self::EXPECTED })
            }

            /// The number.
            pub const fn get(self) -> $repr {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.0)
            }
        }

        impl der::FixedTag for $name {
            const TAG: der::Tag = der::Tag::Integer;
        }

        impl<'r> der::DecodeValue<'r> for $name {
            type Error = $crate::codec::DecodeError;

            fn decode_value<R: der::Reader<'r>>(
                reader: &mut R,
                header: der::Header,
            ) -> Result<Self, Self::Error> {
                let number = <$repr as der::DecodeValue<'r>>::decode_value(reader, header).ok();
                number
                    .and_then(|number| Self::new(number).ok())
                    .ok_or_else(|| $crate::codec::DecodeError::value(Self::EXPECTED))
            }
        }

        impl der::EncodeValue for $name {
            fn value_len(&self) -> der::Result<der::Length> {
                der::EncodeValue::value_len(&self.0)
            }

            fn encode_value(&self, writer: &mut impl der::Writer) -> der::Result<()> {
                der::EncodeValue::encode_value(&self.0, writer)
            }
        }

        $crate::codec::table::asn1_name!($name, $asn1, Some(Self::INFO));
    };
}

pub(crate) use {number, octet_string, octets, text};

octets! {
    /// Request/response pair id; fresh for every request.
    Rrpid "RRPID" 20
}

octets! {
    /// Globally unique id of one purchase.
    Xid "XID" 20
}

octets! {
    /// Proves the freshness of a signature over its echo.
    Challenge "Challenge" 32
}

octets! {
    /// A salt that travels in clear, for example odSalt.
    Nonce "Nonce" 32
}

octets! {
    /// HMAC-SHA-256 of the XID under the CardSecret; lets the issuer prove later who paid.
    TransStain "TransStain" 32
}

octet_string! {
    /// A party's own label: LID-C, LID-M, LID-EE, LID-CA.
    LocalId "LocalID" 1 20
}

secret_octets! {
    /// HKDF of CardSecret and NonceCCA; binds the card to the cardholder's certificate.
    PanSecret "PANSecret"
}

secret_octets! {
    /// The cardholder's half of PANSecret.
    CardSecret "CardSecret"
}

secret_octets! {
    /// The CA's half of PANSecret.
    NonceCca "NonceCCA"
}

secret_octets! {
    /// Fresh for each use of a card number, so that its digest cannot be guessed.
    ExNonce "EXNonce"
}

secret_octets! {
    /// A key that a requester supplies so that the peer can encrypt back.
    BackKey "BackKey"
}
