//! Bad bytes: nothing panics, nothing grows without bound, and what could be read is read.

use counterfoil_dissect::layer::Context;

use crate::scene::{Scene, ToServer, dissect, exchange, talk, whole};

/// A small capture with something of everything.
fn sample() -> Vec<u8> {
    let mut scene = whole(
        "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    );
    let mut talk = talk();
    talk.next = [77_000, 88_000];
    scene.add(talk.open());
    let mut frames = exchange(&mut talk, "GET /b HTTP/1.1\r\n\r\n", "HTTP/1.1 204 N\r\n\r\n");
    frames.swap(0, 2);
    scene.add(frames).add(talk.close());
    scene.file
}

fn read(file: &[u8], chunk: usize) -> u64 {
    let context = Context { trees: true, await_answers: true, ..Context::default() };
    let (events, summary) = dissect(file, context, chunk);
    for event in &events {
        match event {
            counterfoil_dissect::message::Event::Message(message) => {
                counterfoil_dissect::render::line(message);
                counterfoil_dissect::render::details(message);
                counterfoil_dissect::render::message_json(message);
            }
            counterfoil_dissect::message::Event::Remark(placed) => {
                counterfoil_dissect::render::remark(placed);
            }
        }
    }
    counterfoil_dissect::render::summary(&summary);
    summary.tally.packets
}

#[test]
fn every_truncation_is_survived() {
    let file = sample();
    let all = read(&file, usize::MAX);
    for len in 0..file.len() {
        assert!(read(&file[..len], usize::MAX) <= all);
    }
}

#[test]
fn every_octet_flipped_is_survived() {
    let mut file = sample();
    for at in 0..file.len() {
        for mask in [0x01, 0x80, 0xff] {
            file[at] ^= mask;
            read(&file, usize::MAX);
            file[at] ^= mask;
        }
    }
}

#[test]
fn segments_far_apart_hold_no_more_than_the_limit() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.open());
    for step in 0..12_000_u32 {
        let seq = 1_001 + step.wrapping_mul(0x10_0001);
        scene.add([talk.packet_at(ToServer, seq, 0x10, &[b'x'; 1000])]);
    }
    assert_eq!(read(&scene.file, 4096), 12_003);
}

#[test]
fn a_head_that_never_ends_is_given_up() {
    let (mut scene, mut talk) = (Scene::new(), talk());
    scene.add(talk.open()).add(talk.send(ToServer, b"GET / HTTP/1.1\r\n"));
    for _ in 0..200 {
        scene.add(talk.send(ToServer, format!("A: {}\r\n", "b".repeat(1000)).as_bytes()));
    }
    assert!(scene.text().contains("http-head-bad"), "{}", scene.text());
}

/// Numbers from a seed: the same on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % most.max(1)
    }
}

/// Changes a few octets or pieces in the ways that break decoders.
fn mutate(file: &mut Vec<u8>, chance: &mut Chance) {
    for _ in 0..=chance.below(4) {
        let at = chance.below(file.len());
        let end = (at + chance.below(40)).min(file.len());
        match chance.below(6) {
            0 => file[at] = [0, 1, 0x7f, 0x80, 0xff][chance.below(5)],
            1 => file[at] ^= 1 << chance.below(8),
            2 => drop(file.drain(at..end)),
            3 => {
                let piece = file[at..end].to_vec();
                let to = chance.below(file.len());
                file.splice(to..to, piece);
            }
            4 => file[at..end].fill(0xff),
            _ => file[at..end].reverse(),
        }
    }
}

/// Where `cargo fuzz` cannot be had, this stands in for it: its corpus, changed in a fixed way.
#[test]
fn thousands_of_mutations_of_the_corpus_are_survived() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/capture");
    let mut corpus = vec![sample()];
    for entry in std::fs::read_dir(folder).unwrap() {
        corpus.push(std::fs::read(entry.unwrap().path()).unwrap());
    }
    assert!(corpus.len() >= 3);
    let mut chance = Chance(20_261_127);
    for round in 0..2_000 {
        let mut file = corpus[round % corpus.len()].clone();
        mutate(&mut file, &mut chance);
        read(&file, 1 + chance.below(400));
    }
}
