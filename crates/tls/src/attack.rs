//! Attacks by name, and whether a server is open to them.
//!
//! A verdict rests on what the server accepts. Where only an attempt would tell, nothing is
//! attempted, and the verdict says so.

use crate::{
    Version,
    dh_prime::primes,
    probe::{
        Facts,
        facts::{Known, Share, Spoken},
    },
    suite::{KeyExchange, Mode, Suite},
};

/// What is known of a server and an attack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// The server accepts what the attack needs.
    Open,
    /// It does not.
    Closed,
    /// It accepts what the attack needs, and whether it can be attacked was not tried.
    NotTested,
    /// It could not be found out.
    Unknown,
}

impl Verdict {
    /// The word in text and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::NotTested => "not_tested",
            Self::Unknown => "unknown",
        }
    }
}

/// An attack and how the verdict is found.
#[derive(Debug)]
pub struct Attack {
    /// Its name, as people know it.
    pub name: &'static str,
    /// The remark that explains it.
    pub remark: &'static str,
    /// The verdict.
    pub verdict: fn(&Facts) -> Verdict,
}

/// Every attack that is looked at, by name.
pub static ALL: [Attack; 11] = [
    Attack { name: "beast", remark: "suite-cbc-tls10", verdict: beast },
    Attack { name: "crime", remark: "compression", verdict: crime },
    Attack {
        name: "drown",
        remark: "ssl2-accepted",
        verdict: |facts| spoken(facts, Version::SSL2),
    },
    Attack { name: "freak", remark: "suite-export", verdict: freak },
    Attack { name: "logjam", remark: "dh-small", verdict: logjam },
    Attack {
        name: "poodle",
        remark: "ssl3-accepted",
        verdict: |facts| spoken(facts, Version::SSL3),
    },
    Attack { name: "raccoon", remark: "key-reused", verdict: raccoon },
    Attack {
        name: "rc4",
        remark: "suite-rc4",
        verdict: |facts| suites(facts, |s| s.cipher.is_rc4()),
    },
    Attack { name: "renegotiation", remark: "renegotiation-insecure", verdict: renegotiation },
    Attack { name: "robot", remark: "suite-rsa-key-exchange", verdict: robot },
    Attack {
        name: "sweet32",
        remark: "suite-small-blocks",
        verdict: |facts| suites(facts, |suite| suite.cipher.has_small_blocks()),
    },
];

fn spoken(facts: &Facts, version: Version) -> Verdict {
    match facts.version(version).map(|known| &known.spoken) {
        Some(Spoken::Accepted) => Verdict::Open,
        Some(Spoken::Refused(_)) => Verdict::Closed,
        Some(Spoken::Unknown(_)) | None => Verdict::Unknown,
    }
}

/// Open when a suite of this kind is accepted; closed when all were asked for and none is.
fn suites(facts: &Facts, is_meant: impl Fn(&Suite) -> bool) -> Verdict {
    if facts.suites().any(|(_, suite)| is_meant(suite)) {
        return Verdict::Open;
    }
    let asked = facts.versions.iter().filter(|known| known.version >= Version::SSL3);
    let mut count = 0;
    let complete = asked
        .inspect(|_| count += 1)
        .all(|known| known.complete && !matches!(known.spoken, Spoken::Unknown(_)));
    if complete && count > 0 { Verdict::Closed } else { Verdict::Unknown }
}

fn beast(facts: &Facts) -> Verdict {
    let open = facts.suites().any(|(version, suite)| {
        matches!(version, Version::SSL3 | Version::TLS10) && suite.mode == Mode::Cbc
    });
    match (open, spoken(facts, Version::TLS10), spoken(facts, Version::SSL3)) {
        (true, ..) => Verdict::Open,
        (false, Verdict::Unknown, _) | (false, _, Verdict::Unknown) => Verdict::Unknown,
        (false, ..) => Verdict::Closed,
    }
}

fn crime(facts: &Facts) -> Verdict {
    match facts.compression {
        Some(0) => Verdict::Closed,
        Some(_) => Verdict::Open,
        // TLS 1.3 has none (RFC 8446 4.1.2).
        None if facts.spoken().all(|known| known.version == Version::TLS13) => Verdict::Closed,
        None => Verdict::Unknown,
    }
}

fn freak(facts: &Facts) -> Verdict {
    suites(facts, |suite| suite.key_exchange == KeyExchange::RsaExport)
}

fn logjam(facts: &Facts) -> Verdict {
    let small = primes(facts).first().is_some_and(|(bits, ..)| *bits <= 1024);
    match suites(facts, |suite| suite.key_exchange == KeyExchange::DheExport) {
        _ if small => Verdict::Open,
        verdict => verdict,
    }
}

/// Only a key that is used again can be measured.
fn raccoon(facts: &Facts) -> Verdict {
    let has_prime = facts
        .spoken()
        .flat_map(|known| &known.suites)
        .any(|chosen| matches!(chosen.share, Some(Share::Field { .. })));
    match (has_prime, facts.key_reused) {
        (true, Known::Yes) => Verdict::NotTested,
        (true, Known::Unseen) => Verdict::Unknown,
        (true, Known::No) => Verdict::Closed,
        (false, _) => match suites(facts, |suite| suite.key_exchange == KeyExchange::Dhe) {
            Verdict::Open => Verdict::Unknown,
            verdict => verdict,
        },
    }
}

fn renegotiation(facts: &Facts) -> Verdict {
    match facts.secure_renegotiation {
        Known::Yes => Verdict::Closed,
        Known::No => Verdict::Open,
        Known::Unseen if facts.spoken().all(|known| known.version == Version::TLS13) => {
            Verdict::Closed
        }
        Known::Unseen => Verdict::Unknown,
    }
}

fn robot(facts: &Facts) -> Verdict {
    match suites(facts, Suite::encrypts_for_rsa) {
        Verdict::Open => Verdict::NotTested,
        verdict => verdict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attacks_are_in_the_order_of_their_names_and_explained_by_a_remark() {
        assert!(ALL.windows(2).all(|pair| pair[0].name < pair[1].name));
        for attack in &ALL {
            assert!(crate::rule::ALL.iter().any(|rule| rule.kind.id == attack.remark));
        }
    }

    #[test]
    fn nothing_is_called_closed_that_was_not_asked() {
        let facts = Facts::default();
        for attack in &ALL {
            let verdict = (attack.verdict)(&facts);
            // Nothing is spoken, so nothing can be compressed or renegotiated.
            let vacuous = ["crime", "renegotiation"].contains(&attack.name);
            assert!(verdict == Verdict::Unknown || vacuous, "{}", attack.name);
        }
    }
}
