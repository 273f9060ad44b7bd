//! TCP: streams in order whatever happens to their segments, and what is told of that.

use counterfoil_dissect::capture::write::{Packet, Talk};
use counterfoil_dissect::tcp::segment::{ACK, FIN, RST, SYN};
use expect_test::expect;

use crate::scene::{Scene, ToClient, ToServer, exchange, ids, talk, whole};

const GET: &[u8] = b"GET /a-long-enough-target HTTP/1.1\r\n\r\n";
const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

/// The request in pieces of nine octets.
fn pieces(talk: &mut Talk) -> Vec<Vec<u8>> {
    GET.chunks(9).map(|data| talk.packet(ToServer, ACK, data)).collect()
}

/// A connection whose request comes as `change` orders it; an answer; the end.
fn with_request(change: impl Fn(&mut Vec<Vec<u8>>)) -> Scene {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.open()).wait(20);
    let mut frames = pieces(&mut talk);
    change(&mut frames);
    scene.add(frames).wait(20).add(talk.send(ToClient, OK)).add(talk.close());
    scene
}

/// Retransmitted, out of order, gaps; and whether the request came out whole.
fn told(scene: &Scene) -> (u64, u64, u64, bool) {
    let tally = scene.summary().tally;
    let is_whole = scene.text().contains("GET /a-long-enough-target\n")
        || scene.text().contains("GET /a-long-enough-target");
    (tally.retransmitted, tally.out_of_order, tally.gaps, is_whole)
}

#[test]
fn segments_in_any_order_make_the_same_stream() {
    assert_eq!(told(&with_request(|_| {})), (0, 0, 0, true));
    assert_eq!(told(&with_request(|frames| frames.swap(1, 2))), (0, 1, 0, true));
    assert_eq!(told(&with_request(|frames| frames.insert(2, frames[1].clone()))), (1, 0, 0, true));
    assert_eq!(told(&with_request(|frames| frames.push(frames[0].clone()))), (1, 0, 0, true));
    let reversed = with_request(|frames| frames[1..].reverse());
    assert_eq!((told(&reversed).2, told(&reversed).3), (0, true));
}

#[test]
fn sequence_numbers_wrap_around() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    talk.next = [u32::MAX - 20, u32::MAX - 5];
    scene.add(talk.open());
    let mut frames = pieces(&mut talk);
    frames.swap(2, 3);
    scene.add(frames).add(talk.send(ToClient, OK)).add(talk.close());
    assert!(talk.next[0] < 100);
    assert!(scene.text().contains("GET /a-long-enough-target"), "{}", scene.text());
    assert_eq!(scene.summary().tally.gaps, 0);
}

#[test]
fn overlapping_segments_that_agree_are_no_remark() {
    let scene = with_request(|_| {});
    let (mut other, mut talk) = (Scene::new(), talk());
    other.add(talk.open()).wait(20);
    let first = talk.next[0];
    other.add([
        talk.packet_at(ToServer, first, ACK, &GET[..20]),
        talk.packet_at(ToServer, first + 10, ACK, &GET[10..30]),
        talk.packet_at(ToServer, first + 5, ACK, &GET[5..]),
    ]);
    talk.next[0] = first + GET.len() as u32;
    other.wait(20).add(talk.send(ToClient, OK)).add(talk.close());
    assert_eq!(ids(&other.file), ids(&scene.file));
    assert!(other.text().contains("GET /a-long-enough-target"));
}

#[test]
fn a_duplicate_with_other_bytes_is_told_delivered_or_not() {
    for is_held in [false, true] {
        let (mut scene, mut talk) = (Scene::new(), talk());
        scene.add(talk.open()).wait(20);
        let mut frames = pieces(&mut talk);
        let forged = talk.packet_at(ToServer, 1_001 + 9, ACK, b"GET /evil");
        let first = frames.remove(0);
        frames.insert(1, forged);
        if is_held {
            frames.push(first);
        } else {
            frames.insert(0, first);
        }
        scene.add(frames).wait(20).add(talk.send(ToClient, OK)).add(talk.close());
        assert_eq!(ids(&scene.file), ["duplicate-with-other-bytes"], "held: {is_held}");
        assert!(scene.text().contains("GET /a-long-enough-target"), "what came first counts");
    }
}

