//! One applicant and one CA, their records, and everything that went over the wire.

use std::collections::BTreeMap;

use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_crypto::suite::P256;
use counterfoil_message::primitive::CardExpiry;
use counterfoil_pki::trust::{BciRule, Trust, TrustSettings};
use counterfoil_secret::{Pan, Secret};
use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::applicant::{
    Applicant, ApplicantKeys, ApplicantSettings, Command, Order, Outcome, Wanted, Who,
};
use crate::ca::config::{
    AcquirerPolicy, Admission, FieldConfig, FieldKind, FormConfig, GatewayEntry, IssuerPolicy,
    ListedCard, MerchantEntry,
};
use crate::ca::{self, CaConfig, CaIdentity, CaKind, CertificateAuthority, MarkKey, Published};
use crate::event::Event;
use crate::founding::{Founded, FoundedCa, Plan};
use crate::identity::{Exchange, Identity};
use crate::machine::{CallFailure, Channel, Destination, Input, Output, ReplyTo, Role};
use crate::memory::MemoryRecords;
use crate::records::Records;

/// The card of the tests, and its marks.
pub(super) const PAN: &str = "4929123412341232";
/// Its expiry: thirteen months after the tests begin.
pub(super) const EXPIRY: &str = "202712";
/// The secret that the bank gave out.
pub(super) const PASSPHRASE: &str = "correct horse battery";
/// The question for it.
pub(super) const QUESTION: &str = "Passphrase from your bank";
/// BIN of issuer and acquirer.
pub(super) const BIN: &str = "492912";

pub(super) fn start() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

pub(super) fn marks() -> MarkKey {
    MarkKey::new(Secret::new([9; 32]))
}

pub(super) fn plan(brand: &str) -> Plan {
    Plan {
        suite: &P256,
        provider: DETERMINISTIC,
        brand: brand.into(),
        country: "GB".into(),
        institution: "First Bank".into(),
        gateway: format!("{BIN}:1"),
        card_cert_required: true,
        now: start(),
    }
}

pub(super) fn form() -> FormConfig {
    FormConfig {
        id: 7,
        language: "en".into(),
        policy: "You agree.".into(),
        brand_logo_url: None,
        card_logo_url: Some("https://bank.example/card.png".into()),
        fields: vec![
            FieldConfig {
                kind: FieldKind::PassPhrase,
                name: QUESTION.into(),
                description: Some("It came by post".into()),
                length_max: 40,
                required: true,
            },
            FieldConfig {
                kind: FieldKind::FullName,
                name: "Name".into(),
                description: None,
                length_max: 20,
                required: false,
            },
        ],
    }
}

/// The settings of a CA that admits the card, the merchant `M-1` and the gateway `77` with the
/// passphrase.
pub(super) fn config(kind: CaKind, brand: &str) -> CaConfig {
    let mut config = CaConfig::new(kind, brand);
    let passphrase = |owner: &str| marks().passphrase(owner, PASSPHRASE);
    match kind {
        CaKind::Cca => config.issuers.push(IssuerPolicy {
            bin: BIN.into(),
            name: "First Bank".into(),
            country: "GB".into(),
            card_name: Some("Gold".into()),
            admission: Admission::Listed {
                cards: vec![ListedCard {
                    card: marks().card(&Pan::parse(PAN).unwrap()),
                    expiry: Some(EXPIRY.into()),
                    passphrase: Some(passphrase(BIN)),
                }],
                unlisted_wait: false,
            },
            review: false,
            form: form(),
        }),
        CaKind::Mca | CaKind::Pca => config.acquirers.push(AcquirerPolicy {
            bin: BIN.into(),
            name: "First Bank".into(),
            country: "GB".into(),
            review: false,
            form: form(),
            merchants: vec![MerchantEntry {
                id: "M-1".into(),
                name: "Shop".into(),
                city: "London".into(),
                state: None,
                postal_code: Some("N1".into()),
                country_name: "United Kingdom".into(),
                country_number: 826,
                language: Some("en".into()),
                receives_card_number: false,
                passphrase: passphrase(&format!("{BIN}:M-1")),
            }],
            gateways: vec![GatewayEntry {
                business_id: "77".into(),
                passphrase: passphrase(&format!("{BIN}:77")),
                card_cert_required: true,
            }],
        }),
        _ => {}
    }
    config
}

