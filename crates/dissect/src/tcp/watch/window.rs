//! A receiver takes nothing more.

use counterfoil_remark::{Kind, Remark, Severity};

use crate::tcp::segment::{ACK, RST, SYN};

use super::{Ended, Seen, Watch, Watcher, at, name};
use crate::layer::subject;
use crate::message::{Direction, Moment};

/// How long a window is closed before it is remarked, in nanoseconds.
const CLOSED_NS_MIN: i64 = 1_000_000_000;

static CLOSED: Kind = Kind {
    id: "window-closed",
    group: "tcp",
    severity: Severity::Warning,
    title: "A receiver had its window closed for more than a second.",
    page: "The program on that side does not read what arrives: it is stopped, overloaded or \
           waits for something else. The network is not at fault.\n\nLook at that program: its \
           queues, its CPU, what it waits for.",
    reference: "RFC 9293 section 3.8.6",
};

pub(super) static WATCHER: Watcher =
    Watcher { kinds: &[&CLOSED], start: || Box::new(Window::default()) };

#[derive(Default)]
struct Window {
    since: [Option<(Moment, u64)>; 2],
    said: [bool; 2],
}

impl Watch for Window {
    fn segment(&mut self, seen: &Seen<'_>, say: &mut Vec<Remark>) {
        let way = seen.direction.index();
        if seen.segment.has(RST) || seen.segment.has(SYN) || !seen.segment.has(ACK) {
            return;
        }
        if seen.segment.window == 0 {
            self.since[way].get_or_insert((seen.time, seen.frame));
        } else if let Some((since, frame)) = self.since[way].take() {
            self.judge(way, seen.time.since(since), frame, seen.subject(), say);
        }
    }

    fn end(&mut self, ended: &Ended<'_>, say: &mut Vec<Remark>) {
        for way in [0, 1] {
            if let Some((since, frame)) = self.since[way].take() {
                let subject = subject(ended.connection);
                self.judge(way, ended.time.since(since), frame, subject, say);
            }
        }
    }
}

impl Window {
    fn judge(&mut self, way: usize, ns: i64, frame: u64, subject: String, say: &mut Vec<Remark>) {
        if ns < CLOSED_NS_MIN || std::mem::replace(&mut self.said[way], true) {
            return;
        }
        let who = name([Direction::ToServer, Direction::ToClient][way]);
        let seconds = ns as f64 / 1e9;
        let said = format!("{who} took no data for {seconds:.1} seconds");
        say.push(CLOSED.of(subject, said).with_at("first", "window 0", at(frame)));
    }
}