#[test]
fn a_keep_alive_is_no_retransmission() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.open()).add(exchange(
        &mut talk,
        "GET / HTTP/1.1\r\n\r\n",
        "HTTP/1.1 204 N\r\n\r\n",
    ));
    let probe = talk.next[0].wrapping_sub(1);
    scene
        .wait(60_000)
        .add([talk.packet_at(ToServer, probe, ACK, b"\0"), talk.acknowledge(ToClient)]);
    scene.add(talk.close());
    let tally = scene.summary().tally;
    assert_eq!((tally.keep_alives, tally.retransmitted), (1, 0));
    assert_eq!(ids(&scene.file), [""; 0]);
}

#[test]
fn acknowledged_octets_that_never_come_are_a_gap_of_the_capture() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.open());
    let mut frames = pieces(&mut talk);
    frames.remove(1);
    scene.add(frames).add(talk.send(ToClient, OK)).add(talk.close());
    expect![[r#"
        8  10.0.0.2:80 > 10.0.0.1:40000  http  200 OK
        warning  stream-gap  connection 0, 10.0.0.1:40000 > 10.0.0.2:80: 9 octets that the client sent are missing: acknowledged, so only the capture lacks them"#]].assert_eq(&scene.text());
    assert_eq!(scene.summary().tally.lost_octets, 9);
}

#[test]
fn the_same_ports_again_are_another_connection() {
    let mut scene = whole("GET /1 HTTP/1.1\r\n\r\n", "HTTP/1.1 204 N\r\n\r\n");
    let mut talk = talk();
    talk.next = [500_000, 700_000];
    scene.wait(1000).add(talk.open());
    scene.add(exchange(&mut talk, "GET /2 HTTP/1.1\r\n\r\n", "HTTP/1.1 204 N\r\n\r\n"));
    assert_eq!(scene.summary().tally.connections, 2);
    assert_eq!(scene.summary().counts.get("http_requests"), Some(&2));
}

#[test]
fn packets_after_the_end_belong_to_the_connection_that_ended() {
    let mut scene = whole("GET /1 HTTP/1.1\r\n\r\n", "HTTP/1.1 204 N\r\n\r\n");
    let mut talk = talk();
    talk.next = [1_020, 9_020];
    scene.wait(500).add([talk.packet(ToServer, FIN | ACK, &[]), talk.packet(ToClient, RST, &[])]);
    assert_eq!(scene.summary().tally.connections, 1);
}

#[test]
fn a_reset_with_a_strange_time_to_live_is_a_middlebox() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.open()).add(exchange(
        &mut talk,
        "GET / HTTP/1.1\r\n\r\n",
        "HTTP/1.1 204 N\r\n\r\n",
    ));
    let [client, server] = [talk.client, talk.server];
    let reset = Packet {
        source: server,
        destination: client,
        ttl: 251,
        id: 0,
        seq: talk.next[1],
        ack: talk.next[0],
        flags: RST | ACK,
        window: 0,
        options: &[],
        data: &[],
    };
    scene.add([reset.ethernet()]);
    expect![[r#"
        4  10.0.0.1:40000 > 10.0.0.2:80  http  GET /
        6  10.0.0.2:80 > 10.0.0.1:40000  http  204 N, after 2 ms
        error    reset-by-middlebox  connection 0, 10.0.0.1:40000 > 10.0.0.2:80: a reset in the name of the server has time to live 251, its other packets 64 [expected_ttl 64..64; seen_ttl 251 (frame 8); expected_ip_id after 3; seen_ip_id 0 (frame 8)]"#]].assert_eq(&scene.text());
}

#[test]
fn a_side_that_goes_on_after_its_reset_did_not_send_it() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.open()).add(talk.send(ToServer, GET));
    let seq = talk.next[1];
    scene.add([talk.packet_at(ToClient, seq, RST | ACK, &[])]).add(talk.send(ToClient, OK));
    assert_eq!(ids(&scene.file), ["http-answer-missing", "reset-by-middlebox"]);
}

