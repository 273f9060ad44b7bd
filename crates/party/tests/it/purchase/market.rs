//! Wallet, merchant, gateway and bank in one thread, with a network that a test can bend.

use std::collections::{BTreeMap, VecDeque};

use counterfoil_crypto::provider::DETERMINISTIC;
use counterfoil_crypto::suite::P256;
use counterfoil_crypto::token::TokenKey;
use counterfoil_message::primitive::{
    CardExpiry, CardNumber, CardSecret, ExNonce, PanData, PanSecret,
};
use counterfoil_party::amount::Amount;
use counterfoil_party::bank::{Bank, BankCommand, BankConfig, BankKeys, OpenAccount, Terms};
use counterfoil_party::bank_link::{BankLink, Expiry};
use counterfoil_party::founding::{EndEntity, Founded, Plan};
use counterfoil_party::gateway::{Gateway, GatewaySettings};
use counterfoil_party::machine::{
    CallFailure, CallId, Channel, Destination, Env, Input, Output, Party, ReplyTo,
};
use counterfoil_party::memory::MemoryRecords;
use counterfoil_party::merchant::{self, BrandSetup, Merchant, MerchantSettings};
use counterfoil_party::records::Records as _;
use counterfoil_party::wallet::{self, Card, Wallet, WalletSettings};
use counterfoil_pki::Certificate;
use counterfoil_pki::extension::{MerNames, MerchantData};
use counterfoil_secret::{Pan, Secret};
use jiff::{SignedDuration, Timestamp};
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;

use super::forge::Forge;

pub(super) const CARD: &str = "4929123412341232";
pub(super) const BRAND: &str = "Visa";
pub(super) const MERCHANT: &str = "SHOP-1";
pub(super) const ORDER: &str = "one marked book: Zauberberg-4711";
pub(super) const URL: &str = "https://shop.example/set";
const ACQUIRER: &str = "455612";

/// Most inputs of one test: more is a loop.
const STEPS_MAX: usize = 20_000;

/// One of the parties.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    Wallet,
    Merchant,
    Gateway,
    Bank,
}

/// A message on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Leg {
    pub(super) from: Who,
    pub(super) to: Who,
}

/// Wallet to merchant.
pub(super) const ASK: Leg = Leg { from: Who::Wallet, to: Who::Merchant };
/// Merchant to wallet.
pub(super) const ANSWER: Leg = Leg { from: Who::Merchant, to: Who::Wallet };
/// Merchant to gateway.
pub(super) const FORWARD: Leg = Leg { from: Who::Merchant, to: Who::Gateway };
/// Gateway to merchant.
pub(super) const DECISION: Leg = Leg { from: Who::Gateway, to: Who::Merchant };

/// What the network does with a message.
pub(super) enum Fate {
    Pass,
    Replace(Vec<u8>),
    Lose,
    /// The request reaches its receiver, and once more.
    Twice,
}

/// Decides on each message: its leg, its name and its octets.
pub(super) type Network = Box<dyn FnMut(&mut Forge, Leg, &str, &[u8]) -> Fate>;

/// When a party crashes: at its n-th input, before or after its records are durable.
#[derive(Debug, Clone, Copy)]
pub(super) struct Crash {
    pub(super) who: Who,
    pub(super) at: usize,
    pub(super) durable: bool,
}

enum Item {
    Wallet(Input<wallet::Command>),
    Merchant(Input<merchant::Command>),
    Gateway(Input<counterfoil_party::gateway::Command>),
    Bank(Vec<u8>, CallId),
}

/// Everything around one shop.
pub(super) struct Market {
    pub(super) now: Timestamp,
    pub(super) rng: ChaCha20Rng,
    pub(super) forge: Forge,
    pub(super) network: Network,
    pub(super) crash: Option<Crash>,
    pub(super) founded: Founded,
    pub(super) merchant_settings: MerchantSettings,
    pub(super) wallet_settings: WalletSettings,
    /// Key-exchange certificates of the gateway that the merchant is configured with.
    pub(super) configured: Vec<Certificate>,
    pub(super) wallet: Wallet,
    pub(super) merchant: Merchant,
    gateway: Gateway,
    bank: Bank,
    pub(super) records: BTreeMap<Who, MemoryRecords>,
    /// Every message that anybody sent, with its receiver.
    pub(super) wire: Vec<(Leg, String, Vec<u8>)>,
    /// `who name error` of each event.
    pub(super) events: Vec<(Who, String)>,
    /// Each event in full.
    pub(super) told: Vec<(Who, String)>,
    queue: VecDeque<Item>,
    replies: BTreeMap<ReplyTo, (Who, CallId)>,
    next_reply: u64,
    wallet_outcomes: BTreeMap<ReplyTo, wallet::Outcome>,
    merchant_outcomes: BTreeMap<ReplyTo, merchant::Outcome>,
    raw_replies: BTreeMap<ReplyTo, Option<Vec<u8>>>,
    inputs: BTreeMap<Who, usize>,
}

