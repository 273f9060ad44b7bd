//! A certificate stands in a place for which it was not issued.
//!
//! It names another role, another brand or another use than the place needs: a merchant's
//! certificate at the gateway, an exchange certificate where signatures are made. Peers refuse
//! what is done with it.
//!
//! ## How it shows
//!
//! Peers answer with `signatureFailure` or `certificateInvalid`; a party that was fine does not
//! start again, because the key beside it is another.
//!
//! ## How it is confirmed
//!
//! certificateType, keyUsage, extendedKeyUsage or the brand in the certificate's name are not what
//! the place needs. Nothing else is asked.
//!
//! ## How it is repaired
//!
//! The recorded file is put back when its certificate is the right one and still valid. Otherwise
//! the party has to be certified for its role.
//!
//! ## How the repair is proved
//!
//! The certificate is looked at again, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It copies another party's certificate to the place, or exchanges those for signing and for
//! receiving.

use counterfoil_pki::{Certificate, KeyUsage, Roles};

use super::next_start;
use crate::fact::{Chain, Facts, Observation as _, PartySeen, Recorded, Role, Settings};
use crate::fault::{Class, Fault};
use crate::finding::Case;
use crate::plan::Step;
use crate::remedy;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "certificate-wrong-role",
    class: Class::Configuration,
    title: "A certificate stands in a place for which it was not issued.",
    source: include_str!("certificate_wrong_role.rs"),
    symptoms: &[
        "peers answer `certificateInvalid` or `signatureFailure` since a file was replaced",
        "`key-malformed` at a start",
    ],
    explains: &[
        "key-mismatch",
        "certificate-wrong-name",
        "certificate-not-reloaded",
        "party-down",
        "party-not-ready",
        "restart-loop",
    ],
    needs: &[Chain::KIND, PartySeen::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let own = facts.of::<Chain>().into_iter().filter(|chain| chain.used_as == "own");
    own.filter_map(|chain| {
        let leaf = chain.read().into_iter().next()?;
        let (what, seen, expected) = wrong(facts, chain.party, chain.source, &leaf)?;
        let effect = next_start::effect(facts, chain.party);
        let summary = format!(
            "{} holds a certificate with {what} {seen}, needed is {expected}",
            chain.source
        );
        Some(
            Case::confirmed(chain.source, chain.party, effect, summary)
                .with("subject", leaf.subject().to_string(), chain.source)
                .with("seen", seen, chain.source)
                .with("expected", expected, "")
                .check_again(format!("counterfoil cert show {}", chain.source))
                .touching([format!("file:{}", chain.source)])
                .stopping([next_start::phrase(facts, chain.party)]),
        )
    })
    .collect()
}

/// What is wrong with a certificate at this place, if anything is: what, as it is, as needed.
fn wrong(
    facts: &Facts,
    party: &str,
    place: &str,
    leaf: &Certificate,
) -> Option<(&'static str, String, String)> {
    let name = place.rsplit('/').next()?.strip_suffix(".pem")?;
    if name.starts_with("tls") {
        let is_set = !leaf.roles().is_empty();
        let purpose = || ("purpose", "no TLS server".to_owned(), "TLS server".to_owned());
        return (name == "tls" && (is_set || !leaf.is_for_tls_servers())).then(purpose);
    }
    let seen = facts.party(party)?;
    let role = role(&seen)?;
    let uses = match name {
        "signature" => KeyUsage::DIGITAL_SIGNATURE,
        "exchange" => KeyUsage::KEY_AGREEMENT | KeyUsage::KEY_ENCIPHERMENT,
        "issuing" => KeyUsage::KEY_CERT_SIGN,
        _ => return None,
    };
    if !leaf.roles().contains(role) {
        return Some(("role", leaf.roles().to_string(), role.to_string()));
    }
    if !leaf.key_usage().is_some_and(|usage| usage.intersects(uses)) {
        let expected = match name {
            "signature" => "digitalSignature",
            "exchange" => "keyAgreement or keyEncipherment",
            _ => "keyCertSign",
        };
        return Some(("keyUsage", "for something else".into(), expected.into()));
    }
    let settings = facts.about::<Settings>(party).into_iter().next();
    let brand = settings.as_ref().and_then(|settings| settings.text("party.brand"))?;
    let has = leaf.brand().filter(|_| role != Roles::RCA)?;
    // A brand's name in a certificate may be followed by its product.
    let is_brand = has.split(':').next() == Some(brand) || has == brand;
    (!is_brand).then(|| ("brand", format!("`{has}`"), format!("`{brand}`")))
}

fn role(seen: &PartySeen) -> Option<Roles> {
    Some(match (seen.role, seen.ca.as_deref()) {
        (Role::Merchant, _) => Roles::MER,
        (Role::Gateway, _) => Roles::PGWY,
        (Role::Ca, Some("root")) => Roles::RCA,
        (Role::Ca, Some("brand")) => Roles::BCA,
        (Role::Ca, Some("geo")) => Roles::GCA,
        (Role::Ca, Some("cca")) => Roles::CCA,
        (Role::Ca, Some("mca")) => Roles::MCA,
        (Role::Ca, Some("pca")) => Roles::PCA,
        _ => return None,
    })
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let (place, owner) = (case.subject.as_str(), case.owner.as_str());
    let recorded =
        facts.at::<Recorded>(place).and_then(|recorded| recorded.chain().first().cloned());
    let good = recorded.is_some_and(|certificate| {
        wrong(facts, owner, place, &certificate).is_none() && certificate.not_after() > facts.now()
    });
    match remedy::restore(facts, place, owner, true).filter(|_| good) {
        Some(step) => [vec![step], remedy::read_again(facts, owner)].concat(),
        None => vec![Step::advice(
            owner,
            format!("put the certificate that was issued for {place} there, or have one issued"),
        )],
    }
}
