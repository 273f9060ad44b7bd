//! `pay`: the cardholder says yes to an order.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use counterfoil_node::deployment::fetch::{Fetch, Fetched};
use counterfoil_node::deployment::{Material, layout, shop_api};
use counterfoil_node::files::{self, Folder};
use counterfoil_node::tls::PemFile;
use counterfoil_party::initiation::PaymentInitiation;
use counterfoil_party::wallet::{Command as WalletCommand, Outcome};

use super::Command;
use crate::api;
use crate::data::Data;
use crate::failure::{Failure, Status};
use crate::passphrase::Passphrase;
use crate::purse::{Purse, in_words};

/// Arguments of `pay`.
#[derive(Debug, Args)]
pub struct Pay {
    #[command(flatten)]
    data: Data,
    /// URL of the order's initiation, as the shop gave it
    #[arg(long, value_name = "URL", required_unless_present = "initiation")]
    url: Option<String>,
    /// File with the initiation itself; - reads it from the standard input
    #[arg(long, value_name = "FILE", conflicts_with = "url")]
    initiation: Option<PathBuf>,
    /// Name of the card; the first of a brand that the shop takes, when absent
    #[arg(long, value_name = "NAME")]
    card: Option<String>,
    #[command(flatten)]
    passphrase: Passphrase,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Command for Pay {
    const NAME: &'static str = "pay";
    const ABOUT: &'static str = "Pay an order; exit status 0 paid, 1 refused or in doubt";

    fn run(self) -> Result<Status, Failure> {
        let wallet = self.data.wallet()?;
        let initiation = match (&self.url, &self.initiation) {
            (Some(url), _) => fetch(&wallet, url)?,
            (None, Some(file)) => read(file)?,
            (None, None) => String::new(),
        };
        let offer = PaymentInitiation::parse(&initiation)?;
        let purse = Purse::open(&wallet, &self.passphrase)?;
        let (card, brand) = choose(&purse, &offer, self.card.as_deref())?;
        if !self.json {
            println!("{} for {}", offer.amount, offer.order.trim());
        }
        let command = WalletCommand::Pay { initiation, brand, card: Some(card) };
        let outcome = purse.ask(command)?;
        purse.close();
        let Outcome::Payment(books) = outcome else {
            return Err(Failure::failed(
                "outcome-unexpected",
                "the wallet said something else",
                "report this",
            ));
        };
        let (words, status) = in_words(&books);
        if self.json {
            println!("{}", json!(books));
        } else {
            println!("{words}");
            if let Some(xid) = &books.xid {
                println!("purchase {xid}");
            }
        }
        Ok(status)
    }
}

/// The card to pay with and its brand.
fn choose(
    purse: &Purse,
    offer: &PaymentInitiation,
    card: Option<&str>,
) -> Result<(String, String), Failure> {
    let mut cards = purse.cards.iter();
    let found = match card {
        Some(card) => cards.find(|(name, _)| name == card),
        None => cards.find(|(_, brand)| offer.brands.contains(brand)),
    };
    found.cloned().ok_or_else(|| {
        let names: Vec<&str> = purse.cards.iter().map(|(name, _)| name.as_str()).collect();
        Failure::input(
            "card-unknown",
            match card {
                Some(card) => format!("the wallet has no card `{card}`"),
                None => format!("the wallet has no card of {}", offer.brands.join(" or ")),
            },
            format!("the wallet's cards are {}", names.join(", ")),
        )
    })
}

fn fetch(wallet: &Material, url: &str) -> Result<String, Failure> {
    let path = wallet.file(Folder::Trust, layout::TLS_CA);
    let trust = PemFile { octets: files::read(&path)?, path };
    let fetched: Fetched =
        Fetch { url, authorization: None, post: None, trust: Some(&trust) }.run()?;
    if fetched.status != 200 {
        api::json(&fetched)?;
    }
    if fetched.media_type != shop_api::INITIATION {
        return Err(Failure::input(
            "initiation-media-type",
            format!("{url} is `{}`, not {}", fetched.media_type, shop_api::INITIATION),
            "give the initiation URL of an order, as the shop printed it",
        ));
    }
    text(fetched.body)
}

fn read(file: &Path) -> Result<String, Failure> {
    if file.as_os_str() != "-" {
        return Ok(files::read_text(file)?);
    }
    let mut octets = Vec::new();
    let mut stdin = std::io::stdin().lock().take(files::FILE_BYTES_MAX);
    stdin.read_to_end(&mut octets).map_err(|error| {
        Failure::unseen("stdin-unreadable", error, "give the initiation as a file")
    })?;
    text(octets)
}

fn text(octets: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(octets).map_err(|_| {
        Failure::input("initiation-malformed", "the initiation is not UTF-8 text", "ask the shop")
    })
}
