//! Sends messages again that a party has received, each with an octet changed.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use counterfoil_party::records::Direction;
use counterfoil_store::Inspector;

use super::{Bench, InjectError, Injected, Injector};
use crate::witness::{self, Offer};

pub(super) static INJECTOR: Injector =
    Injector { name: "message-altered", fault: "messages-altered", run };

/// Messages of the journal that are looked at, the latest first.
const LINES_MAX: usize = 200;
/// Time for one message and its answer.
const SEND_MS_MAX: u64 = 10_000;

fn run(bench: &mut Bench) -> Result<Injected, InjectError> {
    let party = *bench.pick(&["gateway", "merchant"]);
    let times = bench.chance.between(4, 12);
    let body = received(bench, party)?;
    let to = bench.listener(party)?;
    for time in 0..times {
        let mut altered = body.clone();
        let from_the_end = usize::try_from(time).unwrap_or_default() + 1;
        let place = altered.len().saturating_sub(from_the_end);
        if let Some(octet) = altered.get_mut(place) {
            *octet ^= 0x55;
        }
        send(&to, &altered).map_err(|error| bench.failed(error))?;
    }
    let what =
        format!("{party} gets a message again {times} times, each time another octet changed");
    Ok(bench.injected(INJECTOR.fault, party, what))
}

/// The latest request that a party has received.
fn received(bench: &Bench, party: &str) -> Result<Vec<u8>, InjectError> {
    let material = bench.material(party)?;
    let failed = |error: counterfoil_store::StoreError| bench.failed(error);
    let store = Inspector::open(&material.folder().state()).map_err(failed)?;
    let heads = store.journal_heads(None, LINES_MAX).map_err(failed)?;
    for head in heads {
        let entry = head.entry;
        let Some(rrpid) = entry.rrpid.filter(|_| entry.message.ends_with("Req")) else { continue };
        if entry.direction != Direction::Received {
            continue;
        }
        let lines = store.journal_of_exchange(&rrpid).map_err(failed)?;
        let request = lines
            .into_iter()
            .map(|line| line.entry)
            .find(|line| line.direction == Direction::Received && line.message == entry.message);
        if let Some(request) = request.filter(|request| !request.body.is_empty()) {
            return Ok(request.body);
        }
    }
    Err(bench.failed(format!("{party} has received no request yet")))
}

fn send(to: &str, body: &[u8]) -> std::io::Result<()> {
    let address: SocketAddr = to.parse().map_err(std::io::Error::other)?;
    let limit = Duration::from_millis(SEND_MS_MAX);
    let mut socket = TcpStream::connect_timeout(&address, limit)?;
    let head = format!(
        "POST /set HTTP/1.1\r\nhost: x\r\ncontent-type: application/set-payment\r\n\
         content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let request = [head.as_bytes(), body].concat();
    let host = address.ip().to_string();
    witness::talk(&mut socket, &host, limit, Offer::Small, &request).ended
}
