//! Bytes from an enemy: nothing panics, nothing changed is believed, no work without bound.

use std::cell::Cell;

use counterfoil_crypto::key::KeyUse;
use counterfoil_pki::{
    Bci, Certificate, Crl, Need, Roles, Trust,
    extension::Extension,
    issue::{BciTemplate, Issuer, profile},
    limit::PATH_SIGNATURES_MAX,
    path::{
        CurrentAlgorithms, PathInput, PathSettings, PolicySettings, SignatureCheck,
        SignatureRefusal, Signed, validate,
    },
    trust::{Taken, TrustSettings},
};

use crate::{
    deployment::{BRAND, Deployment, Holder, Maker, days, name, now, template},
    trust_rules::trust_in,
};

/// `der` cut off after every octet and with every octet changed in three ways.
pub(crate) fn damaged(der: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let cut = (0..der.len()).map(|length| der[..length].to_vec());
    let changed = (0..der.len()).flat_map(|at| {
        [0x01, 0x80, 0xff].map(|mask| {
            let mut copy = der.to_vec();
            copy[at] ^= mask;
            copy
        })
    });
    cut.chain(changed)
}

#[test]
fn no_changed_certificate_is_believed() {
    let mut deployment = Deployment::new();
    let mut trust = trust_in(&mut deployment);
    let leaf = deployment.merchant.certificate.clone();
    let (bag, need) = (deployment.bag(), Need::sign(Roles::MER));
    assert!(trust.verify(&leaf, &bag, now(), &need).is_ok());
    let mut readable = 0;
    for der in damaged(leaf.der()) {
        if let Ok(changed) = Certificate::from_der(&der) {
            readable += 1;
            assert!(trust.verify(&changed, &bag, now(), &need).is_err(), "{changed:?}");
        }
    }
    assert!(readable > 100, "{readable}");
}

#[test]
fn no_changed_crl_is_believed() {
    let mut deployment = Deployment::new();
    let mut trust = trust_in(&mut deployment);
    let (bag, mca) = (deployment.bag(), deployment.mca.clone());
    let crl = deployment.maker.crl(&mca, 2, &[&deployment.merchant.certificate]);
    for der in damaged(crl.der()) {
        if let Ok(changed) = Crl::from_der(&der) {
            let answer = trust.add_crls(&[changed], &bag, now());
            assert!(!matches!(answer, Ok(1..)), "{answer:?}");
        }
    }
    assert_eq!(trust.add_crls(&[crl], &bag, now()), Ok(1));
}

#[test]
fn no_changed_bci_is_believed() {
    let mut deployment = Deployment::new();
    let (bag, crls) = (deployment.bag(), deployment.crls(1, &[]));
    let signing = deployment.brand.key.signing_key().unwrap();
    let issuer = Issuer { certificate: &deployment.brand.certificate, key: &*signing };
    let (not_before, not_after) = (days(-1), days(1));
    let template = BciTemplate { sequence: 1, not_before, not_after, crls: &crls };
    let bci = issuer.bci(&template, &mut deployment.maker.rng).unwrap();
    let content_changed = |changed: &Bci| {
        let same_content = changed.crls() == bci.crls()
            && changed.sequence() == bci.sequence()
            && changed.not_after() == bci.not_after();
        !same_content
    };
    let fresh = || {
        let root = deployment.root.certificate.clone();
        let mut trust = Trust::new(vec![root], TrustSettings::default()).unwrap();
        assert_eq!(trust.add_crls(&crls, &bag, now()), Ok(5));
        trust
    };
    let mut trust = fresh();
    for der in damaged(bci.der()) {
        if let Ok(changed) = Bci::from_der(&der) {
            // Only what is not signed, the certificates that come along, may differ.
            let taken = trust.set_bci(&changed, &bag, now());
            assert!(taken.is_err() || !content_changed(&changed), "{taken:?}");
            if taken.is_ok() {
                // What it says is held now, by its own words or by these.
                assert_eq!(trust.set_bci(&bci, &bag, now()), Ok(Taken::Held));
                trust = fresh();
            }
        }
    }
    assert_eq!(trust.set_bci(&bci, &bag, now()), Ok(Taken::New));
}

/// Counts what it is asked.
#[derive(Default)]
struct Counting(Cell<usize>);

impl SignatureCheck for Counting {
    fn check(&self, signed: &Signed<'_>) -> Result<(), SignatureRefusal> {
        self.0.set(self.0.get() + 1);
        CurrentAlgorithms.check(signed)
    }
}

