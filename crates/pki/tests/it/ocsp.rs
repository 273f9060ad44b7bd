//! OCSP responses made here: who may sign them, for whom, when; and damaged ones.

use counterfoil_crypto::{identifier::IdDigest, key::KeyUse};
use counterfoil_pki::{
    Certificate, OcspResponse,
    extension::Extension,
    issue::{Issuer, Profile, issue_unchecked, profile},
    ocsp::request,
    purpose::{self, Question},
};
use jiff::Timestamp;
use std::io::Write as _;

use crate::deployment::{Holder, Maker, days, name, now, template};

/// id-kp-OCSPSigning.
const OCSP_SIGNING: &str = "300a06082b06010505070309";

fn tlv(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
    let content = parts.concat();
    let mut der = vec![tag];
    match content.len() {
        length @ 0..=127 => der.push(length as u8),
        length @ 128..=255 => der.extend([0x81, length as u8]),
        length => {
            der.push(0x82);
            der.extend_from_slice(&(length as u16).to_be_bytes());
        }
    }
    der.extend(content);
    der
}

fn time(at: Timestamp) -> Vec<u8> {
    let text = at.strftime("%Y%m%d%H%M%SZ").to_string();
    tlv(0x18, &[text.into_bytes()])
}

/// A responder, a CA and a leaf that the CA issued.
struct Place {
    maker: Maker,
    ca: Holder,
    leaf: Certificate,
}

/// One response as it is to be made.
struct Draft {
    digest: IdDigest,
    status: Vec<u8>,
    produced: Timestamp,
    this_update: Timestamp,
    next_update: Option<Timestamp>,
    /// More after the single response's fields.
    single_tail: Vec<u8>,
    tail: Vec<u8>,
}

impl Default for Draft {
    fn default() -> Self {
        Self {
            digest: IdDigest::Sha256,
            status: vec![0x80, 0],
            produced: days(-1),
            this_update: days(-1),
            next_update: Some(days(1)),
            single_tail: Vec::new(),
            tail: Vec::new(),
        }
    }
}

impl Place {
    fn new() -> Self {
        let mut maker = Maker::new(31);
        let ca = maker.root(&template(name("CA", "CA", "CA"), profile::root(None), 3000));
        let leaf = template(name("Leaf", "Leaf", "Leaf"), profile::tls_server(Vec::new()), 300);
        let leaf = Self::issue(&mut maker, &ca, &leaf).certificate;
        Self { maker, ca, leaf }
    }

    fn issue(
        maker: &mut Maker,
        by: &Holder,
        template: &counterfoil_pki::issue::Template,
    ) -> Holder {
        let key = maker.key(KeyUse::Sign);
        let signing = by.key.signing_key().unwrap();
        let issuer = Issuer { certificate: &by.certificate, key: &*signing };
        let made = issue_unchecked(template, &issuer, key.spki_der(), &mut maker.rng);
        Holder { certificate: made.unwrap(), key }
    }

    /// Somebody whom the CA certified with these purposes.
    fn delegate(&mut self, purposes: Option<&str>, by: Option<&Holder>) -> Holder {
        let oid = "2.5.29.37".parse().unwrap();
        let add = |profile: Profile, value: &str| {
            let value = hex::decode(value).unwrap();
            profile.with_extension(Extension { oid, critical: false, value })
        };
        let profile = purposes
            .map_or_else(profile::cardholder, |value| add(profile::tls_server(Vec::new()), value));
        let template = template(name("CA", "CA", "Responder"), profile, 100);
        let by = by.cloned().unwrap_or_else(|| self.ca.clone());
        Self::issue(&mut self.maker, &by, &template)
    }

    fn response(&mut self, draft: &Draft, signer: &Holder) -> OcspResponse {
        OcspResponse::from_der(&self.response_der(draft, signer)).unwrap()
    }

