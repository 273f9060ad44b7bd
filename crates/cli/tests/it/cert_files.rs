//! `cert inspect` and `cert lint`: agreement with the openssl program and with pkilint, the
//! examples of the guide, and files that are no certificates.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn run_in(folder: &Path, arguments: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .args(arguments.split_whitespace())
        .env_remove("COUNTERFOIL_PASSPHRASE")
        .env_remove("COUNTERFOIL_SUPERVISOR")
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

/// The JSON document that a command prints.
fn json(folder: &Path, arguments: &str) -> Value {
    let output = run_in(folder, &format!("{arguments} --json"));
    let said = text(&output.stdout);
    serde_json::from_str(&said).unwrap_or_else(|_| panic!("{said}{}", text(&output.stderr)))
}

/// Runs another program; none, said loudly, when the machine has none.
fn other(folder: &Path, program: &str, arguments: &str) -> Option<String> {
    let run = Command::new(program)
        .args(arguments.split_whitespace())
        .current_dir(folder)
        .stdin(Stdio::null())
        .output();
    match run {
        Ok(output) => Some(text(&output.stdout) + &text(&output.stderr)),
        Err(_) => {
            drop(writeln!(std::io::stderr(), "SKIPPED: {program} not found"));
            None
        }
    }
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Every line `$ counterfoil ...` of the guide's `console` blocks, with what is printed after it.
#[test]
fn the_examples_of_the_guide_print_what_the_guide_shows() {
    let page = repository().join("docs/certificates.md");
    let old = std::fs::read_to_string(&page).unwrap();
    let (mut new, mut inside) = (String::new(), false);
    for line in old.lines() {
        let shown = line.starts_with("$ ") || line.starts_with("```");
        if !inside || shown {
            new += &format!("{line}\n");
        }
        if let Some(command) = line.strip_prefix("$ counterfoil ").filter(|_| inside) {
            let output = run_in(&repository().join("docs/samples"), command);
            new += &text(&output.stdout);
            new += &text(&output.stderr);
        }
        inside = (inside || line == "```console") && line != "```";
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&page, &new).unwrap();
    }
    assert_eq!(old, new, "UPDATE_EXPECT=1 rewrites the page");
}

const MAKE: [&str; 9] = [
    "req -x509 -newkey rsa:2048 -nodes -keyout k.pem -out c.pem -days 90 -subj /C=DE/O=Acme/CN=a.example.org -addext subjectAltName=DNS:a.example.org,IP:192.0.2.1",
    "req -new -key k.pem -out r.pem -subj /C=DE/CN=a.example.org -addext subjectAltName=DNS:a.example.org",
    "pkcs12 -export -in c.pem -inkey k.pem -passout pass:x -name shop -out s.p12",
    "crl2pkcs7 -nocrl -certfile c.pem -out b.p7b",
    "ecparam -name prime256v1 -genkey -noout -out e.pem",
    "req -x509 -new -key e.pem -out e-c.pem -subj /CN=e",
    "genpkey -algorithm ed25519 -out d.pem",
    "req -x509 -new -key d.pem -out d-c.pem -subj /CN=d",
    "pkey -in k.pem -pubout -out p.pem",
];

/// A folder of files that openssl made; none, said loudly, when the machine has no openssl.
fn made() -> Option<tempfile::TempDir> {
    let folder = tempfile::tempdir().unwrap();
    for arguments in MAKE {
        other(folder.path(), "openssl", arguments)?;
    }
    Some(folder)
}

