//! Passages: a small and a large harmless request on every TLS link, and the same at the party's
//! own listener.
//!
//! The request names a media type that is for wallets only, so that a party refuses it before it
//! has looked at anything else. Banks are shaken hands with and asked nothing.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use counterfoil_doctor::fact::{Fact, Outcome, Passage, Passed};
use counterfoil_node::server::set;

use super::links::{self, Call};
use super::{Gatherer, Place};
use crate::witness::{self, Offer, Talked};

pub(super) static GATHERER: Gatherer = Gatherer { name: "passages", run };

/// Time for one request, handshake included.
const PASSAGE_MS_MAX: u64 = 1_200;
/// Octets of padding in the large request, and of each of its header lines.
const PADDING_BYTES: usize = 12_000;
const LINE_BYTES: usize = 3_000;

fn run(place: &Place) -> Vec<Fact> {
    look(place, PASSAGE_MS_MAX, |_, _| true)
}

/// Tries the links that are `wanted`, given each of them and all there are.
pub(crate) fn look(
    place: &Place,
    millis_max: u64,
    wanted: impl Fn(&Call, &[Call]) -> bool,
) -> Vec<Fact> {
    let calls: Vec<Call> = links::calls(place).into_iter().filter(|call| call.tls).collect();
    let limit = Duration::from_millis(millis_max);
    let wanted: Vec<&Call> = calls.iter().filter(|call| wanted(call, &calls)).collect();
    let tried: Vec<Passage> = std::thread::scope(|scope| {
        let threads: Vec<_> = wanted
            .iter()
            .map(|call| {
                let small = scope.spawn(|| pass(call, limit, Offer::Small));
                let large = scope.spawn(|| pass(call, limit, Offer::Usual));
                (call, small, large)
            })
            .collect();
        threads
            .into_iter()
            .filter_map(|(call, small, large)| {
                Some(Passage {
                    from: call.from.clone(),
                    setting: call.setting.clone(),
                    to: call.to.clone(),
                    address: format!("{}:{}", call.host, call.port),
                    small: small.join().ok()?,
                    large: large.join().ok()?,
                    waited_ms: millis_max,
                })
            })
            .collect()
    });
    let source = |one: &Passage| format!("{} -> {}", one.from, one.address);
    tried.iter().map(|one| Fact::of(&one.from, source(one), place.now, one)).collect()
}

fn pass(call: &Call, limit: Duration, offer: Offer) -> Passed {
    let started = Instant::now();
    let mut passed = Passed {
        outcome: Outcome::Reached,
        handshake: false,
        version: None,
        said: None,
        answer: None,
        millis: 0,
    };
    match connect(call, limit) {
        Err((outcome, said)) => (passed.outcome, passed.said) = (outcome, Some(said)),
        Ok(mut socket) => {
            let request = request(call, offer);
            let left = limit.saturating_sub(started.elapsed());
            let talked: Talked =
                witness::talk(&mut socket, call.bare_host(), left, offer, request.as_bytes());
            passed.handshake = talked.hands_shaken;
            passed.version = talked.version;
            if !talked.answer.is_empty() {
                passed.answer = Some(String::from_utf8_lossy(&talked.answer).into_owned());
            }
            if let Err(error) = talked.ended {
                passed.outcome = links::outcome(&error);
                passed.said = Some(error.to_string());
            }
        }
    }
    passed.millis = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    passed
}

fn connect(call: &Call, limit: Duration) -> Result<TcpStream, (Outcome, String)> {
    let unresolved = |why: String| (Outcome::Unresolved, why);
    let address = call.resolve().map_err(|error| unresolved(error.to_string()))?;
    let address = address.ok_or_else(|| unresolved("its name has no address".into()))?;
    TcpStream::connect_timeout(&address, limit).map_err(|error| match error.kind() {
        std::io::ErrorKind::ConnectionRefused => (Outcome::Refused, error.to_string()),
        _ => (Outcome::Unanswered, error.to_string()),
    })
}

/// What is said: the same from whomever, so that answers can be compared.
fn request(call: &Call, offer: Offer) -> String {
    if call.is_bank() {
        return String::new();
    }
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: counterfoil\r\n\
         content-type: application/set-payment-initiation\r\ncontent-length: 0\r\n",
        set::PATH
    );
    let lines = if offer == Offer::Small { 0 } else { PADDING_BYTES / LINE_BYTES };
    let padding: String = (0..lines)
        .map(|line| format!("x-padding-{line}: {}\r\n", "0".repeat(LINE_BYTES)))
        .collect();
    format!("{head}{padding}\r\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(setting: &str) -> Call {
        Call {
            from: "merchant".into(),
            setting: setting.into(),
            to: None,
            host: "127.0.0.1".into(),
            port: 1,
            tls: true,
        }
    }

    #[test]
    fn the_small_request_fits_every_path_and_the_large_one_does_not() {
        let call = call("node.endpoints.gateway.url");
        assert!(request(&call, Offer::Small).len() < 200);
        assert!(request(&call, Offer::Usual).len() > PADDING_BYTES);
    }

    #[test]
    fn banks_are_asked_nothing() {
        for setting in ["node.bank_link", "node.bank_listener.listen"] {
            assert_eq!(request(&call(setting), Offer::Usual), "");
        }
    }
}
