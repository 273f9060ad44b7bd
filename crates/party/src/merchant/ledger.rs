//! What the merchant remembers of payments: purchases, their authorizations and captures.
//!
//! No field of these can hold a card number: the payment instruction is opaque, and the
//! cardholder is a certificate. `LIFECYCLE.md` has the states and who may enter them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use counterfoil_message::container::{EncK, Signed};
use counterfoil_message::exchange::authorization::AuthTags;
use counterfoil_message::exchange::purchase::{
    AcqCardCodeMsg, AuthReceipt, AuthRevReceipt, OiData,
};
use counterfoil_message::instruction::Pi;
use counterfoil_message::primitive::{Challenge, TransIds};
use counterfoil_message::token::{AuthToken, CapToken};

use super::order::OrderId;
use crate::amount::Amount;
use crate::conversation::Stored;
use crate::records::{Octets, Table};

/// Purchases, by XID. The alarm of a purchase ends the wait of its PReq for an authorization, or
/// the life of a purchase that was opened and never requested.
pub(super) const PURCHASES: Table<Purchase> = Table::new("purchase");

/// One purchase: opened by PInitReq, requested by PReq.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Purchase {
    /// What is paid.
    pub order: OrderId,
    /// Ids as PInitRes gave them; the gateway may add paySysID.
    pub trans_ids: Stored<TransIds>,
    /// The brand.
    pub brand: String,
    /// First six digits of the card number, which are no secret.
    pub bin: String,
    /// The suite that was agreed on, by its name.
    pub suite: String,
    /// The wallet's challenge.
    pub chall_c: Stored<Challenge>,
    /// The merchant's challenge.
    pub chall_m: Stored<Challenge>,
    /// DER of the gateway's key-exchange certificate that peThumb names.
    pub gateway_exchange: Octets,
    /// When PInitRes was made.
    pub opened_at: Timestamp,
    /// The PReq, once one was accepted.
    pub request: Option<PaymentRequest>,
    /// Authorizations in the order they were asked for; more than one for a split shipment.
    pub authorizations: Vec<Authorization>,
}

/// An accepted PReq.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PaymentRequest {
    /// Its RRPID.
    pub rrpid: Octets,
    /// The order half, under the dual signature.
    pub oi_data: Stored<OiData>,
    /// The payment instruction, opaque.
    pub pi: Stored<Pi>,
    /// Thumb of the cardholder's certificate: only this certificate may inquire.
    pub cardholder_thumb: Octets,
    /// When it was accepted.
    pub received_at: Timestamp,
    /// Whether PRes was given.
    pub answered: bool,
}

/// Where an authorization stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthorizationState {
    /// AuthReq is on its way; the same octets are repeated until there is an answer.
    Asked,
    /// The gateway approved.
    Approved,
    /// The gateway declined, or refused the request.
    Declined,
    /// The gateway stayed silent for as long as the merchant asks.
    Undecided,
    /// Approved and given back whole: nothing can be captured of it, ever.
    Voided,
}

/// One authorization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Authorization {
    /// RRPID of the AuthReq, the AuthRRPID of everything that follows.
    pub rrpid: Octets,
    /// Ids as sent; the answer must repeat them.
    pub tags: Stored<AuthTags>,
    /// What was asked for.
    pub asked: Amount,
    /// Whether another authorization was announced (subsequentAuthInd).
    pub subsequent: bool,
    /// Whether capture was asked for in the same step.
    pub capture_now: bool,
    /// Where it stands.
    pub state: AuthorizationState,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// Number of the AuthCode, when the gateway gave one.
    pub auth_code: Option<u32>,
    /// Why it was declined or is undecided, as a stable name.
    pub reason: Option<String>,
    /// What was approved.
    pub approved: Option<Amount>,
    /// For the capture.
    pub cap_token: Option<Stored<CapToken>>,
    /// For the next authorization.
    pub auth_token: Option<Stored<AuthToken>>,
    /// The acquirer's message to the cardholder.
    pub acq_card_msg: Option<Stored<EncK<AcqCardCodeMsg>>>,
    /// The gateway's word, for the cardholder.
    pub receipt: Option<Stored<Signed<AuthReceipt>>>,
    /// Captures of it.
    pub captures: Vec<Capture>,
    /// The reversal of what was not captured of it, the last one that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<Void>,
}

/// Where a reversal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoidState {
    /// AuthRevReq is on its way; the same octets are repeated until there is an answer.
    Asked,
    /// The gateway has given back what was not captured.
    Done,
    /// The gateway refused.
    Refused,
    /// The gateway stayed silent for as long as the merchant asks.
    Undecided,
}

/// The reversal of what was not captured of an authorization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Void {
    /// RRPID of the AuthRevReq.
    pub rrpid: Octets,
    /// What stays authorized: what was captured.
    pub remaining: Amount,
    /// Where it stands.
    pub state: VoidState,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// Number of the AuthRevCode, when the gateway gave one.
    pub code: Option<u32>,
    /// Why it was refused or is undecided, as a stable name.
    pub reason: Option<String>,
    /// The gateway's word, for the cardholder.
    pub receipt: Option<Stored<Signed<AuthRevReceipt>>>,
}

/// Where a capture stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureState {
    /// CapReq is on its way; the same octets are repeated until there is an answer.
    Asked,
    /// The gateway captured.
    Captured,
    /// The gateway refused.
    Refused,
    /// The gateway stayed silent for as long as the merchant asks.
    Undecided,
}

/// One capture of one authorization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Capture {
    /// RRPID of the CapReq (with captureNow: of the AuthReq).
    pub rrpid: Octets,
    /// What was asked for.
    pub asked: Amount,
    /// Where it stands.
    pub state: CaptureState,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// Number of the CapCode, when the gateway gave one.
    pub cap_code: Option<u32>,
    /// Why it was refused or is undecided, as a stable name.
    pub reason: Option<String>,
    /// What was captured.
    pub captured: Option<Amount>,
}

