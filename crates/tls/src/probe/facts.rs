//! [`Facts`]: what is known of a server, and what could not be asked.

use std::collections::BTreeMap;

use crate::{
    Version,
    extension::ExtensionType as E,
    message::{KeyShare, server_key_exchange},
    probe::{Answer, Ending},
    server_hello::ServerHello,
};

/// Something that a server does, does not, or has not been seen to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Known {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// There was no occasion to see it.
    #[default]
    Unseen,
}

impl From<bool> for Known {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// Who decides, where both sides have several of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Order {
    /// The server, in the order that is shown.
    Server,
    /// The client: the order that is shown is the prober's.
    Client,
}

/// The server's share of a key exchange, as far as it matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Share {
    /// A prime field with this many bits.
    Field {
        /// Bits of the prime.
        bits: usize,
        /// The prime, big endian.
        prime: Vec<u8>,
    },
    /// A named group.
    Group(u16),
    /// A curve that the server describes itself.
    ExplicitCurve,
    /// A temporary RSA key with this many bits.
    Rsa {
        /// Bits of the modulus.
        bits: usize,
    },
}

/// A suite that a server has chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChosenSuite {
    /// Its code; three octets with SSL 2.0.
    pub code: u32,
    /// The share that came with it.
    pub share: Option<Share>,
}

/// Whether a version is spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spoken {
    /// It is.
    Accepted,
    /// It is refused; says how: an alert's name, `closed`, `reset`, another version.
    Refused(String),
    /// It could not be found out; says why.
    Unknown(String),
}

/// What is known of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFacts {
    /// The version.
    pub version: Version,
    /// Whether it is spoken.
    pub spoken: Spoken,
    /// Suites, in the order in which the server chose them.
    pub suites: Vec<ChosenSuite>,
    /// Whose order that is; `None` with fewer than two.
    pub suite_order: Option<Order>,
    /// Were all suites asked for?
    pub complete: bool,
}

/// Groups that a server accepts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupFacts {
    /// In the order in which the server chose them.
    pub groups: Vec<u16>,
    /// Whose order that is; `None` with fewer than two.
    pub order: Option<Order>,
}

/// A chain that was served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServedChain {
    /// DER, in the order in which they were sent.
    pub certificates: Vec<Vec<u8>>,
    /// The stapled OCSP response, DER.
    pub stapled_ocsp: Option<Vec<u8>>,
    /// Versions with which it was seen, the oldest first.
    pub versions: Vec<Version>,
    /// Was a staple asked for in every connection that this was seen in? (not with SSL)
    pub staple_asked: bool,
}

/// A question without a useful answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unanswered {
    /// What was asked about.
    pub about: String,
    /// How it ended.
    pub ending: Ending,
}

