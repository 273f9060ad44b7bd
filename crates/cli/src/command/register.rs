//! `register`: certificates for a cardholder or a merchant, from the deployment's CAs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::json;

use counterfoil_node::actor::AnyReport;
use counterfoil_node::deployment::plan::settings::OwnCard;
use counterfoil_node::deployment::registration::{self, Asked, Registrar};
use counterfoil_node::deployment::vault::Vault;
use counterfoil_node::deployment::{Material, registration::own_cards};
use counterfoil_node::rng::SystemRng;
use counterfoil_ops::recorded;
use counterfoil_party::applicant::Registered;
use counterfoil_party::machine::Role;
use counterfoil_party::wallet::WalletSettings;
use counterfoil_pki::Certificate;
use counterfoil_secret::Secret;

use super::Command;
use crate::data::Data;
use crate::failure::{Failure, Status};
use crate::passphrase::Passphrase;

/// Arguments of `register`.
#[derive(Debug, Args)]
pub struct Register {
    #[command(subcommand)]
    who: Who,
    /// Print one JSON document
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Who {
    /// Register a card of wallet/cards.toml; its keys go into the wallet's encrypted vault
    Cardholder {
        #[command(flatten)]
        data: Data,
        /// Name of the card; the first that is not registered, when absent
        #[arg(long, value_name = "NAME")]
        card: Option<String>,
        #[command(flatten)]
        passphrase: Passphrase,
        #[command(flatten)]
        further: Further,
    },
    /// Register a merchant with what stands in its registration.toml
    Merchant {
        /// Name of the merchant's folder
        #[arg(default_value = "merchant")]
        name: String,
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        further: Further,
    },
}

/// Going on with a registration.
#[derive(Debug, Args)]
struct Further {
    /// Go on with this registration instead of beginning one
    #[arg(long, value_name = "REGISTRATION")]
    resume: Option<String>,
    /// Answer to a question of the CA's form
    #[arg(long = "answer", value_name = "QUESTION=TEXT")]
    answers: Vec<String>,
}

impl Further {
    fn asked(self) -> Result<Asked, Failure> {
        let mut answers = BTreeMap::new();
        for answer in self.answers {
            let (question, text) = answer.split_once('=').ok_or_else(|| {
                Failure::input(
                    "answer-malformed",
                    "an answer is not written QUESTION=TEXT",
                    "write for example --answer 'Name=A. Cardholder'",
                )
            })?;
            answers.insert(question.to_owned(), Secret::new(text.to_owned()));
        }
        Ok(Asked { resume: self.resume, answers })
    }
}

impl Command for Register {
    const NAME: &'static str = "register";
    const ABOUT: &'static str = "Get certificates for a cardholder or a merchant from their CA";

    fn run(self) -> Result<Status, Failure> {
        let said = match self.who {
            Who::Cardholder { data, card, passphrase, further } => {
                cardholder(&data.wallet()?, card.as_deref(), &passphrase, further.asked()?)?
            }
            Who::Merchant { name, data, further } => {
                let merchant_data = data.party(&name)?;
                let said = merchant(&merchant_data, further.asked()?)?;
                let written = registration::installed(&merchant_data);
                let written = written.iter().map(PathBuf::as_path);
                recorded::renew(data.path(), Timestamp::now(), written)?;
                said
            }
        };
        if self.json {
            println!(
                "{}",
                json!({"registered": said.who, "subject": said.subject, "valid_until": said.until})
            );
        } else {
            println!("{} is registered as {} until {}", said.who, said.subject, said.until);
        }
        Ok(Status::Fine)
    }
}

/// What there is to say about a registration.
struct Said {
    who: String,
    subject: String,
    until: String,
}

fn cardholder(
    wallet: &Material,
    card: Option<&str>,
    passphrase: &Passphrase,
    mut asked: Asked,
) -> Result<Said, Failure> {
    let cards = own_cards(wallet)?;
    let exists = counterfoil_node::deployment::vault::file(wallet).exists();
    let passphrase = passphrase.read(!exists)?;
    let mut vault = Vault::open(wallet, &passphrase)?;
    let card = choose(&cards, card, &vault)?;
    let settings = wallet.config::<WalletSettings>()?.party;
    let suite = settings.suites.first().map_or("p256", String::as_str);
    let (order, pan, expiry) = registration::cardholder_order(wallet, card)?;
    let registrar = Registrar::start(wallet, Role::Wallet, suite).map_err(shown)?;
    let registered = registrar.register(order, &mut asked).map_err(shown)?;
    vault.put(&card.name, &pan, &expiry, &registered)?;
    vault.write(wallet, &passphrase, &mut SystemRng::new())?;
    registrar.finish(&registered).map_err(shown)?;
    said(format!("{} ({})", card.name, pan.masked()), &registered)
}

fn choose<'a>(
    cards: &'a [OwnCard],
    name: Option<&str>,
    vault: &Vault,
) -> Result<&'a OwnCard, Failure> {
    let found = match name {
        Some(name) => cards.iter().find(|card| card.name == name),
        None => cards.iter().find(|card| vault.names().all(|name| name != card.name)),
    };
    found.ok_or_else(|| {
        let names: Vec<&str> = cards.iter().map(|card| card.name.as_str()).collect();
        Failure::input(
            "card-unknown",
            match name {
                Some(name) => format!("there is no card `{name}` in cards.toml"),
                None => "every card of cards.toml is registered".into(),
            },
            format!("name one of {} with --card", names.join(", ")),
        )
    })
}

fn merchant(merchant: &Material, mut asked: Asked) -> Result<Said, Failure> {
    let own = registration::merchant_registration(merchant)?;
    let order = registration::merchant_order(&own);
    let registrar = Registrar::start(merchant, Role::Merchant, &own.suite).map_err(shown)?;
    let registered = registrar.register(order, &mut asked).map_err(shown)?;
    registration::install(merchant, &registered)?;
    registrar.finish(&registered).map_err(shown)?;
    said(merchant.folder().name().to_owned(), &registered)
}

fn said(who: String, registered: &Registered) -> Result<Said, Failure> {
    let pem = registered.sign_certificate.as_deref().unwrap_or_default();
    let certificates = Certificate::from_pem_all(pem)?;
    let certificate = certificates.first();
    Ok(Said {
        who,
        subject: certificate.map(|c| c.subject().to_string()).unwrap_or_default(),
        until: certificate.map(|c| c.not_after().to_string()).unwrap_or_default(),
    })
}

fn shown(error: AnyReport) -> Failure {
    Failure::of(&*error)
}
