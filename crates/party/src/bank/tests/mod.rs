//! The bank from outside: messages in, messages and books out.

mod commands;
mod conservation;
mod conversation;
mod messages;
mod rules;

use jiff::Timestamp;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;

use counterfoil_secret::{Pan, SecretBytes};

use super::*;
use crate::amount::Amount;
use crate::bank_link::{
    BankAnswer, BankLink, BankLinkConfig, BankRequest, CardData, Expiry, NetworkCode, Operation,
    Original, Purchase, Stamp,
};
use crate::machine::ReplyTo;
use crate::memory::MemoryRecords;

pub(super) const PAN: &str = "4929123412341232";
pub(super) const EUR: u16 = 978;
pub(super) const USD: u16 = 840;
pub(super) const START: &str = "2026-11-23T13:37:41Z";

/// A bank, its records, and a gateway's end of the link.
pub(super) struct World {
    pub(super) config: BankConfig,
    pub(super) bank: Bank,
    pub(super) records: MemoryRecords,
    pub(super) rng: ChaCha20Rng,
    pub(super) link: BankLink,
    pub(super) now: Timestamp,
    pub(super) stan: u32,
    /// Reasons of refusals and names of other events of the last message.
    pub(super) said: Vec<String>,
}

pub(super) fn pan(digits: &str) -> Pan {
    Pan::parse(digits).unwrap()
}

pub(super) fn card() -> CardData {
    CardData { pan: pan(PAN), expiry: Expiry::parse("203012").unwrap() }
}

pub(super) fn euros(minor: u64) -> Amount {
    Amount { currency: EUR, minor }
}

pub(super) fn purchase(minor: u64) -> Purchase {
    Purchase {
        xid: [0x5A; 20],
        trans_stain: None,
        amount: euros(minor),
        merchant: "BOOKS-1".into(),
        terminal: "SHOP0001".into(),
        merchant_name: "Books, Lyon FR".into(),
        merchant_type: "5942".into(),
    }
}

pub(super) fn config(dialect: &str) -> BankConfig {
    BankConfig {
        dialect: dialect.into(),
        links: vec![LinkConfig {
            acquirer: "400100".into(),
            mac: "aes-cmac".into(),
            sign_on_required: true,
        }],
        merchants: vec![MerchantConfig {
            id: "BOOKS-1".into(),
            terminals: ["SHOP0001".to_owned()].into(),
        }],
        currencies: vec!["EUR".into(), "USD".into()],
        hold_hours: 24,
    }
}

pub(super) fn keys() -> BankKeys {
    BankKeys {
        storage: SecretBytes::new(vec![1; 32]),
        links: [("400100".to_owned(), SecretBytes::new(vec![2; 16]))].into(),
    }
}

impl World {
    /// Signed on, with one account of 1000.00 EUR and no credit.
    pub(super) fn new() -> Self {
        Self::with_dialect("ascii1987")
    }

    pub(super) fn with_dialect(dialect: &str) -> Self {
        let config = config(dialect);
        let link = BankLinkConfig {
            dialect: dialect.into(),
            acquirer: "400100".into(),
            mac: "aes-cmac".into(),
        };
        let mut world = Self {
            bank: Bank::new(&config, keys()).unwrap(),
            config,
            records: MemoryRecords::new(),
            rng: ChaCha20Rng::seed_from_u64(1),
            link: BankLink::new(&link, &SecretBytes::new(vec![2; 16])).unwrap(),
            now: START.parse().unwrap(),
            stan: 0,
            said: Vec::new(),
        };
        world.open(PAN, 100_000, Terms::default());
        let sign_on = world.stamped(Operation::Network(NetworkCode::SignOn));
        assert!(world.ask(&sign_on).is_approved());
        world
    }

    pub(super) fn open(&mut self, digits: &str, deposit_minor: u64, terms: Terms) {
        let outcome = self.command(BankCommand::OpenAccount(OpenAccount {
            pan: pan(digits),
            expiry: card().expiry,
            deposit: euros(deposit_minor),
            terms,
        }));
        assert!(matches!(outcome, BankOutcome::AccountOpened { .. }), "{outcome:?}");
    }