#[test]
fn a_reset_by_a_side_itself_is_told_when_data_was_under_way() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.open()).add(talk.send(ToServer, &vec![b'x'; 3000]));
    let seq = talk.next[1];
    talk.next[0] -= 1460;
    scene.add([talk.packet_at(ToClient, seq, RST | ACK, &[])]);
    assert_eq!(ids(&scene.file), ["connection-reset"]);
    let mut quiet = whole("GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 204 N\r\n\r\n");
    quiet.add([talk.packet_at(ToServer, 1_020, RST, &[])]);
    assert_eq!(ids(&quiet.file), [""; 0]);
}

#[test]
fn a_reset_of_a_farewell_by_a_side_that_has_closed_is_ordinary() {
    for (octets, expected) in [(24, &[][..]), (2_000, &["connection-reset"][..])] {
        let (mut scene, mut talk) = (Scene::new(), talk());
        scene.add(talk.open()).add(talk.send(ToServer, b"xyz")).add([talk.acknowledge(ToClient)]);
        scene.add([talk.packet(ToServer, FIN | ACK, &[])]);
        let seq = talk.next[0];
        scene.add(talk.send(ToClient, &vec![b'x'; octets]));
        scene.add([talk.packet_at(ToServer, seq, RST, &[])]);
        assert_eq!(ids(&scene.file), expected, "{octets}");
    }
}

#[test]
fn a_storm_needs_many_retransmissions_and_a_large_share() {
    for (times, expected) in [(9, &[][..]), (12, &["retransmission-storm"][..])] {
        let (mut scene, mut talk) = (Scene::new(), talk());
        scene.add(talk.open()).wait(20);
        for _ in 0..times {
            let seq = talk.next[0];
            scene.add(talk.send(ToServer, b"xyz")).wait(300);
            scene.add([talk.packet_at(ToServer, seq, ACK, b"xyz")]);
            scene.add([talk.acknowledge(ToClient)]);
        }
        assert_eq!(ids(&scene.file), expected, "{times}");
    }
}

#[test]
fn large_packets_that_never_pass_are_told_and_small_ones_are_not() {
    for (len, expected) in [(1460, &["large-packets-lost"][..]), (100, &[][..])] {
        let (mut scene, mut talk) = (Scene::new(), talk());
        scene.add(talk.open()).add(talk.send(ToServer, b"small")).add([talk.acknowledge(ToClient)]);
        let (seq, data) = (talk.next[0], vec![b'x'; len]);
        for wait in [300, 600, 1200, 2400] {
            scene.add([talk.packet_at(ToServer, seq, ACK, &data)]).wait(wait);
        }
        assert_eq!(ids(&scene.file), expected, "{len}");
    }
}

#[test]
fn large_packets_lost_are_also_told_from_behind_the_link() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.open()).add(talk.send(ToServer, b"small")).add([talk.acknowledge(ToClient)]);
    let acked = talk.next[0];
    // 2920 octets that the capture never sees, then the short rest, acknowledged by nobody.
    talk.next[0] = acked + 2920;
    scene.add(talk.send(ToServer, b"rest"));
    talk.next[0] = acked;
    scene.add([talk.acknowledge(ToClient), talk.acknowledge(ToClient)]);
    assert_eq!(ids(&scene.file), ["large-packets-lost", "stream-gap"]);
}

#[test]
fn a_connection_that_nobody_answers_or_that_is_refused() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    let syn = talk.packet(ToServer, SYN, &[]);
    scene.add([syn.clone()]).wait(1000).add([syn.clone()]);
    assert_eq!(ids(&scene.file), ["connection-unanswered"]);
    let mut scene = Scene::new();
    scene.add([syn, talk.packet(ToClient, RST | ACK, &[])]);
    assert_eq!(ids(&scene.file), ["connection-refused"]);
}

#[test]
fn a_window_that_stays_closed_is_told() {
    for (wait, expected) in [(200, &[][..]), (5000, &["window-closed"][..])] {
        let (mut scene, mut talk) = (Scene::new(), talk());
        scene.add(talk.open());
        let mut full = talk.acknowledge(ToClient);
        let window = 14 + 20 + 14;
        full[window..window + 2].fill(0);
        scene.add([full]).wait(wait).add([talk.acknowledge(ToClient)]);
        assert_eq!(ids(&scene.file), expected, "{wait}");
    }
}
