//! Backlog: what is overdue in each party's records, and what waits for an answer.

use jiff::{SignedDuration, Timestamp};

use counterfoil_doctor::fact::{Backlog, Fact, Observation as _};
use counterfoil_party::machine::Role;
use counterfoil_store::{Inspector, StoreError};

use super::books::view::{AtMerchant, Call};
use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "backlog", run };

/// Things that are counted.
const COUNT_MAX: usize = 1_000;
/// What is later than this is overdue, in seconds: a party takes its alarms between other work.
const OVERDUE_SECONDS: i64 = 10;
/// Questions whose age is looked up.
const AGES_MAX: usize = 100;

fn run(place: &Place) -> Vec<Fact> {
    let gateways = place.deployment.parties.iter().filter(|party| party.role == Role::Gateway);
    let gateways: Vec<&str> = gateways.map(|party| party.name.as_str()).collect();
    let mut facts = Vec::new();
    for (entry, material) in place.materials() {
        let file = material.folder().state();
        if !entry.start || !file.exists() {
            continue;
        }
        let source = place.name_of(&file);
        let read = Inspector::open(&file).and_then(|store| look(&store, entry.role, place.now));
        facts.push(match read {
            Ok(mut backlog) => {
                backlog.to = match gateways.as_slice() {
                    [gateway] if entry.role == Role::Merchant => Some((*gateway).to_owned()),
                    _ => None,
                };
                Fact::of(&entry.name, source, place.now, &backlog)
            }
            Err(error) => place.unseen(&entry.name, &source, Backlog::KIND, error),
        });
    }
    facts
}

fn look(store: &Inspector, role: Role, now: Timestamp) -> Result<Backlog, StoreError> {
    let overdue = store.alarms(now - SignedDuration::from_secs(OVERDUE_SECONDS), COUNT_MAX)?;
    let mut backlog = Backlog {
        overdue: overdue.len() as u64,
        overdue_since: overdue.first().map(|alarm| alarm.at),
        unanswered: 0,
        unanswered_since: None,
        to: None,
    };
    if role != Role::Merchant {
        return Ok(backlog);
    }
    for (place, (_, value)) in
        store.records("gateway_call", b"", None, COUNT_MAX)?.into_iter().enumerate()
    {
        let Ok(call) = serde_json::from_slice::<Call>(&value) else { continue };
        if call.given_up || call.tries == 0 {
            continue;
        }
        let Some(xid) = call.xid() else { continue };
        backlog.unanswered += 1;
        if place < AGES_MAX
            && let Some(at) = asked_at(store, &xid)?
        {
            let oldest = backlog.unanswered_since.map_or(at, |oldest| oldest.min(at));
            backlog.unanswered_since = Some(oldest);
        }
    }
    Ok(backlog)
}

/// When a purchase was asked for.
fn asked_at(store: &Inspector, xid: &str) -> Result<Option<Timestamp>, StoreError> {
    let Ok(key) = hex::decode(xid) else { return Ok(None) };
    let value = store.record("purchase", &key)?;
    let found = value.and_then(|value| serde_json::from_slice::<AtMerchant>(&value).ok());
    Ok(found.and_then(|found| found.payment(xid)).and_then(|payment| payment.at))
}
