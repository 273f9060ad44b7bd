//! `counterfoil logs` on real files: formats, compression, rotation, hostile input, and the
//! examples of its guide.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Exit status, standard output and standard error of a run in a folder.
struct Said {
    status: i32,
    output: String,
    errors: String,
}

impl Said {
    fn json(&self) -> Value {
        serde_json::from_str(&self.output)
            .unwrap_or_else(|_| panic!("{}{}", self.output, self.errors))
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

fn run(folder: &Path, arguments: &[&str], input: &[u8]) -> Said {
    let mut child = Command::new(env!("CARGO_BIN_EXE_counterfoil"))
        .arg("logs")
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that refuses its arguments does not read.
    drop(child.stdin.take().unwrap().write_all(input));
    let output = child.wait_with_output().unwrap();
    let text = |octets: Vec<u8>| String::from_utf8_lossy(&octets).into_owned();
    let status = output.status.code().unwrap();
    Said { status, output: text(output.stdout), errors: text(output.stderr) }
}

/// Healthy lines of one minute, one a second.
fn minute(minute: u32) -> String {
    let mut text = String::new();
    for second in 0..60 {
        let _ = writeln!(
            text,
            "{{\"time\":\"2026-07-01T12:{minute:02}:{second:02}Z\",\"level\":\"info\",\"party\":\"gateway\",\
             \"event\":\"authorization.approved\",\"xid\":\"{minute:020x}{second:020x}\"}}"
        );
    }
    text
}

fn write(folder: &Path, name: &str, octets: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, octets).unwrap();
    path
}

fn gzip(octets: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(octets).unwrap();
    encoder.finish().unwrap()
}

fn zstd(octets: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(octets, ruzstd::encoding::CompressionLevel::Fastest)
}

#[test]
fn healthy_logs_give_status_0_and_state_their_format() {
    let folder = folder();
    write(folder.path(), "a.jsonl", (minute(0) + &minute(1)).as_bytes());
    let said = run(folder.path(), &["a.jsonl"], b"");
    assert_eq!(said.status, 0, "{}{}", said.output, said.errors);
    assert!(
        said.output.starts_with("a.jsonl  Counterfoil's own log, 120 lines\n"),
        "{}",
        said.output
    );
}

#[test]
fn rotated_and_compressed_sets_are_one_log_in_order() {
    let folder = folder();
    write(folder.path(), "a.jsonl", minute(4).as_bytes());
    write(folder.path(), "a.1.jsonl", minute(3).as_bytes());
    write(folder.path(), "a.2.jsonl.gz", &gzip(minute(2).as_bytes()));
    let two_frames = [zstd(minute(0).as_bytes()), zstd(minute(1).as_bytes())].concat();
    write(folder.path(), "a.3.jsonl.zst", &two_frames);
    let said = run(folder.path(), &[".", "--json"], b"");
    let report = said.json();
    let names: Vec<_> =
        report["files"].as_array().unwrap().iter().map(|f| f["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["./a.3.jsonl.zst", "./a.2.jsonl.gz", "./a.1.jsonl", "./a.jsonl"]);
    assert_eq!(report["period"]["lines"], 300);
    assert_eq!(report["period"]["from"], "2026-07-01T12:00:00Z");
    assert_eq!((said.status, &report["unread"]), (0, &serde_json::json!([])));
}

#[test]
fn zstd_of_the_program_zstd_is_read() {
    let folder = folder();
    let plain = write(folder.path(), "a.jsonl", minute(0).repeat(200).as_bytes());
    let made = Command::new("zstd").args(["-q", "-9"]).arg(&plain).status();
    if !made.is_ok_and(|status| status.success()) {
        // Not `println!`: what a passing test prints is not shown.
        writeln!(std::io::stderr(), "SKIPPED: the program zstd is not installed").unwrap();
        return;
    }
    let report = run(folder.path(), &["a.jsonl.zst", "--json"], b"").json();
    assert_eq!(report["period"]["lines"], 12_000);
}

#[test]
fn standard_input_is_read_and_its_last_line_needs_no_end() {
    let text = minute(0);
    let said = run(folder().path(), &["-", "--json"], text.trim_end().as_bytes());
    assert_eq!(said.json()["files"][0]["lines"], 60);
}

#[test]
fn the_report_is_the_same_for_any_cut_of_the_input() {
    let folder = folder();
    let text: String = (0..60).map(minute).collect();
    write(folder.path(), "a.jsonl", text.repeat(8).as_bytes());
    let once = run(folder.path(), &["a.jsonl", "--json"], b"").output;
    assert_eq!(once, run(folder.path(), &["a.jsonl", "--json"], b"").output);
}

#[test]
fn empty_files_and_folders_are_said_to_be_so() {
    let folder = folder();
    write(folder.path(), "empty.log", b"");
    let said = run(folder.path(), &["empty.log"], b"");
    assert_eq!(said.status, 0);
    assert!(said.output.contains("empty.log: the file is empty"), "{}", said.output);
    std::fs::create_dir(folder.path().join("none")).unwrap();
    let said = run(folder.path(), &["none"], b"");
    assert!(said.errors.starts_with("error[folder-without-logs]: "), "{}", said.errors);
    assert_eq!(said.status, 2);
}

#[test]
fn binary_missing_and_damaged_files_are_refused_and_the_others_read() {
    let folder = folder();
    write(folder.path(), "good.jsonl", minute(0).as_bytes());
    write(folder.path(), "binary.log", &[0, 1, 2, 3, 4, 5, 6, 7, 8, 0xff]);
    let said = run(folder.path(), &["binary.log"], b"");
    assert_eq!(said.status, 2, "{}", said.errors);
    assert!(said.errors.starts_with("error[log-is-binary]: binary.log: "), "{}", said.errors);
    let said = run(folder.path(), &["missing.log"], b"");
    assert_eq!(said.status, 3, "{}", said.errors);
    let said = run(folder.path(), &["good.jsonl", "binary.log", "--json"], b"");
    assert_eq!(said.status, 2);
    assert_eq!(said.json()["unread"][0]["error"]["id"], "log-is-binary");
    let mut cut = gzip((minute(0) + &minute(1)).as_bytes());
    cut.truncate(cut.len() - 20);
    write(folder.path(), "cut.jsonl.gz", &cut);
    let said = run(folder.path(), &["cut.jsonl.gz", "good.jsonl", "--json"], b"");
    assert_eq!(said.status, 3, "{}", said.errors);
    assert!(said.json()["period"]["lines"].as_u64().unwrap() > 60, "{}", said.output);
}

#[test]
fn a_pipe_that_is_no_file_is_read_to_its_end() {
    let folder = folder();
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::write(pipe, minute(0)).unwrap()
    });
    let said = run(folder.path(), &["pipe", "--json"], b"");
    writer.join().unwrap();
    assert_eq!(said.json()["period"]["lines"], 60);
}

#[test]
fn devices_captures_and_sparse_files_are_told_at_once() {
    let folder = folder();
    let sparse = |name: &str, beginning: &[u8]| {
        std::fs::File::options()
            .write(true)
            .open(write(folder.path(), name, beginning))
            .and_then(|file| file.set_len(10 << 30))
            .unwrap();
    };
    sparse("sparse.log", b"");
    sparse("begun.log", minute(0).as_bytes());
    write(folder.path(), "a.pcap", &[&b"\xd4\xc3\xb2\xa1\x02\0\x04\0"[..], &[0; 16]].concat());
    for file in ["sparse.log", "begun.log", "a.pcap", "/dev/zero", "/dev/urandom"] {
        let said = run(folder.path(), &[file], b"");
        assert!(said.errors.starts_with("error[log-is-binary]: "), "{file}: {}", said.errors);
        assert_eq!(said.status, 2, "{file}");
    }
    let said = run(folder.path(), &["/dev/null"], b"");
    assert!(said.status == 0 && said.output.contains("the file is empty"), "{}", said.output);
}

#[test]
fn a_log_that_ends_in_a_hole_is_read_in_little_memory() {
    let folder = folder();
    // A file system that lost its power leaves such holes.
    let path = write(folder.path(), "torn.jsonl", minute(0).repeat(20).as_bytes());
    std::fs::File::options().write(true).open(path).unwrap().set_len(1 << 30).unwrap();
    let said = Command::new("sh")
        .args(["-c", "ulimit -v 700000 && exec \"$0\" logs torn.jsonl --json"])
        .arg(env!("CARGO_BIN_EXE_counterfoil"))
        .current_dir(folder.path())
        .output()
        .unwrap();
    let report: Value = serde_json::from_slice(&said.stdout).unwrap();
    assert_eq!(report["period"]["lines"], 1_201, "{}", String::from_utf8_lossy(&said.stderr));
    assert_eq!(report["files"][0]["bytes"].as_u64().unwrap() >> 20, 0);
}

#[test]
fn a_log_that_is_being_written_is_read_to_its_present_end() {
    let folder = folder();
    let text = minute(0) + "{\"time\":\"2026-07-01T12:01:00.000Z\",\"level\":\"info\",\"par";
    write(folder.path(), "a.jsonl", text.as_bytes());
    let report = run(folder.path(), &["a.jsonl", "--json"], b"").json();
    assert_eq!(report["files"][0]["lines"], 61);
    // The half line is one, too, as far as it goes.
    assert_eq!(report["period"]["to"], "2026-07-01T12:01:00Z");
}

#[test]
fn endless_lines_and_rubbish_are_survived() {
    let folder = folder();
    write(folder.path(), "long.log", &b"x".repeat(3_000_000));
    let said = run(folder.path(), &["long.log"], b"");
    assert_eq!(said.status, 0, "{}", said.errors);
    assert!(said.output.contains("longer than 64 KiB"), "{}", said.output);
    let mut rubbish = Vec::new();
    let mut state = 1_u64;
    for _ in 0..400_000 {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        rubbish.push(((state >> 33) % 96 + 32) as u8);
        if state >> 60 == 3 {
            rubbish.push(b'\n');
        }
    }
    write(folder.path(), "rubbish.log", &rubbish);
    assert!(run(folder.path(), &["rubbish.log", "--verbose"], b"").status <= 1);
}

#[test]
fn one_payment_is_followed_across_files_by_the_ids_of_its_requests() {
    let folder = folder();
    write(
        folder.path(),
        "gateway.jsonl",
        b"{\"time\":\"2026-07-01T12:00:02Z\",\"level\":\"info\",\"party\":\"gateway\",\"event\":\"message.received\",\"xid\":\"aa11bb22\",\"rrpid\":\"cc33dd44\"}\n",
    );
    write(folder.path(), "bank.log", b"2026-07-01T12:00:01Z asked cc33dd44 pan=4111111111111111\n");
    let said = run(folder.path(), &["gateway.jsonl", "bank.log", "--xid", "aa11bb22"], b"");
    let lines: Vec<&str> = said.output.lines().collect();
    assert_eq!(said.status, 0);
    assert_eq!(lines.len(), 2, "{}", said.output);
    assert!(lines[0].starts_with("2026-07-01T12:00:01Z  bank.log:1  "), "{}", said.output);
    assert!(lines[0].ends_with("pan=411111******1111"), "{}", said.output);
    assert_eq!(run(folder.path(), &["bank.log", "--xid", "ffff0000"], b"").status, 1);
}

#[test]
fn a_given_field_joins_payments() {
    let folder = folder();
    let line = |second: u32, basket: &str| {
        format!("ts=2026-07-01T12:00:{second:02}Z level=info step=a basket={basket}\n")
    };
    write(folder.path(), "a.log", (line(1, "b1") + &line(2, "b2") + &line(3, "b1")).as_bytes());
    let report = run(folder.path(), &["a.log", "--join", "basket", "--json"], b"").json();
    assert_eq!(report["sessions"]["payments"], 2);
    assert_eq!(report["files"][0]["format"], "logfmt");
}

/// Runs the examples of the guide: lines that begin with `$ `, and what they print.
#[test]
fn the_examples_of_the_guide_print_what_they_show() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/logs.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let place = folder();
    let binary = Path::new(env!("CARGO_BIN_EXE_counterfoil")).parent().unwrap();
    let path = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut rewritten = String::new();
    let mut lines = text.lines().peekable();
    let mut examples = 0;
    while let Some(line) = lines.next() {
        rewritten.push_str(line);
        rewritten.push('\n');
        let Some(command) = line.strip_prefix("    $ ") else { continue };
        examples += 1;
        while lines
            .next_if(|line| line.starts_with("    ") && !line.starts_with("    $ "))
            .is_some()
        {}
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(place.path())
            .env("PATH", &path)
            .output();
        let output = output.unwrap();
        for printed in String::from_utf8_lossy(&output.stdout).lines() {
            let _ = writeln!(rewritten, "    {printed}");
        }
    }
    assert!(examples >= 3, "the guide has {examples} examples");
    same(&page, &text, &rewritten);
}

#[test]
fn the_reference_page_is_made_of_the_kinds() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/logs.md");
    let introduction = "What `counterfoil logs` can say, made from the code. Groups are the questions that it answers, \
                        in their order; the guide is [logs.md](../logs.md).";
    let made = counterfoil_logs::report::reference("Remarks on logs", introduction);
    same(&page, &std::fs::read_to_string(&page).unwrap_or_default(), &made);
}

/// Compares a page with what it should be; `UPDATE_EXPECT=1` writes it.
fn same(page: &Path, is: &str, should: &str) {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::create_dir_all(page.parent().unwrap()).unwrap();
        std::fs::write(page, should).unwrap();
        return;
    }
    let stale = is.lines().zip(should.lines()).find(|(is, should)| is != should);
    assert!(is == should, "{} is stale, UPDATE_EXPECT=1 rewrites it: {stale:?}", page.display());
}
