//! The books of wallet, merchant, gateway and bank, read from their stores and held together.
//!
//! They are read by the code that the simulation reads them with, which uses no type of the
//! parties, so a party that books wrongly cannot explain it away.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use counterfoil_party::memory::MemoryRecords;
use counterfoil_party::records::{Octets, Records as _};
use counterfoil_sim::ledgers::{self, Belief, Beliefs};
use counterfoil_store::Inspector;
use counterfoil_store::inspect::PAGE_ROWS_MAX;
use serde_json::Value;

const BANK_TABLES: [&str; 4] = ["bank_payment", "bank_posting", "bank_account", "bank_transaction"];
const WALLET_TABLES: [&str; 2] = ["purchase", "label_of_xid"];

/// What all parties believe at one moment.
#[derive(Debug, Default)]
pub(super) struct Books {
    bank: Beliefs,
    gateway: Beliefs,
    merchant: Beliefs,
    wallets: Beliefs,
    /// Purchases of wallets, by state, whether or not they have an XID.
    wallet_states: BTreeMap<String, usize>,
    /// Descriptions of the orders that purchases of wallets are for, by XID.
    wallet_orders: BTreeMap<String, String>,
    /// XIDs of the purchases that pay an order, by the order's description.
    orders: BTreeMap<String, Option<String>>,
    /// What the bank says of itself, if it is wrong.
    broken: Vec<String>,
    /// What the merchant's account has, in minor units.
    merchant_balance: i64,
    /// What the cards' accounts hold, in minor units.
    cards_held: u64,
}

impl Books {
    /// Reads the stores of a deployment, and of wallets elsewhere. Parties may run meanwhile.
    pub(super) fn read(data: &Path, wallets: &[PathBuf]) -> Self {
        let bank = records(&data.join("bank"), &BANK_TABLES);
        let gateway = records(&data.join("gateway"), &["authorization"]);
        let merchant = records(&data.join("merchant"), &["purchase", "order"]);
        let mut books = Self {
            bank: ledgers::bank(&bank),
            gateway: ledgers::gateway(&gateway),
            merchant: ledgers::merchant(&merchant),
            ..Self::default()
        };
        for (_, order) in table(&merchant, "order") {
            let xid: Option<Octets> = serde_json::from_value(order["purchase"].clone()).unwrap();
            let xid = xid.map(|xid| hex::encode(xid.0));
            books.orders.insert(text(&order["description"]), xid);
        }
        for wallet in wallets {
            let records = records(wallet, &WALLET_TABLES);
            books.wallets.extend(ledgers::wallet(&records));
            for (xid, purchase) in purchases(&records) {
                *books.wallet_states.entry(text(&purchase["state"])).or_default() += 1;
                let order = text(&purchase["shown"]["description"]);
                books.wallet_orders.extend(xid.map(|xid| (xid, order)));
            }
        }
        books.look_at_accounts(&bank);
        books.broken.extend(ledgers::check_postings(&bank).err());
        books.broken.extend(ledgers::check_captures(&bank).err());
        books.broken.extend(check_single(&bank).err());
        books
    }

    fn look_at_accounts(&mut self, bank: &MemoryRecords) {
        for (name, account) in table(bank, "bank_account") {
            if name.starts_with("merchant/") {
                self.merchant_balance += account["balance_minor"].as_i64().unwrap();
            }
            self.cards_held += account["held_minor"].as_u64().unwrap();
        }
    }

    /// Purchases that a wallet says are paid.
    pub(super) fn paid(&self) -> usize {
        self.wallets.values().filter(|belief| belief.state == "paid").count()
    }

    /// What was authorized for the purchase that pays an order, and what was captured, as the
    /// bank has it.
    pub(super) fn of_order(&self, description: &str) -> (u64, u64) {
        let xid = self.orders.get(description).cloned().flatten();
        let belief = xid.and_then(|xid| self.bank.get(&xid).cloned()).unwrap_or_default();
        (belief.authorized, belief.captured)
    }

    /// What the bank has of a purchase.
    pub(super) fn at_bank(&self, xid: &str) -> Belief {
        self.bank.get(xid).cloned().unwrap_or_default()
    }