    pub(super) fn command(&mut self, command: BankCommand) -> BankOutcome {
        let input = Input::Command { reply_to: ReplyTo(0), command };
        let outputs = self.run(input);
        outputs
            .into_iter()
            .find_map(|output| match output {
                Output::Outcome { outcome, .. } => Some(outcome),
                _ => None,
            })
            .unwrap()
    }

    pub(super) fn run(&mut self, input: Input<BankCommand>) -> Vec<Output<BankOutcome>> {
        let outputs = self.records.run(&mut self.bank, input, self.now, &mut self.rng).unwrap();
        self.said = outputs
            .iter()
            .filter_map(|output| match output {
                Output::Event(event) => Some(match event.fields.get("reason") {
                    Some(reason) => reason.as_str().unwrap().to_owned(),
                    None => event.name.to_owned(),
                }),
                _ => None,
            })
            .collect();
        outputs
    }

    /// A request with a stamp of its own.
    pub(super) fn stamped(&mut self, operation: Operation) -> BankRequest {
        let stamp = Stamp::next(self.stan, self.now);
        self.stan = stamp.stan;
        BankRequest { stamp, operation }
    }

    pub(super) fn octets(&self, request: &BankRequest) -> Vec<u8> {
        self.link.message(request, Some(&card()), false).unwrap()
    }

    /// Sends octets; none when the bank does not answer.
    pub(super) fn send(&mut self, octets: &[u8]) -> Option<Vec<u8>> {
        let input = Input::Request {
            reply_to: ReplyTo(7),
            channel: Channel::Bank,
            peer: "gateway".into(),
            body: octets.to_vec(),
        };
        let mut outputs = self.run(input).into_iter();
        match outputs.next() {
            Some(Output::Reply { reply_to: ReplyTo(7), body }) => Some(body),
            Some(Output::Drop { reply_to: ReplyTo(7) }) => None,
            other => panic!("neither answered nor dropped: {other:?}"),
        }
    }

    pub(super) fn ask(&mut self, request: &BankRequest) -> BankAnswer {
        let octets = self.octets(request);
        self.ask_octets(request, &octets)
    }

    pub(super) fn ask_octets(&mut self, request: &BankRequest, octets: &[u8]) -> BankAnswer {
        let answer = self.send(octets).expect("an answer");
        let answer = self.link.answer(request, &answer).unwrap();
        check_books(&self.records).unwrap();
        answer
    }

    /// Authorizes; the original that later messages name.
    pub(super) fn authorized(&mut self, minor: u64) -> Original {
        let request = self.stamped(Operation::Authorize(purchase(minor)));
        let answer = self.ask(&request);
        assert!(answer.is_approved(), "{answer:?} {:?}", self.said);
        request.as_original(Some(&answer)).unwrap()
    }

    pub(super) fn capture(&mut self, original: &Original, amount_minor: u64) -> String {
        let request = self.stamped(Operation::Capture { original: original.clone(), amount_minor });
        self.told(&request)
    }

    pub(super) fn reverse(&mut self, original: &Original, remaining_minor: u64) -> String {
        let request =
            self.stamped(Operation::Reverse { original: original.clone(), remaining_minor });
        self.told(&request)
    }

    /// Response code and what the bank says of it.
    pub(super) fn told(&mut self, request: &BankRequest) -> String {
        let answer = self.ask(request);
        format!("{} {}", answer.code(), self.said.join(" "))
    }

    pub(super) fn books(&mut self) -> Books {
        let books = BankCommand::Books { after: None, limit: 100 };
        let BankOutcome::Books(books) = self.command(books) else { panic!("no books") };
        *books
    }

    /// `balance/held` of the card and of the merchant, `approved/held/paid/returned` of payments.
    pub(super) fn position(&mut self) -> String {
        let books = self.books();
        let mut lines: Vec<String> = books
            .accounts
            .iter()
            .filter(|account| account.kind != "suspense")
            .map(|account| {
                format!("{} {}/{}", account.kind, account.balance_minor, account.held_minor)
            })
            .collect();
        lines.extend(books.payments.iter().map(|p| {
            format!(
                "payment {}/{}/{}/{}",
                p.approved_minor, p.held_minor, p.paid_minor, p.returned_minor
            )
        }));
        lines.join(", ")
    }
}
