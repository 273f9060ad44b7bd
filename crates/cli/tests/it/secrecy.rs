//! Real purchases, and then a search for the card at everybody but its holder, and for the order
//! at everybody but shop and cardholder.
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test that cannot go on panics, and says what it did not do"
)]

mod search;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;

use self::search::{Hit, Place, Wanted, places};
use crate::deployment::{Deployment, wait_for};

/// Stands in every order, and nowhere else by chance.
const MARK: &str = "quietmoonquartz";
/// A card with enough on its account, and one without.
const GOOD_CARD: &str = "card-1";
const POOR_CARD: &str = "card-3";
/// The one file in which a cardholder has written down the cards.
const CARDS_FILE: &str = "wallet/cards.toml";

#[test]
fn card_stays_with_its_holder_and_order_with_shop_and_cardholder() {
    let mut deployment = Deployment::start(|_| {}, &[GOOD_CARD, POOR_CARD]);
    buy(&deployment);
    let wanted = wanted(&deployment);

    let while_running = search(&wanted, &everything(&deployment));
    assert_eq!(leaks(&while_running), BTreeSet::new());
    search_memory(&deployment, &wanted);

    deployment.stop();
    let afterwards = search(&wanted, &everything(&deployment));
    assert_eq!(leaks(&afterwards), BTreeSet::new());
    for hits in [&while_running, &afterwards] {
        finds_what_is_there(hits);
    }
    finds_what_is_planted(&deployment, &wanted);
}

/// Authorization and capture, a payment that the bank declines, and a sale.
fn buy(deployment: &Deployment) {
    let state_of = |order: &str| {
        let status = deployment.run(&["order", "status", order, "--json"]).json();
        status["state"].as_str().unwrap().to_owned()
    };
    let captured = deployment.order(&format!("{MARK} one: a first edition"), "12.50 USD");
    let paid = deployment.pay(&captured, GOOD_CARD).json();
    assert_eq!(paid["state"], "paid");
    assert_eq!(state_of(&captured.number), "authorized");
    deployment.run(&["order", "capture", &captured.number, "--json"]).fine();
    assert_eq!(state_of(&captured.number), "captured");

    let declined = deployment.order(&format!("{MARK} two: a signed copy"), "80.00 USD");
    let refused = deployment.pay(&declined, POOR_CARD);
    assert_eq!(refused.document().unwrap()["state"], "refused", "{refused:#?}");
    assert_eq!(state_of(&declined.number), "declined");

    deployment.set("merchant", "party.capture", "now");
    deployment.run(&["reload", "merchant"]).fine();
    wait_for("the merchant to read its settings", || log(deployment).contains("party.reloaded"));
    let sold = deployment.order(&format!("{MARK} three: a postcard"), "2.25 USD");
    let paid = deployment.pay(&sold, GOOD_CARD).json();
    assert_eq!(paid["state"], "paid");
    assert_eq!(state_of(&sold.number), "captured");
}

fn log(deployment: &Deployment) -> String {
    let folder = std::fs::read_dir(deployment.data().join("merchant/log")).unwrap();
    folder.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect()
}

/// Every card of the deployment, whether or not it was used, and the mark of every order.
fn wanted(deployment: &Deployment) -> Wanted {
    let cards = std::fs::read_to_string(deployment.data().join(CARDS_FILE)).unwrap();
    let cards: toml::Table = cards.parse().unwrap();
    let mut wanted = Wanted::default();
    for card in cards["card"].as_array().unwrap() {
        wanted.card(card["name"].as_str().unwrap(), card["number"].as_str().unwrap());
    }
    wanted.text("order", MARK);
    wanted
}

/// All that any party stored, logged, sent, received, or said to the terminal or a monitor.
fn everything(deployment: &Deployment) -> Vec<Place> {
    let mut everything = places(&deployment.data());
    let mut add = |name: String, text: String| {
        everything.push(Place { name, octets: text.into_bytes() });
    };
    add("terminal of the parties".into(), deployment.parties_said());
    add("wallet, terminal of commands".into(), deployment.commands_said());
    for party in ["merchant", "gateway", "bank", "cca", "mca"] {
        for page in ["/metrics", "/readyz"] {
            add(format!("{party}{page}"), deployment.page(party, page));
        }
    }
    everything
}

