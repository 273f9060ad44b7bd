//! Who calls a party's listeners, address by address: how many connections, how many of them ever
//! asked for anything, and what was answered. And who is not let in.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;
use tokio::sync::watch;

use super::doorkeeper::network_of;

/// Addresses that are remembered; of more, those that were away longest are forgotten.
pub const VISITORS_MAX: usize = 1_024;

/// The visitors of one party's listeners.
#[derive(Debug)]
pub struct Visitors {
    started: Instant,
    known: Mutex<BTreeMap<(&'static str, IpAddr), Arc<Tally>>>,
    denied: watch::Sender<BTreeSet<IpAddr>>,
}

/// What one address did at one listener.
#[derive(Debug, Default)]
pub(super) struct Tally {
    open: AtomicI64,
    unused: AtomicI64,
    slow: AtomicI64,
    opened: AtomicU64,
    turned_away: AtomicU64,
    handshakes_failed: AtomicU64,
    answered: AtomicU64,
    refused: AtomicU64,
    timed_out: AtomicU64,
    /// Seconds after the start when it came last.
    came_s: AtomicU64,
}

/// A visitor as operators see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Visitor {
    /// The listener: `set`, `bank`, `operations`.
    pub listener: &'static str,
    /// An IPv4 address or an IPv6 /64.
    pub address: IpAddr,
    /// Connections now.
    pub open: i64,
    /// Of these, connections on which nothing was asked yet.
    pub unused: i64,
    /// Of these, connections whose request has begun and not ended.
    pub slow: i64,
    /// Connections since the party's start.
    pub opened: u64,
    /// Connections for which there was no room; of denied addresses none is counted.
    pub turned_away: u64,
    /// TLS handshakes that failed or took too long.
    pub handshakes_failed: u64,
    /// Requests that were answered.
    pub answered: u64,
    /// Requests that were refused before the party saw them.
    pub refused: u64,
    /// Connections whose request took too long to come.
    pub timed_out: u64,
}

impl Default for Visitors {
    fn default() -> Self {
        Self {
            started: Instant::now(),
            known: Mutex::default(),
            denied: watch::Sender::new(BTreeSet::new()),
        }
    }
}

impl Visitors {
    /// Lets these addresses in no more, and closes what they have open; of IPv6 whole /64s.
    pub fn deny(&self, addresses: &[IpAddr]) {
        self.denied.send_replace(addresses.iter().copied().map(network_of).collect());
    }

    /// Everybody who is remembered.
    pub fn all(&self) -> Vec<Visitor> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = known.iter().map(|((listener, address), tally)| tally.seen(listener, *address));
        seen.collect()
    }

    pub(super) fn is_denied(&self, address: IpAddr) -> bool {
        self.denied.borrow().contains(&network_of(address))
    }

    /// Waits until an address is denied.
    pub(super) async fn told_denied(&self, address: IpAddr) {
        let mut denied = self.denied.subscribe();
        let address = network_of(address);
        if denied.wait_for(|denied| denied.contains(&address)).await.is_err() {
            // Nobody is left to deny anything.
            std::future::pending::<()>().await;
        }
    }

    pub(super) fn of(&self, listener: &'static str, address: IpAddr) -> Arc<Tally> {
        let now_s = self.started.elapsed().as_secs();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (listener, network_of(address));
        if !known.contains_key(&key) && known.len() >= VISITORS_MAX {
            let away = known.iter().filter(|(_, tally)| tally.open.load(Ordering::Relaxed) == 0);
            let longest = away.min_by_key(|(_, tally)| tally.came_s.load(Ordering::Relaxed));
            match longest.map(|(key, _)| *key) {
                Some(longest) => drop(known.remove(&longest)),
                // Everybody is here: this one is served and not remembered.
                None => return Arc::default(),
            }
        }
        let tally = Arc::clone(known.entry(key).or_default());
        tally.came_s.store(now_s, Ordering::Relaxed);
        tally
    }
}

impl Tally {
    pub(super) fn turned_away(&self) {
        self.turned_away.fetch_add(1, Ordering::Relaxed);
    }

