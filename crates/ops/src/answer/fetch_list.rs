//! `fetch-list`: fetches a CRL from where certificates say that it is.

use std::sync::mpsc;
use std::time::Duration;

use counterfoil_doctor::fact::{Fact, Fetched, FetchedList};
use counterfoil_node::deployment::fetch::{Fetch, FetchError};
use counterfoil_pki::Crl;

use super::Answerer;
use crate::survey::Place;

pub(super) static ANSWERER: Answerer = Answerer { ask: "fetch-list", run };

/// Time for one list.
const FETCH_MS_MAX: u64 = 4_000;
/// HTTP status of an answer with content.
const OK: u16 = 200;

fn run(place: &Place, uri: &str) -> Vec<Fact> {
    let (outcome, said) = look(uri);
    let seen = FetchedList { uri: uri.to_owned(), outcome, said };
    vec![Fact::of("", uri, place.now, &seen)]
}

fn look(uri: &str) -> (Fetched, String) {
    let (sender, receiver) = mpsc::channel();
    let url = uri.to_owned();
    // Whoever is late is left behind: a server that drips must not hold the look up.
    std::thread::spawn(move || {
        let fetch = Fetch { url: &url, authorization: None, post: None, trust: None };
        drop(sender.send(fetch.run()));
    });
    match receiver.recv_timeout(Duration::from_millis(FETCH_MS_MAX)) {
        Err(_) => (Fetched::Silent, format!("nothing came in {FETCH_MS_MAX} ms")),
        Ok(Err(error @ FetchError::Url { .. })) => (Fetched::Other, error.to_string()),
        Ok(Err(FetchError::Unreachable { cause, .. })) => (Fetched::Refused, cause),
        Ok(Ok(answer)) if answer.status != OK => {
            (Fetched::Other, format!("HTTP status {}", answer.status))
        }
        Ok(Ok(answer)) => {
            let is_crl = Crl::from_der(&answer.body).is_ok()
                || String::from_utf8(answer.body)
                    .is_ok_and(|text| Crl::from_pem_all(&text).is_ok());
            if is_crl {
                (Fetched::Crl, "a CRL came".to_owned())
            } else {
                (Fetched::Other, "what came is no CRL".to_owned())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::TcpListener;

    use super::*;

    /// A server that answers one request with this.
    fn server(answer: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            drop(socket.read(&mut request));
            drop(socket.write_all(answer));
        });
        format!("http://{address}/ca.crl")
    }

    #[test]
    fn what_comes_instead_of_a_crl_is_told() {
        let none = TcpListener::bind("127.0.0.1:0").unwrap();
        let refused = format!("http://{}/ca.crl", none.local_addr().unwrap());
        drop(none);
        assert_eq!(look(&refused).0, Fetched::Refused);
        let gone = server(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n");
        assert_eq!(look(&gone), (Fetched::Other, "HTTP status 404".to_owned()));
        let page = server(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello");
        assert_eq!(look(&page), (Fetched::Other, "what came is no CRL".to_owned()));
    }
}
