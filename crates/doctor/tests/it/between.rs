//! Faults of what stands between a party and its callers.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use counterfoil_doctor::fact::{
    Chain, Fact, Link, Outcome, PartySeen, Passage, Passed, Role, Settings, State,
};
use counterfoil_doctor::{Facts, fault, locate};
use counterfoil_pki::Certificate;

use crate::made::{TlsCa, now};

const PUBLIC: &str = "127.0.0.1:9001";
const OWN: &str = "127.0.0.1:9000";

/// What is found, one line each, of faults that are confirmed or suspected.
fn told(facts: &[Fact]) -> String {
    let diagnosis = locate(&Facts::new(now(), facts.to_vec()), &fault::catalogue());
    let mut text = String::new();
    for finding in &diagnosis.findings {
        text += &format!(
            "{} {} {} {}: {}\n",
            finding.id,
            finding.case.standing.name(),
            finding.priority.name(),
            finding.case.owner,
            finding.case.summary
        );
    }
    text
}

fn settings(party: &str, values: &[(&str, &str)]) -> Fact {
    let values = values.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    Fact::of(party, format!("{party}/config.toml"), now(), &Settings { values, refused: None })
}

fn link(from: &str, setting: &str, address: &str, served: &[&Certificate]) -> Fact {
    let seen = Link {
        from: from.into(),
        setting: setting.into(),
        to: Some("gateway".into()),
        address: address.into(),
        outcome: Outcome::Reached,
        said: None,
        millis: 3,
        served: served.iter().map(|one| STANDARD.encode(one.der())).collect(),
    };
    Fact::of(from, format!("{from} -> {address}"), now(), &seen)
}

fn chain(used_as: &str, source: &str, certificate: &Certificate) -> Fact {
    let party = source.split('/').next().unwrap();
    Fact::of(party, source, now(), &Chain::of(used_as, std::slice::from_ref(certificate)))
}

/// A merchant that calls its gateway, where `seen` is shown, while the gateway itself shows
/// `itself` and holds `held`.
fn deployment(
    ca: &TlsCa,
    seen: &Certificate,
    itself: &Certificate,
    held: &Certificate,
) -> Vec<Fact> {
    vec![
        settings(
            "merchant",
            &[
                ("node.endpoints.gateway.url", "https://127.0.0.1:9001/set"),
                ("node.endpoints.gateway.trust", "trust/tls-ca.pem"),
            ],
        ),
        settings(
            "gateway",
            &[
                ("node.set.listen", OWN),
                ("node.set.public", PUBLIC),
                ("node.set.certificate", "certs/tls.pem"),
            ],
        ),
        chain("trust", "merchant/trust/tls-ca.pem", &ca.certificate),
        chain("own", "gateway/certs/tls.pem", held),
        link("merchant", "node.endpoints.gateway.url", PUBLIC, &[seen]),
        link("gateway", Link::SET_LISTENER, OWN, &[itself]),
    ]
}

#[test]
fn a_certificate_of_a_stranger_is_forged() {
    let mut ca = TlsCa::new(1);
    let own = ca.server("gateway", 366);
    let forged = TlsCa::new(2).server("gateway", 366);
    assert_eq!(
        told(&deployment(&ca, &forged, &own, &own)),
        "certificate-forged@127.0.0.1:9001 confirmed urgent gateway: at 127.0.0.1:9001 somebody \
         else shows a certificate for gateway: no CA that callers trust issued it\n"
    );
}

#[test]
fn a_certificate_of_the_right_ca_for_another_key_is_forged_too() {
    let mut ca = TlsCa::new(1);
    let (own, stolen) = (ca.server("gateway", 366), ca.server("gateway", 366));
    let facts = deployment(&ca, &stolen, &own, &own);
    assert_eq!(
        told(&facts),
        "certificate-forged@127.0.0.1:9001 confirmed urgent gateway: at 127.0.0.1:9001 somebody \
         else shows a certificate for gateway: the CA that callers trust issued it, for a key that \
         is not the party's\n"
    );
    let diagnosis = locate(&Facts::new(now(), facts), &fault::catalogue());
    let plan: Vec<String> = diagnosis.findings[0]
        .plan
        .iter()
        .map(|step| format!("{} {}", step.mode.name(), step.verb))
        .collect();
    let expect = ["needs approval set-setting", "needs approval reload", "advice advise"];
    assert_eq!(plan[..3], expect);
    assert_eq!(plan.len(), 4);
}

