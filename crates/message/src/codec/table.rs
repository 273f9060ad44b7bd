//! The macros that turn one table into a type, its DER and its schema.
//!
//! ```text
//! sequence! {
//!     /// Doc comment.
//!     PInitReq "PInitReq" {
//!         /// Doc comment.
//!         rrpid: Rrpid = "rrpid",
//!         lid_m: LocalId = "localID-M" [0] OPTIONAL,
//!         thumbs: Thumbs = "thumbs" [1 EXPLICIT] OPTIONAL,
//!         capture_now: bool = "captureNow" DEFAULT false,
//!     }
//! }
//! ```
//!
//! `[n]` is `[n] IMPLICIT`. A field that is `OPTIONAL` becomes an `Option`.

/// Gives a type its ASN.1 name; its `der` traits must exist already.
macro_rules! asn1_name {
    ($type:ty, $name:literal) => {
        $crate::codec::table::asn1_name!($type, $name, None);
    };
    ($type:ty, $name:literal, $info:expr) => {
        impl $crate::codec::Asn1 for $type {
            const NAME: &'static str = $name;
            const INFO: Option<&'static $crate::codec::TypeInfo> = $info;

            fn accepts(tag: der::Tag) -> bool {
                <$type as der::FixedTag>::TAG == tag
            }

            fn read<'r, R: der::Reader<'r>>(
                reader: &mut R,
            ) -> Result<Self, $crate::codec::DecodeError> {
                $crate::codec::field::element(reader)
            }
        }
    };
}

/// The Rust type of a field.
macro_rules! field_type {
    ($type:ty,) => { $type };
    ($type:ty, OPTIONAL) => { Option<$type> };
    ($type:ty, DEFAULT $default:expr) => { $type };
}

/// Reads one field of a `SEQUENCE`.
macro_rules! read_field {
    ($reader:ident, $type:ty, $wire:literal, ,) => {
        $crate::codec::field::required::<_, $type>($reader, $wire)?
    };
    ($reader:ident, $type:ty, $wire:literal, , OPTIONAL) => {
        $crate::codec::field::optional::<_, $type>($reader, $wire)?
    };
    ($reader:ident, $type:ty, $wire:literal, , DEFAULT $default:expr) => {{
        let value = $crate::codec::field::optional::<_, $type>($reader, $wire)?;
        $crate::codec::field::defaulted($reader, $wire, value, $default)?
    }};
    ($reader:ident, $type:ty, $wire:literal, [$number:literal $($mode:ident)?], OPTIONAL) => {
        $crate::codec::table::read_tagged!($reader, $type, $wire, $number $($mode)?)?
    };
    ($reader:ident, $type:ty, $wire:literal, [$number:literal $($mode:ident)?],) => {{
        let value = $crate::codec::table::read_tagged!($reader, $type, $wire, $number $($mode)?)?;
        let tag = $crate::codec::table::field_tag!($type, $number $($mode)?);
        $crate::codec::field::present($reader, $wire, tag, value)?
    }};
    (
        $reader:ident, $type:ty, $wire:literal, [$number:literal $($mode:ident)?],
        DEFAULT $default:expr
    ) => {{
        let value = $crate::codec::table::read_tagged!($reader, $type, $wire, $number $($mode)?)?;
        $crate::codec::field::defaulted($reader, $wire, value, $default)?
    }};
}

/// Reads one tagged field as an `Option`.
macro_rules! read_tagged {
    ($reader:ident, $type:ty, $wire:literal, $number:literal) => {
        $crate::codec::field::implicit::<_, $type>($reader, $wire, $number)
    };
    ($reader:ident, $type:ty, $wire:literal, $number:literal EXPLICIT) => {
        $crate::codec::field::explicit::<_, $type>($reader, $wire, $number)
    };
}

