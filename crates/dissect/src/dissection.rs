//! A capture on its way through all layers: octets in, events out.

use std::collections::BTreeMap;

use counterfoil_remark::{Kind, Severity};

use crate::capture::{self, CaptureError, Packet, Reader, Sink};
use crate::layer::{self, Context, Readers};
use crate::limit::REMARKS_OF_A_KIND_MAX;
use crate::message::{Event, Moment};
use crate::net::fragment::{Fragments, Outcome};
use crate::net::ip::{self, ICMP, ICMPV6, TCP, UDP};
use crate::net::link::{self, Inside};
use crate::outlet::{Outlet, Tally};
use crate::tcp::segment::Segment;
use crate::tcp::watch::WATCHERS;
use crate::tcp::{Carrier, Connections};

static PACKETS_CUT: Kind = Kind {
    id: "packets-cut",
    group: "capture",
    severity: Severity::Warning,
    title: "Packets were captured only in part.",
    page: "The capture was made with a snap length. What lies beyond it is missing from streams, \
           so that messages cannot be read whole.\n\nCapture again with `tcpdump -s 0`.",
    reference: "draft-ietf-opsawg-pcap section 4",
};

static LINK_UNKNOWN: Kind = Kind {
    id: "link-unknown",
    group: "capture",
    severity: Severity::Error,
    title: "The link layer of the capture is not one that is read.",
    page: "Ethernet, Linux cooked captures, loopback and raw IP are read. Packets of other link \
           layers are counted and not looked into.\n\nCapture on an interface of those kinds, \
           such as `any`.",
    reference: "https://www.tcpdump.org/linktypes.html",
};

static FRAGMENT_CONFLICT: Kind = Kind {
    id: "fragments-differ",
    group: "ip",
    severity: Severity::Error,
    title: "Fragments of one packet disagree about the same octets.",
    page: "No sender does that. Something rewrites fragments on the way, identifications are \
           used again too soon, or somebody tries to show one thing to a filter and another to \
           the receiver. What came first is shown.\n\nAvoid fragments: lower the MTU of the \
           sender.",
    reference: "RFC 8200 section 4.5; RFC 5722",
};

static TOO_BIG: Kind = Kind {
    id: "packet-too-big",
    group: "ip",
    severity: Severity::Notice,
    title: "A router says that a packet was too big for its next link.",
    page: "The sender should send smaller packets from then on. If it does not, a filter keeps \
           the message from it, and large packets are lost: see large-packets-lost.",
    reference: "RFC 1191 section 3; RFC 8201 section 4",
};

static FORGOTTEN: Kind = Kind {
    id: "connections-forgotten",
    group: "capture",
    severity: Severity::Warning,
    title: "More connections are open than are followed at a time.",
    page: "The quietest ones were given up to keep memory bounded. If one speaks again it counts \
           as a new one that is seen from its middle.\n\nCapture with a filter for the hosts that \
           matter.",
    reference: "limit::CONNECTIONS_MAX",
};

const KINDS: &[&Kind] = &[&PACKETS_CUT, &LINK_UNKNOWN, &FRAGMENT_CONFLICT, &TOO_BIG, &FORGOTTEN];

/// Everything that can be remarked, of every layer.
pub fn kinds() -> Vec<&'static Kind> {
    let mut kinds: Vec<&'static Kind> = capture::KINDS.to_vec();
    kinds.extend(KINDS);
    kinds.extend(WATCHERS.iter().flat_map(|watcher| watcher.kinds));
    kinds.extend(layer::kinds());
    kinds
}

/// A capture on its way through all layers.
#[derive(Default)]
pub struct Dissection {
    reader: Reader,
    path: Path,
}