#[test]
fn a_balancer_whose_certificate_the_party_knows_is_no_stranger() {
    let mut ca = TlsCa::new(1);
    let (own, front) = (ca.server("gateway", 366), ca.server("gateway", 366));
    let mut facts = deployment(&ca, &front, &own, &own);
    facts.push(chain("own", "gateway/certs/front.pem", &front));
    assert_eq!(told(&facts), "");
}

#[test]
fn without_a_look_at_the_party_itself_nothing_is_said() {
    let mut ca = TlsCa::new(1);
    let own = ca.server("gateway", 366);
    let forged = TlsCa::new(2).server("gateway", 366);
    let mut facts = deployment(&ca, &forged, &own, &own);
    facts.pop();
    assert_eq!(told(&facts), "");
}

#[test]
fn a_renewed_certificate_that_was_not_reloaded_is_no_attack() {
    let mut ca = TlsCa::new(1);
    let (former, renewed) = (ca.server("gateway", 30), ca.server("gateway", 366));
    let facts = deployment(&ca, &former, &former, &renewed);
    assert_eq!(
        told(&facts),
        "certificate-not-reloaded@gateway/certs/tls.pem confirmed routine gateway: gateway shows a \
         certificate that ends 2026-05-30T12:00:00Z; gateway/certs/tls.pem holds one that ends \
         2027-05-01T12:00:00Z\n"
    );
    // What the party shows of another issuer is no former one.
    let strange = TlsCa::named("Another CA", 2).server("gateway", 30);
    assert_eq!(told(&deployment(&ca, &strange, &strange, &renewed)), "");
}

fn passed(outcome: Outcome, handshake: bool, answer: Option<&str>) -> Passed {
    let version = handshake.then(|| "TLSv1_3".to_owned());
    let answer = answer.map(str::to_owned);
    Passed { outcome, handshake, version, said: None, answer, millis: 7 }
}

fn answered() -> Passed {
    passed(Outcome::Reached, true, Some("HTTP/1.1 415 Unsupported\r\nconnection: close\r\n\r\n{}"))
}

/// A merchant's way to its gateway, and the gateway itself, which is well.
fn passage(small: Passed, large: Passed, waited_ms: u64) -> Vec<Fact> {
    let seen = |from: &str, setting: &str, address: &str, small: Passed, large: Passed| Passage {
        from: from.into(),
        setting: setting.into(),
        to: Some("gateway".into()),
        address: address.into(),
        small,
        large,
        waited_ms,
    };
    let through = seen("merchant", "node.endpoints.gateway.url", PUBLIC, small, large);
    let direct = seen("gateway", Link::SET_LISTENER, OWN, answered(), answered());
    let gateway = PartySeen {
        role: Role::Gateway,
        ca: None,
        certified: true,
        state: State::Ready,
        reason: None,
        sentence: None,
        supervised: false,
    };
    vec![
        Fact::of("gateway", "gateway", now(), &gateway),
        settings("gateway", &[("node.set.listen", OWN), ("node.set.public", PUBLIC)]),
        Fact::of("merchant", format!("merchant -> {PUBLIC}"), now(), &through),
        Fact::of("gateway", format!("gateway -> {OWN}"), now(), &direct),
    ]
}

#[test]
fn nothing_that_comes_is_dropped_once_it_was_waited_for() {
    let lost = || passed(Outcome::Silent, false, None);
    assert_eq!(
        told(&passage(lost(), lost(), 1_200)),
        "packets-dropped@127.0.0.1:9001 suspected important gateway: at 127.0.0.1:9001, where \
         others call gateway, connections stand and nothing comes; at 127.0.0.1:9000 it answers in \
         7 ms\n"
    );
    // The look that the question brings is beside the first one, and counts instead of it.
    let both = |later: Vec<Fact>| [passage(lost(), lost(), 1_200), later].concat();
    let confirmed = told(&both(passage(lost(), lost(), 4_000)));
    assert!(
        confirmed.starts_with("packets-dropped@127.0.0.1:9001 confirmed urgent"),
        "{confirmed}"
    );
    assert_eq!(told(&both(passage(answered(), answered(), 4_000))), "");
}

