//! The purchase with all parties, in any weather, and what must hold after each event.

use std::collections::BTreeMap;
use std::sync::Arc;

use counterfoil_party::amount::Amount;
use counterfoil_party::bank::Bank;
use counterfoil_party::gateway::Gateway;
use counterfoil_party::memory::MemoryRecords;
use counterfoil_party::merchant::command::OrderBooks;
use counterfoil_party::merchant::{self, CaptureMode, Merchant};
use counterfoil_party::records::{JournalEntry, RecordsError};
use counterfoil_party::wallet::{self, Wallet};
use jiff::{SignedDuration, Timestamp};

use crate::chance::Chance;
use crate::deployment::{CARDS, Deployment, SET_URL};
use crate::engine::{Engine, HostId, Injected, Weather};
use crate::host::{Host, Machine};
use crate::ledgers::{self, Belief, Beliefs};

const MERCHANT: HostId = HostId(0);
const GATEWAY: HostId = HostId(1);
const BANK: HostId = HostId(2);
const FIRST_WALLET: usize = 3;
const NAMES: [&str; 5] = ["merchant", "gateway", "bank", "wallet-1", "wallet-2"];

/// Marks every order text, so that it can be searched for.
pub const ORDER_MARK: &str = "secret-novel";
/// Most purchases of one run.
const PURCHASES_MAX: u64 = 6;
/// Milliseconds over which purchases begin.
const BUYING_MS: u64 = 10 * 60_000;
/// Milliseconds of calm after which everything must be decided.
const CALM_MS: u64 = 2 * 3_600_000;
/// Events after which a run counts as one that never settles.
const EVENTS_MAX: u64 = 200_000;

/// What one run came to.
#[derive(Debug, Clone)]
pub struct Report {
    /// Its seed.
    pub seed: u64,
    /// Digest of the trace.
    pub digest: String,
    /// Lines of the trace.
    pub lines: u64,
    /// The trace itself, up to its limit.
    pub trace: Vec<String>,
    /// Purchases begun.
    pub purchases: u64,
    /// Wallets that were told «paid».
    pub paid: u64,
    /// Purchases of which the shop has given back what was not captured.
    pub voided: u64,
    /// Virtual seconds.
    pub seconds: i64,
    /// What went wrong on purpose.
    pub injected: Injected,
    /// The first promise that was broken, if any.
    pub failure: Option<String>,
}

/// The simulated deployment.
pub struct World {
    engine: Engine,
    merchant: Host<Merchant>,
    gateway: Host<Gateway>,
    bank: Host<Bank>,
    wallets: Vec<Host<Wallet>>,
    plans: Chance,
    told_paid: BTreeMap<String, u64>,
    /// Purchases that were given back, with what was captured of them by then.
    given_back: BTreeMap<String, u64>,
    events: u64,
    purchases: u64,
}

/// Runs one seed.
pub fn run(seed: u64, deployment: &Arc<Deployment>) -> Report {
    let mut world = World::new(seed, deployment);
    let failure = match world.live() {
        Ok(()) => world.check_end().err(),
        Err(failure) => Some(failure),
    };
    let beliefs = world.wallet_beliefs();
    Report {
        seed,
        digest: world.engine.trace.digest(),
        lines: world.engine.trace.count(),
        trace: world.engine.trace.lines().to_vec(),
        purchases: world.purchases,
        paid: beliefs.values().filter(|belief| belief.state == "paid").count() as u64,
        voided: world.given_back.len() as u64,
        seconds: world.engine.now.as_second() - deployment.start().as_second(),
        injected: world.engine.injected,
        failure,
    }
}

/// What the four parties keep after one purchase in calm weather, for other tools to look at.
///
/// # Errors
/// The first promise that was broken.
pub fn one_purchase(seed: u64, deployment: &Arc<Deployment>) -> Result<World, String> {
    let mut world = World::new(seed, deployment);
    world.until(later(world.engine.now, 1_000))?;
    world.buy()?;
    world.until(later(world.engine.now, BUYING_MS))?;
    world.capture_some()?;
    world.until(later(world.engine.now, BUYING_MS))?;
    world.check_end()?;
    Ok(world)
}