pub(super) fn plan(now: Timestamp) -> Plan {
    Plan {
        suite: &P256,
        provider: DETERMINISTIC,
        brand: BRAND.into(),
        country: "US".into(),
        institution: "First Bank".into(),
        gateway: "455612:1".into(),
        card_cert_required: true,
        now,
    }
}

pub(super) fn merchant_data(id: &str) -> MerchantData {
    MerchantData {
        mer_id: id.into(),
        mer_acquirer_bin: ACQUIRER.into(),
        mer_names: vec![MerNames {
            name: "Bookshop".into(),
            city: "Springfield".into(),
            country_name: "US".into(),
            ..MerNames::default()
        }],
        mer_country: 840,
        mer_auth_flag: false,
    }
}

fn gateway_settings() -> GatewaySettings {
    serde_json::from_value(serde_json::json!({
        "brand": BRAND,
        "bank": {"dialect": "ascii1987", "acquirer": ACQUIRER, "mac": "aes-cmac"},
    }))
    .unwrap()
}

fn new_gateway(founded: &Founded, now: Timestamp) -> Gateway {
    let identity = founded.gateway.identity().unwrap();
    let exchange = identity.exchange.clone().unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(99);
    let link = BankLink::new(&gateway_settings().bank, &Secret::new(vec![3; 32])).unwrap();
    let token_key = TokenKey::generate(&mut rng);
    let trust = founded.trust(now).unwrap();
    Gateway::new(gateway_settings(), identity, exchange, trust, link, token_key)
}

fn new_bank() -> Bank {
    let config: BankConfig = serde_json::from_value(serde_json::json!({
        "links": [{"acquirer": ACQUIRER}],
        "merchants": [{"id": MERCHANT}],
        "currencies": ["USD"],
    }))
    .unwrap();
    let links = [(ACQUIRER.to_owned(), Secret::new(vec![3; 32]))].into();
    Bank::new(&config, BankKeys { storage: Secret::new(vec![4; 32]), links }).unwrap()
}

impl Market {
    pub(super) fn open() -> Self {
        let mut rng = ChaCha20Rng::seed_from_u64(11);
        let now: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
        let plan = plan(now);
        let founded = plan.found(&mut rng).unwrap();
        let shop = plan.merchant(&founded.mca, &merchant_data(MERCHANT), &mut rng).unwrap();
        let pan_data = PanData {
            pan: CardNumber(Pan::parse(CARD).unwrap()),
            card_expiry: CardExpiry::new("203012").unwrap(),
            pan_secret: PanSecret::random(&mut rng),
            ex_nonce: ExNonce::random(&mut rng),
        };
        let holder = plan.cardholder(&founded.cca, &pan_data, &mut rng).unwrap();
        let card = card_of(&pan_data, CardSecret::random(&mut rng), &holder);
        let configured = vec![founded.gateway.exchange.as_ref().unwrap().certificate.clone()];
        let merchant_settings = MerchantSettings::new(URL);
        let wallet_settings = WalletSettings::default();
        let forge = Forge::new(&founded, shop, card, now);
        let mut market = Self {
            wallet: forge.new_wallet(&wallet_settings, &founded, now),
            merchant: forge.new_merchant(&merchant_settings, &configured, &founded, now),
            gateway: new_gateway(&founded, now),
            bank: new_bank(),
            now,
            rng,
            forge,
            network: Box::new(|_, _, _, _| Fate::Pass),
            crash: None,
            founded,
            merchant_settings,
            wallet_settings,
            configured,
            records: [Who::Wallet, Who::Merchant, Who::Gateway, Who::Bank]
                .into_iter()
                .map(|who| (who, MemoryRecords::new()))
                .collect(),
            wire: Vec::new(),
            events: Vec::new(),
            told: Vec::new(),
            queue: VecDeque::new(),
            replies: BTreeMap::new(),
            next_reply: 1,
            wallet_outcomes: BTreeMap::new(),
            merchant_outcomes: BTreeMap::new(),
            raw_replies: BTreeMap::new(),
            inputs: BTreeMap::new(),
        };
        market.open_account();
        market
    }