#[test]
fn inspect_agrees_with_openssl() {
    let Some(folder) = made() else { return };
    let f = folder.path();
    for file in ["c.pem", "e-c.pem", "d-c.pem"] {
        let show = "-noout -serial -subject -issuer -fingerprint -sha256 -nameopt RFC2253";
        let said = other(f, "openssl", &format!("x509 -in {file} {show}")).unwrap();
        let document = json(f, &format!("cert inspect {file}"));
        let item = &document["items"][0];
        let of = |name: &str| {
            let line = said.lines().find_map(|line| line.split_once(name)).map(|(_, rest)| rest);
            line.unwrap_or_else(|| panic!("{name} in {said}")).to_owned()
        };
        assert_eq!(item["kind"], "certificate");
        assert_eq!(item["serial"], of("serial=").to_lowercase());
        assert_eq!(item["subject"], of("subject="));
        assert_eq!(item["issuer"], of("issuer="));
        let print = of("Fingerprint=").replace(':', "").to_lowercase();
        assert_eq!(item["sha256"], print, "{file}");
        assert_eq!(item["self_signed"], true, "{file}");
        let whole = other(f, "openssl", &format!("x509 -in {file} -noout -text")).unwrap();
        let extensions = item["extensions"].as_array().unwrap();
        assert_eq!(extensions.len(), whole.matches("X509v3 ").count() - 1, "{whole}");
    }
    let rsa = &json(f, "cert inspect c.pem k.pem r.pem p.pem")["items"];
    assert_eq!(rsa[0]["key"]["bits"], 2048);
    let names: Vec<_> = rsa[0]["extensions"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|extension| extension["name"] == "subjectAltName")
        .flat_map(|extension| extension["value"].as_array().unwrap().clone())
        .map(|name| name["value"].clone())
        .collect();
    assert_eq!(names, ["a.example.org", "192.0.2.1"]);
    assert_eq!(rsa[1]["belongs_to"], serde_json::json!(["c.pem block 1", "r.pem block 1"]));
    assert_eq!(rsa[2]["signature_holds"], true);
    assert_eq!(rsa[3]["spki_sha256"], rsa[0]["spki_sha256"]);
    let bag = &json(f, "cert inspect b.p7b")["items"];
    assert_eq!(bag[0]["carries"]["certificates"], 1);
    assert_eq!(bag[1]["sha256"], rsa[0]["sha256"]);
    std::fs::write(f.join("x"), "x\n").unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(f.join("x"), mode).unwrap();
    let store = &json(f, "cert inspect s.p12 --passphrase-file x")["items"];
    assert_eq!(store[0]["mac"], "holds");
    assert_eq!(store[1]["sha256"], rsa[0]["sha256"]);
    assert_eq!(store[1]["place"]["name"], "shop");
    assert_eq!(store[2]["spki_sha256"], rsa[0]["spki_sha256"]);
    let sealed = json(f, "cert inspect s.p12");
    assert!(sealed["remarks"].to_string().contains("passphrase-wanted"), "{sealed}");
}

/// The index of a CA that has revoked one certificate.
const INDEX: &str = "R\t280101000000Z\t260601000000Z,keyCompromise\t05\tunknown\t/CN=x\n";
const CA_CONFIG: &str = "[ca]\ndefault_ca=d\n[d]\ndatabase=index\ncrlnumber=number\ndefault_md=sha256\ncrl_extensions=e\n[e]\n";

#[test]
fn inspect_agrees_with_openssl_on_a_crl() {
    let Some(folder) = made() else { return };
    let f = folder.path();
    for (file, content) in [("index", INDEX), ("number", "2A\n"), ("ca.cnf", CA_CONFIG)] {
        std::fs::write(f.join(file), content).unwrap();
    }
    let make = "ca -gencrl -config ca.cnf -keyfile k.pem -cert c.pem -crldays 7 -out l.pem";
    other(f, "openssl", make).unwrap();
    let show = "crl -in l.pem -noout -issuer -crlnumber -fingerprint -sha256 -nameopt RFC2253";
    let said = other(f, "openssl", show).unwrap();
    let document = json(f, "cert inspect l.pem");
    let item = &document["items"][0];
    assert_eq!(item["kind"], "crl");
    assert!(said.contains(&format!("issuer={}", item["issuer"].as_str().unwrap())), "{said}");
    let print = said.split("Fingerprint=").nth(1).unwrap().trim().replace(':', "").to_lowercase();
    assert_eq!(item["sha256"], print);
    let number = item["extensions"][0]["value"].as_str();
    assert!(number == Some("42") && said.contains("crlNumber=0x2A"), "{said}");
    assert_eq!(item["entry_count"], 1);
    assert_eq!(item["reasons"], serde_json::json!({"keyCompromise": 1}));
    assert_eq!(item["first_entries"][0]["serial"], "05");
    assert_eq!(item["first_entries"][0]["revoked_at"], "2026-06-01T00:00:00Z");
}

