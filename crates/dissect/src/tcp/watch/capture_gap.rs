//! Octets of a stream are not in the capture.

use counterfoil_remark::{Kind, Remark, Severity};

use super::{Ended, Seen, Watch, Watcher, at, name};
use crate::layer::subject;
use crate::message::Direction;

static GAP: Kind = Kind {
    id: "stream-gap",
    group: "tcp",
    severity: Severity::Warning,
    title: "Octets of a stream are missing from the capture.",
    page: "If the receiver acknowledged them, they arrived and only the capture lacks them: it \
           was made on one of several paths, its buffer overflowed, or packets were cut by a \
           snap length. Otherwise they were lost on the way and never sent again. Messages with \
           missing octets are marked as incomplete.\n\nCapture again with `tcpdump -s 0 -B 65536` \
           at a place that sees both directions.",
    reference: "RFC 9293 section 3.4",
};

pub(super) static WATCHER: Watcher = Watcher { kinds: &[&GAP], start: || Box::new(Gap::default()) };

#[derive(Default)]
struct Gap {
    said: [bool; 2],
}

impl Gap {
    fn say(&mut self, way: usize, lost: i64, acked: bool, subject: String) -> Option<Remark> {
        if lost == 0 || std::mem::replace(&mut self.said[way], true) {
            return None;
        }
        let who = name([Direction::ToServer, Direction::ToClient][way]);
        let also =
            if acked { "acknowledged, so only the capture lacks them" } else { "not acknowledged" };
        Some(GAP.of(subject, format!("{lost} octets that {who} sent are missing: {also}")))
    }
}

impl Watch for Gap {
    fn segment(&mut self, seen: &Seen<'_>, say: &mut Vec<Remark>) {
        let half = seen.half();
        let acked = half.acked() >= half.next();
        if seen.lost > 0
            && let Some(remark) = self.say(seen.direction.index(), seen.lost, acked, seen.subject())
        {
            say.push(remark.with_at("seen", format!("{} octets", seen.lost), at(seen.frame)));
        }
    }

    fn end(&mut self, ended: &Ended<'_>, say: &mut Vec<Remark>) {
        for way in [0, 1] {
            let half = &ended.halves[way];
            let acked = half.acked() >= half.next();
            say.extend(self.say(way, ended.lost[way], acked, subject(ended.connection)));
        }
    }
}