    /// Every purchase about which parties do not agree, or which is not at its end; one line each.
    pub(super) fn quarrels(&self) -> Vec<String> {
        let mut quarrels = self.broken.clone();
        let mut xids: Vec<&String> = self.bank.keys().chain(self.gateway.keys()).collect();
        xids.extend(self.merchant.keys().chain(self.wallets.keys()));
        xids.sort_unstable();
        xids.dedup();
        for xid in xids {
            let of = |books: &Beliefs| books.get(xid).cloned().unwrap_or_default();
            let (bank, gateway) = (of(&self.bank), of(&self.gateway));
            let (merchant, wallet) = (of(&self.merchant), of(&self.wallets));
            for wrong in disagreements(&bank, &gateway, &merchant, &wallet) {
                quarrels.push(format!(
                    "{xid}: {wrong}\n  bank {bank:?}\n  gateway {gateway:?}\n  \
                     merchant {merchant:?}\n  wallet {wallet:?}"
                ));
            }
        }
        for (state, count) in &self.wallet_states {
            if !matches!(state.as_str(), "paid" | "refused") {
                quarrels.push(format!("{count} purchases of wallets are {state}"));
            }
        }
        quarrels.extend(self.paid_twice());
        let captured: u64 = self.bank.values().map(|belief| belief.captured).sum();
        if i64::try_from(captured) != Ok(self.merchant_balance) {
            quarrels.push(format!(
                "{captured} was captured and the merchant has {}",
                self.merchant_balance
            ));
        }
        let held: u64 = self.bank.values().map(|b| b.authorized - b.captured).sum();
        if held != self.cards_held {
            quarrels.push(format!("{held} is authorized and the cards hold {}", self.cards_held));
        }
        quarrels
    }

    /// Orders for which the cardholder paid more than once.
    fn paid_twice(&self) -> Vec<String> {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for (xid, order) in &self.wallet_orders {
            if self.bank.get(xid).is_some_and(|belief| belief.authorized > 0) {
                *times.entry(order).or_default() += 1;
            }
        }
        times.retain(|_, count| *count > 1);
        times.iter().map(|(order, count)| format!("'{order}' is paid {count} times")).collect()
    }

    /// One line for people.
    pub(super) fn summary(&self) -> String {
        let captured: u64 = self.bank.values().map(|belief| belief.captured).sum();
        format!(
            "{} purchases at the merchant, {} at the bank, {captured} minor units captured; \
             wallets say {:?}",
            self.merchant.len(),
            self.bank.len(),
            self.wallet_states
        )
    }
}

/// How many payments a wallet has begun.
pub(super) fn purchases_begun(wallet: &Path) -> u64 {
    let store = Inspector::open(&wallet.join("state.sqlite"));
    let tables = store.and_then(|store| store.tables()).unwrap_or_default();
    tables.iter().filter(|(table, _)| table == "purchase").map(|(_, count)| count).sum()
}

/// Purchases whose end a wallet does not know: XIDs, and the number of those that have none yet.
pub(super) fn undecided(wallet: &Path) -> (Vec<String>, usize) {
    let records = records(wallet, &WALLET_TABLES);
    let open = purchases(&records)
        .into_iter()
        .filter(|(_, purchase)| !matches!(purchase["state"].as_str(), Some("paid" | "refused")));
    let xids: Vec<Option<String>> = open.map(|(xid, _)| xid).collect();
    let others = xids.iter().filter(|xid| xid.is_none()).count();
    (xids.into_iter().flatten().collect(), others)
}

/// The purchases of a wallet, with their XID once they have one.
fn purchases(wallet: &MemoryRecords) -> Vec<(Option<String>, Value)> {
    let rows = wallet.rows().filter(|(table, ..)| *table == "label_of_xid");
    let xids: BTreeMap<Vec<u8>, String> = rows
        .map(|(_, xid, label)| {
            let label: Octets = serde_json::from_slice(label).unwrap();
            (label.0, hex::encode(xid))
        })
        .collect();
    let rows = wallet.rows().filter(|(table, ..)| *table == "purchase");
    rows.map(|(_, label, purchase)| {
        (xids.get(label).cloned(), serde_json::from_slice(purchase).unwrap())
    })
    .collect()
}