/// Ten keys of one name that all certify one another, and an anchor that none of them leads to.
#[test]
fn a_mesh_of_cross_certificates_costs_no_more_than_the_limit() {
    let mut maker = Maker::new(4);
    let ca = || template(name(BRAND, "Mesh", "CA"), profile::brand(), 100);
    let holders: Vec<Holder> = (0..10)
        .map(|_| {
            let root = template(name(BRAND, "Mesh", "CA"), profile::root(None), 100);
            maker.root(&root)
        })
        .collect();
    let mut pool = Vec::new();
    for by in &holders {
        for of in holders.iter().filter(|of| of.key.spki_der() != by.key.spki_der()) {
            let signing = by.key.signing_key().unwrap();
            let issuer = Issuer { certificate: &by.certificate, key: &*signing };
            let spki = of.key.spki_der();
            let made =
                counterfoil_pki::issue::issue_unchecked(&ca(), &issuer, spki, &mut maker.rng);
            pool.push(made.unwrap());
        }
    }
    let leaf_template = template(name(BRAND, "Mesh", "Leaf"), profile::cardholder(), 50);
    let key = maker.key(KeyUse::Sign);
    let signing = holders[0].key.signing_key().unwrap();
    let issuer = Issuer { certificate: &holders[0].certificate, key: &*signing };
    let leaf = counterfoil_pki::issue::issue_unchecked(
        &leaf_template,
        &issuer,
        key.spki_der(),
        &mut maker.rng,
    );
    let anchor = maker.root(&template(name(BRAND, "Mesh", "CA"), profile::root(None), 100));
    let counting = Counting::default();
    let answer = validate(&PathInput {
        leaf: &leaf.unwrap(),
        pool: &pool,
        anchors: std::slice::from_ref(&anchor.certificate),
        crls: &[],
        ocsp: &[],
        now: now(),
        settings: &PathSettings::default(),
        signatures: &counting,
    });
    assert_eq!(answer.unwrap_err().rule.id(), "path-work-limit");
    assert!(counting.0.get() <= PATH_SIGNATURES_MAX, "{}", counting.0.get());
}

fn extension(oid: &str, critical: bool, value: &str) -> Extension {
    Extension { oid: oid.parse().unwrap(), critical, value: hex::decode(value).unwrap() }
}

/// A merchant below a brand CA with one more extension, and the same for the merchant.
fn verdict_with(of_ca: &[Extension], of_leaf: &[Extension]) -> String {
    let mut maker = Maker::new(5);
    let root = maker.root(&template(name("Root", "Root", "Root"), profile::root(None), 1000));
    let add = |profile, list: &[Extension]| {
        list.iter().cloned().fold(profile, counterfoil_pki::issue::Profile::with_extension)
    };
    let brand = add(profile::brand(), of_ca);
    let brand = template(name(BRAND, "Brand", "CA"), brand, 900);
    let brand = maker.issue(&root, &brand, KeyUse::Sign);
    let leaf = add(profile::ca_signature(Roles::MCA), of_leaf);
    let leaf = template(name(BRAND, "Bank", "MCA"), leaf, 800);
    let leaf = maker.issue(&brand, &leaf, KeyUse::Sign);
    let policies = PolicySettings { require_explicit: true, ..PolicySettings::default() };
    let answer = validate(&PathInput {
        leaf: &leaf.certificate,
        pool: &[brand.certificate],
        anchors: &[root.certificate],
        crls: &[],
        ocsp: &[],
        now: now(),
        settings: &PathSettings { policies, ..PathSettings::default() },
        signatures: &CurrentAlgorithms,
    });
    answer.map_or_else(|error| error.rule.id().into(), |_| "accepted".into())
}

#[test]
fn what_is_critical_has_to_be_understood() {
    let unknown =
        |critical| [extension("2.25.329800735698586629295641978511506172918", critical, "0500")];
    assert_eq!(verdict_with(&[], &unknown(false)), "accepted");
    assert_eq!(verdict_with(&[], &unknown(true)), "critical-extension-unknown");
    assert_eq!(verdict_with(&unknown(true), &[]), "critical-extension-unknown");
    // A purpose that is critical restricts to what nobody here asks for.
    let purpose = |critical| [extension("2.5.29.37", critical, "300a06082b06010505070301")];
    assert_eq!(verdict_with(&[], &purpose(false)), "accepted");
    assert_eq!(verdict_with(&[], &purpose(true)), "critical-extension-unknown");
}

