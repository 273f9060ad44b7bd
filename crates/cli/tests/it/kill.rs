//! Real processes under load, one of them killed at a random moment, again and again: afterwards
//! the books of wallet, merchant, gateway and bank agree.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on panics; the seed is printed"
)]

mod books;

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use counterfoil_sim::chance::Chance;
use rustix::process::Signal;

use self::books::Books;
use crate::deployment::{Deployment, Order, Ran, Running, poll, wait_for};

/// How often somebody is killed.
const ROUNDS: usize = 20;
/// Who may be killed; each comes up equally often.
const VICTIMS: [&str; 4] = ["merchant", "gateway", "bank", "wallet"];
/// Wallets that pay at the same time.
const WALLETS: usize = 3;
/// A kill comes up to so many milliseconds after a payment has begun.
const MOMENT_MS_MAX: u64 = 600;
/// Environment variable that sets the seed.
const SEED: &str = "COUNTERFOIL_KILL_SEED";

#[test]
fn books_agree_after_parties_were_killed_at_random_under_load() {
    let seed = seed();
    eprintln!("kill test: {SEED}={seed} makes the same choices");
    let mut deployment = Deployment::start(impatient, &["card-1"]);
    let shoppers: Vec<Shopper<'_>> =
        (0..WALLETS).map(|place| Shopper::new(&deployment, place)).collect();
    let load = Load { shoppers, over: AtomicBool::new(false) };
    std::thread::scope(|scope| {
        for (place, shopper) in load.shoppers.iter().enumerate() {
            let chance = Chance::new(seed, &format!("shopper {place}"));
            let load = &load;
            scope.spawn(move || shopper.shop(load, chance));
        }
        // Whatever happens, the shoppers must come to an end.
        let _ends = EndOfLoad(&load.over);
        kill_everybody(&deployment, &load, &mut Chance::new(seed, "kills"));
    });
    let wallets: Vec<PathBuf> = load.shoppers.iter().map(Shopper::wallet).collect();
    settle(&deployment, &load.shoppers, &wallets);
    let acknowledged: Vec<Paid> =
        load.shoppers.iter().flat_map(|shopper| shopper.paid.lock().unwrap().clone()).collect();
    let prices: Vec<Price> =
        load.shoppers.iter().flat_map(|shopper| shopper.prices.lock().unwrap().clone()).collect();
    drop(load);
    deployment.stop();
    // What counts is what is on the disk when everybody has gone.
    let books = Books::read(&deployment.data(), &wallets);
    eprintln!("{}; {} told as paid", books.summary(), acknowledged.len());
    assert_eq!(books.quarrels(), [""; 0]);
    for paid in &acknowledged {
        let bank = books.at_bank(&paid.xid);
        assert_eq!((bank.authorized, bank.captured), (paid.minor, paid.minor), "{}", paid.xid);
    }
    for Price { description, minor } in &prices {
        let (_, captured) = books.of_order(description);
        assert!(captured == 0 || captured == *minor, "{description}: {captured} of {minor}");
    }
    assert!(books.paid() > 0, "nothing was paid at all");
}

/// Kills one after the other, each while a payment is under way.
fn kill_everybody(deployment: &Deployment, load: &Load<'_>, chance: &mut Chance) {
    let mut victims: Vec<&str> = VICTIMS.into_iter().cycle().take(ROUNDS).collect();
    for round in 0..ROUNDS {
        let left = u64::try_from(ROUNDS - round).unwrap();
        let victim = victims.swap_remove(usize::try_from(chance.below(left)).unwrap());
        let moment = Duration::from_millis(chance.below(MOMENT_MS_MAX));
        wait_for(victim, || {
            let begun = load.begun();
            wait_for("a payment to begin", || load.begun() > begun);
            std::thread::sleep(moment);
            if victim == "wallet" { load.kill_a_wallet(chance) } else { deployment.kill(victim) }
        });
        eprintln!("round {round}: {victim} killed {} ms into a payment", moment.as_millis());
    }
}

/// Waits until nothing is open and everybody agrees; cardholders ask about what they do not know.
fn settle(deployment: &Deployment, shoppers: &[Shopper<'_>], wallets: &[PathBuf]) {
    for party in ["bank", "gateway", "merchant"] {
        deployment.wait_until_ready(party);
    }
    let mut quarrels = Vec::new();
    let settled = poll(|| {
        for shopper in shoppers {
            shopper.ask();
        }
        quarrels = Books::read(&deployment.data(), wallets).quarrels();
        quarrels.is_empty()
    });
    assert!(settled, "the books never agree:\n{}", quarrels.join("\n"));
}

/// Settings with which everybody tries again soon. They change when something happens, not what.
fn impatient(deployment: &Deployment) {
    deployment.set_supervision("restart_ms_min", 100);
    deployment.set_supervision("restart_ms_max", 500);
    deployment.set("wallet", "party.call_timeout_ms", 4_000);
    deployment.set("wallet", "party.wait_ms_min", 100);
    deployment.set("wallet", "party.wait_ms_max", 1_000);
    deployment.set("merchant", "party.capture", "after");
    deployment.set("merchant", "party.gateway_timeout_ms", 3_000);
    deployment.set("merchant", "party.pres_wait_ms_max", 2_500);
    deployment.set("gateway", "party.bank_wait_ms_max", 2_000);
    deployment.set("gateway", "party.retry_ms", 200);
    deployment.set("gateway", "party.retry_ms_max", 1_000);
}

fn seed() -> u64 {
    if let Ok(seed) = std::env::var(SEED) {
        return seed.parse().unwrap();
    }
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    u64::from(since.subsec_nanos()) << 20 ^ since.as_secs()
}

/// Shoppers at work.
struct Load<'d> {
    shoppers: Vec<Shopper<'d>>,
    over: AtomicBool,
}

