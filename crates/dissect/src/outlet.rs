//! Where everything that is found goes, and what is counted on the way.

use std::collections::BTreeMap;

use counterfoil_remark::Remark;
use serde::Serialize;

use crate::layer::{Context, Readers};
use crate::message::{Event, Placed};

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Packets in the capture.
    pub packets: u64,
    /// Octets of them on the wire.
    pub octets: u64,
    /// TCP connections.
    pub connections: u64,
    /// TCP segments.
    pub segments: u64,
    /// Segments that were sent again.
    pub retransmitted: u64,
    /// Segments that were overtaken.
    pub out_of_order: u64,
    /// Probes whether the other side is there.
    pub keep_alives: u64,
    /// Gaps in streams.
    pub gaps: u64,
    /// Octets in those gaps.
    pub lost_octets: u64,
    /// Segments with RST.
    pub resets: u64,
    /// UDP datagrams.
    pub udp: u64,
    /// ICMP messages.
    pub icmp: u64,
    /// Packets that are none of these.
    pub other: u64,
    /// IP fragments.
    pub fragments: u64,
    /// Packets of which not all was captured.
    pub cut_packets: u64,
    /// Packets whose headers are cut or contradict themselves.
    pub malformed: u64,
    /// Quiet connections that were given up because there were too many.
    pub connections_forgotten: u64,
}

impl Tally {
    /// Counts a gap of so many octets, if there is one.
    pub(crate) fn lost(&mut self, octets: i64) {
        if octets > 0 {
            self.gaps += 1;
            self.lost_octets += octets as u64;
        }
    }
}

/// Where everything that is found goes.
pub struct Outlet<'a> {
    /// What the user wants and offered.
    pub context: &'a Context,
    /// What was found, in order.
    pub events: &'a mut Vec<Event>,
    /// What reads whole bodies, and remembers those that it read.
    pub readers: &'a mut Readers,
    /// What layers counted, by name.
    pub counts: &'a mut BTreeMap<&'static str, u64>,
    /// What was counted below the layers.
    pub tally: &'a mut Tally,
    /// The layers around the one that writes, kept here so that it is allocated once.
    pub layers: &'a mut Vec<&'static str>,
}

impl Outlet<'_> {
    /// Remarks on a connection or on the capture.
    pub fn remark(&mut self, remark: Remark) {
        self.events.push(Event::Remark(Box::new(Placed { remark, span: None })));
    }
}
