//! Well signed containers that break one rule each.

use std::sync::Arc;

use counterfoil_secret::Report;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::cms::attribute::{
    ALGORITHM_PROTECTION, AttributeSet, CONTENT_TYPE, MESSAGE_DIGEST, SIGNING_CERTIFICATE,
    attribute_der,
};
use crate::cms::raw::Tlv;
use crate::cms::recipient::IssuerAndSerial;
use crate::cms::signed::EncapsulatedContent;
use crate::key::{KeyPair, KeyUse, SigningKey};
use crate::oid::{ATTRIBUTE_RECIPIENT, Oid, content_type};
use crate::provider::DETERMINISTIC;
use crate::suite::P256;

const TYPE: Oid = content_type(14);
const CONTENT: &[u8] = &[4, 3, 1, 2, 3];
const NAME: IssuerAndSerial<'_> =
    IssuerAndSerial { issuer_der: &[0x30, 0], serial_der: &[2, 1, 1] };
const THUMB: [u8; 32] = [5; 32];
const SHA1_IDENTIFIER: &[u8] = &[0x30, 7, 6, 5, 0x2b, 0x0e, 3, 2, 0x1a];

/// A container before it is put together; each test changes one part.
struct Draft {
    version: u8,
    digest_algorithms: Vec<u8>,
    signer_version: u8,
    sid: Vec<u8>,
    digest_algorithm: &'static [u8],
    attributes: Vec<(Oid, Vec<Vec<u8>>)>,
    signature_algorithm: &'static [u8],
    certificates: Vec<&'static [u8]>,
}

fn octets(octets: &[u8]) -> Vec<u8> {
    [&[4, octets.len() as u8], octets].concat()
}

fn key() -> Arc<dyn SigningKey> {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let pair = KeyPair::generate(&DETERMINISTIC, &P256, KeyUse::Sign, &mut rng);
    pair.unwrap().signing_key().unwrap()
}

impl Draft {
    fn good() -> Self {
        let signature_algorithm = P256.signature.identifier_der().unwrap();
        let implicit = [&[0xa1], &signature_algorithm[1..]].concat();
        let protection = [SHA256_IDENTIFIER, &implicit].concat();
        let protection = [&[0x30, protection.len() as u8], &protection[..]].concat();
        let certificate = [&[0x30, 38, 0x30, 36, 0x30, 34], &octets(&THUMB)[..]].concat();
        Self {
            version: 3,
            digest_algorithms: SHA256_IDENTIFIER.to_vec(),
            signer_version: 1,
            sid: NAME.to_der().unwrap(),
            digest_algorithm: SHA256_IDENTIFIER,
            attributes: vec![
                (CONTENT_TYPE, vec![TYPE.to_der_bytes()]),
                (MESSAGE_DIGEST, vec![octets(&sha256(CONTENT))]),
                (ALGORITHM_PROTECTION, vec![protection]),
                (SIGNING_CERTIFICATE, vec![certificate]),
            ],
            signature_algorithm,
            certificates: Vec::new(),
        }
    }

    fn attribute(&mut self, attribute: Oid) -> &mut Vec<Vec<u8>> {
        &mut self.attributes.iter_mut().find(|(oid, _)| *oid == attribute).unwrap().1
    }

    fn build(self) -> Result<ContentInfo, CryptoError> {
        let attributes: Vec<_> = self
            .attributes
            .iter()
            .map(|(oid, values)| {
                let values: Vec<_> = values.iter().map(Vec::as_slice).collect();
                attribute_der(*oid, &values).unwrap()
            })
            .collect();
        let signed_attributes = AttributeSet::new(attributes.iter().map(Vec::as_slice))?;
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let signature = key().sign(&signed_attributes.to_der()?, &mut rng)?;
        let signer = SignerInfoDer {
            version: self.signer_version,
            sid: Tlv(&self.sid),
            digest_algorithm: Tlv(self.digest_algorithm),
            signed_attributes,
            signature_algorithm: Tlv(self.signature_algorithm),
            signature: OctetStringRef::new(&signature)?,
        }
        .to_der()?;
        let data = SignedDataDer {
            version: self.version,
            digest_algorithms: TlvSet::new([self.digest_algorithms.as_slice()])?,
            content: EncapsulatedContent {
                content_type: TYPE,
                content: Some(OctetStringRef::new(CONTENT)?),
            },
            certificates: Some(TlvSet::new(self.certificates)?),
            crls: None,
            signer_infos: TlvSet::new([signer.as_slice()])?,
        };
        ContentInfo::wrap(SIGNED_DATA, &data.to_der()?)
    }
}

fn verdict(info: &ContentInfo) -> Result<(), CryptoError> {
    let key = VerifyingKey::from_spki(key().spki_der()).unwrap();
    let signer = SignerId::Certificate { name: NAME, thumb: THUMB };
    let expected = Expected { content_type: TYPE, content: None, signer, recipient: None };
    SignedData::parse(info)?.verify(0, &key, &expected).map(|_| ())
}

fn check(change: impl FnOnce(&mut Draft), expected: &str) {
    let mut draft = Draft::good();
    change(&mut draft);
    let shown = match verdict(&draft.build().unwrap()) {
        Ok(()) => "fine".into(),
        Err(error) => format!("{}: {error}", error.id()),
    };
    assert_eq!(shown, expected);
}

#[test]
fn the_unchanged_draft_is_fine() {
    check(|_| {}, "fine");
}

