//! What a PRes or InqRes means, once its signature was verified: is it the answer to what was
//! asked (SET 1.0 Book 2: request, purchase, challenge), and what may the wallet believe of it?
//!
//! The merchant's word is enough for "no" and for "wait". For "paid" it takes the gateway's.

use counterfoil_message::exchange::authorization::AuthCode;
use counterfoil_message::exchange::capture::CapCode;
use counterfoil_message::exchange::error_message::ErrorCode;
use counterfoil_message::exchange::purchase::{
    AuthReceipt, AuthRevReceipt, AuthStatus, CompletionCode, PResData, PResPayload, Results,
};
use counterfoil_message::primitive::{Challenge, Ratio, Rrpid, TransIds};

use super::command::{Reason, Verdict};
use super::receipt_check::{self, Own};
use crate::amount::Amount;
use crate::conversation::Refusal;
use crate::conversation::refusal::check_extensions;

/// What the request said, which the answer must repeat.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// RRPID.
    pub rrpid: &'a Rrpid,
    /// The purchase.
    pub trans_ids: &'a TransIds,
    /// chall-C of PReq, chall-C2 of InqReq.
    pub challenge: &'a Challenge,
}

/// Is this the answer to what was asked?
///
/// # Errors
/// The [`Refusal`] of the first check that fails.
pub fn judge_echo(data: &PResData, asked: &Asked<'_>) -> Result<(), Refusal> {
    if data.rrpid != *asked.rrpid {
        let message = "the answer is to another request";
        return Err(Refusal::new(ErrorCode::UnknownRrpid, "rrpid-unknown", message));
    }
    if data.trans_ids.xid != asked.trans_ids.xid {
        let message = "the answer is about another purchase";
        return Err(Refusal::new(ErrorCode::UnknownXid, "purchase-unknown", message));
    }
    if data.trans_ids.lid_c != asked.trans_ids.lid_c {
        let message = "LID-C is not the one of the purchase";
        return Err(Refusal::new(ErrorCode::UnknownLid, "label-unknown", message));
    }
    if data.chall_c != *asked.challenge {
        let message = "the echo of the challenge is not what was sent";
        return Err(Refusal::new(ErrorCode::ChallengeMismatch, "challenge-mismatch", message));
    }
    check_extensions(data.p_res_payload_seq.iter().map(|entry| entry.p_rs_extensions.as_ref()))
}

/// A receipt of one entry, as far as the wallet could verify it.
pub type Receipt = Result<AuthReceipt, &'static str>;

/// What an answer means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// It is decided, or in doubt.
    Verdict(Verdict),
    /// The merchant has the order, and it is not decided.
    Received,
    /// The merchant has not got the order.
    NotReceived,
    /// Authorized, and given back whole: the gateway has signed both.
    Reversed(Reason),
}

/// What the wallet may believe of an answer. `receipts` has one entry for each of `payloads`:
/// the receipt that was verified under the gateway's certificate, or why there is none;
/// `reversals` are those that were so verified, now or earlier.
pub fn meaning(
    payloads: &[PResPayload],
    receipts: &[Receipt],
    reversals: &[AuthRevReceipt],
    own: &Own<'_>,
    price: Amount,
) -> Meaning {
    let mut paid = Paid::default();
    let mut no = None;
    let mut doubt = None;
    let mut open = None;
    for (payload, receipt) in payloads.iter().zip(receipts) {
        match status_of(payload) {
            Entry::Approved(results, status) => {
                let said = Said { results, status, receipt, reversals };
                if let Err(id) = paid.add(&said, own) {
                    doubt = Some(doubtful(id));
                }
            }
            Entry::No(reason) => no = Some(reason),
            Entry::Open(meaning) => open = Some(meaning),
            Entry::Nonsense(id) => doubt = Some(doubtful(id)),
        }
    }
    let reversed = paid.is_reversed();
    match (paid.verdict(price), doubt, open, no) {
        (Some(Ok(verdict)), _, _, _) => Meaning::Verdict(verdict),
        (Some(Err(id)), _, _, _) => Meaning::Verdict(Verdict::InDoubt(doubtful(id))),
        (None, Some(reason), _, _) => Meaning::Verdict(Verdict::InDoubt(reason)),
        (None, None, Some(meaning), _) => meaning,
        (None, None, None, _) if reversed => Meaning::Reversed(given_back()),
        (None, None, None, Some(reason)) => Meaning::Verdict(Verdict::Refused(reason)),
        (None, None, None, None) => Meaning::Verdict(Verdict::InDoubt(doubtful("answer-empty"))),
    }
}

/// What one entry says.
enum Entry<'a> {
    Approved(&'a Results, &'a AuthStatus),
    No(Reason),
    Open(Meaning),
    Nonsense(&'static str),
}

fn status_of(payload: &PResPayload) -> Entry<'_> {
    let status = payload.results.as_ref().and_then(|r| Some((r, r.auth_status.as_ref()?)));
    match (payload.completion_code, status) {
        (CompletionCode::OrderRejected, Some((results, status)))
            if results.rev_receipt.is_some() && status.auth_code == AuthCode::Approved =>
        {
            Entry::Approved(results, status)
        }
        (CompletionCode::OrderReceived, _) => Entry::Open(Meaning::Received),
        (CompletionCode::OrderNotReceived, _) => Entry::Open(Meaning::NotReceived),
        (CompletionCode::OrderRejected, _) => Entry::No(rejected()),
        (CompletionCode::SignatureRequired, _) => Entry::No(signature_required()),
        (CompletionCode::MeaninglessRatio, _) => Entry::Nonsense("ratio-meaningless"),
        (_, Some((_, status))) if status.auth_code != AuthCode::Approved => {
            Entry::No(declined(status.auth_code))
        }
        (_, Some((results, status))) => Entry::Approved(results, status),
        (_, None) => Entry::Nonsense("status-missing"),
    }
}

