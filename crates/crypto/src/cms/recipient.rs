//! RecipientInfos (RFC 5652 section 6.2): how the content-encryption key travels.

use der::asn1::{BitStringRef, ContextSpecific, ContextSpecificRef, OctetStringRef};
use der::{
    Decode, DecodeValue, Encode, EncodeValue, FixedTag, Header, Length, Reader, Sequence, Tag,
    TagMode, TagNumber, Writer,
};

use super::raw::Tlv;

/// DER of the AlgorithmIdentifier id-aes256-wrap (RFC 3565 section 2.3.2).
pub(crate) const AES256_WRAP: &[u8] =
    &[0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2d];

/// Names a certificate by its issuer and serial number (RFC 5652 section 10.2.4). Both are whole
/// encodings: a SEQUENCE (the Name) and an INTEGER.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IssuerAndSerial<'a> {
    /// DER of the issuer's Name, tag and length included.
    pub issuer_der: &'a [u8],
    /// DER of the serial number, tag and length included.
    pub serial_der: &'a [u8],
}

impl FixedTag for IssuerAndSerial<'_> {
    const TAG: Tag = Tag::Sequence;
}

impl<'a> DecodeValue<'a> for IssuerAndSerial<'a> {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, _header: Header) -> der::Result<Self> {
        Tag::peek(reader)?.assert_eq(Tag::Sequence)?;
        let issuer_der = reader.tlv_bytes()?;
        Tag::peek(reader)?.assert_eq(Tag::Integer)?;
        let serial_der = reader.tlv_bytes()?;
        Ok(Self { issuer_der, serial_der })
    }
}

impl EncodeValue for IssuerAndSerial<'_> {
    fn value_len(&self) -> der::Result<Length> {
        Length::try_from(self.issuer_der.len())? + Length::try_from(self.serial_der.len())?
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        writer.write(self.issuer_der)?;
        writer.write(self.serial_der)
    }
}

/// The parts of a KeyTransRecipientInfo (RFC 5652 section 6.2.1).
pub(crate) struct KeyTransport<'a> {
    pub(crate) recipient: IssuerAndSerial<'a>,
    /// DER of the AlgorithmIdentifier.
    pub(crate) algorithm: &'a [u8],
    pub(crate) encrypted: &'a [u8],
}

#[derive(Sequence)]
struct KeyTransRecipientInfo<'a> {
    version: u8,
    rid: IssuerAndSerial<'a>,
    key_encryption_algorithm: Tlv<'a>,
    encrypted_key: &'a OctetStringRef,
}

impl<'a> KeyTransport<'a> {
    pub(crate) fn to_der(&self) -> der::Result<Vec<u8>> {
        KeyTransRecipientInfo {
            version: 0,
            rid: self.recipient,
            key_encryption_algorithm: Tlv(self.algorithm),
            encrypted_key: OctetStringRef::new(self.encrypted)?,
        }
        .to_der()
    }

    pub(crate) fn from_der(der: &'a [u8]) -> der::Result<Self> {
        let info = KeyTransRecipientInfo::from_der(der)?;
        check_version(info.version, 0)?;
        Ok(Self {
            recipient: info.rid,
            algorithm: info.key_encryption_algorithm.0,
            encrypted: info.encrypted_key.as_bytes(),
        })
    }
}

/// The parts of a KeyAgreeRecipientInfo (RFC 5652 section 6.2.2) with one recipient and the
/// originator's ephemeral public key.
pub(crate) struct KeyAgreement<'a> {
    /// DER of the AlgorithmIdentifier of the originator's key.
    pub(crate) originator_algorithm: &'a [u8],
    pub(crate) originator_point: &'a [u8],
    /// The `ukm`.
    pub(crate) context: &'a [u8],
    /// DER of the AlgorithmIdentifier.
    pub(crate) algorithm: &'a [u8],
    pub(crate) recipient: IssuerAndSerial<'a>,
    pub(crate) wrapped: &'a [u8],
}

#[derive(Sequence)]
struct KeyAgreeRecipientInfo<'a> {
    version: u8,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true")]
    originator: Originator<'a>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT")]
    ukm: &'a OctetStringRef,
    key_encryption_algorithm: Tlv<'a>,
    recipient_encrypted_keys: RecipientEncryptedKeys<'a>,
}

/// The only alternative of OriginatorIdentifierOrKey that is used. Its explicit `[0]` around a
/// choice encodes like an implicit one around a sequence with one element.
#[derive(Sequence)]
struct Originator<'a> {
    #[asn1(context_specific = "1", tag_mode = "IMPLICIT", constructed = "true")]
    originator_key: OriginatorPublicKey<'a>,
}

#[derive(Sequence)]
struct OriginatorPublicKey<'a> {
    algorithm: Tlv<'a>,
    public_key: BitStringRef<'a>,
}

/// A SEQUENCE OF that always has one element.
#[derive(Sequence)]
struct RecipientEncryptedKeys<'a> {
    only: RecipientEncryptedKey<'a>,
}