    fn seen(&self, listener: &'static str, address: IpAddr) -> Visitor {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let gauge = |gauge: &AtomicI64| gauge.load(Ordering::Relaxed);
        Visitor {
            listener,
            address,
            open: gauge(&self.open),
            unused: gauge(&self.unused),
            slow: gauge(&self.slow),
            opened: count(&self.opened),
            turned_away: count(&self.turned_away),
            handshakes_failed: count(&self.handshakes_failed),
            answered: count(&self.answered),
            refused: count(&self.refused),
            timed_out: count(&self.timed_out),
        }
    }
}

/// One connection of a visitor, for as long as it lasts.
#[derive(Debug)]
pub struct Visit {
    /// Where it comes from.
    pub address: SocketAddr,
    tally: Arc<Tally>,
    is_used: AtomicBool,
    is_slow: AtomicBool,
}

impl Visit {
    pub(super) fn new(address: SocketAddr, tally: Arc<Tally>) -> Self {
        tally.opened.fetch_add(1, Ordering::Relaxed);
        tally.open.fetch_add(1, Ordering::Relaxed);
        tally.unused.fetch_add(1, Ordering::Relaxed);
        Self { address, tally, is_used: AtomicBool::new(false), is_slow: AtomicBool::new(false) }
    }

    /// Something was asked.
    pub fn used(&self) {
        if !self.is_used.swap(true, Ordering::Relaxed) {
            self.tally.unused.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Is a request on its way that has not ended?
    pub(super) fn set_slow(&self, is_slow: bool) {
        match (self.is_slow.swap(is_slow, Ordering::Relaxed), is_slow) {
            (false, true) => drop(self.tally.slow.fetch_add(1, Ordering::Relaxed)),
            (true, false) => drop(self.tally.slow.fetch_sub(1, Ordering::Relaxed)),
            _ => {}
        }
    }

    pub(super) fn answered(&self, is_refused: bool) {
        let counter = if is_refused { &self.tally.refused } else { &self.tally.answered };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn handshake_failed(&self) {
        self.tally.handshakes_failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn timed_out(&self) {
        self.tally.timed_out.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.used();
        self.set_slow(false);
        self.tally.open.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(visitors: &Visitors, address: &str) -> Visit {
        let address: SocketAddr = address.parse().unwrap();
        Visit::new(address, visitors.of("set", address.ip()))
    }

    #[test]
    fn connections_are_counted_by_what_came_of_them() {
        let visitors = Visitors::default();
        let (first, second) = (visit(&visitors, "192.0.2.1:5"), visit(&visitors, "192.0.2.1:6"));
        first.used();
        first.used();
        first.set_slow(true);
        second.answered(true);
        let seen = visitors.all();
        assert_eq!(seen.len(), 1);
        let told = |seen: &Visitor| (seen.open, seen.unused, seen.slow, seen.opened, seen.refused);
        assert_eq!(told(&seen[0]), (2, 1, 1, 2, 1));
        drop((first, second));
        assert_eq!(told(&visitors.all()[0]), (0, 0, 0, 2, 1));
    }

    #[test]
    fn whoever_was_away_longest_is_forgotten_first() {
        let visitors = Visitors::default();
        let here = visit(&visitors, "192.0.2.1:5");
        for n in 0..VISITORS_MAX as u32 + 5 {
            visitors.of("set", IpAddr::from((0x0a00_0000 + n).to_be_bytes()));
        }
        let all = visitors.all();
        assert_eq!(all.len(), VISITORS_MAX);
        assert!(all.iter().any(|one| one.address == here.address.ip()));
    }

    #[test]
    fn denied_networks_are_known() {
        let visitors = Visitors::default();
        visitors.deny(&["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()]);
        let is_denied = |text: &str| visitors.is_denied(text.parse().unwrap());
        assert!(is_denied("192.0.2.1") && is_denied("::ffff:192.0.2.1"));
        assert!(is_denied("2001:db8::ffff") && !is_denied("2001:db8:0:1::1"));
        assert!(!is_denied("192.0.2.2"));
        visitors.deny(&[]);
        assert!(!is_denied("192.0.2.1"));
    }
}
