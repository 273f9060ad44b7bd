//! Certificates, CRLs and BCIs for the tests of rules: good ones, of which one thing is changed.

use counterfoil_crypto::{
    key::{KeyPair, KeyUse},
    provider::DETERMINISTIC,
    suite::P256,
};
use jiff::Timestamp;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use super::{Look, Profiles, Rule, SetProfile, Source, lint};
use crate::{
    bci::Bci,
    extension::{HashedRootKey, KeyUsage, MerNames, MerchantData, Roles, SetExtensions, Tunneling},
    file::{Content, Item, Place},
    issue::{BciTemplate, CrlTemplate, Issuer, Template, issue_unchecked, profile},
    name::{AttributeKind, DistinguishedName},
    oid::{self, Oid},
    view::{CertificateView, CrlView},
};

/// The time at which everything here is judged.
pub(crate) fn now() -> Timestamp {
    "2026-06-15T00:00:00Z".parse().unwrap()
}

/// A value with tag and length.
pub(crate) fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    match content.len() {
        length @ 0..128 => out.push(length as u8),
        length @ 128..256 => out.extend([0x81, length as u8]),
        length => {
            out.push(0x82);
            out.extend((length as u16).to_be_bytes());
        }
    }
    out.extend_from_slice(content);
    out
}

pub(crate) fn seq(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

pub(crate) fn oid_of(text: &str) -> Oid {
    text.parse().unwrap()
}

pub(crate) fn oid_der(text: &str) -> Vec<u8> {
    oid_of(text).to_der_bytes()
}

/// A name of attributes given as type, tag and text.
pub(crate) fn name(parts: &[(&str, u8, &str)]) -> Vec<u8> {
    let rdn = |(kind, tag, text): &(&str, u8, &str)| {
        tlv(0x31, &seq(&[&oid_der(kind), &tlv(*tag, text.as_bytes())]))
    };
    tlv(0x30, &parts.iter().flat_map(rdn).collect::<Vec<u8>>())
}

/// General names given as context tag and text.
pub(crate) fn names(parts: &[(u8, &[u8])]) -> Vec<u8> {
    tlv(0x30, &parts.iter().flat_map(|(tag, text)| tlv(0x80 | tag, text)).collect::<Vec<u8>>())
}

pub(crate) const ECDSA_SHA256: &[u8] =
    &[0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02];

/// `rsaEncryption` with modulus and exponent.
pub(crate) fn rsa_key(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = seq(&[&tlv(2, modulus), &tlv(2, exponent)]);
    let algorithm = seq(&[&oid_der("1.2.840.113549.1.1.1"), &[5, 0]]);
    spki(&algorithm, &key)
}

pub(crate) fn spki(algorithm: &[u8], key: &[u8]) -> Vec<u8> {
    seq(&[algorithm, &tlv(3, &[&[0], key].concat())])
}

/// The generator of P-256 (SEC 2 section 2.4.2): a point of the curve.
pub(crate) fn p256_key() -> Vec<u8> {
    let point = "046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    let curve = [oid_der("1.2.840.10045.2.1"), oid_der("1.2.840.10045.3.1.7")].concat();
    spki(&tlv(0x30, &curve), &hex::decode(point).unwrap())
}

/// The modulus of a sound RSA key of 2048 bits, as the content of an INTEGER.
pub(crate) fn rsa_2048() -> Vec<u8> {
    let modulus = "c613f330e0164067fe2be6797fdcb60e7a14827509431a5111e5413d2b828c544ebcebc5a20ed5300f226d2c0a749c128213fad0b7b0617709ad3c031a64f494207490010bc37630d60a4c9b499bd4220486ef25fb6181f288e2eb832da13b4804543754c544565993bcd08beacf784e33647a314f0f92497e3432e26d25e7163f6bc8c33f356d127bb1f7cb1dd4f8facff1873d570a3f3e24c166f7c01e1e94e17ec38dc01ca6496d3f0ac09488c3677b65cd39c830d7909e48be940510bebebdab44b2701e0cbc9407eafb89ded1c510c588f387565c1f8ed5ee63e7950f5b648a9c939b3062b7b733500f122dac8f61594cbce99984290fa1120a51af8da7";
    [vec![0], hex::decode(modulus).unwrap()].concat()
}

/// 65537 to the power of 128, a number of 2049 bits.
pub(crate) fn power_of_65537() -> Vec<u8> {
    let mut number = vec![1u8];
    for _ in 0..128 {
        // x * 65537 is x * 65536 + x.
        let mut product = [number.as_slice(), &[0, 0]].concat();
        let (mut carry, length) = (0u16, product.len());
        for place in 0..length {
            let own = number.len().checked_sub(place + 1).map_or(0, |at| number[at]);
            let sum = u16::from(product[length - 1 - place]) + u16::from(own) + carry;
            product[length - 1 - place] = sum as u8;
            carry = sum >> 8;
        }
        if carry > 0 {
            product.insert(0, carry as u8);
        }
        number = product;
    }
    number
}

/// A certificate before it is put together. Its signature is no signature: rules look at none.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) version: Option<Vec<u8>>,
    pub(crate) serial: Vec<u8>,
    pub(crate) inner: Vec<u8>,
    pub(crate) outer: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) not_before: (u8, String),
    pub(crate) not_after: (u8, String),
    pub(crate) subject: Vec<u8>,
    pub(crate) key: Vec<u8>,
    pub(crate) unique: Vec<u8>,
    pub(crate) extensions: Vec<(Oid, Option<bool>, Vec<u8>)>,
}