    fn open_account(&mut self) {
        let open = OpenAccount {
            pan: Pan::parse(CARD).unwrap(),
            expiry: Expiry::parse("203012").unwrap(),
            deposit: Amount::parse("1000.00 USD").unwrap(),
            terms: Terms::default(),
        };
        let command = BankCommand::OpenAccount(open);
        let input = Input::Command { reply_to: ReplyTo(0), command };
        let records = self.records.get_mut(&Who::Bank).unwrap();
        records.run(&mut self.bank, input, self.now, &mut self.rng).unwrap();
    }

    /// Restarts merchant and wallet with the settings as they are now; records stay.
    pub(super) fn restart(&mut self, who: Who) {
        match who {
            Who::Wallet => {
                let settings = &self.wallet_settings;
                self.wallet = self.forge.new_wallet(settings, &self.founded, self.now);
                self.queue.push_back(Item::Wallet(Input::Deadline));
            }
            Who::Merchant => {
                let (settings, configured) = (&self.merchant_settings, &self.configured);
                self.merchant =
                    self.forge.new_merchant(settings, configured, &self.founded, self.now);
                self.queue.push_back(Item::Merchant(Input::Deadline));
            }
            Who::Gateway => self.gateway = new_gateway(&self.founded, self.now),
            Who::Bank => {}
        }
    }

    /// Gives the shop a command and plays until it is answered and nothing is left to do.
    pub(super) fn shop(&mut self, command: merchant::Command) -> merchant::Outcome {
        let reply_to = self.fresh();
        self.queue.push_back(Item::Merchant(Input::Command { reply_to, command }));
        self.play();
        self.merchant_outcomes.remove(&reply_to).expect("the command is answered")
    }

    /// Gives the wallet a command and plays until nothing is left to do. No outcome when the
    /// wallet crashed in between.
    pub(super) fn cardholder(&mut self, command: wallet::Command) -> Option<wallet::Outcome> {
        let reply_to = self.fresh();
        self.queue.push_back(Item::Wallet(Input::Command { reply_to, command }));
        self.play();
        self.wallet_outcomes.remove(&reply_to)
    }

    /// Sends octets to the merchant as a wallet would, plays, and gives its answer.
    pub(super) fn ask_merchant(&mut self, body: &[u8]) -> Option<Vec<u8>> {
        let reply_to = self.fresh();
        self.raw_replies.insert(reply_to, None);
        let peer = "test".to_owned();
        let channel = Channel::Payment;
        let body = body.to_vec();
        self.queue.push_back(Item::Merchant(Input::Request { reply_to, channel, peer, body }));
        self.play();
        self.raw_replies.remove(&reply_to).flatten()
    }

    fn fresh(&mut self) -> ReplyTo {
        self.next_reply += 1;
        ReplyTo(self.next_reply)
    }

    /// Handles inputs, and lets time pass to the next deadline, until nobody wants anything.
    pub(super) fn play(&mut self) {
        for _ in 0..STEPS_MAX {
            match self.queue.pop_front() {
                Some(item) => self.handle(item),
                None if self.pass_to_next_deadline() => {}
                None => return,
            }
        }
        panic!("the parties do not come to rest");
    }

    /// The bank link's echo test goes on for ever; only wallet and merchant keep time going, and
    /// only while they are busy: what is due in an hour is left to a test that lets it pass.
    fn pass_to_next_deadline(&mut self) -> bool {
        let horizon = self.now + SignedDuration::from_mins(10);
        let next = [Who::Wallet, Who::Merchant]
            .into_iter()
            .filter_map(|who| Some((self.records[&who].next_alarm().unwrap()?, who)))
            .filter(|(at, _)| *at < horizon)
            .min();
        let Some((at, who)) = next else { return false };
        self.now = self.now.max(at);
        self.queue.push_back(match who {
            Who::Wallet => Item::Wallet(Input::Deadline),
            _ => Item::Merchant(Input::Deadline),
        });
        self.queue.push_back(Item::Gateway(Input::Deadline));
        true
    }