/// The context-specific tag of a field or an alternative.
macro_rules! field_tag {
    ($type:ty, $number:literal) => {
        $crate::codec::field::context(
            $number,
            der::Tag::is_constructed(<$type as der::FixedTag>::TAG),
        )
    };
    ($type:ty, $number:literal EXPLICIT) => {
        $crate::codec::field::context($number, true)
    };
}

/// The value to encode, or `None` when the field is absent.
macro_rules! field_value {
    ($value:expr,) => {
        Some(&$value)
    };
    ($value:expr, OPTIONAL) => {
        $value.as_ref()
    };
    ($value:expr, DEFAULT $default:expr) => {
        Some(&$value).filter(|value| **value != $default)
    };
}

/// Length of one present field.
macro_rules! field_len {
    ($value:expr, ) => {
        der::Encode::encoded_len($value)?
    };
    ($value:expr, [$number:literal]) => {
        $crate::codec::field::implicit_len($value, $number)?
    };
    ($value:expr, [$number:literal EXPLICIT]) => {
        $crate::codec::field::explicit_len($value, $number)?
    };
}

/// Writes one present field.
macro_rules! write_field {
    ($writer:ident, $value:expr, ) => {
        der::Encode::encode($value, $writer)?
    };
    ($writer:ident, $value:expr, [$number:literal]) => {
        $crate::codec::field::write_implicit($value, $number, $writer)?
    };
    ($writer:ident, $value:expr, [$number:literal EXPLICIT]) => {
        $crate::codec::field::write_explicit($value, $number, $writer)?
    };
}

/// Schema of a tag.
macro_rules! schema_tag {
    () => {
        None
    };
    ([$number:literal]) => {
        Some(($number, $crate::codec::TagMode::Implicit))
    };
    ([$number:literal EXPLICIT]) => {
        Some(($number, $crate::codec::TagMode::Explicit))
    };
}

/// Schema of a field's presence.
macro_rules! schema_presence {
    () => {
        $crate::codec::Presence::Required
    };
    (OPTIONAL) => {
        $crate::codec::Presence::Optional
    };
    (DEFAULT $default:expr) => {
        $crate::codec::Presence::Default(stringify!($default))
    };
}

