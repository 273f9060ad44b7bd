//! What the bank's own people can do: open accounts, block cards, add merchants, read the books.

use counterfoil_secret::Pan;

use super::account::{ACCOUNTS, Account, AccountId, Terms, put};
use super::books::{self, Books};
use super::card::{BlockReason, CARDS, Card, CardStatus};
use super::config::{MerchantConfig, Setup, checked_merchant};
use super::ledger::{Transfer, transfer};
use super::merchant::MERCHANTS;
use crate::amount::{AMOUNT_MINOR_MAX, Amount};
use crate::bank_link::Expiry;
use crate::event::Event;
use crate::machine::Env;
use crate::records::RecordsError;

/// A local command of the bank.
#[derive(Debug, Clone)]
pub enum BankCommand {
    /// Opens an account of a card in one currency; the card itself with its first account.
    OpenAccount(OpenAccount),
    /// Lets a card be used no more.
    BlockCard {
        /// Its number.
        pan: Pan,
        /// Why.
        reason: BlockReason,
    },
    /// Lets a blocked card be used again.
    UnblockCard {
        /// Its number.
        pan: Pan,
    },
    /// Opens a merchant's account, or changes its list of terminals.
    AddMerchant(MerchantConfig),
    /// Reads the books.
    Books {
        /// Payments after this [`Books::next_after`]; the first call gives none and gets the
        /// accounts too.
        after: Option<String>,
        /// Most payments to return, up to [`books::PAYMENTS_PER_PAGE_MAX`].
        limit: usize,
    },
}

/// Opens an account.
#[derive(Debug, Clone)]
pub struct OpenAccount {
    /// The card's number.
    pub pan: Pan,
    /// Until when the card is valid; of the first account counts.
    pub expiry: Expiry,
    /// What is deposited at once; its currency is the account's.
    pub deposit: Amount,
    /// What the cardholder may do.
    pub terms: Terms,
}

/// What came of a command.
#[derive(Debug, Clone, PartialEq)]
pub enum BankOutcome {
    /// The account is open.
    AccountOpened {
        /// The masked card number.
        card: String,
    },
    /// The account was open before; nothing was changed.
    AlreadyOpen {
        /// The masked card number.
        card: String,
    },
    /// The card has this status now.
    CardStatus(CardStatus),
    /// The bank has no such card.
    UnknownCard,
    /// The merchant is known now.
    MerchantAdded,
    /// The books.
    Books(Box<Books>),
    /// The command asks for something impossible; nothing was changed.
    Refused {
        /// Stable id.
        id: &'static str,
        /// One sentence.
        sentence: String,
    },
}

/// Carries out a command.
pub(super) fn carry_out(
    setup: &Setup,
    command: BankCommand,
    env: &mut Env<'_>,
) -> Result<(BankOutcome, Vec<Event>), RecordsError> {
    match command {
        BankCommand::OpenAccount(open) => open_account(setup, &open, env),
        BankCommand::BlockCard { pan, reason } => {
            set_status(setup, &pan, CardStatus::Blocked(reason), env)
        }
        BankCommand::UnblockCard { pan } => set_status(setup, &pan, CardStatus::Active, env),
        BankCommand::AddMerchant(merchant) => Ok(match checked_merchant(&merchant) {
            Ok((id, terminals)) => {
                MERCHANTS.put(env.records, id.as_bytes(), &terminals);
                let event = Event::info("bank.merchant_added").with("merchant", id);
                (BankOutcome::MerchantAdded, vec![event])
            }
            Err(error) => (refused("bank-merchant-malformed", error.to_string()), Vec::new()),
        }),
        BankCommand::Books { after, limit } => {
            let books = books::read(env.records, after.as_deref(), limit)?;
            Ok((BankOutcome::Books(Box::new(books)), Vec::new()))
        }
    }
}

fn open_account(
    setup: &Setup,
    open: &OpenAccount,
    env: &mut Env<'_>,
) -> Result<(BankOutcome, Vec<Event>), RecordsError> {
    let Amount { currency, minor: deposit_minor } = open.deposit;
    if !setup.currencies.contains(&currency) {
        let sentence = format!("the bank does not deal in {}", open.deposit.code());
        return Ok((refused("bank-currency-not-enabled", sentence), Vec::new()));
    }
    if open.terms.credit_limit_minor > AMOUNT_MINOR_MAX || deposit_minor > AMOUNT_MINOR_MAX {
        let sentence = format!("a deposit or credit limit is above {AMOUNT_MINOR_MAX}");
        return Ok((refused("amount-too-large", sentence), Vec::new()));
    }
    let masked = open.pan.masked();
    let card = setup.card_key(&open.pan);
    if CARDS.get(env.records, card.as_bytes())?.is_none() {
        let (expiry, status) = (open.expiry, CardStatus::Active);
        let opened = Card { masked: masked.clone(), expiry, status };
        CARDS.put(env.records, card.as_bytes(), &opened);
    }
    let id = AccountId::Card { card, currency };
    if ACCOUNTS.get(env.records, id.to_string().as_bytes())?.is_some() {
        return Ok((BankOutcome::AlreadyOpen { card: masked }, Vec::new()));
    }
    put(env.records, &id, &Account::new(masked.clone(), open.terms));
    if deposit_minor > 0 {
        let from = AccountId::Suspense { currency };
        let moved =
            Transfer { from: &from, to: &id, amount_minor: deposit_minor, transaction: "deposit" };
        transfer(env.records, env.now, &moved)?;
    }
    let event = Event::info("bank.account_opened").with("card", masked.as_str());
    Ok((BankOutcome::AccountOpened { card: masked }, vec![event]))
}

fn set_status(
    setup: &Setup,
    pan: &Pan,
    status: CardStatus,
    env: &mut Env<'_>,
) -> Result<(BankOutcome, Vec<Event>), RecordsError> {
    let key = setup.card_key(pan);
    let Some(mut card) = CARDS.get(env.records, key.as_bytes())? else {
        return Ok((BankOutcome::UnknownCard, Vec::new()));
    };
    card.status = status;
    CARDS.put(env.records, key.as_bytes(), &card);
    let name = match status {
        CardStatus::Active => "bank.card_unblocked",
        CardStatus::Blocked(_) => "bank.card_blocked",
    };
    let event = Event::info(name).with("card", card.masked.as_str());
    Ok((BankOutcome::CardStatus(status), vec![event]))
}

fn refused(id: &'static str, sentence: String) -> BankOutcome {
    BankOutcome::Refused { id, sentence }
}
