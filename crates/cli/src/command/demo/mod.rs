//! `demo`: everything once, from nothing: registration, purchase, capture, evidence, a fault that
//! the doctor finds and repairs, and what each party could see of it.

mod picture;
mod sight;
mod trouble;
mod witness;

use std::path::{Path, PathBuf};

use clap::Args;
use rand_core::Rng as _;
use serde_json::Value;

use counterfoil_node::deployment::{Material, layout, registration};
use counterfoil_node::files::Folder;
use counterfoil_node::rng::SystemRng;
use counterfoil_secret::{Pan, Secret};

use super::Command;
use crate::failure::{Failure, Status};
use crate::stage::{Stage, free_ports};
use picture::{say, step};
use sight::Secrets;

/// What is sold.
const ORDER: &str = "1 copy of 'The Other Half of the Cheque', gift-wrapped";
/// What it costs.
const PRICE: &str = "49.99 USD";
/// Where the evidence is written, in the folder of the deployment.
const EVIDENCE: &str = "payment.evidence";

/// Arguments of `demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Folder for the deployment, which stays; a temporary one, when absent
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep the temporary folder
    #[arg(long)]
    keep: bool,
    /// First of the 16 ports; free ones are found, when absent
    #[arg(long, value_name = "PORT")]
    base_port: Option<u16>,
}

impl Command for Demo {
    const NAME: &'static str = "demo";
    const ABOUT: &'static str =
        "Register, buy, capture, prove it, break something and repair it, every party a process";

    fn run(self) -> Result<Status, Failure> {
        let temporary = format!("counterfoil-demo-{}", std::process::id());
        let folder = self.data.clone().unwrap_or_else(|| std::env::temp_dir().join(temporary));
        let stays = self.keep || self.data.is_some();
        // Said before anything is: a folder that holds something is wrong input, not a failed demo.
        if std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some()) {
            let sentence = format!("{} exists and is not empty", folder.display());
            let hint = "name another folder, or empty this one yourself";
            return Err(Failure::input("folder-not-empty", sentence, hint));
        }
        let base_port = match self.base_port {
            Some(port) => port,
            None => free_ports()?,
        };
        let played = play(&folder, base_port);
        if stays {
            say(&format!("kept: {}", folder.display()));
        } else {
            // What cannot be removed is no reason to call the payment unproved.
            drop(std::fs::remove_dir_all(&folder));
        }
        played.map(|()| Status::Fine)
    }
}

fn play(data: &Path, base_port: u16) -> Result<(), Failure> {
    let mut random = [0; 16];
    SystemRng::new().fill_bytes(&mut random);
    let stage = Stage { data, passphrase: Secret::new(hex::encode(random)) };
    picture::opening(data);

    let port = base_port.to_string();
    let made = stage.run(&["init", "--with-test-cards", "--base-port", &port])?;
    step(
        "init",
        &format!("brand {}: five CAs, a bank, a gateway, a shop, a wallet", text(&made["brand"])),
    );
    let mut up = stage.up()?;
    let ready = up.ready("deployment")?;
    step("up", &picture::processes(&ready));

    let merchant = stage.run(&["register", "merchant"])?;
    step("register merchant", &picture::common_name(&text(&merchant["subject"])));
    let cardholder = stage.run(&["register", "cardholder", "--card", "card-1"])?;
    let who = text(&cardholder["registered"]);
    let pseudonym = picture::common_name(&text(&cardholder["subject"]));
    step("register cardholder", &format!("{who} as {pseudonym}"));
    up.ready("merchant")?;

    let order = stage.run(&["order", "create", "--description", ORDER, "--amount", PRICE])?;
    let number = text(&order["order"]);
    step("order create", &format!("order {number}: {ORDER}, {PRICE}"));
    let url = text(&order["initiation_url"]);
    let paid = stage.run(&["pay", "--url", &url, "--card", "card-1"])?;
    let xid = text(&paid["xid"]);
    step("pay", &format!("{}; purchase {xid}", picture::verdict(&paid)));
    let captured = stage.run(&["order", "capture", &number])?;
    expect(&captured["state"], "captured")?;
    step("order capture", &format!("{} captured", text(&captured["captured"])));
    let file = data.join(EVIDENCE);
    let shown = file.display().to_string();
    stage.run(&["evidence", "export", &xid, "--party", "merchant", "--out", &shown])?;
    step("evidence export", &picture::size_of(&file));
    trouble::play(&stage)?;
    up.stop()?;
    step("", "every process stopped");
    let root = Material::at(data, layout::WALLET)?.file(Folder::Trust, layout::ROOT);
    let root = root.display().to_string();
    let proof = stage.run_alone(&["evidence", "verify", &shown, "--trust", &root])?;
    step("evidence verify", "with nothing running:");
    picture::proof(&proof);

    let secrets = Secrets { card: card(data)?, order: ORDER.to_owned() };
    let sight = sight::look_around(data, &xid, &secrets)?;
    picture::steps(&sight.steps);
    picture::holdings(&sight.holdings);
    picture::judge(&sight)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn expect(value: &Value, expected: &str) -> Result<(), Failure> {
    if value == expected {
        return Ok(());
    }
    let sentence = format!("the order is {value}, not {expected}");
    Err(Failure::failed("demo-order-state", sentence, "run it again with --keep, look at the logs"))
}

/// The number of the card that pays, from the cardholder's own file.
fn card(data: &Path) -> Result<Pan, Failure> {
    let cards = registration::own_cards(&Material::at(data, layout::WALLET)?)?;
    let card = cards.first().ok_or_else(|| {
        Failure::failed("card-unknown", "the demo's wallet has no card", "report this")
    })?;
    Ok(Pan::parse(&card.number)?)
}
