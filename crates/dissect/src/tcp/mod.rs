//! TCP connections: segments in, ordered octets of both directions out to the layers above.

mod connection;
pub mod half;
pub mod segment;
pub mod watch;

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};

use crate::limit::{CLOSED_CONNECTIONS_MAX, CONNECTIONS_MAX, LINGER_NS_MAX};
use crate::message::{Connection, Direction, Moment};
use crate::outlet::Outlet;

use connection::Tracked;
use half::Budget;
use segment::{ACK, SYN, Segment};

/// The packet that a segment came in.
#[derive(Debug, Clone, Copy)]
pub struct Carrier {
    /// Who sent it.
    pub source: IpAddr,
    /// For whom.
    pub destination: IpAddr,
    /// Time to live or hop limit.
    pub ttl: u8,
    /// Its identification, if it has one.
    pub id: Option<u32>,
    /// When it was captured.
    pub time: Moment,
    /// Its frame.
    pub frame: u64,
}

/// Both ends of a connection, the lesser first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Ends(SocketAddr, SocketAddr);

/// Every connection that is open, or was until a short while ago.
#[derive(Default)]
pub struct Connections {
    table: BTreeMap<Ends, usize>,
    slots: Vec<Option<Box<Tracked>>>,
    free: Vec<usize>,
    /// Closed ones, oldest first: when, where, and which number it has.
    closed: VecDeque<(Moment, usize, u64)>,
    opened: u64,
    budget: Budget,
    /// Packets come in rows of the same connection.
    last: Option<(Ends, usize)>,
}

impl Connections {
    /// Connections so far.
    pub fn opened(&self) -> u64 {
        self.opened
    }

    /// Connections that are held now.
    pub fn held(&self) -> usize {
        self.table.len()
    }

    /// Takes a segment.
    pub fn segment(&mut self, carrier: &Carrier, segment: &Segment<'_>, outlet: &mut Outlet<'_>) {
        let source = SocketAddr::new(carrier.source, segment.source_port);
        let destination = SocketAddr::new(carrier.destination, segment.destination_port);
        let ends = Ends(source.min(destination), source.max(destination));
        let known = match self.last {
            Some((last, slot)) if last == ends => Some(slot),
            _ => self.table.get(&ends).copied(),
        };
        let is_new = |tracked: &Tracked| {
            segment.has(SYN) && !segment.has(ACK) && tracked.is_other(source, segment.seq)
        };
        let slot = match known {
            Some(slot) if self.slots[slot].as_deref().is_some_and(|known| !is_new(known)) => slot,
            Some(slot) => {
                self.remove(slot, ends, carrier.time, outlet);
                self.open(ends, source, destination, segment, carrier, outlet)
            }
            None => self.open(ends, source, destination, segment, carrier, outlet),
        };
        self.last = Some((ends, slot));
        let Some(tracked) = self.slots[slot].as_deref_mut() else { return };
        let was_closed = tracked.is_closed();
        let direction = tracked.direction(source);
        tracked.segment(direction, carrier, segment, &mut self.budget, outlet);
        if tracked.is_closed() && !was_closed {
            self.closed.push_back((carrier.time, slot, tracked.number()));
        }
    }

    /// Ends every connection that is still open.
    pub fn finish(&mut self, time: Moment, outlet: &mut Outlet<'_>) {
        let mut rest: Vec<Box<Tracked>> = self.slots.iter_mut().filter_map(Option::take).collect();
        rest.sort_by_key(|tracked| tracked.number());
        for mut tracked in rest {
            tracked.finish(time, &mut self.budget, outlet);
        }
        *self = Self { opened: self.opened, ..Self::default() };
    }

    fn open(
        &mut self,
        ends: Ends,
        source: SocketAddr,
        destination: SocketAddr,
        segment: &Segment<'_>,
        carrier: &Carrier,
        outlet: &mut Outlet<'_>,
    ) -> usize {
        self.make_room(carrier.time, outlet);
        let from_client = match (segment.has(SYN), segment.has(ACK)) {
            (true, is_answer) => !is_answer,
            // In the middle: servers have the lower ports.
            (false, _) => segment.destination_port <= segment.source_port,
        };
        let (client, server) = match from_client {
            true => (source, destination),
            false => (destination, source),
        };
        let connection = Connection { number: self.opened, client, server };
        self.opened += 1;
        let tracked = Box::new(Tracked::new(connection, segment.has(SYN), carrier.time));
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot] = Some(tracked);
                slot
            }
            None => {
                self.slots.push(Some(tracked));
                self.slots.len() - 1
            }
        };
        self.table.insert(ends, slot);
        slot
    }

    fn remove(&mut self, slot: usize, ends: Ends, time: Moment, outlet: &mut Outlet<'_>) {
        if let Some(mut tracked) = self.slots[slot].take() {
            tracked.finish(time, &mut self.budget, outlet);
            self.table.remove(&ends);
            self.free.push(slot);
        }
        self.last = None;
    }

    /// Forgets connections that closed long ago, and the quietest ones when there are too many.
    fn make_room(&mut self, time: Moment, outlet: &mut Outlet<'_>) {
        while let Some(&(since, slot, number)) = self.closed.front()
            && (time.since(since) > LINGER_NS_MAX
                || self.closed.len() > CLOSED_CONNECTIONS_MAX
                || self.table.len() >= CONNECTIONS_MAX)
        {
            self.closed.pop_front();
            let known = self.slots[slot].as_deref().filter(|known| known.number() == number);
            if let Some(ends) = known.map(|known| ends_of(known.connection())) {
                self.remove(slot, ends, time, outlet);
            }
        }
        if self.table.len() < CONNECTIONS_MAX {
            return;
        }
        let held = self.slots.iter().enumerate();
        let mut quiet: Vec<(Moment, usize)> =
            held.filter_map(|(slot, known)| Some((known.as_deref()?.last(), slot))).collect();
        quiet.sort_unstable();
        for (_, slot) in quiet.into_iter().take(CONNECTIONS_MAX / 8) {
            if let Some(ends) = self.slots[slot].as_deref().map(|known| ends_of(known.connection()))
            {
                outlet.tally.connections_forgotten += 1;
                self.remove(slot, ends, time, outlet);
            }
        }
    }
}

fn ends_of(connection: &Connection) -> Ends {
    let Connection { client, server, .. } = *connection;
    Ends(client.min(server), client.max(server))
}

/// Both directions, in the order of their index.
const DIRECTIONS: [Direction; 2] = [Direction::ToServer, Direction::ToClient];
