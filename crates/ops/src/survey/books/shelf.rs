//! One party's records, opened for reading.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;

use counterfoil_doctor::fact::{Books, Payment, PaymentState};
use counterfoil_party::machine::Role;
use counterfoil_party::records::Octets;
use counterfoil_store::{Inspector, StoreError};

use super::view::{self, AtBank, AtGateway, AtMerchant, AtWallet, Call, Hold};

/// Lines of the journal that are looked at for the latest payments.
const LINES_MAX: usize = 2_000;
/// Things that are open and looked at.
const OPEN_MAX: usize = 200;
/// Holds that end this late are open too.
const HOLDS_DAYS: i64 = 366;

/// One party's records.
pub(super) struct Shelf {
    role: Role,
    store: Inspector,
    /// XIDs of payments that are open, whatever their age.
    pub(super) open: Vec<String>,
    /// XIDs of the latest payments, newest first.
    pub(super) latest: Vec<String>,
    /// When the bank was first asked about a payment, and the RRPIDs that the journal names.
    asked_at: BTreeMap<String, Timestamp>,
    rrpids: BTreeSet<(String, Vec<u8>)>,
    holds: BTreeMap<String, Hold>,
}

impl Shelf {
    pub(super) fn open(role: Role, file: &Path, now: Timestamp) -> Result<Self, StoreError> {
        let store = Inspector::open(file)?;
        let mut shelf = Self {
            role,
            store,
            open: Vec::new(),
            latest: Vec::new(),
            asked_at: BTreeMap::new(),
            rrpids: BTreeSet::new(),
            holds: BTreeMap::new(),
        };
        shelf.read_journal()?;
        shelf.read_open(now)?;
        Ok(shelf)
    }

    fn read_journal(&mut self) -> Result<(), StoreError> {
        let mut seen = BTreeSet::new();
        for line in self.store.journal_heads(None, LINES_MAX)? {
            let Some(xid) = line.entry.xid else { continue };
            if line.entry.message == "AuthReq"
                && let Some(rrpid) =
                    line.entry.rrpid.as_deref().and_then(|text| hex::decode(text).ok())
            {
                self.rrpids.insert((xid.clone(), rrpid));
            }
            // Newest first: the last that is written here is the oldest.
            self.asked_at.insert(xid.clone(), line.entry.at);
            if seen.insert(xid.clone()) {
                self.latest.push(xid);
            }
        }
        Ok(())
    }

    fn read_open(&mut self, now: Timestamp) -> Result<(), StoreError> {
        match self.role {
            Role::Merchant => {
                for (_, value) in self.store.records("gateway_call", b"", None, OPEN_MAX)? {
                    let call: Option<Call> = read(&value);
                    self.open.extend(call.and_then(|call| call.xid()));
                }
            }
            Role::Gateway => {
                for alarm in self.alarms("authorization", now)? {
                    let found: Option<AtGateway> = self.record("authorization", &alarm)?;
                    let Some(xid) = found.and_then(|found| found.xid()) else { continue };
                    self.rrpids.insert((xid.clone(), alarm));
                    self.open.push(xid);
                }
            }
            Role::Bank => {
                for alarm in self.alarms("bank_transaction", now)? {
                    let hold: Option<Hold> = self.record("bank_transaction", &alarm)?;
                    let Some(hold) = hold else { continue };
                    self.open.push(hold.xid.clone());
                    self.holds.insert(hold.xid.clone(), hold);
                }
            }
            Role::Wallet | Role::Ca => {}
        }
        Ok(())
    }

    /// Keys of the earliest alarms of a table.
    fn alarms(&self, table: &str, now: Timestamp) -> Result<Vec<Vec<u8>>, StoreError> {
        let until = now + SignedDuration::from_hours(24 * HOLDS_DAYS);
        let alarms = self.store.alarms(until, 10 * OPEN_MAX)?.into_iter();
        let of_table = alarms.filter(|alarm| alarm.table == table);
        Ok(of_table.map(|alarm| alarm.key).take(OPEN_MAX).collect())
    }

