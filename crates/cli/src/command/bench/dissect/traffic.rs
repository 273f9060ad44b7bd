//! A capture made up from a seed: what a payment service's network looks like on a bad day.
//!
//! Connections with HTTP exchanges, several at a time. Of the segments with data some are lost
//! before the place of the capture and come again, by time-out or after duplicate
//! acknowledgements; some are lost behind it and are seen twice; some are overtaken. How many of
//! each is counted while it is written.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{self, Write};
use std::net::SocketAddr;

use counterfoil_dissect::capture::write::{PCAP_HEADER, SEGMENT_BYTES, Talk, record};
use counterfoil_dissect::message::{Direction, Moment};
use counterfoil_dissect::tcp::segment::ACK;
use serde::Serialize;

/// The time of the first packet, in nanoseconds: 2026-11-27T12:00:00Z.
const START_NS: i64 = 1_795_780_800_000_000_000;
const MS: i64 = 1_000_000;
/// Pushes control bit.
const PSH: u8 = 0x08;

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// Packets.
    pub packets: u64,
    /// Connections.
    pub connections: u64,
    /// HTTP requests.
    pub http_requests: u64,
    /// Segments that were sent again.
    pub retransmitted: u64,
    /// Segments that were overtaken.
    pub out_of_order: u64,
}

/// Writes a capture of at least so many octets. Holds only the connections under way.
pub fn write(seed: u64, octets: u64, file: &mut impl Write) -> io::Result<Truth> {
    let mut traffic = Traffic {
        chance: Chance(seed | 1),
        waiting: BinaryHeap::new(),
        order: 0,
        truth: Truth::default(),
        start: START_NS,
    };
    file.write_all(&PCAP_HEADER)?;
    let mut written = PCAP_HEADER.len() as u64;
    while written < octets {
        traffic.connection();
        written += traffic.flush(traffic.start, file)?;
    }
    traffic.flush(i64::MAX, file)?;
    Ok(traffic.truth)
}

/// Numbers from a seed (xorshift64*): the same on every machine.
struct Chance(u64);

impl Chance {
    /// A number below `most`.
    fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % most.max(1)
    }

    fn between(&mut self, least: i64, most: i64) -> i64 {
        least + self.below((most - least) as u64 + 1) as i64
    }
}

/// A packet that waits for those before it: time, order of making, frame.
type Waiting = Reverse<(i64, u64, Vec<u8>)>;

struct Traffic {
    chance: Chance,
    waiting: BinaryHeap<Waiting>,
    order: u64,
    truth: Truth,
    /// When the next connection opens.
    start: i64,
}

/// A connection that is being written.
struct Line {
    talk: Talk,
    /// The time on the line.
    now: i64,
    round_trip: i64,
}

impl Traffic {
    /// Writes everything before `until`; the octets.
    fn flush(&mut self, until: i64, file: &mut impl Write) -> io::Result<u64> {
        let mut octets = Vec::new();
        while self.waiting.peek().is_some_and(|Reverse((time, ..))| *time < until) {
            if let Some(Reverse((time, _, frame))) = self.waiting.pop() {
                record(Moment(time), &frame, &mut octets);
                self.truth.packets += 1;
            }
        }
        file.write_all(&octets)?;
        Ok(octets.len() as u64)
    }

    fn put(&mut self, time: i64, frame: Vec<u8>) {
        self.order += 1;
        self.waiting.push(Reverse((time, self.order, frame)));
    }

    /// One connection from its SYN to its end.
    fn connection(&mut self) {
        let number = self.truth.connections;
        self.truth.connections += 1;
        self.start += self.chance.between(1, 20) * MS;
        let client = [10, 1, (number >> 8) as u8, number as u8];
        let port = 1024 + (number % 60_000) as u16;
        let server = [10, 9, 0, (number % 4) as u8];
        let first = [self.chance.below(1 << 32) as u32, self.chance.below(1 << 32) as u32];
        let talk =
            Talk::new(SocketAddr::from((client, port)), SocketAddr::from((server, 80)), first);
        let round_trip = self.chance.between(4, 40) * MS;
        let mut line = Line { talk, now: self.start, round_trip };
        for frame in line.talk.open() {
            let time = line.now;
            line.now += round_trip / 2;
            self.put(time, frame);
        }
        for _ in 0..self.chance.between(1, 12) {
            self.exchange(&mut line);
            line.now += self.chance.between(1, 400) * MS;
        }
        for frame in line.talk.close() {
            let time = line.now;
            line.now += round_trip / 2;
            self.put(time, frame);
        }
    }

