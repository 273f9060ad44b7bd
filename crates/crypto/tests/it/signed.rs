//! SignedData: signing, verifying, each rule broken alone, and what OpenSSL makes of it.

use counterfoil_crypto::cms::ContentInfo;
use counterfoil_crypto::cms::signed::{
    Expected, SignRequest, SignedData, Signer, SignerId, SignerName, sign,
};
use counterfoil_crypto::digest::Digest;
use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::oid::content_type;
use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_crypto::signature::VerifyingKey;
use counterfoil_crypto::suite::{P256, SUITES};
use counterfoil_crypto::{CryptoError, Oid};
use counterfoil_secret::Report;

use crate::certificate::TestCertificate;
use crate::keys::{pair, rng};
use crate::openssl::OpenSsl;

const TYPE: Oid = content_type(14);
const CONTENT: &[u8] = b"0\x0ethe order half";
const RECIPIENT: Digest = [0x77; 32];

fn request<'a>(signers: &'a [Signer<'a>]) -> SignRequest<'a> {
    SignRequest {
        content_type: TYPE,
        content: CONTENT,
        detached: false,
        signers,
        recipient: Some(RECIPIENT),
        certificates: &[],
        crls: &[],
    }
}

fn expected(signer: SignerId<'_>) -> Expected<'_> {
    Expected { content_type: TYPE, content: None, signer, recipient: Some(RECIPIENT) }
}

/// One signature of suite `p256` by "merchant", and what its verifier needs.
struct Case {
    info: ContentInfo,
    key: VerifyingKey,
    certificate: TestCertificate,
}

impl Case {
    fn new(change: impl FnOnce(&mut SignRequest<'_>)) -> Self {
        let pair = pair(&P256, KeyUse::Sign, 1);
        let certificate = TestCertificate::named("merchant");
        let key = pair.signing_key().unwrap();
        let signers = [Signer { key: key.as_ref(), id: certificate.signer_id() }];
        let mut request = request(&signers);
        change(&mut request);
        let info = sign(&request, &mut rng(2)).unwrap();
        Self { info, key: VerifyingKey::from_spki(pair.spki_der()).unwrap(), certificate }
    }

    fn verdict(&self, change: impl FnOnce(&mut Expected<'_>)) -> Result<Vec<u8>, &'static str> {
        let mut expected = expected(self.certificate.signer_id());
        change(&mut expected);
        let data = SignedData::parse(&self.info).map_err(|error| error.id())?;
        let content = data.verify(0, &self.key, &expected).map_err(|error| error.id())?;
        Ok(content.to_vec())
    }
}

#[test]
fn verifies_for_every_suite_attached_and_detached() {
    let certificate = TestCertificate::named("merchant");
    for suite in SUITES {
        let pair = pair(suite, KeyUse::Sign, 1);
        let key = pair.signing_key().unwrap();
        let public = VerifyingKey::from_spki(pair.spki_der()).unwrap();
        for id in [certificate.signer_id(), SignerId::Key(pair.key_id())] {
            for detached in [false, true] {
                let signers = [Signer { key: key.as_ref(), id }];
                let request = SignRequest { detached, ..request(&signers) };
                let info = sign(&request, &mut rng(2)).unwrap();
                let data = SignedData::parse(&info).unwrap();
                assert_eq!(data.content, (!detached).then_some(CONTENT));
                let content = detached.then_some(CONTENT);
                let expected = Expected { content, ..expected(id) };
                assert_eq!(data.verify(0, &public, &expected), Ok(CONTENT));
            }
        }
    }
}

#[test]
fn tells_what_a_signature_says_before_it_is_verified() {
    let case = Case::new(|_| {});
    let data = SignedData::parse(&case.info).unwrap();
    let signer = &data.signers[0];
    assert_eq!(data.content_type, TYPE);
    assert_eq!(signer.name, SignerName::Certificate(case.certificate.name()));
    assert_eq!(signer.recipient, Some(RECIPIENT));
    assert_eq!(signer.algorithm, P256.signature);
}

#[test]
fn each_expectation_has_its_error() {
    let case = Case::new(|_| {});
    assert_eq!(case.verdict(|_| {}), Ok(CONTENT.to_vec()));
    assert_eq!(case.verdict(|expected| expected.recipient = None), Ok(CONTENT.to_vec()));
    let check = |change: &dyn Fn(&mut Expected<'_>), id| {
        assert_eq!(case.verdict(|expected| change(expected)), Err(id));
    };
    check(&|expected| expected.content_type = content_type(15), "content-type-mismatch");
    check(&|expected| expected.recipient = Some([0; 32]), "recipient-mismatch");
    check(&|expected| expected.content = Some(CONTENT), "content-unexpected");
    check(&|expected| expected.signer = SignerId::Key(case.key.key_id()), "signer-mismatch");
    check(
        &|expected| match &mut expected.signer {
            SignerId::Certificate { thumb, .. } => thumb[0] ^= 1,
            SignerId::Key(_) => unreachable!("the case signs by certificate"),
        },
        "signer-mismatch",
    );
    check(
        &|expected| match &mut expected.signer {
            SignerId::Certificate { name, .. } => name.serial_der = &[2, 1, 8],
            SignerId::Key(_) => unreachable!("the case signs by certificate"),
        },
        "signer-mismatch",
    );
}

#[test]
fn a_signature_for_nobody_is_not_one_for_me() {
    let case = Case::new(|request| request.recipient = None);
    assert_eq!(case.verdict(|expected| expected.recipient = None), Ok(CONTENT.to_vec()));
    assert_eq!(case.verdict(|_| {}), Err("recipient-mismatch"));
}

#[test]
fn a_detached_signature_needs_its_own_content() {
    let case = Case::new(|request| request.detached = true);
    assert_eq!(case.verdict(|_| {}), Err("content-missing"));
    assert_eq!(case.verdict(|e| e.content = Some(b"other")), Err("digest-mismatch"));
    assert_eq!(case.verdict(|e| e.content = Some(CONTENT)), Ok(CONTENT.to_vec()));
}

#[test]
fn another_key_or_signer_index_does_not_verify() {
    let case = Case::new(|_| {});
    let data = SignedData::parse(&case.info).unwrap();
    let expected = expected(case.certificate.signer_id());
    let other = VerifyingKey::from_spki(pair(&P256, KeyUse::Sign, 5).spki_der()).unwrap();
    assert_eq!(data.verify(0, &other, &expected), Err(CryptoError::SignatureInvalid));
    let absent = CryptoError::SignerAbsent { index: 1 };
    assert_eq!(data.verify(1, &case.key, &expected), Err(absent));
    let rsa = crate::keys::rsa_pair(KeyUse::Sign);
    let rsa = VerifyingKey::from_spki(rsa.spki_der()).unwrap();
    assert_eq!(data.verify(0, &rsa, &expected).unwrap_err().id(), "algorithm-mismatch");
}

#[test]
fn a_key_id_has_to_be_the_one_of_the_key() {
    let pair = pair(&P256, KeyUse::Sign, 1);
    let key = pair.signing_key().unwrap();
    let id = SignerId::Key([9; 20]);
    let info = sign(&request(&[Signer { key: key.as_ref(), id }]), &mut rng(2)).unwrap();
    let data = SignedData::parse(&info).unwrap();
    let public = VerifyingKey::from_spki(pair.spki_der()).unwrap();
    assert_eq!(data.verify(0, &public, &expected(id)), Err(CryptoError::SignerMismatch));
}

#[test]
fn each_changed_bit_is_noticed() {
    let case = Case::new(|request| request.certificates = &[&[0x30, 2, 5, 0]]);
    let der = case.info.as_der().to_vec();
    let certificate = der.windows(4).position(|window| window == [0x30, 2, 5, 0]).unwrap();
    // No signature covers the certificates (RFC 5652 section 5.4), so their octets do not count,
    // nor does the tag that says that they are certificates and not CRLs.
    let covered =
        (0..der.len()).filter(|place| !(certificate - 2..certificate + 4).contains(place));
    for place in covered {
        for bit in 0..8 {
            let mut changed = der.clone();
            changed[place] ^= 1 << bit;
            let Ok(info) = ContentInfo::from_der(changed) else { continue };
            let case = Case {
                info,
                key: case.key.clone(),
                certificate: TestCertificate::named("merchant"),
            };
            assert!(case.verdict(|_| {}).is_err(), "octet {place} bit {bit}");
        }
    }
}

#[test]
fn certificates_and_crls_travel_along_within_their_limits() {
    let numbered = |count: u8| (0..count).map(|n| vec![0x30, 3, 2, 1, n]).collect::<Vec<_>>();
    let sign_with = |certificates: &[Vec<u8>], crls: &[Vec<u8>]| {
        let pair = pair(&P256, KeyUse::Sign, 1);
        let key = pair.signing_key().unwrap();
        let certificate = TestCertificate::named("merchant");
        let signers = [Signer { key: key.as_ref(), id: certificate.signer_id() }];
        let certificates: Vec<_> = certificates.iter().map(Vec::as_slice).collect();
        let crls: Vec<_> = crls.iter().map(Vec::as_slice).collect();
        let request = SignRequest { certificates: &certificates, crls: &crls, ..request(&signers) };
        sign(&request, &mut rng(2)).map_err(|error| error.to_string())
    };
    let info = sign_with(&numbered(16), &numbered(2)).unwrap();
    let data = SignedData::parse(&info).unwrap();
    assert_eq!((data.certificates.len(), data.crls.len()), (16, 2));
    let many = sign_with(&numbered(17), &[]).unwrap_err();
    assert_eq!(many, "the SignedData has more than 16 certificates");
    assert!(sign_with(&[], &numbered(17)).is_err());
    assert!(sign_with(&[vec![0x30, 0x84, 0, 4, 0, 0]], &[]).is_ok());
}

#[test]
fn two_signers_of_a_renewal_verify_each_with_its_own_key() {
    let pairs = [pair(&P256, KeyUse::Sign, 1), pair(&P256, KeyUse::Sign, 2)];
    let keys = pairs.each_ref().map(|pair| pair.signing_key().unwrap());
    let certificate = TestCertificate::named("merchant");
    let ids = [certificate.signer_id(), SignerId::Key(pairs[1].key_id())];
    let signers = [0, 1].map(|at| Signer { key: keys[at].as_ref(), id: ids[at] });
    let info = sign(&request(&signers), &mut rng(3)).unwrap();
    let data = SignedData::parse(&info).unwrap();
    assert_eq!(data.signers.len(), 2);
    for (pair, id) in pairs.iter().zip(ids) {
        let name = match id {
            SignerId::Certificate { name, .. } => SignerName::Certificate(name),
            SignerId::Key(key_id) => SignerName::Key(key_id),
        };
        let index = data.signers.iter().position(|signer| signer.name == name).unwrap();
        let public = VerifyingKey::from_spki(pair.spki_der()).unwrap();
        data.verify(index, &public, &expected(id)).unwrap();
        assert!(data.verify(1 - index, &public, &expected(id)).is_err());
    }
    assert_eq!(sign(&request(&[]), &mut rng(3)).unwrap_err().id(), "signer-absent");
    let five = [signers[0], signers[1], signers[0], signers[0], signers[0]];
    assert_eq!(sign(&request(&five), &mut rng(3)).unwrap_err().id(), "limit-exceeded");
}

#[test]
fn deterministic_keys_make_the_same_container_twice() {
    let der = pair(&P256, KeyUse::Sign, 1).to_pkcs8_der().clone();
    let pair = KeyPair::from_pkcs8_der(&DETERMINISTIC, KeyUse::Sign, der).unwrap();
    let key = pair.signing_key().unwrap();
    let certificate = TestCertificate::named("merchant");
    let signers = [Signer { key: key.as_ref(), id: certificate.signer_id() }];
    let make = |seed| sign(&request(&signers), &mut rng(seed)).unwrap();
    assert_eq!(make(1), make(2));
}

#[test]
fn openssl_verifies_what_we_sign() {
    let Some(openssl) = OpenSsl::find() else { return };
    for suite in SUITES {
        let pair = pair(suite, KeyUse::Sign, 1);
        let certificate = TestCertificate::make(&openssl, "merchant", &pair);
        let key = pair.signing_key().unwrap();
        let signers = [Signer { key: key.as_ref(), id: certificate.signer_id() }];
        openssl.write("content.bin", CONTENT);
        for detached in [false, true] {
            let certificates: &[&[u8]] = &[&certificate.der];
            let request = SignRequest { detached, certificates, ..request(&signers) };
            openssl.write("signed.der", sign(&request, &mut rng(2)).unwrap().as_der());
            openssl.expect("asn1parse -inform DER -in signed.der");
            let content = if detached { "-content content.bin" } else { "" };
            let verified = openssl.expect(&format!(
                "cms -verify -inform DER -binary -cades -in signed.der {content} \
                 -CAfile merchant.pem -purpose any"
            ));
            assert_eq!(verified, CONTENT, "{suite}");
        }
        let id = SignerId::Key(pair.key_id());
        let signers = [Signer { key: key.as_ref(), id }];
        openssl.write("signed.der", sign(&request(&signers), &mut rng(2)).unwrap().as_der());
        openssl.expect("asn1parse -inform DER -in signed.der");
    }
}
