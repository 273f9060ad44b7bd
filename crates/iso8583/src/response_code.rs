//! Field 39: what a host answers (ISO 8583:1987 table A.9).

use std::fmt;

/// An answer. What this product's bank uses each for stands with it; codes of other hosts that
/// are not listed stay as they came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResponseCode {
    /// `00`: approved, or done.
    Approved,
    /// `01`: refer to the card issuer.
    ReferToIssuer,
    /// `03`: the merchant is not known here.
    InvalidMerchant,
    /// `05`: do not honour. Also for a card whose expiry date was given wrongly: whoever
    /// guesses dates learns no more than that.
    DoNotHonour,
    /// `12`: invalid transaction; the currency is not enabled here, or the message comes from
    /// the future.
    InvalidTransaction,
    /// `13`: the amount is zero, or more than what was authorized.
    InvalidAmount,
    /// `14`: no such card.
    InvalidCard,
    /// `21`: no action taken; the original is in a state that does not allow it (captured,
    /// reversed, or reversed before it arrived).
    NoActionTaken,
    /// `25`: the original is not known. After a reversal the original is refused if it arrives.
    OriginalNotFound,
    /// `30`: format error: a field is missing or means nothing.
    FormatError,
    /// `40`: the function is not supported.
    NotSupported,
    /// `41`: the card was reported lost.
    LostCard,
    /// `43`: the card was reported stolen.
    StolenCard,
    /// `51`: insufficient funds.
    InsufficientFunds,
    /// `54`: the card has expired.
    ExpiredCard,
    /// `57`: not permitted to this cardholder; the card has no account in this currency.
    NotPermittedToCardholder,
    /// `58`: not permitted to this terminal; the merchant has no such terminal.
    NotPermittedToTerminal,
    /// `61`: above the limit for one transaction, or for one day.
    AboveLimit,
    /// `62`: the card is restricted: blocked by the bank.
    RestrictedCard,
    /// `63`: security violation: the message authentication code is wrong or missing.
    SecurityViolation,
    /// `65`: more transactions in one day than allowed.
    TooManyTransactions,
    /// `68`: too late: the hold has expired, or the message is older than is accepted.
    TooLate,
    /// `77`: the original is known but is not what the message says of it.
    OriginalInconsistent,
    /// `91`: issuer or switch inoperative; sign on first.
    Inoperative,
    /// `94`: duplicate: the trace number was used for another message.
    Duplicate,
    /// `96`: system malfunction.
    SystemMalfunction,
    /// Any other code, as two ASCII characters.
    Other([u8; 2]),
}

use ResponseCode as R;

/// Code and sentence of each listed answer.
const LISTED: [(R, &str, &str); 26] = [
    (R::Approved, "00", "approved"),
    (R::ReferToIssuer, "01", "refer to the card issuer"),
    (R::InvalidMerchant, "03", "invalid merchant"),
    (R::DoNotHonour, "05", "do not honour"),
    (R::InvalidTransaction, "12", "invalid transaction"),
    (R::InvalidAmount, "13", "invalid amount"),
    (R::InvalidCard, "14", "no such card"),
    (R::NoActionTaken, "21", "no action taken"),
    (R::OriginalNotFound, "25", "original not found"),
    (R::FormatError, "30", "format error"),
    (R::NotSupported, "40", "function not supported"),
    (R::LostCard, "41", "lost card"),
    (R::StolenCard, "43", "stolen card"),
    (R::InsufficientFunds, "51", "insufficient funds"),
    (R::ExpiredCard, "54", "expired card"),
    (R::NotPermittedToCardholder, "57", "not permitted to cardholder"),
    (R::NotPermittedToTerminal, "58", "not permitted to terminal"),
    (R::AboveLimit, "61", "above the limit"),
    (R::RestrictedCard, "62", "restricted card"),
    (R::SecurityViolation, "63", "security violation"),
    (R::TooManyTransactions, "65", "too many transactions"),
    (R::TooLate, "68", "too late"),
    (R::OriginalInconsistent, "77", "inconsistent with the original"),
    (R::Inoperative, "91", "issuer or switch inoperative"),
    (R::Duplicate, "94", "duplicate transmission"),
    (R::SystemMalfunction, "96", "system malfunction"),
];

impl ResponseCode {
    /// Every listed answer, in order of the codes.
    pub fn listed() -> impl Iterator<Item = Self> {
        LISTED.iter().map(|(code, _, _)| *code)
    }

    /// Reads field 39. None unless it is two printable ASCII characters.
    pub fn parse(text: &str) -> Option<Self> {
        let octets: [u8; 2] = text.as_bytes().try_into().ok()?;
        if !octets.iter().all(u8::is_ascii_graphic) {
            return None;
        }
        let listed = LISTED.iter().find(|(_, written, _)| *written == text);
        Some(listed.map_or(Self::Other(octets), |(code, _, _)| *code))
    }

    /// What it means, in a few words.
    pub fn meaning(self) -> &'static str {
        LISTED.iter().find(|(code, _, _)| *code == self).map_or("not listed", |(_, _, said)| said)
    }
}

impl fmt::Display for ResponseCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Other(octets) => octets.iter().try_for_each(|o| write!(f, "{}", *o as char)),
            listed => f.write_str(
                LISTED.iter().find(|(code, _, _)| code == listed).map_or("", |(_, w, _)| w),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_read_as_it_is_written() {
        for code in ResponseCode::listed().chain([ResponseCode::Other(*b"Q1")]) {
            assert_eq!(ResponseCode::parse(&code.to_string()), Some(code));
        }
        assert_eq!(ResponseCode::parse("0"), None);
        assert_eq!(ResponseCode::parse("0 "), None);
    }

    #[test]
    fn codes_are_listed_once_and_in_order() {
        let written: Vec<&str> = LISTED.iter().map(|(_, written, _)| *written).collect();
        assert!(written.is_sorted_by(|a, b| a < b), "{written:?}");
    }
}
