//! The books of every party as the invariants read them: from raw records, by code of their own.
//!
//! Nothing here uses the parties' types, so a party that books wrongly cannot explain it away.

use std::collections::BTreeMap;

use counterfoil_party::memory::MemoryRecords;
use serde_json::Value;

/// What one party believes of one purchase, in cents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Belief {
    /// Authorized and not reversed.
    pub authorized: u64,
    /// Captured.
    pub captured: u64,
    /// Still being worked on.
    pub open: bool,
    /// The party's own word for it.
    pub state: String,
}

/// Beliefs by hexadecimal XID.
pub type Beliefs = BTreeMap<String, Belief>;

/// Every value of a table, with its key.
fn table<'a>(records: &'a MemoryRecords, name: &'a str) -> impl Iterator<Item = (&'a [u8], Value)> {
    records.rows().filter(move |(table, _, _)| *table == name).map(|(_, key, value)| {
        let value = serde_json::from_slice(value).unwrap_or(Value::Null);
        (key, value)
    })
}

fn minor(value: &Value) -> u64 {
    value.get("minor").and_then(Value::as_u64).unwrap_or(0)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What the bank holds and has paid.
pub fn bank(records: &MemoryRecords) -> Beliefs {
    let mut beliefs = Beliefs::new();
    for (key, payment) in table(records, "bank_payment") {
        let key = String::from_utf8_lossy(key);
        let xid = key.split('/').next().unwrap_or_default().to_owned();
        let number = |name: &str| payment[name].as_u64().unwrap_or(0);
        let belief = Belief {
            authorized: number("held_minor") + number("paid_minor"),
            captured: number("paid_minor"),
            open: false,
            state: "bank".into(),
        };
        beliefs.insert(xid, belief);
    }
    beliefs
}

/// What the gateway has authorized and captured.
pub fn gateway(records: &MemoryRecords) -> Beliefs {
    let mut beliefs = Beliefs::new();
    for (_, record) in table(records, "authorization") {
        let operation = &record["bank"]["operation"];
        let purchase =
            operation.get("authorize").or_else(|| operation.get("sale")).unwrap_or(&Value::Null);
        let belief = beliefs.entry(text(&purchase["xid"]).to_owned()).or_default();
        let state = text(&record["state"]);
        belief.state = state.to_owned();
        belief.open |= matches!(state, "waiting" | "reversing");
        if state == "approved" {
            let reduced = record["reduced_minor"].as_u64();
            belief.authorized += reduced.unwrap_or_else(|| minor(&record["asked"]));
            belief.open |= !record["void"].is_null();
            let captured = record["captured_minor"].as_u64().unwrap_or(0);
            let unconfirmed = record["unconfirmed_minor"].as_u64().unwrap_or(0);
            belief.open |= unconfirmed > 0;
            belief.captured += captured.saturating_sub(unconfirmed);
        }
    }
    beliefs
}

/// What the gateway has given back: of each purchase whether all of that is done.
pub fn given_back(records: &MemoryRecords) -> BTreeMap<String, bool> {
    let mut given = BTreeMap::new();
    for (_, record) in table(records, "authorization") {
        let under_way = !record["void"].is_null();
        if under_way || record["reduced_minor"].is_u64() {
            let xid = text(&record["bank"]["operation"]["authorize"]["xid"]).to_owned();
            *given.entry(xid).or_insert(true) &= !under_way;
        }
    }
    given
}

/// What the merchant believes to be authorized and captured.
pub fn merchant(records: &MemoryRecords) -> Beliefs {
    let mut beliefs = Beliefs::new();
    for (key, purchase) in table(records, "purchase") {
        let mut belief = Belief { state: "opened".into(), ..Belief::default() };
        for authorization in purchase["authorizations"].as_array().into_iter().flatten() {
            let state = text(&authorization["state"]);
            belief.state = state.to_owned();
            belief.open |= matches!(state, "asked" | "undecided");
            if state == "approved" {
                let void = &authorization["void"];
                let done = text(&void["state"]) == "done";
                let left = if done { &void["remaining"] } else { &authorization["approved"] };
                belief.authorized += minor(left);
                belief.open |= matches!(text(&void["state"]), "asked" | "undecided");
            }
            for capture in authorization["captures"].as_array().into_iter().flatten() {
                let state = text(&capture["state"]);
                belief.open |= matches!(state, "asked" | "undecided");
                belief.captured += minor(&capture["captured"]);
            }
        }
        beliefs.insert(hex(key), belief);
    }
    beliefs
}

/// What a wallet has been told, by XID; purchases without XID never left it.
pub fn wallet(records: &MemoryRecords) -> Beliefs {
    let mut beliefs = Beliefs::new();
    let labels: BTreeMap<String, String> = table(records, "label_of_xid")
        .map(|(xid, label)| (text(&label).to_owned(), hex(xid)))
        .collect();
    for (label, purchase) in table(records, "purchase") {
        let Some(xid) = labels.get(&base64(label)) else { continue };
        let state = text(&purchase["state"]).to_owned();
        let verdict = &purchase["verdict"];
        let belief = Belief {
            authorized: minor(&verdict["authorized"]),
            captured: minor(&verdict["captured"]),
            open: !matches!(state.as_str(), "paid" | "refused"),
            state,
        };
        beliefs.insert(xid.clone(), belief);
    }
    beliefs
}

/// The postings of the bank: that each adds up to nothing, and that the accounts hold their sums.
///
/// # Errors
/// A sentence about the first posting or account that does not.
pub fn check_postings(records: &MemoryRecords) -> Result<(), String> {
    let mut sums: BTreeMap<String, i64> = BTreeMap::new();
    for (key, posting) in table(records, "bank_posting") {
        let mut total = 0;
        for line in posting["lines"].as_array().into_iter().flatten() {
            let amount = line["amount_minor"].as_i64().unwrap_or(i64::MAX / 4);
            total += amount;
            *sums.entry(text(&line["account"]).to_owned()).or_default() += amount;
        }
        if total != 0 {
            return Err(format!("posting {} leaves {total} over", hex(key)));
        }
    }
    for (key, account) in table(records, "bank_account") {
        let name = String::from_utf8_lossy(key).into_owned();
        let balance = account["balance_minor"].as_i64().unwrap_or(i64::MIN);
        let posted = sums.get(&name).copied().unwrap_or(0);
        if balance != posted {
            return Err(format!("account {name} says {balance}, its postings say {posted}"));
        }
    }
    Ok(())
}

/// The captures of an authorization, and what it still holds, together never above it.
///
/// # Errors
/// A sentence about the first one that breaks this.
pub fn check_captures(records: &MemoryRecords) -> Result<(), String> {
    let mut captures: BTreeMap<String, u64> = BTreeMap::new();
    let mut authorized: BTreeMap<String, u64> = BTreeMap::new();
    for (key, transaction) in table(records, "bank_transaction") {
        let amount = transaction["amount_minor"].as_u64().unwrap_or(0);
        let state = text(&transaction["state"]);
        if text(&transaction["mti"]) == "0100" {
            let remaining = transaction["remaining_minor"].as_u64().unwrap_or(0);
            let free = amount.saturating_sub(remaining);
            authorized.insert(String::from_utf8_lossy(key).into_owned(), free);
        }
        if text(&transaction["mti"]) == "0220" && state == "posted" {
            *captures.entry(text(&transaction["original"]).to_owned()).or_default() += amount;
        }
    }
    for (original, sum) in captures {
        let limit = authorized.get(&original).copied().unwrap_or(0);
        if sum > limit {
            return Err(format!(
                "authorization {original} has captures of {sum} together and let {limit} go"
            ));
        }
    }
    Ok(())
}

fn hex(octets: &[u8]) -> String {
    use std::fmt::Write as _;
    octets.iter().fold(String::new(), |mut text, octet| {
        let _ = write!(text, "{octet:02x}");
        text
    })
}

fn base64(octets: &[u8]) -> String {
    let stored = counterfoil_party::records::Octets(octets.to_vec());
    serde_json::to_value(stored)
        .ok()
        .and_then(|v| v.as_str().map(str::to_owned))
        .unwrap_or_default()
}