/// What one entry says of an approved authorization.
struct Said<'a> {
    results: &'a Results,
    status: &'a AuthStatus,
    receipt: &'a Receipt,
    reversals: &'a [AuthRevReceipt],
}

impl Said<'_> {
    /// What is authorized by now: as approved, or what a reversal of it has left.
    fn authorized(&self, receipt: &AuthReceipt) -> u64 {
        let approved = self.status.auth_ratio.get();
        let reversals = self
            .reversals
            .iter()
            .filter(|reversal| receipt_check::is_reversal_of(reversal, receipt));
        let left = reversals.map(|reversal| reversal.auth_ratio.map_or(0, Ratio::get)).min();
        left.map_or(approved, |left| left.min(approved))
    }
}

/// Sums of the authorizations that a gateway has signed.
#[derive(Default)]
struct Paid {
    authorized: u64,
    captured: u64,
    receipts: Vec<String>,
}

impl Paid {
    fn add(&mut self, said: &Said<'_>, own: &Own<'_>) -> Result<(), &'static str> {
        let receipt = said.receipt.as_ref().map_err(|id| *id)?;
        receipt_check::judge(receipt, own, said.status)?;
        let rrpid = receipt.auth_rrpid.to_string();
        if self.receipts.contains(&rrpid) {
            return Err("receipt-repeated");
        }
        self.receipts.push(rrpid);
        self.authorized = self.authorized.saturating_add(said.authorized(receipt));
        let status = said.results.cap_status.as_ref();
        let captured = status.filter(|cap| cap.cap_code == CapCode::Success);
        let ratio = captured.map_or(0, |status| status.cap_ratio.get());
        self.captured = self.captured.saturating_add(ratio);
        Ok(())
    }

    /// Was something signed as approved, and all of it as given back?
    fn is_reversed(&self) -> bool {
        !self.receipts.is_empty() && self.authorized == 0
    }

    /// `None` when nothing was signed, or nothing is left; an id when the sums are impossible.
    fn verdict(self, price: Amount) -> Option<Result<Verdict, &'static str>> {
        if self.receipts.is_empty() || self.authorized == 0 {
            return None;
        }
        let part = |ratio| part_of(ratio, price).ok_or("receipt-above-price");
        let verdict = part(self.authorized).and_then(|authorized| {
            let captured = part(self.captured)?;
            Ok(Verdict::Paid { authorized, captured, receipts: self.receipts })
        });
        Some(verdict)
    }
}

/// The part of the price that a sum of ratios stands for; nothing above the whole, but for the
/// rounding of each part.
fn part_of(ratio: u64, price: Amount) -> Option<Amount> {
    let whole = price.to_wire().ok()?;
    let part = Ratio::new(ratio).ok()?.part_of(&whole)?;
    let part = Amount::from_wire(&part).ok()?;
    (part.minor <= price.minor).then_some(part)
}

/// A reason for doubt.
pub fn doubtful(id: &str) -> Reason {
    let message = match id {
        "answer-empty" => "the merchant's answer says nothing",
        "status-missing" => "the merchant's answer does not say what the gateway decided",
        "ratio-meaningless" => "the merchant's answer is about an order without a price",
        "receipt-missing" => "the merchant says it is paid and shows no receipt of the gateway",
        "receipt-signer" => "the receipt is not signed by the gateway that was to be paid through",
        "receipt-repeated" => "the merchant shows the same receipt twice",
        "receipt-above-price" => "the receipts are for more than the price",
        _ => "the gateway's receipt is about something else",
    };
    Reason {
        id: id.to_owned(),
        message: message.into(),
        hint: "ask again with `inquire`; if it stays so, call the issuer with the XID".into(),
    }
}

fn rejected() -> Reason {
    Reason {
        id: "order-rejected".into(),
        message: "the merchant rejected the order".into(),
        hint: "ask the shop whether the order is still open at this price".into(),
    }
}

fn given_back() -> Reason {
    Reason {
        id: "authorization-reversed".into(),
        message: "the merchant gave the payment back: the gateway has signed that nothing is paid"
            .into(),
        hint: "nothing is charged; order again to pay again".into(),
    }
}

fn signature_required() -> Reason {
    Reason {
        id: "signature-required".into(),
        message: "the merchant wants a signed purchase".into(),
        hint: "register the card, so that it has a certificate".into(),
    }
}

fn declined(code: AuthCode) -> Reason {
    let hint = match code {
        AuthCode::CallIssuer => "call the issuer of the card",
        AuthCode::ExpiredCard => "use another card; this one has expired",
        AuthCode::NoReply | AuthCode::SystemError => "pay again later, or with another card",
        AuthCode::PiPreviouslyUsed => "look at the books: this very payment was made before",
        _ => "use another card, or call the issuer",
    };
    Reason {
        id: format!("authorization-{}", kebab(code.name())),
        message: format!("the authorization was refused: {code}"),
        hint: hint.into(),
    }
}

/// `piAuthMismatch` as `pi-auth-mismatch`.
fn kebab(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            text.push('-');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}

#[cfg(test)]
#[path = "response_check_test.rs"]
mod tests;