impl Load<'_> {
    /// How many payments the wallets have begun.
    fn begun(&self) -> u64 {
        self.shoppers.iter().map(|shopper| books::purchases_begun(&shopper.wallet())).sum()
    }

    /// Kills a wallet that is paying; false when none is.
    fn kill_a_wallet(&self, chance: &mut Chance) -> bool {
        let first = usize::try_from(chance.below(WALLETS as u64)).unwrap();
        (0..WALLETS).any(|place| {
            let shopper = &self.shoppers[(first + place) % WALLETS];
            shopper.paying.lock().unwrap().as_mut().is_some_and(Running::kill)
        })
    }
}

/// Tells the shoppers to stop, also when the test fails: they are waited for.
struct EndOfLoad<'l>(&'l AtomicBool);

impl Drop for EndOfLoad<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A payment that a wallet has told its holder to be made.
#[derive(Debug, Clone)]
struct Paid {
    xid: String,
    minor: u64,
}

/// What an order costs.
#[derive(Debug, Clone)]
struct Price {
    description: String,
    minor: u64,
}

/// A cardholder with a wallet of its own, who makes an order and pays it, again and again.
struct Shopper<'d> {
    deployment: &'d Deployment,
    name: String,
    data: PathBuf,
    paying: Mutex<Option<Running>>,
    paid: Mutex<Vec<Paid>>,
    prices: Mutex<Vec<Price>>,
}

impl<'d> Shopper<'d> {
    /// Takes a copy of the deployment's wallet, card included, into a folder beside.
    fn new(deployment: &'d Deployment, place: usize) -> Self {
        let name = format!("shopper-{place}");
        let data = deployment.beside(&name);
        copy(&deployment.data().join("wallet"), &data.join("wallet"));
        let settings = "counterfoil.toml";
        std::fs::copy(deployment.data().join(settings), data.join(settings)).unwrap();
        let (paying, paid) = (Mutex::default(), Mutex::default());
        Self { deployment, name, data, paying, paid, prices: Mutex::default() }
    }

    fn wallet(&self) -> PathBuf {
        self.data.join("wallet")
    }

    fn shop(&self, load: &Load<'_>, mut chance: Chance) {
        for number in 1.. {
            if load.over.load(Ordering::Acquire) {
                return;
            }
            let minor = chance.between(100, 999);
            let description = format!("{} buys {number}", self.name);
            let tries_again = chance.per_mille(500);
            let Some(order) = self.order(&description, minor) else { continue };
            self.prices.lock().unwrap().push(Price { description, minor });
            let ran = self.pay(&order);
            let was_killed = ran.status.signal() == Some(Signal::KILL.as_raw());
            if was_killed && tries_again {
                // The cardholder does not know what became of it, and pays the same order anew.
                self.pay(&order);
            }
        }
    }

    /// Makes an order; none when the shop does not answer.
    fn order(&self, description: &str, minor: u64) -> Option<Order> {
        let amount = format!("{}.{:02} USD", minor / 100, minor % 100);
        let arguments =
            ["order", "create", "--description", description, "--amount", &amount, "--json"];
        let ran = self.deployment.run(&arguments);
        ran.status.success().then(|| ran.json().into())
    }

    /// Pays an order, as far as the wallet lives, and remembers what it said.
    fn pay(&self, order: &Order) -> Ran {
        let arguments = ["pay", "--url", &order.url, "--json"];
        *self.paying.lock().unwrap() = Some(self.deployment.spawn_at(&self.data, &arguments));
        wait_for("a payment", || self.paying.lock().unwrap().as_mut().unwrap().has_ended());
        let ran = self.paying.lock().unwrap().take().unwrap().finish();
        if ran.status.success() {
            let said = ran.json();
            let xid = said["xid"].as_str().unwrap().to_owned();
            let minor = said["verdict"]["authorized"]["minor"].as_u64().unwrap();
            self.paid.lock().unwrap().push(Paid { xid, minor });
        }
        ran
    }

    /// Asks about every payment that is not known to be paid or refused.
    fn ask(&self) {
        let (with_xid, others) = books::undecided(&self.wallet());
        for xid in with_xid {
            self.deployment.run_at(&self.data, &["wallet", "inquire", &xid]);
        }
        if others > 0 {
            // A wallet that is opened goes on with what it had begun.
            self.deployment.run_at(&self.data, &["wallet", "purchases"]);
        }
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}
