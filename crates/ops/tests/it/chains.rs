//! Chains as servers serve them: complete and not, in order and not, expired, weak, stapled.

use std::path::Path;
use std::sync::OnceLock;

use counterfoil_ops::probe::{Options, ProbeReport};
use counterfoil_pki::Certificate;

use crate::peer::{has, ids, named, openssl, serve, serve_weak, try_probe};

/// Extensions of the certificates that are issued here.
const EXTENSIONS: &str = "\
[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
[leaf]\nsubjectAltName=DNS:shop.example\nextendedKeyUsage=serverAuth\n\
authorityInfoAccess=OCSP;URI:http://ocsp.example/\n\
[must]\nsubjectAltName=DNS:shop.example\ntlsfeature=status_request\n";

/// Root, intermediate and leaves: `leaf`, `must` (must-staple), `expired`, `weak`.
fn folder() -> Option<&'static Path> {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    if !has("openssl", "version") {
        return None;
    }
    Some(FOLDER.get_or_init(issue_all).path())
}

fn issue_all() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    std::fs::write(at.join("ext.cnf"), EXTENSIONS).unwrap();
    for name in ["root", "middle", "leaf", "must", "expired"] {
        openssl(at, &format!("ecparam -name prime256v1 -genkey -noout -out {name}.key"));
    }
    openssl(at, "genrsa -out weak.key 1024");
    let subjects = [("root", "Root"), ("middle", "Middle")];
    for (name, title) in subjects
        .into_iter()
        .chain(["leaf", "must", "expired", "weak"].map(|name| (name, "shop.example")))
    {
        openssl(at, &format!("req -new -key {name}.key -subj /CN={title} -out {name}.csr"));
    }
    let sign = |name: &str, ca: &str, section: &str, more: &str| {
        let by = if ca == name {
            format!("-signkey {name}.key")
        } else {
            format!("-CA {ca}.pem -CAkey {ca}.key -CAcreateserial")
        };
        openssl(
            at,
            &format!(
                "x509 -req -in {name}.csr {by} -extfile ext.cnf -extensions {section} \
                 -out {name}.pem {more}"
            ),
        );
    };
    sign("root", "root", "ca", "-days 90");
    sign("middle", "root", "ca", "-days 90");
    sign("leaf", "middle", "leaf", "-days 60");
    sign("must", "middle", "must", "-days 5");
    sign("expired", "middle", "leaf", "-days -1");
    sign("weak", "middle", "leaf", "-days 60 -sha1");
    folder
}

fn look_at(leaf: &str, settings: &str, options: &Options) -> Option<ProbeReport> {
    let folder = folder()?;
    let settings = format!("-cert {leaf}.pem -key {leaf}.key {settings}");
    let server =
        if leaf == "weak" { serve_weak(folder, &settings)? } else { serve(folder, &settings)? };
    Some(try_probe(server.port, options).unwrap())
}

fn trusting(name: &str) -> Options {
    let trust = folder().map(|folder| {
        let text = std::fs::read_to_string(folder.join(format!("{name}.pem"))).unwrap();
        Certificate::from_pem_all(&text).unwrap()
    });
    Options { trust, ..named() }
}

/// The remarks about certificates, chains and staples.
fn said(report: &ProbeReport) -> Vec<&'static str> {
    let about = ["certificate-", "chain-", "staple-"];
    let of_chain = |id: &&str| about.iter().any(|start| id.starts_with(start));
    ids(report).into_iter().filter(of_chain).collect()
}

#[test]
fn a_complete_chain_is_fine_by_structure_and_by_its_root() {
    let settings = "-cert_chain middle.pem";
    let Some(report) = look_at("leaf", settings, &named()) else { return };
    assert_eq!(said(&report), ["staple-missing"]);
    assert_eq!(report.chains_judged_by, "structure");
    let report = look_at("leaf", settings, &trusting("root")).unwrap();
    assert_eq!(said(&report), ["staple-missing"]);
    let chain = &report.chains[0];
    assert_eq!((chain.certificates.len(), chain.in_order), (2, true));
    assert_eq!(chain.certificates[0].key, "EC P-256");
    assert_eq!(chain.certificates[0].names, ["shop.example"]);
}

#[test]
fn a_missing_intermediate_is_told_and_proved_with_roots() {
    let Some(report) = look_at("leaf", "", &named()) else { return };
    assert_eq!(said(&report), ["chain-incomplete", "staple-missing"]);
    let report = look_at("leaf", "", &trusting("root")).unwrap();
    assert_eq!(said(&report), ["chain-untrusted", "chain-incomplete", "staple-missing"]);
}

