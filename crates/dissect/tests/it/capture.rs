//! Capture files: every format gives the same packets, and damage loses no more than it must.

use counterfoil_dissect::capture::CaptureError;
use counterfoil_dissect::dissection::Dissection;
use counterfoil_dissect::layer::Context;

use crate::scene::{dissect, ids, lines, whole};

const REQUEST: &str = "GET /a HTTP/1.1\r\n\r\n";
const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// The packets of a little-endian pcap file: seconds, microseconds, octets.
fn packets(file: &[u8]) -> Vec<(u32, u32, &[u8])> {
    let u32_at = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    let (mut at, mut packets) = (24, Vec::new());
    while at < file.len() {
        let len = u32_at(at + 8) as usize;
        packets.push((u32_at(at), u32_at(at + 4), &file[at + 16..at + 16 + len]));
        at += 16 + len;
    }
    packets
}

/// The same packets as pcap with this magic, in this byte order.
fn pcap(file: &[u8], magic: u32, is_big: bool, record_extra: usize) -> Vec<u8> {
    let word = |value: u32| if is_big { value.to_be_bytes() } else { value.to_le_bytes() };
    let half = |value: u16| if is_big { value.to_be_bytes() } else { value.to_le_bytes() };
    let mut out = word(magic).to_vec();
    out.extend([half(2), half(4)].concat());
    out.extend([word(0), word(0), word(262_144), word(1)].concat());
    for (seconds, micros, bytes) in packets(file) {
        let fraction = if magic == 0xa1b2_3c4d { micros * 1000 } else { micros };
        let len = word(bytes.len() as u32);
        out.extend([word(seconds), word(fraction), len, len].concat());
        out.extend(vec![0; record_extra]);
        out.extend(bytes);
    }
    out
}

fn block(is_big: bool, kind: u32, body: &[u8]) -> Vec<u8> {
    let word = |value: u32| if is_big { value.to_be_bytes() } else { value.to_le_bytes() };
    let padding = body.len().next_multiple_of(4) - body.len();
    let len = word((12 + body.len() + padding) as u32);
    [&word(kind), &len, body, &vec![0; padding][..], &len].concat()
}

/// The same packets as pcapng, with nanoseconds and an offset of an hour.
fn pcapng(file: &[u8], is_big: bool) -> Vec<u8> {
    let word = |value: u32| if is_big { value.to_be_bytes() } else { value.to_le_bytes() };
    let half = |value: u16| if is_big { value.to_be_bytes() } else { value.to_le_bytes() };
    let long = |value: u64| if is_big { value.to_be_bytes() } else { value.to_le_bytes() };
    let section = [&word(0x1a2b_3c4d)[..], &half(1), &half(0), &[0xff; 8]].concat();
    let mut out = block(is_big, 0x0a0d_0d0a, &section);
    let resolution = [&half(9)[..], &half(1), &[9, 0, 0, 0]].concat();
    let offset = [&half(14)[..], &half(8), &long(3600)].concat();
    let interface = [&half(1)[..], &half(0), &word(0), &resolution, &offset, &[0; 4]].concat();
    out.extend(block(is_big, 1, &interface));
    for (seconds, micros, bytes) in packets(file) {
        let ticks = u64::from(seconds - 3600) * 1_000_000_000 + u64::from(micros) * 1000;
        let len = word(bytes.len() as u32);
        let head = [word(0), word((ticks >> 32) as u32), word(ticks as u32), len, len].concat();
        out.extend(block(is_big, 6, &[&head, bytes].concat()));
        out.extend(block(is_big, 0x0bad, b"nobody knows this block"));
    }
    out
}

fn full_text(file: &[u8], chunk: usize) -> String {
    let (events, summary) = dissect(file, Context::default(), chunk);
    format!("{}\n{:?}", lines(&events).join("\n"), summary.times)
}

#[test]
fn every_format_and_byte_order_gives_the_same() {
    let scene = whole(REQUEST, ANSWER);
    let expected = full_text(&scene.file, usize::MAX);
    assert!(expected.contains("GET /a"), "{expected}");
    for is_big in [false, true] {
        for (magic, extra) in [(0xa1b2_c3d4, 0), (0xa1b2_3c4d, 0), (0xa1b2_cd34, 8)] {
            let file = pcap(&scene.file, magic, is_big, extra);
            assert_eq!(full_text(&file, usize::MAX), expected, "{magic:x} {is_big}");
        }
        assert_eq!(full_text(&pcapng(&scene.file, is_big), usize::MAX), expected, "{is_big}");
    }
}

