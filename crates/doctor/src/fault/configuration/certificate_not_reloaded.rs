//! A party shows another certificate than its files hold.
//!
//! The file was replaced and the party was not told: it goes on with the one in its memory until a
//! reload or start. The day on which the old one ends comes although everybody believes it renewed.
//!
//! ## How it shows
//!
//! Nothing, until the old certificate ends; then handshakes fail although the file is good.
//!
//! ## How it is confirmed
//!
//! The party, called at its own listener, shows a certificate that is in none of its files, while
//! the file that its settings name holds one of the same issuer for the same names. A certificate
//! of
//! another issuer is not taken for a former one.
//!
//! ## How it is repaired
//!
//! The party reloads.
//!
//! ## How the repair is proved
//!
//! Its listener shows the certificate of its file, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It issues the TLS certificate of a party anew, by its real CA, and tells the party nothing.

use crate::fact::{Chain, Facts, Link, Observation as _, Outcome, Settings};
use crate::fault::{AFTER_A_BROKEN_LINK, Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "certificate-not-reloaded",
    class: Class::Configuration,
    title: "A party shows another certificate than its files hold.",
    source: include_str!("certificate_not_reloaded.rs"),
    symptoms: &["a renewed certificate is not seen by anybody"],
    explains: AFTER_A_BROKEN_LINK,
    needs: &[Link::KIND, Chain::KIND, Settings::KIND],
    look,
    plan,
};

fn look(facts: &Facts) -> Vec<Case> {
    let direct = facts.of::<Link>().into_iter();
    direct
        .filter(|link| link.is_direct() && link.outcome == Outcome::Reached)
        .filter_map(|link| {
            let party = link.to.clone()?;
            let shown = link.shown().into_iter().next()?;
            let settings = facts.about::<Settings>(&party);
            let key = link.setting.replace(".listen", ".certificate");
            let file = settings.iter().find_map(|all| all.text(&key))?;
            let file = format!("{party}/{file}");
            let held = facts.at::<Chain>(&file)?.read().into_iter().next()?;
            let own = facts.about::<Chain>(&party);
            let elsewhere = own.iter().any(|chain| chain.read().contains(&shown));
            let is_former = held.issuer() == shown.issuer()
                && held.subject_alt_names() == shown.subject_alt_names()
                && held != shown;
            if elsewhere || !is_former {
                return None;
            }
            let effect = match shown.not_after() {
                ended if ended <= facts.now() => crate::between::effect(facts, &party),
                ends => Effect::WillStop(ends),
            };
            let summary = format!(
                "{party} shows a certificate that ends {}; {file} holds one that \
                 ends {}",
                shown.not_after(),
                held.not_after()
            );
            Some(
                Case::confirmed(file.clone(), &party, effect, summary)
                    .with("shown_sha256", shown.thumb().to_string(), link.address.as_str())
                    .with("held_sha256", held.thumb().to_string(), file.as_str())
                    .check_again(format!(
                        "openssl s_client -connect {} </dev/null | openssl x509 -noout \
                         -fingerprint -sha256; openssl x509 -in {file} -noout -fingerprint -sha256",
                        link.address
                    ))
                    .touching([format!("cert:{}", shown.thumb())])
                    .stopping([format!("what calls {party}, from {} on", shown.not_after())]),
            )
        })
        .collect()
}

fn plan(_: &Facts, case: &Case) -> Vec<Step> {
    vec![Step::automatic("reload", &case.owner, format!("have {} read its files", case.owner))]
}