/// A `SEQUENCE` from its table.
macro_rules! sequence {
    (
        $(#[doc = $doc:literal])*
        $name:ident $asn1:literal {
            $(
                $(#[doc = $field_doc:literal])*
                $field:ident : $type:ty = $wire:literal
                    $([$($tag:tt)+])? $($presence:ident $($default:expr)?)?
            ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name {
            $(
                $(#[doc = $field_doc])*
                pub $field: $crate::codec::table::field_type!($type, $($presence $($default)?)?),
            )*
        }

        impl $name {
            /// The fields in the order of the encoding.
            pub const FIELDS: &'static [$crate::codec::Field] = &[
                $($crate::codec::Field {
                    name: $wire,
                    doc: concat!($($field_doc),*),
                    type_name: <$type as $crate::codec::Asn1>::NAME,
                    list: <$type as $crate::codec::Asn1>::LIST,
                    tag: $crate::codec::table::schema_tag!($([$($tag)+])?),
                    presence: $crate::codec::table::schema_presence!($($presence $($default)?)?),
                    info: <$type as $crate::codec::Asn1>::INFO,
                }),*
            ];
            /// The table of this type.
            pub const INFO: &'static $crate::codec::TypeInfo = &$crate::codec::TypeInfo {
                name: $asn1,
                doc: concat!($($doc),*),
                shape: $crate::codec::Shape::Sequence(Self::FIELDS),
            };
        }

        impl der::FixedTag for $name {
            const TAG: der::Tag = der::Tag::Sequence;
        }

        impl<'r> der::DecodeValue<'r> for $name {
            type Error = $crate::codec::DecodeError;

            fn decode_value<R: der::Reader<'r>>(
                reader: &mut R,
                _header: der::Header,
            ) -> Result<Self, Self::Error> {
                $(
                    let $field = $crate::codec::table::read_field!(
                        reader, $type, $wire, $([$($tag)+])?, $($presence $($default)?)?
                    );
                )*
                Ok(Self { $($field),* })
            }
        }

        impl der::EncodeValue for $name {
            fn value_len(&self) -> der::Result<der::Length> {
                let mut sum = der::Length::ZERO;
                $(
                    let value = $crate::codec::table::field_value!(
                        self.$field, $($presence $($default)?)?
                    );
                    if let Some(value) = value {
                        sum = (sum + $crate::codec::table::field_len!(value, $([$($tag)+])?))?;
                    }
                )*
                Ok(sum)
            }

            fn encode_value(&self, writer: &mut impl der::Writer) -> der::Result<()> {
                $(
                    let value = $crate::codec::table::field_value!(
                        self.$field, $($presence $($default)?)?
                    );
                    if let Some(value) = value {
                        $crate::codec::table::write_field!(writer, value, $([$($tag)+])?);
                    }
                )*
                Ok(())
            }
        }

        $crate::codec::table::asn1_name!($name, $asn1, Some(Self::INFO));
    };
}

/// A `CHOICE` from its table; every alternative has a tag.
macro_rules! choice {
    (
        $(#[doc = $doc:literal])*
        $name:ident $asn1:literal {
            $(
                $(#[doc = $field_doc:literal])*
                $variant:ident($type:ty) = $wire:literal [$($tag:tt)+]
            ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[allow(clippy::large_enum_variant, reason = "one message at a time; a Box buys nothing")]
        pub enum $name {
            $(
                $(#[doc = $field_doc])*
                $variant($type),
            )*
        }

        impl $name {
            /// The alternatives in the order of their tags.
            pub const FIELDS: &'static [$crate::codec::Field] = &[
                $($crate::codec::Field {
                    name: $wire,
                    doc: concat!($($field_doc),*),
                    type_name: <$type as $crate::codec::Asn1>::NAME,
                    list: <$type as $crate::codec::Asn1>::LIST,
                    tag: $crate::codec::table::schema_tag!([$($tag)+]),
                    presence: $crate::codec::Presence::Required,
                    info: <$type as $crate::codec::Asn1>::INFO,
                }),*
            ];
            /// The table of this type.
            pub const INFO: &'static $crate::codec::TypeInfo = &$crate::codec::TypeInfo {
                name: $asn1,
                doc: concat!($($doc),*),
                shape: $crate::codec::Shape::Choice(Self::FIELDS),
            };
        }

        impl<'r> der::Decode<'r> for $name {
            type Error = $crate::codec::DecodeError;

            fn decode<R: der::Reader<'r>>(reader: &mut R) -> Result<Self, Self::Error> {
                $(
                    let value = $crate::codec::table::read_alternative!(
                        reader, $type, $wire, $($tag)+
                    );
                    if let Some(value) = value {
                        return Ok(Self::$variant(value));
                    }
                )*
                Err($crate::codec::field::no_alternative(reader))
            }
        }

        impl der::Encode for $name {
            fn encoded_len(&self) -> der::Result<der::Length> {
                match self {
                    $(Self::$variant(value) => {
                        Ok($crate::codec::table::field_len!(value, [$($tag)+]))
                    })*
                }
            }

            fn encode(&self, writer: &mut impl der::Writer) -> der::Result<()> {
                match self {
                    $(Self::$variant(value) => {
                        $crate::codec::table::write_field!(writer, value, [$($tag)+]);
                    })*
                }
                Ok(())
            }
        }

        impl $crate::codec::Asn1 for $name {
            const NAME: &'static str = $asn1;
            const INFO: Option<&'static $crate::codec::TypeInfo> = Some(Self::INFO);

            fn accepts(tag: der::Tag) -> bool {
                $(tag == $crate::codec::table::field_tag!($type, $($tag)+))||*
            }

            fn read<'r, R: der::Reader<'r>>(
                reader: &mut R,
            ) -> Result<Self, $crate::codec::DecodeError> {
                $crate::codec::field::element(reader)
            }
        }
    };
}

/// Reads one alternative of a `CHOICE` as an `Option`.
macro_rules! read_alternative {
    ($reader:ident, $type:ty, $wire:literal, $number:literal $($mode:ident)?) => {
        $crate::codec::table::read_tagged!($reader, $type, $wire, $number $($mode)?)?
    };
}

/// An `ENUMERATED` from its table.
macro_rules! enumerated {
    (
        $(#[doc = $doc:literal])*
        $name:ident $asn1:literal {
            $(
                $(#[doc = $field_doc:literal])*
                $variant:ident = $value:literal $wire:literal
            ),* $(,)?
        }
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $(
                $(#[doc = $field_doc])*
                $variant = $value,
            )*
        }

        impl $name {
            /// Every value in the order of their numbers.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The table of this type.
            pub const INFO: &'static $crate::codec::TypeInfo = &$crate::codec::TypeInfo {
                name: $asn1,
                doc: concat!($($doc),*),
                shape: $crate::codec::Shape::Enumerated(&[$($crate::codec::Value {
                    number: $value,
                    name: $wire,
                    doc: concat!($($field_doc),*),
                }),*]),
            };

            /// The number in the encoding.
            pub const fn number(self) -> u32 {
                self as u32
            }

            /// The name in the specification.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $wire,)*
                }
            }

            /// The value with this number.
            pub fn from_number(number: u32) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.number() == number)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl der::FixedTag for $name {
            const TAG: der::Tag = der::Tag::Enumerated;
        }

        impl<'r> der::DecodeValue<'r> for $name {
            type Error = $crate::codec::DecodeError;

            fn decode_value<R: der::Reader<'r>>(
                reader: &mut R,
                header: der::Header,
            ) -> Result<Self, Self::Error> {
                let number = $crate::codec::field::enumerated_number(reader, header)?;
                Self::from_number(number)
                    .ok_or_else(|| $crate::codec::DecodeError::unknown_enumerated($asn1, number))
            }
        }

        impl der::EncodeValue for $name {
            fn value_len(&self) -> der::Result<der::Length> {
                der::EncodeValue::value_len(&self.number())
            }

            fn encode_value(&self, writer: &mut impl der::Writer) -> der::Result<()> {
                der::EncodeValue::encode_value(&self.number(), writer)
            }
        }

        $crate::codec::table::asn1_name!($name, $asn1, Some(Self::INFO));
    };
}

/// A name of its own for one type, most often for a message that is one signed value.
macro_rules! alias {
    (
        $(#[doc = $doc:literal])*
        $name:ident $asn1:literal = $type:ty, $shown:literal
    ) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(pub $type);

        impl $name {
            /// The table of this type.
            pub const INFO: &'static $crate::codec::TypeInfo = &$crate::codec::TypeInfo {
                name: $asn1,
                doc: concat!($($doc),*),
                shape: $crate::codec::Shape::Alias {
                    notation: $shown,
                    type_name: <$type as $crate::codec::Asn1>::NAME,
                    info: <$type as $crate::codec::Asn1>::INFO,
                },
            };
        }

        impl der::FixedTag for $name {
            const TAG: der::Tag = <$type as der::FixedTag>::TAG;
        }

        impl<'r> der::DecodeValue<'r> for $name {
            type Error = $crate::codec::DecodeError;

            fn decode_value<R: der::Reader<'r>>(
                reader: &mut R,
                header: der::Header,
            ) -> Result<Self, Self::Error> {
                Ok(Self(<$type as der::DecodeValue<'r>>::decode_value(reader, header)?))
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

pub(crate) use {
    alias, asn1_name, choice, enumerated, field_len, field_tag, field_type, field_value,
    read_alternative, read_field, read_tagged, schema_presence, schema_tag, sequence, write_field,
};
