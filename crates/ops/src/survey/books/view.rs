//! What the doctor reads of each party's records: states, amounts and times. Nothing here names a
//! card, an order's text or a key, so that none of it can come into a fact.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use counterfoil_doctor::fact::{Payment, PaymentState};
use counterfoil_party::amount::Amount;
use counterfoil_party::records::Octets;

fn letters(currency: u16) -> String {
    Amount { currency, minor: 0 }.code().to_owned()
}

fn payment(xid: &str, state: PaymentState, currency: u16) -> Payment {
    Payment {
        xid: xid.to_owned(),
        state,
        at: None,
        currency: letters(currency),
        authorized_minor: 0,
        captured_minor: 0,
        unconfirmed_minor: 0,
        is_moving: false,
        order: None,
        tries: 0,
        hold_until: None,
    }
}

/// A purchase at the merchant.
#[derive(Deserialize)]
pub(in crate::survey) struct AtMerchant {
    order: String,
    request: Option<Request>,
    authorizations: Vec<Asked>,
}

#[derive(Deserialize)]
struct Request {
    received_at: Timestamp,
}

#[derive(Deserialize)]
struct Asked {
    rrpid: Octets,
    asked: Amount,
    state: String,
    decided_at: Option<Timestamp>,
    approved: Option<Amount>,
    #[serde(default)]
    captures: Vec<Capture>,
    #[serde(default)]
    void: Option<Void>,
}

#[derive(Deserialize)]
struct Capture {
    state: String,
    captured: Option<Amount>,
}

#[derive(Deserialize)]
struct Void {
    state: String,
    remaining: Amount,
}

impl Asked {
    /// What stands of it.
    fn stands_minor(&self) -> u64 {
        let done = self.void.as_ref().filter(|void| void.state == "done");
        let stands = done.map(|void| void.remaining).or(self.approved);
        stands.filter(|_| self.state == "approved").map_or(0, |amount| amount.minor)
    }

    fn captured_minor(&self) -> u64 {
        self.captures.iter().filter_map(|capture| capture.captured).map(|sum| sum.minor).sum()
    }

    /// States of it and of what followed.
    fn states(&self) -> impl Iterator<Item = &str> {
        let captures = self.captures.iter().map(|capture| capture.state.as_str());
        let void = self.void.iter().map(|void| void.state.as_str());
        std::iter::once(self.state.as_str()).chain(captures).chain(void)
    }
}

impl AtMerchant {
    pub(in crate::survey) fn rrpids(&self) -> impl Iterator<Item = Vec<u8>> {
        self.authorizations.iter().map(|asked| asked.rrpid.0.clone())
    }

    /// The payment, once there is one.
    pub(in crate::survey) fn payment(&self, xid: &str) -> Option<Payment> {
        let request = self.request.as_ref()?;
        let first = self.authorizations.first()?;
        let any = |state: &str| self.authorizations.iter().any(|asked| asked.state == state);
        let follows = |state: &str| {
            self.authorizations.iter().flat_map(Asked::states).any(|its| its == state)
        };
        let state = if follows("undecided") {
            PaymentState::InDoubt
        } else if any("asked") {
            PaymentState::Waiting
        } else if any("approved") {
            PaymentState::Approved
        } else if any("voided") {
            PaymentState::Reversed
        } else if any("declined") {
            PaymentState::Declined
        } else {
            PaymentState::Other
        };
        let decided = self.authorizations.iter().filter_map(|asked| asked.decided_at).max();
        let asked_for = first.asked.minor;
        let stands: u64 = self.authorizations.iter().map(Asked::stands_minor).sum();
        let is_open = matches!(state, PaymentState::InDoubt | PaymentState::Waiting);
        Some(Payment {
            at: Some(decided.unwrap_or(request.received_at)),
            authorized_minor: if is_open && stands == 0 { asked_for } else { stands },
            captured_minor: self.authorizations.iter().map(Asked::captured_minor).sum(),
            is_moving: follows("undecided") || follows("asked"),
            order: Some(self.order.clone()),
            ..payment(xid, state, first.asked.currency)
        })
    }
}

/// A question of the merchant that is open.
#[derive(Deserialize)]
pub(in crate::survey) struct Call {
    pub(in crate::survey) purpose: Purpose,
    pub(in crate::survey) tries: u32,
    pub(in crate::survey) given_up: bool,
}

#[derive(Deserialize)]
pub(in crate::survey) struct Purpose {
    purchase: Option<Octets>,
}

impl Call {
    /// The purchase that it is about.
    pub(in crate::survey) fn xid(&self) -> Option<String> {
        self.purpose.purchase.as_ref().map(|purchase| hex::encode(&purchase.0))
    }
}

