//! [`ProbeReport`]: facts, verdicts and remarks, as one document.

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use counterfoil_pki::view::CertificateView;
use counterfoil_pki::{Certificate, host};
use counterfoil_remark::{Remark, Severity};
use counterfoil_tls::chain::ChainView;
use counterfoil_tls::probe::Facts;
use counterfoil_tls::probe::facts::{Known, Order, Share, Spoken, VersionFacts};
use counterfoil_tls::rule::{self, Seen};
use counterfoil_tls::{Version, attack, group, ssl2, suite};

/// How the probe went.
#[derive(Debug, Clone)]
pub(super) struct Circumstances {
    pub(super) target: String,
    pub(super) address: String,
    pub(super) starttls: Option<&'static str>,
    pub(super) started_at: Timestamp,
    pub(super) took: Duration,
    pub(super) connections: usize,
}

/// What is known of a server, and what is wrong with it.
#[derive(Debug, Clone, Serialize)]
pub struct ProbeReport {
    /// What was probed: `host:port`.
    pub target: String,
    /// The address that was connected to.
    pub address: String,
    /// The name that was asked for.
    pub name: Option<String>,
    /// The protocol that TLS began in.
    pub starttls: Option<&'static str>,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Connections that were made.
    pub connections: usize,
    /// Each version that was asked about, the newest first.
    pub versions: Vec<VersionReport>,
    /// Curves of TLS 1.2 and before, in the order in which the server chose them.
    pub curves: GroupReport,
    /// Groups of TLS 1.3.
    pub groups: GroupReport,
    /// The chains that it serves, one for each kind of key.
    pub chains: Vec<ChainReport>,
    /// What chains were judged by: `trust`, the roots that were given, or `structure` alone.
    pub chains_judged_by: &'static str,
    /// What else it does.
    pub features: Features,
    /// Attacks by name: `open`, `closed`, `not_tested`, `unknown`.
    pub attacks: Vec<AttackReport>,
    /// What is to be said, the worst first.
    pub remarks: Vec<Remark>,
    /// The facts themselves, for programs that decide more.
    #[serde(skip)]
    pub facts: Facts,
}

/// One version.
#[derive(Debug, Clone, Serialize)]
pub struct VersionReport {
    /// Its name: `TLS 1.2`.
    pub version: Version,
    /// Whether it is spoken: `yes`, `no`, `unknown`.
    pub accepted: &'static str,
    /// How it was refused, or why it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Whose order the suites are in: `server`, `client`; absent with fewer than two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<&'static str>,
    /// Its suites.
    pub suites: Vec<SuiteReport>,
}

/// One suite.
#[derive(Debug, Clone, Serialize)]
pub struct SuiteReport {
    /// Its code, as `0xc030`.
    pub code: String,
    /// Its registered name.
    pub name: String,
    /// The name that OpenSSL has for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub openssl: Option<&'static str>,
    /// `broken`, `weak`, `fair` or `good`.
    pub worth: &'static str,
    /// What keys were agreed upon with: `DH 2048 bits`, `secp256r1`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_exchange: Option<String>,
}

/// Groups.
#[derive(Debug, Clone, Serialize)]
pub struct GroupReport {
    /// Whose order they are in: `server`, `client`; absent with fewer than two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<&'static str>,
    /// Their names.
    pub names: Vec<String>,
}

/// A chain as it is served.
#[derive(Debug, Clone, Serialize)]
pub struct ChainReport {
    /// Versions that it was seen with.
    pub versions: Vec<Version>,
    /// The certificates, in the order in which they were sent.
    pub certificates: Vec<CertificateReport>,
    /// Is each followed by that of its issuer, and none left over?
    pub in_order: bool,
    /// Does the leaf demand a staple?
    pub must_staple: bool,
    /// The stapled OCSP response.
    pub staple: Option<StapleReport>,
}

/// One certificate.
#[derive(Debug, Clone, Serialize)]
pub struct CertificateReport {
    /// Who it is about.
    pub subject: String,
    /// Who signed it.
    pub issuer: String,
    /// Start of validity.
    pub not_before: String,
    /// End of validity.
    pub not_after: String,
    /// Kind and size of its key.
    pub key: String,
    /// What it is signed with.
    pub signature: String,
    /// The hosts that it is for.
    pub names: Vec<String>,
    /// SHA-256 of its DER, hexadecimal.
    pub sha256: String,
}

