//! Somebody between two parties shows a certificate that is not the party's.
//!
//! Whoever ends TLS in a party's place reads and changes everything outside of SET's own envelopes,
//! and decides what arrives at all. Card numbers and orders stay sealed; who pays whom, when and
//! how
//! often does not. With a certificate of the right CA even the callers notice nothing.
//!
//! ## How it shows
//!
//! With a foreign certificate, callers end the handshake: `call.failed` or `bank_link.call_failed`
//! with `invalid peer certificate`, while the party called is well. With a certificate of the right
//! CA, nothing shows.
//!
//! ## How it is confirmed
//!
//! The certificate that callers see is for another key than every certificate in the party's
//! `certs/`, and the party itself, called at its own listener in the same minute, shows its own.
//! So it is neither a certificate that was renewed and not reloaded nor another party's. Without a
//! look at the party's own listener nothing is said. A load balancer that ends TLS on the party's
//! behalf is known by its certificate in the party's `certs/`.
//!
//! ## How it is repaired
//!
//! Nobody can be thrown out from here: the party that is imitated has to find who answers at its
//! address. Until then callers can be led to the party's own listener, when somebody approves that.
//! A certificate that the right CA issued is revoked, and how it came to be issued is found out.
//!
//! ## How the repair is proved
//!
//! The address that callers use shows the party's own certificate, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! The relay in front of a party ends TLS with a certificate made on the spot, by a CA of its own
//! with the name of the real one, or with the key of the real one.

use counterfoil_pki::Certificate;
use counterfoil_pki::path::{CurrentAlgorithms, PathInput, PathSettings, validate};

use crate::between::{bypass, effect, stopped};
use crate::fact::{Chain, Facts, Link, Observation as _, Outcome, Seen, Settings};
use crate::fault::{Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "certificate-forged",
    class: Class::Attack,
    title: "Somebody between two parties shows a certificate that is not the party's.",
    source: include_str!("certificate_forged.rs"),
    symptoms: &[
        "`invalid peer certificate` in a caller's log while the party called is well",
        "a certificate is seen that nobody installed",
    ],
    explains: &["proxy-rewrites"],
    needs: &[Link::KIND, Chain::KIND, Settings::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let links = facts.of::<Link>();
    links
        .iter()
        .filter(|link| !link.is_direct())
        .filter_map(|link| case(facts, &links, link))
        .collect()
}

fn case(facts: &Facts, links: &[Seen<'_, Link>], link: &Seen<'_, Link>) -> Option<Case> {
    let party = link.to.clone()?;
    let shown = link.shown();
    let leaf = shown.first()?;
    // A certificate of the party's, or of another party's, is a matter of reloads or addresses.
    let own = held(facts);
    if own.iter().any(|(_, one)| one.spki_der() == leaf.spki_der()) {
        return None;
    }
    let direct = links.iter().find(|one| {
        one.setting == link.direct_setting() && one.to.as_deref() == Some(party.as_str())
    });
    let direct = direct.filter(|direct| direct.outcome == Outcome::Reached)?;
    let itself = direct.shown().into_iter().next()?;
    if itself.spki_der() == leaf.spki_der() {
        return None;
    }
    let (file, mine) = own.iter().find(|(_, one)| one.spki_der() == itself.spki_der())?;
    let leads = leads_to_trust(facts, link, &shown)?;
    let (effect, by) = if leads {
        (Effect::Exposes, "the CA that callers trust issued it, for a key that is not the party's")
    } else {
        (effect(facts, &party), "no CA that callers trust issued it")
    };
    let summary =
        format!("at {} somebody else shows a certificate for {party}: {by}", link.address);
    let digest = |one: &Certificate| one.thumb().to_string();
    let mut case = Case::confirmed(&link.address, &party, effect, summary)
        .with("seen_sha256", digest(leaf), link.source)
        .with("seen_issuer", leaf.issuer().to_string(), link.source)
        .with("own_sha256", digest(&itself), direct.address.as_str())
        .with("own_sha256", digest(mine), file.as_str())
        .check_again(format!(
            "openssl s_client -connect {} </dev/null | openssl x509 -noout -fingerprint -sha256 \
             -issuer; openssl x509 -in {file} -noout -fingerprint -sha256 -issuer",
            link.address
        ))
        .touching([
            format!("link:{}>{party}", link.from),
            format!("cert:{}", digest(leaf)),
            format!("party:{}", link.from),
        ]);
    if leads {
        let serial = hex::encode(leaf.serial());
        case = case.with("seen_serial", serial, link.source);
        case = case
            .stopping([format!("nothing: what {} says to {party} is read by others", link.from)]);
    } else {
        case = case.stopping([stopped(facts, &party)]);
    }
    Some(case)
}

/// Every party's own certificates, with the file that holds each.
fn held(facts: &Facts) -> Vec<(String, Certificate)> {
    let own = facts.of::<Chain>().into_iter().filter(|chain| chain.used_as == "own");
    own.filter_map(|chain| Some((chain.source.to_owned(), chain.read().into_iter().next()?)))
        .collect()
}

/// Does what is shown lead to what the caller trusts for this link? `None` when that is not known.
fn leads_to_trust(facts: &Facts, link: &Seen<'_, Link>, shown: &[Certificate]) -> Option<bool> {
    let setting = match link.setting.strip_suffix(".url") {
        Some(endpoint) => format!("{endpoint}.trust"),
        None if link.setting == "party.set_url" => "node.url_trust".to_owned(),
        None => format!("{}.trust", link.setting),
    };
    let settings = facts.about::<Settings>(&link.from);
    let file = settings.iter().find_map(|all| all.text(&setting))?;
    let anchors = facts.at::<Chain>(&format!("{}/{file}", link.from))?.read();
    let (leaf, pool) = shown.split_first()?;
    let input = PathInput {
        leaf,
        pool,
        anchors: &anchors,
        crls: &[],
        ocsp: &[],
        // Whether it is still valid is another question.
        now: facts.now().clamp(leaf.not_before(), leaf.not_after()),
        settings: &PathSettings::default(),
        signatures: &CurrentAlgorithms,
    };
    Some(validate(&input).is_ok())
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let mut steps = bypass(facts, &case.subject, &case.owner);
    steps.push(Step::advice(
        &case.owner,
        format!("find out who answers at {} and end it; tell whoever routes to it", case.subject),
    ));
    let serial = case.evidence.iter().find(|one| one.what == "seen_serial");
    if let Some(serial) = serial {
        steps.push(Step::advice(
            &case.owner,
            format!(
                "have the TLS CA revoke serial {}, and take its key for known until it is clear \
                 how \
                 the certificate was issued",
                serial.value
            ),
        ));
    }
    steps
}
