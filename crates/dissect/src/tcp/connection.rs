//! One connection: its two directions, the layer above, and who watches it.

use std::net::SocketAddr;

use counterfoil_remark::Remark;

use crate::layer::conversation::Conversation;
use crate::layer::{Chunk, End, Gap, How, Out};
use crate::message::{Connection, Direction, Moment};
use crate::outlet::Outlet;
use crate::tree::Span;

use super::half::{Arrival, Budget, Class, Delivery, Half, Taken};
use super::segment::{ACK, FIN, RST, SYN, Segment};
use super::watch::{Ended, Seen, WATCHERS, Watch};
use super::{Carrier, DIRECTIONS};

/// Until how long after the highest segment a late one counts as reordered, in nanoseconds, when
/// the handshake was not seen.
const REORDERING_NS: i64 = 3_000_000;

/// A connection that is followed.
pub(super) struct Tracked {
    connection: Connection,
    halves: [Half; 2],
    conversation: Conversation,
    ended: [bool; 2],
    watches: Vec<Box<dyn Watch>>,
    syn_time: Option<Moment>,
    syn_answered: bool,
    handshake_ns: Option<i64>,
    last: Moment,
}

/// A segment with what is known around it.
struct Come<'a> {
    direction: Direction,
    carrier: &'a Carrier,
    segment: &'a Segment<'a>,
}

impl Tracked {
    /// A connection whose first packet, with or without SYN, was captured at `time`.
    pub(super) fn new(connection: Connection, from_start: bool, time: Moment) -> Self {
        Self {
            connection,
            halves: Default::default(),
            conversation: Conversation::new(connection.server.port(), from_start),
            ended: [false; 2],
            watches: WATCHERS.iter().map(|watcher| (watcher.start)()).collect(),
            syn_time: None,
            syn_answered: false,
            handshake_ns: None,
            last: time,
        }
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn number(&self) -> u64 {
        self.connection.number
    }

    /// When its last packet was captured.
    pub(super) fn last(&self) -> Moment {
        self.last
    }

    /// Whether both directions have ended.
    pub(super) fn is_closed(&self) -> bool {
        self.ended == [true, true]
    }

    /// Which way a packet of `source` goes.
    pub(super) fn direction(&self, source: SocketAddr) -> Direction {
        if source == self.connection.client { Direction::ToServer } else { Direction::ToClient }
    }

    /// Whether a SYN of `source` with this sequence number opens another connection between the
    /// same ports.
    pub(super) fn is_other(&self, source: SocketAddr, seq: u32) -> bool {
        let half = &self.halves[self.direction(source).index()];
        half.first_seq().is_some_and(|first| first != seq.wrapping_add(1))
    }

    /// Takes a segment.
    pub(super) fn segment(
        &mut self,
        direction: Direction,
        carrier: &Carrier,
        segment: &Segment<'_>,
        budget: &mut Budget,
        outlet: &mut Outlet<'_>,
    ) {
        self.last = carrier.time;
        self.time_handshake(direction, carrier, segment);
        if segment.has(ACK) {
            self.halves[direction.reversed().index()].acknowledge(segment.ack);
        }
        let come = Come { direction, carrier, segment };
        if segment.has(RST) {
            outlet.tally.resets += 1;
            self.watch(&come, None, 0, outlet);
            for direction in DIRECTIONS {
                self.end_half(direction, How::Reset, carrier.time, carrier.frame, budget, outlet);
            }
            return;
        }
        let (taken, lost) = self.take(&come, budget, outlet);
        match taken.class {
            Class::Retransmitted => outlet.tally.retransmitted += 1,
            Class::OutOfOrder => outlet.tally.out_of_order += 1,
            Class::KeepAlive => outlet.tally.keep_alives += 1,
            Class::New | Class::Empty => {}
        }
        self.watch(&come, Some(&taken), lost, outlet);
    }

    /// Reassembles, and hands on what is in order. The octets lost that became certain.
    fn take(
        &mut self,
        come: &Come<'_>,
        budget: &mut Budget,
        outlet: &mut Outlet<'_>,
    ) -> (Taken, i64) {
        let Come { direction, carrier, segment } = *come;
        let arrival = Arrival {
            seq: segment.seq.wrapping_add(u32::from(segment.has(SYN))),
            bytes: segment.payload,
            len: segment.payload_len,
            syn: segment.has(SYN),
            fin: segment.has(FIN),
            time: carrier.time,
            frame: carrier.frame,
            reordering_ns: self.handshake_ns.unwrap_or(REORDERING_NS),
        };
        let Self { connection, halves, conversation, ended, .. } = self;
        let is_open = !ended[direction.index()];
        let mut above = Above { direction, carrier, connection, conversation, lost: 0, fin: false };
        let half = &mut halves[direction.index()];
        let taken = half.take(&arrival, budget, &mut |delivery| {
            above.deliver(delivery, is_open, outlet);
        });
        let (lost, fin) = (above.lost, above.fin);
        outlet.tally.lost(lost);
        if fin {
            let Carrier { time, frame, .. } = *carrier;
            self.end_half(direction, How::Closed, time, frame, budget, outlet);
        }
        (taken, lost)
    }

    /// Ends whatever is still open. `time` is that of the capture.
    pub(super) fn finish(&mut self, time: Moment, budget: &mut Budget, outlet: &mut Outlet<'_>) {
        let mut lost = [0; 2];
        for direction in DIRECTIONS {
            let how = How::Unfinished;
            lost[direction.index()] = self.end_half(direction, how, self.last, 0, budget, outlet);
        }
        let mut say = Vec::new();
        self.halves.iter_mut().for_each(|half| half.forget(budget));
        let Self { connection, halves, watches, .. } = self;
        let ended = Ended { connection, halves, lost, time };
        watches.iter_mut().for_each(|watch| watch.end(&ended, &mut say));
        tell(say, outlet);
    }

    /// Ends one direction, if it has not ended yet. The octets lost that became certain.
    fn end_half(
        &mut self,
        direction: Direction,
        how: How,
        time: Moment,
        frame: u64,
        budget: &mut Budget,
        outlet: &mut Outlet<'_>,
    ) -> i64 {
        if std::mem::replace(&mut self.ended[direction.index()], true) {
            return 0;
        }
        let Self { connection, halves, conversation, .. } = self;
        let carrier = &Carrier {
            source: connection.client.ip(),
            destination: connection.server.ip(),
            ttl: 0,
            id: None,
            time,
            frame,
        };
        let mut above = Above { direction, carrier, connection, conversation, lost: 0, fin: false };
        halves[direction.index()].finish(budget, &mut |delivery| {
            above.deliver(delivery, true, outlet);
        });
        let lost = above.lost;
        outlet.tally.lost(lost);
        let end = End { direction, how, time, frame };
        self.conversation.end(&end, &mut outlet.above(&self.connection));
        lost
    }

    fn watch(
        &mut self,
        come: &Come<'_>,
        taken: Option<&Taken>,
        lost: i64,
        outlet: &mut Outlet<'_>,
    ) {
        let Come { direction, carrier, segment } = *come;
        let Self { connection, halves, watches, .. } = self;
        let seen = Seen {
            connection,
            direction,
            segment,
            taken,
            lost,
            ttl: carrier.ttl,
            ip_id: carrier.id,
            time: carrier.time,
            frame: carrier.frame,
            halves,
        };
        let mut say = Vec::new();
        watches.iter_mut().for_each(|watch| watch.segment(&seen, &mut say));
        tell(say, outlet);
    }

    /// Measures from the SYN to the acknowledgement of its answer.
    fn time_handshake(&mut self, direction: Direction, carrier: &Carrier, segment: &Segment<'_>) {
        if self.handshake_ns.is_some() {
            return;
        }
        match (direction, segment.has(SYN)) {
            (Direction::ToServer, true) => self.syn_time = Some(carrier.time),
            (Direction::ToClient, true) => self.syn_answered = true,
            (Direction::ToServer, false) if self.syn_answered && segment.has(ACK) => {
                self.handshake_ns = self.syn_time.map(|since| carrier.time.since(since).max(0));
            }
            _ => {}
        }
    }
}

fn tell(say: Vec<Remark>, outlet: &mut Outlet<'_>) {
    say.into_iter().for_each(|remark| outlet.remark(remark));
}

/// The way to the layer above, for one delivery.
struct Above<'a> {
    direction: Direction,
    carrier: &'a Carrier,
    connection: &'a Connection,
    conversation: &'a mut Conversation,
    lost: i64,
    fin: bool,
}