/// Everything between the file and the events.
#[derive(Default)]
struct Path {
    context: Context,
    fragments: Fragments,
    connections: Connections,
    events: Vec<Event>,
    readers: Readers,
    counts: BTreeMap<&'static str, u64>,
    tally: Tally,
    layers: Vec<&'static str>,
    last: Moment,
    first: Option<Moment>,
    /// Kinds that are said of the capture once.
    said: Vec<&'static str>,
    told: BTreeMap<&'static str, u64>,
    remarks: [u64; 3],
}

/// What a whole capture came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// What was counted below the layers.
    pub tally: Tally,
    /// What layers counted, by name.
    pub counts: BTreeMap<&'static str, u64>,
    /// Remarks by severity: notices, warnings, errors.
    pub remarks: [u64; 3],
    /// The first and the last packet.
    pub times: Option<(Moment, Moment)>,
}

impl Dissection {
    /// Begins.
    pub fn new(context: Context) -> Self {
        Self { reader: Reader::default(), path: Path { context, ..Path::default() } }
    }

    /// Takes the next octets of the capture file, in chunks of any size.
    ///
    /// # Errors
    /// [`CaptureError`] when the file is no capture; never after its first packet.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), CaptureError> {
        self.reader.feed(bytes, &mut self.path)
    }

    /// Says that the file has ended; `cut` says why it ended too early, if it did.
    ///
    /// # Errors
    /// [`CaptureError`] when it was no capture.
    pub fn finish(&mut self, cut: Option<&str>) -> Result<(), CaptureError> {
        self.reader.finish(cut, &mut self.path)?;
        let last = self.path.last;
        let Path { connections, .. } = &mut self.path;
        let mut connections = std::mem::take(connections);
        connections.finish(last, &mut self.path.outlet());
        self.path.connections = connections;
        let cut = self.path.tally.cut_packets;
        if cut > 0 {
            let said = format!("{cut} packets were captured only in part");
            self.path.say_once(&PACKETS_CUT, &said);
        }
        let forgotten = self.path.tally.connections_forgotten;
        if forgotten > 0 {
            let said = format!("{forgotten} quiet connections were given up");
            self.path.say_once(&FORGOTTEN, &said);
        }
        Ok(())
    }

    /// Takes the events since the last call. Of each kind of remark on its own only
    /// [`REMARKS_OF_A_KIND_MAX`] come out; all are counted.
    pub fn events(&mut self) -> Vec<Event> {
        let mut events = std::mem::take(&mut self.path.events);
        events.retain(|event| self.path.is_told(event));
        events
    }

    /// What has been counted so far.
    pub fn summary(&self) -> Summary {
        let Path { tally, counts, remarks, first, last, connections, .. } = &self.path;
        let tally = Tally {
            packets: self.reader.frames(),
            connections: connections.opened(),
            ..tally.clone()
        };
        let times = first.map(|first| (first, *last));
        Summary { tally, counts: counts.clone(), remarks: *remarks, times }
    }
}

