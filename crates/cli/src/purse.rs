//! The wallet at work: its vault opened with the passphrase, its party ready to pay.

use std::sync::Arc;

use jiff::Timestamp;

use counterfoil_node::actor::AnyReport;
use counterfoil_node::deployment::session::Session;
use counterfoil_node::deployment::vault::{self, Vault};
use counterfoil_node::deployment::{DeploymentError, Material, load};
use counterfoil_party::amount::Amount;
use counterfoil_party::wallet::command::{PurchaseBooks, Verdict};
use counterfoil_party::wallet::{Command, Outcome, Wallet};

use crate::failure::{Failure, Status};
use crate::passphrase::Passphrase;

/// A wallet that can be asked.
pub struct Purse {
    session: Session<Wallet>,
    /// Name and brand of each card.
    pub cards: Vec<(String, String)>,
}

impl Purse {
    /// Opens the wallet in this folder.
    pub fn open(material: &Material, passphrase: &Passphrase) -> Result<Self, Failure> {
        if !vault::file(material).exists() {
            return Err(Failure::input(
                "wallet-empty",
                "the wallet has no registered card",
                "register one with `counterfoil register cardholder`",
            ));
        }
        let vault = Arc::new(Vault::open(material, &passphrase.read(false)?)?);
        let cards = vault.cards(material)?;
        let cards = cards.iter().map(|card| {
            let brand = card.identity.sign_certificate.brand().unwrap_or_default();
            (card.name.clone(), brand.to_owned())
        });
        let cards = cards.collect();
        let build = {
            let material = material.clone();
            move || {
                load::wallet(&material, &vault, Timestamp::now())
                    .map_err(|error: DeploymentError| Box::new(error) as AnyReport)
            }
        };
        let state = material.folder().state();
        let session = Session::start(material, &state, Box::new(build));
        Ok(Self { session: session.map_err(|error| Failure::of(&*error))?, cards })
    }

    /// Has the wallet carry out a command; what it refuses is a failure.
    pub fn ask(&self, command: Command) -> Result<Outcome, Failure> {
        match self.session.command(command)? {
            Outcome::Refused { id, message, hint } => Err(Failure::input(id, message, hint)),
            outcome => Ok(outcome),
        }
    }

    /// Lets the wallet finish what is begun.
    pub fn close(self) {
        self.session.stop();
    }
}

/// What is certain of a purchase, in words, and the exit status that says the same.
pub fn in_words(books: &PurchaseBooks) -> (String, Status) {
    let merchant = books.merchant.as_deref().unwrap_or("the merchant");
    match &books.verdict {
        Verdict::Paid { authorized, captured, receipts } => {
            let taken = match captured {
                Amount { minor: 0, .. } => "nothing of it captured yet".to_owned(),
                captured => format!("{captured} of it captured"),
            };
            let signed = if receipts.len() == 1 { "a receipt" } else { "receipts" };
            let text = format!(
                "paid: {authorized} authorized for {merchant} with {}, {taken}; the gateway has \
                 signed {signed}",
                books.card
            );
            (text, Status::Fine)
        }
        Verdict::Refused(reason) => {
            let text =
                format!("not paid: {} ({})\n hint: {}", reason.message, reason.id, reason.hint);
            (text, Status::Found)
        }
        Verdict::Received { hint } => {
            (format!("not decided: {merchant} has the order\n hint: {hint}"), Status::Found)
        }
        Verdict::InDoubt(reason) => {
            let text =
                format!("in doubt: {} ({})\n hint: {}", reason.message, reason.id, reason.hint);
            (text, Status::Found)
        }
        Verdict::Underway => ("the wallet is still at it".into(), Status::Found),
    }
}