    fn handle(&mut self, item: Item) {
        match item {
            Item::Wallet(input) => {
                let outputs = step(self, Who::Wallet, |m| &mut m.wallet, input);
                for output in outputs {
                    self.wallet_does(output);
                }
            }
            Item::Merchant(input) => {
                let outputs = step(self, Who::Merchant, |m| &mut m.merchant, input);
                for output in outputs {
                    self.merchant_does(output);
                }
            }
            Item::Gateway(input) => {
                let outputs = step(self, Who::Gateway, |m| &mut m.gateway, input);
                for output in outputs {
                    self.gateway_does(output);
                }
            }
            Item::Bank(body, call) => self.play_bank(body, call),
        }
    }

    fn wallet_does(&mut self, output: Output<wallet::Outcome>) {
        match output {
            Output::Call { call, to, body, .. } => {
                assert_eq!(to, Destination::Url(URL.into()));
                self.send_request(ASK, call, body);
            }
            Output::Outcome { reply_to, outcome } => {
                self.wallet_outcomes.insert(reply_to, outcome);
            }
            Output::Event(event) => self.note(Who::Wallet, &event),
            Output::Reply { .. } | Output::Drop { .. } => panic!("nobody asks a wallet"),
        }
    }

    fn merchant_does(&mut self, output: Output<merchant::Outcome>) {
        match output {
            Output::Call { call, to, body, .. } => {
                assert_eq!(to, Destination::Endpoint("gateway".into()));
                self.send_request(FORWARD, call, body);
            }
            Output::Outcome { reply_to, outcome } => {
                self.merchant_outcomes.insert(reply_to, outcome);
            }
            Output::Event(event) => self.note(Who::Merchant, &event),
            Output::Reply { reply_to, body } => self.reply(Who::Merchant, reply_to, body),
            Output::Drop { reply_to } => self.fail(reply_to),
        }
    }

    fn gateway_does(&mut self, output: Output<counterfoil_party::gateway::Outcome>) {
        match output {
            Output::Call { call, body, .. } => self.queue.push_back(Item::Bank(body, call)),
            Output::Reply { reply_to, body } => self.reply(Who::Gateway, reply_to, body),
            Output::Drop { reply_to } => self.fail(reply_to),
            Output::Event(event) => self.note(Who::Gateway, &event),
            Output::Outcome { .. } => {}
        }
    }

    fn note(&mut self, who: Who, event: &counterfoil_party::event::Event) {
        let error = event.fields.get("error").and_then(|value| value.as_str());
        let text = error.map_or(event.name.to_owned(), |id| format!("{} {id}", event.name));
        self.events.push((who, text));
        self.told.push((who, format!("{event:?}")));
    }

    fn send_request(&mut self, leg: Leg, call: CallId, body: Vec<u8>) {
        let name = name_of(&body);
        self.wire.push((leg, name.clone(), body.clone()));
        let fate = (self.network)(&mut self.forge, leg, &name, &body);
        let copies = match fate {
            Fate::Pass => vec![body],
            Fate::Replace(other) => vec![other],
            Fate::Twice => vec![body.clone(), body],
            Fate::Lose => {
                self.answer_call(leg.from, call, Err(CallFailure::NoAnswer));
                return;
            }
        };
        for body in copies {
            let reply_to = self.fresh();
            self.replies.insert(reply_to, (leg.from, call));
            let channel = Channel::Payment;
            let peer = format!("{:?}", leg.from);
            self.queue.push_back(match leg.to {
                Who::Merchant => Item::Merchant(Input::Request { reply_to, channel, peer, body }),
                _ => Item::Gateway(Input::Request { reply_to, channel, peer, body }),
            });
        }
    }

    fn reply(&mut self, from: Who, reply_to: ReplyTo, body: Vec<u8>) {
        if let Some(raw) = self.raw_replies.get_mut(&reply_to) {
            *raw = Some(body);
            return;
        }
        let Some((to, call)) = self.replies.remove(&reply_to) else { return };
        let leg = Leg { from, to };
        let name = name_of(&body);
        self.wire.push((leg, name.clone(), body.clone()));
        let result = match (self.network)(&mut self.forge, leg, &name, &body) {
            Fate::Pass | Fate::Twice => Ok(body),
            Fate::Replace(other) => Ok(other),
            Fate::Lose => Err(CallFailure::NoAnswer),
        };
        self.answer_call(to, call, result);
    }

    fn fail(&mut self, reply_to: ReplyTo) {
        if let Some((to, call)) = self.replies.remove(&reply_to) {
            self.answer_call(to, call, Err(CallFailure::NoAnswer));
        }
    }

