//! A connection does not come about.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::tcp::segment::{ACK, RST, SYN};

use super::{Ended, Seen, Watch, Watcher, at};
use crate::layer::subject;
use crate::message::{Direction, Moment};

static UNANSWERED: Kind = Kind {
    id: "connection-unanswered",
    group: "tcp",
    severity: Severity::Error,
    title: "A connection was asked for, and nobody answered.",
    page: "The server is down, a filter drops the packets, or the way back is broken.\n\nCheck \
           the address and the port, then capture at the server: if the SYN arrives there and \
           is not answered, it is the server's filter or its full queue; if it does not arrive, \
           it is the network.",
    reference: "RFC 9293 section 3.5",
};

static REFUSED: Kind = Kind {
    id: "connection-refused",
    group: "tcp",
    severity: Severity::Error,
    title: "A connection was refused.",
    page: "The machine is there and no program listens on the port, or a filter answers in its \
           place.\n\nStart the program, or correct the port in the settings of whoever asks.",
    reference: "RFC 9293 section 3.5.2",
};

pub(super) static WATCHER: Watcher =
    Watcher { kinds: &[&UNANSWERED, &REFUSED], start: || Box::new(Unanswered::default()) };

/// How long a SYN waits before it counts as unanswered, in nanoseconds.
const WAIT_NS_MIN: i64 = 900_000_000;

#[derive(Default)]
struct Unanswered {
    first: Option<(Moment, u64)>,
    asked: u32,
    is_answered: bool,
}

impl Watch for Unanswered {
    fn segment(&mut self, seen: &Seen<'_>, say: &mut Vec<Remark>) {
        if self.is_answered {
            return;
        }
        match seen.direction {
            Direction::ToServer if seen.segment.has(SYN) && !seen.segment.has(ACK) => {
                self.asked += 1;
                self.first.get_or_insert((seen.time, seen.frame));
            }
            Direction::ToServer => self.is_answered = true,
            Direction::ToClient => {
                self.is_answered = true;
                if let Some((_, frame)) = self.first.filter(|_| seen.segment.has(RST)) {
                    let said = format!("{} refused the connection", seen.connection.server);
                    say.push(REFUSED.of(seen.subject(), said).with_at("asked", "", at(frame)));
                }
            }
        }
    }

    fn end(&mut self, ended: &Ended<'_>, say: &mut Vec<Remark>) {
        let Some((since, frame)) = self.first.filter(|_| !self.is_answered) else { return };
        if self.asked == 1 && ended.time.since(since) < WAIT_NS_MIN {
            return;
        }
        let said = format!("{} SYNs had no answer", self.asked);
        say.push(UNANSWERED.of(subject(ended.connection), said).with_at("first", "", at(frame)));
    }
}