impl Draft {
    fn new(issuer: Vec<u8>, subject: Vec<u8>, not_after: &str) -> Self {
        Self {
            version: Some(vec![2]),
            serial: vec![0x4b, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
            inner: ECDSA_SHA256.to_vec(),
            outer: ECDSA_SHA256.to_vec(),
            issuer,
            not_before: (0x17, "260601000000Z".into()),
            not_after: (0x17, not_after.into()),
            subject,
            key: p256_key(),
            unique: Vec::new(),
            extensions: Vec::new(),
        }
    }

    /// With this extension, in the place of the one with its identifier.
    pub(crate) fn with(mut self, oid: Oid, critical: bool, value: Vec<u8>) -> Self {
        let new = (oid, critical.then_some(true), value);
        match self.extensions.iter_mut().find(|old| old.0 == oid) {
            Some(old) => *old = new,
            None => self.extensions.push(new),
        }
        self
    }

    pub(crate) fn without(mut self, oid: Oid) -> Self {
        self.extensions.retain(|old| old.0 != oid);
        self
    }

    /// With `change` made to it.
    pub(crate) fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// The same extension with another criticality.
    pub(crate) fn critical(self, oid: Oid, critical: bool) -> Self {
        let value = self.extensions.iter().find(|old| old.0 == oid).unwrap().2.clone();
        self.with(oid, critical, value)
    }

    pub(crate) fn key_usage(self, usage: KeyUsage) -> Self {
        self.with(oid::KEY_USAGE, true, usage.to_der().unwrap())
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let version = self.version.as_ref().map(|v| tlv(0xa0, &tlv(2, v))).unwrap_or_default();
        let time = |(tag, text): &(u8, String)| tlv(*tag, text.as_bytes());
        let validity = seq(&[&time(&self.not_before), &time(&self.not_after)]);
        let extensions = match self.extensions.is_empty() {
            true => Vec::new(),
            false => tlv(0xa3, &extensions_der(&self.extensions)),
        };
        let tbs = seq(&[
            &version,
            &tlv(2, &self.serial),
            &self.inner,
            &self.issuer,
            &validity,
            &self.subject,
            &self.key,
            &self.unique,
            &extensions,
        ]);
        seq(&[&tbs, &self.outer, &tlv(3, &[0, 0x30, 6, 2, 1, 1, 2, 1, 1])])
    }

    pub(crate) fn item(&self) -> Item {
        item(Content::Certificate(Box::new(CertificateView::read(&self.der()))))
    }
}

fn extensions_der(extensions: &[(Oid, Option<bool>, Vec<u8>)]) -> Vec<u8> {
    let one = |(oid, critical, value): &(Oid, Option<bool>, Vec<u8>)| {
        let critical = critical.map(|c| tlv(1, &[if c { 0xff } else { 0 }])).unwrap_or_default();
        seq(&[&oid.to_der_bytes(), &critical, &tlv(4, value)])
    };
    tlv(0x30, &extensions.iter().flat_map(one).collect::<Vec<u8>>())
}

fn item(content: Content) -> Item {
    Item { place: Place::of("sample"), label: None, friendly_name: None, content }
}

pub(crate) fn key_id(octet: u8) -> Vec<u8> {
    tlv(4, &[octet; 20])
}

fn authority(octet: u8) -> Vec<u8> {
    tlv(0x30, &tlv(0x80, &[octet; 20]))
}

const CN: &str = "2.5.4.3";
const C: &str = "2.5.4.6";
const O: &str = "2.5.4.10";
const OU: &str = "2.5.4.11";

pub(crate) fn ca_name() -> Vec<u8> {
    name(&[(C, 0x13, "DE"), (O, 0x0c, "Acme"), (CN, 0x0c, "Acme CA 1")])
}

pub(crate) fn point(uri: &str) -> Vec<u8> {
    let full = tlv(0xa0, &tlv(0xa0, &tlv(0x86, uri.as_bytes())));
    seq(&[&tlv(0x30, &full)])
}

pub(crate) fn access(parts: &[(&str, &str)]) -> Vec<u8> {
    let one = |(method, uri): &(&str, &str)| seq(&[&oid_der(method), &tlv(0x86, uri.as_bytes())]);
    tlv(0x30, &parts.iter().flat_map(one).collect::<Vec<u8>>())
}

pub(crate) fn policies(oids: &[&str]) -> Vec<u8> {
    tlv(0x30, &oids.iter().flat_map(|oid| seq(&[&oid_der(oid)])).collect::<Vec<u8>>())
}

pub(crate) const OCSP: &str = "1.3.6.1.5.5.7.48.1";
pub(crate) const CA_ISSUERS: &str = "1.3.6.1.5.5.7.48.2";
pub(crate) const AIA: &str = "1.3.6.1.5.5.7.1.1";

/// The certificate of a TLS server, good by RFC 5280 and by the CA/Browser Forum's rules.
pub(crate) fn leaf() -> Draft {
    let subject = name(&[(CN, 0x0c, "shop.example.com")]);
    let both = [(OCSP, "http://ocsp.example.com/"), (CA_ISSUERS, "http://ca.example.com/1.cer")];
    Draft::new(ca_name(), subject, "260711235959Z")
        .with(oid::AUTHORITY_KEY_ID, false, authority(1))
        .with(oid::KEY_USAGE, true, KeyUsage::DIGITAL_SIGNATURE.to_der().unwrap())
        .with(oid::BASIC_CONSTRAINTS, true, vec![0x30, 0])
        .with(oid::EXTENDED_KEY_USAGE, false, seq(&[&oid::KP_SERVER_AUTH.to_der_bytes()]))
        .with(oid::SUBJECT_ALT_NAME, false, names(&[(2, b"shop.example.com")]))
        .with(oid::CERTIFICATE_POLICIES, false, policies(&["2.23.140.1.2.1"]))
        .with(oid::CRL_DISTRIBUTION_POINTS, false, point("http://crl.example.com/1.crl"))
        .with(oid_of(AIA), false, access(&both))
}

/// An intermediate CA, good by both.
pub(crate) fn ca() -> Draft {
    let subject = name(&[(C, 0x13, "DE"), (O, 0x0c, "Acme"), (CN, 0x0c, "Acme CA 2")]);
    let usage = KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
    Draft::new(ca_name(), subject, "310601000000Z")
        .with(oid::AUTHORITY_KEY_ID, false, authority(1))
        .with(oid::SUBJECT_KEY_ID, false, key_id(2))
        .with(oid::KEY_USAGE, true, usage.to_der().unwrap())
        .with(oid::BASIC_CONSTRAINTS, true, seq(&[&[1, 1, 0xff], &[2, 1, 0]]))
        .with(oid::EXTENDED_KEY_USAGE, false, seq(&[&oid::KP_SERVER_AUTH.to_der_bytes()]))
        .with(oid::CERTIFICATE_POLICIES, false, policies(&["2.23.140.1.2.1"]))
        .with(oid::CRL_DISTRIBUTION_POINTS, false, point("http://crl.example.com/0.crl"))
        .with(oid_of(AIA), false, access(&[(CA_ISSUERS, "http://ca.example.com/0.cer")]))
}

/// A self-signed root.
pub(crate) fn root() -> Draft {
    let usage = KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
    Draft::new(ca_name(), ca_name(), "410601000000Z")
        .with(oid::SUBJECT_KEY_ID, false, key_id(1))
        .with(oid::KEY_USAGE, true, usage.to_der().unwrap())
        .with(oid::BASIC_CONSTRAINTS, true, seq(&[&[1, 1, 0xff]]))
}

fn brand_name(common: &str) -> Vec<u8> {
    name(&[(C, 0x13, "DE"), (O, 0x0c, "Acme Card"), (OU, 0x0c, "Bank"), (CN, 0x0c, common)])
}

fn set(subject: &str, roles: Roles, usage: KeyUsage) -> Draft {
    Draft::new(brand_name("CA"), brand_name(subject), "270601000000Z")
        .with(oid::AUTHORITY_KEY_ID, false, authority(1))
        .with(oid::SUBJECT_KEY_ID, false, key_id(2))
        .with(oid::KEY_USAGE, true, usage.to_der().unwrap())
        .with(oid::BASIC_CONSTRAINTS, true, vec![0x30, 0])
        .with(oid::CERTIFICATE_POLICIES, true, policies(&["2.23.42.5.0"]))
        .with(oid::SET_CERTIFICATE_TYPE, true, roles.to_der().unwrap())
}

fn merchant_data() -> MerchantData {
    MerchantData {
        mer_id: "SHOP-1".into(),
        mer_acquirer_bin: "455612".into(),
        mer_names: vec![MerNames {
            name: "Papierladen".into(),
            city: "Köln".into(),
            country_name: "Deutschland".into(),
            ..MerNames::default()
        }],
        mer_country: 276,
        mer_auth_flag: true,
    }
}

/// A merchant's signature certificate.
pub(crate) fn set_merchant() -> Draft {
    set("Shop", Roles::MER, KeyUsage::DIGITAL_SIGNATURE).with(
        oid::SET_MERCHANT_DATA,
        false,
        merchant_data().to_der().unwrap(),
    )
}

/// A gateway's key-exchange certificate.
pub(crate) fn set_gateway() -> Draft {
    let suites = vec![P256.oid];
    let tunneling = Tunneling { tunneling: true, suites };
    let none = SetExtensions(Vec::new());
    set("Gateway", Roles::PGWY, KeyUsage::KEY_AGREEMENT)
        .with(oid::SET_CARD_CERT_REQUIRED, false, vec![1, 1, 0])
        .with(oid::SET_TUNNELING, false, tunneling.to_der().unwrap())
        .with(oid::SET_EXTENSIONS, false, none.to_der().unwrap())
}

/// A cardholder's signature certificate.
pub(crate) fn set_cardholder() -> Draft {
    set("x7Qk", Roles::CARD, KeyUsage::DIGITAL_SIGNATURE)
}

/// A root of SET.
pub(crate) fn set_root() -> Draft {
    let usage = KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
    let next = HashedRootKey([7; 32]).to_der().unwrap();
    let mut draft = set("CA", Roles::RCA, usage)
        .with(oid::SUBJECT_KEY_ID, false, key_id(1))
        .with(oid::BASIC_CONSTRAINTS, true, seq(&[&[1, 1, 0xff], &[2, 1, 3]]))
        .with(oid::SET_HASHED_ROOT_KEY, true, next);
    draft.not_after = (0x17, "360601000000Z".into());
    draft
}

/// A brand CA.
pub(crate) fn set_brand() -> Draft {
    let usage = KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN;
    set("Brand", Roles::BCA, usage)
        .with(oid::BASIC_CONSTRAINTS, true, seq(&[&[1, 1, 0xff], &[2, 1, 2]]))
        .but(|d| d.not_after = (0x17, "350601000000Z".into()))
}

/// A CRL before it is put together.
#[derive(Clone)]
pub(crate) struct CrlDraft {
    pub(crate) version: Option<u8>,
    pub(crate) inner: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) this_update: (u8, String),
    pub(crate) next_update: Option<(u8, String)>,
    /// Serial number, time and extensions of each entry; none for no list at all.
    pub(crate) entries: Option<Vec<EntryDraft>>,
    pub(crate) extensions: Vec<(Oid, Option<bool>, Vec<u8>)>,
}