/// What is known of a server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The host name that was asked for.
    pub server_name: Option<String>,
    /// Each version that was asked about, the oldest first.
    pub versions: Vec<VersionFacts>,
    /// Curves with versions before TLS 1.3.
    pub curves: GroupFacts,
    /// Groups with TLS 1.3.
    pub tls13_groups: GroupFacts,
    /// The chains that were served, each once.
    pub chains: Vec<ServedChain>,
    /// Compression method that was chosen when some were offered: 0 is none.
    pub compression: Option<u8>,
    /// Is heartbeat (RFC 6520) accepted?
    pub heartbeat: Known,
    /// Is renegotiation, where there is any, bound to its connection (RFC 5746)?
    pub secure_renegotiation: Known,
    /// Are tickets given before TLS 1.3 (RFC 5077)?
    pub tickets: Known,
    /// Are session ids given before TLS 1.3?
    pub session_ids: Known,
    /// Are tickets given with TLS 1.3?
    pub tickets_tls13: Known,
    /// Was a session resumed with a ticket, before TLS 1.3?
    pub tickets_resumed: Known,
    /// Was a session resumed with its id?
    pub session_ids_resumed: Known,
    /// Was a session resumed with a ticket of TLS 1.3?
    pub tickets_tls13_resumed: Known,
    /// How long a ticket from before TLS 1.3 may be used, in seconds; 0 when it does not say.
    pub ticket_lifetime_seconds: Option<u32>,
    /// Is the master secret bound to the handshake (RFC 7627)?
    pub extended_master_secret: Known,
    /// Is encrypt-then-MAC (RFC 7366) used with CBC?
    pub encrypt_then_mac: Known,
    /// Is a needless fallback refused (RFC 7507)?
    pub fallback_scsv: Known,
    /// Does the random say that TLS 1.3 would have been spoken (RFC 8446 4.1.3)?
    pub sentinel: Known,
    /// Protocols of ALPN, in the order in which the server chose them.
    pub alpn: Vec<String>,
    /// Is a client's certificate asked for?
    pub client_certificate: Known,
    /// Was the same ephemeral key seen in two connections?
    pub key_reused: Known,
    /// What could not be found out.
    pub unanswered: Vec<Unanswered>,
    /// Did anything that was read prove that this is TLS?
    pub is_tls: bool,
    /// The first octets of an answer that was no TLS.
    pub not_tls: Option<Vec<u8>>,
    /// Ephemeral public keys seen so far, and in how many connections.
    shares_seen: BTreeMap<Vec<u8>, usize>,
}

/// Ephemeral keys that are kept to see one again.
const SHARES_MAX: usize = 512;

/// Different chains that are kept: a server has one for each kind of key.
const CHAINS_MAX: usize = 8;

impl Facts {
    /// Nothing is known yet.
    pub fn new(server_name: Option<String>) -> Self {
        Self { server_name, ..Self::default() }
    }

    /// What is known of `version`, when it was asked about.
    pub fn version(&self, version: Version) -> Option<&VersionFacts> {
        self.versions.iter().find(|facts| facts.version == version)
    }

    /// Is `version` spoken?
    pub fn speaks(&self, version: Version) -> bool {
        self.version(version).is_some_and(|facts| facts.spoken == Spoken::Accepted)
    }

    /// The versions that are spoken, the oldest first.
    pub fn spoken(&self) -> impl DoubleEndedIterator<Item = &VersionFacts> {
        self.versions.iter().filter(|facts| facts.spoken == Spoken::Accepted)
    }

    /// Suites of TLS and SSL 3.0 that are accepted, with the version.
    pub fn suites(&self) -> impl Iterator<Item = (Version, &'static crate::suite::Suite)> {
        self.spoken().filter(|facts| facts.version != Version::SSL2).flat_map(|facts| {
            let found = facts.suites.iter();
            found.filter_map(|chosen| {
                Some((facts.version, crate::suite::find(u16::try_from(chosen.code).ok()?)?))
            })
        })
    }

    /// Adds what is known of a version, in its place.
    pub(crate) fn add_version(&mut self, facts: VersionFacts) {
        self.versions.retain(|known| known.version != facts.version);
        self.versions.push(facts);
        self.versions.sort_by_key(|known| known.version);
    }

    /// Adds a chain, or the version to the chain that is the same.
    pub fn add_chain(
        &mut self,
        certificates: &[Vec<u8>],
        stapled_ocsp: Option<&Vec<u8>>,
        version: Version,
    ) {
        if certificates.is_empty() {
            return;
        }
        let asks = version >= Version::TLS10;
        let same = self.chains.iter_mut().find(|chain| chain.certificates == certificates);
        if let Some(chain) = same {
            if !chain.versions.contains(&version) {
                chain.versions.push(version);
                chain.versions.sort();
            }
            if chain.stapled_ocsp.is_none() {
                chain.stapled_ocsp = stapled_ocsp.cloned();
            }
            chain.staple_asked |= asks;
        } else if self.chains.len() < CHAINS_MAX {
            self.chains.push(ServedChain {
                certificates: certificates.to_vec(),
                stapled_ocsp: stapled_ocsp.cloned(),
                versions: vec![version],
                staple_asked: asks,
            });
        }
    }

