//! The load: cardholders that pay at once, each order made, paid and captured.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use counterfoil_node::deployment::Material;
use counterfoil_node::deployment::fetch::Fetch;
use counterfoil_party::wallet::command::Verdict;
use counterfoil_party::wallet::{Command, Outcome};

use crate::api::Api;
use crate::failure::Failure;
use crate::purse::{Purse, in_words};

/// One minor unit of the currency of a new deployment.
const PRICE: &str = "0.01 USD";

/// Payments to make.
pub struct Load<'a> {
    purse: &'a Purse,
    shop: Api,
    card: &'a str,
    brand: &'a str,
    payments: u32,
    at_once: u32,
}

/// How long each payment took.
#[derive(Debug, Default)]
pub struct Paid {
    /// From the cardholder's yes to the gateway's receipt in the wallet, one for each payment.
    pub purchases: Vec<Duration>,
    /// From the shop's request to the confirmed capture.
    pub captures: Vec<Duration>,
}

impl<'a> Load<'a> {
    /// Prepares payments of one minor unit with `card`.
    pub fn new(
        purse: &'a Purse,
        merchant: &Material,
        card: &'a str,
        payments: u32,
        at_once: u32,
    ) -> Result<Self, Failure> {
        let brand = purse.cards.iter().find(|(name, _)| name == card);
        let brand = brand.map(|(_, brand)| brand.as_str()).ok_or_else(|| {
            Failure::failed("card-unknown", format!("the wallet lacks {card}"), "report this")
        })?;
        Ok(Self { purse, shop: Api::of(merchant)?, card, brand, payments, at_once })
    }

    /// Makes every payment. The first that fails ends the run.
    pub fn run(self) -> Result<Paid, Failure> {
        let begun = AtomicU32::new(0);
        std::thread::scope(|scope| {
            let payers: Vec<_> = (0..self.at_once.min(self.payments))
                .map(|_| scope.spawn(|| self.pay_until_done(&begun)))
                .collect();
            let mut all = Paid::default();
            for payer in payers {
                let paid = payer.join().expect("invariant: a payer returns its failure")?;
                all.purchases.extend(paid.purchases);
                all.captures.extend(paid.captures);
            }
            Ok(all)
        })
    }

    fn pay_until_done(&self, begun: &AtomicU32) -> Result<Paid, Failure> {
        let mut paid = Paid::default();
        while begun.fetch_add(1, Ordering::Relaxed) < self.payments {
            if let Err(failure) = self.pay_one(&mut paid) {
                begun.store(self.payments, Ordering::Relaxed);
                return Err(failure);
            }
        }
        Ok(paid)
    }

    fn pay_one(&self, paid: &mut Paid) -> Result<(), Failure> {
        let order = json!({ "description": "a measured order", "amount": PRICE });
        let order = self.shop.post("/orders", Some(&order))?;
        let url = order["initiation_url"].as_str().unwrap_or_default();
        let fetched = Fetch { url, authorization: None, post: None, trust: None }.run()?;
        let initiation = String::from_utf8_lossy(&fetched.body).into_owned();
        let (brand, card) = (self.brand.to_owned(), Some(self.card.to_owned()));

        let started = Instant::now();
        let outcome = self.purse.ask(Command::Pay { initiation, brand, card })?;
        paid.purchases.push(started.elapsed());
        match outcome {
            Outcome::Payment(books) if matches!(books.verdict, Verdict::Paid { .. }) => {}
            Outcome::Payment(books) => return Err(unpaid(in_words(&books).0)),
            _ => return Err(unpaid("the wallet said something else".into())),
        }
        let started = Instant::now();
        let number = order["order"].as_str().map_or_else(|| order["order"].to_string(), Into::into);
        let captured = self.shop.post(&format!("/orders/{number}/captures"), Some(&json!({})))?;
        paid.captures.push(started.elapsed());
        if captured["state"] != "captured" {
            return Err(unpaid(format!("order {number} is {}", captured["state"])));
        }
        Ok(())
    }
}

fn unpaid(sentence: String) -> Failure {
    Failure::failed("payment-failed", sentence, "run it again with --keep and look at the logs")
}

/// What a party says of itself at `/metrics`.
#[derive(Debug, Clone, Copy)]
pub struct Gauges {
    /// Processor time since its start.
    pub cpu_seconds: f64,
    /// Resident memory now.
    pub resident_bytes: f64,
    /// Messages and answers handled since its start.
    pub inputs: f64,
    /// Commits since its start, those with nothing to write included.
    pub commits: f64,
}

impl Gauges {
    /// Reads them.
    pub fn read(operations: SocketAddr) -> Result<Self, Failure> {
        let url = format!("http://{operations}/metrics");
        let fetched = Fetch { url: &url, authorization: None, post: None, trust: None }.run()?;
        let text = String::from_utf8_lossy(&fetched.body);
        let value = |name: &str| {
            let line = text.lines().find(|line| {
                line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' ']))
            });
            let value = line.and_then(|line| line.rsplit(' ').next()?.parse().ok());
            value.ok_or_else(|| {
                let sentence = format!("{url} does not tell {name}");
                Failure::unseen("metric-missing", sentence, "run this on Linux")
            })
        };
        Ok(Self {
            cpu_seconds: value("counterfoil_process_cpu_seconds_total")?,
            resident_bytes: value("counterfoil_process_resident_memory_bytes")?,
            inputs: value("counterfoil_inputs_total")?,
            commits: value("counterfoil_commit_seconds_count")?,
        })
    }
}