/// Serial number, tag and text of the time, extensions.
pub(crate) type EntryDraft = (Vec<u8>, (u8, String), Vec<(Oid, Option<bool>, Vec<u8>)>);

/// A good CRL with one entry.
pub(crate) fn crl() -> CrlDraft {
    let reason = vec![(oid::REASON_CODE, None, vec![0x0a, 1, 1])];
    CrlDraft {
        version: Some(1),
        inner: ECDSA_SHA256.to_vec(),
        issuer: ca_name(),
        this_update: (0x17, "260614000000Z".into()),
        next_update: Some((0x17, "260620000000Z".into())),
        entries: Some(vec![(vec![5], (0x17, "260613000000Z".into()), reason)]),
        extensions: vec![
            (oid::AUTHORITY_KEY_ID, None, authority(1)),
            (oid::CRL_NUMBER, None, vec![2, 1, 9]),
        ],
    }
}

impl CrlDraft {
    pub(crate) fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    pub(crate) fn der(&self) -> Vec<u8> {
        let time = |(tag, text): &(u8, String)| tlv(*tag, text.as_bytes());
        let entry = |(serial, at, extensions): &EntryDraft| {
            let extensions = match extensions.is_empty() {
                true => Vec::new(),
                false => extensions_der(extensions),
            };
            seq(&[&tlv(2, serial), &time(at), &extensions])
        };
        let entries = self
            .entries
            .as_ref()
            .map(|list| tlv(0x30, &list.iter().flat_map(entry).collect::<Vec<u8>>()));
        let extensions = match self.extensions.is_empty() {
            true => Vec::new(),
            false => tlv(0xa0, &extensions_der(&self.extensions)),
        };
        let tbs = seq(&[
            &self.version.map(|v| tlv(2, &[v])).unwrap_or_default(),
            &self.inner,
            &self.issuer,
            &time(&self.this_update),
            &self.next_update.as_ref().map(time).unwrap_or_default(),
            &entries.unwrap_or_default(),
            &extensions,
        ]);
        seq(&[&tbs, ECDSA_SHA256, &tlv(3, &[0, 0x30, 6, 2, 1, 1, 2, 1, 1])])
    }