#[test]
fn what_is_no_certificate_is_refused_with_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let f = folder.path();
    std::fs::write(f.join("empty"), "").unwrap();
    std::fs::write(f.join("page"), "<html></html>").unwrap();
    std::fs::write(f.join("noise"), [0x7f; 100_000]).unwrap();
    std::fs::copy(repository().join("docs/samples/shop.pem"), f.join("shop.pem")).unwrap();
    let check = |arguments: &str, status: i32, id: &str| {
        for command in ["inspect", "lint"] {
            let output = run_in(f, &format!("cert {command} {arguments}"));
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(status), "{arguments}: {said}");
            assert!(said.starts_with(&format!("error[{id}]: ")), "{arguments}: {said}");
        }
    };
    check("empty", 2, "file-empty");
    check("page", 2, "file-not-recognised");
    check("noise", 2, "file-not-recognised");
    check(".", 2, "file-is-folder");
    check("none.pem", 3, "file-missing");
    check("shop.pem none.pem", 3, "file-missing");
    let output = run_in(f, "cert inspect shop.pem none.pem");
    assert!(text(&output.stdout).contains("CN=shop.example.com"));
}

/// A pipe that nobody writes into, a device without end, a folder: each is refused at once.
#[test]
fn what_is_no_file_is_refused_and_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let f = folder.path();
    if other(f, "mkfifo", "pipe.pem").is_none() {
        return;
    }
    std::fs::copy(repository().join("docs/samples/root.pem"), f.join("root.pem")).unwrap();
    let commands = [
        "cert inspect pipe.pem",
        "cert lint pipe.pem",
        "cert verify --trust root.pem pipe.pem",
        "cert verify --trust pipe.pem root.pem",
        "cert verify --trust root.pem --crl pipe.pem root.pem",
        "cert verify --trust root.pem --ocsp pipe.pem root.pem",
        "cert watch --offline --trust pipe.pem root.pem",
        "cert inspect /dev/zero",
        "cert verify --trust /dev/zero root.pem",
    ];
    for command in commands {
        let output = run_in(f, command);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{command}: {said}");
        assert!(said.starts_with("error[file-not-regular]: "), "{command}: {said}");
    }
    let output = run_in(f, "cert watch --offline --trust root.pem ./pipe.pem");
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    let output = run_in(f, "cert verify --trust root.pem .");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
}

/// What the shell hands over is a pipe as well.
#[test]
fn what_the_shell_hands_over_as_a_pipe_is_read() {
    let binary = env!("CARGO_BIN_EXE_counterfoil");
    let script = format!("{binary} cert inspect <(cat root.pem)");
    let samples = repository().join("docs/samples");
    let run = Command::new("bash").args(["-c", &script]).current_dir(samples).output();
    let Ok(output) = run else {
        drop(writeln!(std::io::stderr(), "SKIPPED: bash not found"));
        return;
    };
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("Papierladen Root"));
}

#[test]
fn lint_writes_what_sarif_requires() {
    let samples = repository().join("docs/samples");
    let output = run_in(&samples, "cert lint shop.pem --profile all --sarif");
    assert_eq!(output.status.code(), Some(1));
    let log: Value = serde_json::from_str(&text(&output.stdout)).unwrap();
    // Required: version, runs; run.tool.driver.name; result.message; reportingDescriptor.id.
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    assert_eq!(run["tool"]["driver"]["name"], "counterfoil");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(rules.len() > 150 && rules.iter().all(|rule| rule["id"].is_string()));
    let results = run["results"].as_array().unwrap();
    assert!(results.len() > 5);
    for result in results {
        assert!(result["message"]["text"].is_string());
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["none", "note", "warning", "error"].iter().any(|level| result["level"] == *level));
        let location = &result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
        assert_eq!(location, "shop.pem");
    }
}

