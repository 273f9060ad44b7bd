//! CRLs and OCSP responses from where certificates say they are.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use counterfoil_node::deployment::fetch::Fetch;
use counterfoil_pki::ocsp::request;
use counterfoil_pki::watch::{Facts, Holding, List, Published, Unseen};
use counterfoil_pki::{Certificate, Crl, OcspResponse};

/// Time for one fetch.
const FETCH_MS_MAX: u64 = 10_000;

/// Fetches of one call.
const FETCHES_MAX: usize = 256;

/// Asks for what certificates point at, each place once.
pub(super) fn complete(facts: &mut Facts) {
    let mut places = Places { fetched: BTreeMap::new() };
    for index in 0..facts.holdings.len() {
        let holding = facts.holdings[index].clone();
        let mut crls = Vec::new();
        for certificate in below_anchors(&holding) {
            for uri in certificate.crl_uris() {
                match places.crl(uri) {
                    Ok(crl) => crls.push((uri.to_owned(), crl)),
                    Err(why) => places.miss(uri, why, &mut facts.unseen),
                }
            }
        }
        let responses = ask_responders(&holding, &mut places, &mut facts.unseen);
        facts.holdings[index].ocsp.extend(responses);
        for (place, crl) in crls {
            facts.holdings[index].crls.push(crl.clone());
            if !facts.lists.iter().any(|list| list.place == place) {
                let published = Published::Crl(crl);
                facts.lists.push(List { place, published, serves: Vec::new() });
            }
        }
    }
}

/// The leaf and the CAs above it, as far as somebody signs CRLs about them.
fn below_anchors(holding: &Holding) -> impl Iterator<Item = &Certificate> {
    holding.chain.iter().filter(|certificate| !certificate.is_self_issued())
}

/// Asks the responders of the leaf; a stapled response makes that needless.
fn ask_responders(
    holding: &Holding,
    places: &mut Places,
    unseen: &mut Vec<Unseen>,
) -> Vec<OcspResponse> {
    let Some(leaf) = holding.chain.first().filter(|_| holding.ocsp.is_empty()) else {
        return Vec::new();
    };
    let mut others = holding.chain.iter().skip(1).chain(&holding.pool).chain(&holding.anchors);
    let Some(issuer) = others.find(|other| other.subject() == leaf.issuer()) else {
        return Vec::new();
    };
    let Ok(question) = request::encode(leaf, issuer) else { return Vec::new() };
    let mut responses = Vec::new();
    for uri in &leaf.authority_info().ocsp {
        match places.ocsp(uri, &question) {
            Ok(response) => responses.push(response),
            Err(why) => places.miss(uri, why, unseen),
        }
    }
    responses
}

/// Every place that was asked, with what it gave.
struct Places {
    fetched: BTreeMap<String, Result<Vec<u8>, String>>,
}

impl Places {
    fn crl(&mut self, uri: &str) -> Result<Crl, String> {
        let octets = self.fetch(uri)?;
        let text = std::str::from_utf8(&octets).ok().filter(|text| text.contains("-----BEGIN"));
        let read = match text {
            Some(text) => Crl::from_pem_all(text).map(|mut all| all.remove(0)),
            None => Crl::from_der(&octets),
        };
        read.map_err(|error| error.to_string().trim_end_matches('.').to_owned())
    }

    /// RFC 6960 appendix A.1: the request is a part of the path.
    fn ocsp(&mut self, uri: &str, question: &[u8]) -> Result<OcspResponse, String> {
        let encoded = STANDARD.encode(question);
        let encoded = encoded.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        let octets = self.fetch(&format!("{}/{encoded}", uri.trim_end_matches('/')))?;
        let read = OcspResponse::from_der(&octets);
        read.map_err(|error| error.to_string().trim_end_matches('.').to_owned())
    }

    fn fetch(&mut self, uri: &str) -> Result<Vec<u8>, String> {
        if let Some(known) = self.fetched.get(uri) {
            return known.clone();
        }
        if self.fetched.len() == FETCHES_MAX {
            return Err(format!("more than {FETCHES_MAX} places to ask"));
        }
        let fetched = fetch(uri.to_owned());
        self.fetched.insert(uri.to_owned(), fetched.clone());
        fetched
    }

    /// Told once for each place.
    fn miss(&self, uri: &str, why: String, unseen: &mut Vec<Unseen>) {
        let missed = Unseen { place: uri.to_owned(), why };
        if !unseen.contains(&missed) {
            unseen.push(missed);
        }
    }
}

/// In a thread of its own, so that this one waits no longer than it wants to.
fn fetch(uri: String) -> Result<Vec<u8>, String> {
    if !uri.starts_with("http://") && !uri.starts_with("https://") {
        return Err("it can be asked over HTTP only".into());
    }
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let fetched = Fetch { url: &uri, authorization: None, post: None, trust: None }.run();
        // Whoever asked may have given up; then nobody wants the answer.
        drop(sender.send(fetched));
    });
    match receiver.recv_timeout(Duration::from_millis(FETCH_MS_MAX)) {
        Ok(Ok(fetched)) if fetched.status == 200 => Ok(fetched.body),
        Ok(Ok(fetched)) => Err(format!("it answers with HTTP status {}", fetched.status)),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {FETCH_MS_MAX} ms")),
    }
}
