//! Reads the bank's answers.

use counterfoil_iso8583::field::number as n;
use counterfoil_iso8583::mac::{self, MacError};
use counterfoil_iso8583::original::institution;
use counterfoil_iso8583::private_data::PrivateData;
use counterfoil_iso8583::{Message, ResponseCode, codec};
use serde::{Deserialize, Serialize};

use super::build::BankLink;
use super::error::BankLinkError;
use super::request::BankRequest;
use super::stamp::transmission_text;
use super::verdict::{AuthVerdict, CaptureVerdict, auth_verdict, capture_verdict};

/// An answer that is authentic and belongs to its request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankAnswer {
    /// Field 39, two characters; [`BankAnswer::code`] reads it.
    pub response_code: String,
    /// Field 38, the approval code.
    pub approval: Option<String>,
    /// Field 37, SET's AuthRetNum.
    pub retrieval_reference: Option<String>,
}

impl BankAnswer {
    /// Field 39.
    pub fn code(&self) -> ResponseCode {
        ResponseCode::parse(&self.response_code).unwrap_or(ResponseCode::SystemMalfunction)
    }

    /// Whether the bank did what was asked.
    pub fn is_approved(&self) -> bool {
        self.code() == ResponseCode::Approved
    }

    /// What an authorization or sale came to, in SET's words.
    pub fn auth_verdict(&self) -> AuthVerdict {
        auth_verdict(self.code())
    }

    /// What a capture came to, in SET's words.
    pub fn capture_verdict(&self) -> CaptureVerdict {
        capture_verdict(self.code())
    }

    /// Whether a reversal need not be sent again: it is done, or the original never arrived and
    /// will be refused if it does.
    pub fn settles_reversal(&self) -> bool {
        matches!(self.code(), ResponseCode::Approved | ResponseCode::OriginalNotFound)
    }

    /// Whether the bank wants a sign-on before it serves this link.
    pub fn wants_sign_on(&self) -> bool {
        self.code() == ResponseCode::Inoperative
    }
}

impl BankLink {
    /// Reads the answer to a request: authentic, and about exactly this request.
    ///
    /// # Errors
    /// [`BankLinkError`] when it cannot be believed; then it counts as no answer.
    pub fn answer(&self, request: &BankRequest, bytes: &[u8]) -> Result<BankAnswer, BankLinkError> {
        let message = match mac::open(bytes, self.dialect, &self.key) {
            Err(MacError::Missing { .. }) if self.refuses_our_code(bytes) => {
                return Err(BankLinkError::OurCodeRefused);
            }
            opened => opened?,
        };
        let (found, expected) = (message.mti, request.mti().answer());
        if found != expected {
            return Err(BankLinkError::OtherType { found, expected });
        }
        self.check_belonging(request, &message)?;
        let code = message.text(n::RESPONSE_CODE).and_then(ResponseCode::parse);
        Ok(BankAnswer {
            response_code: code.ok_or(BankLinkError::NoResponseCode)?.to_string(),
            approval: message.text(n::APPROVAL).map(str::to_owned),
            retrieval_reference: message.text(n::RRN).map(str::to_owned),
        })
    }

    fn refuses_our_code(&self, bytes: &[u8]) -> bool {
        let refusal = ResponseCode::SecurityViolation.to_string();
        codec::decode(bytes, self.dialect)
            .is_ok_and(|message| message.text(n::RESPONSE_CODE) == Some(refusal.as_str()))
    }

    fn check_belonging(
        &self,
        request: &BankRequest,
        message: &Message,
    ) -> Result<(), BankLinkError> {
        let other = |field: u8| Err(BankLinkError::OtherRequest { field });
        if message.text(n::STAN) != Some(request.stamp.stan_text().as_str()) {
            return other(n::STAN);
        }
        let sent = transmission_text(request.stamp.sent_at);
        if message.text(n::TRANSMISSION_TIME) != Some(sent.as_str()) {
            return other(n::TRANSMISSION_TIME);
        }
        if message.text(n::ACQUIRER).map(institution).as_ref() != Some(&self.acquirer) {
            return other(n::ACQUIRER);
        }
        let reference = request.retrieval_reference();
        if reference.is_some() && message.text(n::RRN) != reference.as_deref() {
            return other(n::RRN);
        }
        match PrivateData::of(message) {
            Ok(data) if data.xid.as_ref() == request.xid() => Ok(()),
            _ => other(n::PRIVATE_DATA),
        }
    }
}