#[test]
fn names_have_to_be_within_the_constraints() {
    // nameConstraints { excludedSubtrees { dNSName example.org }, permitted { iPAddress 10/8 } }
    let constraints = [extension(
        "2.5.29.30",
        true,
        "301fa00c300a87080a000000ff000000a10f300d820b6578616d706c652e6f7267",
    )];
    let dns = |name: &str| {
        let der = [&[0x30, name.len() as u8 + 2, 0x82, name.len() as u8], name.as_bytes()].concat();
        [extension("2.5.29.17", false, &hex::encode(der))]
    };
    let ip = |last: &str| [extension("2.5.29.17", false, &format!("30068704{last}"))];
    assert_eq!(verdict_with(&constraints, &[]), "accepted");
    assert_eq!(verdict_with(&constraints, &dns("host.example.com")), "accepted");
    assert_eq!(verdict_with(&constraints, &dns("host.example.org")), "name-constraint");
    assert_eq!(verdict_with(&constraints, &ip("0a010203")), "accepted");
    assert_eq!(verdict_with(&constraints, &ip("0b010203")), "name-constraint");
    // registeredID 1.2.3, constrained and then named: a form that is not understood.
    let constraints = [extension("2.5.29.30", true, "3008a106300488022a03")];
    let id = [extension("2.5.29.17", false, "300488022a03")];
    assert_eq!(verdict_with(&constraints, &[]), "accepted");
    assert_eq!(verdict_with(&constraints, &id), "name-constraint-unsupported");
}