/// The keys of a founded CA.
pub(super) fn identity(ca: &FoundedCa) -> CaIdentity {
    let messages = ca.signature.as_ref().map(|signature| Identity {
        sign_key: signature.key.signing_key().unwrap(),
        sign_certificate: signature.certificate.clone(),
        exchange: ca.exchange.as_ref().map(|exchange| Exchange {
            key: exchange.key.exchange_key().unwrap(),
            certificate: exchange.certificate.clone(),
        }),
        chain: ca.chain.clone(),
    });
    CaIdentity {
        issuing_key: ca.issuing.key.signing_key().unwrap(),
        issuing_certificate: ca.issuing.certificate.clone(),
        messages,
        marks: marks(),
        record_key: Secret::new([5; 32]),
    }
}

pub(super) fn founded_ca(founded: &Founded, kind: CaKind) -> &FoundedCa {
    match kind {
        CaKind::Root => &founded.root,
        CaKind::Brand | CaKind::Geo => &founded.brand,
        CaKind::Cca => &founded.cca,
        CaKind::Mca => &founded.mca,
        CaKind::Pca => &founded.pca,
    }
}

pub(super) fn new_ca(founded: &Founded, config: CaConfig) -> CertificateAuthority {
    let published = Published {
        crls: founded.crls.clone(),
        certificates: [&founded.cca, &founded.mca, &founded.pca]
            .map(|ca| ca.issuing.certificate.clone())
            .into(),
        bci: Some(founded.bci.clone()),
    };
    let identity = identity(founded_ca(founded, config.kind));
    let roots = vec![founded.root.issuing.certificate.clone()];
    CertificateAuthority::new(config, identity, roots, published).unwrap()
}

pub(super) fn trust(founded: &Founded) -> Trust {
    let settings = TrustSettings { bci: BciRule::Required, crl_age_max: None };
    Trust::new(vec![founded.root.issuing.certificate.clone()], settings).unwrap()
}

/// What happens to a message on its way.
pub(super) enum Fate {
    /// It arrives.
    Arrives,
    /// It arrives as these octets.
    Becomes(Vec<u8>),
    /// It is lost.
    Lost,
    /// It arrives twice.
    Doubled,
}

/// Decides about the message with this number; requests are even, answers odd. It may look into
/// the applicant's records.
pub(super) type Weather = Box<dyn FnMut(usize, &[u8], &MemoryRecords) -> Fate>;

/// Which process crashes before which message is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crash {
    /// The CA, before the request comes.
    CaBefore,
    /// The CA, after it has answered; the answer is lost.
    CaAfter,
    /// The applicant, before its request goes out.
    ApplicantBefore,
    /// The applicant, after its request has gone out.
    ApplicantAfter,
}

pub(super) struct World {
    pub(super) founded: Founded,
    pub(super) config: CaConfig,
    pub(super) ca: CertificateAuthority,
    pub(super) ca_records: MemoryRecords,
    pub(super) applicant: Applicant,
    pub(super) records: MemoryRecords,
    pub(super) now: Timestamp,
    pub(super) rng: ChaCha20Rng,
    pub(super) wire: Vec<Vec<u8>>,
    pub(super) events: Vec<Event>,
    pub(super) weather: Weather,
    pub(super) crash_at: Option<(usize, Crash)>,
    role: Role,
    replies: u64,
}

impl World {
    pub(super) fn new(kind: CaKind) -> Self {
        Self::with(kind, |_| ())
    }

