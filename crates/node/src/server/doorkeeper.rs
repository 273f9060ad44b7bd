//! How many connections there are, in all and from each address.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

use super::limits::Limits;
use crate::metrics::Gauge;

/// Counts connections and refuses those above a limit.
#[derive(Debug)]
pub(super) struct Doorkeeper {
    connections_max: usize,
    per_address_max: usize,
    inside: Mutex<Inside>,
    open: Arc<Gauge>,
}

/// Holds no more addresses than there are connections.
#[derive(Debug, Default)]
struct Inside {
    connections: usize,
    by_address: BTreeMap<IpAddr, usize>,
}

/// Why a connection is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closed {
    /// Too many connections.
    Full,
    /// Too many connections from this address.
    FullForAddress,
}

impl Closed {
    /// Stable name, as in metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Full => "connections_max",
            Self::FullForAddress => "connections_per_address_max",
        }
    }
}

impl Doorkeeper {
    pub(super) fn new(limits: &Limits, open: Arc<Gauge>) -> Arc<Self> {
        Arc::new(Self {
            connections_max: limits.connections_max,
            per_address_max: limits.connections_per_address_max,
            inside: Mutex::default(),
            open,
        })
    }

    /// Lets a connection in, for as long as the returned value lives.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Result<Admission, Closed> {
        let address = network_of(address);
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if inside.connections >= self.connections_max {
            return Err(Closed::Full);
        }
        let from_address = inside.by_address.entry(address).or_default();
        if *from_address >= self.per_address_max {
            // With a limit of zero the entry is new and must not stay.
            if *from_address == 0 {
                inside.by_address.remove(&address);
            }
            return Err(Closed::FullForAddress);
        }
        *from_address += 1;
        inside.connections += 1;
        self.open.set(inside.connections.try_into().unwrap_or(i64::MAX));
        Ok(Admission { doorkeeper: Arc::clone(self), address })
    }
}

/// A connection that was let in.
#[derive(Debug)]
pub(super) struct Admission {
    doorkeeper: Arc<Doorkeeper>,
    address: IpAddr,
}

impl Drop for Admission {
    fn drop(&mut self) {
        let mut inside = self.doorkeeper.inside.lock().unwrap_or_else(PoisonError::into_inner);
        inside.connections = inside.connections.saturating_sub(1);
        if let Some(from_address) = inside.by_address.get_mut(&self.address) {
            *from_address = from_address.saturating_sub(1);
            if *from_address == 0 {
                inside.by_address.remove(&self.address);
            }
        }
        self.doorkeeper.open.set(inside.connections.try_into().unwrap_or(i64::MAX));
    }
}

/// What counts as one address: whoever has one IPv6 address usually has its whole /64.
pub(super) fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doorkeeper(all: usize, each: usize) -> Arc<Doorkeeper> {
        let limits =
            Limits { connections_max: all, connections_per_address_max: each, ..Limits::default() };
        Doorkeeper::new(&limits, Arc::default())
    }

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn refuses_above_the_limit_of_an_address_until_one_leaves() {
        let door = doorkeeper(10, 2);
        let first = door.admit(address("192.0.2.1")).unwrap();
        let _second = door.admit(address("192.0.2.1")).unwrap();
        assert_eq!(door.admit(address("192.0.2.1")).unwrap_err(), Closed::FullForAddress);
        let _other = door.admit(address("192.0.2.2")).unwrap();
        drop(first);
        assert!(door.admit(address("192.0.2.1")).is_ok());
    }

    #[test]
    fn refuses_above_the_limit_of_all() {
        let door = doorkeeper(2, 2);
        let _first = door.admit(address("192.0.2.1")).unwrap();
        let second = door.admit(address("192.0.2.2")).unwrap();
        assert_eq!(door.admit(address("192.0.2.3")).unwrap_err(), Closed::Full);
        drop(second);
        assert!(door.admit(address("192.0.2.3")).is_ok());
        assert_eq!(door.open.value(), 1);
    }

    #[test]
    fn one_ipv6_network_counts_as_one_address() {
        let door = doorkeeper(10, 1);
        let _first = door.admit(address("2001:db8:0:1::1")).unwrap();
        assert_eq!(door.admit(address("2001:db8:0:1:f::2")).unwrap_err(), Closed::FullForAddress);
        assert!(door.admit(address("2001:db8:0:2::1")).is_ok());
        let _mapped = door.admit(address("::ffff:192.0.2.1")).unwrap();
        assert_eq!(door.admit(address("192.0.2.1")).unwrap_err(), Closed::FullForAddress);
    }

    #[test]
    fn remembers_no_address_that_has_left() {
        let door = doorkeeper(10, 1);
        drop(door.admit(address("192.0.2.1")).unwrap());
        let closed = doorkeeper(10, 0);
        closed.admit(address("192.0.2.1")).unwrap_err();
        for door in [door, closed] {
            assert!(door.inside.lock().unwrap().by_address.is_empty());
        }
    }
}
