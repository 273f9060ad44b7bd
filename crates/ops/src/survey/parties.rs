//! The parties: which there are, and how each says that it is.

use serde::Deserialize;

use counterfoil_doctor::fact::{self, Fact, PartySeen, State};
use counterfoil_node::config::PartyEntry;
use counterfoil_node::deployment::fetch::Fetch;
use counterfoil_node::deployment::{Material, running};
use counterfoil_party::ca::CaConfig;
use counterfoil_party::machine::Role;
use serde::de::IgnoredAny;

use super::{Gatherer, Place};

pub(super) static GATHERER: Gatherer = Gatherer { name: "parties", run };

/// What a party answers that is not ready.
#[derive(Deserialize)]
struct Refused {
    id: String,
    error: String,
}

fn run(place: &Place) -> Vec<Fact> {
    let materials = place.materials();
    let supervised = materials.iter().any(|(_, material)| is_supervised(material));
    materials
        .iter()
        .map(|(entry, material)| {
            let seen = look(entry, material, supervised);
            Fact::of(&entry.name, &entry.name, place.now, &seen)
        })
        .collect()
}

fn look(entry: &PartyEntry, material: &Material, supervised: bool) -> PartySeen {
    let ca = material.config::<CaConfig>().ok().filter(|_| entry.role == Role::Ca);
    let mut seen = PartySeen {
        role: role(entry.role),
        ca: ca.map(|config| config.party.kind.name().to_owned()),
        certified: entry.role != Role::Merchant || material.is_certified(),
        state: State::Occasional,
        reason: None,
        sentence: None,
        supervised,
    };
    if entry.start {
        ask(material, &mut seen);
    }
    seen
}

/// Asks a party that is to be running.
fn ask(material: &Material, seen: &mut PartySeen) {
    let runs = running::process_of(material.folder()).is_some();
    seen.state = if runs { State::Silent } else { State::Stopped };
    let Some(operations) =
        material.config::<IgnoredAny>().ok().and_then(|config| config.node.operations)
    else {
        return;
    };
    let url = format!("http://{operations}/readyz");
    let Some(answer) = within(READY_MS_MAX, move || {
        Fetch { url: &url, authorization: None, post: None, trust: None }.run().ok()
    }) else {
        return;
    };
    // Somebody else may listen there while the party is stopped.
    if !runs {
        return;
    }
    if answer.status < 300 {
        seen.state = State::Ready;
        return;
    }
    seen.state = State::NotReady;
    let refused: Option<Refused> = serde_json::from_slice(&answer.body).ok();
    if let Some(refused) = refused {
        (seen.reason, seen.sentence) = (Some(refused.id), Some(refused.error));
    }
}

/// Time for a party to say how it is.
const READY_MS_MAX: u64 = 1_000;

/// What `work` gives, when it does in time; the thread that is late is left behind.
pub(super) fn within<T: Send + 'static>(
    millis: u64,
    work: impl FnOnce() -> Option<T> + Send + 'static,
) -> Option<T> {
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || drop(sender.send(work())));
    receiver.recv_timeout(std::time::Duration::from_millis(millis)).ok().flatten()
}

/// Is the process a child of `counterfoil up`?
fn is_supervised(material: &Material) -> bool {
    let Some(process) = running::process_of(material.folder()) else { return false };
    let status = format!("/proc/{}/status", process.as_raw_nonzero());
    let Ok(status) = std::fs::read_to_string(status) else { return false };
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:"));
    let Some(parent) = parent.map(str::trim) else { return false };
    let command = std::fs::read(format!("/proc/{parent}/cmdline")).unwrap_or_default();
    command.split(|octet| *octet == 0).any(|word| word == b"up")
}

fn role(role: Role) -> fact::Role {
    match role {
        Role::Wallet => fact::Role::Wallet,
        Role::Merchant => fact::Role::Merchant,
        Role::Gateway => fact::Role::Gateway,
        Role::Bank => fact::Role::Bank,
        Role::Ca => fact::Role::Ca,
    }
}
