//! The same data is sent again and again.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::tcp::half::Class;

use super::{Seen, Watch, Watcher, at, name};
use crate::message::Direction;

/// Fewest segments sent again that make a storm.
const RETRANSMITTED_MIN: u64 = 10;
/// Of a direction's segments with data, the share in percent that makes a storm.
const SHARE_PERCENT_MIN: u64 = 10;

static STORM: Kind = Kind {
    id: "retransmission-storm",
    group: "tcp",
    severity: Severity::Warning,
    title: "A tenth or more of a direction's segments had to be sent again.",
    page: "Packets or their acknowledgements are lost on the way. Every loss costs a round trip, \
           and a time-out doubles with each repetition, so that answers become slow and payments \
           run into their own time-outs.\n\nCompare captures of both ends: what one end sent and \
           the other did not get names the part of the network that loses it. Look for a full \
           queue, a duplex mismatch, or a path that cannot carry large packets.",
    reference: "RFC 6298; RFC 5681",
};

pub(super) static WATCHER: Watcher =
    Watcher { kinds: &[&STORM], start: || Box::new(Storm::default()) };

#[derive(Default)]
struct Storm {
    retransmitted: [u64; 2],
    first_frame: [u64; 2],
    said: [bool; 2],
}

impl Watch for Storm {
    fn segment(&mut self, seen: &Seen<'_>, say: &mut Vec<Remark>) {
        if seen.taken.is_none_or(|taken| taken.class != Class::Retransmitted) {
            return;
        }
        let way = seen.direction.index();
        if self.retransmitted[way] == 0 {
            self.first_frame[way] = seen.frame;
        }
        self.retransmitted[way] += 1;
        let (again, all) = (self.retransmitted[way], seen.half().segments);
        if self.said[way] || again < RETRANSMITTED_MIN || again * 100 < all * SHARE_PERCENT_MIN {
            return;
        }
        self.said[way] = true;
        let who = name([Direction::ToServer, Direction::ToClient][way]);
        let said = format!("{who} sent {again} of {all} segments again");
        let remark = STORM
            .of(seen.subject(), said)
            .with_at("first", again.to_string(), at(self.first_frame[way]))
            .with_at("seen", format!("{} percent", again * 100 / all.max(1)), at(seen.frame));
        say.push(remark);
    }
}