#[test]
fn another_root_is_no_reason_to_trust() {
    let Some(report) = look_at("leaf", "-cert_chain middle.pem", &trusting("must")) else { return };
    assert!(said(&report).contains(&"chain-untrusted"), "{:?}", report.remarks);
}

#[test]
fn a_chain_out_of_order_and_a_root_in_it_are_told() {
    let Some(folder) = folder() else { return };
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    std::fs::write(folder.join("turned.pem"), read("root.pem") + &read("middle.pem")).unwrap();
    let report = look_at("leaf", "-cert_chain turned.pem", &named()).unwrap();
    assert_eq!(said(&report), ["chain-order", "chain-superfluous", "staple-missing"]);
}

#[test]
fn expiry_names_and_weak_keys_are_told() {
    let Some(report) = look_at("expired", "-cert_chain middle.pem", &named()) else { return };
    assert_eq!(said(&report), ["certificate-expired", "staple-missing"]);
    let elsewhere = Options { name: Some("other.example".into()), ..named() };
    let report = look_at("leaf", "-cert_chain middle.pem", &elsewhere).unwrap();
    assert_eq!(said(&report), ["certificate-name", "staple-missing"]);
    let report = look_at("weak", "-cert_chain middle.pem -tls1_2", &named()).unwrap();
    let wanted = ["certificate-key-weak", "certificate-signature-weak", "staple-missing"];
    assert_eq!(said(&report), wanted);
}

#[test]
fn staples_are_read_and_a_missing_one_is_told_where_it_must_be() {
    let Some(report) = look_at("must", "-cert_chain middle.pem", &named()) else { return };
    assert_eq!(said(&report), ["staple-must"]);
    let folder = folder().unwrap();
    let serial = std::process::Command::new("openssl")
        .args(["x509", "-in", "leaf.pem", "-noout", "-serial"])
        .current_dir(folder)
        .output()
        .unwrap();
    let serial = String::from_utf8(serial.stdout).unwrap();
    let serial = serial.trim().trim_start_matches("serial=");
    for (status, wanted) in [
        (format!("V\t991231235959Z\t\t{serial}\tunknown\t/CN=shop.example\n"), vec![]),
        (
            format!("R\t991231235959Z\t260101000000Z\t{serial}\tunknown\t/CN=shop.example\n"),
            vec!["staple-revoked"],
        ),
    ] {
        std::fs::write(folder.join("index.txt"), status).unwrap();
        openssl(
            folder,
            "ocsp -index index.txt -rsigner middle.pem -rkey middle.key -CA middle.pem \
             -issuer middle.pem -cert leaf.pem -ndays 3 -respout staple.der -noverify",
        );
        for version in ["-tls1_2", "-tls1_3"] {
            let settings = format!("-cert_chain middle.pem -status_file staple.der {version}");
            let report = look_at("leaf", &settings, &named()).unwrap();
            assert_eq!(said(&report), wanted, "{version}");
            let staple = report.chains[0].staple.as_ref().unwrap();
            assert!(staple.next_update.is_some() && staple.signature_holds == Some(true));
        }
    }
}

/// Signed by a leaf of the same issuer, which may not answer for it.
#[test]
fn a_staple_of_somebody_else_is_told() {
    let Some(folder) = folder() else { return };
    std::fs::write(folder.join("empty.txt"), "").unwrap();
    openssl(
        folder,
        "ocsp -index empty.txt -rsigner must.pem -rkey must.key -CA middle.pem \
         -issuer middle.pem -cert leaf.pem -ndays 3 -respout forged.der -noverify",
    );
    let settings = "-cert_chain middle.pem -status_file forged.der";
    let report = look_at("leaf", settings, &named()).unwrap();
    assert_eq!(said(&report), ["staple-signature"], "{:?}", report.remarks);
    assert_eq!(report.chains[0].staple.as_ref().unwrap().signature_holds, Some(false));
}

#[test]
fn a_certificate_that_signs_itself_is_told_unless_it_is_trusted() {
    let Some(server) = crate::peer::s_server("") else { return };
    let report = try_probe(server.port, &named()).unwrap();
    assert_eq!(said(&report), ["certificate-self-signed"]);
    let text = std::fs::read_to_string(crate::peer::self_signed().join("rsa.pem")).unwrap();
    let trust = Some(Certificate::from_pem_all(&text).unwrap());
    let report = try_probe(server.port, &Options { trust, ..named() }).unwrap();
    assert_eq!(said(&report), [""; 0], "{:?}", report.remarks);
}
