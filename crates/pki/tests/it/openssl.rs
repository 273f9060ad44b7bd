//! The openssl program agrees with what is issued here.

use std::io::Write as _;
use std::{path::Path, process::Command};

use counterfoil_crypto::suite::RSA3072;
use counterfoil_pki::Certificate;

use crate::deployment::{Deployment, Maker, now};

/// Runs openssl; `None`, said loudly, when the machine has none.
fn openssl(folder: &Path, arguments: &[&str]) -> Option<(bool, String)> {
    match Command::new("openssl").args(arguments).current_dir(folder).output() {
        Ok(output) => {
            let text = [output.stdout, output.stderr].concat();
            Some((output.status.success(), String::from_utf8_lossy(&text).into_owned()))
        }
        Err(_) => {
            drop(writeln!(std::io::stderr(), "SKIPPED: openssl not found"));
            None
        }
    }
}

#[allow(clippy::disallowed_methods, reason = "a test hands files to openssl")]
fn write(folder: &Path, file: &str, text: &str) {
    std::fs::write(folder.join(file), text).unwrap();
}

fn pems(certificates: &[Certificate]) -> String {
    certificates.iter().map(Certificate::to_pem).collect()
}

fn accepts_every_chain(mut deployment: Deployment) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    write(folder, "root.pem", &deployment.root.certificate.to_pem());
    write(folder, "bag.pem", &pems(&deployment.bag()));
    let crls = deployment.crls(1, &[]);
    write(folder, "crls.pem", &crls.iter().map(|crl| crl.to_pem()).collect::<String>());
    let time = now().as_second().to_string();
    // OpenSSL knows neither certificateType nor hashedRootKey, which are critical.
    let verify = [
        "verify",
        "-ignore_critical",
        "-crl_check_all",
        "-policy_check",
        "-attime",
        &time,
        "-CAfile",
        "root.pem",
        "-untrusted",
        "bag.pem",
        "-CRLfile",
        "crls.pem",
        "leaf.pem",
    ];
    for leaf in deployment.leaves() {
        write(folder, "leaf.pem", &leaf.to_pem());
        let Some((good, text)) = openssl(folder, &verify) else { return };
        assert!(good, "{leaf}: {text}");
    }
    let gone = deployment.gateway.certificate.clone();
    let crls = deployment.crls(2, &[&gone]);
    write(folder, "crls.pem", &crls.iter().map(|crl| crl.to_pem()).collect::<String>());
    write(folder, "leaf.pem", &gone.to_pem());
    let (good, text) = openssl(folder, &verify).unwrap();
    assert!(!good && text.contains("certificate revoked"), "{text}");
}

#[test]
fn openssl_accepts_every_chain_with_its_crls() {
    accepts_every_chain(Deployment::new());
}

#[test]
fn openssl_accepts_every_chain_of_suite_rsa3072() {
    accepts_every_chain(Deployment::with(Maker { suite: &RSA3072, ..Maker::new(2) }));
}

#[test]
fn openssl_shows_the_extensions_and_the_same_thumb() {
    let deployment = Deployment::new();
    let folder = tempfile::tempdir().unwrap();
    let merchant = &deployment.merchant.certificate;
    write(folder.path(), "c.pem", &merchant.to_pem());
    let show = ["x509", "-in", "c.pem", "-noout", "-text", "-fingerprint", "-sha256"];
    let Some((good, text)) = openssl(folder.path(), &show) else { return };
    assert!(good, "{text}");
    let thumb: String =
        text.lines().filter_map(|line| line.split_once("Fingerprint=")).map(|(_, f)| f).collect();
    assert_eq!(thumb.replace(':', "").to_lowercase(), merchant.thumb().to_string());
    let expected = [
        "setCext-certType: critical",
        "setCext-merchData:",
        "Policy: set-policy-root",
        "Digital Signature",
        "CA:FALSE",
    ];
    let missing: Vec<_> = expected.iter().filter(|line| !text.contains(**line)).collect();
    assert!(missing.is_empty(), "{missing:?} in {text}");
}
