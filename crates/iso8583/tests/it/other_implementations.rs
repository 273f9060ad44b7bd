//! pyiso8583, an independent codec, reads what is written here and writes the same octets.
//!
//! It is fetched with pip into the build folder the first time; where that cannot be done the
//! test says so and passes.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use counterfoil_iso8583::dialect::{DIALECTS, DigitCoding, OctetCoding};
use counterfoil_iso8583::field::{Content, Length};
use counterfoil_iso8583::{Dialect, codec};

use crate::sample;

const RELEASE: &str = "pyiso8583==4.0.1";

const PROGRAM: &str = r#"
import sys, json, iso8583
case = json.load(sys.stdin)
spec = {key: dict(value) for key, value in case["spec"].items()}
raw = bytes.fromhex(case["message"])
decoded, encoded = iso8583.decode(raw, spec)
again, _ = iso8583.encode(dict(decoded), spec)
assert bytes(again) == raw, (bytes(again).hex(), raw.hex())
decoded.pop("p"); decoded.pop("1", None)
print("\n".join(f"{k}={decoded[k]}" for k in ["t"] + sorted((k for k in decoded if k != "t"), key=int)))
"#;

#[test]
fn pyiso8583_reads_and_writes_the_same() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pyiso8583");
    if !available(&folder) {
        println!("SKIPPED: pyiso8583 not found and pip cannot fetch it");
        return;
    }
    for dialect in DIALECTS {
        for message in [sample::authorization(), sample::reversal()] {
            let bytes = codec::encode(&message, dialect).unwrap();
            let case = format!(
                r#"{{"message": "{}", "spec": {}}}"#,
                hex::encode(&bytes),
                specification(dialect)
            );
            let ours = codec::decode(&bytes, dialect).unwrap();
            let mut lines = vec![format!("t={}", ours.mti)];
            for number in ours.fields.keys() {
                let text = match ours.text(*number) {
                    Some(text) => padded(text, *number),
                    None => sample::PAN.to_owned(),
                };
                lines.push(format!("{number}={text}"));
            }
            assert_eq!(run(&folder, &case), lines.join("\n"), "{}", dialect.name);
        }
    }
}

fn padded(text: &str, number: u8) -> String {
    match number {
        41 => format!("{text:<8}"),
        42 => format!("{text:<15}"),
        43 => format!("{text:<40}"),
        _ => text.to_owned(),
    }
}

fn available(folder: &Path) -> bool {
    let imports = || {
        Command::new("python3")
            .args(["-c", "import iso8583"])
            .env("PYTHONPATH", folder)
            .output()
            .is_ok_and(|output| output.status.success())
    };
    if imports() {
        return true;
    }
    let fetched = Command::new("python3")
        .args(["-m", "pip", "install", "--quiet", "--no-deps", "--timeout", "5", "--retries", "0"])
        .arg("--disable-pip-version-check")
        .arg("--target")
        .arg(folder)
        .arg(RELEASE)
        .output();
    fetched.is_ok_and(|output| output.status.success()) && imports()
}

fn run(folder: &Path, case: &str) -> String {
    let mut child = Command::new("python3")
        .args(["-c", PROGRAM])
        .env("PYTHONPATH", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(case.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// The dialect as pyiso8583 describes one, in JSON.
fn specification(dialect: &Dialect) -> String {
    let digits = if dialect.digits == DigitCoding::Bcd { "b" } else { "ascii" };
    let octets = if dialect.octets == OctetCoding::Raw { "b" } else { "ascii" };
    let bitmap = if dialect.bitmap == OctetCoding::Raw { "b" } else { "ascii" };
    let entry = |key: &str, data: &str, len_type: usize, max: usize, count: &str| {
        let length = if dialect.lengths == DigitCoding::Bcd { "bcd" } else { "ascii" };
        let len_type = if length == "bcd" { len_type.div_ceil(2) } else { len_type };
        format!(
            r#""{key}": {{"data_enc": "{data}", "len_enc": "{length}", "len_type": {len_type},
                "max_len": {max}, "len_count": "{count}", "left_pad": "0", "desc": ""}}"#
        )
    };
    let message_type = if dialect.message_type == DigitCoding::Bcd { "b" } else { "ascii" };
    let mti_max = if message_type == "b" { 2 } else { 4 };
    let bitmap_max = if bitmap == "b" { 8 } else { 16 };
    let mut entries = vec![
        entry("h", "ascii", 0, 0, "bytes"),
        entry("t", message_type, 0, mti_max, "bytes"),
        entry("p", bitmap, 0, bitmap_max, "bytes"),
        entry("1", bitmap, 0, bitmap_max, "bytes"),
    ];
    for number in (2..=128).filter_map(|number| dialect.field(number)) {
        let (data, packed) = match number.content {
            Content::Digits | Content::Track => (digits, digits == "b"),
            Content::Octets => (octets, false),
            Content::SignedDigits | Content::Text => ("ascii", false),
        };
        let max = number.length.most();
        let (len_type, max) = match number.length {
            Length::Fixed(_) => (0, max),
            Length::Two(_) => (2, max),
            Length::Three(_) => (3, max),
        };
        let count = if packed { "nibbles" } else { "bytes" };
        entries.push(entry(&number.number.to_string(), data, len_type, max, count));
    }
    format!("{{{}}}", entries.join(", "))
}