/// What a staple says.
#[derive(Debug, Clone, Serialize)]
pub struct StapleReport {
    /// `good`, `revoked`, `unknown`, or why it says nothing.
    pub status: String,
    /// As of when.
    pub this_update: Option<Timestamp>,
    /// Until when.
    pub next_update: Option<Timestamp>,
    /// Is it signed by one who may answer for the issuer? `null` when that cannot be told: the
    /// issuer's certificate is not at hand, or the response is about another certificate.
    pub signature_holds: Option<bool>,
}

impl ChainReport {
    fn of(chain: &ChainView, anchors: &[Certificate], now: Timestamp) -> Self {
        let staple = chain.staple.as_ref().map(|staple| match staple {
            Ok(staple) => StapleReport {
                status: staple.single.status.name().into(),
                this_update: Some(staple.single.this_update),
                next_update: staple.single.next_update,
                signature_holds: chain.staple_signed(anchors, now).map(|held| held.is_ok()),
            },
            Err(why) => StapleReport {
                status: why.clone(),
                this_update: None,
                next_update: None,
                signature_holds: None,
            },
        });
        Self {
            versions: chain.versions.clone(),
            certificates: chain.certificates.iter().map(CertificateReport::of).collect(),
            in_order: chain.is_ordered(),
            must_staple: chain.must_staple(),
            staple,
        }
    }
}

impl CertificateReport {
    fn of(view: &CertificateView) -> Self {
        Self {
            subject: view.subject.to_string(),
            issuer: view.issuer.to_string(),
            not_before: view.not_before.to_string(),
            not_after: view.not_after.to_string(),
            key: view.key.describe(),
            signature: view.outer_algorithm.name(),
            names: view.strict().map(host::names).unwrap_or_default(),
            sha256: view.thumb().to_string(),
        }
    }
}

/// What a server does and does not; `null` where there was no occasion to see it.
#[derive(Debug, Clone, Serialize)]
#[allow(missing_docs, reason = "the fields are those of the facts, which say what they mean")]
pub struct Features {
    pub compression: Option<bool>,
    pub heartbeat: Option<bool>,
    pub secure_renegotiation: Option<bool>,
    pub session_ids: Option<bool>,
    pub tickets: Option<bool>,
    pub tickets_tls13: Option<bool>,
    pub session_ids_resumed: Option<bool>,
    pub tickets_resumed: Option<bool>,
    pub tickets_tls13_resumed: Option<bool>,
    pub ticket_lifetime_seconds: Option<u32>,
    pub extended_master_secret: Option<bool>,
    pub encrypt_then_mac: Option<bool>,
    pub fallback_scsv: Option<bool>,
    pub tls13_sentinel: Option<bool>,
    pub client_certificate: Option<bool>,
    pub ephemeral_key_reused: Option<bool>,
    pub alpn: Vec<String>,
}

/// The verdict on one attack.
#[derive(Debug, Clone, Serialize)]
pub struct AttackReport {
    /// Its name.
    pub name: &'static str,
    /// `open`, `closed`, `not_tested`, `unknown`.
    pub verdict: &'static str,
}

impl ProbeReport {
    pub(super) fn of(
        circumstances: Circumstances,
        facts: Facts,
        name: Option<String>,
        trust: Option<&[Certificate]>,
    ) -> Self {
        let Circumstances { target, address, starttls, started_at, took, connections } =
            circumstances;
        let chains: Vec<ChainView> = facts.chains.iter().map(ChainView::of).collect();
        let host =
            name.clone().or_else(|| address.parse().ok().map(|a: SocketAddr| a.ip().to_string()));
        let remarks = rule::judge(&Seen {
            subject: &target,
            facts: &facts,
            chains: &chains,
            host: host.as_deref(),
            anchors: trust,
            now: started_at,
        });
        let anchors = trust.unwrap_or_default();
        let chain_reports =
            chains.iter().map(|chain| ChainReport::of(chain, anchors, started_at)).collect();
        let attack = |attack: &attack::Attack| AttackReport {
            name: attack.name,
            verdict: (attack.verdict)(&facts).name(),
        };
        Self {
            versions: facts.versions.iter().rev().map(VersionReport::of).collect(),
            curves: GroupReport::of(&facts.curves),
            groups: GroupReport::of(&facts.tls13_groups),
            chains: chain_reports,
            chains_judged_by: if trust.is_some() { "trust" } else { "structure" },
            features: Features::of(&facts),
            attacks: attack::ALL.iter().map(attack).collect(),
            target,
            address,
            name,
            starttls,
            started_at,
            took_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            connections,
            remarks,
            facts,
        }
    }