#[test]
fn each_needed_attribute_has_to_be_there() {
    for (oid, name) in [
        (CONTENT_TYPE, "contentType"),
        (MESSAGE_DIGEST, "messageDigest"),
        (ALGORITHM_PROTECTION, "CMSAlgorithmProtection"),
        (SIGNING_CERTIFICATE, "signingCertificateV2"),
    ] {
        let expected = format!("attribute-missing: signed attribute {name} is missing");
        check(|draft| draft.attributes.retain(|(found, _)| *found != oid), &expected);
    }
}

#[test]
fn no_known_attribute_may_be_repeated() {
    for (oid, name) in [
        (CONTENT_TYPE, "contentType"),
        (MESSAGE_DIGEST, "messageDigest"),
        (ALGORITHM_PROTECTION, "CMSAlgorithmProtection"),
        (SIGNING_CERTIFICATE, "signingCertificateV2"),
        (ATTRIBUTE_RECIPIENT, "recipient"),
    ] {
        let text = format!("signed attribute {name} occurs more than once");
        let expected = format!("attribute-repeated: {text}");
        check(
            |draft| {
                draft.attributes.retain(|(found, _)| *found != oid);
                draft.attributes.push((oid, vec![vec![5, 0], vec![4, 0]]));
            },
            &expected,
        );
        check(
            |draft| {
                draft.attributes.push((oid, vec![vec![5, 0]]));
                draft.attributes.push((oid, vec![vec![4, 0]]));
            },
            &expected,
        );
        check(|draft| draft.attributes.push((oid, vec![])), &expected);
    }
}

#[test]
fn unknown_attributes_are_passed_over() {
    let signing_time = Oid::from_arcs(&[1, 2, 840, 113549, 1, 9, 5]);
    let values = vec![vec![5, 0], vec![4, 0]];
    check(|draft| draft.attributes.push((signing_time, values)), "fine");
}

#[test]
fn the_signed_type_has_to_be_the_type_of_the_content() {
    check(
        |draft| *draft.attribute(CONTENT_TYPE) = vec![content_type(15).to_der_bytes()],
        "attribute-mismatch: signed attribute contentType does not agree with the type of the \
         content",
    );
}

#[test]
fn the_signed_digest_has_to_be_that_of_the_content() {
    check(
        |draft| *draft.attribute(MESSAGE_DIGEST) = vec![octets(&[0; 32])],
        "digest-mismatch: the content is not what was signed: its digest differs",
    );
    check(
        |draft| *draft.attribute(MESSAGE_DIGEST) = vec![octets(&[0; 20])],
        "malformed: the messageDigest is malformed: it does not have 32 octets",
    );
}

#[test]
fn the_signed_algorithms_have_to_be_those_used() {
    check(
        |draft| {
            draft.signature_algorithm = SignatureAlgorithm::RsaPkcs1Sha256.identifier_der().unwrap()
        },
        "attribute-mismatch: signed attribute CMSAlgorithmProtection does not agree with the \
         signature algorithm",
    );
    check(
        |draft| {
            let protection = &mut draft.attribute(ALGORITHM_PROTECTION)[0];
            let last_of_digest = 2 + SHA256_IDENTIFIER.len() - 1;
            protection[last_of_digest] = 2;
        },
        "attribute-mismatch: signed attribute CMSAlgorithmProtection does not agree with the \
         digest algorithm",
    );
}

#[test]
fn digests_other_than_sha_256_are_refused_by_name() {
    let refused = "algorithm-refused: SHA-1 is no longer accepted";
    check(|draft| draft.digest_algorithms = SHA1_IDENTIFIER.to_vec(), refused);
    check(|draft| draft.digest_algorithm = SHA1_IDENTIFIER, refused);
    check(|draft| draft.digest_algorithm = SHA256_IDENTIFIER_NULL, "fine");
}

#[test]
fn another_certificate_of_the_same_name_is_not_the_signer() {
    check(
        |draft| *draft.attribute(SIGNING_CERTIFICATE).last_mut().unwrap().last_mut().unwrap() ^= 1,
        "signer-mismatch: the signature was not made under the given certificate",
    );
}

#[test]
fn versions_have_to_fit_what_they_stand_for() {
    let outer = "malformed: the SignedData is malformed: the version does not fit the content";
    check(|draft| draft.version = 1, outer);
    let signer = "malformed: the SignerInfo is malformed: the version does not fit the name";
    check(|draft| draft.signer_version = 3, signer);
    check(|draft| draft.sid = [&[0x80, 20][..], &[1; 20]].concat(), signer);
}

#[test]
fn only_plain_certificates_travel_along() {
    check(|draft| draft.certificates = vec![&[0x30, 0]], "fine");
    check(
        |draft| draft.certificates = vec![&[0xa1, 0]],
        "malformed: the SignedData is malformed: it carries a certificate or CRL of an unknown \
         form",
    );
}

#[test]
fn another_container_is_named_as_such() {
    let other = ContentInfo::wrap(crate::cms::AUTH_ENVELOPED_DATA, &[0x30, 0]).unwrap();
    assert_eq!(verdict(&other).unwrap_err().id(), "content-type-mismatch");
}

#[test]
fn octets_after_the_signed_data_are_refused() {
    let info = Draft::good().build().unwrap();
    let (_, content) = info.parts().unwrap();
    let longer = [content, &[5, 0]].concat();
    let info = ContentInfo::wrap(SIGNED_DATA, &longer).unwrap();
    assert_eq!(verdict(&info).unwrap_err().id(), "malformed");
}