    /// Takes from an answer what every answer shows, whatever was asked.
    pub(crate) fn note(&mut self, about: &str, answer: &Answer) {
        let flight = &answer.flight;
        self.is_tls |= answer.is_hello() || !flight.alerts.is_empty();
        if flight.problem.is_some() && !answer.is_hello() && flight.alerts.is_empty() {
            self.not_tls.get_or_insert_with(|| flight.start.clone());
        }
        let heard = answer.is_hello() || answer.is_refusal();
        if !heard || matches!(answer.ending, Ending::NotAsked | Ending::NotReached) {
            self.unanswered.push(Unanswered { about: about.to_owned(), ending: answer.ending });
        }
        if let Some(ssl2) = &flight.ssl2 {
            let chain = [ssl2.certificate.clone()];
            self.add_chain(&chain[usize::from(chain[0].is_empty())..], None, Version::SSL2);
        }
        let Some(hello) = &flight.hello else { return };
        let version = hello.negotiated();
        if let Some(chain) = &flight.chain {
            self.add_chain(&chain.certificates, flight.stapled_ocsp.as_ref(), version);
        }
        if version < Version::TLS13 {
            self.note_hello(hello, version);
            let asked = Known::from(flight.certificate_request.is_some());
            if flight.done && self.client_certificate != Known::Yes {
                self.client_certificate = asked;
            }
        }
        if let Some(exchange) = &flight.key_exchange {
            self.note_share(&exchange.share);
        }
    }

    fn note_hello(&mut self, hello: &ServerHello, version: Version) {
        let has = |kind| Known::from(hello.extensions.has(kind));
        if version != Version::SSL3 || has(E::RENEGOTIATION_INFO) == Known::Yes {
            worst(&mut self.secure_renegotiation, has(E::RENEGOTIATION_INFO));
        }
        if version == Version::SSL3 {
            return;
        }
        if self.tickets != Known::Yes {
            self.tickets = has(E::SESSION_TICKET);
        }
        if self.session_ids != Known::Yes {
            self.session_ids = Known::from(!hello.session_id.is_empty());
        }
        worst(&mut self.extended_master_secret, has(E::EXTENDED_MASTER_SECRET));
        let suite = crate::suite::find(hello.cipher_suite);
        if suite.is_some_and(|suite| suite.mode == crate::suite::Mode::Cbc) {
            worst(&mut self.encrypt_then_mac, has(E::ENCRYPT_THEN_MAC));
        }
    }

    fn note_share(&mut self, share: &KeyShare) {
        let (KeyShare::Field { public, .. } | KeyShare::Named { public, .. }) = share else {
            return;
        };
        if self.shares_seen.len() < SHARES_MAX || self.shares_seen.contains_key(public) {
            let seen = self.shares_seen.entry(public.clone()).or_default();
            *seen += 1;
            if *seen > 1 {
                self.key_reused = Known::Yes;
            } else if self.key_reused == Known::Unseen && self.shares_seen.len() > 1 {
                self.key_reused = Known::No;
            }
        }
    }
}

/// A protection holds only where it always holds.
fn worst(known: &mut Known, seen: Known) {
    if *known != Known::No {
        *known = seen;
    }
}

impl Share {
    /// What of `share` matters; `None` for the hint of a shared secret.
    pub fn of(share: &KeyShare) -> Option<Self> {
        let bits = server_key_exchange::bits;
        Some(match share {
            KeyShare::Field { prime, .. } => {
                Self::Field { bits: bits(prime), prime: prime.clone() }
            }
            KeyShare::Named { group, .. } => Self::Group(*group),
            KeyShare::Explicit => Self::ExplicitCurve,
            KeyShare::Rsa { modulus, .. } => Self::Rsa { bits: bits(modulus) },
            KeyShare::Hint => return None,
        })
    }
}