    pub(crate) fn item(&self) -> Item {
        item(Content::Crl(Box::new(CrlView::read(&self.der()))))
    }
}

/// A BCI of a brand CA, with or without a CRL.
pub(crate) fn bci(not_before: &str, not_after: &str, with_crl: bool) -> Bci {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let key = KeyPair::generate(&DETERMINISTIC, &P256, KeyUse::Sign, &mut rng).unwrap();
    let signing = key.signing_key().unwrap();
    let root = crate::tests::self_signed_roots(1).remove(0);
    let subject = DistinguishedName::of(&[(AttributeKind::Organization, "Acme Card")]).unwrap();
    let template = Template {
        subject,
        profile: profile::brand(),
        not_before: root.not_before(),
        not_after: root.not_after(),
        signing_until: None,
    };
    let by = Issuer { certificate: &root, key: &*signing };
    let brand = issue_unchecked(&template, &by, key.spki_der(), &mut rng).unwrap();
    let by = Issuer { certificate: &brand, key: &*signing };
    let (this_update, next_update) = (not_before.parse().unwrap(), root.not_after());
    let list = CrlTemplate { number: 1, this_update, next_update, revoked: &[] };
    let crls = if with_crl { vec![by.crl(&list, &mut rng).unwrap()] } else { Vec::new() };
    let (not_before, not_after) = (this_update, not_after.parse().unwrap());
    by.bci(&BciTemplate { sequence: 1, not_before, not_after, crls: &crls }, &mut rng).unwrap()
}

