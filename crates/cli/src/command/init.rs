//! `init`: keys, certificates and settings of a new deployment.

use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use counterfoil_node::deployment::plan::NewDeployment;
use counterfoil_node::rng::SystemRng;
use counterfoil_ops::recorded;

use super::Command;
use crate::data::Data;
use crate::failure::{Failure, Status};
use crate::table::aligned;

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct Init {
    #[command(flatten)]
    data: Data,
    /// Brand of the cards
    #[arg(long, value_name = "NAME", default_value = "Meridian")]
    brand: String,
    /// Bank that runs the CAs, the gateway and the accounts
    #[arg(long, value_name = "NAME", default_value = "First Meridian Bank")]
    institution: String,
    /// Country of the bank and the merchant, two letters (ISO 3166-1)
    #[arg(long, value_name = "CC", default_value = "US")]
    country: String,
    /// Currency of the accounts, three letters (ISO 4217)
    #[arg(long, value_name = "CCC", default_value = "USD")]
    currency: String,
    /// Suite of every key: p256 or rsa3072
    #[arg(long, value_name = "SUITE", default_value = "p256")]
    suite: String,
    /// First of the 16 ports that the parties listen at, all on 127.0.0.1
    #[arg(long, value_name = "PORT", default_value_t = 7400)]
    base_port: u16,
    /// Name of the merchant, as on the cardholder's statement
    #[arg(long, value_name = "NAME", default_value = "Corner Books")]
    merchant_name: String,
    /// Number of the merchant at its bank, at most 15 characters
    #[arg(long, value_name = "ID", default_value = "MERCHANT0001")]
    merchant_id: String,
    /// Make up cards with a little money on their accounts
    #[arg(long)]
    with_test_cards: bool,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

impl Command for Init {
    const NAME: &'static str = "init";
    const ABOUT: &'static str = "Make keys, certificates and settings of a new deployment";

    fn run(self) -> Result<Status, Failure> {
        let plan = NewDeployment {
            brand: self.brand,
            institution: self.institution,
            country: self.country,
            currency: self.currency,
            suite: self.suite,
            base_port: self.base_port,
            merchant_name: self.merchant_name,
            merchant_id: self.merchant_id,
            with_test_cards: self.with_test_cards,
        };
        let folder = self.data.path();
        let made = plan.make(folder, Timestamp::now(), &mut SystemRng::new())?;
        recorded::all(folder, Timestamp::now())?;
        let cards = &made.test_cards;
        if self.json {
            let cards: Vec<_> = cards
                .iter()
                .map(|card| {
                    json!({"name": card.name, "number": card.pan.masked(), "about": card.about})
                })
                .collect();
            println!("{}", json!({"data": folder, "brand": plan.brand, "test_cards": cards}));
            return Ok(Status::Fine);
        }
        println!("made a deployment of brand {} in {}", plan.brand, folder.display());
        let cell = |text: &str| text.to_owned();
        let rows: Vec<Vec<String>> = cards
            .iter()
            .map(|card| vec![cell("  "), cell(card.name), card.pan.masked(), cell(card.about)])
            .collect();
        aligned(&rows).iter().for_each(|line| println!("{line}"));
        println!("next: counterfoil up --data {}", folder.display());
        Ok(Status::Fine)
    }
}