#[test]
fn lists_that_are_too_long_are_refused_before_they_are_read() {
    let told = |answer: Result<(), counterfoil_pki::PkiError>| answer.unwrap_err().to_string();
    let long = vec![0x30; 3 * 1024 * 1024];
    let table = [
        told(Certificate::from_der(&long).map(|_| ())),
        told(Crl::from_der(&long).map(|_| ())),
        told(Bci::from_der(&long).map(|_| ())),
        told(Certificate::from_pem_all("no pem").map(|_| ())),
        told(Certificate::from_pem_all("-----BEGIN CERTIFICATE-----\nAA").map(|_| ())),
        told(Certificate::from_der(&[0x30, 0x03, 0x02, 0x01, 0x00]).map(|_| ())),
    ];
    expect_test::expect![[r#"
        The certificate has 3145728 octets; at most 16384 are read.
        The CRL has 3145728 octets; at most 2097152 are read.
        The BCI has 3145728 octets; at most 65536 are read.
        The text is not PEM with CERTIFICATE: there is no such block.
        The text is not PEM with CERTIFICATE: block 1 does not end.
        The certificate is malformed in field `signatureAlgorithm` at offset 5: ASN.1 DER message is incomplete: expected 6, actual 5."#]].assert_eq(&table.join("\n"));
}

/// Everything that looks at a certificate looks at this one; gives what is shown of it.
fn shown(der: &[u8]) -> String {
    let mut text = String::new();
    for item in &counterfoil_pki::file::read("f", der, None).items {
        text += &counterfoil_pki::inspect::describe(item, &[item], now()).text();
        for remark in counterfoil_pki::lint::lint(item, now(), counterfoil_pki::lint::Profiles::ALL)
        {
            text += &format!("{remark}\n");
        }
    }
    text
}

/// `octets` with every `old` made `new`, which is as long.
fn replaced(octets: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let (mut copy, mut count) = (octets.to_vec(), 0);
    for at in 0..=copy.len() - old.len() {
        if copy[at..].starts_with(old) {
            copy[at..at + old.len()].copy_from_slice(new);
            count += 1;
        }
    }
    assert!(count > 0, "{old:?} is not in it");
    copy
}

/// A BMPString has two octets a character: an odd number, half of a pair, NUL and directions that
/// turn text around are shown as such, and never taken for the name that they look like.
#[test]
fn tricks_with_wide_strings_are_shown_for_what_they_are() {
    let merchant = Deployment::new().merchant.certificate;
    // UTF8String "Shop" and "Bank", each of four octets: two characters of a BMPString.
    let wide = |content: [u8; 4]| {
        let (old, new) = ([&[0x0c, 4][..], b"Shop"].concat(), [&[0x1e, 4][..], &content].concat());
        replaced(merchant.der(), &old, &new)
    };
    let [plain, nul, half, turned] =
        [[0, b'O', 0, b'K'], [0, b'A', 0, 0], [0xd8, 0, 0, b'A'], [0x20, 0x2e, 0, b'A']]
            .map(|content| shown(&wide(content)));
    assert!(plain.contains("CN=OK"), "{plain}");
    for text in [&nul, &half, &turned] {
        assert!(!text.contains(['\0', '\u{202e}']), "{text}");
        assert!(!text.contains("CN=A,") && text.contains("CN="), "{text}");
    }
    assert!(half.contains("refused here"), "{half}");
    let bank = Certificate::from_der(&wide([0, b'B', 0, b'B']));
    assert!(bank.is_ok_and(|changed| changed.subject() != merchant.subject()));
    // Nine octets are no characters, whatever they are.
    let odd = replaced(merchant.der(), b"\x0c\x09Acme Card", b"\x1e\x09Acme Card");
    assert!(!shown(&odd).is_empty());
}

/// A certificate with one more extension, unless it is refused when it is read again.
fn issued_with(more: Extension) -> Result<Certificate, counterfoil_pki::PkiError> {
    let mut maker = Maker::new(6);
    let root = maker.root(&template(name("R", "R", "R"), profile::root(None), 1000));
    let signing = root.key.signing_key().unwrap();
    let issuer = Issuer { certificate: &root.certificate, key: &*signing };
    let profile = profile::cardholder().with_extension(more);
    let made = template(name("Leaf", "Leaf", "Leaf"), profile, 500);
    let spki = maker.key(KeyUse::Sign).spki_der().to_vec();
    counterfoil_pki::issue::issue_unchecked(&made, &issuer, &spki, &mut maker.rng)
}

/// An object identifier with numbers of any size and length costs no more than its octets.
#[test]
fn huge_object_identifiers_are_bounded() {
    let tlv = |tag: u8, content: &[u8]| -> Vec<u8> {
        let length = u16::try_from(content.len()).unwrap().to_be_bytes();
        [&[tag, 0x82][..], &length, content].concat()
    };
    // One number of 4,000 octets; 4,000 numbers of one; one that does not end; zeros in front.
    let one = [&[0x81; 3_999][..], &[1]].concat();
    let bodies = [one, vec![0x2a; 4_000], vec![0xff; 4_000], [&[0x80; 40][..], &[1]].concat()];
    for body in bodies {
        let oid = tlv(0x06, &body);
        let policies = tlv(0x30, &tlv(0x30, &oid));
        let purposes = tlv(0x30, &oid);
        let names = tlv(0x30, &tlv(0x88, &body));
        for (id, value) in [("2.5.29.32", policies), ("2.5.29.37", purposes), ("2.5.29.17", names)]
        {
            let value = extension(id, false, &hex::encode(value));
            let Ok(built) = issued_with(value) else { continue };
            assert!(shown(built.der()).len() < 100_000, "{id}");
        }
    }
}

#[test]
fn octets_behind_the_end_are_refused_or_told_wherever_they_are() {
    let root = Deployment::new().root.certificate;
    let longer = [root.der(), &[0]].concat();
    assert!(Certificate::from_der(&longer).is_err());
    let reading = counterfoil_pki::file::read("f", &longer, None);
    assert_eq!(reading.remarks[0].id, "octets-left-over");
    // Behind the value of an extension: basicConstraints { cA TRUE } and a NULL.
    let behind = issued_with(extension("2.5.29.17", false, "3004820241420500"));
    assert!(behind.unwrap_err().to_string().contains("trailing data"));
    // Behind an OCSP response and behind a CRL.
    assert!(counterfoil_pki::OcspResponse::from_der(&[0x30, 3, 0x0a, 1, 3, 0]).is_err());
    let mut deployment = Deployment::new();
    let crl = deployment.crls(1, &[]).remove(0);
    assert!(Crl::from_der(&[crl.der(), &[0]].concat()).is_err());
}

#[test]
fn keystores_of_java_and_indefinite_lengths_are_named() {
    let said = |octets: &[u8]| counterfoil_pki::file::read("f", octets, None).remarks[0].id;
    assert_eq!(said(&[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2, 0, 0, 0, 0]), "file-java-keystore");
    assert_eq!(said(&[0xce, 0xce, 0xce, 0xce, 0, 0, 0, 2, 0, 0, 0, 0]), "file-java-keystore");
    assert_eq!(said(&[0xfe, 0xed]), "file-not-recognised");
    // A PKCS#12 and a PKCS#7 file that are BER from the start, and inside of a definite length.
    assert_eq!(said(&[0x30, 0x80, 2, 1, 3, 0x30, 0x80, 0, 0, 0, 0]), "file-ber");
    let mut inside = vec![0x30, 22, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    inside.extend([0xa0, 9, 0x30, 0x80, 2, 1, 1, 0, 0, 0, 0]);
    assert_eq!(said(&inside), "file-ber");
}
