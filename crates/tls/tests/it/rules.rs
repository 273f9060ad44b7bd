//! Rules one by one: a server of which nothing is to be said, and the one change that is told.

use counterfoil_pki::Certificate;
use counterfoil_tls::{
    Version,
    chain::ChainView,
    extension::ExtensionType as E,
    probe::{Facts, facts::Known},
    rule::{self, Seen},
};
use jiff::Timestamp;

use crate::server::Server;

/// A time at which the certificates and the staple in `data` are fresh.
const FRESH: &str = "2026-11-29T00:00:00Z";

/// What is said of these facts at a time: ids, sorted.
fn judged(facts: &Facts, time: &str) -> Vec<&'static str> {
    let chains: Vec<ChainView> = facts.chains.iter().map(ChainView::of).collect();
    let seen = Seen {
        subject: "shop.example:443",
        facts,
        chains: &chains,
        host: Some("shop.example"),
        anchors: None,
        now: time.parse::<Timestamp>().unwrap(),
    };
    let mut ids: Vec<&str> = rule::judge(&seen).iter().map(|remark| remark.id).collect();
    ids.sort_unstable();
    ids
}

/// What is said of a server that differs from the one that is well.
fn of(change: impl Fn(&mut Server)) -> Vec<&'static str> {
    let mut server = Server::well();
    change(&mut server);
    judged(&server.probed(), FRESH)
}

#[test]
fn nothing_is_said_of_a_server_that_is_well() {
    assert_eq!(of(|_| ()), [""; 0]);
}

#[test]
fn a_weak_curve_is_told() {
    assert_eq!(of(|server| server.curves.push(0x0013)), ["group-weak"]);
    assert_eq!(of(|server| server.curves.push(0x0015)), [""; 0], "112 bits are enough");
}

#[test]
fn heartbeat_is_told() {
    assert_eq!(of(|server| server.answers.push(E::HEARTBEAT)), ["heartbeat"]);
}

#[test]
fn a_missing_binding_of_the_master_secret_is_told() {
    let without = |server: &mut Server| server.answers = vec![E::RENEGOTIATION_INFO];
    assert_eq!(of(without), ["extended-master-secret-missing"]);
}

#[test]
fn unbound_renegotiation_is_told() {
    let without = |server: &mut Server| server.answers = vec![E::EXTENDED_MASTER_SECRET];
    assert_eq!(of(without), ["renegotiation-insecure"]);
}

#[test]
fn a_missing_sentinel_is_told_only_where_tls13_is_spoken() {
    assert_eq!(of(|server| server.has_sentinel = false), ["sentinel-missing"]);
    let old = |server: &mut Server| server.versions = vec![Version::TLS12];
    assert_eq!(of(old), ["tls13-missing"]);
}

#[test]
fn an_unrefused_fallback_is_told_only_where_there_is_something_to_fall_back_to() {
    assert_eq!(of(|server| server.refuses_fallback = false), ["fallback-unprotected"]);
    let alone = |server: &mut Server| {
        server.refuses_fallback = false;
        server.versions = vec![Version::TLS13];
    };
    assert_eq!(of(alone), [""; 0]);
}

/// Suites that are told beside what is said of another with the same key exchange and mode.
#[test]
fn des_and_static_key_exchange_are_told() {
    let with = |code: u16| of(|server| server.suites.push(code));
    let more = |code, beside| -> Vec<&str> {
        let known = with(beside);
        with(code).into_iter().filter(|id| !known.contains(id)).collect()
    };
    // TLS_RSA_WITH_DES_CBC_SHA, whose blocks are small as well, beside 3DES.
    assert_eq!(more(0x0009, 0x000a), ["suite-des"]);
    assert!(!with(0x000a).contains(&"suite-des"));
    // TLS_ECDH_ECDSA_ and TLS_DH_RSA_WITH_AES_128_CBC_SHA beside TLS_ECDHE_ECDSA_ of it.
    assert_eq!(more(0xc004, 0xc009), ["suite-static-key-exchange"]);
    assert_eq!(more(0x0031, 0xc009), ["suite-static-key-exchange"]);
}