    /// The worst of the remarks.
    pub fn worst(&self) -> Option<Severity> {
        self.remarks.iter().map(|remark| remark.severity).max()
    }

    /// Is there a question that had no answer?
    pub fn is_incomplete(&self) -> bool {
        !self.facts.unanswered.is_empty()
    }
}

impl VersionReport {
    fn of(facts: &VersionFacts) -> Self {
        let (accepted, why) = match &facts.spoken {
            Spoken::Accepted => ("yes", None),
            Spoken::Refused(how) => ("no", Some(how.clone())),
            Spoken::Unknown(why) => ("unknown", Some(why.clone())),
        };
        Self {
            version: facts.version,
            accepted,
            why,
            order: facts.suite_order.map(order_name),
            suites: facts
                .suites
                .iter()
                .map(|chosen| SuiteReport::of(facts.version, chosen.code, chosen.share.as_ref()))
                .collect(),
        }
    }
}

impl SuiteReport {
    fn of(version: Version, code: u32, share: Option<&Share>) -> Self {
        let known = u16::try_from(code).ok().and_then(suite::find);
        let known = known.filter(|_| version != Version::SSL2);
        Self {
            code: if version == Version::SSL2 {
                format!("0x{code:06x}")
            } else {
                format!("0x{code:04x}")
            },
            name: known.map_or_else(|| ssl2::cipher_name(code), |suite| suite.name.to_owned()),
            openssl: known.and_then(suite::Suite::openssl_name),
            worth: known.map_or(suite::Worth::Broken, suite::Suite::worth).name(),
            key_exchange: share.map(share_name),
        }
    }
}

impl GroupReport {
    fn of(facts: &counterfoil_tls::probe::facts::GroupFacts) -> Self {
        let names = facts.groups.iter().map(|code| group::name(*code)).collect();
        Self { order: facts.order.map(order_name), names }
    }
}

impl Features {
    fn of(facts: &Facts) -> Self {
        let known = |known: Known| match known {
            Known::Yes => Some(true),
            Known::No => Some(false),
            Known::Unseen => None,
        };
        Self {
            compression: facts.compression.map(|method| method != 0),
            heartbeat: known(facts.heartbeat),
            secure_renegotiation: known(facts.secure_renegotiation),
            session_ids: known(facts.session_ids),
            tickets: known(facts.tickets),
            tickets_tls13: known(facts.tickets_tls13),
            session_ids_resumed: known(facts.session_ids_resumed),
            tickets_resumed: known(facts.tickets_resumed),
            tickets_tls13_resumed: known(facts.tickets_tls13_resumed),
            ticket_lifetime_seconds: facts.ticket_lifetime_seconds,
            extended_master_secret: known(facts.extended_master_secret),
            encrypt_then_mac: known(facts.encrypt_then_mac),
            fallback_scsv: known(facts.fallback_scsv),
            tls13_sentinel: known(facts.sentinel),
            client_certificate: known(facts.client_certificate),
            ephemeral_key_reused: known(facts.key_reused),
            alpn: facts.alpn.clone(),
        }
    }
}

fn order_name(order: Order) -> &'static str {
    match order {
        Order::Server => "server",
        Order::Client => "client",
    }
}

fn share_name(share: &Share) -> String {
    match share {
        Share::Field { bits, .. } => format!("DH {bits} bits"),
        Share::Group(code) => group::name(*code),
        Share::ExplicitCurve => "a curve of its own".into(),
        Share::Rsa { bits } => format!("RSA {bits} bits"),
    }
}