/// Where a purchase stands, from its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseState {
    /// PInitRes was given, no PReq was accepted.
    Opened,
    /// PReq was accepted and its authorization is being asked for.
    Received,
    /// Authorized, nothing captured.
    Authorized,
    /// Captured in part.
    PartlyCaptured,
    /// All that was authorized is captured.
    Captured,
    /// Given back: nothing is captured, and nothing can be any more.
    Voided,
    /// Every authorization was declined.
    Declined,
    /// The gateway stayed silent.
    Undecided,
}

impl Authorization {
    /// Sum of what was captured of it.
    pub(super) fn captured_minor(&self) -> u64 {
        self.captures.iter().filter_map(|capture| capture.captured).map(|sum| sum.minor).sum()
    }

    /// How many captures of it were made.
    pub(super) fn captures_done(&self) -> usize {
        self.captures.iter().filter(|capture| capture.state == CaptureState::Captured).count()
    }

    /// What is left to capture; nothing unless approved.
    pub(super) fn capturable_minor(&self) -> u64 {
        if self.state != AuthorizationState::Approved {
            return 0;
        }
        self.authorized_minor().saturating_sub(self.captured_minor())
    }

    /// What is authorized: what was approved, less what was given back.
    pub(super) fn authorized_minor(&self) -> u64 {
        let done = self.void.as_ref().filter(|void| void.state == VoidState::Done);
        let authorized = done.map(|void| void.remaining).or(self.approved);
        authorized.map_or(0, |amount| amount.minor)
    }

    /// Is its reversal without an answer?
    pub(super) fn void_open(&self) -> bool {
        let state = self.void.as_ref().map(|void| void.state);
        matches!(state, Some(VoidState::Asked | VoidState::Undecided))
    }

    /// Is a capture of it without an answer?
    pub(super) fn capture_open(&self) -> bool {
        self.captures
            .iter()
            .any(|c| matches!(c.state, CaptureState::Asked | CaptureState::Undecided))
    }
}

impl Purchase {
    /// Where it stands.
    pub(super) fn state(&self) -> PurchaseState {
        use AuthorizationState::{Approved, Asked, Declined, Undecided, Voided};
        if self.request.is_none() {
            return PurchaseState::Opened;
        }
        let any = |state| self.authorizations.iter().any(|a| a.state == state);
        if any(Approved) {
            return self.captured_state();
        }
        match (any(Asked), any(Undecided), any(Voided), any(Declined)) {
            (true, ..) => PurchaseState::Received,
            (_, true, ..) => PurchaseState::Undecided,
            (_, _, true, _) => PurchaseState::Voided,
            (_, _, _, true) => PurchaseState::Declined,
            _ => PurchaseState::Received,
        }
    }

    fn captured_state(&self) -> PurchaseState {
        let captured = self.authorizations.iter().any(|a| a.captured_minor() > 0);
        let left = self.authorizations.iter().any(|a| a.capturable_minor() > 0);
        match (captured, left) {
            (false, _) => PurchaseState::Authorized,
            (true, true) => PurchaseState::PartlyCaptured,
            (true, false) => PurchaseState::Captured,
        }
    }

    /// What is left to capture.
    pub(super) fn capturable_minor(&self) -> u64 {
        self.authorizations.iter().map(Authorization::capturable_minor).sum()
    }

    /// Is an authorization without an answer?
    pub(super) fn authorization_open(&self) -> bool {
        self.authorizations
            .iter()
            .any(|a| matches!(a.state, AuthorizationState::Asked | AuthorizationState::Undecided))
    }

    /// Has the shop given back a part of it? Then it takes no more.
    pub(super) fn is_voided(&self) -> bool {
        let voids = self.authorizations.iter().filter_map(|a| a.void.as_ref());
        voids.map(|void| void.state).any(|state| state == VoidState::Done)
    }

    /// RRPIDs of the reversals that were asked for and have no answer.
    pub(super) fn voids_asked(&self) -> impl Iterator<Item = &[u8]> {
        let voids =
            self.authorizations.iter().filter_map(|authorization| authorization.void.as_ref());
        voids.filter(|void| void.state == VoidState::Asked).map(|void| void.rrpid.0.as_slice())
    }

    /// Makes everything undecided asked again; gives the RRPIDs of the messages, each once.
    pub(super) fn reopen_undecided(&mut self) -> Vec<Octets> {
        let mut rrpids: Vec<Octets> = Vec::new();
        for authorization in &mut self.authorizations {
            if authorization.state == AuthorizationState::Undecided {
                authorization.state = AuthorizationState::Asked;
                authorization.reason = None;
                rrpids.push(authorization.rrpid.clone());
            }
            if let Some(void) = &mut authorization.void
                && void.state == VoidState::Undecided
            {
                void.state = VoidState::Asked;
                void.reason = None;
                rrpids.push(void.rrpid.clone());
            }
            for capture in &mut authorization.captures {
                if capture.state == CaptureState::Undecided {
                    capture.state = CaptureState::Asked;
                    capture.reason = None;
                    rrpids.push(capture.rrpid.clone());
                }
            }
        }
        rrpids.sort_by(|a, b| a.0.cmp(&b.0));
        rrpids.dedup();
        rrpids
    }

    /// The authorization with this RRPID.
    pub(super) fn authorization_mut(&mut self, rrpid: &[u8]) -> Option<&mut Authorization> {
        self.authorizations.iter_mut().find(|a| a.rrpid.0 == rrpid)
    }
}
