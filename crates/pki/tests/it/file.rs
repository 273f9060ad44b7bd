//! Files in every usual form: made by the openssl program, and spoiled by hand.

use std::io::Write as _;
use std::{path::Path, process::Command};

use counterfoil_pki::{
    file::{Content, Item, Reading, read},
    inspect::describe,
    issue::{BciTemplate, Issuer},
    lint::{Profiles, lint},
};
use counterfoil_secret::Secret;

use crate::deployment::{Deployment, days, now};

/// Runs openssl in `folder`; false, said loudly, when the machine has none.
pub(crate) fn openssl(folder: &Path, arguments: &str) -> bool {
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    match Command::new("openssl").args(&arguments).current_dir(folder).output() {
        Ok(output) if output.status.success() => true,
        Ok(output) => panic!("{arguments:?}: {}", String::from_utf8_lossy(&output.stderr)),
        Err(_) => {
            drop(writeln!(std::io::stderr(), "SKIPPED: openssl not found"));
            false
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "a test reads what openssl wrote")]
pub(crate) fn octets(folder: &Path, file: &str) -> Vec<u8> {
    std::fs::read(folder.join(file)).unwrap()
}

/// Items and remarks, a line each.
fn told(reading: &Reading) -> String {
    let item = |item: &Item| {
        let what = match &item.content {
            Content::Certificate(view) => format!("certificate {}", view.subject),
            Content::Crl(view) => format!("crl {}, {}", view.issuer, view.entries().count()),
            Content::Bci(bci) => format!("bci {} {}", bci.brand(), bci.sequence()),
            Content::PrivateKey(key) => {
                let spki = if key.spki_der.is_some() { "with public half" } else { "sealed" };
                format!("private_key {} {spki}", key.form)
            }
            Content::PublicKey(key) => format!("public_key {}", key.describe()),
            Content::Request(view) => {
                format!("request {} {:?}", view.subject, view.signature.as_ref().map(Result::is_ok))
            }
            Content::Bag(bag) => format!("pkcs7 {} {}+{}", bag.kind(), bag.certificates, bag.crls),
            Content::Keystore(store) => format!("pkcs12 mac {}", store.mac),
            Content::Unknown { bytes } => format!("unknown {bytes}"),
        };
        let name = item.friendly_name.as_ref().map(|name| format!(" `{name}`"));
        format!("{}: {what}{}\n", item.place, name.unwrap_or_default())
    };
    let items: String = reading.items.iter().map(item).collect();
    let remarks =
        reading.remarks.iter().map(|r| format!("{} {}: {}\n", r.severity, r.id, r.summary));
    items + &remarks.collect::<String>()
}

fn passphrase(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

/// How openssl is told to make the files.
const MAKE: [&str; 15] = [
    "req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 9 -subj SUBJECT",
    "req -new -key k.pem -out r.pem -subj SUBJECT -addext subjectAltName=DNS:a",
    "x509 -in c.pem -outform DER -out c.der",
    "crl2pkcs7 -nocrl -certfile c.pem -out b.p7b",
    "crl2pkcs7 -nocrl -certfile c.pem -outform DER -out b.p7c",
    "pkcs12 -export -in c.pem -inkey k.pem -name shop -passout pass:x -out s.p12",
    "pkcs12 -export -in c.pem -inkey k.pem -passout pass: -out e.p12",
    "pkcs12 -export -in c.pem -inkey k.pem -passout pass:x -macalg sha1 -out o.p12",
    "pkcs8 -topk8 -in k.pem -passout pass:x -out k8.pem",
    "rsa -in k.pem -traditional -out k1.pem",
    "rsa -in k.pem -traditional -aes128 -passout pass:x -out old.pem",
    "rsa -in k.pem -RSAPublicKey_out -out rp.pem",
    "ecparam -name secp384r1 -genkey -noout -out ec.pem",
    "pkey -in ec.pem -pubout -out ecp.pem",
    "genpkey -algorithm ed25519 -outform DER -out ed.der",
];

/// File, passphrase (none when empty), and what is told of it without the file's name.
const FORMS: [(&str, &str, &str); 20] = [
    ("c.pem", "", " block 1: certificate SUBJECT"),
    ("c.der", "", ": certificate SUBJECT"),
    ("r.pem", "", " block 1: request SUBJECT Some(true)"),
    ("b.p7b", "", " block 1: pkcs7 signedData 1+0| block 1 certificate 1: certificate SUBJECT"),
    ("b.p7c", "", ": pkcs7 signedData 1+0| certificate 1: certificate SUBJECT"),
    (
        "s.p12",
        "x",
        ": pkcs12 mac holds| certificate 1: certificate SUBJECT `shop`| key 1: private_key encrypted PKCS#8 with public half `shop`",
    ),
    (
        "s.p12",
        "",
        ": pkcs12 mac wrong| key 1: private_key encrypted PKCS#8 sealed `shop`|warning passphrase-wanted: the file is under a passphrase, and none was given",
    ),
    (
        "s.p12",
        "y",
        ": pkcs12 mac wrong| key 1: private_key encrypted PKCS#8 sealed `shop`|error passphrase-wrong: its MAC does not hold",
    ),
    (
        "e.p12",
        "",
        ": pkcs12 mac holds| certificate 1: certificate SUBJECT| key 1: private_key encrypted PKCS#8 with public half",
    ),
    (
        "o.p12",
        "x",
        ": pkcs12 mac unchecked| certificate 1: certificate SUBJECT| key 1: private_key encrypted PKCS#8 with public half|notice keystore-mac-unchecked: HMAC-SHA-1 is no longer accepted",
    ),
    (
        "k.pem",
        "",
        " block 1: private_key PKCS#8 with public half|notice key-in-clear: the file holds the key in clear",
    ),
    (
        "k1.pem",
        "",
        " block 1: private_key PKCS#1 with public half|notice key-in-clear: the file holds the key in clear",
    ),
    ("k8.pem", "x", " block 1: private_key encrypted PKCS#8 with public half"),
    (
        "k8.pem",
        "y",
        " block 1: private_key encrypted PKCS#8 sealed|error passphrase-wrong: it does not open",
    ),
    (
        "k8.pem",
        "",
        " block 1: private_key encrypted PKCS#8 sealed|warning passphrase-wanted: the private key is encrypted, and no passphrase was given",
    ),
    (
        "old.pem",
        "x",
        " block 1: private_key traditional OpenSSL sealed|error encryption-of-the-1990s: `RSA PRIVATE KEY` is encrypted with AES-128-CBC and a key from MD5",
    ),
    ("rp.pem", "", " block 1: public_key RSA 2048 bits, exponent 65537"),
    (
        "ec.pem",
        "",
        " block 1: private_key SEC 1 with public half|notice key-in-clear: the file holds the key in clear",
    ),
    ("ecp.pem", "", " block 1: public_key EC P-384"),
    (
        "ed.der",
        "",
        ": private_key PKCS#8 with public half|notice key-in-clear: the file holds the key in clear",
    ),
];

#[test]
fn finds_what_openssl_writes_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let f = folder.path();
    for arguments in MAKE {
        if !openssl(f, &arguments.replace("SUBJECT", "/C=DE/O=Acme/CN=a.example")) {
            return;
        }
    }
    for (file, secret, expected) in FORMS {
        let secret = (!secret.is_empty()).then(|| passphrase(secret));
        let said = told(&read(file, &octets(f, file), secret.as_ref()));
        let said = said.trim_end().replace(file, "").replace('\n', "|");
        let expected = expected.replace("SUBJECT", "CN=a.example,O=Acme,C=DE");
        assert_eq!(said, expected, "{file} with {secret:?}");
    }
}

/// openssl's own public half is the one that is found.
#[test]
fn a_private_key_tells_the_public_key_that_openssl_tells() {
    let folder = tempfile::tempdir().unwrap();
    let f = folder.path();
    for make in [
        "genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:1024 -out k.pem",
        "genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 -out k.pem",
        "genpkey -algorithm ed25519 -out k.pem",
    ] {
        if !openssl(f, make) {
            return;
        }
        openssl(f, "pkey -in k.pem -pubout -outform DER -out p.der");
        let reading = read("k.pem", &octets(f, "k.pem"), None);
        let Content::PrivateKey(key) = &reading.items[0].content else { panic!("{make}") };
        assert_eq!(key.spki_der.as_deref(), Some(&*octets(f, "p.der")), "{make}");
    }
}

#[test]
fn the_encryption_of_the_1990s_is_named_and_not_computed() {
    let folder = tempfile::tempdir().unwrap();
    let f = folder.path();
    if !openssl(f, "req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -subj /CN=a") {
        return;
    }
    openssl(f, "pkcs12 -export -legacy -in c.pem -inkey k.pem -passout pass:x -out old.p12");
    let reading = read("old.p12", &octets(f, "old.p12"), Some(&passphrase("x")));
    let said = told(&reading);
    for part in ["pbeWithSHAAnd40BitRC2-CBC", "pbeWithSHAAnd3-KeyTripleDES-CBC"] {
        assert!(
            said.contains(&format!("error encryption-of-the-1990s: it is encrypted with {part}")),
            "{said}"
        );
    }
}

/// A bundle with a CRL, a BCI, text around the blocks and damage in the middle.
#[test]
fn bad_items_lose_none_of_the_good_ones() {
    let mut deployment = Deployment::new();
    let crls = deployment.crls(1, &[&deployment.merchant.certificate.clone()]);
    let signing = deployment.brand.key.signing_key().unwrap();
    let issuer = Issuer { certificate: &deployment.brand.certificate, key: &*signing };
    let (not_before, not_after) = (days(-1), days(1));
    let template = BciTemplate { sequence: 7, not_before, not_after, crls: &crls };
    let bci = issuer.bci(&template, &mut deployment.maker.rng).unwrap();
    let root = deployment.root.certificate.to_pem();
    let text = format!(
        "subject=root\n{root}-----BEGIN CERTIFICATE-----\nMII=???\n-----END CERTIFICATE-----\n\
         {}-----BEGIN X509 CRL-----\n{}-----BEGIN DH PARAMETERS-----\nMAYCAQECAQI=\n\
         -----END DH PARAMETERS-----\n-----BEGIN CERTIFICATE-----\nMII",
        deployment.mca.certificate.to_pem(),
        crls[3].to_pem(),
    );
    let reading = read("all.pem", text.as_bytes(), None);
    assert_eq!(
        told(&reading),
        "all.pem block 1: certificate CN=Root 1,OU=Root,O=SET Root,C=DE\n\
         all.pem block 3: certificate CN=Merchant CA,OU=Bank,O=Acme Card,C=DE\n\
         all.pem block 5: crl CN=Merchant CA,OU=Bank,O=Acme Card,C=DE, 1\n\
         all.pem block 6: unknown 8\n\
         error pem-block-not-base64: `CERTIFICATE`: Invalid symbol 61, offset 3.\n\
         error pem-block-unfinished: there is no `-----END X509 CRL-----` after it\n\
         error pem-block-unfinished: there is no `-----END CERTIFICATE-----` after it\n"
    );
    let reading = read("bci", bci.der(), None);
    assert_eq!(told(&reading).lines().next().unwrap(), "bci: bci Acme Card 7");
}

#[test]
fn says_what_is_no_certificate_file() {
    let check = |octets: &[u8], expected: &str| {
        assert_eq!(told(&read("f", octets, None)), expected);
    };
    check(b"", "error file-empty: there is nothing in it\n");
    check(b" \n", "error file-empty: there is nothing in it\n");
    check(b"<html>", "error file-not-recognised: it begins with 3c 68 74 6d 6c 3e\n");
    check(&[0x30, 0x80, 6, 1, 1], "error file-ber: it begins with 30 80\n");
    check(&[0xff; 4000], "error file-not-recognised: it begins with ff ff ff ff ff ff ff ff\n");
    let root = Deployment::new().root.certificate;
    let whole = format!("f: certificate {}\n", root.subject());
    let mut twice = root.der().repeat(2);
    assert!(
        told(&read("f", &twice, None))
            .contains(&format!("f offset {}: certificate", root.der().len()))
    );
    twice.truncate(root.der().len() + 9);
    check(
        &twice,
        &format!("{whole}warning octets-left-over: 9 octets from offset {} on\n", root.der().len()),
    );
    let pem = root.to_pem();
    let bare: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    check(bare.as_bytes(), &whole);
    let wide: Vec<u8> =
        [0xfe, 0xff].into_iter().chain(pem.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    check(&wide, &format!("f block 1: certificate {}\n", root.subject()));
    let label = pem.replace("CERTIFICATE", "X509 CRL");
    assert!(told(&read("f", label.as_bytes(), None)).contains("warning pem-label-differs"));
}

/// Every cut and three changes of every octet: nothing panics, and the subject is mostly shown.
#[test]
fn a_damaged_certificate_is_shown_as_far_as_it_goes() {
    let merchant = Deployment::new().merchant.certificate;
    let (mut refused, mut shown) = (0, 0);
    for der in crate::hostile::damaged(merchant.der()) {
        let reading = read("f", &der, None);
        for item in &reading.items {
            let text = describe(item, &[item], now()).text();
            if text.contains("refused here") {
                refused += 1;
                shown += usize::from(text.contains("CN=Shop,OU=Bank"));
            }
        }
    }
    assert!(refused > 300 && shown * 2 > refused, "{shown} of {refused}");
}

/// The same for what stands around certificates, and every rule looks at it.
#[test]
fn no_damage_stops_the_description_or_a_rule() {
    let mut deployment = Deployment::new();
    let merchant = deployment.merchant.certificate.clone();
    let crls = deployment.crls(1, &[&merchant]);
    let signing = deployment.brand.key.signing_key().unwrap();
    let issuer = Issuer { certificate: &deployment.brand.certificate, key: &*signing };
    let template =
        BciTemplate { sequence: 1, not_before: days(-1), not_after: days(1), crls: &crls };
    let bci = issuer.bci(&template, &mut deployment.maker.rng).unwrap();
    let key = deployment.merchant.key.to_pkcs8_der().expose().to_vec();
    let mut said = 0;
    for whole in [merchant.der(), crls[3].der(), bci.der(), key.as_slice()] {
        for der in crate::hostile::damaged(whole) {
            for item in &read("f", &der, None).items {
                said += lint(item, now(), Profiles::ALL).len();
                assert!(describe(item, &[], now()).json().is_object());
            }
        }
    }
    assert!(said > 10_000, "{said}");
}