/// `bci` breaks `rule` and no other.
#[track_caller]
pub(crate) fn breaks_bci(rule: &Rule, bci: Bci) {
    check(rule, &item(Content::Bci(bci)), &[]);
}

/// What is judged with everything that its source brings along.
fn profiles_of(source: Source) -> Profiles {
    match source {
        Source::Rfc5280 | Source::Set => Profiles::DEFAULT,
        Source::Cabf => Profiles { cabf: true, set: SetProfile::Never, rfc5280: true },
    }
}

/// The ids that an item is remarked with, each once.
fn ids(item: &Item, profiles: Profiles) -> Vec<&'static str> {
    let mut ids: Vec<_> = lint(item, now(), profiles).iter().map(|remark| remark.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// `draft` breaks `rule` and no other.
#[track_caller]
pub(crate) fn breaks(rule: &Rule, draft: &Draft) {
    breaks_with(rule, draft, &[]);
}

/// `draft` breaks `rule`, and `others` because they go with it.
#[track_caller]
pub(crate) fn breaks_with(rule: &Rule, draft: &Draft, others: &[&'static str]) {
    assert!(matches!(rule.look, Look::Certificate(_)));
    check(rule, &draft.item(), others);
}

/// `draft` breaks `rule` and no other.
#[track_caller]
pub(crate) fn breaks_crl(rule: &Rule, draft: &CrlDraft) {
    check(rule, &draft.item(), &[]);
}

#[track_caller]
fn check(rule: &Rule, item: &Item, others: &[&'static str]) {
    let mut expected = [&[rule.kind.id], others].concat();
    expected.sort_unstable();
    assert_eq!(ids(item, profiles_of(rule.source)), expected);
}

/// `draft` does not break `rule`.
#[track_caller]
pub(crate) fn keeps(rule: &Rule, draft: &Draft) {
    let ids = ids(&draft.item(), profiles_of(rule.source));
    assert!(!ids.contains(&rule.kind.id), "{ids:?}");
}

mod tests {
    use super::*;

    #[test]
    fn good_certificates_and_crls_break_no_rule() {
        let tls = Profiles { rfc5280: true, cabf: true, set: SetProfile::Never };
        for draft in [leaf(), ca(), root()] {
            assert_eq!(ids(&draft.item(), tls), Vec::<&str>::new());
        }
        for draft in [set_merchant(), set_gateway(), set_cardholder(), set_root(), set_brand()] {
            assert_eq!(ids(&draft.item(), Profiles::DEFAULT), Vec::<&str>::new());
        }
        assert_eq!(ids(&crl().item(), tls), Vec::<&str>::new());
        let good = bci("2026-06-01T00:00:00Z", "2026-08-01T00:00:00Z", true);
        assert_eq!(ids(&item(Content::Bci(good)), Profiles::DEFAULT), Vec::<&str>::new());
    }
}