impl Path {
    fn outlet(&mut self) -> Outlet<'_> {
        let Self { context, events, readers, counts, tally, layers, .. } = self;
        Outlet { context, events, readers, counts, tally, layers }
    }

    /// Counts the remarks of an event; whether it is to be told.
    fn is_told(&mut self, event: &Event) -> bool {
        let mut count = |severity: Severity| self.remarks[severity as usize] += 1;
        match event {
            Event::Message(message) => {
                message.remarks.iter().for_each(|placed| count(placed.remark.severity));
                true
            }
            Event::Remark(placed) => {
                count(placed.remark.severity);
                let told = self.told.entry(placed.remark.id).or_default();
                *told += 1;
                *told <= REMARKS_OF_A_KIND_MAX
            }
        }
    }

    fn say_once(&mut self, kind: &'static Kind, said: &str) {
        if !self.said.contains(&kind.id) {
            self.said.push(kind.id);
            self.outlet().remark(kind.of("capture", said));
        }
    }

    fn ip(&mut self, bytes: &[u8], wire_len: usize, frame: &Packet<'_>) {
        let Ok(packet) = ip::read(bytes, wire_len) else {
            self.tally.malformed += 1;
            return;
        };
        let carrier = Carrier {
            source: packet.source,
            destination: packet.destination,
            ttl: packet.ttl,
            id: packet.id,
            time: frame.time,
            frame: frame.frame,
        };
        let Some(fragment) = packet.fragment else {
            self.payload(packet.protocol, packet.payload, packet.payload_len, &carrier);
            return;
        };
        self.tally.fragments += 1;
        match self.fragments.take(&packet, fragment, frame.time) {
            Outcome::Whole(payload) => {
                self.payload(packet.protocol, &payload, payload.len(), &carrier);
            }
            Outcome::Waits => {}
            Outcome::Malformed => self.tally.malformed += 1,
            Outcome::Conflicts => {
                let subject = format!("{} > {}", packet.source, packet.destination);
                let said = "a fragment repeats octets of another, differently";
                let at = format!("frame {}", frame.frame);
                let id = packet.id.unwrap_or_default().to_string();
                let remark = FRAGMENT_CONFLICT.of(subject, said).with_at("id", id, at);
                self.outlet().remark(remark);
            }
        }
    }

    fn payload(&mut self, protocol: u8, payload: &[u8], wire_len: usize, carrier: &Carrier) {
        match protocol {
            TCP => match Segment::read(payload, wire_len) {
                Some(segment) => {
                    self.tally.segments += 1;
                    let Self {
                        connections, context, events, readers, counts, tally, layers, ..
                    } = self;
                    let mut outlet = Outlet { context, events, readers, counts, tally, layers };
                    connections.segment(carrier, &segment, &mut outlet);
                }
                None => self.tally.malformed += 1,
            },
            UDP => self.tally.udp += 1,
            ICMP | ICMPV6 => {
                self.tally.icmp += 1;
                self.icmp(protocol, payload, carrier);
            }
            _ => self.tally.other += 1,
        }
    }

    /// Looks for the messages that path MTU discovery lives on.
    fn icmp(&mut self, protocol: u8, payload: &[u8], carrier: &Carrier) {
        let Some(header) = payload.first_chunk::<8>() else { return };
        let mtu = match (protocol, header[0], header[1]) {
            (ICMP, 3, 4) => u32::from(u16::from_be_bytes([header[6], header[7]])),
            (ICMPV6, 2, _) => u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
            _ => return,
        };
        let Carrier { source, destination, frame, .. } = carrier;
        let said = format!("{source} tells {destination} that its next link takes {mtu} octets");
        let remark = TOO_BIG.of(format!("{source} > {destination}"), said);
        let remark = remark.with_at("mtu", mtu.to_string(), format!("frame {frame}"));
        self.outlet().remark(remark);
    }
}

impl Sink for Path {
    fn packet(&mut self, packet: &Packet<'_>) {
        self.first.get_or_insert(packet.time);
        self.last = packet.time;
        self.tally.octets += u64::from(packet.wire_len);
        if packet.bytes.len() < packet.wire_len as usize {
            self.tally.cut_packets += 1;
        }
        match link::inside(packet.link, packet.bytes) {
            Inside::Ip(at) => {
                let bytes = packet.bytes.get(at..).unwrap_or_default();
                self.ip(bytes, (packet.wire_len as usize).saturating_sub(at), packet);
            }
            Inside::Other => self.tally.other += 1,
            Inside::Cut => self.tally.malformed += 1,
            Inside::UnknownLink => {
                self.tally.other += 1;
                self.say_once(&LINK_UNKNOWN, &format!("link type {} is not read", packet.link));
            }
        }
    }

    fn key_log(&mut self, content: &[u8]) {
        // A block without a secret that can be used is no fault of the capture.
        let _ = self.context.keys.offer("the capture", content);
    }

    fn remark(&mut self, kind: &'static Kind, summary: String, octet: u64) {
        let at = format!("octet {octet}");
        self.outlet().remark(kind.of("capture", summary).with_at("seen", "", at));
    }
}