    fn answer_call(&mut self, to: Who, call: CallId, result: Result<Vec<u8>, CallFailure>) {
        self.queue.push_back(match to {
            Who::Wallet => Item::Wallet(Input::Answer { call, result }),
            Who::Merchant => Item::Merchant(Input::Answer { call, result }),
            _ => Item::Gateway(Input::Answer { call, result }),
        });
    }

    fn play_bank(&mut self, body: Vec<u8>, call: CallId) {
        self.wire.push((Leg { from: Who::Gateway, to: Who::Bank }, "bank".into(), body.clone()));
        let (channel, peer) = (Channel::Bank, "gateway".to_owned());
        let input = Input::Request { reply_to: ReplyTo(0), channel, peer, body };
        let records = self.records.get_mut(&Who::Bank).unwrap();
        let outputs = records.run(&mut self.bank, input, self.now, &mut self.rng).unwrap();
        let answer = outputs.into_iter().find_map(|output| match output {
            Output::Reply { body, .. } => Some(body),
            _ => None,
        });
        self.answer_call(Who::Gateway, call, answer.ok_or(CallFailure::NoAnswer));
    }

    /// Names of the events of a party, in order.
    pub(super) fn events_of(&self, who: Who) -> Vec<&str> {
        self.events.iter().filter(|(of, _)| *of == who).map(|(_, name)| name.as_str()).collect()
    }

    /// Octets of every message of a name that was sent.
    pub(super) fn sent(&self, name: &str) -> Vec<&[u8]> {
        let of_name = self.wire.iter().filter(|(_, sent, _)| sent == name);
        of_name.map(|(_, _, body)| body.as_slice()).collect()
    }
}

/// One input of one party, in a transaction, with the crash that is planned for it.
fn step<P: Party>(
    market: &mut Market,
    who: Who,
    party: fn(&mut Market) -> &mut P,
    input: Input<P::Command>,
) -> Vec<Output<P::Outcome>> {
    let mut records = market.records.remove(&who).unwrap();
    let mut rng = market.rng.clone();
    let now = market.now;
    records.begin();
    let mut env = Env { now, rng: &mut rng, records: &mut records };
    let outputs = party(market).handle(input, &mut env).unwrap();
    market.rng = rng;
    let count = market.inputs.entry(who).or_default();
    *count += 1;
    let crashes = market.crash.filter(|crash| crash.who == who && crash.at == *count);
    match crashes {
        Some(Crash { durable: false, .. }) => records.rollback(),
        _ => records.commit(),
    }
    market.records.insert(who, records);
    if crashes.is_none() {
        return outputs;
    }
    market.forget_connections(who);
    market.restart(who);
    Vec::new()
}

impl Market {
    /// A crashed party's connections break: what it asked is never answered, and whoever waits
    /// for it hears nothing.
    fn forget_connections(&mut self, who: Who) {
        self.replies.retain(|_, (asked_by, _)| *asked_by != who);
        self.queue.retain(|item| {
            !matches!(
                (who, item),
                (Who::Wallet, Item::Wallet(_))
                    | (Who::Merchant, Item::Merchant(Input::Answer { .. }))
            )
        });
        if who != Who::Merchant {
            return;
        }
        let broken: Vec<(ReplyTo, (Who, CallId))> = self
            .replies
            .iter()
            .filter(|(_, (by, _))| *by == Who::Wallet)
            .map(|(r, c)| (*r, *c))
            .collect();
        for (reply_to, (by, call)) in broken {
            self.replies.remove(&reply_to);
            self.answer_call(by, call, Err(CallFailure::NoAnswer));
        }
    }

    /// How many inputs a party has handled.
    pub(super) fn inputs_of(&self, who: Who) -> usize {
        self.inputs.get(&who).copied().unwrap_or(0)
    }
}

fn name_of(body: &[u8]) -> String {
    let wrapper = counterfoil_message::wrapper::MessageWrapper::decode(body);
    let name = wrapper.as_ref().ok().and_then(|wrapper| wrapper.message.name());
    name.unwrap_or("unknown").to_owned()
}

pub(super) fn card_of(card: &PanData, card_secret: CardSecret, holder: &EndEntity) -> Card {
    Card {
        name: "my card".into(),
        pan: card.pan.0.clone(),
        expiry: card.card_expiry.clone(),
        card_secret,
        pan_secret: card.pan_secret.clone(),
        identity: holder.identity().unwrap(),
    }
}

pub(super) fn brand_setup(shop: &EndEntity, configured: &[Certificate]) -> BrandSetup {
    BrandSetup { identity: shop.identity().unwrap(), gateway_certificates: configured.to_vec() }
}
