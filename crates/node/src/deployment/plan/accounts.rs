//! The first accounts, opened by the bank itself in the folder that was just written.

use std::path::Path;

use jiff::Timestamp;

use counterfoil_party::bank::{Bank, BankCommand, BankOutcome, BlockReason, OpenAccount};

use crate::deployment::error::DeploymentError;
use crate::deployment::load;
use crate::deployment::material::Material;
use crate::deployment::offline::Offline;
use crate::deployment::test_card::TestCard;

/// Opens the accounts of the test cards and blocks those that are meant to be blocked.
pub(super) fn open_accounts(
    data: &Path,
    cards: &[TestCard],
    now: Timestamp,
) -> Result<(), DeploymentError> {
    if cards.is_empty() {
        return Ok(());
    }
    let material = Material::at(data, "bank")?;
    let bank = Offline::open(material.folder(), load::bank(&material)?);
    let mut bank = bank.map_err(|error| DeploymentError::plan(&error))?;
    for card in cards {
        let open = OpenAccount {
            pan: card.pan.clone(),
            expiry: card.expiry,
            deposit: card.deposit,
            terms: TestCard::terms(),
        };
        tell(&mut bank, BankCommand::OpenAccount(open), now)?;
        if card.blocked {
            let (pan, reason) = (card.pan.clone(), BlockReason::Restricted);
            tell(&mut bank, BankCommand::BlockCard { pan, reason }, now)?;
        }
    }
    Ok(())
}

fn tell(
    bank: &mut Offline<Bank>,
    command: BankCommand,
    now: Timestamp,
) -> Result<(), DeploymentError> {
    match bank.command(command, now).map_err(|error| DeploymentError::plan(&error))? {
        BankOutcome::Refused { id, sentence } => {
            let hint = format!("change what was asked for (`{id}`)");
            Err(DeploymentError::Plan { reason: sentence, hint })
        }
        _ => Ok(()),
    }
}
