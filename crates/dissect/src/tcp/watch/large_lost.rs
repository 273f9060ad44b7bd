//! Large packets vanish on a path that small ones pass.

use std::collections::VecDeque;

use counterfoil_remark::{Kind, Remark, Severity};

use crate::tcp::half::Class;

use super::{Ended, Seen, Watch, Watcher, at};
use crate::layer::subject;
use crate::message::Direction;

/// How often a segment is sent before its loss counts as certain.
const SENT_MIN: u32 = 4;
/// Smallest segment that counts as large, in octets.
const LARGE_BYTES_MIN: usize = 500;
/// Segments under way whose sizes are remembered, of each direction.
const UNDER_WAY_MAX: usize = 64;

static LARGE_LOST: Kind = Kind {
    id: "large-packets-lost",
    group: "tcp",
    severity: Severity::Error,
    title: "Large packets are lost, again and again, while small ones pass.",
    page: "The path has a link that takes only smaller packets, and the ICMP message that would \
           tell the sender (`fragmentation needed`, `packet too big`) does not reach it. Small \
           requests work and large ones hang: handshakes stop at the certificate, messages with \
           certificates never arrive.\n\nLet that ICMP message through, or clamp the segment size \
           at the router (`--clamp-mss-to-pmtu`), or lower the MTU of the interface. \
           `ping -M do -s SIZE` finds the size that passes.",
    reference: "RFC 2923 section 2.1; RFC 8201",
};

pub(super) static WATCHER: Watcher =
    Watcher { kinds: &[&LARGE_LOST], start: || Box::new(LargeLost::default()) };

#[derive(Default)]
struct LargeLost {
    ways: [Way; 2],
}

#[derive(Default)]
struct Way {
    /// End, octets and first frame of segments that are not acknowledged.
    under_way: VecDeque<(i64, usize, u64)>,
    /// The largest segment that was acknowledged.
    passed_bytes: usize,
    /// Place, octets, and times sent of the segment that is sent again.
    again: Option<(i64, usize, u32)>,
    /// Whether the other side has said anything since that segment was first sent.
    is_heard: bool,
    said: bool,
    mss: Option<u16>,
}

impl Watch for LargeLost {
    fn segment(&mut self, seen: &Seen<'_>, say: &mut Vec<Remark>) {
        let other = seen.direction.reversed().index();
        self.ways[other].is_heard = true;
        self.ways[other].acknowledge(seen.halves[other].acked());
        let way = &mut self.ways[seen.direction.index()];
        way.mss = way.mss.or(seen.segment.mss());
        let len = seen.segment.payload_len;
        let Some(taken) = seen.taken.filter(|_| len > 1) else { return };
        match taken.class {
            Class::New => {
                if way.under_way.len() == UNDER_WAY_MAX {
                    way.under_way.pop_front();
                }
                way.under_way.push_back((taken.offset + len as i64, len, seen.frame));
            }
            Class::Retransmitted => way.sent_again(taken.offset, len, seen, say),
            Class::Empty | Class::OutOfOrder | Class::KeepAlive => {}
        }
    }

    /// Seen from behind the link that loses: the hole is never filled, and all that came is small.
    fn end(&mut self, ended: &Ended<'_>, say: &mut Vec<Remark>) {
        for direction in [Direction::ToServer, Direction::ToClient] {
            let way = &self.ways[direction.index()];
            let half = &ended.halves[direction.index()];
            let lost = ended.lost[direction.index()];
            let largest = way.under_way.iter().map(|(_, len, _)| *len).max().unwrap_or(0);
            let largest = largest.max(way.passed_bytes);
            let is_acknowledged = half.acked() >= half.next();
            if way.said || is_acknowledged || largest == 0 || largest >= LARGE_BYTES_MIN {
                continue;
            }
            if lost as usize >= LARGE_BYTES_MIN.max(2 * largest) {
                let said = format!(
                    "{lost} octets never arrived, and no segment that did has more than {largest}"
                );
                say.push(LARGE_LOST.of(subject(ended.connection), said));
            }
        }
    }
}

impl Way {
    fn acknowledge(&mut self, acked: i64) {
        while let Some((end, len, _)) = self.under_way.front()
            && *end <= acked
        {
            self.passed_bytes = self.passed_bytes.max(*len);
            self.under_way.pop_front();
        }
        if self.again.is_some_and(|(place, ..)| place < acked) {
            self.again = None;
        }
    }

    fn sent_again(&mut self, place: i64, len: usize, seen: &Seen<'_>, say: &mut Vec<Remark>) {
        let times = match self.again {
            Some((known, _, times)) if known == place => times + 1,
            _ => {
                self.is_heard = false;
                2
            }
        };
        self.again = Some((place, len, times));
        let is_large = len >= LARGE_BYTES_MIN && len > self.passed_bytes;
        // The other side is there: it answered before, or speaks while this is lost.
        let is_alive = self.is_heard || seen.half().acked() > 0;
        if self.said || times < SENT_MIN || !is_large || !is_alive {
            return;
        }
        self.said = true;
        let said = format!(
            "{} sent {len} octets {times} times without an acknowledgement; the largest segment \
             that passed has {}",
            seen.sender(),
            self.passed_bytes
        );
        let first = self.under_way.iter().find(|(end, ..)| *end > place).map(|(.., frame)| *frame);
        let remark = LARGE_LOST
            .of(seen.subject(), said)
            .with_at("first", format!("{len} octets"), at(first.unwrap_or(seen.frame)))
            .with_at("last", format!("{len} octets"), at(seen.frame));
        say.push(match self.mss {
            Some(mss) => remark.with("mss", mss.to_string()),
            None => remark,
        });
    }
}