    fn exchange(&mut self, line: &mut Line) {
        self.truth.http_requests += 1;
        let number = self.truth.http_requests;
        let request = match self.chance.below(3) {
            0 => {
                format!("GET /orders/{number} HTTP/1.1\r\nHost: shop.example\r\n\r\n").into_bytes()
            }
            _ => {
                let body = self.chance.between(200, 6_000) as usize;
                let head = format!(
                    "POST /set/payment/{number} HTTP/1.1\r\nHost: shop.example\r\n\
                     Content-Type: application/octet-stream\r\nContent-Length: {body}\r\n\r\n"
                );
                [head.as_bytes(), &self.filler(body)].concat()
            }
        };
        self.data(line, Direction::ToServer, &request);
        line.now += self.chance.between(1, 80) * MS;
        let body = self.chance.between(100, 24_000) as usize;
        let content = self.filler(body);
        let answer = match self.chance.below(2) {
            0 => [
                format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\
                     Content-Length: {body}\r\n\r\n"
                )
                .as_bytes(),
                &content,
            ]
            .concat(),
            _ => chunked(&content),
        };
        self.data(line, Direction::ToClient, &answer);
    }

    /// Octets that are no text and nothing that any protocol begins with.
    fn filler(&mut self, len: usize) -> Vec<u8> {
        let seed = self.chance.below(128) as u8;
        (0..len).map(|at| 0x80 | (seed ^ (at as u8).wrapping_mul(31))).collect()
    }

    /// Data in segments, each acknowledged or lost.
    fn data(&mut self, line: &mut Line, direction: Direction, data: &[u8]) {
        let segments: Vec<&[u8]> = data.chunks(SEGMENT_BYTES).collect();
        let mut at = 0;
        while at < segments.len() {
            let is_last = at + 1 == segments.len();
            match self.chance.below(100) {
                0 if !is_last => {
                    self.lost(line, direction, segments[at], segments[at + 1]);
                    at += 1;
                }
                // One octet again would be a keep-alive to any observer.
                1 if segments[at].len() > 1 => self.seen_twice(line, direction, segments[at]),
                2 if !is_last => {
                    self.overtaken(line, direction, segments[at], segments[at + 1]);
                    at += 1;
                }
                _ => {
                    let frame = line.talk.packet(direction, ACK | PSH, segments[at]);
                    self.put(line.now, frame);
                }
            }
            line.now += 60_000;
            if at % 2 == 1 {
                self.acknowledge(line, direction);
            }
            at += 1;
        }
        self.acknowledge(line, direction);
    }

    fn acknowledge(&mut self, line: &mut Line, direction: Direction) {
        let frame = line.talk.acknowledge(direction.reversed());
        line.now += line.round_trip / 4;
        self.put(line.now, frame);
        line.now += line.round_trip / 4;
    }

    /// Lost before the capture: the one after it is seen first, the receiver repeats what it
    /// expects, and the lost one comes again, by then or after a time-out.
    fn lost(&mut self, line: &mut Line, direction: Direction, one: &[u8], two: &[u8]) {
        let (way, back) = (direction.index(), direction.reversed());
        let seq = line.talk.next[way];
        line.talk.next[way] = seq.wrapping_add(one.len() as u32);
        let second = line.talk.packet(direction, ACK | PSH, two);
        self.put(line.now, second);
        let after = std::mem::replace(&mut line.talk.next[way], seq);
        let is_told = self.chance.below(2) == 0;
        if is_told {
            for _ in 0..4 {
                line.now += line.round_trip / 2;
                let repeated = line.talk.acknowledge(back);
                self.put(line.now, repeated);
            }
            line.now += MS;
        } else {
            line.now += line.round_trip + 210 * MS;
        }
        let again = line.talk.packet_at(direction, seq, ACK | PSH, one);
        self.put(line.now, again);
        line.talk.next[way] = after;
        self.truth.retransmitted += 1;
    }

    /// Lost behind the capture: seen, and seen again after a time-out.
    fn seen_twice(&mut self, line: &mut Line, direction: Direction, data: &[u8]) {
        let seq = line.talk.next[direction.index()];
        let frame = line.talk.packet(direction, ACK | PSH, data);
        self.put(line.now, frame);
        line.now += 220 * MS;
        let again = line.talk.packet_at(direction, seq, ACK | PSH, data);
        self.put(line.now, again);
        self.truth.retransmitted += 1;
    }

    /// The second is captured first.
    fn overtaken(&mut self, line: &mut Line, direction: Direction, one: &[u8], two: &[u8]) {
        let first = line.talk.packet(direction, ACK, one);
        let second = line.talk.packet(direction, ACK | PSH, two);
        self.put(line.now, second);
        line.now += 100_000;
        self.put(line.now, first);
        self.truth.out_of_order += 1;
    }
}

/// A body in chunks of four kilobytes.
fn chunked(content: &[u8]) -> Vec<u8> {
    let mut answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\
                       Transfer-Encoding: chunked\r\n\r\n"
        .to_vec();
    for chunk in content.chunks(4096) {
        answer.extend(format!("{:x}\r\n", chunk.len()).as_bytes());
        answer.extend(chunk);
        answer.extend(b"\r\n");
    }
    answer.extend(b"0\r\n\r\n");
    answer
}