#[test]
fn chunks_of_any_size_give_the_same() {
    let scene = whole(REQUEST, ANSWER);
    let files = [scene.file.clone(), pcapng(&scene.file, true)];
    for file in files {
        let expected = full_text(&file, usize::MAX);
        for chunk in [1, 2, 3, 7, 16, 100] {
            assert_eq!(full_text(&file, chunk), expected, "{chunk}");
        }
    }
}

#[test]
fn sections_and_link_layers_change_inside_a_pcapng_file() {
    let scene = whole(REQUEST, ANSWER);
    let joined = [pcapng(&scene.file, true), pcapng(&scene.file, false)].concat();
    let (_, summary) = dissect(&joined, Context::default(), usize::MAX);
    assert_eq!(summary.tally.packets, 2 * packets(&scene.file).len() as u64);
}

#[test]
fn damage_loses_the_record_and_not_the_rest() {
    let scene = whole(REQUEST, ANSWER);
    let count = packets(&scene.file).len() as u64;
    // The length of the first record becomes impossible.
    let mut file = scene.file.clone();
    file[24 + 8..24 + 12].fill(0xff);
    let (_, summary) = dissect(&file, Context::default(), 64);
    assert_eq!(summary.tally.packets, count - 1);
    assert_eq!(ids(&file), ["capture-damaged"]);
    let mut file = pcapng(&scene.file, false);
    let first_packet = file.windows(4).position(|window| window == [6, 0, 0, 0]).unwrap();
    file[first_packet + 4] = 0xfd;
    let (_, summary) = dissect(&file, Context::default(), 64);
    assert_eq!(summary.tally.packets, count - 1);
}

#[test]
fn a_file_that_is_cut_off_is_read_up_to_there() {
    let mut scene = whole(REQUEST, ANSWER);
    scene.file.truncate(scene.file.len() - 3);
    assert_eq!(ids(&scene.file), ["capture-cut"]);
    assert!(scene.text().contains("200 OK"));
}

#[test]
fn packets_that_are_cut_are_told_once_with_their_number() {
    let scene = whole(
        REQUEST,
        &format!("HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n{}", "x".repeat(600)),
    );
    let mut file = scene.file[..24].to_vec();
    for (seconds, micros, bytes) in packets(&scene.file) {
        let kept = bytes.len().min(200);
        for word in [seconds, micros, kept as u32, bytes.len() as u32] {
            file.extend(word.to_le_bytes());
        }
        file.extend(&bytes[..kept]);
    }
    assert_eq!(ids(&file), ["stream-gap", "packets-cut"]);
    let text = lines(&dissect(&file, Context::default(), usize::MAX).0).join("\n");
    assert!(text.contains("200 OK") && text.contains("600 octets, incomplete"), "{text}");
}

#[test]
fn dropped_packets_and_key_logs_of_pcapng_are_read() {
    let scene = whole(REQUEST, ANSWER);
    let mut file = pcapng(&scene.file, false);
    let dropped = [&[0; 12][..], &[7, 0, 8, 0], &42u64.to_le_bytes(), &[0; 4]].concat();
    file.extend(block(false, 5, &dropped));
    let log = format!("CLIENT_RANDOM {} {}\n", "ab".repeat(32), "cd".repeat(48));
    let secrets =
        [&0x544c_534b_u32.to_le_bytes()[..], &(log.len() as u32).to_le_bytes(), log.as_bytes()];
    file.extend(block(false, 10, &secrets.concat()));
    assert_eq!(ids(&file), ["capture-dropped"]);
}

#[test]
fn what_is_no_capture_is_refused() {
    let error = |bytes: &[u8]| {
        let mut dissection = Dissection::new(Context::default());
        dissection.feed(bytes).and_then(|()| dissection.finish(None)).unwrap_err()
    };
    assert_eq!(error(b""), CaptureError::Empty);
    assert_eq!(error(b"not a capture"), CaptureError::Unknown(*b"not "));
    assert_eq!(error(&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0]), CaptureError::Short(6));
    assert_eq!(error(&[0x0a]), CaptureError::Short(1));
}
