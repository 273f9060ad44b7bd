//! One hello of an old client to every TLS listener: Counterfoil's own refuse it, whatever else
//! stands in front of them may not.

use std::io::{Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use counterfoil_doctor::fact::{Fact, OldHello};
use counterfoil_tls::Version;
use counterfoil_tls::probe::offer::{Offer, portions};

use super::links::Call;
use super::{Gatherer, Place, links};

pub(super) static GATHERER: Gatherer = Gatherer { name: "old-hellos", run };

/// Time for a connection, and for the answer.
const WAIT_MS_MAX: u64 = 700;
/// Type of a record with handshake messages, and of a ServerHello in it (RFC 5246).
const HANDSHAKE: u8 = 22;
const SERVER_HELLO: u8 = 2;
/// Octets up to the version that a ServerHello names: record header, message header, version.
const UP_TO_VERSION: usize = 5 + 4 + 2;
/// What a hello's random octets are: nothing is agreed on with them.
const RANDOM: [u8; 32] = *b"a look at what old clients get..";

fn run(place: &Place) -> Vec<Fact> {
    let mut calls = links::calls(place);
    calls.retain(|call| call.tls);
    let look = |call: &Call| -> Option<Fact> {
        let address = format!("{}:{}", call.host, call.port);
        let seen = OldHello { version: answer(call), to: call.to.clone(), address };
        Some(Fact::of(&call.from, format!("{} -> {}", call.from, seen.address), place.now, &seen))
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = calls.iter().map(|call| scope.spawn(|| look(call))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok().flatten()).collect()
    })
}

/// The version that the server would go on with. Refusal, silence and nonsense are all the same
/// here: whether the server is well is the business of others.
fn answer(call: &Call) -> Option<String> {
    let host = call.host.trim_start_matches('[').trim_end_matches(']');
    let address = (host, call.port).to_socket_addrs().ok()?.next()?;
    let limit = Duration::from_millis(WAIT_MS_MAX);
    let mut socket = TcpStream::connect_timeout(&address, limit).ok()?;
    socket.set_read_timeout(Some(limit)).ok()?;
    socket.set_write_timeout(Some(limit)).ok()?;
    let suites = portions(Version::TLS11).into_iter().next()?;
    let newer = portions(Version::TLS12).into_iter().next()?;
    let mut all = suites;
    all.extend(newer);
    all.dedup();
    let name = host.parse::<std::net::IpAddr>().is_err().then_some(host);
    socket.write_all(&Offer::of(Version::TLS12, all).to_octets(name, RANDOM)).ok()?;
    let mut begun = [0; UP_TO_VERSION];
    socket.read_exact(&mut begun).ok()?;
    if begun[0] != HANDSHAKE || begun[5] != SERVER_HELLO {
        return None;
    }
    Some(Version(u16::from_be_bytes([begun[9], begun[10]])).to_string())
}
