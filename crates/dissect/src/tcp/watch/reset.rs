//! A connection is reset, and by whom.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::tcp::segment::{RST, SYN};

use super::{Ended, Seen, Watch, Watcher, at, name};
use crate::message::{Direction, Moment};

/// Difference of hop counts that a routing change inside a connection does not explain.
const TTL_DIFFERENCE_MIN: u8 = 3;
/// Packets of a sender that must have been seen to know its usual time to live.
const PACKETS_MIN: u32 = 2;
/// Octets of a farewell (TLS: a close_notify in any suite) that nobody misses who hung up before.
const FAREWELL_OCTETS_MAX: i64 = 64;

static MIDDLEBOX: Kind = Kind {
    id: "reset-by-middlebox",
    group: "tcp",
    severity: Severity::Error,
    title: "A reset bears the address of one side and was not sent by it.",
    page: "Something between the two sides (a firewall, a load balancer, an intrusion prevention \
           system) breaks the connection in the name of one of them. The evidence says why: the \
           reset's time to live differs from the sender's other packets, its identification does \
           not continue theirs, its sequence number is not the sender's, or the sender goes on \
           as if nothing had happened.\n\nNeither payment party is at fault. Ask whoever runs the \
           network for idle time-outs, state tables that overflow, and filters that look into \
           connections.",
    reference: "RFC 9293 section 3.10.7; RFC 5961 section 3",
};

static RESET: Kind = Kind {
    id: "connection-reset",
    group: "tcp",
    severity: Severity::Warning,
    title: "One side broke the connection while data was under way.",
    page: "The sender of the reset closed its socket without reading everything, crashed, or its \
           time-out ran out. What the other side had sent may be lost. A side that has closed \
           before, and resets only a farewell, is not told.\n\nLook into the log of \
           the side that sent the reset at this time.",
    reference: "RFC 9293 section 3.5.3",
};

pub(super) static WATCHER: Watcher =
    Watcher { kinds: &[&MIDDLEBOX, &RESET], start: || Box::new(Reset::default()) };

#[derive(Default)]
struct Reset {
    senders: [Sender; 2],
    reset: Option<Seal>,
    said: bool,
}

/// What is known of the packets of one side.
#[derive(Default, Clone, Copy)]
struct Sender {
    packets: u32,
    ttl_min: u8,
    ttl_max: u8,
    last_id: Option<u32>,
    /// Packets whose identification continued that of the one before.
    ids_in_row: u32,
}

/// The first reset.
#[derive(Clone, Copy)]
struct Seal {
    direction: Direction,
    frame: u64,
    time: Moment,
    /// Whether data was under way.
    is_abrupt: bool,
}

impl Watch for Reset {
    fn segment(&mut self, seen: &Seen<'_>, say: &mut Vec<Remark>) {
        let way = seen.direction.index();
        if seen.segment.has(RST) {
            self.judge(seen, say);
            return;
        }
        if let Some(reset) = self.reset
            && !self.said
            && reset.direction == seen.direction
            && !seen.segment.has(SYN)
            && seen.segment.payload_len > 0
        {
            self.said = true;
            let said = format!("{} went on sending data after its reset", seen.sender());
            let remark = MIDDLEBOX
                .of(seen.subject(), said)
                .with_at("reset", "", at(reset.frame))
                .with_at("data", format!("{} octets", seen.segment.payload_len), at(seen.frame));
            say.push(remark);
        }
        self.senders[way].learn(seen);
    }

    fn end(&mut self, ended: &Ended<'_>, say: &mut Vec<Remark>) {
        let Some(reset) = self.reset.filter(|reset| reset.is_abrupt && !self.said) else { return };
        let said = format!("{} reset the connection", name(reset.direction));
        let subject = crate::layer::subject(ended.connection);
        say.push(RESET.of(subject, said).with_at("reset", reset.time.to_string(), at(reset.frame)));
    }
}

impl Reset {
    fn judge(&mut self, seen: &Seen<'_>, say: &mut Vec<Remark>) {
        if self.reset.is_some() {
            return;
        }
        let sender = self.senders[seen.direction.index()];
        let other = &seen.halves[seen.direction.reversed().index()];
        // Data of the other side that was never acknowledged, or an answer that is incomplete.
        let lost = other.highest() - other.acked();
        let is_farewell = seen.half().has_fin() && lost <= FAREWELL_OCTETS_MAX + 1;
        let is_abrupt = (lost > 1 && !is_farewell) || seen.half().held_bytes() > 0;
        let Seen { direction, frame, time, .. } = *seen;
        self.reset = Some(Seal { direction, frame, time, is_abrupt });
        if sender.packets < PACKETS_MIN {
            return;
        }
        let distance = distance(seen.ttl, &sender);
        if distance < TTL_DIFFERENCE_MIN {
            return;
        }
        self.said = true;
        let said = format!(
            "a reset in the name of {} has time to live {}, its other packets {}",
            seen.sender(),
            seen.ttl,
            sender.ttl_min
        );
        let mut remark = MIDDLEBOX
            .of(seen.subject(), said)
            .with("expected_ttl", format!("{}..{}", sender.ttl_min, sender.ttl_max))
            .with_at("seen_ttl", seen.ttl.to_string(), at(seen.frame));
        if let (Some(last), Some(id)) = (sender.last_id, seen.ip_id)
            && sender.ids_in_row > 0
            && id.wrapping_sub(last) as u16 > 64
        {
            remark = remark.with("expected_ip_id", format!("after {last}"));
            remark = remark.with_at("seen_ip_id", id.to_string(), at(seen.frame));
        }
        let place = seen.half().place(seen.segment.seq);
        if place != seen.half().highest() && place != seen.half().next() {
            let off = place - seen.half().highest();
            remark = remark.with("sequence", format!("{off} octets from the sender's"));
        }
        say.push(remark);
    }
}

impl Sender {
    fn learn(&mut self, seen: &Seen<'_>) {
        if self.packets == 0 {
            (self.ttl_min, self.ttl_max) = (seen.ttl, seen.ttl);
        }
        self.packets = self.packets.saturating_add(1);
        self.ttl_min = self.ttl_min.min(seen.ttl);
        self.ttl_max = self.ttl_max.max(seen.ttl);
        if let (Some(last), Some(id)) = (self.last_id, seen.ip_id)
            && (1..=64).contains(&(id.wrapping_sub(last) as u16))
        {
            self.ids_in_row = self.ids_in_row.saturating_add(1);
        }
        self.last_id = seen.ip_id.or(self.last_id);
    }
}

/// How far a time to live is from the ones seen before.
fn distance(ttl: u8, sender: &Sender) -> u8 {
    match ttl {
        _ if ttl < sender.ttl_min => sender.ttl_min - ttl,
        _ if ttl > sender.ttl_max => ttl - sender.ttl_max,
        _ => 0,
    }
}
