//! Certificates, lists and facts for tests, made as CAs make them.

use counterfoil_crypto::digest::sha256;
use counterfoil_crypto::key::{KeyPair, KeyUse};
use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_crypto::suite::P256;
use counterfoil_doctor::fact::{
    Chain, Fact, KeySeen, Link, List, ListForm, Outcome, PartySeen, Role, State,
};
use counterfoil_doctor::{Diagnosis, Facts, fault, locate};
use counterfoil_pki::bci::Bci;
use counterfoil_pki::issue::{
    BciTemplate, CrlTemplate, Issuer, Profile, Revoked, Template, issue, profile, self_sign,
};
use counterfoil_pki::name::{AttributeKind, DistinguishedName};
use counterfoil_pki::{Certificate, Crl, Roles};
use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng as _;

/// The time of every diagnosis.
pub(crate) fn now() -> Timestamp {
    "2026-05-01T12:00:00Z".parse().unwrap()
}

/// So many days from now.
pub(crate) fn days(days: i64) -> Timestamp {
    now() + SignedDuration::from_hours(24 * days)
}

/// A key and its certificate.
#[derive(Clone)]
pub(crate) struct Holder {
    pub(crate) certificate: Certificate,
    pub(crate) key: KeyPair,
}

/// Makes keys and certificates.
pub(crate) struct Maker {
    rng: ChaCha20Rng,
}

impl Maker {
    pub(crate) fn new() -> Self {
        Self { rng: ChaCha20Rng::seed_from_u64(1) }
    }

    pub(crate) fn key(&mut self) -> KeyPair {
        KeyPair::generate(&DETERMINISTIC, &P256, KeyUse::Sign, &mut self.rng).unwrap()
    }

    fn template(name: &str, profile: Profile, from: Timestamp, until: Timestamp) -> Template {
        use AttributeKind::{CommonName, Organization};
        let subject = DistinguishedName::of(&[(Organization, "Brand"), (CommonName, name)]);
        let (subject, signing_until) = (subject.unwrap(), None);
        Template { subject, profile, not_before: from, not_after: until, signing_until }
    }

    fn root(&mut self, name: &str, profile: Profile) -> Holder {
        let key = self.key();
        let template = Self::template(name, profile, days(-900), days(5_000));
        let signing = key.signing_key().unwrap();
        let certificate = self_sign(&template, &*signing, &mut self.rng).unwrap();
        Holder { certificate, key }
    }

    /// The CA of TLS certificates.
    pub(crate) fn tls_ca(&mut self) -> Holder {
        self.root("TLS CA", profile::tls_ca())
    }

    /// The root of SET.
    pub(crate) fn set_root(&mut self) -> Holder {
        self.root("Root CA", profile::root(None))
    }

    /// A brand's CA.
    pub(crate) fn brand_ca(&mut self, root: &Holder) -> Holder {
        self.leaf(root, "Brand CA", profile::brand(), days(-800), days(4_000))
    }

    /// A CA of merchants.
    pub(crate) fn merchant_ca(
        &mut self,
        brand: &Holder,
        from: Timestamp,
        until: Timestamp,
    ) -> Holder {
        self.leaf(brand, "Merchant CA", profile::issuing_ca(Roles::MCA, true), from, until)
    }

    /// Anything below a CA.
    pub(crate) fn leaf(
        &mut self,
        ca: &Holder,
        name: &str,
        profile: Profile,
        from: Timestamp,
        until: Timestamp,
    ) -> Holder {
        let key = self.key();
        let certificate = self.certify(ca, name, profile, (from, until), &key);
        Holder { certificate, key }
    }

    /// The same for a key that exists.
    pub(crate) fn certify(
        &mut self,
        ca: &Holder,
        name: &str,
        profile: Profile,
        (from, until): (Timestamp, Timestamp),
        key: &KeyPair,
    ) -> Certificate {
        let signing = ca.key.signing_key().unwrap();
        let issuer = Issuer { certificate: &ca.certificate, key: &*signing };
        let template = Self::template(name, profile, from, until);
        issue(&template, &issuer, key.spki_der(), &mut self.rng).unwrap()
    }

    /// A TLS server's.
    pub(crate) fn tls(
        &mut self,
        ca: &Holder,
        name: &str,
        from: Timestamp,
        until: Timestamp,
    ) -> Holder {
        self.leaf(ca, name, profile::tls_server(Vec::new()), from, until)
    }