/// What `init` makes is without errors by RFC 5280 and by SET's rules.
#[test]
fn a_new_deployment_lints_without_errors() {
    let folder = tempfile::tempdir().unwrap();
    let f = folder.path();
    let made = run_in(f, "init --data d --with-test-cards --base-port 11460");
    assert!(made.status.success(), "{}", text(&made.stderr));
    let mut files = Vec::new();
    for party in std::fs::read_dir(f.join("d")).unwrap() {
        let party = party.unwrap().path();
        for kind in ["certs", "trust", "crls"] {
            let Ok(list) = std::fs::read_dir(party.join(kind)) else { continue };
            files.extend(list.map(|entry| entry.unwrap().path().display().to_string()));
        }
    }
    assert!(files.len() > 30, "{files:?}");
    let document = json(f, &format!("cert lint {}", files.join(" ")));
    let remarks = document["remarks"].as_array().unwrap();
    let bad: Vec<_> = remarks.iter().filter(|remark| remark["severity"] != "notice").collect();
    assert!(bad.is_empty(), "{bad:?}");
    assert!(document["judged"].as_u64().unwrap() > 60);
}

/// Extensions of certificates that openssl makes; what pkilint says of each; the rule here.
const ODD: [(&str, &str, &str); 5] = [
    ("keyUsage=digitalSignature", "key_usage_extension_not_critical", "key-usage-not-critical"),
    (
        "keyUsage=critical,digitalSignature,keyEncipherment",
        "key_usage_value_prohibited_for_ec",
        "key-usage-not-of-the-key",
    ),
    (
        "subjectAltName=critical,DNS:a.example.org",
        "san_extension_is_critical_non_empty_subject",
        "alt-name-critical",
    ),
    ("subjectAltName=DNS:a..example.org", "invalid_domain_name_syntax", "dns-name-syntax"),
    ("basicConstraints=CA:FALSE,pathlen:1", "has_pathlen_for_non_ca", "path-length-without-ca"),
];

#[test]
fn lint_agrees_with_pkilint_on_what_openssl_makes() {
    let folder = tempfile::tempdir().unwrap();
    let f = folder.path();
    let pkilint = std::env::var("COUNTERFOIL_PKILINT").unwrap_or_else(|_| "lint_pkix_cert".into());
    if other(f, &pkilint, "--help").is_none() {
        return;
    }
    let ca = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem \
              -out ca.pem -subj /CN=CA";
    if other(f, "openssl", ca).is_none() {
        return;
    }
    other(f, "openssl", "req -new -key k.pem -out r.pem -subj /CN=a.example.org");
    for (extension, theirs, ours) in ODD {
        std::fs::write(f.join("e.cnf"), format!("[e]\n{extension}\n")).unwrap();
        let sign = "x509 -req -in r.pem -CA ca.pem -CAkey k.pem -days 30 -out c.pem";
        other(f, "openssl", &format!("{sign} -extfile e.cnf -extensions e")).unwrap();
        let said = other(f, &pkilint, "lint -s NOTICE c.pem").unwrap();
        assert!(said.contains(theirs), "{extension}: pkilint does not say {theirs}: {said}");
        let found = json(f, "cert lint c.pem");
        assert!(found.to_string().contains(ours), "{extension}: {ours} is not in {found}");
    }
    let said = other(f, &pkilint, "lint -s WARNING ca.pem").unwrap();
    let found = json(f, "cert lint ca.pem");
    assert_eq!(said.contains("(ERROR)"), found.to_string().contains(r#""severity":"error""#));
}