impl Above<'_> {
    fn deliver(&mut self, delivery: Delivery<'_>, is_open: bool, outlet: &mut Outlet<'_>) {
        let direction = self.direction;
        let place = |offset: i64, len: i64| {
            Span::of("stream", offset.max(0) as u64, (offset + len).max(0) as u64)
        };
        match delivery {
            Delivery::Fin => self.fin = true,
            Delivery::Bytes { offset, bytes, time, frame } if is_open => {
                let span = place(offset, bytes.len() as i64);
                // A message is complete when the frame arrives that makes it so, which is not
                // always the one that holds its end.
                let time = time.max(self.carrier.time);
                let frame = frame.max(self.carrier.frame);
                let chunk = Chunk { direction, bytes, span, time, frame };
                self.conversation.bytes(&chunk, &mut outlet.above(self.connection));
            }
            Delivery::Lost { offset, len } => {
                self.lost += len;
                if is_open {
                    let Carrier { time, frame, .. } = *self.carrier;
                    let gap = Gap { direction, span: place(offset, len), time, frame };
                    self.conversation.lost(&gap, &mut outlet.above(self.connection));
                }
            }
            Delivery::Bytes { .. } => {}
        }
    }
}

impl Outlet<'_> {
    /// Where the layers above a connection put what they find.
    fn above<'b>(&'b mut self, connection: &'b Connection) -> Out<'b> {
        Out {
            context: self.context,
            connection,
            layers: self.layers,
            events: self.events,
            readers: self.readers,
            counts: self.counts,
        }
    }
}
