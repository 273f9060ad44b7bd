//! [`Offer`]: what a hello of the prober offers.

use crate::{
    Version,
    client_hello::ClientHello,
    extension::{self, ExtensionType as E, Extensions},
    group::{self, GroupKind},
    signature_scheme, ssl2,
    suite::{self, Authentication, Cipher, KeyExchange, Suite},
};

/// A hello, described.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The only version (TLS 1.3, SSL 2.0) or the newest one that is wanted.
    pub version: Version,
    /// Suites and signals, the most wanted first; not for SSL 2.0, to which all are offered.
    pub suites: Vec<u16>,
    /// Groups, the most wanted first.
    pub groups: Vec<u16>,
    /// Protocols for ALPN; no such extension when empty.
    pub alpn: Vec<&'static [u8]>,
    /// Are compression and heartbeat offered?
    pub oddities: bool,
}

impl Offer {
    /// Everything that a version is asked about, with these suites.
    pub fn of(version: Version, suites: Vec<u16>) -> Self {
        let groups = if version == Version::TLS13 { tls13_groups() } else { curves() };
        Self { version, suites, groups, alpn: Vec::new(), oddities: false }
    }

    /// What a client of today says, TLS 1.2 and 1.3 together.
    pub fn to_octets(&self, name: Option<&str>, random: [u8; 32]) -> Vec<u8> {
        if self.version == Version::SSL2 {
            return ssl2::ClientHello {
                version: Version::SSL2,
                ciphers: ssl2::CIPHERS.iter().map(|(code, _)| *code).collect(),
                session_id: Vec::new(),
                challenge: random[..16].to_vec(),
            }
            .to_octets();
        }
        let mut cipher_suites = self.suites.clone();
        if self.version == Version::SSL3 {
            // SSL 3.0 has no extensions: the signal stands for renegotiation_info.
            cipher_suites.push(suite::EMPTY_RENEGOTIATION_INFO_SCSV);
        }
        ClientHello {
            version: self.version.min(Version::TLS12),
            random,
            // 32 octets, as TLS 1.3 has it for the sake of old middleboxes (RFC 8446 D.4).
            session_id: if self.version == Version::TLS13 { random.to_vec() } else { Vec::new() },
            cipher_suites,
            compression: if self.oddities { vec![1, 64, 0] } else { vec![0] },
            extensions: self.extensions(name),
        }
        .to_octets()
    }

    fn extensions(&self, name: Option<&str>) -> Extensions {
        let mut extensions = Extensions::default();
        if self.version == Version::SSL3 {
            return extensions;
        }
        if let Some(name) = name {
            extensions.add(E::SERVER_NAME, |w| extension::write_server_name(w, name));
        }
        extensions.add(E::STATUS_REQUEST, |w| {
            w.u8(1).u16(0).u16(0);
        });
        extensions.add(E::SUPPORTED_GROUPS, |w| {
            w.u16s(2, &self.groups);
        });
        extensions.add(E::SIGNATURE_ALGORITHMS, |w| {
            w.u16s(2, &signature_scheme::OFFERED);
        });
        if !self.alpn.is_empty() {
            extensions.add(E::ALPN, |w| extension::write_alpn(w, &self.alpn));
        }
        if self.version == Version::TLS13 {
            extensions.add(E::SUPPORTED_VERSIONS, |w| {
                w.u16s(1, &[Version::TLS13.0]);
            });
            extensions.add(E::PSK_KEY_EXCHANGE_MODES, |w| {
                w.u8(1).u8(1);
            });
            // No share at all: the server names the group that it wants (RFC 8446 4.2.8).
            extensions.add(E::KEY_SHARE, |w| {
                w.u16(0);
            });
            return extensions;
        }
        extensions.add(E::EC_POINT_FORMATS, |w| {
            w.octets(1, &[0, 1, 2]);
        });
        extensions.add(E::ENCRYPT_THEN_MAC, |_| {});
        extensions.add(E::EXTENDED_MASTER_SECRET, |_| {});
        extensions.add(E::SESSION_TICKET, |_| {});
        extensions.add(E::RENEGOTIATION_INFO, |w| {
            w.u8(0);
        });
        if self.oddities {
            extensions.add(E::HEARTBEAT, |w| {
                w.u8(1);
            });
        }
        extensions
    }
}

/// Curves for versions before TLS 1.3. Prime fields are left out on purpose: a server that
/// finds one of RFC 7919 uses it, and hides the one that it has for older clients.
pub fn curves() -> Vec<u16> {
    let modern = [29, 23, 24, 25, 30];
    let old = group::ALL.iter().filter(|group| {
        group.kind == GroupKind::Curve && group.code <= 30 && !modern.contains(&group.code)
    });
    modern.into_iter().chain(old.map(|group| group.code)).collect()
}

