//! The gateway calls its bank at an address where the bank does not listen.
//!
//! Authorizations cannot be asked for; every purchase ends undecided or declined, while gateway and
//! bank both say that they are well.
//!
//! ## How it shows
//!
//! `bank_link.connection_refused` or `bank_link.call_failed` in the gateway's log, every few
//! seconds; nothing at all in the bank's.
//!
//! ## How it is confirmed
//!
//! The address in `[node.bank_link]` of the gateway differs from the one in
//! `[node.bank_listener]` of the bank, and a connection to the gateway's does not reach a bank.
//! Without the bank's settings it is suspected only: somebody else may run it there.
//!
//! ## How it is repaired
//!
//! `host` and `port` of `[node.bank_link]` are set to where the bank listens and the gateway
//! reloads.
//!
//! ## How the repair is proved
//!
//! The connection is tried again, and a shadow payment passes.
//!
//! ## How the laboratory causes it
//!
//! It changes the port, or the host, in the gateway's settings.

use crate::fact::{Facts, Link, Observation as _, Outcome, Role, Settings};
use crate::fault::{AFTER_A_BROKEN_LINK, Class, Fault};
use crate::finding::{Case, Effect};
use crate::plan::Step;

/// The entry of the catalogue.
pub(super) static FAULT: Fault = Fault {
    id: "bank-address-wrong",
    class: Class::Configuration,
    title: "The gateway calls its bank at an address where the bank does not listen.",
    source: include_str!("bank_address_wrong.rs"),
    symptoms: &[
        "`bank_link.connection_refused` in the gateway's log",
        "every purchase is undecided",
    ],
    explains: AFTER_A_BROKEN_LINK,
    needs: &[Link::KIND, Settings::KIND],
    look,
    plan,
};

const SETTING: &str = "node.bank_link";

fn look(facts: &Facts) -> Vec<Case> {
    let links = facts.of::<Link>().into_iter();
    links
        .filter_map(|link| {
            let fails = !matches!(link.outcome, Outcome::Reached | Outcome::Plain);
            if link.setting != SETTING || !fails {
                return None;
            }
            let listens = bank_listener(facts)?;
            if same_address(&listens, &link.address) {
                return None;
            }
            let summary = format!(
                "{} calls the bank at {}, where nobody answers; the bank listens at {listens}",
                link.from, link.address
            );
            let file = format!("{}/config.toml", link.from);
            Some(
                Case::confirmed(file.clone(), &link.from, Effect::StopsPurchases, summary)
                    .with("seen", &link.address, file)
                    .with("expected", listens, "bank's node.bank_listener.listen")
                    .with("connection", link.said.clone().unwrap_or_default(), link.source)
                    .touching([format!("link:{}>bank", link.from)])
                    .stopping(["all purchases through the gateway"]),
            )
        })
        .collect()
}

/// Where others reach the one bank of the deployment.
fn bank_listener(facts: &Facts) -> Option<String> {
    let banks = facts.parties(Role::Bank);
    let [bank] = banks.as_slice() else { return None };
    let settings = facts.about::<Settings>(bank.party).into_iter().next()?;
    let public = settings.text("node.bank_listener.public");
    public.or_else(|| settings.text("node.bank_listener.listen")).map(str::to_owned)
}

fn same_address(a: &str, b: &str) -> bool {
    a.replace("localhost", "127.0.0.1") == b.replace("localhost", "127.0.0.1")
}

fn plan(facts: &Facts, case: &Case) -> Vec<Step> {
    let listens = bank_listener(facts).unwrap_or_default();
    let Some((host, port)) = listens.rsplit_once(':') else { return Vec::new() };
    let set = |key: &str, value: String| {
        Step::automatic("set-setting", &case.owner, format!("set {SETTING}.{key} to {value}"))
            .with("key", format!("{SETTING}.{key}"))
            .with("value", value)
    };
    vec![
        set("host", format!("\"{host}\"")),
        set("port", port.to_owned()),
        Step::automatic("reload", &case.owner, format!("have {} read its settings", case.owner)),
    ]
}