    fn response_der(&mut self, draft: &Draft, signer: &Holder) -> Vec<u8> {
        let key = spki_key(&self.ca.certificate);
        let name_hash = draft.digest.digest(self.leaf.issuer_der());
        let algorithm = tlv(0x30, &[draft.digest.oid().to_der_bytes()]);
        let id = tlv(
            0x30,
            &[
                algorithm,
                tlv(4, &[name_hash]),
                tlv(4, &[draft.digest.digest(&key)]),
                self.leaf.serial_der().to_vec(),
            ],
        );
        let next = draft.next_update.map(|at| tlv(0xa0, &[time(at)])).unwrap_or_default();
        let (status, this) = (draft.status.clone(), time(draft.this_update));
        let single = tlv(0x30, &[id, status, this, next, draft.single_tail.clone()]);
        let responder = tlv(0xa1, &[signer.certificate.subject().der().to_vec()]);
        let data =
            tlv(0x30, &[responder, time(draft.produced), tlv(0x30, &[single]), draft.tail.clone()]);
        let signing = signer.key.signing_key().unwrap();
        let signature = signing.sign(&data, &mut self.maker.rng).unwrap();
        let algorithm = signing.algorithm().identifier_der().unwrap().to_vec();
        let certificates = tlv(0xa0, &[tlv(0x30, &[signer.certificate.der().to_vec()])]);
        let signature = tlv(3, &[vec![0], signature]);
        let basic = tlv(0x30, &[data, algorithm, signature, certificates]);
        let kind = hex::decode("06092b0601050507300101").unwrap();
        let bytes = tlv(0x30, &[kind, tlv(4, &[basic])]);
        tlv(0x30, &[vec![0x0a, 1, 0], tlv(0xa0, &[bytes])])
    }

    fn ask(&self, responses: &[OcspResponse]) -> String {
        let answer = purpose::judge(&Question {
            leaf: &self.leaf,
            pool: &[],
            anchors: std::slice::from_ref(&self.ca.certificate),
            crls: &[],
            ocsp: responses,
            now: now(),
            purpose: purpose::named("any").unwrap(),
            name: None,
            depth_max: None,
        });
        answer.map_or_else(
            |error| format!("{} {}", error.rule.id(), error.detail),
            |_| "valid".into(),
        )
    }
}

fn spki_key(certificate: &Certificate) -> Vec<u8> {
    use der::Decode as _;
    let spki = spki::SubjectPublicKeyInfoRef::from_der(certificate.spki_der()).unwrap();
    spki.subject_public_key.raw_bytes().to_vec()
}

/// What is said when the issuer signs this response.
fn said_of(draft: &Draft) -> String {
    let mut place = Place::new();
    let ca = place.ca.clone();
    let response = place.response(draft, &ca);
    place.ask(&[response])
}

#[test]
fn the_issuers_response_counts_whatever_digest_names_it() {
    for digest in [IdDigest::Sha1, IdDigest::Sha256, IdDigest::Sha384, IdDigest::Sha512] {
        assert_eq!(said_of(&Draft { digest, ..Draft::default() }), "valid", "{digest:?}");
    }
}

#[test]
fn a_revoked_certificate_is_refused_with_time_and_reason() {
    let at = time(days(-2));
    let status = tlv(0xa1, &[at, tlv(0xa0, &[vec![0x0a, 1, 1]])]);
    assert_eq!(
        said_of(&Draft { status, ..Draft::default() }),
        "certificate-revoked by its OCSP responder, since 2026-05-30T12:00:00Z, reason \
         keyCompromise"
    );
}

#[test]
fn each_reason_for_which_a_response_says_nothing_is_told() {
    let mut later = Draft { this_update: days(1), ..Draft::default() };
    later.next_update = Some(days(2));
    let late =
        Draft { next_update: Some(now() - jiff::SignedDuration::from_secs(1)), ..Draft::default() };
    let old = Draft { this_update: days(-8), next_update: None, ..Draft::default() };
    let young = Draft { this_update: days(-6), next_update: None, ..Draft::default() };
    let critical = hex::decode("a10e300c300a06032a03040101ff0400").unwrap();
    let cases = [
        (later, "an OCSP response holds from 2026-06-02T12:00:00Z on"),
        (late, "an OCSP response held until 2026-06-01T11:59:59Z"),
        (old, "an OCSP response is of 2026-05-24T12:00:00Z and names no end"),
        (
            Draft { single_tail: critical.clone(), ..Draft::default() },
            "an OCSP response has critical extension 1.2.3.4",
        ),
        (
            Draft { tail: critical, ..Draft::default() },
            "an OCSP response has critical extension 1.2.3.4",
        ),
        (
            Draft { produced: days(-1000), ..Draft::default() },
            "an OCSP response was produced at 2023-09-05T12:00:00Z, outside of the certificate's \
             validity",
        ),
        (
            Draft { status: vec![0x82, 0], ..Draft::default() },
            "the OCSP responder does not know it",
        ),
    ];
    for (draft, expected) in cases {
        let said = said_of(&draft);
        let expected = format!("revocation-unknown {expected}; no CRL of `");
        assert!(said.starts_with(&expected), "{said}");
    }
    assert_eq!(said_of(&young), "valid");
}

