//! Who may have a certificate: the lists of banks, applied.
//!
//! SET leaves this to issuers and acquirers. Here a passphrase that the bank gave out counts
//! once; after too many wrong ones it is locked, until the bank gives out another one (or, where
//! any of several will do, for the card that tried); and a renewal needs none, since the old
//! certificate signs it.

use jiff::Timestamp;

use counterfoil_message::primitive::CardExpiry;
use counterfoil_secret::Pan;

use crate::records::{Octets, Records, RecordsError};

use super::books::{self, Applicant, FAILURES, PASSPHRASE_FAILURES_MAX, SPENT};
use super::config::{AcquirerPolicy, Admission, IssuerPolicy};
use super::form::Answers;
use super::mark::{Mark, MarkKey};

/// What the lists say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Certify now.
    Admit {
        /// The passphrase that this uses up.
        passphrase: Option<Mark>,
    },
    /// The operator decides.
    Wait {
        /// The passphrase that this uses up.
        passphrase: Option<Mark>,
    },
    /// No. The text goes to the applicant and tells nothing of the lists.
    Refuse(&'static str),
}

/// What the applicant is told when the lists say no, whichever list it was.
pub(super) const NOT_ADMITTED: &str =
    "the bank has not admitted this registration; ask the bank for a passphrase";

/// A card and what its holder answered.
pub(super) struct CardCase<'a> {
    pub(super) policy: &'a IssuerPolicy,
    pub(super) marks: &'a MarkKey,
    pub(super) pan: &'a Pan,
    pub(super) expiry: &'a CardExpiry,
    pub(super) answers: &'a Answers,
    pub(super) renewal: bool,
}

impl CardCase<'_> {
    /// Judges the card.
    pub(super) fn judge(&self, records: &mut dyn Records) -> Result<Verdict, RecordsError> {
        let (allowed, listed) = match &self.policy.admission {
            Admission::Anyone => (None, true),
            Admission::Passphrase { passphrases } => (Some(passphrases.as_slice()), true),
            Admission::Listed { cards, unlisted_wait } => {
                let mark = self.marks.card(self.pan);
                match cards.iter().find(|entry| entry.card == mark) {
                    Some(card) if !expiry_fits(card.expiry.as_deref(), self.expiry) => {
                        return Ok(Verdict::Refuse(NOT_ADMITTED));
                    }
                    Some(card) => (card.passphrase.as_ref().map(std::slice::from_ref), true),
                    None if *unlisted_wait => (None, false),
                    None => return Ok(Verdict::Refuse(NOT_ADMITTED)),
                }
            }
        };
        let passphrase = match allowed {
            Some(allowed) if !self.renewal => {
                let applicant = Applicant::Cardholder { bin: self.policy.bin.clone() };
                let attempts = match allowed {
                    [one] => self.marks.attempts(&self.policy.bin, &one.to_string()),
                    _ => self.marks.attempts(&self.policy.bin, self.pan.expose()),
                };
                let owner = applicant.passphrase_owner();
                let given = self.answers.passphrase().map(|p| self.marks.passphrase(&owner, p));
                match check_passphrase(records, attempts, given, allowed)? {
                    Some(mark) => Some(mark),
                    None => return Ok(Verdict::Refuse(NOT_ADMITTED)),
                }
            }
            _ => None,
        };
        Ok(admit_or_wait(self.policy.review || !listed, passphrase))
    }
}

/// A merchant or a gateway, and what it answered.
pub(super) struct AccountCase<'a> {
    pub(super) policy: &'a AcquirerPolicy,
    pub(super) marks: &'a MarkKey,
    pub(super) applicant: &'a Applicant,
    pub(super) answers: &'a Answers,
    pub(super) renewal: bool,
}

impl AccountCase<'_> {
    /// Judges the merchant or the gateway.
    pub(super) fn judge(&self, records: &mut dyn Records) -> Result<Verdict, RecordsError> {
        let expected = match self.applicant {
            Applicant::Merchant { id, .. } => {
                self.policy.merchants.iter().find(|m| m.id == *id).map(|m| m.passphrase)
            }
            Applicant::Gateway { id, .. } => {
                self.policy.gateways.iter().find(|g| g.business_id == *id).map(|g| g.passphrase)
            }
            Applicant::Cardholder { .. } => None,
        };
        let Some(expected) = expected else { return Ok(Verdict::Refuse(NOT_ADMITTED)) };
        if self.renewal {
            return Ok(admit_or_wait(self.policy.review, None));
        }
        let owner = self.applicant.passphrase_owner();
        let attempts = self.marks.attempts(&owner, &expected.to_string());
        let given = self.answers.passphrase().map(|p| self.marks.passphrase(&owner, p));
        Ok(match check_passphrase(records, attempts, given, &[expected])? {
            Some(mark) => admit_or_wait(self.policy.review, Some(mark)),
            None => Verdict::Refuse(NOT_ADMITTED),
        })
    }
}

/// Uses a passphrase up.
pub(super) fn spend(records: &mut dyn Records, passphrase: Mark, lid_ca: &[u8], now: Timestamp) {
    let spent = books::Spent { by: Octets(lid_ca.to_vec()), at: now };
    SPENT.put(records, passphrase.as_bytes(), &spent);
}

/// The mark of the passphrase when it is one of `allowed`, was never used, and its owner has not
/// named too many wrong ones.
fn check_passphrase(
    records: &mut dyn Records,
    attempts: Mark,
    given: Option<Mark>,
    allowed: &[Mark],
) -> Result<Option<Mark>, RecordsError> {
    let failures = FAILURES.get(records, attempts.as_bytes())?.unwrap_or(0);
    if failures >= PASSPHRASE_FAILURES_MAX {
        return Ok(None);
    }
    let found = given.filter(|given| allowed.contains(given));
    if let Some(mark) = found
        && SPENT.get(records, mark.as_bytes())?.is_none()
    {
        FAILURES.remove(records, attempts.as_bytes());
        return Ok(Some(mark));
    }
    FAILURES.put(records, attempts.as_bytes(), &(failures + 1));
    Ok(None)
}

fn admit_or_wait(wait: bool, passphrase: Option<Mark>) -> Verdict {
    if wait { Verdict::Wait { passphrase } } else { Verdict::Admit { passphrase } }
}

fn expiry_fits(listed: Option<&str>, given: &CardExpiry) -> bool {
    listed.is_none_or(|listed| listed == given.expose())
}