    pub(crate) fn crl(
        &mut self,
        ca: &Holder,
        number: u64,
        (this_update, next_update): (Timestamp, Timestamp),
        revoked: &[Revoked],
    ) -> Crl {
        let signing = ca.key.signing_key().unwrap();
        let issuer = Issuer { certificate: &ca.certificate, key: &*signing };
        let template = CrlTemplate { number, this_update, next_update, revoked };
        issuer.crl(&template, &mut self.rng).unwrap()
    }

    pub(crate) fn bci(
        &mut self,
        brand: &Holder,
        sequence: u64,
        (not_before, not_after): (Timestamp, Timestamp),
        crls: &[Crl],
    ) -> Bci {
        let signing = brand.key.signing_key().unwrap();
        let issuer = Issuer { certificate: &brand.certificate, key: &*signing };
        let template = BciTemplate { sequence, not_before, not_after, crls };
        issuer.bci(&template, &mut self.rng).unwrap()
    }
}

/// A party that serves.
pub(crate) fn party(name: &str, role: Role) -> Fact {
    ca(name, role, None)
}

/// A party, of a CA also which.
pub(crate) fn ca(name: &str, role: Role, ca: Option<&str>) -> Fact {
    let seen = PartySeen {
        role,
        ca: ca.map(str::to_owned),
        certified: true,
        state: State::Ready,
        reason: None,
        sentence: None,
        supervised: false,
    };
    Fact::of(name, name, now(), &seen)
}

/// Certificates in `PARTY/FOLDER/NAME.pem`.
pub(crate) fn chain(file: &str, certificates: &[&Certificate]) -> Fact {
    let party = file.split('/').next().unwrap();
    let used_as = if file.contains("/trust/") { "trust" } else { "own" };
    let certificates: Vec<Certificate> = certificates.iter().copied().cloned().collect();
    Fact::of(party, file, now(), &Chain::of(used_as, &certificates))
}

/// A private key in `PARTY/keys/NAME.pem`.
pub(crate) fn key(file: &str, key: &KeyPair) -> Fact {
    let party = file.split('/').next().unwrap();
    let spki_sha256 = Some(hex::encode(sha256(key.spki_der())));
    Fact::of(party, file, now(), &KeySeen { spki_sha256, problem: None })
}

/// A CRL that a party holds.
pub(crate) fn crl(party: &str, crl: &Crl) -> Fact {
    let source = format!("{party}/crls ({})", crl.issuer());
    Fact::of(party, source, now(), &List::of(ListForm::Crl, crl.der()))
}

/// A BCI that a party holds.
pub(crate) fn bci(party: &str, bci: &Bci) -> Fact {
    let list = List::of(ListForm::Bci, bci.der());
    Fact::of(party, format!("{party}/crls/bci.pem"), now(), &list)
}

/// What a server shows to a peer.
pub(crate) fn link(from: &str, to: &str, served: &[&Certificate]) -> Fact {
    let certificates: Vec<Certificate> = served.iter().copied().cloned().collect();
    let link = Link {
        from: from.to_owned(),
        setting: format!("node.endpoints.{to}.url"),
        to: Some(to.to_owned()),
        address: format!("{to}:443"),
        outcome: Outcome::Reached,
        said: None,
        millis: 3,
        served: Chain::of("served", &certificates).certificates,
    };
    Fact::of(from, format!("{from} -> {to}:443"), now(), &link)
}

/// Asks one fault.
pub(crate) fn diagnose(fault: &str, facts: Vec<Fact>) -> Diagnosis {
    locate(&Facts::new(now(), facts), &[fault::named(fault).unwrap()])
}

/// What is found, one line each: id, how sure, priority, owner, and the plan's verbs.
pub(crate) fn told(fault: &str, facts: Vec<Fact>) -> String {
    let mut text = String::new();
    for finding in diagnose(fault, facts).findings {
        let verbs: Vec<String> = finding
            .plan
            .iter()
            .map(|step| format!("{}:{} ({})", step.verb, step.party, step.mode.name()))
            .collect();
        text += &format!(
            "{} {} {} {}: {}\n",
            finding.id,
            finding.case.standing.name(),
            finding.priority.name(),
            finding.case.owner,
            verbs.join(", ")
        );
    }
    text
}