    fn record<T: DeserializeOwned>(
        &self,
        table: &str,
        key: &[u8],
    ) -> Result<Option<T>, StoreError> {
        Ok(self.store.record(table, key)?.and_then(|value| read(&value)))
    }

    /// RRPIDs of authorizations that this party knows, by XID.
    pub(super) fn exchanges(&self, xids: &BTreeSet<String>) -> Vec<(String, Vec<u8>)> {
        let mut all: Vec<_> = self.rrpids.iter().cloned().collect();
        if self.role == Role::Merchant {
            for xid in xids {
                let found =
                    hex::decode(xid).ok().map(|key| self.record::<AtMerchant>("purchase", &key));
                let Some(Ok(Some(found))) = found else { continue };
                all.extend(found.rrpids().map(|rrpid| (xid.clone(), rrpid)));
            }
        }
        all
    }

    /// What the books say of these payments.
    pub(super) fn books(
        &self,
        xids: &BTreeSet<String>,
        rrpids: &BTreeMap<String, BTreeSet<Vec<u8>>>,
    ) -> Result<Books, StoreError> {
        let mut books = Books::default();
        for xid in xids {
            let found = match self.role {
                Role::Merchant => self.at_merchant(xid)?,
                Role::Gateway => self.at_gateway(xid, rrpids.get(xid))?,
                Role::Bank => self.at_bank(xid)?,
                Role::Wallet => self.at_wallet(xid)?,
                Role::Ca => None,
            };
            match found {
                Some(payment) => books.payments.push(payment),
                // A wallet has its own purchases only.
                None if self.role == Role::Wallet => {}
                None => books.absent.push(xid.clone()),
            }
        }
        Ok(books)
    }

    fn at_merchant(&self, xid: &str) -> Result<Option<Payment>, StoreError> {
        let Ok(key) = hex::decode(xid) else { return Ok(None) };
        let found: Option<AtMerchant> = self.record("purchase", &key)?;
        Ok(found.and_then(|found| found.payment(xid)))
    }

    fn at_gateway(
        &self,
        xid: &str,
        rrpids: Option<&BTreeSet<Vec<u8>>>,
    ) -> Result<Option<Payment>, StoreError> {
        let mut all = Vec::new();
        for rrpid in rrpids.into_iter().flatten() {
            all.extend(self.record::<AtGateway>("authorization", rrpid)?);
        }
        Ok(view::at_gateway(xid, &all))
    }

    fn at_bank(&self, xid: &str) -> Result<Option<Payment>, StoreError> {
        let prefix = format!("{xid}/");
        let found = self.store.records("bank_payment", prefix.as_bytes(), None, 1)?;
        let Some((key, value)) = found.into_iter().next() else { return Ok(None) };
        let Some(totals) = read::<AtBank>(&value) else { return Ok(None) };
        let hold = self.holds.get(xid);
        let at = hold.map(|hold| hold.at).or_else(|| self.asked_at.get(xid).copied());
        let currency = String::from_utf8_lossy(&key[prefix.len()..]).parse().unwrap_or(0);
        let mut payment = totals.payment(xid, currency);
        (payment.at, payment.hold_until) = (at, hold.and_then(|hold| hold.hold_until));
        Ok(Some(payment))
    }

    fn at_wallet(&self, xid: &str) -> Result<Option<Payment>, StoreError> {
        let Ok(key) = hex::decode(xid) else { return Ok(None) };
        let label: Option<Octets> = self.record("label_of_xid", &key)?;
        let Some(label) = label else { return Ok(None) };
        let found: Option<AtWallet> = self.record("purchase", &label.0)?;
        Ok(found.map(|found| found.payment(xid)).filter(|it| it.state != PaymentState::Other))
    }
}

/// A record of a shape that is known.
fn read<T: DeserializeOwned>(value: &[u8]) -> Option<T> {
    serde_json::from_slice(value).ok()
}