impl World {
    /// Everything that a party received and sent, oldest first.
    ///
    /// `party` is one of `merchant`, `gateway`, `bank`, `wallet-1` and `wallet-2`.
    pub fn journal(&self, party: &str) -> &[JournalEntry] {
        let records = match party {
            "merchant" => Some(self.merchant.records()),
            "gateway" => Some(self.gateway.records()),
            "bank" => Some(self.bank.records()),
            _ => {
                let place = NAMES.iter().position(|name| *name == party);
                let place = place.and_then(|place| place.checked_sub(FIRST_WALLET));
                place.and_then(|place| self.wallets.get(place)).map(Host::records)
            }
        };
        records.map_or(&[], MemoryRecords::journal_entries)
    }

    fn new(seed: u64, deployment: &Arc<Deployment>) -> Self {
        let mut plans = Chance::new(seed, "plans");
        let capture = match plans.below(3) {
            0 => CaptureMode::Now,
            1 => CaptureMode::After,
            _ => CaptureMode::Manual,
        };
        let addresses = BTreeMap::from([
            (SET_URL.to_owned(), MERCHANT),
            ("gateway".to_owned(), GATEWAY),
            ("bank".to_owned(), BANK),
        ]);
        let engine = Engine::new(seed, deployment.start(), Weather::CALM, &NAMES, addresses);
        let [m, g, b] = [(); 3].map(|()| Arc::clone(deployment));
        let wallets = (0..CARDS.len())
            .map(|place| {
                let deployment = Arc::clone(deployment);
                Host::new(NAMES[FIRST_WALLET + place], move || deployment.wallet(place))
            })
            .collect();
        let mut world = Self {
            engine,
            merchant: Host::new(NAMES[0], move || m.merchant(capture)),
            gateway: Host::new(NAMES[1], move || g.gateway()),
            bank: Host::new(NAMES[2], move || b.bank()),
            wallets,
            plans,
            told_paid: BTreeMap::new(),
            given_back: BTreeMap::new(),
            events: 0,
            purchases: 0,
        };
        world.open_accounts(deployment);
        world
    }

    fn open_accounts(&mut self, deployment: &Arc<Deployment>) {
        for command in deployment.accounts() {
            let reply_to = self.engine.next_reply();
            let step = self.engine.surroundings(BANK);
            self.bank
                .command(reply_to, command, step)
                .expect("invariant: records in memory can always be read");
        }
        for place in 0..NAMES.len() {
            self.engine.schedule_wake(HostId(place));
        }
    }

    /// The whole run: purchases in bad weather, then calm.
    fn live(&mut self) -> Result<(), String> {
        let end = later(self.engine.now, BUYING_MS);
        self.until(later(self.engine.now, 1_000))?;
        let weather = self.weather();
        self.engine.set_weather(weather);
        let count = self.plans.between(1, PURCHASES_MAX);
        let mut begins: Vec<u64> = (0..count).map(|_| self.plans.below(BUYING_MS / 2)).collect();
        begins.sort_unstable();
        let start = self.engine.now;
        for begin in begins {
            self.until(later(start, begin))?;
            self.buy()?;
        }
        self.until(end)?;
        // What the first part leaves may be captured as well, or given back.
        self.capture_or_void_some()?;
        self.until(later(end, BUYING_MS))?;
        self.capture_or_void_some()?;
        self.until(later(end, 2 * BUYING_MS))?;
        self.engine.set_weather(Weather::CALM);
        self.until(later(self.engine.now, CALM_MS))?;
        self.ask_again()?;
        self.until(later(self.engine.now, CALM_MS))
    }

    fn weather(&mut self) -> Weather {
        let mut draw = |most: u64| u32::try_from(self.plans.below(most + 1)).unwrap_or(0);
        Weather {
            lose_per_mille: draw(200),
            duplicate_per_mille: draw(150),
            delay_per_mille: draw(200),
            delay_ms_max: 40_000,
            crash_per_mille: draw(40),
            restart_ms_max: 30_000,
        }
    }

    fn until(&mut self, end: Timestamp) -> Result<(), String> {
        loop {
            let mut hosts = hosts_of!(self);
            let more = self.engine.advance(&mut hosts, end).map_err(|error| error.to_string())?;
            if !more {
                self.engine.now = end;
                return Ok(());
            }
            self.events += 1;
            if self.events > EVENTS_MAX {
                return Err("the deployment never comes to rest".into());
            }
            self.check_now()?;
        }
    }