#[test]
fn only_the_issuer_and_whom_it_certified_for_that_may_answer() {
    let mut place = Place::new();
    let good = place.delegate(Some(OCSP_SIGNING), None);
    let response = place.response(&Draft::default(), &good);
    assert_eq!(place.ask(&[response]), "valid");

    let refused = "revocation-unknown an OCSP response is of `CN=Responder,";
    // Certified for servers only, for every purpose only, for nothing in particular.
    for purposes in [Some("300a06082b06010505070301"), Some("30060604551d2500"), None] {
        let other = place.delegate(purposes, None);
        let response = place.response(&Draft::default(), &other);
        let said = place.ask(&[response]);
        assert!(said.starts_with(refused), "{said}");
    }
    // Certified by somebody of the CA's name.
    let impostor = place.maker.root(&template(name("CA", "CA", "CA"), profile::root(None), 3000));
    let other = place.delegate(Some(OCSP_SIGNING), Some(&impostor));
    let response = place.response(&Draft::default(), &other);
    let said = place.ask(&[response]);
    assert!(said.starts_with(refused), "{said}");
    // Signed by another key than the one that is named.
    let forged = Holder { certificate: place.ca.certificate.clone(), key: impostor.key };
    let response = place.response(&Draft::default(), &forged);
    let said = place.ask(&[response]);
    assert!(said.contains("is not signed by its responder"), "{said}");
}

#[test]
fn the_newest_response_counts_and_of_two_of_one_time_the_worse() {
    let mut place = Place::new();
    let ca = place.ca.clone();
    let revoked = tlv(0xa1, &[time(days(-2))]);
    let good = place.response(&Draft::default(), &ca);
    let bad = place.response(&Draft { status: revoked.clone(), ..Draft::default() }, &ca);
    let older = Draft { status: revoked, this_update: days(-2), ..Draft::default() };
    let older = place.response(&older, &ca);
    assert!(place.ask(&[good.clone(), bad]).starts_with("certificate-revoked"));
    assert_eq!(place.ask(&[older, good]), "valid");
}

#[test]
fn no_changed_response_is_believed() {
    let mut place = Place::new();
    let ca = place.ca.clone();
    let der = place.response_der(&Draft::default(), &ca);
    let mut readable = 0;
    for at in 0..der.len() {
        assert!(OcspResponse::from_der(&der[..at]).is_err());
        for mask in [0x01, 0x80, 0xff] {
            let mut copy = der.clone();
            copy[at] ^= mask;
            let Ok(changed) = OcspResponse::from_der(&copy) else { continue };
            readable += 1;
            // The certificate that came along is not needed: the issuer is known.
            let only_certificates = changed.produced_at().is_some() && {
                let start = der.len() - ca.certificate.der().len();
                at >= start
            };
            let said = place.ask(&[changed]);
            assert!(only_certificates || said != "valid", "octet {at} with {mask:02x}");
        }
    }
    assert!(readable > 100, "{readable}");
}

#[test]
fn a_request_names_the_certificate() {
    let place = Place::new();
    let der = request::encode(&place.leaf, &place.ca.certificate).unwrap();
    let serial = place.leaf.serial_der();
    assert!(der.windows(serial.len()).any(|part| part == serial));
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("request"), &der);
    let shown = std::process::Command::new("openssl")
        .args(["ocsp", "-reqin", "request", "-req_text"])
        .current_dir(folder.path())
        .output();
    let Ok(shown) = shown else {
        drop(writeln!(std::io::stderr(), "SKIPPED: openssl not found"));
        return;
    };
    let text = String::from_utf8_lossy(&shown.stdout).replace(char::is_whitespace, "");
    let serial = hex::encode_upper(place.leaf.serial());
    assert!(text.contains(&format!("SerialNumber:{serial}")), "{text}");
    assert!(text.contains("HashAlgorithm:sha1"), "{text}");
}

#[allow(clippy::disallowed_methods, reason = "a test hands a file to openssl")]
fn write(path: &std::path::Path, octets: &[u8]) {
    std::fs::write(path, octets).unwrap();
}