    /// A world whose CA has other settings.
    pub(super) fn with(kind: CaKind, change: impl Fn(&mut CaConfig)) -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let founded = plan("Acme").found(&mut rng).unwrap();
        let mut config = config(kind, "Acme");
        change(&mut config);
        let role = match kind {
            CaKind::Cca => Role::Wallet,
            CaKind::Mca => Role::Merchant,
            _ => Role::Gateway,
        };
        let mut world = Self {
            ca: new_ca(&founded, config.clone()),
            applicant: new_applicant(role, &founded),
            founded,
            config,
            ca_records: MemoryRecords::new(),
            records: MemoryRecords::new(),
            now: start(),
            rng,
            wire: Vec::new(),
            events: Vec::new(),
            weather: Box::new(|_, _, _| Fate::Arrives),
            crash_at: None,
            role,
            replies: 0,
        };
        world.ca_input(Input::Deadline);
        world
    }

    /// Gives the CA an input.
    pub(super) fn ca_input(&mut self, input: Input<ca::Command>) -> Vec<Output<ca::Outcome>> {
        let outputs = self.ca_records.run(&mut self.ca, input, self.now, &mut self.rng).unwrap();
        self.events.extend(outputs.iter().filter_map(|output| match output {
            Output::Event(event) => Some(event.clone()),
            _ => None,
        }));
        outputs
    }

    /// Gives the operator's command to the CA.
    pub(super) fn operator(&mut self, command: ca::Command) -> ca::Outcome {
        let outputs = self.ca_input(Input::Command { reply_to: ReplyTo(0), command });
        let outcome = outputs.into_iter().find_map(|output| match output {
            Output::Outcome { outcome, .. } => Some(outcome),
            _ => None,
        });
        outcome.unwrap()
    }

    /// The CA's answer to these octets; none when it drops them.
    pub(super) fn ask_ca(&mut self, body: &[u8]) -> Option<Vec<u8>> {
        let request = Input::Request {
            reply_to: ReplyTo(0),
            channel: Channel::Registration,
            peer: "applicant".into(),
            body: body.to_vec(),
        };
        self.ca_input(request).into_iter().find_map(|output| match output {
            Output::Reply { body, .. } => Some(body),
            _ => None,
        })
    }

    /// Gives the applicant a command and lets things happen until it is answered, or until
    /// nothing more happens.
    pub(super) fn command(&mut self, command: Command) -> Option<Outcome> {
        self.replies += 1;
        let reply_to = ReplyTo(self.replies);
        let outputs = self.applicant_input(Input::Command { reply_to, command });
        self.run(outputs, Some(reply_to))
    }

    /// Lets time pass until the applicant rests.
    pub(super) fn wait(&mut self) {
        while let Some(at) = self.records.next_alarm().unwrap() {
            self.now = self.now.max(at);
            let outputs = self.applicant_input(Input::Deadline);
            self.run(outputs, None);
        }
    }

    fn applicant_input(&mut self, input: Input<Command>) -> Vec<Output<Outcome>> {
        let outputs =
            self.records.run(&mut self.applicant, input, self.now, &mut self.rng).unwrap();
        self.events.extend(outputs.iter().filter_map(|output| match output {
            Output::Event(event) => Some(event.clone()),
            _ => None,
        }));
        outputs
    }

    fn run(&mut self, outputs: Vec<Output<Outcome>>, wanted: Option<ReplyTo>) -> Option<Outcome> {
        let mut todo = std::collections::VecDeque::from(outputs);
        let mut found = None;
        loop {
            let Some(output) = todo.pop_front() else {
                let alarm = self.records.next_alarm().unwrap();
                let (Some(at), Some(_), None) = (alarm, wanted, &found) else { return found };
                self.now = self.now.max(at);
                todo.extend(self.applicant_input(Input::Deadline));
                continue;
            };
            match output {
                Output::Call { call, channel, body, .. } => {
                    assert_eq!(channel, Channel::Registration);
                    if self.crashed(Crash::ApplicantBefore) {
                        todo.clear();
                        continue;
                    }
                    let crashes = self.crashed(Crash::ApplicantAfter);
                    let result = self.deliver(&body);
                    if crashes {
                        todo.clear();
                        continue;
                    }
                    todo.extend(self.applicant_input(Input::Answer { call, result }));
                }
                Output::Outcome { reply_to, outcome } if Some(reply_to) == wanted => {
                    found = Some(outcome);
                }
                _ => {}
            }
        }
    }

    /// Carries a request to the CA and its answer back.
    fn deliver(&mut self, body: &[u8]) -> Result<Vec<u8>, CallFailure> {
        self.crashed(Crash::CaBefore);
        let loses_answer = self.crash_at == Some((self.wire.len(), Crash::CaAfter));
        let number = self.wire.len();
        self.wire.push(body.to_vec());
        let answer = match (self.weather)(number, body, &self.records) {
            Fate::Lost => None,
            Fate::Arrives => self.ask_ca(body),
            Fate::Becomes(other) => self.ask_ca(&other),
            Fate::Doubled => {
                let first = self.ask_ca(body);
                assert_eq!(self.ask_ca(body), first, "the same octets get the same answer");
                first
            }
        };
        if loses_answer {
            self.crash_at = None;
            self.restart_ca();
        }
        let answer = answer.filter(|_| !loses_answer);
        self.wire.push(answer.clone().unwrap_or_default());
        let Some(answer) = answer else { return Err(CallFailure::NoAnswer) };
        match (self.weather)(number + 1, &answer, &self.records) {
            Fate::Lost => Err(CallFailure::NoAnswer),
            Fate::Arrives | Fate::Doubled => Ok(answer),
            Fate::Becomes(other) => Ok(other),
        }
    }

    /// Crashes and restarts a process, when its time has come. Its records stay.
    fn crashed(&mut self, who: Crash) -> bool {
        if self.crash_at != Some((self.wire.len(), who)) {
            return false;
        }
        self.crash_at = None;
        match who {
            Crash::CaBefore | Crash::CaAfter => self.restart_ca(),
            Crash::ApplicantBefore | Crash::ApplicantAfter => {
                self.applicant = new_applicant(self.role, &self.founded);
            }
        }
        true
    }

    fn restart_ca(&mut self) {
        self.ca = new_ca(&self.founded, self.config.clone());
        self.ca_input(Input::Deadline);
    }

    /// The registrations of the applicant.
    pub(super) fn registrations(&mut self) -> Vec<String> {
        let Some(Outcome::List { registrations }) = self.command(Command::List) else {
            return Vec::new();
        };
        registrations.into_iter().map(|(registration, _)| registration).collect()
    }

    /// How many certificates the CA has issued to applicants.
    pub(super) fn issued(&self) -> usize {
        self.ca_records.rows().filter(|(table, ..)| *table == "ca-issued").count()
    }

    /// The events with this name.
    pub(super) fn told(&self, name: &str) -> usize {
        self.events.iter().filter(|event| event.name == name).count()
    }
}

