//! `wallet`: what the cardholder has and has paid.

use clap::{Args, Subcommand};
use serde_json::json;

use counterfoil_party::wallet::{Command as WalletCommand, Outcome};

use super::Command;
use crate::data::Data;
use crate::failure::{Failure, Status};
use crate::passphrase::Passphrase;
use crate::purse::{Purse, in_words};
use crate::table::aligned;

/// Arguments of `wallet`.
#[derive(Debug, Args)]
pub struct Wallet {
    #[command(subcommand)]
    what: What,
    /// Print one JSON document
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum What {
    /// List the registered cards
    Cards {
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        passphrase: Passphrase,
    },
    /// List purchases
    Purchases {
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        passphrase: Passphrase,
        /// List those after this label
        #[arg(long, value_name = "LABEL")]
        after: Option<String>,
    },
    /// Ask the merchant where a purchase stands; exit status 0 paid, 1 refused or in doubt
    Inquire {
        /// XID of the purchase, hexadecimal
        xid: String,
        #[command(flatten)]
        data: Data,
        #[command(flatten)]
        passphrase: Passphrase,
    },
}

impl Command for Wallet {
    const NAME: &'static str = "wallet";
    const ABOUT: &'static str = "List cards and purchases, ask about a purchase";

    fn run(self) -> Result<Status, Failure> {
        let (data, passphrase, command) = match self.what {
            What::Cards { data, passphrase } => (data, passphrase, WalletCommand::State),
            What::Purchases { data, passphrase, after } => {
                let label = after.as_deref().unwrap_or_default();
                if !label.bytes().all(|b| b.is_ascii_hexdigit()) || label.len() % 2 == 1 {
                    let sentence = format!("`{label}` is not the label of a purchase");
                    let hint = "take it from the last line of the page before";
                    return Err(Failure::input("label-malformed", sentence, hint));
                }
                (data, passphrase, WalletCommand::Purchases { after, limit: PAGE })
            }
            What::Inquire { xid, data, passphrase } => {
                (data, passphrase, WalletCommand::Inquire { xid })
            }
        };
        let purse = Purse::open(&data.wallet()?, &passphrase)?;
        let outcome = purse.ask(command)?;
        purse.close();
        let status = match &outcome {
            Outcome::Payment(books) => in_words(books).1,
            _ => Status::Fine,
        };
        if self.json {
            println!("{}", json!(outcome));
        } else {
            lines(&outcome).iter().for_each(|line| println!("{line}"));
        }
        Ok(status)
    }
}

/// Purchases in one page.
const PAGE: usize = 200;

fn lines(outcome: &Outcome) -> Vec<String> {
    match outcome {
        Outcome::Payment(books) => vec![in_words(books).0],
        Outcome::State { cards } => {
            let row = |card: &counterfoil_party::wallet::command::CardState| {
                let until = format!("certified until {}", card.valid_until);
                vec![card.name.clone(), card.brand.clone(), card.number.clone(), until]
            };
            aligned(&cards.iter().map(row).collect::<Vec<_>>())
        }
        Outcome::Purchases { purchases, next } => {
            let rows: Vec<Vec<String>> = purchases
                .iter()
                .map(|books| {
                    let xid = books.xid.clone().unwrap_or_else(|| "-".into());
                    let (words, _) = in_words(books);
                    let words = words.lines().next().unwrap_or_default().to_owned();
                    vec![books.at.to_string(), xid, books.amount.to_string(), words]
                })
                .collect();
            let more = next.as_ref().map(|next| format!("more: --after {next}"));
            aligned(&rows).into_iter().chain(more).collect()
        }
        Outcome::Refused { message, .. } => vec![message.clone()],
    }
}
