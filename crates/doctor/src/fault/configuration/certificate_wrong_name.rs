//! A TLS server's certificate does not name the host that its peers call.
//!
//! They refuse it, although it is valid and of the right CA.
//!
//! ## How it shows
//!
//! TLS handshakes end with `certificate not valid for name`; `call.failed` in the callers' logs.
//!
//! ## How it is confirmed
//!
//! The certificate in the server's own file lacks the name or address by which another party's
//! settings call it, and that is where the server says that it is reached.
//!
//! ## How it is repaired
//!
//! The recorded file is put back when its certificate has every name that is called, belongs to
//! the key and is valid. Otherwise a certificate with these names has to be issued.
//!
//! ## How the repair is proved
//!
//! The server shows a certificate with the name, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It has the deployment's TLS CA certify the server's key for another name.

use std::collections::BTreeSet;

use counterfoil_crypto::digest::sha256;
use counterfoil_pki::Certificate;
use counterfoil_pki::host::HostName;

use super::next_start;
use crate::fact::{Chain, Facts, KeySeen, Link, Observation as _, Recorded, Settings};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "certificate-wrong-name",
    class: Class::Configuration,
    title: "A TLS server's certificate does not name the host that its peers call.",
    source: include_str!("certificate_wrong_name.rs"),
    symptoms: &["`certificate not valid for name` when a party is called"],
    explains: &[],
    needs: &[Chain::KIND, Link::KIND, Settings::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let own = facts.of::<Chain>().into_iter().filter(|chain| chain.used_as == "own");
    own.filter_map(|chain| {
        let leaf = chain.read().into_iter().next()?;
        if !leaf.is_for_tls_servers() {
            return None;
        }
        let called = called(facts, chain.party, chain.source);
        let missing: Vec<&HostName> =
            called.keys().filter(|host| host.check(&leaf).is_err()).map(|host| &host.0).collect();
        let host = missing.first()?;
        let has = host.check(&leaf).err()?;
        let callers = called.callers(&missing);
        let served = facts.of::<Link>().into_iter().any(|link| link.shown().first() == Some(&leaf));
        let effect = if served { next_start::stops(facts, chain.party) } else { Effect::Weakens };
        let summary = format!("{}: {has}", chain.source);
        Some(
            Case::confirmed(chain.source, chain.party, effect, summary)
                .with("called", host.to_string(), callers.join(", "))
                .with("has", has, chain.source)
                .check_again(format!(
                    "openssl x509 -noout -ext subjectAltName -in {}",
                    chain.source
                ))
                .touching([format!("file:{}", chain.source)])
                .touching(callers.iter().map(|caller| format!("link:{caller}>{}", chain.party)))
                .stopping([format!("calls of {} by {}", chain.party, callers.join(", "))]),
        )
    })
    .collect()
}

/// Hosts by which a party is called, with who calls.
struct Called(Vec<(Host, String)>);

struct Host(HostName);

impl std::ops::Deref for Host {
    type Target = HostName;

    fn deref(&self) -> &HostName {
        &self.0
    }
}

impl Called {
    fn keys(&self) -> impl Iterator<Item = &Host> {
        self.0.iter().map(|(host, _)| host)
    }

    fn callers(&self, hosts: &[&HostName]) -> Vec<String> {
        let callers = self.0.iter().filter(|(host, _)| hosts.contains(&&host.0));
        let callers: BTreeSet<String> = callers.map(|(_, caller)| caller.clone()).collect();
        callers.into_iter().collect()
    }
}

/// Who calls the listener whose certificate this is, and by what name. Only calls that go where
/// the party says that it is reached count: another address is another fault.
fn called(facts: &Facts, party: &str, place: &str) -> Called {
    let settings = facts.about::<Settings>(party).into_iter().next();
    let mut addresses = Vec::new();
    for listener in ["node.set", "node.bank_listener"] {
        let at = |key: &str| settings.as_ref()?.text(&format!("{listener}.{key}"));
        let file = at("certificate").map(|file| format!("{party}/{file}"));
        if file.as_deref() == Some(place) {
            addresses.extend(at("listen").into_iter().chain(at("public")).map(str::to_owned));
        }
    }
    let links = facts.of::<Link>().into_iter();
    let own = links.filter(|link| {
        !link.is_direct() && link.to.as_deref() == Some(party) && addresses.contains(&link.address)
    });
    let named = own.filter_map(|link| {
        let host: HostName = link.address.rsplit_once(':')?.0.parse().ok()?;
        Some((Host(host), link.from.clone()))
    });
    Called(named.collect())
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let (place, owner) = (case.subject.as_str(), case.owner.as_str());
    let called = called(facts, owner, place);
    let key = facts.at::<KeySeen>(&place.replace("/certs/", "/keys/"));
    let key = key.and_then(|key| key.spki_sha256.clone());
    let fits = |certificate: &Certificate| {
        called.keys().all(|host| host.check(certificate).is_ok())
            && key.as_deref() == Some(hex::encode(sha256(certificate.spki_der())).as_str())
            && certificate.not_after() > facts.now()
    };
    let recorded =
        facts.at::<Recorded>(place).and_then(|recorded| recorded.chain().first().cloned());
    let good = recorded.is_some_and(|certificate| fits(&certificate));
    match remedy::restore(facts, place, owner, true).filter(|_| good) {
        Some(step) => [vec![step], remedy::read_again(facts, owner)].concat(),
        None => {
            let hosts: BTreeSet<String> = called.keys().map(|host| host.0.to_string()).collect();
            let hosts: Vec<String> = hosts.into_iter().collect();
            let hosts = hosts.join(", ");
            let text = format!("have a certificate issued for {place} that names {hosts}");
            vec![Step::advice(owner, text)]
        }
    }
}