pub(super) fn new_applicant(role: Role, founded: &Founded) -> Applicant {
    let keys = ApplicantKeys { provider: DETERMINISTIC, record_key: Secret::new([6; 32]) };
    Applicant::new(ApplicantSettings::new(role), keys, trust(founded)).unwrap()
}

/// An order that the CA of [`config`] fulfils.
pub(super) fn order(kind: CaKind) -> Order {
    let who = match kind {
        CaKind::Cca => Who::Cardholder {
            pan: Pan::parse(PAN).unwrap(),
            expiry: CardExpiry::new(EXPIRY).unwrap(),
        },
        CaKind::Mca => Who::Merchant { bin: BIN.into(), id: "M-1".into() },
        _ => Who::Gateway { bin: BIN.into(), id: "77".into() },
    };
    Order {
        wanted: if kind == CaKind::Cca { Wanted::Signature } else { Wanted::Both },
        who,
        brand: "Acme".into(),
        ca: Destination::Endpoint("ca".into()),
        passphrase: Some(Secret::new(PASSPHRASE.into())),
        answers: BTreeMap::new(),
        present: None,
    }
}

pub(super) fn register(order: Order) -> Command {
    Command::Register(Box::new(order))
}

/// What an outcome comes to, in a line.
pub(super) fn shown(outcome: Option<Outcome>) -> String {
    let text = |message: Option<String>| message.unwrap_or_default();
    match outcome {
        None => "nothing".into(),
        Some(Outcome::Registered(_)) => "registered".into(),
        Some(Outcome::FormWanted { wrong, .. }) => format!("form wanted {wrong:?}"),
        Some(Outcome::Pended { message, .. }) => format!("pended: {}", text(message)),
        Some(Outcome::Refused { status, message, .. }) => format!("{status}: {}", text(message)),
        Some(Outcome::Referred { reason, .. }) => format!("referred: {}", text(reason)),
        Some(Outcome::Unreachable { reason, .. }) => format!("unreachable: {reason}"),
        Some(Outcome::Failed { id, .. }) => format!("failed: {id}"),
        Some(Outcome::NotDone { id, .. }) => format!("not done: {id}"),
        Some(Outcome::Forgotten) => "forgotten".into(),
        Some(Outcome::List { registrations }) => format!("{} registrations", registrations.len()),
    }
}

/// `seconds` later.
pub(super) fn later(at: Timestamp, seconds: i64) -> Timestamp {
    at + SignedDuration::from_secs(seconds)
}