fn search(wanted: &Wanted, places: &[Place]) -> BTreeSet<Hit> {
    places.iter().flat_map(|place| wanted.search(place)).collect()
}

/// Hits where they must not be.
fn leaks(hits: &BTreeSet<Hit>) -> BTreeSet<Hit> {
    let is_known = |hit: &Hit| match hit.secret.as_str() {
        "order" => hit.place.starts_with("merchant/") || hit.place.starts_with("wallet"),
        // Its octets, unpacked as if they were packed decimal, are the digits once more.
        _ => hit.place.split(',').next() == Some(CARDS_FILE),
    };
    hits.iter().filter(|hit| !is_known(hit)).cloned().collect()
}

/// A search that finds nothing where something is would prove nothing.
#[track_caller]
fn finds_what_is_there(hits: &BTreeSet<Hit>) {
    for (secret, place) in [
        (GOOD_CARD, CARDS_FILE),
        (POOR_CARD, CARDS_FILE),
        ("order", "merchant/state.sqlite, table order"),
        ("order", "wallet/state.sqlite, table purchase"),
    ] {
        let found = hits.iter().any(|hit| hit.secret == secret && hit.place == place);
        assert!(found, "{secret} is in {place} and was not found");
    }
}

/// A card in the merchant's log, and an order in a message of the gateway, are found.
fn finds_what_is_planted(deployment: &Deployment, wanted: &Wanted) {
    use base64::Engine as _;
    let cards = std::fs::read_to_string(deployment.data().join(CARDS_FILE)).unwrap();
    let cards: toml::Table = cards.parse().unwrap();
    let number = cards["card"][0]["number"].as_str().unwrap();
    let packed = base64::engine::general_purpose::STANDARD.encode(format!("pan={number};"));
    for (file, text) in [
        ("merchant/log/planted.jsonl", format!("{{\"event\":\"x\",\"data\":\"{packed}\"}}\n")),
        ("gateway/crls/planted.pem", format!("X\n{}\n", hex::encode(MARK))),
    ] {
        std::fs::write(deployment.data().join(file), text).unwrap();
        let leaks = leaks(&search(wanted, &everything(deployment)));
        assert!(leaks.iter().any(|hit| hit.place == file), "{file}: {leaks:?}");
    }
}

/// The merchant has not even in its memory what it must not know, nor have gateway and bank.
fn search_memory(deployment: &Deployment, wanted: &Wanted) {
    for (party, is_foreign) in [
        ("merchant", (|secret| secret != "order") as fn(&str) -> bool),
        ("gateway", |secret| secret == "order"),
        ("bank", |secret| secret == "order"),
    ] {
        let Some(memory) = memory(deployment, party) else {
            // Straight to the terminal: the test harness holds back what a test prints.
            drop(writeln!(std::io::stderr(), "SKIPPED: the memory of {party} cannot be read"));
            continue;
        };
        let hits =
            wanted.search_plainly(&Place { name: format!("memory of {party}"), octets: memory });
        let foreign: Vec<&Hit> = hits.iter().filter(|hit| is_foreign(&hit.secret)).collect();
        assert!(foreign.is_empty(), "{foreign:?}");
        // The shop has its own orders in its memory, so the search sees what there is.
        if party == "merchant" {
            assert!(hits.iter().any(|hit| hit.secret == "order"), "nothing found in the memory");
        }
    }
}

/// What a party's process has in the memory that it may write; none where the system forbids it.
fn memory(deployment: &Deployment, party: &str) -> Option<Vec<u8>> {
    let process = deployment.process_of(party)?.as_raw_nonzero();
    let maps = std::fs::read_to_string(format!("/proc/{process}/maps")).ok()?;
    let file = std::fs::File::open(format!("/proc/{process}/mem")).ok()?;
    let mut memory = Vec::new();
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (start, end) = line.split(' ').next()?.split_once('-')?;
        let (start, end) =
            (u64::from_str_radix(start, 16).ok()?, u64::from_str_radix(end, 16).ok()?);
        let mut octets = vec![0; usize::try_from(end - start).ok()?];
        // Some regions of the kernel's own cannot be read.
        if file.read_exact_at(&mut octets, start).is_ok() {
            memory.extend(octets);
        }
    }
    Some(memory).filter(|memory| !memory.is_empty())
}
