//! Traffic: what the gateway authorized in the hour up to its last authorization.
//!
//! The last lines of its journal name the authorizations; each is read by key. Where an hour has
//! more than [`PAYMENTS_MAX`], the period is the shorter one that these cover. It ends with the
//! last authorization and not now, so that a stop does not hide what it costs.

use jiff::SignedDuration;

use counterfoil_doctor::fact::{Fact, Observation as _, Traffic};
use counterfoil_party::machine::Role;
use counterfoil_party::records::Direction;
use counterfoil_store::{Inspector, StoreError};

use super::books::view::AtGateway;
use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "traffic", run };

/// Authorizations that are read.
const PAYMENTS_MAX: usize = 1_000;
/// Lines of the journal for each: the request, two of the bank's, the answer, and some others.
const LINES_EACH: usize = 6;
/// The period, in minutes.
const MINUTES: i64 = 60;

fn run(place: &Place) -> Vec<Fact> {
    let gateways = place.materials().into_iter().filter(|(entry, _)| entry.role == Role::Gateway);
    gateways
        .filter(|(_, material)| material.folder().state().exists())
        .map(|(entry, material)| {
            let file = material.folder().state();
            let source = place.name_of(&file);
            match Inspector::open(&file).and_then(|store| count(&store)) {
                Ok(traffic) => Fact::of(&entry.name, source, place.now, &traffic),
                Err(error) => place.unseen(&entry.name, &source, Traffic::KIND, error),
            }
        })
        .collect()
}

fn count(store: &Inspector) -> Result<Traffic, StoreError> {
    let mut lines = store.journal_heads(None, PAYMENTS_MAX * LINES_EACH)?;
    lines.retain(|line| {
        line.entry.message == "AuthReq" && line.entry.direction == Direction::Received
    });
    let mut traffic = Traffic {
        minutes: MINUTES.unsigned_abs(),
        purchases: 0,
        amounts: std::collections::BTreeMap::new(),
    };
    let Some(last) = lines.first().map(|line| line.entry.at) else { return Ok(traffic) };
    let from = last - SignedDuration::from_mins(MINUTES);
    let is_cut = lines.len() >= PAYMENTS_MAX;
    lines.retain(|line| line.entry.at >= from);
    lines.truncate(PAYMENTS_MAX);
    if is_cut && let Some(first) = lines.last() {
        let covered = last.duration_since(first.entry.at).as_secs().unsigned_abs().div_ceil(60);
        traffic.minutes = covered.clamp(1, MINUTES.unsigned_abs());
    }
    for line in lines {
        let Some(key) = line.entry.rrpid.as_deref().and_then(|text| hex::decode(text).ok()) else {
            continue;
        };
        let Some(value) = store.record("authorization", &key)? else { continue };
        let Ok(found) = serde_json::from_slice::<AtGateway>(&value) else { continue };
        let Some(amount) = found.approved() else { continue };
        traffic.purchases += 1;
        *traffic.amounts.entry(amount.code().to_owned()).or_default() += amount.minor;
    }
    Ok(traffic)
}