    /// One purchase: an order at the shop, its initiation, and a wallet that pays.
    fn buy(&mut self) -> Result<(), String> {
        let cents = self.plans.between(1, 20_000);
        let place = usize::try_from(self.plans.below(CARDS.len() as u64)).unwrap_or(0);
        self.purchases += 1;
        let amount = Amount { currency: 840, minor: cents };
        let description = format!("{ORDER_MARK} number {}", self.purchases);
        let create = merchant::Command::CreateOrder { description, amount, shipments: vec![] };
        let Some(merchant::Outcome::Created { order, .. }) = self.at_merchant(create)? else {
            return Ok(());
        };
        let wake = merchant::Command::Initiation { order };
        let Some(merchant::Outcome::Initiation { text }) = self.at_merchant(wake)? else {
            return Ok(());
        };
        let pay = wallet::Command::Pay { initiation: text, brand: "Visa".into(), card: None };
        self.at_wallet(place, pay)
    }

    /// Captures what can be captured, some of it only in part; refusals are the merchant's to say.
    fn capture_some(&mut self) -> Result<(), String> {
        for books in self.books()? {
            self.capture(&books)?;
        }
        Ok(())
    }

    /// The same, but gives some of it back instead.
    fn capture_or_void_some(&mut self) -> Result<(), String> {
        for books in self.books()? {
            if self.plans.below(3) == 0 {
                self.at_merchant(merchant::Command::Void { order: books.order })?;
            } else {
                self.capture(&books)?;
            }
        }
        Ok(())
    }

    fn books(&mut self) -> Result<Vec<OrderBooks>, String> {
        let list = merchant::Command::Books { after: None, limit: 50 };
        Ok(match self.at_merchant(list)? {
            Some(merchant::Outcome::Books { orders, .. }) => orders,
            _ => Vec::new(),
        })
    }

    fn capture(&mut self, books: &OrderBooks) -> Result<(), String> {
        let part = self.plans.between(1, books.authorized.minor.max(1));
        let amount = (self.plans.below(2) == 0).then_some(Amount { minor: part, ..books.amount });
        self.at_merchant(merchant::Command::Capture { order: books.order, amount })?;
        Ok(())
    }

    /// Cardholders whose payment is not decided, or was given back, ask again.
    fn ask_again(&mut self) -> Result<(), String> {
        for place in 0..self.wallets.len() {
            for (xid, belief) in ledgers::wallet(self.wallets[place].records()) {
                if belief.open || self.given_back.contains_key(&xid) {
                    self.at_wallet(place, wallet::Command::Inquire { xid })?;
                }
            }
        }
        Ok(())
    }

    fn at_merchant(
        &mut self,
        command: merchant::Command,
    ) -> Result<Option<merchant::Outcome>, String> {
        let reply_to = self.engine.next_reply();
        self.merchant.last_outcome = None;
        let step = self.engine.surroundings(MERCHANT);
        let effects = self.merchant.command(reply_to, command, step).map_err(sentence)?;
        self.engine.settle(&mut hosts_of!(self), MERCHANT, effects).map_err(sentence)?;
        Ok(self.merchant.last_outcome.take())
    }

    fn at_wallet(&mut self, place: usize, command: wallet::Command) -> Result<(), String> {
        let id = HostId(FIRST_WALLET + place);
        let reply_to = self.engine.next_reply();
        let step = self.engine.surroundings(id);
        let effects = self.wallets[place].command(reply_to, command, step).map_err(sentence)?;
        self.engine.settle(&mut hosts_of!(self), id, effects).map_err(sentence)
    }

    fn wallet_beliefs(&self) -> Beliefs {
        self.wallets.iter().flat_map(|wallet| ledgers::wallet(wallet.records())).collect()
    }

    /// What must hold after every event.
    fn check_now(&mut self) -> Result<(), String> {
        let bank = self.bank.records();
        ledgers::check_postings(bank)?;
        ledgers::check_captures(bank)?;
        let at_bank = ledgers::bank(bank);
        for (xid, belief) in self.wallet_beliefs() {
            if belief.state == "paid" {
                self.told_paid.insert(xid, belief.authorized);
            }
        }
        let given_back = ledgers::given_back(self.gateway.records());
        self.check_given_back(&given_back, &at_bank)?;
        for (xid, amount) in &self.told_paid {
            let held = at_bank.get(xid).map_or(0, |belief| belief.authorized);
            let captured = at_bank.get(xid).map_or(0, |belief| belief.captured);
            let gone = held == 0 && !given_back.contains_key(xid);
            if gone || captured > *amount {
                return Err(format!(
                    "the wallet was told that {xid} is paid ({amount}), the bank has {held}"
                ));
            }
        }
        Ok(())
    }