#[derive(Sequence)]
struct RecipientEncryptedKey<'a> {
    rid: IssuerAndSerial<'a>,
    encrypted_key: &'a OctetStringRef,
}

const KEY_AGREE_TAG: TagNumber = TagNumber(1);

impl<'a> KeyAgreement<'a> {
    pub(crate) fn to_der(&self) -> der::Result<Vec<u8>> {
        let info = KeyAgreeRecipientInfo {
            version: 3,
            originator: Originator {
                originator_key: OriginatorPublicKey {
                    algorithm: Tlv(self.originator_algorithm),
                    public_key: BitStringRef::from_bytes(self.originator_point)?,
                },
            },
            ukm: OctetStringRef::new(self.context)?,
            key_encryption_algorithm: Tlv(self.algorithm),
            recipient_encrypted_keys: RecipientEncryptedKeys {
                only: RecipientEncryptedKey {
                    rid: self.recipient,
                    encrypted_key: OctetStringRef::new(self.wrapped)?,
                },
            },
        };
        implicit(KEY_AGREE_TAG, &info)
    }

    pub(crate) fn from_der(der: &'a [u8]) -> der::Result<Self> {
        let info: KeyAgreeRecipientInfo<'a> = from_implicit(KEY_AGREE_TAG, der)?;
        check_version(info.version, 3)?;
        let originator = info.originator.originator_key;
        let key = info.recipient_encrypted_keys.only;
        Ok(Self {
            originator_algorithm: originator.algorithm.0,
            originator_point: originator
                .public_key
                .as_bytes()
                .ok_or_else(|| Tag::BitString.value_error().to_error())?,
            context: info.ukm.as_bytes(),
            algorithm: info.key_encryption_algorithm.0,
            recipient: key.rid,
            wrapped: key.encrypted_key.as_bytes(),
        })
    }
}

/// The parts of a KEKRecipientInfo (RFC 5652 section 6.2.3).
pub(crate) struct SharedKey<'a> {
    pub(crate) key_id: &'a [u8],
    /// DER of the AlgorithmIdentifier.
    pub(crate) algorithm: &'a [u8],
    pub(crate) wrapped: &'a [u8],
}

#[derive(Sequence)]
struct KekRecipientInfo<'a> {
    version: u8,
    kek_id: KekIdentifier<'a>,
    key_encryption_algorithm: Tlv<'a>,
    encrypted_key: &'a OctetStringRef,
}

#[derive(Sequence)]
struct KekIdentifier<'a> {
    key_identifier: &'a OctetStringRef,
}

const KEK_TAG: TagNumber = TagNumber(2);

impl<'a> SharedKey<'a> {
    pub(crate) fn to_der(&self) -> der::Result<Vec<u8>> {
        let info = KekRecipientInfo {
            version: 4,
            kek_id: KekIdentifier { key_identifier: OctetStringRef::new(self.key_id)? },
            key_encryption_algorithm: Tlv(self.algorithm),
            encrypted_key: OctetStringRef::new(self.wrapped)?,
        };
        implicit(KEK_TAG, &info)
    }

    pub(crate) fn from_der(der: &'a [u8]) -> der::Result<Self> {
        let info: KekRecipientInfo<'a> = from_implicit(KEK_TAG, der)?;
        check_version(info.version, 4)?;
        Ok(Self {
            key_id: info.kek_id.key_identifier.as_bytes(),
            algorithm: info.key_encryption_algorithm.0,
            wrapped: info.encrypted_key.as_bytes(),
        })
    }
}

/// Whom one RecipientInfo is for; none when it is for a shared key.
pub(crate) fn recipient_of(recipient_info: &[u8]) -> der::Result<Option<IssuerAndSerial<'_>>> {
    match Tag::peek(&der::SliceReader::new(recipient_info)?)? {
        Tag::Sequence => Ok(Some(KeyTransport::from_der(recipient_info)?.recipient)),
        Tag::ContextSpecific { number: KEY_AGREE_TAG, .. } => {
            Ok(Some(KeyAgreement::from_der(recipient_info)?.recipient))
        }
        Tag::ContextSpecific { number: KEK_TAG, .. } => {
            SharedKey::from_der(recipient_info).map(|_| None)
        }
        other => Err(other.unexpected_error(None).into()),
    }
}

fn implicit<T: EncodeValue + FixedTag>(tag_number: TagNumber, value: &T) -> der::Result<Vec<u8>> {
    ContextSpecificRef { tag_number, tag_mode: TagMode::Implicit, value }.to_der()
}

fn from_implicit<'a, T>(tag_number: TagNumber, der: &'a [u8]) -> der::Result<T>
where
    T: DecodeValue<'a, Error = der::Error> + FixedTag + 'a,
{
    let mut reader = der::SliceReader::new(der)?;
    let field = ContextSpecific::<T>::decode_implicit(&mut reader, tag_number)?;
    reader.finish()?;
    field.map(|field| field.value).ok_or_else(|| T::TAG.value_error().into())
}

fn check_version(found: u8, expected: u8) -> der::Result<()> {
    if found == expected { Ok(()) } else { Err(Tag::Integer.value_error().into()) }
}