/// An authorization at the gateway.
#[derive(Deserialize)]
pub(in crate::survey) struct AtGateway {
    asked: Amount,
    bank: Question,
    state: String,
    captured_minor: Option<u64>,
    #[serde(default)]
    unconfirmed_minor: u64,
    reversals_sent: u64,
    #[serde(default)]
    reduced_minor: Option<u64>,
    #[serde(default)]
    void: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Question {
    stamp: Stamp,
    operation: Operation,
}

#[derive(Deserialize)]
struct Stamp {
    sent_at: Timestamp,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Operation {
    Authorize(Named),
    Sale(Named),
}

#[derive(Deserialize)]
struct Named {
    xid: String,
}

impl AtGateway {
    pub(in crate::survey) fn xid(&self) -> Option<String> {
        let (Operation::Authorize(named) | Operation::Sale(named)) = &self.bank.operation;
        hex::decode(&named.xid).ok().map(|_| named.xid.to_ascii_lowercase())
    }

    /// When the bank was asked.
    pub(in crate::survey) fn at(&self) -> Timestamp {
        self.bank.stamp.sent_at
    }

    /// What was asked for, where the bank approved.
    pub(in crate::survey) fn approved(&self) -> Option<Amount> {
        (self.state == "approved").then_some(self.asked)
    }
}

/// All authorizations of a payment at the gateway.
pub(in crate::survey) fn at_gateway(xid: &str, all: &[AtGateway]) -> Option<Payment> {
    let first = all.first()?;
    let any = |state: &str| all.iter().any(|one| one.state == state);
    let state = if all.iter().any(|one| one.void.is_some()) {
        PaymentState::Other
    } else if any("waiting") {
        PaymentState::Waiting
    } else if any("reversing") {
        PaymentState::Reversing
    } else if any("approved") {
        PaymentState::Approved
    } else if any("reversed") {
        PaymentState::Reversed
    } else if any("declined") {
        PaymentState::Declined
    } else {
        PaymentState::Other
    };
    let approved = || all.iter().filter(|one| one.state == "approved");
    let stands = approved().map(|one| one.reduced_minor.unwrap_or(one.asked.minor)).sum();
    let is_decided = state.is_decided();
    Some(Payment {
        at: all.iter().map(AtGateway::at).max(),
        authorized_minor: if is_decided { stands } else { first.asked.minor },
        captured_minor: approved().filter_map(|one| one.captured_minor).sum(),
        unconfirmed_minor: approved().map(|one| one.unconfirmed_minor).sum(),
        tries: all.iter().map(|one| one.reversals_sent).max().unwrap_or_default(),
        ..payment(xid, state, first.asked.currency)
    })
}

/// The bank's totals of a payment.
#[derive(Deserialize)]
pub(in crate::survey) struct AtBank {
    approved_minor: u64,
    held_minor: u64,
    paid_minor: u64,
    returned_minor: u64,
}

impl AtBank {
    pub(in crate::survey) fn payment(&self, xid: &str, currency: u16) -> Payment {
        let stands = self.held_minor + self.paid_minor;
        let state = match (stands, self.approved_minor) {
            (0, 0) => PaymentState::Declined,
            (0, _) => PaymentState::Reversed,
            _ => PaymentState::Approved,
        };
        Payment {
            authorized_minor: stands,
            captured_minor: self.paid_minor,
            is_moving: self.returned_minor > 0,
            ..payment(xid, state, currency)
        }
    }
}

/// A hold at the bank.
#[derive(Deserialize)]
pub(in crate::survey) struct Hold {
    pub(in crate::survey) xid: String,
    pub(in crate::survey) at: Timestamp,
    pub(in crate::survey) hold_until: Option<Timestamp>,
}

/// A purchase in the wallet.
#[derive(Deserialize)]
pub(in crate::survey) struct AtWallet {
    at: Timestamp,
    shown: Shown,
    state: String,
}

#[derive(Deserialize)]
struct Shown {
    amount: Amount,
}

impl AtWallet {
    pub(in crate::survey) fn payment(&self, xid: &str) -> Payment {
        let state = match self.state.as_str() {
            "sent" | "received" => PaymentState::Waiting,
            "paid" => PaymentState::Approved,
            "refused" => PaymentState::Declined,
            "in_doubt" => PaymentState::InDoubt,
            _ => PaymentState::Other,
        };
        Payment {
            at: Some(self.at),
            authorized_minor: self.shown.amount.minor,
            ..payment(xid, state, self.shown.amount.currency)
        }
    }
}