/// What is wrong with one purchase.
fn disagreements(
    bank: &Belief,
    gateway: &Belief,
    merchant: &Belief,
    wallet: &Belief,
) -> Vec<&'static str> {
    let wrongs = [
        (gateway.open, "the gateway is not done with it"),
        (merchant.open, "the merchant is not done with it"),
        (
            matches!(wallet.state.as_str(), "initialising" | "sent" | "received" | "in_doubt"),
            "the cardholder does not know",
        ),
        (
            bank.authorized != gateway.authorized || gateway.authorized != merchant.authorized,
            "bank, gateway and merchant disagree about what is authorized",
        ),
        (
            bank.captured != gateway.captured || gateway.captured != merchant.captured,
            "bank, gateway and merchant disagree about what is captured",
        ),
        (
            wallet.state == "paid" && wallet.authorized != bank.authorized,
            "the wallet says paid, and the bank has another amount",
        ),
        (
            wallet.captured > bank.captured,
            "the wallet was told of a capture that the bank does not have",
        ),
        (
            wallet.state != "paid" && bank.authorized > 0,
            "the bank has money and the wallet does not say paid",
        ),
    ];
    wrongs.into_iter().filter(|(is_so, _)| *is_so).map(|(_, what)| what).collect()
}

/// Each purchase of this test is captured at most once, whether by a sale or a capture.
fn check_single(bank: &MemoryRecords) -> Result<(), String> {
    let mut posted: BTreeMap<String, usize> = BTreeMap::new();
    for (_, transaction) in table(bank, "bank_transaction") {
        if text(&transaction["state"]) == "posted" {
            *posted.entry(text(&transaction["xid"])).or_default() += 1;
        }
    }
    match posted.iter().find(|(_, count)| **count > 1) {
        Some((xid, count)) => Err(format!("{xid} was captured {count} times")),
        None => Ok(()),
    }
}

/// Some tables of a party's store, in memory.
fn records(party: &Path, tables: &[&'static str]) -> MemoryRecords {
    let mut records = MemoryRecords::new();
    let Ok(store) = Inspector::open(&party.join("state.sqlite")) else { return records };
    for table in tables {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = store.records(table, b"", after.as_deref(), PAGE_ROWS_MAX).unwrap();
            let Some((last, _)) = rows.last() else { break };
            after = Some(last.clone());
            for (key, value) in rows {
                records.put(table, &key, value);
            }
        }
    }
    records.commit();
    records
}

fn table<'a>(records: &'a MemoryRecords, name: &'a str) -> impl Iterator<Item = (String, Value)> {
    let rows = records.rows().filter(move |(table, ..)| *table == name);
    rows.map(|(_, key, value)| {
        let value = serde_json::from_slice(value).unwrap();
        (String::from_utf8_lossy(key).into_owned(), value)
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

mod tests {
    use super::*;

    fn belief(state: &str, authorized: u64, captured: u64) -> Belief {
        Belief { authorized, captured, open: false, state: state.into() }
    }

    /// Books of one purchase about which everybody agrees, and then one of them is changed.
    fn wrongs(change: impl FnOnce([&mut Belief; 4])) -> Vec<&'static str> {
        let mut bank = belief("bank", 500, 500);
        let mut gateway = belief("approved", 500, 500);
        let mut merchant = belief("approved", 500, 500);
        let mut wallet = belief("paid", 500, 0);
        change([&mut bank, &mut gateway, &mut merchant, &mut wallet]);
        disagreements(&bank, &gateway, &merchant, &wallet)
    }

    #[test]
    fn books_that_agree_have_no_quarrel() {
        assert_eq!(wrongs(|_| {}), [""; 0]);
        assert_eq!(
            disagreements(
                &Belief::default(),
                &Belief::default(),
                &belief("opened", 0, 0),
                &belief("refused", 0, 0)
            ),
            [""; 0]
        );
    }

    #[test]
    fn every_disagreement_is_told() {
        assert_eq!(
            wrongs(|[_, gateway, ..]| gateway.open = true),
            ["the gateway is not done with it"]
        );
        assert_eq!(
            wrongs(|[_, _, merchant, _]| merchant.open = true),
            ["the merchant is not done with it"]
        );
        assert_eq!(
            wrongs(|[bank, ..]| bank.captured = 0),
            ["bank, gateway and merchant disagree about what is captured"]
        );
        assert_eq!(
            wrongs(|[_, _, merchant, _]| *merchant = Belief::default()),
            [
                "bank, gateway and merchant disagree about what is authorized",
                "bank, gateway and merchant disagree about what is captured"
            ]
        );
        assert_eq!(
            wrongs(|[.., wallet]| wallet.authorized = 600),
            ["the wallet says paid, and the bank has another amount"]
        );
        assert_eq!(
            wrongs(|[.., wallet]| *wallet = belief("refused", 0, 0)),
            ["the bank has money and the wallet does not say paid"]
        );
        assert_eq!(
            wrongs(|[.., wallet]| *wallet = belief("in_doubt", 0, 0)),
            ["the cardholder does not know", "the bank has money and the wallet does not say paid"]
        );
    }
}
