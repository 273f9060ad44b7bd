//! What can be said of a server, one rule a file. A new one is a file and a line in [`ALL`].
//!
//! A rule is a function of what was seen; it says nothing of what was not.

mod certificate_expired;
mod certificate_expires_soon;
mod certificate_key_weak;
mod certificate_name;
mod certificate_not_yet_valid;
mod certificate_self_signed;
mod certificate_signature_weak;
mod certificate_unreadable;
mod chain_incomplete;
mod chain_order;
mod chain_superfluous;
mod chain_untrusted;
mod compression;
mod dh_common_prime;
mod dh_small;
mod extended_master_secret_missing;
mod fallback_unprotected;
mod group_hybrid_missing;
mod group_weak;
mod heartbeat;
mod key_reused;
mod no_current_version;
mod question_unanswered;
mod renegotiation_insecure;
mod resumption_refused;
mod sentinel_missing;
mod ssl2_accepted;
mod ssl3_accepted;
mod staple_missing;
mod staple_must;
mod staple_other;
mod staple_revoked;
mod staple_signature;
mod staple_stale;
mod staple_unreadable;
mod suite_anonymous;
mod suite_cbc;
mod suite_cbc_tls10;
mod suite_des;
mod suite_export;
mod suite_null;
mod suite_order_clients;
mod suite_rc4;
mod suite_rsa_key_exchange;
mod suite_small_blocks;
mod suite_static_key_exchange;
mod ticket_lifetime_long;
mod tls10_accepted;
mod tls11_accepted;
mod tls13_missing;

use counterfoil_pki::{Certificate, view::CertificateView};
use counterfoil_remark::{Kind, Remark};
use jiff::Timestamp;

use crate::{Version, chain::ChainView, probe::Facts, suite::Suite};

/// Something that can be said, and how it is found.
#[derive(Debug)]
pub struct Rule {
    /// What is said.
    pub kind: &'static Kind,
    /// Says it of what was seen.
    pub check: fn(&Seen<'_>) -> Vec<Remark>,
}

/// Every rule, by group and what matters most in it.
pub static ALL: [&Rule; 50] = [
    &ssl2_accepted::RULE,
    &ssl3_accepted::RULE,
    &no_current_version::RULE,
    &tls10_accepted::RULE,
    &tls11_accepted::RULE,
    &tls13_missing::RULE,
    &suite_null::RULE,
    &suite_anonymous::RULE,
    &suite_export::RULE,
    &suite_rc4::RULE,
    &suite_des::RULE,
    &suite_small_blocks::RULE,
    &suite_cbc_tls10::RULE,
    &suite_rsa_key_exchange::RULE,
    &suite_static_key_exchange::RULE,
    &suite_order_clients::RULE,
    &suite_cbc::RULE,
    &dh_common_prime::RULE,
    &dh_small::RULE,
    &group_weak::RULE,
    &key_reused::RULE,
    &group_hybrid_missing::RULE,
    &compression::RULE,
    &renegotiation_insecure::RULE,
    &fallback_unprotected::RULE,
    &sentinel_missing::RULE,
    &extended_master_secret_missing::RULE,
    &heartbeat::RULE,
    &ticket_lifetime_long::RULE,
    &resumption_refused::RULE,
    &certificate_expired::RULE,
    &certificate_not_yet_valid::RULE,
    &certificate_name::RULE,
    &certificate_unreadable::RULE,
    &certificate_key_weak::RULE,
    &certificate_signature_weak::RULE,
    &certificate_self_signed::RULE,
    &certificate_expires_soon::RULE,
    &chain_untrusted::RULE,
    &chain_incomplete::RULE,
    &chain_order::RULE,
    &chain_superfluous::RULE,
    &staple_revoked::RULE,
    &staple_signature::RULE,
    &staple_stale::RULE,
    &staple_other::RULE,
    &staple_must::RULE,
    &staple_unreadable::RULE,
    &staple_missing::RULE,
    &question_unanswered::RULE,
];

/// What the rules look at.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// What the remarks are about: `host:port`.
    pub subject: &'a str,
    /// What is known.
    pub facts: &'a Facts,
    /// The chains among the facts, read.
    pub chains: &'a [ChainView],
    /// The name or address that the certificate has to have.
    pub host: Option<&'a str>,
    /// Roots that are trusted; none judges the structure of the chains alone.
    pub anchors: Option<&'a [Certificate]>,
    /// The time of the judgement.
    pub now: Timestamp,
}

/// Everything that can be said, in the order of [`ALL`].
pub fn kinds() -> Vec<&'static Kind> {
    ALL.iter().map(|rule| rule.kind).collect()
}

/// Says everything that there is to say, the worst first.
pub fn judge(seen: &Seen<'_>) -> Vec<Remark> {
    let mut remarks: Vec<Remark> = ALL.iter().flat_map(|rule| (rule.check)(seen)).collect();
    remarks.sort_by_key(|remark| std::cmp::Reverse(remark.severity));
    remarks
}

impl Seen<'_> {
    /// The certificates of all paths, each once.
    fn path_certificates(&self) -> impl Iterator<Item = &CertificateView> {
        let mut seen: Vec<&[u8]> = Vec::new();
        let all = self
            .chains
            .iter()
            .flat_map(|chain| chain.path.iter().filter_map(|at| chain.certificates.get(*at)));
        all.filter(move |certificate| {
            let is_new = !seen.contains(&certificate.der.as_slice());
            seen.push(&certificate.der);
            is_new
        })
    }

    /// Says `kind` when `version` is accepted.
    fn accepted(&self, kind: &'static Kind, version: Version) -> Vec<Remark> {
        let Some(facts) = self.facts.spoken().find(|facts| facts.version == version) else {
            return Vec::new();
        };
        let count = facts.suites.len();
        vec![kind.of(self.subject, format!("{version} is accepted, with {count} suites"))]
    }

    /// Says `kind` when suites for which `is_meant` are accepted.
    fn suites(
        &self,
        kind: &'static Kind,
        is_meant: impl Fn(Version, &Suite) -> bool,
    ) -> Vec<Remark> {
        let mut versions: Vec<Version> = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for (version, suite) in self.facts.suites().filter(|(v, suite)| is_meant(*v, suite)) {
            if !versions.contains(&version) {
                versions.push(version);
            }
            if !names.contains(&suite.name) {
                names.push(suite.name);
            }
        }
        let (Some(first), Some(oldest), Some(newest)) =
            (names.first(), versions.first(), versions.last())
        else {
            return Vec::new();
        };
        let which = match names.len() {
            1 => (*first).to_owned(),
            count => format!("{count} suites, such as {first}"),
        };
        let with =
            if oldest == newest { format!("{oldest}") } else { format!("{oldest} to {newest}") };
        let remark = kind.of(self.subject, format!("accepts {which}, with {with}"));
        vec![remark.with("suites", names.join(" "))]
    }
}