/// Groups that TLS 1.3 can use, in the order of clients of today.
pub fn tls13_groups() -> Vec<u16> {
    let usable = group::ALL.iter().filter(|group| match group.kind {
        GroupKind::Curve => matches!(group.code, 23..=25 | 29..=41),
        GroupKind::Field | GroupKind::Encapsulation => true,
        GroupKind::Hybrid => !matches!(group.code, 0x4138 | 0xfe30..=0xfe32),
    });
    let mut codes: Vec<u16> = usable.map(|group| group.code).collect();
    let first = [0x11ec, 0x11eb, 0x11ed, 29, 23, 24, 25, 30];
    codes.sort_by_key(|code| first.iter().position(|other| other == code).unwrap_or(first.len()));
    codes
}

/// Most suites of one hello: some servers stumble over more than 127.
pub const SUITES_PER_HELLO_MAX: usize = 100;

/// The suites that `version` can use, in portions for one hello each: first what servers have,
/// then what next to none has.
pub fn portions(version: Version) -> Vec<Vec<u16>> {
    let usable = |suite: &&Suite| match version {
        Version::TLS13 => suite.is_tls13(),
        Version::TLS12 => !suite.is_tls13(),
        _ => !suite.is_tls13() && !suite.needs_tls12(),
    };
    let all = || suite::all().filter(usable).filter(|suite| suite.code != 0);
    let mut common: Vec<&Suite> = all().filter(|suite| is_common(suite)).collect();
    // The best first: what a server without an order of its own chooses is then told as such.
    common.sort_by_key(|suite| std::cmp::Reverse(suite.worth()));
    let rest: Vec<u16> = all().filter(|suite| !is_common(suite)).map(|suite| suite.code).collect();
    let common: Vec<u16> = common.into_iter().map(|suite| suite.code).collect();
    let split = |codes: &[u16]| -> Vec<Vec<u16>> {
        codes.chunks(SUITES_PER_HELLO_MAX).map(<[u16]>::to_vec).collect()
    };
    [split(&common), split(&rest)].concat()
}

/// Do servers that people run have it?
fn is_common(suite: &Suite) -> bool {
    use Authentication as A;
    use Cipher as C;
    use KeyExchange as K;
    let certificate = matches!(suite.authentication, A::Rsa | A::Ecdsa | A::Anonymous | A::Any);
    let exchange = matches!(
        suite.key_exchange,
        K::Rsa | K::RsaExport | K::Dhe | K::DheExport | K::Ecdhe | K::Any
    );
    let cipher =
        !matches!(
            suite.cipher,
            C::Aria128 | C::Aria256 | C::Seed | C::Idea | C::Rc2Export56 | C::Rc4Export56
        ) && !matches!(suite.cipher, C::Gost28147 | C::Magma | C::Kuznyechik | C::Skipjack);
    let camellia = matches!(suite.cipher, C::Camellia128 | C::Camellia256);
    certificate
        && exchange
        && cipher
        && !(camellia && suite.mode.is_aead())
        && suite.is_registered()
        || suite.is_tls13()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn portions_hold_every_suite_once_and_are_small() {
        for version in [Version::SSL3, Version::TLS12, Version::TLS13] {
            let portions = portions(version);
            assert!(portions.iter().all(|portion| portion.len() <= SUITES_PER_HELLO_MAX));
            let mut codes: Vec<u16> = portions.concat();
            let count = codes.len();
            codes.sort_unstable();
            codes.dedup();
            assert_eq!(codes.len(), count);
        }
        let covered =
            portions(Version::TLS12).concat().len() + portions(Version::TLS13).concat().len();
        assert_eq!(covered, suite::all().count() - 1, "all but TLS_NULL_WITH_NULL_NULL");
        assert!(portions(Version::TLS12)[0].contains(&0x0003), "export is asked for at once");
    }

    #[test]
    fn a_hello_of_tls13_has_no_share_and_one_of_ssl3_no_extensions() {
        let read = |version| {
            let octets = Offer::of(version, vec![0x1301]).to_octets(Some("a.example"), [1; 32]);
            ClientHello::read(&octets[9..]).unwrap()
        };
        let new = read(Version::TLS13);
        assert_eq!(new.extensions.get(E::KEY_SHARE), Some(&[0, 0][..]));
        assert_eq!(new.supported_versions(), [Version::TLS13]);
        let old = read(Version::SSL3);
        assert!(!old.extensions.present && old.cipher_suites.contains(&0x00ff));
    }
}