    /// What was given back is not held any more, and nothing is captured of it afterwards.
    fn check_given_back(
        &mut self,
        given_back: &BTreeMap<String, bool>,
        at_bank: &Beliefs,
    ) -> Result<(), String> {
        for (xid, _) in given_back.iter().filter(|(_, done)| **done) {
            let none = Belief::default();
            let belief = at_bank.get(xid).unwrap_or(&none);
            if belief.authorized != belief.captured {
                return Err(format!("{xid} was given back and the bank holds it: {belief:?}"));
            }
            let then = self.given_back.entry(xid.clone()).or_insert(belief.captured);
            if *then != belief.captured {
                return Err(format!(
                    "{xid} had {then} captured when it was given back, and has {} now",
                    belief.captured
                ));
            }
        }
        Ok(())
    }

    /// What must hold once everything is calm.
    fn check_end(&self) -> Result<(), String> {
        let bank = ledgers::bank(self.bank.records());
        let gateway = ledgers::gateway(self.gateway.records());
        let merchant = ledgers::merchant(self.merchant.records());
        let wallets = self.wallet_beliefs();
        let mut xids: Vec<&String> = bank.keys().chain(gateway.keys()).collect();
        xids.extend(merchant.keys().chain(wallets.keys()));
        xids.sort_unstable();
        xids.dedup();
        let none = Belief::default();
        for xid in xids {
            let [bank, gateway, merchant, wallet] =
                [&bank, &gateway, &merchant, &wallets].map(|books| books.get(xid).unwrap_or(&none));
            agree(xid, bank, gateway, merchant, wallet)?;
        }
        self.check_secrets()
    }

    fn check_secrets(&self) -> Result<(), String> {
        for number in CARDS {
            crate::secrets::absent(self.merchant.records(), number, "the merchant")?;
            crate::secrets::absent(self.gateway.records(), number, "the gateway")?;
            crate::secrets::absent(self.bank.records(), number, "the bank")?;
        }
        crate::secrets::absent(self.gateway.records(), ORDER_MARK, "the gateway")?;
        crate::secrets::absent(self.bank.records(), ORDER_MARK, "the bank")
    }
}

/// All four books say the same of one purchase.
fn agree(
    xid: &str,
    bank: &Belief,
    gateway: &Belief,
    merchant: &Belief,
    wallet: &Belief,
) -> Result<(), String> {
    let differ = |what: &str| {
        Err(format!(
            "{what} of {xid}: bank {bank:?}, gateway {gateway:?}, merchant {merchant:?}, \
             wallet {wallet:?}"
        ))
    };
    if gateway.open || merchant.open {
        return differ("nothing may stay open");
    }
    // What a capture of a part leaves stays held at the bank.
    if bank.authorized != gateway.authorized || gateway.authorized != merchant.authorized {
        return differ("the books disagree about the authorization");
    }
    if bank.captured != gateway.captured || gateway.captured != merchant.captured {
        return differ("the books disagree about the capture");
    }
    match wallet.state.as_str() {
        "paid" if bank.authorized == 0 => differ("the wallet paid and the bank has nothing"),
        "refused" if bank.authorized != 0 => {
            differ("the wallet was refused and the bank has money")
        }
        "sent" | "received" | "in_doubt" => differ("the cardholder does not know"),
        _ => Ok(()),
    }
}

fn sentence(error: RecordsError) -> String {
    error.to_string()
}

fn later(now: Timestamp, ms: u64) -> Timestamp {
    now + SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX))
}

/// The hosts in the order of their ids.
macro_rules! hosts_of {
    ($world:ident) => {{
        let mut hosts: Vec<&mut dyn Machine> =
            vec![&mut $world.merchant, &mut $world.gateway, &mut $world.bank];
        hosts.extend($world.wallets.iter_mut().map(|wallet| wallet as &mut dyn Machine));
        hosts
    }};
}
use hosts_of;