#[test]
fn tickets_that_live_long_and_tickets_that_are_not_taken_are_told() {
    let with = |change: fn(&mut Facts)| {
        let mut facts = Server::well().probed();
        change(&mut facts);
        judged(&facts, FRESH)
    };
    assert_eq!(with(|facts| facts.ticket_lifetime_seconds = Some(604_800)), [""; 0]);
    assert_eq!(
        with(|facts| facts.ticket_lifetime_seconds = Some(604_801)),
        ["ticket-lifetime-long"]
    );
    let given = |facts: &mut Facts| {
        (facts.tickets, facts.tickets_resumed) = (Known::Yes, Known::No);
        (facts.tickets_tls13, facts.tickets_tls13_resumed) = (Known::Yes, Known::Yes);
    };
    assert_eq!(with(given), ["resumption-refused"]);
    assert_eq!(with(|facts| facts.tickets_resumed = Known::No), [""; 0], "none were given");
}

/// Issuer, leaf, and another leaf of the same issuer: `shop.example`, November 2026 to 2027.
fn certificates() -> [Vec<u8>; 3] {
    let all = Certificate::from_pem_all(include_str!("data/chain.pem")).unwrap();
    let der: Vec<Vec<u8>> = all.iter().map(|certificate| certificate.der().to_vec()).collect();
    der.try_into().unwrap()
}

/// The issuer's answer on the leaf: good, for seven days from 2026-11-27 on.
const STAPLE: &[u8] = include_bytes!("data/staple.der");

/// The same said and signed by the other leaf.
const FORGED: &[u8] = include_bytes!("data/forged.der");

/// What is said of a server that is well and serves this.
fn served(chain: &[Vec<u8>], staple: &[u8], time: &str) -> Vec<&'static str> {
    let mut facts = Server::well().probed();
    facts.add_chain(chain, Some(&staple.to_vec()), Version::TLS12);
    judged(&facts, time)
}

#[test]
fn times_of_a_certificate_are_told() {
    let [issuer, leaf, _] = certificates();
    let chain = [leaf, issuer];
    let at = |time: &str| {
        let ids = served(&chain, STAPLE, time);
        ids.into_iter().filter(|id| id.starts_with("certificate-")).collect::<Vec<_>>()
    };
    assert_eq!(served(&chain, STAPLE, FRESH), [""; 0]);
    assert_eq!(at("2027-11-13T00:00:00Z"), [""; 0], "there are 14 days left");
    assert_eq!(at("2027-11-15T00:00:00Z"), ["certificate-expires-soon"]);
    assert_eq!(at("2027-11-28T00:00:00Z"), ["certificate-expired"]);
    let early = at("2026-11-01T00:00:00Z");
    assert_eq!(early, ["certificate-not-yet-valid"; 2], "both are of one day");
}

#[test]
fn a_certificate_that_cannot_be_read_is_told() {
    let [issuer, leaf, _] = certificates();
    let cut = issuer[..issuer.len() - 1].to_vec();
    let ids = served(&[leaf, cut], STAPLE, FRESH);
    assert!(ids.contains(&"certificate-unreadable"), "{ids:?}");
}

#[test]
fn a_staple_that_is_old_or_about_another_or_says_nothing_is_told() {
    let [issuer, leaf, other] = certificates();
    let chain = [leaf, issuer.clone()];
    assert_eq!(served(&chain, STAPLE, "2026-12-04T22:00:00Z"), [""; 0]);
    assert_eq!(served(&chain, STAPLE, "2026-12-05T00:00:00Z"), ["staple-stale"]);
    assert_eq!(served(&[other, issuer], STAPLE, FRESH), ["staple-other"]);
    assert_eq!(served(&chain, &[0x30, 3, 0x0a, 1, 3], FRESH), ["staple-unreadable"]);
    assert_eq!(served(&chain, &STAPLE[..90], FRESH), ["staple-unreadable"]);
}

#[test]
fn a_staple_of_somebody_else_and_one_that_was_changed_are_told() {
    let [issuer, leaf, _] = certificates();
    let chain = [leaf.clone(), issuer];
    assert_eq!(served(&chain, FORGED, FRESH), ["staple-signature"]);
    let mut changed = STAPLE.to_vec();
    let produced_at = changed.windows(7).position(|octets| octets == b"221137Z").unwrap();
    changed[produced_at + 5] = b'6';
    assert_eq!(served(&chain, &changed, FRESH), ["staple-signature"]);
    // Without the issuer's certificate nobody can say.
    let alone = served(&[leaf], FORGED, FRESH);
    assert_eq!(alone, ["chain-incomplete"]);
}