#[test]
fn a_party_that_is_silent_itself_is_not_the_fault_of_what_stands_before_it() {
    let lost = || passed(Outcome::Silent, false, None);
    let mut facts = passage(lost(), lost(), 4_000);
    let silent = facts.pop().unwrap();
    let mut seen: Passage = serde_json::from_value(silent.seen).unwrap();
    (seen.small, seen.large) = (lost(), lost());
    facts.push(Fact::of("gateway", silent.source, now(), &seen));
    assert_eq!(told(&facts), "");
}

#[test]
fn what_breaks_connections_is_told_from_what_loses_them() {
    let broken = |handshake| passed(Outcome::Reset, handshake, None);
    assert_eq!(
        told(&passage(broken(false), broken(false), 1_200)),
        "connection-reset@127.0.0.1:9001 confirmed urgent gateway: at 127.0.0.1:9001, where others \
         call gateway, connections are broken off; at 127.0.0.1:9000 they are answered\n"
    );
    let once = told(&passage(answered(), broken(true), 1_200));
    assert!(once.starts_with("connection-reset@127.0.0.1:9001 suspected important"), "{once}");
    let again = told(&passage(answered(), broken(true), 4_000));
    assert!(again.contains("confirmed") && again.contains("more than a small request"), "{again}");
    // At an address that is not the gateway's own, the caller may be wrong.
    let mut facts = passage(broken(false), broken(false), 1_200);
    facts[1] = settings("gateway", &[("node.set.listen", OWN), ("node.set.public", "h:1")]);
    assert_eq!(told(&facts), "");
}

#[test]
fn large_messages_are_lost_where_small_ones_pass() {
    let lost = |handshake| passed(Outcome::Silent, handshake, None);
    let found = told(&passage(answered(), lost(true), 4_000));
    assert!(found.starts_with("large-messages-lost@127.0.0.1:9001 confirmed urgent"), "{found}");
    assert!(found.contains("a request of 12,000 octets does not"), "{found}");
    let found = told(&passage(answered(), lost(false), 4_000));
    assert!(found.contains("a first message of 1,500 octets does not"), "{found}");
    assert!(told(&passage(answered(), lost(true), 1_200)).contains("suspected"));
    assert_eq!(told(&passage(answered(), answered(), 4_000)), "");
}

#[test]
fn an_old_version_of_tls_is_told_from_a_broken_connection() {
    let alert =
        |said: &str| Passed { said: Some(said.into()), ..passed(Outcome::Disagreed, false, None) };
    let refused = || alert("received fatal alert: ProtocolVersion");
    assert_eq!(
        told(&passage(refused(), refused(), 1_200)),
        "peer-lacks-algorithms@127.0.0.1:9001 confirmed urgent gateway: at 127.0.0.1:9001, where \
         others call gateway, nothing that is offered is spoken; at 127.0.0.1:9000 it is TLSv1_3\n"
    );
    let old = || Passed { version: Some("TLSv1_2".into()), ..passed(Outcome::Reset, true, None) };
    let mut facts = passage(old(), old(), 1_200);
    facts[1] = settings("gateway", &[("node.set.listen", OWN)]);
    assert!(told(&facts).contains("TLSv1_2 is spoken"), "{}", told(&facts));
    let other = || alert("received corrupt message of type InvalidContentType");
    assert_eq!(told(&passage(other(), other(), 1_200)), "");
}

#[test]
fn an_answer_that_differs_shows_a_proxy() {
    let other = answered().answer.unwrap().replace("415", "200");
    let changed = passed(Outcome::Reached, true, Some(&other));
    let facts = passage(changed.clone(), changed, 1_200);
    let diagnosis = locate(&Facts::new(now(), facts), &fault::catalogue());
    let finding = &diagnosis.findings[0];
    assert_eq!(finding.id, "proxy-rewrites@127.0.0.1:9001");
    let evidence: Vec<_> =
        finding.case.evidence.iter().map(|one| (one.what.as_str(), one.value.as_str())).collect();
    assert!(evidence.contains(&("seen", "status 200")), "{evidence:?}");
    assert!(evidence.contains(&("expected", "status 415")), "{evidence:?}");
    // What a proxy adds for itself does no harm.
    let more = answered().answer.unwrap().replace("connection", "server: nginx\r\nconnection");
    let more = passed(Outcome::Reached, true, Some(&more));
    assert_eq!(told(&passage(more.clone(), more, 1_200)), "");
    assert_eq!(told(&passage(answered(), answered(), 1_200)), "");
}
